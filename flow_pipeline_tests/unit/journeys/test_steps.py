"""Steps, hand-offs and waits."""

import csv
import datetime as dt
from collections import Counter

import polars as pl
import pytest

from flow_pipeline_tests.public_data import PUBLIC_DATA
from flow_pipeline_tests.unit.journeys.histories import (
    drawn_events,
    event_table,
    history,
    journeys_of,
)

HEAD = "id|family|org|sector|team|start|end|role"
EPISODE = "id|person|org|spell|n|admitted|start|end|left|how|to|method|from|class|ready"
EVENT_LOG = PUBLIC_DATA / "eventlog" / "patients.csv"


def _steps(rows: str) -> pl.DataFrame:
    return journeys_of(drawn_events(f"{HEAD}\n{rows}")).journey_step.collect()


def _journey(rows: str) -> dict[str, object]:
    return journeys_of(drawn_events(f"{HEAD}\n{rows}")).journey_draft.collect().row(0, named=True)


@pytest.mark.parametrize(
    ("rule", "rows", "steps"),
    [
        (
            "daily visits of one team are one step",
            """a|community_contact|RYC|community|T|2024-05-01||
b|community_contact|RYC|community|T|2024-05-02||
c|community_contact|RYC|community|T|2024-05-03||""",
            ["a"],
        ),
        (
            "two days apart they are two",
            """a|community_contact|RYC|community|T|2024-05-01||
b|community_contact|RYC|community|T|2024-05-03||""",
            ["a", "b"],
        ),
        (
            "an event of another unit between them ends the run",
            """a|community_contact|RYC|community|T|2024-05-01||
b|community_contact|RYC|community|U|2024-05-01||
c|community_contact|RYC|community|T|2024-05-02||""",
            ["a", "b", "c"],
        ),
        (
            "null team equals null",
            """a|gp_appointment|G1|gp||2024-05-01||
b|gp_appointment|G1|gp||2024-05-02||""",
            ["a"],
        ),
        (
            "another family is another step",
            """a|emergency|RXA|acute||2024-05-01 10:00|2024-05-01 12:00|
b|outpatient|RXA|acute||2024-05-02 10:00||""",
            ["a", "b"],
        ),
        (
            "a long piece keeps the run going",
            """a|ward_stay|RXA|acute|W|2024-05-01 10:00|2024-05-09 10:00|
b|ward_stay|RXA|acute|W|2024-05-02 10:00|2024-05-03 10:00|
c|ward_stay|RXA|acute|W|2024-05-10 09:00|2024-05-10 10:00|""",
            ["a"],
        ),
    ],
)
def test_what_collapses_into_a_step(rule: str, rows: str, steps: list[str]) -> None:
    assert _steps(rows)["event_id"].to_list() == steps, rule


@pytest.mark.parametrize(
    ("rule", "before", "after", "kind"),
    [
        ("another sector", "RXA|acute|W", "RYC|community|T", "sector"),
        ("another organisation", "RXA|acute|W", "RXB|acute|W", "organisation"),
        ("another team", "RXA|acute|W", "RXA|acute|V", "team"),
        ("the same unit", "RXA|acute|W", "RXA|acute|W", None),
        ("no teams", "RXA|acute|", "RXA|acute|", None),
        ("one team missing", "RXA|acute|W", "RXA|acute|", "unknown"),
        ("sector missing", "RXA||W", "RXB|acute|W", "unknown"),
        ("one organisation, sector missing", "RXA||W", "RXA||V", "team"),
    ],
)
def test_what_kind_of_handoff_it_is(rule: str, before: str, after: str, kind: str | None) -> None:
    steps = _steps(
        f"a|outpatient|{before}|2024-05-01 10:00||\nb|community_contact|{after}|2024-05-05 10:00||"
    )
    assert steps["handoff_type"].to_list() == [None, kind], rule


def test_wider_handoffs_are_counted_among_the_narrower() -> None:
    row = _journey(
        """a|outpatient|RXA|acute|W|2024-05-01||
b|outpatient|RXA|acute|V|2024-05-03||
c|outpatient|RXB|acute|V|2024-05-05||
d|gp_appointment|G1|gp||2024-05-07||"""
    )
    counts = ("n_handoffs", "n_organisation_handoffs", "n_sector_handoffs")
    assert tuple(row[c] for c in counts) == (3, 2, 1)


