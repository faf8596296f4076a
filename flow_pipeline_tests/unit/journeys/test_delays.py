"""Measured waits and failure demand, each at its edges."""

import polars as pl
import pytest

from flow_pipeline.journeys import FlagParameters, failure_demand
from flow_pipeline.tables.journeys import DELAY as NO_DELAY
from flow_pipeline_tests.unit.journeys.histories import WARD, History, history

EPISODE = "id|person|org|spell|n|admitted|start|end|left|how|to|method|from|class|ready"
ED = "id|person|org|arrival|arrived|departure|departed|goes|category"
CLD = "id|person|org|kind|began|ended|client_type|service|part|outcome|route"
CONTACT = "id|person|org|ref|contact|care_contact_time|team|attended"
WARD_ASKS = "Service User|||Progress to Assessment|Discharge from hospital"
STAY = "a1|p|RXA|S1|1|2024-05-01|2024-05-01|2024-05-10|2024-05-10|1|19|21|19|1|2024-05-07"


def _waits(made: History, measure: str) -> list[tuple[object, ...]]:
    rows = made.delay.filter(measure=measure).sort("from_event_id")
    return rows.select("from_event_id", "to_event_id", "minutes", "end_kind").rows()


def _flags(made: History, measure: str) -> list[tuple[object, ...]]:
    rows = made.failure_demand.filter(measure=measure).sort("event_id")
    return rows.select("event_id", "source_event_id", "source_basis").rows()


@pytest.mark.parametrize(
    ("rule", "stay", "expected"),
    [
        ("three days", STAY, [("a1", "a1", 3 * 1440, "event")]),
        ("no night, no row", STAY.replace("05-10", "05-01").replace("05-07", "05-01"), []),
        ("never ready, no row", STAY.replace("2024-05-07", ""), []),
        (
            "died while ready",
            STAY.replace("|1|19|21", "|4|79|21"),
            [("a1", None, 4320, "competing")],
        ),
        (
            "still in",
            "a1|p|RXA|S1|1|2025-03-01|2025-03-01|||||21|19|1|2025-03-21",
            [("a1", None, 10 * 1440, "censored")],
        ),
        ("ready on the last day", STAY.replace("05-07", "05-10"), [("a1", "a1", 0, "event")]),
    ],
)
def test_discharge_delay(rule: str, stay: str, expected: list[tuple[object, ...]]) -> None:
    made = history(apc_episode=f"{EPISODE}\n{stay}")
    assert _waits(made, "discharge_delay") == expected, rule
    late = [row for row in expected if row[3] == "event" and row[2] >= 1440]
    assert len(_flags(made, "fd_unplanned_then_delay")) == len(late)


def test_ready_to_home_support_counts_from_ready_where_there_was_a_need() -> None:
    made = history(
        apc_episode=f"""{EPISODE}
{STAY}
{STAY.replace("a1|p|RXA|S1", "a2|q|RXA|S2")}
{STAY.replace("a1|p|RXA|S1", "a3|r|RXA|S3")}
{STAY.replace("a1|p|RXA|S1", "a4|s|RXA|S4")}""",
        cld_event=f"""{CLD}
q1|p|999|Request|2024-05-06|2024-05-12|{WARD_ASKS}
s1|p|999|Service|2024-05-12||Service User|Short Term Support: ST-Max|Reablement||
s3|r|999|Service|2024-01-12||Service User|Long Term Support: Community|Home Support||
q3|r|999|Request|2024-05-06|2024-05-12|{WARD_ASKS}
q4|s|999|Request|2024-05-06|2024-05-12|{WARD_ASKS}""",
        death="id|person|org|person_death_date\nx|s|REG|2024-05-20",
    )
    assert _waits(made, "ready_to_home_support") == [
        ("a1", "s1", 5 * 1440, "event"),
        ("a3", None, None, None),  # a package that ran already
        ("a4", None, 13 * 1440, "competing"),
    ]


