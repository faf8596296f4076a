"""Provider spells, continuous spells, bed days: each small history shows one rule."""

import dataclasses

import polars as pl
import pytest

from flow_pipeline_tests.unit.journeys.histories import PARAMETERS, WARD, history

HEAD = "id|person|org|spell|n|admitted|start|end|left|how|to|method|from|class"


def _spells(rows: str, **more: object) -> list[str]:
    return history(apc_episode=f"{HEAD}\n{rows}", **more).grouped("spell_id")


def _continuous(rows: str, variant: str = "nhsd") -> list[str]:
    parameters = dataclasses.replace(PARAMETERS, cips_variant=variant)
    return history(parameters, apc_episode=f"{HEAD}\n{rows}").grouped("continuous_spell_id")


def test_episodes_of_one_supplied_spell_join() -> None:
    """A spell identifier with one admission date, no overlap and one discharge is believed."""
    made = history(
        apc_episode=f"""{HEAD}
a1|p|RXA|S1|1|2024-05-01|2024-05-01|2024-05-03||||21|19|1
a2|p|RXA|S1|2|2024-05-01|2024-05-03|2024-05-06|2024-05-06|1|19|21|19|1"""
    )
    assert made.grouped("spell_id") == ["a1,a2"]
    row = made.spell.row(0, named=True)
    assert (row["spell_source"], row["nights"], row["n_episodes"]) == ("supplied", 5, 2)
    assert row["is_emergency"]
    assert not row["is_open"]


@pytest.mark.parametrize(
    ("rule", "rows", "expected"),
    [
        (
            "same admission date joins",
            """a1|p|RXA||1|2024-05-01|2024-05-01|2024-05-03||||21|19|1
a2|p|RXA||2|2024-05-01|2024-05-03|2024-05-06|2024-05-06|1|19|21|19|1""",
            ["a1,a2"],
        ),
        (
            "unless the earlier was really discharged by then: two admissions of one day",
            """a1|p|RXA||1|2024-05-01|2024-05-01|2024-05-01|2024-05-01|1|19|21|19|1
a2|p|RXA||1|2024-05-01|2024-05-01|2024-05-04|2024-05-04|1|19|21|19|1""",
            ["a1", "a2"],
        ),
        (
            "transfer of consultant on the day it ended joins, whatever the admission date says",
            """a1|p|RXA||1|2024-05-01|2024-05-01|2024-05-03|2024-05-03|8||21|19|1
a2|p|RXA||2|2024-05-03|2024-05-03|2024-05-06|2024-05-06|1|19|21|19|1""",
            ["a1,a2"],
        ),
        (
            "another provider is another spell",
            """a1|p|RXA||1|2024-05-01|2024-05-01|2024-05-03||||21|19|1
b1|p|RXB||1|2024-05-01|2024-05-03|2024-05-06|2024-05-06|1|19|21|19|1""",
            ["a1", "b1"],
        ),
        (
            "an identifier with two admission dates is not believed",
            """a1|p|RXA|S1|1|2024-05-01|2024-05-01|2024-05-03|2024-05-03|1|19|21|19|1
a2|p|RXA|S1|1|2024-06-01|2024-06-01|2024-06-06|2024-06-06|1|19|21|19|1""",
            ["a1", "a2"],
        ),
        (
            "an episode without identifier joins the believed one of its admission date",
            """a1|p|RXA|S1|1|2024-05-01|2024-05-01|2024-05-03||||21|19|1
a2|p|RXA||2|2024-05-01|2024-05-03|2024-05-06|2024-05-06|1|19|21|19|1""",
            ["a1,a2"],
        ),
    ],
)
def test_which_episodes_make_a_spell(rule: str, rows: str, expected: list[str]) -> None:
    assert _spells(rows) == expected, rule


def test_an_unfinished_episode_makes_an_open_spell() -> None:
    """Open: no discharge, no nights; counted to the end of the data."""
    made = history(apc_episode=f"{HEAD}\na1|p|RXA|S1|1|2025-03-01|2025-03-01|||||21|19|1")
    row = made.spell.row(0, named=True)
    assert row["is_open"]
    assert row["discharged_at"] is None
    assert row["nights"] is None
    assert str(row["counted_end_at"].date()) == "2025-03-31"
    assert made.continuous["bed_days"].to_list() == [30]


