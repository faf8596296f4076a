"""Journeys: which events chain, what anchors them, how they end."""

import dataclasses
import datetime as dt

import polars as pl
import pytest

from flow_pipeline_tests.unit.journeys.histories import (
    PARAMETERS,
    drawn_events,
    history,
    journeys_of,
    members,
)

HEAD = "id|family|org|sector|team|start|end|role|outcome"
EPISODE = "id|person|org|spell|n|admitted|start|end|left|how|to|method|from|class"


@pytest.mark.parametrize(
    ("rule", "rows", "expected"),
    [
        (
            "a gap of 30 days stays",
            """a|gp_appointment|G1|gp||2024-05-01|||
b|gp_appointment|G1|gp||2024-05-31|||""",
            ["a,b"],
        ),
        (
            "31 splits",
            """a|gp_appointment|G1|gp||2024-05-01|||
b|gp_appointment|G1|gp||2024-06-01|||""",
            ["a", "b"],
        ),
        (
            "the gap runs from the latest end so far",
            """a|emergency|RXA|acute||2024-05-01 10:00|2024-05-20 10:00||
b|gp_appointment|G1|gp||2024-05-02|||
c|gp_appointment|G1|gp||2024-06-19|||""",
            ["a,b,c"],
        ),
        (
            "an open referral holds nothing together beyond its start",
            """a|community_referral|RYC|community|T|2024-05-01|2024-12-01||
b|gp_appointment|G1|gp||2024-07-01|||""",
            ["a", "b"],
        ),
        (
            "reablement bridges over its length",
            """a|asc_service|999|council||2024-05-01|2024-06-20|interval|
b|gp_appointment|G1|gp||2024-07-15|||""",
            ["a,b"],
        ),
        (
            "a missed appointment does not bridge: it joins the journey before",
            """a|gp_appointment|G1|gp||2024-05-01|||
b|gp_appointment|G1|gp||2024-05-25|||dna
c|gp_appointment|G1|gp||2024-06-20|||""",
            ["a,b", "c"],
        ),
        (
            "else the one after",
            """b|gp_appointment|G1|gp||2024-05-25|||dna
c|gp_appointment|G1|gp||2024-06-20|||""",
            ["b,c"],
        ),
        (
            "else it is alone, each for itself",
            """a|gp_appointment|G1|gp||2024-05-01|||cancelled_by_provider
b|gp_appointment|G1|gp||2024-05-02|||dna
c|gp_appointment|G1|gp||2024-06-20|||""",
            ["a", "b", "c"],
        ),
        (
            "a rejected referral does not bridge",
            """a|gp_appointment|G1|gp||2024-05-01|||
b|community_referral|RYC|community|T|2024-05-20|||rejected
c|gp_appointment|G1|gp||2024-06-10|||""",
            ["a,b", "c"],
        ),
    ],
)
def test_which_events_make_a_journey(rule: str, rows: str, expected: list[str]) -> None:
    assert members(journeys_of(drawn_events(f"{HEAD}\n{rows}"))) == expected, rule


def test_the_gap_is_a_parameter() -> None:
    event = drawn_events(
        f"""{HEAD}
a|gp_appointment|G1|gp||2024-05-01|||
b|gp_appointment|G1|gp||2024-05-09|||"""
    )
    assert members(journeys_of(event, dataclasses.replace(PARAMETERS, gap_days=7))) == ["a", "b"]