@pytest.mark.parametrize(
    ("rule", "service", "expected"),
    [
        ("it runs on", "05-01|2024-05-30", ("a1", None, None, None)),
        ("it runs on the day of discharge", "05-01|2024-05-10", ("a1", None, None, None)),
        ("it began a day before ready", "05-06|2024-05-30", ("a1", None, None, None)),
        ("it began with ready", "05-07|2024-05-30", ("a1", "s1", 0, "event")),
        ("it ended before discharge", "04-20|2024-05-09", ("a1", None, 84 * 1440, "censored")),
    ],
)
@pytest.mark.parametrize(
    "kind",
    [
        "Short Term Support: ST-Max|Reablement",
        "Long Term Support: Community|Home Support",
    ],
)
def test_support_that_ran_at_discharge_and_began_before_ready_is_no_wait(
    rule: str, service: str, expected: tuple[object, ...], kind: str
) -> None:
    made = history(
        apc_episode=f"{EPISODE}\n{STAY}",
        cld_event=f"""{CLD}
q1|p|999|Request|2024-05-06|2024-05-06|{WARD_ASKS}
s1|p|999|Service|2024-{service}|Service User|{kind}||""",
    )
    assert _waits(made, "ready_to_home_support") == [expected], rule


def test_referral_to_first_contact_ends_in_contact_closure_death_or_not_at_all() -> None:
    made = history(
        csds_referral="""id|person|org|ref|received|closed|rejected|team
r1|p|RYC|R1|2024-05-01|2024-07-01||T
r2|p|RYC|R2|2024-05-01|2024-05-11||T
r3|p|RYC|R3|2024-05-01||2024-05-02|T
r4|p|RYC|R4|2025-03-21|||T""",
        csds_care_contact="""id|person|org|ref|contact|team|attended
c0|p|RYC|R1|2024-05-03|T|3
c1|p|RYC|R1|2024-05-09|T|5
c2|p|RYC|R1|2024-05-10|T|5""",
    )
    assert _waits(made, "referral_to_first_contact") == [
        ("r1", "c1", 8 * 1440, "event"),
        ("r2", None, 10 * 1440, "competing"),
        ("r4", None, 10 * 1440, "censored"),
    ]


@pytest.mark.parametrize(
    ("rule", "received", "contacts", "expected"),
    [
        ("before and after", "05-10", ["05-03", "05-20"], ("c1", 10 * 1440, "event")),
        ("before alone", "05-10", ["05-03"], (None, 325 * 1440, "censored")),
        ("on the day of receipt", "05-10", ["05-10", "05-20"], ("c0", 0, "event")),
        ("earlier on the day", "05-10 14:00", ["05-10 09:00", "05-20"], ("c1", 14_400, "event")),
        ("later on the day", "05-10 14:00", ["05-10 15:00", "05-20"], ("c0", 60, "event")),
        ("contact without a time", "05-10 14:00", ["05-10", "05-20"], ("c0", 0, "event")),
        ("receipt without a time", "05-10", ["05-10 09:00", "05-20"], ("c0", 0, "event")),
    ],
)
def test_only_contacts_from_the_receipt_of_a_referral_on_end_its_wait(
    rule: str, received: str, contacts: list[str], expected: tuple[object, ...]
) -> None:
    day, _, time = received.partition(" ")
    came = [contact.partition(" ") for contact in contacts]
    seen = [f"c{n}|p|RYC|R1|2024-{d}|{t and t + ':00'}|T|5" for n, (d, _, t) in enumerate(came)]
    made = history(
        csds_referral=f"""id|person|org|ref|received|referral_request_received_time|team
r1|p|RYC|R1|2024-{day}|{time and time + ":00"}|T""",
        csds_care_contact="\n".join([CONTACT, *seen]),
    )
    assert _waits(made, "referral_to_first_contact") == [("r1", *expected)], rule


def test_waits_in_a_department_are_in_minutes_across_the_clock_change() -> None:
    made = history(
        ecds_attendance=f"""{ED}
e1|p|RXA|2024-10-27|00:30:00|2024-10-27|03:30:00|{WARD}|1"""
    )
    assert _waits(made, "ed_arrival_to_departure") == [("e1", "e1", 240, "event")]