def test_an_open_stay_ends_for_counting_at_the_next_admission_elsewhere() -> None:
    made = history(
        apc_episode=f"""{HEAD}
a1|p|RXA|S1|1|2024-05-01|2024-05-01|||||21|19|1
b1|p|RXB|S2|1|2024-05-11|2024-05-11|2024-05-13|2024-05-13|1|19|11|19|1"""
    )
    ends = made.spell.sort("admitted_at")["counted_end_at"].dt.date().cast(pl.String).to_list()
    assert ends == ["2024-05-11", "2024-05-13"]
    # an open spell links to nothing after it
    assert made.grouped("continuous_spell_id") == ["a1", "b1"]


def test_an_open_stay_hides_no_later_discharge_from_a_transfer() -> None:
    """What is compared is the latest discharge; the open stay is linked to nothing and flagged."""
    made = history(
        apc_episode=f"""{HEAD}
a0|p|RXA|S0|1|2024-05-01|2024-05-01|||||11|19|1
a1|p|RXA|S1|1|2024-07-01|2024-07-01|2024-07-05|2024-07-05|1|51|11|19|1
a2|p|RXA|S2|1|2024-07-06|2024-07-06|2024-07-09|2024-07-09|1|19|81|51|1
a3|p|RXA|S3|1|2024-08-01|2024-08-01|2024-08-03|2024-08-03|1|19|81|51|1"""
    )
    assert made.grouped("continuous_spell_id") == ["a0", "a1,a2", "a3"]
    reasons = made.continuous.sort("admitted_at")["link_reason"].to_list()
    assert reasons == [None, "destination", None]
    flags = made.spell.sort("admitted_at")["dq_flags"].to_list()
    assert flags == [[], *([["K05_overlapping_stays"]] * 3)]


def test_nothing_is_nested_in_an_open_stay_but_it_may_follow_a_discharge() -> None:
    made = history(
        apc_episode=f"""{HEAD}
a0|p|RXA|S0|1|2024-05-01|2024-05-01|2024-05-03|2024-05-03|1|51|21|19|1
a1|p|RXB|S1|1|2024-05-03|2024-05-03|||||81|51|1
a2|p|RXB|S2|1|2024-05-20|2024-05-20|2024-05-22|2024-05-22|1|19|21|19|1"""
    )
    assert made.grouped("continuous_spell_id") == ["a0,a1", "a2"]


TRANSFER = """a1|p|RXA|S1|1|2024-05-01|2024-05-01|2024-05-06|2024-05-06|1|{to}|21|19|1
b1|p|RXB|S2|1|{day}|{day}|2024-05-20|2024-05-20|1|19|{method}|{source}|{cls}"""


@pytest.mark.parametrize(
    ("rule", "fields", "variant", "joined"),
    [
        ("same day, destination 51", ("51", "2024-05-06", "11", "19", "1"), "nhsd", True),
        ("source 51", ("19", "2024-05-07", "11", "51", "1"), "nhsd", True),
        ("method 81", ("19", "2024-05-08", "81", "19", "1"), "nhsd", True),
        ("a gap of 3 days is too wide for nhsd", ("51", "2024-05-09", "11", "19", "1"), "nhsd", 0),
        ("and not for che", ("51", "2024-05-09", "11", "19", "1"), "che", True),
        ("destination 49 is nhsd only", ("49", "2024-05-06", "11", "19", "1"), "che", False),
        ("no code, no link", ("19", "2024-05-06", "11", "19", "1"), "nhsd", False),
        ("missing codes never link", ("", "2024-05-06", "", "", "1"), "nhsd", False),
        ("home, then an emergency from 51", ("19", "2024-05-06", "21", "51", "1"), "nhsd", False),
        ("the same under che", ("19", "2024-05-06", "21", "51", "1"), "che", True),
        ("regular attenders never link", ("51", "2024-05-06", "11", "51", "3"), "nhsd", False),
    ],
)
def test_which_spells_are_continuous(
    rule: str, fields: tuple[str, ...], variant: str, joined: bool
) -> None:
    names = ("to", "day", "method", "source", "cls")
    rows = TRANSFER.format(**dict(zip(names, fields, strict=True)))
    assert _continuous(rows, variant) == (["a1,b1"] if joined else ["a1", "b1"]), rule


