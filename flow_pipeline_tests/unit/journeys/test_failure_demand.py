"""Failure demand that goes back to what came before: each rule at its edges."""

import polars as pl
import pytest

from flow_pipeline.journeys.preventable import is_preventable
from flow_pipeline_tests.unit.journeys.histories import HOME, WARD, History, history

EPISODE = (
    "id|person|org|spell|n|admitted|start|end|left|how|to|method|from|class"
    "|primary_diagnosis_icd|secondary_diagnosis_icd_01|primary_procedure_opcs"
)
STAY = "a1|p|RXA|S1|1|2024-07-01|2024-07-01|2024-07-05|2024-07-05|1|19|21|19|1|I500||"
REFERRAL = "id|person|org|ref|received|closed|rejected|team"
CONTACT = "id|person|org|ref|contact|team|attended"
CLD = "id|person|org|kind|began|ended|client_type|service|part|outcome|route|primary_support_reason"
REQUEST = "Service User||"
REASON = "Physical Support: Personal Care Support"
ED = (
    "id|person|org|arrival|arrived|departure|departed|goes|category"
    "|emergency_care_department_type|emergency_care_acuity_snomed_ct"
)
CALL = "call_connect_date_time|arrival_at_hospital_date_time|handover_date_time|clear_date_time"
INCIDENT = f"id|person|org|ambulance_incident_number|{CALL}|ambulance_incident_disposition"
STANDARD, URGENT = "1077241000000103", "1064901000000103"


def _flags(made: History, measure: str) -> list[tuple[object, ...]]:
    rows = made.failure_demand.filter(measure=measure).sort("event_id")
    return rows.select("event_id", "source_event_id", "source_sector", "source_basis").rows()


@pytest.mark.parametrize(
    ("rule", "referral", "contact", "unmet"),
    [
        ("nobody came", "2024-05-01||", "", True),
        ("somebody came", "2024-05-01||", "2024-05-20|T|5", False),
        ("somebody came on the day of admission", "2024-05-01||", "2024-07-01|T|5", False),
        ("somebody came after it", "2024-05-01||", "2024-07-02|T|5", True),
        ("the contact was missed", "2024-05-01||", "2024-05-20|T|3", True),
        ("rejected", "2024-05-01||2024-05-03", "", True),
        ("closed unseen", "2024-05-01|2024-06-01|", "", True),
        ("90 days before", "2024-04-02||", "", True),
        ("91 days before", "2024-04-01||", "", False),
        ("on the day itself", "2024-07-01||", "", False),
    ],
)
def test_a_referral_unmet_before_an_unplanned_admission(rule, referral, contact, unmet):
    contacts = f"\nc1|p|RYC|R1|{contact}" if contact else ""
    made = history(
        apc_episode=f"{EPISODE}\n{STAY}",
        csds_referral=f"{REFERRAL}\nr1|p|RYC|R1|{referral}|T",
        csds_care_contact=f"{CONTACT}{contacts}\nc9|q|RYC|R9|2024-05-02|T|5",
    )
    expected = [("a1", "r1", "community", "receiving_service")] if unmet else []
    assert _flags(made, "fd_preceding_unmet_referral") == expected, rule


def test_a_planned_admission_is_not_flagged_and_of_two_referrals_the_latest_is_the_source():
    planned = STAY.replace("a1|p|RXA|S1", "a2|q|RXA|S2").replace("|21|", "|11|")
    made = history(
        apc_episode=f"{EPISODE}\n{STAY}\n{planned}",
        csds_referral=f"""{REFERRAL}
r1|p|RYC|R1|2024-05-01|||T
r2|p|RYC|R2|2024-06-01|||U
r3|q|RYC|R3|2024-06-01|||U""",
    )
    assert _flags(made, "fd_preceding_unmet_referral") == [
        ("a1", "r2", "community", "receiving_service")
    ]


@pytest.mark.parametrize(
    ("rule", "asked", "outcome", "service", "referral_unmet", "request_unmet"),
    [
        ("waits for assessment", "2024-06-10", "Progress to Assessment", "", True, True),
        ("28 days", "2024-06-03", "NFA - Other", "", False, True),
        ("29 days", "2024-06-02", "NFA - Other", "", False, False),
        ("declined", "2024-06-10", "NFA - Support declined", "", False, False),
        ("served", "2024-06-10", "Progress to Assessment", "2024-06-20", False, False),
        ("served too late", "2024-06-10", "Progress to Assessment", "2024-07-02", True, True),
        ("on the day itself", "2024-07-01", "Progress to Assessment", "", False, False),
    ],
)
def test_a_request_unmet_before_an_unplanned_admission(
    rule, asked, outcome, service, referral_unmet, request_unmet
):
    home_care = "Service User|Long Term Support: Community|Home Support|||"
    begun = f"\ns1|p|999|Service|{service}||{home_care}" if service else ""
    made = history(
        apc_episode=f"{EPISODE}\n{STAY}",
        cld_event=f"{CLD}\nq1|p|999|Request|{asked}|{asked}|{REQUEST}|{outcome}|Prison|{begun}",
    )
    source = [("a1", "q1", "council", "receiving_service")]
    assert _flags(made, "fd_preceding_unmet_referral") == source * referral_unmet, rule
    assert _flags(made, "fd_preceding_unmet_request") == source * request_unmet, rule