def test_the_council_answers_with_an_assessment_and_a_service() -> None:
    made = history(
        cld_event=f"""{CLD}
q1|p|999|Request|2024-05-01|2024-05-02|Service User|||Progress to Assessment|Prison
q2|p|999|Assessment|2024-05-10|2024-05-12|Service User|||Progress to Support Planning / Services|
q3|p|999|Service|2024-05-20||Service User|Long Term Support: Community|Home Support||
q4|q|999|Request|2024-05-01|2024-05-02|Service User|||NFA - Support declined|Prison
q5|r|999|Request|2025-03-01|2025-03-02|Service User|||Progress to Assessment|Prison"""
    )
    assert _waits(made, "request_to_assessment") == [
        ("q1", "q2", 9 * 1440, "event"),
        ("q5", None, 30 * 1440, "censored"),
    ]
    assert _waits(made, "request_to_service")[0] == ("q1", "q3", 19 * 1440, "event")
    assert _waits(made, "assessment_to_service") == [("q2", "q3", 8 * 1440, "event")]


@pytest.mark.parametrize(
    ("outcome", "waits_on"),
    [
        ("NFA - Information & Advice / Signposting only", False),
        ("NFA - Support declined", False),
        ("Admitted to hospital", False),
        ("Service ended as planned", False),
        ("Progress to Support Planning / Services", True),
        ("", True),
    ],
)
def test_an_assessment_ends_the_wait_for_it_whatever_it_came_to(
    outcome: str, waits_on: bool
) -> None:
    made = history(
        cld_event=f"""{CLD}
q1|p|999|Request|2024-05-01|2024-05-02|Service User|||Progress to Assessment|Prison
q2|p|999|Assessment|2024-05-10|2024-05-12|Service User|||{outcome}|
q3|p|999|Service|2024-05-20||Service User|Long Term Support: Community|Home Support||"""
    )
    assert _waits(made, "request_to_assessment") == [("q1", "q2", 9 * 1440, "event")]
    assert _waits(made, "request_to_service") == [("q1", "q3", 19 * 1440, "event")]
    assert _waits(made, "assessment_to_service") == [("q2", "q3", 8 * 1440, "event")] * waits_on


def test_after_discharge_the_practice_is_seen_or_not() -> None:
    made = history(
        apc_episode=f"{EPISODE}\n{STAY}\n{STAY.replace('a1|p|RXA|S1', 'a2|q|RXA|S2')}",
        gp_appointment="""id|person|org|booked|due|status
g1|p|G1|2024-05-10 09:00|2024-05-13 09:30|attended
g2|q|G1|2024-05-10 09:00|2024-05-13 09:30|did_not_attend""",
    )
    assert _waits(made, "discharge_to_gp_contact") == [
        ("a1", "g1", 3 * 1440, "event"),
        ("a2", None, 90 * 1440, "censored"),
    ]
    assert _waits(made, "booking_to_gp_appointment") == [
        ("g1", "g1", 3 * 1440 + 30, "event"),
        ("g2", None, 3 * 1440, "competing"),
    ]
    assert _flags(made, "fd_dna") == [("g2", None, "booking_service")]


@pytest.mark.parametrize(
    ("rule", "arrival", "category", "again"),
    [
        ("240 minutes are a transfer", "2024-05-01|16:00:00", "1", False),
        ("241 are not", "2024-05-01|16:01:00", "1", True),
        ("7 days to the minute", "2024-05-08|12:00:00", "1", True),
        ("a minute later", "2024-05-08|12:01:00", "1", False),
        ("planned", "2024-05-03|12:00:00", "4", False),
        ("category unknown", "2024-05-03|12:00:00", "X", False),
    ],
)
def test_reattendance_within_seven_days(
    rule: str, arrival: str, category: str, again: bool
) -> None:
    day = arrival.split("|")[0]
    made = history(
        ecds_attendance=f"""{ED}
e1|p|RXA|2024-05-01|08:00:00|2024-05-01|12:00:00|306689006|1
e2|p|RXB|{arrival}|{day}|23:00:00|306689006|{category}"""
    )
    expected = [("e2", "e1", "prior_department")] if again else []
    assert _flags(made, "fd_ed_reattend_7d") == expected, rule


def test_a_departure_that_nobody_recorded_is_no_prior_departure() -> None:
    """It neither leads to a re-attendance nor hides the departures after it."""
    made = history(
        ecds_attendance=f"""{ED}
e1|p|RXA|2024-05-01|10:00:00||||1
e2|p|RXA|2024-07-01|10:00:00|2024-07-01|12:00:00|306689006|1
e3|p|RXA|2024-07-03|10:00:00||||1
e4|q|RXA|2025-03-29|10:00:00||||1
e5|q|RXA|2025-04-02|10:00:00|2025-04-02|12:00:00|306689006|1"""
    )
    expected = [("e3", "e2", "prior_department")]
    assert _flags(made, "fd_ed_reattend_7d") == expected
    assert _flags(made, "fd_ed_reattend_7d_same_department") == expected