def test_a_nested_stay_joins_and_says_so() -> None:
    made = history(
        apc_episode=f"""{HEAD}
a1|p|RXA|S1|1|2024-05-01|2024-05-01|2024-05-20|2024-05-20|1|19|21|19|1
b1|p|RXB|S2|1|2024-05-05|2024-05-05|2024-05-07|2024-05-07|1|19|11|19|1"""
    )
    row = made.continuous.row(0, named=True)
    assert (row["n_spells"], row["link_reason"], row["bed_days"]) == (2, "nested", 19)
    assert row["last_organisation_code"] == "RXA"


@pytest.mark.parametrize(("long", "short"), [("RXA", "RXB"), ("RXB", "RXA")])
def test_of_two_stays_begun_on_one_day_the_shorter_is_nested(long: str, short: str) -> None:
    """Whichever is listed first: the longer is the first spell and holds the bed days."""
    made = history(
        apc_episode=f"""{HEAD}
a1|p|{long}|S1|1|2024-05-01|2024-05-01|2024-05-10|2024-05-10|1|19|21|19|1
b1|p|{short}|S2|1|2024-05-01|2024-05-01|2024-05-03|2024-05-03|1|19|11|19|1"""
    )
    row = made.continuous.row(0, named=True)
    assert (row["n_spells"], row["link_reason"], row["bed_days"]) == (2, "nested", 9)
    assert (row["first_organisation_code"], row["last_organisation_code"]) == (long, long)
    assert row["is_emergency"]
    assert made.spell["dq_flags"].to_list() == [[], []]
    days = made.stays.bed_day.collect().join(made.spell, on="spell_id")
    assert days["organisation_code"].to_list() == [long]


def test_stays_begun_on_one_day_at_known_times_keep_the_order_of_their_times() -> None:
    made = history(
        apc_episode=f"""{HEAD}|start_time_hospital_provider_spell
a1|p|RXA|S1|1|2024-05-01|2024-05-01|2024-05-10|2024-05-10|1|19|21|19|1|12:00:00
b1|p|RXB|S2|1|2024-05-01|2024-05-01|2024-05-03|2024-05-03|1|19|11|19|1|10:00:00"""
    )
    assert made.grouped("continuous_spell_id") == ["a1", "b1"]
    days = made.stays.bed_day.collect().sort("from_date")
    assert days["from_date"].cast(pl.String).to_list() == ["2024-05-01", "2024-05-03"]


def test_a_stay_over_on_its_day_comes_before_another_of_that_day() -> None:
    """It may have ended before the other began: a transfer goes from it, and without evidence of
    one it is a stay of its own that a readmission follows."""
    made = history(
        apc_episode=f"""{HEAD}
a1|p|RXA|S1|1|2024-06-01|2024-06-01|2024-06-01|2024-06-01|1|51|21|19|1
b1|p|RXB|S2|1|2024-06-01|2024-06-01|2024-06-09|2024-06-09|1|19|81|51|1
c1|q|RXA|S3|1|2024-06-01|2024-06-01|2024-06-01|2024-06-01|1|19|21|19|1
d1|q|RXB|S4|1|2024-06-01|2024-06-01|2024-06-09|2024-06-09|1|19|21|19|1"""
    )
    assert made.grouped("continuous_spell_id") == ["a1,b1", "c1", "d1"]
    whole = made.continuous.sort("person_id", "nights")
    assert whole["link_reason"].to_list() == ["destination", None, None]
    assert whole["is_emergency"].to_list() == [True, True, True]
    assert whole["is_readmission_30d"].to_list() == [False, False, True]