def test_an_event_alone_that_does_not_bridge_has_no_step() -> None:
    made = journeys_of(drawn_events(f"{HEAD}\na|gp_appointment|G1|gp||2024-05-01|||dna"))
    row = made.journey_draft.collect().row(0, named=True)
    assert (row["n_steps"], row["n_events"], row["anchor_type"]) == (0, 1, "none")
    assert made.journey_step.collect().is_empty()


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ("a|gp_appointment|G1|gp||2024-05-01|||", "gap"),
        ("a|gp_appointment|G1|gp||2025-03-01|||", "gap"),
        ("a|gp_appointment|G1|gp||2025-03-02|||", "period_end"),
        (
            "a|gp_appointment|G1|gp||2024-05-01|||\nd|death|||none|2024-05-20||administrative|died",
            "death",
        ),
    ],
)
def test_why_a_journey_ends(rows: str, reason: str) -> None:
    made = journeys_of(drawn_events(f"{HEAD}\n{rows}")).journey_draft.collect()
    assert made["end_reason"].to_list() == [reason]


def test_an_open_stay_leaves_its_journey_open() -> None:
    made = history(apc_episode=f"{EPISODE}\na1|p|RXA|S1|1|2024-06-01|2024-06-01|||||21|19|1")
    row = made.journey.row(0, named=True)
    assert row["end_reason"] == "open"
    assert row["end_at"].date() == dt.date(2025, 3, 31)
    assert row["care_days"] == pytest.approx((dt.date(2025, 3, 31) - dt.date(2024, 6, 1)).days)


def test_the_anchor_is_the_first_event_of_the_highest_class() -> None:
    made = history(
        apc_episode=f"""{EPISODE}
a1|p|RXA|S1|1|2024-05-20|2024-05-20|2024-05-22|2024-05-22|1|19|21|19|1
b1|q|RXA|S2|1|2024-05-20|2024-05-20|2024-05-22|2024-05-22|1|19|11|19|1""",
        csds_referral="""id|person|org|ref|received|team
r1|p|RYC|R1|2024-05-01|T
r2|q|RYC|R2|2024-05-01|T""",
    )
    anchors = made.journey.sort("person_id").select("anchor_type", "anchor_event_id").rows()
    assert anchors == [("unplanned_admission", "a1"), ("community_referral", "r2")]


def test_an_attendance_that_led_to_admission_is_no_anchor() -> None:
    made = history(
        apc_episode=f"{EPISODE}\na1|p|RXA|S1|1|2024-05-20|2024-05-20|2024-05-22|2024-05-22|1|19|11|19|1",
        ecds_attendance="""id|person|org|arrival|arrived|departure|departed|goes
e1|p|RXA|2024-05-20|08:00:00|2024-05-20|10:00:00|306706006
e2|q|RXA|2024-05-20|08:00:00|2024-05-20|10:00:00|306689006""",
    )
    assert made.journey.sort("person_id")["anchor_type"].to_list() == [
        "none",
        "emergency_attendance",
    ]


def test_ids_do_not_change_when_another_person_is_added() -> None:
    rows = f"{HEAD}|person\na|gp_appointment|G1|gp||2024-05-01||||p"
    more = f"{rows}\nb|gp_appointment|G1|gp||2024-05-01||||q"
    one = journeys_of(drawn_events(rows)).journey_draft.collect()
    two = journeys_of(drawn_events(more)).journey_draft.collect().filter(person_id="p")
    assert one.equals(two)


def test_a_journey_says_how_sure_its_records_are() -> None:
    made = history(
        csds_referral="id|person|org|ref|received|team\nr1|p|RYC|R1|2024-05-01|T"
    ).journey
    assert made["min_linkage_confidence"].to_list() == [0.9]
    assert made.select(pl.col("start_at").cast(pl.Date)).item() == dt.date(2024, 5, 1)


def test_a_journey_that_begins_on_its_last_day_does_not_end_before_it() -> None:
    made = history(
        apc_ward_stay="id|person|org|spell|since|until|ward_code\nw1|p|RXA|S1|2025-03-31 09:00||W1"
    )
    told = made.journey.row(0, named=True)
    assert told["start_at"] == told["end_at"] == dt.datetime(2025, 3, 31, 9)
    assert [told[f"{part}_days"] for part in ("care", "total_wait", "unattributed")] == [0, 0, 0]