def test_a_concurrent_step_follows_the_one_started_last_of_those_open() -> None:
    """And is no hand-off that counts, nor a wait."""
    rows = """a|ward_stay|RXA|acute|W|2024-05-01 10:00|2024-05-09 10:00|
b|asc_service|999|council|S|2024-05-02 10:00|2024-05-06 10:00|interval
c|gp_appointment|G1|gp||2024-05-03 10:00||
d|outpatient|RXB|acute||2024-05-07 10:00||
e|gp_appointment|G2|gp||2024-05-10 10:00||"""
    steps = _steps(rows)
    assert steps["is_concurrent"].to_list() == [False, True, True, True, False]
    assert steps["from_organisation_code"].to_list() == [None, "RXA", "999", "RXA", "RXA"]
    assert steps["wait_minutes"].to_list() == [None, 0, 0, 0, 1440]
    assert _journey(rows)["n_handoffs"] == 1


def test_a_start_at_the_end_is_not_concurrent() -> None:
    steps = _steps(
        """a|emergency|RXA|acute||2024-05-01 10:00|2024-05-01 12:00|
b|ward_stay|RXA|acute|W|2024-05-01 12:00|2024-05-03 12:00|"""
    )
    assert steps["is_concurrent"].to_list() == [False, False]
    assert steps["wait_minutes"].to_list() == [None, 0]


def test_of_steps_that_ended_together_the_last_started_hands_over() -> None:
    steps = _steps(
        """a|ward_stay|RXA|acute|W|2024-05-01 10:00|2024-05-03 10:00|
b|asc_service|999|council|S|2024-05-02 10:00|2024-05-03 10:00|interval
c|gp_appointment|G1|gp||2024-05-04 10:00||"""
    )
    assert steps["from_organisation_code"].to_list() == [None, "RXA", "999"]


@pytest.mark.parametrize(
    ("rule", "before", "after", "minutes", "concurrent"),
    [
        ("dates only: whole days", "2024-05-01", "2024-05-03", 2880, False),
        ("one date: whole days", "2024-05-01 22:00", "2024-05-03", 2880, False),
        ("equal dates: no wait", "2024-05-03 22:00", "2024-05-03", 0, False),
        (
            "the night the clocks go forward is short",
            "2024-03-30 12:00",
            "2024-03-31 12:00",
            1380,
            0,
        ),
        ("and back, long", "2024-10-26 12:00", "2024-10-27 12:00", 1500, False),
        ("as dates they are days", "2024-10-26", "2024-10-27", 1440, False),
        ("across midnight", "2024-05-01 23:50", "2024-05-02 00:10", 20, False),
    ],
)
def test_how_long_a_wait_is(
    rule: str, before: str, after: str, minutes: int, concurrent: bool
) -> None:
    steps = _steps(f"a|outpatient|RXA|acute||{before}||\nb|gp_appointment|G1|gp||{after}||")
    assert steps.row(1, named=True)["wait_minutes"] == minutes, rule
    assert steps["is_concurrent"].to_list() == [False, bool(concurrent)], rule


def test_a_day_without_time_is_not_within_an_interval_of_that_day() -> None:
    steps = _steps(
        """a|emergency|RXA|acute||2024-05-01 10:00|2024-05-01 18:00|
b|community_contact|RYC|community|T|2024-05-01||"""
    )
    assert steps["is_concurrent"].to_list() == [False, False]


def test_care_wait_and_the_rest_make_the_whole() -> None:
    made = history(
        apc_episode=f"""{EPISODE}
a1|p|RXA|S1|1|2024-05-03|2024-05-03|2024-05-10|2024-05-10|1|19|21|19|1|2024-05-08""",
        csds_referral="id|person|org|ref|received|team\nr1|p|RYC|R1|2024-05-12|T",
        csds_care_contact="""id|person|org|ref|contact|team|attended
c1|p|RYC|R1|2024-05-20|T|5
c2|p|RYC|R1|2024-05-27|T|5""",
    )
    row = made.journey.row(0, named=True)
    assert row["care_days"] == 7  # 3 to 10 May in hospital
    assert row["total_wait_days"] == 8  # 12 to 20 May: the referral's clock
    assert row["longest_wait_days"] == 8
    assert row["unattributed_days"] == 9  # 10 to 12 May, 20 to 27 May
    assert (row["end_at"] - row["start_at"]).days == 7 + 8 + 9
    assert made.step["wait_basis"].to_list() == [None, "gap", "referral", "gap"]


