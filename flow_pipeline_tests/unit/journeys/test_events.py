"""Rows of contracts as events: times, ends, parents, organisations, what is dropped."""

import polars as pl
import pytest

from flow_pipeline.tables.publish import ORGANISATION
from flow_pipeline_tests.drawn import drawn
from flow_pipeline_tests.unit.journeys.histories import History, history

ED = "id|person|org|arrival|arrived|departure|departed|goes|category"
EPISODE = "id|person|org|spell|n|admitted|start|end|left|how|to|method|from|class"


def _event(made: History, event_id: str) -> dict[str, object]:
    return made.event.row(by_predicate=pl.col("event_id") == event_id, named=True)


@pytest.mark.parametrize(
    ("rule", "times", "utc", "flags"),
    [
        (
            "summer time",
            "2024-05-01|08:00:00|2024-05-01|12:00:00",
            ("2024-05-01 07:00", "2024-05-01 11:00"),
            [],
        ),
        (
            "in the repeated hour the first is meant",
            "2024-10-27|01:10:00|2024-10-27|01:40:00",
            ("2024-10-27 00:10", "2024-10-27 00:40"),
            ["time_in_repeated_hour"],
        ),
        (
            "unless that puts the end before the start",
            "2024-10-27|01:40:00|2024-10-27|01:10:00",
            ("2024-10-27 00:40", "2024-10-27 01:10"),
            ["time_in_repeated_hour"],
        ),
        (
            "a spring time that did not exist moves on an hour",
            "2024-03-31|01:30:00|2024-03-31|03:30:00",
            ("2024-03-31 01:30", "2024-03-31 02:30"),
            ["time_in_missing_hour"],
        ),
        (
            "an end before the start is the start, flagged",
            "2024-05-01|12:00:00|2024-05-01|08:00:00",
            ("2024-05-01 11:00", "2024-05-01 11:00"),
            ["end_before_start"],
        ),
    ],
)
def test_times_in_utc(rule: str, times: str, utc: tuple[str, str], flags: list[str]) -> None:
    row = _event(history(ecds_attendance=f"{ED}\ne|p|RXA|{times}|306689006|1"), "e")
    assert (f"{row['start_at_utc']:%Y-%m-%d %H:%M}", f"{row['end_at_utc']:%Y-%m-%d %H:%M}") == utc
    assert row["dq_flags"] == flags, rule


def test_rows_that_linkage_did_not_accept_make_no_event() -> None:
    made = history(
        ecds_attendance=f"""{ED}
e|p|RXA|2024-05-01|08:00:00|2024-05-01|12:00:00|306689006|1
f||RXA|2024-05-01|08:00:00|2024-05-01|12:00:00|306689006|1"""
    )
    assert made.event["event_id"].to_list() == ["e"]


def test_nothing_begins_before_birth_or_over_a_week_after_death() -> None:
    made = history(
        ecds_attendance=f"""{ED}|birth_month
a|p|RXA|2024-04-30|08:00:00|2024-04-30|12:00:00|306689006|1|2024-05-01
b|p|RXA|2024-05-01|08:00:00|2024-05-01|12:00:00|306689006|1|2024-05-01
c|p|RXA|2024-06-17|08:00:00|2024-06-17|12:00:00|306689006|1|2024-05-01
d|p|RXA|2024-06-18|08:00:00|2024-06-18|12:00:00|306689006|1|2024-05-01""",
        death="id|person|org|person_death_date\nx|p|REG|2024-06-10",
    )
    assert sorted(made.event["event_id"].to_list()) == ["b", "c", "x"]
    assert _event(made, "c")["dq_flags"] == ["after_death"]
    dropped = made.events.event_dropped.collect().select("rule", "n_rows").sort("rule")
    assert dropped.rows() == [("after_death", 1), ("before_birth", 1)]


def test_an_open_service_ends_with_the_person() -> None:
    cld = "id|person|org|kind|began|ended|client_type|service"
    made = history(
        cld_event=f"""{cld}
s|p|999|Service|2024-05-01||Service User|Long Term Support: Community
t|q|999|Service|2024-05-01||Service User|Long Term Support: Community""",
        death="id|person|org|person_death_date\nx|p|REG|2024-06-10",
    )
    dead, alive = _event(made, "s"), _event(made, "t")
    assert (dead["end_status"], str(dead["end_at"]), dead["is_open"]) == (
        "imputed_death",
        "2024-06-10 00:00:00",
        False,
    )
    assert (alive["end_status"], alive["end_at"], alive["is_open"]) == ("open", None, True)
    assert str(alive["counted_end_at"]) == "2025-03-31 00:00:00"