def test_a_partial_overlap_without_evidence_stays_apart_and_is_flagged() -> None:
    made = history(
        apc_episode=f"""{HEAD}
a1|p|RXA|S1|1|2024-05-01|2024-05-01|2024-05-10|2024-05-10|1|19|21|19|1
b1|p|RXB|S2|1|2024-05-08|2024-05-08|2024-05-14|2024-05-14|1|19|11|19|1"""
    )
    assert made.grouped("continuous_spell_id") == ["a1", "b1"]
    flags = made.spell.sort("admitted_at")["dq_flags"].to_list()
    assert flags == [[], ["K05_overlapping_stays"]]
    # the two claim 8 and 9 May: the earlier stay has them
    days = made.stays.bed_day.collect()
    assert days["from_date"].cast(pl.String).to_list() == ["2024-05-01", "2024-05-10"]
    assert made.continuous.sort("admitted_at")["bed_days"].to_list() == [9, 4]


def test_a_chain_of_three_with_the_gap_and_nights_between_left_out_of_bed_days() -> None:
    made = history(
        apc_episode=f"""{HEAD}
a1|p|RXA|S1|1|2024-05-01|2024-05-01|2024-05-06|2024-05-06|1|51|21|19|1
b1|p|RXB|S2|1|2024-05-08|2024-05-08|2024-05-10|2024-05-10|1|51|81|51|1
c1|p|RXA|S3|1|2024-05-10|2024-05-10|2024-05-12|2024-05-12|1|19|81|51|1"""
    )
    row = made.continuous.row(0, named=True)
    assert (row["n_spells"], row["max_gap_days"], row["nights"], row["bed_days"]) == (3, 2, 11, 9)


def test_a_day_case_is_a_stay_without_bed_days() -> None:
    made = history(
        apc_episode=f"{HEAD}\na1|p|RXA|S1|1|2024-05-01|2024-05-01|2024-05-01|2024-05-01|1|19|11|19|2"
    )
    assert made.spell["nights"].to_list() == [0]
    assert made.stays.bed_day.collect().is_empty()


@pytest.mark.parametrize(("days", "again"), [("2024-06-08", True), ("2024-06-09", False)])
def test_an_emergency_0_to_29_days_after_discharge_is_a_readmission(days: str, again: bool) -> None:
    made = history(
        apc_episode=f"""{HEAD}
a1|p|RXA|S1|1|2024-05-01|2024-05-01|2024-05-10|2024-05-10|1|19|21|19|1
b1|p|RXB|S2|1|{days}|{days}|2024-06-12|2024-06-12|1|19|21|19|1"""
    )
    flags = made.continuous.sort("admitted_at")
    assert flags["is_readmission_30d"].to_list() == [False, again]
    assert flags["readmitted_30d"].to_list() == [again, False]
    assert made.failure_demand.filter(measure="fd_readmit_30d").height == int(again)


def test_an_open_stay_hides_no_later_discharge_from_a_readmission() -> None:
    made = history(
        apc_episode=f"""{HEAD}
a0|p|RXA|S0|1|2024-05-01|2024-05-01|||||21|19|1
a1|p|RXA|S1|1|2024-07-01|2024-07-01|2024-07-05|2024-07-05|1|19|21|19|1
a2|p|RXA|S2|1|2024-07-10|2024-07-10|2024-07-15|2024-07-15|1|19|21|19|1"""
    )
    flags = made.continuous.sort("admitted_at")
    assert flags["is_readmission_30d"].to_list() == [False, False, True]
    assert flags["readmitted_30d"].to_list() == [None, True, False]
    found = made.failure_demand.filter(measure="fd_readmit_30d")
    assert found.select("event_id", "source_event_id").rows() == [("a2", "a1")]