@pytest.mark.parametrize(
    ("rule", "council", "day", "reason", "again"),
    [
        ("another council, same reason", "888", "2024-05-31", REASON, True),
        ("the same day", "888", "2024-05-01", REASON, True),
        ("31 days", "888", "2024-06-01", REASON, False),
        ("the same council", "999", "2024-05-31", REASON, False),
        ("another reason", "888", "2024-05-31", "Sensory Support", False),
        ("no reason", "888", "2024-05-31", "", False),
    ],
)
def test_a_second_assessment_elsewhere_for_the_same_reason(rule, council, day, reason, again):
    made = history(
        cld_event=f"""{CLD}
t1|p|999|Assessment|2024-05-01|2024-05-02|{REQUEST}|||{REASON}
t2|p|{council}|Assessment|{day}|{day}|{REQUEST}|||{reason}"""
    )
    expected = [("t2", "t1", "council", "earlier_assessor")] if again else []
    assert _flags(made, "fd_repeat_assessment") == expected, rule


@pytest.mark.parametrize(
    ("rule", "diagnoses", "operations", "preventable"),
    [
        ("a category of the list", "J441", "", True),
        ("a code of four characters", "K529", "", True),
        ("its neighbour", "K523", "", False),
        ("with a dot", "K52.9", "", True),
        ("pneumonia is main", "J181", "", True),
        ("pneumonia is sixth", "A01 A02 A03 A04 A05 J181", "", True),
        ("pneumonia is seventh", "A01 A02 A03 A04 A05 A06 J181", "", False),
        ("asthma is second only", "A01 J45", "", False),
        ("diabetes with complications is second", "A01 E119", "", False),
        ("diabetes with a complication is second", "A01 E118", "", True),
        ("heart failure", "I500", "", True),
        ("heart failure with an operation on the heart", "I500", "K01", False),
        ("the operation is second", "I500", "A01 K01", True),
        ("angina with another operation", "I200", "K01", True),
        ("angina with bypass", "I200", "K40", False),
        ("cellulitis with excision", "L031", "S06", False),
        ("bronchitis alone", "J20", "", False),
        ("bronchitis with obstruction", "J20 J44", "", True),
        ("nothing coded", "", "", False),
    ],
)
def test_conditions_of_potentially_preventable_admissions(rule, diagnoses, operations, preventable):
    frame = pl.DataFrame(
        {"diagnoses": [diagnoses.split()], "operations": [operations.split()]},
        schema={"diagnoses": pl.List(pl.String), "operations": pl.List(pl.String)},
    )
    assert frame.select(is_preventable()).item() is preventable, rule


def test_a_preventable_admission_goes_back_to_the_last_step_elsewhere_within_30_days():
    later = STAY.replace("a1|p|RXA|S1", "a2|q|RXA|S2")
    planned = STAY.replace("a1|p|RXA|S1", "a3|r|RXA|S3").replace("|21|", "|11|")
    made = history(
        apc_episode=f"{EPISODE}\n{STAY}\n{later}\n{planned}",
        gp_appointment="""id|person|org|booked|due|status
g1|p|G1|2024-06-01 09:00|2024-06-01 09:30|attended
g2|p|G1|2024-06-01 09:00|2024-06-20 09:30|attended
g3|p|G1|2024-06-01 09:00|2024-06-25 09:30|did_not_attend
g4|q|G1|2024-05-01 09:00|2024-05-31 09:30|attended
g5|p|G1|2024-06-01 09:00|2024-07-03 09:30|attended""",
        ecds_attendance=f"{ED}\ne1|p|RXA|2024-06-30|10:00:00|2024-06-30|12:00:00|{HOME}|2|01|",
    )
    assert _flags(made, "fd_ppa") == [
        ("a1", "g2", "gp", "nearest"),
        ("a2", None, None, None),
    ]


@pytest.mark.parametrize(
    ("rule", "attendance", "flagged"),
    [
        ("standard acuity, home", f"{HOME}|1|01|{STANDARD}", True),
        ("urgent", f"{HOME}|1|01|{URGENT}", False),
        ("acuity unknown", f"{HOME}|1|01|", False),
        ("a minor injury unit", f"{HOME}|1|03|{STANDARD}", False),
        ("a follow-up", f"{HOME}|2|01|{STANDARD}", False),
        ("admitted", f"{WARD}|1|01|{STANDARD}", False),
    ],
)
def test_an_attendance_that_needed_no_major_department(rule, attendance, flagged):
    made = history(
        ecds_attendance=f"{ED}\ne1|p|RXA|2024-06-30|10:00:00|2024-06-30|12:00:00|{attendance}"
    )
    assert _flags(made, "fd_ed_for_ambulatory") == [("e1", None, None, None)] * flagged, rule