@pytest.mark.parametrize(
    ("rule", "org", "site", "source"),
    [
        ("the same site", "RXA", "A1", "e1"),  # that of another site lies between
        ("another site of the same body", "RXA", "A3", None),
        ("a site of that name elsewhere", "RXB", "A1", None),
        ("body known, site not", "RXA", "", None),
    ],
)
def test_reattendance_at_the_same_department(rule, org, site, source) -> None:
    made = history(
        ecds_attendance=f"""{ED}|site
e1|p|RXA|2024-05-01|08:00:00|2024-05-01|12:00:00|306689006|1|A1
e2|p|RXA|2024-05-03|08:00:00|2024-05-03|12:00:00|306689006|1|A2
e3|p|{org}|2024-05-05|08:00:00|2024-05-05|12:00:00|306689006|1|{site}"""
    )
    expected = [("e3", source, "prior_department")] if source else []
    assert _flags(made, "fd_ed_reattend_7d_same_department") == expected, rule
    assert [row[0] for row in _flags(made, "fd_ed_reattend_7d")] == ["e2", "e3"]


def test_the_second_practice_contact_within_a_week_is_flagged_without_a_source() -> None:
    made = history(
        gp_appointment="""id|person|org|booked|due|status
g1|p|G1||2024-05-01 09:30|attended
g2|p|G1||2024-05-08 09:30|attended
g3|p|G1||2024-05-16 09:30|attended"""
    )
    assert _flags(made, "fd_gp_repeat_contact") == [("g2", None, None)]
    assert [name for name, _ in _chosen(made, repeat_contact_days=3)] == []
    assert _chosen(made, repeat_contact_days=14) == [("g2", "1; 14 days"), ("g3", "1; 14 days")]


def _chosen(made: History, **chosen: int) -> list[tuple[str, str]]:
    """Events flagged under other parameters, each with the version of the definition."""
    none = (NO_DELAY.empty(), FlagParameters(**chosen))
    member = made.journeys.journey_member
    flags = failure_demand(made.events.event, {}, made.stays, member, *none).collect()
    return flags.select("event_id", "definition_version").sort("event_id").rows()


def test_more_than_three_ward_moves_are_flagged() -> None:
    wards = "\n".join(
        f"w{n}|p|RXA|S1|2024-05-0{n} 10:00|2024-05-0{n + 1} 10:00|W{n}|base" for n in range(1, 6)
    )
    made = history(
        apc_episode=f"{EPISODE}\n{STAY}",
        apc_ward_stay=f"id|person|org|spell|since|until|ward_code|ward_type\n{wards}",
    )
    assert _flags(made, "fd_bed_moves") == [("a1", "a1", "own_site")]
    assert ("a1", "1; 2 moves") in _chosen(made, most_ward_moves=2)
    assert ("a1", "1; 4 moves") not in _chosen(made, most_ward_moves=4)


def test_a_referral_to_a_team_that_closed_one_within_28_days_is_reopened() -> None:
    made = history(
        csds_referral="""id|person|org|ref|received|closed|rejected|team
r1|p|RYC|R1|2024-05-01|2024-06-01||T
r2|p|RYC|R2|2024-06-29|2024-07-01||T
r3|p|RYC|R3|2024-07-30|||T
r4|p|RYC|R4|2024-06-10|||U"""
    )
    assert _flags(made, "fd_discharge_reopen") == [("r2", "r1", "closing_service")]


def test_every_delay_and_flag_has_its_journey() -> None:
    made = history(
        apc_episode=f"{EPISODE}\n{STAY}",
        ecds_attendance=f"{ED}\ne1|p|RXA|2024-05-01|08:00:00|2024-05-01|12:00:00|{WARD}|1",
    )
    assert made.delay["journey_id"].null_count() == 0
    assert made.failure_demand.filter(pl.col("journey_id").is_null()).is_empty()
    assert set(made.delay["measure"]) >= {"discharge_delay", "ed_arrival_to_departure"}