def test_flags_are_null_where_the_data_cannot_know() -> None:
    """In the first 30 days nothing earlier is known; in the last 29 nothing later."""
    made = history(
        apc_episode=f"""{HEAD}
a1|p|RXA|S1|1|2024-04-30|2024-04-30|2024-05-10|2024-05-10|1|19|21|19|1
b1|q|RXA|S2|1|2024-05-01|2024-05-01|2025-03-03|2025-03-03|1|19|21|19|1"""
    )
    flags = made.continuous.sort("person_id")
    assert flags["is_readmission_30d"].to_list() == [None, False]
    assert flags["readmitted_30d"].to_list() == [False, None]


ED = "id|person|org|site|arrival|arrived|departure|departed|goes"


@pytest.mark.parametrize(
    ("rule", "visit", "spell"),
    [
        ("leaves at admission", f"RXA|S|2024-05-01|08:00:00|2024-05-01|10:00:00|{WARD}", True),
        ("24 hours after", f"RXA||2024-05-01|08:00:00|2024-05-02|10:00:00|{WARD}", True),
        ("an hour before", f"RXA||2024-05-01|08:00:00|2024-05-01|09:00:00|{WARD}", True),
        ("more than that, no site", f"RXA||2024-05-01|08:00:00|2024-05-01|08:59:00|{WARD}", False),
        ("more, but the same site", f"RXA|SA|2024-05-01|08:00:00|2024-05-01|08:59:00|{WARD}", True),
        ("went home", "RXA|SA|2024-05-01|08:00:00|2024-05-01|10:00:00|306689006", False),
        ("another provider", f"RXB||2024-05-01|08:00:00|2024-05-01|10:00:00|{WARD}", False),
    ],
)
def test_which_attendance_led_to_the_stay(rule: str, visit: str, spell: bool) -> None:
    stay = f"""{HEAD}|start_time_hospital_provider_spell|site
a1|p|RXA|S1|1|2024-05-01|2024-05-01|2024-05-03|2024-05-03|1|19|21|19|1|10:00:00|SA"""
    made = history(apc_episode=stay, ecds_attendance=f"{ED}\ne1|p|{visit}")
    assert made.spell["emergency_event_id"].to_list() == (["e1"] if spell else [None]), rule


def test_an_attendance_that_nobody_left_did_not_lead_to_a_stay_at_the_end_of_the_data() -> None:
    stay = f"{HEAD}\na1|p|RXA|S1|1|2025-03-30|2025-03-30|2025-03-31|2025-03-31|1|19|21|19|1"
    visit = f"{ED}\ne1|p|RXA||2025-01-01|08:00:00|||{WARD}"
    made = history(apc_episode=stay, ecds_attendance=visit)
    assert made.spell["emergency_event_id"].to_list() == [None]


@pytest.mark.parametrize(
    ("rule", "admission", "visit", "spell"),
    [
        ("115 minutes before", "10-27|02:10", "10-27|00:30:00|2024-10-27|01:15:00", False),
        ("55 minutes, in the hour again", "10-27|02:10", "10-27|01:30:00|2024-10-27|01:15:00", 1),
        ("24 hours and a half after", "10-26|12:00", "10-26|11:00:00|2024-10-27|11:30:00", False),
        ("23 hours and a half after", "03-30|12:00", "03-30|11:00:00|2024-03-31|12:30:00", True),
    ],
)
def test_minutes_to_the_admission_are_those_that_went_by(
    rule: str, admission: str, visit: str, spell: bool
) -> None:
    """Over a change of the clocks too, where the wall clock would say another number."""
    day, time = admission.split("|")
    stay = f"""{HEAD}|start_time_hospital_provider_spell
a1|p|RXA|S1|1|2024-{day}|2024-{day}|2024-11-03|2024-11-03|1|19|21|19|1|{time}:00"""
    made = history(apc_episode=stay, ecds_attendance=f"{ED}\ne1|p|RXA||2024-{visit}|{WARD}")
    assert made.spell["emergency_event_id"].to_list() == (["e1"] if spell else [None]), rule