@pytest.mark.parametrize(
    ("rule", "asked", "route", "again"),
    [
        ("28 days after", "2024-06-28", "Community / other route", True),
        ("29 days after", "2024-06-29", "Community / other route", False),
        ("handed on by reablement", "2024-06-10", "Discharge from reablement", False),
        ("after a stay", "2024-06-10", "Discharge from hospital", False),
    ],
)
def test_a_request_soon_after_the_council_ended_a_service(rule, asked, route, again):
    made = history(
        cld_event=f"""{CLD}
s1|p|999|Service|2024-05-01|2024-05-31|Service User|Short Term Support: ST-Max|Reablement|||
q1|p|999|Request|{asked}|{asked}|{REQUEST}|Progress to Assessment|{route}|"""
    )
    expected = [("q1", "s1", "council", "closing_service")] if again else []
    assert _flags(made, "fd_discharge_reopen") == expected, rule


@pytest.mark.parametrize(
    ("rule", "referrals", "reopened"),
    [
        ("opened and closed on one day", ["r1 05-01 05-20", "r2 06-01 06-01"], [("r2", "r1")]),
        ("28 days", ["r1 05-01 05-04", "r2 06-01 06-01"], [("r2", "r1")]),
        ("29 days", ["r1 05-01 05-03", "r2 06-01 06-01"], []),
        ("alone", ["r1 06-01 06-01"], []),
        ("closed on the day", ["r1 05-01 06-01", "r2 06-01 "], [("r2", "r1")]),
        ("two on one day, in their order", ["r1 06-01 06-01", "r2 06-01 06-01"], [("r2", "r1")]),
        ("the order of ids, not of rows", ["r2 06-01 06-01", "r1 06-01 06-01"], [("r2", "r1")]),
        (
            "of two closed on one day that which began last",
            ["r1 05-10 05-20", "r2 05-01 05-20", "r3 06-01 06-01"],
            [("r3", "r1")],
        ),
        (
            "of two that began on one day as well, that of the highest id",
            ["r1 05-01 05-20", "r2 05-01 05-20", "r3 06-01 06-01"],
            [("r3", "r2")],
        ),
        (
            "the latest closure, not the latest referral",
            ["r1 05-01 05-30", "r2 05-02 05-20", "r3 06-01 06-01"],
            [("r3", "r1")],
        ),
    ],
)
def test_a_referral_is_reopened_after_the_latest_other_closure(rule, referrals, reopened):
    rows = []
    for name, received, closed in (referral.split(" ") for referral in referrals):
        ended = closed and f"2024-{closed}"
        rows.append(f"{name}|p|RYC|R{name}|2024-{received}|{ended}||T")
    made = history(csds_referral="\n".join([REFERRAL, *rows]))
    expected = [(again, first, "community", "closing_service") for again, first in reopened]
    assert _flags(made, "fd_discharge_reopen") == expected, rule


def test_an_attendance_goes_back_to_the_last_step_elsewhere_but_no_ambulance():
    made = history(
        ecds_attendance=f"{ED}\ne1|p|RXA|2024-06-30|10:00:00|2024-06-30|12:00:00|{HOME}|1|01|{STANDARD}",
        gp_appointment="""id|person|org|booked|due|status
g1|p|G1|2024-06-01 09:00|2024-06-29 09:30|attended
g2|p|G1|2024-06-01 09:00|2024-06-30 11:30|attended""",
        ambulance_incident=f"""{INCIDENT}
i1|p|R|I1|2024-06-30 08:00|2024-06-30 09:00|2024-06-30 09:25|2024-06-30 09:40|see_and_convey_ed""",
    )
    assert _flags(made, "fd_ed_for_ambulatory") == [("e1", "g1", "gp", "nearest")]


def test_a_stay_that_has_no_ward_stays_is_a_step_that_demand_can_go_back_to():
    made = history(
        ecds_attendance=f"{ED}\ne1|p|RXA|2024-05-18|10:00:00|2024-05-18|12:00:00|{HOME}|1|01|{STANDARD}",
        mh_hospital_spell="id|person|org|spell|admitted|method|left|how|to\n"
        "s1|p|RZZ|S1|2024-05-01|21|2024-05-13|1|19",
    )
    assert made.step["event_id"].to_list() == ["s1", "e1"]
    assert _flags(made, "fd_ed_for_ambulatory") == [("e1", "s1", "mental_health", "nearest")]
