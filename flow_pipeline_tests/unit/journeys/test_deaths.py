"""A death is one whatever record tells of it, and what stands in for an end is no discharge."""

import pytest

from flow_pipeline_tests.unit.journeys.histories import History, history

EPISODE = "id|person|org|spell|n|admitted|start|end|left|how|to|method|from|class|ready"
ED = "id|person|org|arrival|arrived|departure|departed|goes|category"
DEATH = "id|person|org|person_death_date\nd|p|REG|"


def _waits(made: History, measure: str) -> list[tuple[object, ...]]:
    rows = made.delay.filter(measure=measure).sort("from_event_id", "start_at")
    return rows.select("from_event_id", "to_event_id", "minutes", "end_kind").rows()


REFERRAL = "id|person|org|ref|received|closed|team"
OPEN = f"{REFERRAL}\nr1|p|RYC|R1|2024-05-01||T"
SAID_BY_SERVICE = "id|person|org|person_death_date\nm|p|RYC|2024-05-20"


@pytest.mark.parametrize("told", [{"csds_mpi": SAID_BY_SERVICE}, {"death": f"{DEATH}2024-05-20"}])
def test_a_death_ends_a_wait_and_a_journey_whatever_record_tells_of_it(told) -> None:
    made = history(csds_referral=OPEN, **told)
    waits = _waits(made, "referral_to_first_contact")
    assert waits == [("r1", None, 19 * 1440, "competing")]
    assert made.journey["end_reason"].to_list() == ["death"]


def test_a_death_long_after_a_journey_does_not_end_it() -> None:
    closed = OPEN.replace("2024-05-01||T", "2024-05-01|2024-05-03|T")
    made = history(csds_referral=closed, csds_mpi=SAID_BY_SERVICE.replace("05-20", "09-20"))
    assert made.journey["end_reason"].to_list() == ["gap"]


def test_a_death_stands_in_for_an_unrecorded_departure_but_is_none() -> None:
    visit = f"{ED}\ne1|p|RXA|2024-05-01|10:00:00||||1"
    made = history(ecds_attendance=visit, death=f"{DEATH}2024-09-01")
    assert made.event.filter(event_id="e1")["end_status"].item() == "imputed_death"
    assert _waits(made, "ed_arrival_to_departure") == []
    assert _waits(made, "ed_to_gp_contact") == []


def test_a_stay_that_only_the_death_ended_was_not_left_alive() -> None:
    made = history(
        apc_episode=f"{EPISODE}\na1|p|RXA|S1|1|2024-06-01|2024-06-01|||||21|19|1|2024-06-05",
        death=f"{DEATH}2024-06-10",
    )
    assert _waits(made, "discharge_delay") == [("a1", None, 5 * 1440, "competing")]
    assert _waits(made, "discharge_to_gp_contact") == []
    assert made.failure_demand.filter(measure="fd_unplanned_then_delay").is_empty()
    assert made.continuous.select("is_index", "readmitted_30d").row(0) == (False, None)


APPOINTMENT = "id|person|org|booked|due|status"
STAY = "a1|p|RXA|S1|1|{m}-01|{m}-01|{m}-10|{m}-10|1|19|21|19|1|"


@pytest.mark.parametrize("month", ["2024-06", "2024-12"])
def test_minutes_after_a_discharge_are_the_same_in_summer_and_winter(month: str) -> None:
    made = history(
        apc_episode=f"{EPISODE}|discharge_time_hospital_provider_spell\n"
        f"{STAY.format(m=month)}|10:00:00",
        gp_appointment=f"{APPOINTMENT}\ng1|p|G1|{month}-01 09:00|{month}-10 10:30|attended",
    )
    assert _waits(made, "discharge_to_gp_contact") == [("a1", "g1", 30, "event")]


def test_a_stay_elsewhere_that_began_before_the_discharge_is_no_readmission() -> None:
    made = history(
        apc_episode=f"""{EPISODE}
a1|p|RXA|S1|1|2024-06-01|2024-06-01|2024-06-10|2024-06-10|1|19|21|19|1|
a2|p|RXB|S2|1|2024-06-05|2024-06-05|2024-06-20|2024-06-20|1|19|21|19|1|
a3|p|RXA|S3|1|2024-06-25|2024-06-25|2024-06-26|2024-06-26|1|19|21|19|1|"""
    )
    assert _waits(made, "discharge_to_gp_contact")[:2] == [
        ("a1", None, 15 * 1440, "competing"),
        ("a2", None, 5 * 1440, "competing"),
    ]


def test_a_regular_attendance_is_neither_a_discharge_nor_a_readmission() -> None:
    days = ["06-12", "06-14", "06-17"]
    sessions = [
        f"r{n}|p|RXA|R{n}|1|2024-{d}|2024-{d}|2024-{d}|2024-{d}|1|19|13|19|3|"
        for n, d in enumerate(days)
    ]
    stay = STAY.format(m="2024-06")
    made = history(apc_episode="\n".join([EPISODE, stay, *sessions]))
    assert _waits(made, "discharge_to_gp_contact") == [("a1", None, 90 * 1440, "censored")]