def test_parents_by_reference_and_by_time() -> None:
    made = history(
        csds_referral="""id|person|org|ref|received|team
r1|p|RYC|R1|2024-05-01|T
r2|p|RYC|R1|2024-05-01|U
r3|q|RYC|R1|2024-05-01|U""",
        csds_care_contact="""id|person|org|ref|contact|team|attended
c1|p|RYC|R1|2024-05-20|U|5
c2|p|RYC|R9|2024-05-27|T|5""",
        cld_event="""id|person|org|kind|began|ended|client_type|service|outcome
q0|p|999|Request|2024-05-02|2024-05-02|Service User||NFA - Support declined
q1|p|999|Request|2024-05-01|2024-05-02|Service User||Progress to Assessment
q2|p|999|Assessment|2024-05-10|2024-05-11|Service User||Progress to Assessment
q3|p|999|Service|2024-05-14||Service User|Long Term Support: Community|
q4|p|999|Review|2025-01-14|2025-01-14|Service User||No change in package
q5|q|999|Service|2024-05-14||Service User|Long Term Support: Community|""",
    )
    parents = dict(made.event.select("event_id", "parent_event_id").rows())
    assert parents["c1"] == "r2"  # of its own team
    assert parents["c2"] is None
    assert [parents[q] for q in ("q2", "q3", "q4", "q5")] == ["q1", "q2", "q3", None]


def test_a_merger_counts_from_the_day_after_the_last() -> None:
    organisation = drawn(
        """organisation_code|sector|successor_code|valid_to
RXA|acute|RXN|2024-05-31
RXN|mental_health||""",
        ORGANISATION,
    )
    made = history(
        organisation=organisation,
        ecds_attendance=f"""{ED}
a|p|RXA|2024-05-31|08:00:00|2024-05-31|12:00:00|306689006|1
b|p|RXA|2024-06-01|08:00:00|2024-06-01|12:00:00|306689006|1
c|p|ZZZ|2024-06-01|08:00:00|2024-06-01|12:00:00|306689006|1""",
    )
    codes = made.event.sort("event_id").select("organisation_code", "sector").rows()
    assert codes == [("RXA", "acute"), ("RXN", "mental_health"), ("ZZZ", "acute")]


def test_a_clock_stop_without_a_visit_is_administrative() -> None:
    made = history(
        op_attendance="""id|person|org|appointment_date|first_attendance_code|attended_or_did_not_attend_code
a|p|RXA|2024-05-01|5|5
b|p|RXA|2024-05-01|1|5
c|p|RXA|2024-05-01||3"""
    )
    bridges = made.event.sort("event_id").select("role", "is_bridging").rows()
    assert bridges == [("administrative", False), ("point", True), ("point", False)]


def test_an_identifier_delivered_twice_makes_one_event() -> None:
    row = "RXA|2024-05-01|08:00:00|2024-05-01|12:00:00|306689006|1"
    made = history(ecds_attendance=f"record_key|{ED}\nr1|e|p|{row}\nr2|e|p|{row}")
    assert made.event["record_key"].to_list() == ["r1"]
    assert made.events.event_dropped.collect()["rule"].to_list() == ["repeated_id"]


def test_midnight_is_no_time_where_the_sender_has_too_many() -> None:
    def rows(org: str, midnights: int) -> str:
        return "\n".join(
            f"{org}{n}|p|{org}|2024-05-01|{'00:00:00' if n < midnights else '09:00:00'}"
            f"|2024-05-01|12:00:00|306689006|1"
            for n in range(20)
        )

    made = history(ecds_attendance=f"{ED}\n{rows('RXA', 4)}\n{rows('RXB', 5)}")
    assert _event(made, "RXA0")["start_precision"] == "minute"  # a fifth is not too many
    assert _event(made, "RXB0")["start_precision"] == "date"
    assert _event(made, "RXB9")["start_precision"] == "minute"