def test_ward_moves_leave_lounges_out_and_collapse_equal_neighbours() -> None:
    stay = f"{HEAD}\na1|p|RXA|S1|1|2024-05-01|2024-05-01|2024-05-09|2024-05-09|1|19|21|19|1"
    wards = """id|person|org|spell|since|until|ward_code|ward_type
w1|p|RXA|S1|2024-05-01 10:00|2024-05-02 10:00|W1|assessment
w2|p|RXA|S1|2024-05-02 10:00|2024-05-03 10:00|W2|base
w3|p|RXA|S1|2024-05-03 10:00|2024-05-03 12:00|T1|theatre
w4|p|RXA|S1|2024-05-03 12:00|2024-05-04 10:00|W2|base
w5|p|RXA|S1|2024-05-04 10:00|2024-05-09 10:00|W3|base
w6|p|RXA|S1|2024-05-09 10:00|2024-05-09 12:00|L1|discharge_lounge"""
    made = history(apc_episode=stay, apc_ward_stay=wards)
    assert made.spell["n_ward_moves"].to_list() == [2]
    assert made.grouped("spell_id") == ["a1,w1,w2,w3,w4,w5,w6"]


def test_a_ready_date_outside_the_stay_is_no_ready_date() -> None:
    stay = f"""{HEAD}|ready
a1|p|RXA|S1|1|2024-05-01|2024-05-01|2024-05-09|2024-05-09|1|19|21|19|1|2024-05-10"""
    row = history(apc_episode=stay).spell.row(0, named=True)
    assert row["discharge_ready_at"] is None
    assert row["dq_flags"] == ["K02_ready_outside_stay"]


def test_an_open_stay_of_over_a_year_without_a_sign_of_life_is_flagged() -> None:
    stay = f"{HEAD}\na1|p|RXA|S1|1|2023-12-01|2023-12-01|||||21|19|1"
    assert history(apc_episode=stay).spell["dq_flags"].to_list() == [["C08_open_over_a_year"]]


def test_rows_in_any_order_and_of_other_people_change_nothing() -> None:
    rows = """a1|p|RXA||1|2024-05-01|2024-05-01|2024-05-03||||21|19|1
a2|p|RXA||2|2024-05-01|2024-05-03|2024-05-06|2024-05-06|1|51|21|19|1
b1|p|RXB||1|2024-05-07|2024-05-07|2024-05-20|2024-05-20|1|19|81|51|1"""
    other = "z1|q|RXA||1|2024-05-01|2024-05-01|2024-05-03|2024-05-03|1|19|21|19|1"
    shuffled = "\n".join([other, *reversed(rows.splitlines())])
    one = history(apc_episode=f"{HEAD}\n{rows}").spell
    two = history(apc_episode=f"{HEAD}\n{shuffled}").spell.filter(person_id="p")
    assert one.equals(two)


def test_an_episode_without_an_end_does_not_unsettle_the_identifier_of_a_stay_that_is_over() -> (
    None
):
    made = history(
        apc_episode=f"""{HEAD}
a1|p|RXA|S1|1|2024-05-01|2024-05-01||2024-05-10|1|19|21|19|1
a2|p|RXA|S1|2|2024-05-01|2024-05-04|2024-05-10|2024-05-10|1|19|21|19|1"""
    )
    assert made.spell.select("spell_source", "nights", "is_open").rows() == [("supplied", 9, False)]


def test_an_open_record_in_the_middle_does_not_hold_a_continuous_spell_open() -> None:
    made = history(
        apc_episode=f"""{HEAD}|ready
a|p|RXA|S1|1|2024-05-01|2024-05-01|2024-05-10|2024-05-10|1|51|21|19|1|
b|p|RXB|S2|1|2024-05-10|2024-05-10|||||2B|51|1|
c|p|RXC|S3|1|2024-05-12|2024-05-12|2024-05-20|2024-05-20|1|19|2B|51|1|2024-05-15
d|p|RXA|S4|1|2024-06-01|2024-06-01|2024-06-03|2024-06-03|1|19|21|19|1|"""
    )
    told = made.continuous.sort("admitted_at").select("n_spells", "nights", "is_readmission_30d")
    assert told.rows() == [(3, 19, False), (1, 2, True)]
    waits = made.delay.filter(measure="discharge_delay")
    assert waits.select("minutes", "end_kind").rows() == [(5 * 1440, "event")]