def test_which_clock_a_step_was_waited_for_on() -> None:
    made = history(
        ecds_attendance="""id|person|org|arrival|arrived|departure|departed|goes|decided|decided_at
e1|p|RXA|2024-05-01|08:00:00|2024-05-01|12:00:00|306706006|2024-05-01|10:00:00""",
        apc_episode=f"""{EPISODE}|start_time_hospital_provider_spell
a1|p|RXA|S1|1|2024-05-01|2024-05-01|2024-05-05|2024-05-05|1|19|21|19|1|2024-05-04|12:30:00""",
        cld_event="""id|person|org|kind|began|ended|client_type|service|part|outcome
q1|p|999|Request|2024-05-07|2024-05-08|Service User|||Progress to Assessment
q2|p|999|Assessment|2024-05-10|2024-05-11|Service User|||Progress to Assessment
q3|p|999|Service|2024-05-14||Service User|Long Term Support: Community|Home Support|""",
        gp_appointment="""id|person|org|booked|due|status
g1|p|G1|2024-05-15 09:00|2024-05-17 09:00|attended""",
    )
    assert made.step.select("event_id", "wait_basis", "wait_minutes").rows() == [
        ("e1", None, None),
        ("a1", "decision", 30),
        ("q1", "gap", 2 * 1440),
        ("q2", "request", 3 * 1440),
        ("q3", "request", 4 * 1440),
        ("g1", "booking", 3 * 1440),
    ]
    # of the three days before the appointment two were waited since booking
    assert made.journey["total_wait_days"].item() == pytest.approx(30 / 1440 + 3 + 4 + 2)


def test_the_stay_is_a_step_only_where_it_has_no_ward_stays() -> None:
    stays = """a1|p|RXA|S1|1|2024-05-01|2024-05-01|2024-05-05|2024-05-05|1|19|21|19|1|
a2|q|RXA|S2|1|2024-05-01|2024-05-01|2024-05-05|2024-05-05|1|19|21|19|1|"""
    wards = """id|person|org|spell|since|until|ward_code|ward_type
w1|p|RXA|S1|2024-05-01 10:00|2024-05-02 10:00|W1|assessment
w2|p|RXA|S1|2024-05-02 10:00|2024-05-05 10:00|W2|base"""
    made = history(apc_episode=f"{EPISODE}\n{stays}", apc_ward_stay=wards)
    assert sorted(made.step["event_id"].to_list()) == ["a2", "w1", "w2"]


@pytest.mark.skipif(not EVENT_LOG.exists(), reason="the public event log is not on this machine")
def test_point_events_give_the_directly_follows_counts_of_process_mining() -> None:
    """Published counts of pm4py on the start rows of the event log, per patient in time order."""
    with EVENT_LOG.open() as file:
        rows = [r for r in csv.DictReader(file) if r["registration_type"] == "start"]
    rows = [r for r in rows if int(r["patient"]) <= 500]
    events = event_table(
        [
            {
                "event_id": f"{int(r['handling_id']):08}",
                "person_id": r["patient"],
                "event_family": "outpatient",
                "organisation_code": r["handling"],
                "sector": "acute",
                "start": dt.datetime.fromisoformat(r["time"][:-1]).isoformat(" "),
            }
            for r in rows
        ]
    )
    steps = journeys_of(events).journey_step.collect().drop_nulls("from_organisation_code")
    pairs = Counter(steps.select("from_organisation_code", "to_organisation_code").rows())
    assert pairs["Registration", "Triage and Assessment"] == 500
    assert pairs["Triage and Assessment", "Blood test"] == 237
    assert pairs["Triage and Assessment", "X-Ray"] == 261
    assert pairs["Blood test", "MRI SCAN"] == 236
    assert pairs["MRI SCAN", "Discuss Results"] == 236
    assert pairs["X-Ray", "Discuss Results"] == 259
    assert pairs["Discuss Results", "Check-out"] == 492
