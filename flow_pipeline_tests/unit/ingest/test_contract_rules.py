"""Every rule and condition of the national contracts, drawn: a row that keeps it, one that breaks
it. What a contract promises of a field in some rows only is seen in both kinds of rows."""

import datetime as dt

import polars as pl
import pytest

from flow_pipeline.contracts import choose_version, contract
from flow_pipeline.contracts.language import Contract
from flow_pipeline.ingest import Parsed
from flow_pipeline.ingest.checks import checks_of, default_coded, expected_missing, is_deletion
from flow_pipeline.ingest.mapping import Sender
from flow_pipeline.ingest.values import polars_type
from flow_pipeline_tests.drawn import drawn
from flow_pipeline_tests.unit.ingest.deliveries import classes, faults, parsed

Row = dict[str, str | None]

# A row of each contract that breaks nothing.
_GOOD: dict[str, Row] = {
    "apc_episode": {
        "cds_unique_identifier": "B1",
        "local_patient_identifier": "H1",
        "hospital_provider_spell_identifier": "S1",
        "episode_number": "1",
        "last_episode_in_spell_indicator_code": "1",
        "patient_classification_code": "1",
        "admission_method_code_hospital_provider_spell": "11",
        "source_of_admission_code": "19",
        "activity_treatment_function_code": "300",
        "start_date_hospital_provider_spell": "2023-05-01",
        "start_date_consultant_episode": "2023-05-01",
        "end_date_consultant_episode": "2023-05-09",
        "discharge_ready_date_hospital_provider_spell": "2023-05-07",
        "discharge_date_hospital_provider_spell": "2023-05-09",
        "discharge_method_code_hospital_provider_spell": "1",
        "discharge_destination_code_hospital_provider_spell": "19",
        "primary_procedure_date": "2023-05-02",
        "decided_to_admit_date": "2023-04-01",
        "cds_update_type": "9",
    },
    "apc_ward_stay": {
        "local_patient_identifier": "H1",
        "hospital_provider_spell_identifier": "S1",
        "ward_stay_start_date_time": "2023-05-01T10:00",
        "ward_stay_end_date_time": "2023-05-02T10:00",
        "ward_code": "W1",
    },
    "ecds_attendance": {
        "local_patient_identifier": "H1",
        "cds_unique_identifier": "B1",
        "cds_update_type": "9",
        "emergency_care_attendance_identifier": "A1",
        "organisation_site_identifier_of_treatment": "RXA01",
        "emergency_care_department_type": "01",
        "arrival_date": "2023-05-01",
        "arrival_time": "10:00",
        "emergency_care_initial_assessment_date": "2023-05-01",
        "emergency_care_initial_assessment_time": "10:10",
        "emergency_care_seen_for_treatment_date": "2023-05-01",
        "emergency_care_seen_for_treatment_time": "10:40",
        "decision_to_admit_date": "2023-05-01",
        "decision_to_admit_time": "11:00",
        "emergency_care_conclusion_date": "2023-05-01",
        "emergency_care_conclusion_time": "12:00",
        "emergency_care_clinically_ready_to_proceed_date_time": "2023-05-01T12:00",
        "referred_to_service_request_date_time": "2023-05-01T10:50",
        "referred_to_service_assessment_date_time": "2023-05-01T11:20",
        "emergency_care_departure_date": "2023-05-01",
        "emergency_care_departure_time": "13:00",
    },
    "op_attendance": {
        "local_patient_identifier": "H1",
        "cds_unique_identifier": "B1",
        "cds_update_type": "9",
        "outpatient_attendance_identifier": "A1",
        "attended_or_did_not_attend_code": "5",
        "appointment_date": "2023-05-01",
        "activity_treatment_function_code": "300",
        "referral_request_received_date": "2023-04-01",
    },
    "csds_referral": {
        "local_patient_identifier": "H1",
        "service_request_identifier": "R1",
        "referral_request_received_date": "2023-05-01",
        "referral_rejection_date": "2023-05-02",
        "referral_rejection_reason": "01",
        "referral_closure_date": "2023-05-09",
        "service_discharge_date": "2023-05-09",
        "discharge_letter_issued_date": "2023-05-10",
        "urgent_community_response_indicator": "true",
        "ucr_clock_start": "2023-05-01T10:00",
        "ucr_clock_stop": "2023-05-01T11:00",
    },
    "csds_care_contact": {
        "local_patient_identifier": "H1",
        "care_contact_identifier": "C1",
        "service_request_identifier": "R1",
        "care_contact_date": "2023-05-09",
        "attendance_status": "4",
        "care_contact_cancellation_date": "2023-05-08",
        "replacement_appointment_booked_date": "2023-05-08",
    },
    "gp_registration": {
        "local_patient_identifier": "H1",
        "registration_start_date": "2023-05-01",
        "registration_end_date": "2023-05-02",
    },
    "gp_appointment": {
        "local_patient_identifier": "H1",
        "appointment_id": "A1",
        "practice_code": "P1",
        "booked_date_time": "2023-05-01T10:00",
        "appointment_start_date_time": "2023-05-02T10:00",
        "arrival_time": "2023-05-02T10:00",
        "actual_start_date_time": "2023-05-02T10:05",
        "actual_duration": "600",
        "actual_end_date_time": "2023-05-02T10:15",
        "appointment_status": "attended",
    },
    "death": {
        "nhs_number": "9990000018",
        "person_birth_date": "1940-05-01",
        "person_death_date": "2023-05-01",
    },
    "cld_event": {
        "la_code": "P1",
        "reporting_period_start_date": "2023-04-01",
        "reporting_period_end_date": "2023-06-30",
        "la_person_unique_identifier": "L1",
        "date_of_birth": "1980-01-01",
        "client_type": "Service User",
        "primary_support_reason": "Learning Disability Support",
        "accommodation_status": "Tenant",
        "employment_status": "Unknown",
        "has_unpaid_carer": "No",
        "client_funding_status": "Full cost client",
        "event_type": "Service",
        "event_start_date": "2023-05-01",
        "event_end_date": "2023-05-09",
        "event_outcome": "NFA - Other",
        "service_type": "Long Term Support: Community",
        "service_component": "Home Support",
        "delivery_mechanism": "Direct Payment",
        "unit_cost": "20",
        "cost_frequency_unit_type": "Hourly",
        "planned_units_per_week": "7",
    },
}
_NO_SERVICE: Row = dict.fromkeys(
    (
        "service_type",
        "service_component",
        "delivery_mechanism",
        "unit_cost",
        "cost_frequency_unit_type",
        "planned_units_per_week",
    )
)
_REQUEST: Row = {**_NO_SERVICE, "event_type": "Request", "request_route_of_access": "Prison"}
_ASSESSMENT: Row = {
    **_NO_SERVICE,
    "event_type": "Assessment",
    "assessment_type": "Long term assessment",
    "method_of_assessment": "Face to face",
}
_FINANCIAL: Row = {
    **_ASSESSMENT,
    "assessment_type": "Financial assessment",
    "method_of_assessment": None,
    "event_outcome": None,
}
_REVIEW: Row = {
    **_NO_SERVICE,
    "event_type": "Review",
    "review_reason": "Planned",
    "review_outcomes_achieved": "Fully achieved",
    "method_of_review": "Face to face",
}

# contract, rule, what breaks it
_BREAKS: list[tuple[str, str, Row]] = [
    (
        "apc_episode",
        "episode_ends_after_it_starts",
        {"end_date_consultant_episode": "2023-04-30"},
    ),
    (
        "apc_episode",
        "episode_starts_within_the_spell",
        {"start_date_consultant_episode": "2023-04-30"},
    ),
    (
        "apc_episode",
        "discharge_after_admission",
        {"discharge_date_hospital_provider_spell": "2023-04-30"},
    ),
    (
        "apc_episode",
        "ready_between_admission_and_discharge",
        {"discharge_ready_date_hospital_provider_spell": "2023-05-10"},
    ),
    (
        "apc_episode",
        "episode_ends_within_the_spell",
        {"end_date_consultant_episode": "2023-05-10"},
    ),
    ("apc_episode", "decided_before_admission", {"decided_to_admit_date": "2023-05-02"}),
    ("apc_episode", "procedure_within_the_spell", {"primary_procedure_date": "2023-05-10"}),
    (
        "apc_episode",
        "deletion_names_its_record",
        {"cds_update_type": "1", "cds_unique_identifier": None},
    ),
    (
        "apc_episode",
        "died_goes_with_destination_79",
        {"discharge_method_code_hospital_provider_spell": "4"},
    ),
    (
        "apc_ward_stay",
        "ward_stay_ends_after_it_starts",
        {"ward_stay_end_date_time": "2023-05-01T09:59"},
    ),
    (
        "ecds_attendance",
        "departure_after_arrival",
        {"emergency_care_departure_time": "09:59"},
    ),
    (
        "ecds_attendance",
        "assessed_after_arrival",
        {"emergency_care_initial_assessment_time": "09:59"},
    ),
    (
        "ecds_attendance",
        "seen_after_arrival",
        {"emergency_care_seen_for_treatment_date": "2023-04-30"},
    ),
    (
        "ecds_attendance",
        "left_after_being_seen",
        {"emergency_care_seen_for_treatment_time": "13:01"},
    ),
    ("ecds_attendance", "decided_after_arrival", {"decision_to_admit_time": "09:00"}),
    ("ecds_attendance", "concluded_after_arrival", {"emergency_care_conclusion_time": "09:00"}),
    (
        "ecds_attendance",
        "ready_between_arrival_and_departure",
        {"emergency_care_clinically_ready_to_proceed_date_time": "2023-05-02T12:00"},
    ),
    (
        "ecds_attendance",
        "service_assessed_after_it_was_asked",
        {"referred_to_service_assessment_date_time": "2023-05-01T10:49"},
    ),
    (
        "ecds_attendance",
        "departed_within_a_week",
        {"emergency_care_departure_date": "2023-05-09"},
    ),
    (
        "ecds_attendance",
        "deletion_names_its_record",
        {"cds_update_type": "1", "cds_unique_identifier": None},
    ),
    ("op_attendance", "appointment_after_referral", {"appointment_date": "2023-03-31"}),
    (
        "op_attendance",
        "deletion_names_its_record",
        {"cds_update_type": "1", "cds_unique_identifier": None},
    ),
    ("csds_referral", "discharge_after_referral", {"service_discharge_date": "2023-04-30"}),
    ("csds_referral", "rejection_after_referral", {"referral_rejection_date": "2023-04-30"}),
    ("csds_referral", "closure_after_referral", {"referral_closure_date": "2023-04-30"}),
    ("csds_referral", "letter_after_discharge", {"discharge_letter_issued_date": "2023-05-08"}),
    (
        "csds_referral",
        "response_clock_stops_after_it_starts",
        {"ucr_clock_stop": "2023-05-01T09:00"},
    ),
    (
        "csds_care_contact",
        "cancelled_before_the_contact",
        {"care_contact_cancellation_date": "2023-05-10"},
    ),
    (
        "csds_care_contact",
        "replacement_after_the_cancellation",
        {"replacement_appointment_booked_date": "2023-05-07"},
    ),
    (
        "gp_registration",
        "registration_ends_after_it_starts",
        {"registration_end_date": "2023-04-30"},
    ),
    ("gp_appointment", "booked_before_the_appointment", {"booked_date_time": "2023-05-03T10:00"}),
    (
        "gp_appointment",
        "appointment_ends_after_it_starts",
        {"actual_end_date_time": "2023-05-02T10:04"},
    ),
    ("gp_appointment", "seen_after_arrival", {"arrival_time": "2023-05-02T10:06"}),
    ("cld_event", "event_ends_after_it_starts", {"event_end_date": "2023-04-30"}),
    *(
        ("cld_event", f"{name}_given_where_mandatory", {**row, name: None})
        for name, row in {
            "primary_support_reason": _ASSESSMENT,
            "accommodation_status": _REQUEST,
            "has_unpaid_carer": _REVIEW,
            "employment_status": {},
            "client_funding_status": _REVIEW,
            "event_outcome": _REVIEW,
            "request_route_of_access": _REQUEST,
            "assessment_type": _ASSESSMENT,
            "method_of_assessment": _ASSESSMENT,
            "service_component": {},
            "unit_cost": {},
            "cost_frequency_unit_type": {},
            "planned_units_per_week": {},
            "review_reason": _REVIEW,
            "review_outcomes_achieved": _REVIEW,
            "method_of_review": _REVIEW,
        }.items()
    ),
]

# contract, what is changed in the good row: conditional fields that may be empty there
_KEEPS: list[tuple[str, Row]] = [
    *((name, {}) for name in _GOOD),
    ("cld_event", _REQUEST),
    ("cld_event", {**_REQUEST, "primary_support_reason": None, "client_funding_status": None}),
    ("cld_event", _ASSESSMENT),
    ("cld_event", _FINANCIAL),
    ("cld_event", _REVIEW),
    ("cld_event", {**_REVIEW, "review_reason": "Unplanned - Other reason",
                   "review_outcomes_achieved": None}),
    ("cld_event", {"delivery_mechanism": "CASSR Commissioned support", "unit_cost": None,
                   "cost_frequency_unit_type": None, "planned_units_per_week": None}),
    ("cld_event", {"date_of_birth": "1950-01-01", "employment_status": None}),
    ("cld_event", {"event_end_date": None}),
    ("apc_episode", {"last_episode_in_spell_indicator_code": "2",
                     "discharge_ready_date_hospital_provider_spell": None,
                     "discharge_date_hospital_provider_spell": None,
                     "discharge_method_code_hospital_provider_spell": None,
                     "discharge_destination_code_hospital_provider_spell": None}),
    ("apc_episode", {"admission_method_code_hospital_provider_spell": "21",
                     "decided_to_admit_date": None}),
    ("ecds_attendance", {"emergency_care_departure_date": "2023-05-08"}),
]  # fmt: skip

# contract, rule, column, what breaks it
_CONDITIONS: list[tuple[str, str, str, Row]] = [
    ("apc_episode", "C01 required_when_missing", "discharge_date_hospital_provider_spell", {}),
    ("apc_episode", "C01 required_when_missing",
     "discharge_method_code_hospital_provider_spell", {}),
    ("apc_episode", "C01 required_when_missing",
     "discharge_destination_code_hospital_provider_spell", {}),
    ("apc_episode", "V12 filled_where_not_applicable", "decided_to_admit_date",
     {"admission_method_code_hospital_provider_spell": "21"}),
    ("apc_episode", "V12 filled_where_not_applicable", "discharge_time_hospital_provider_spell",
     {"discharge_date_hospital_provider_spell": None,
      "discharge_time_hospital_provider_spell": "10:00"}),
    ("csds_referral", "V12 filled_where_not_applicable", "referral_rejection_reason",
     {"referral_rejection_date": None}),
    ("csds_referral", "V12 filled_where_not_applicable", "discharge_letter_issued_date",
     {"service_discharge_date": None}),
    ("csds_referral", "V12 filled_where_not_applicable", "ucr_clock_start",
     {"urgent_community_response_indicator": "false"}),
    ("csds_care_contact", "V12 filled_where_not_applicable", "care_contact_cancellation_date",
     {"attendance_status": "5"}),
    (
        "gp_appointment",
        "V12 filled_where_not_applicable",
        "actual_duration",
        {"appointment_status": "did_not_attend"},
    ),
    ("cld_event", "C01 required_when_missing", "service_type", {"service_type": None}),
    ("cld_event", "C01 required_when_missing", "event_type", {"event_type": None}),
    ("cld_event", "C01 required_when_missing", "event_start_date", {"event_start_date": None}),
    ("cld_event", "C01 required_when_missing", "event_end_date",
     {**_REQUEST, "event_end_date": None}),
    ("cld_event", "V12 filled_where_not_applicable", "service_component",
     {**_REQUEST, "service_component": "Home Support"}),
    ("cld_event", "V12 filled_where_not_applicable", "review_reason",
     {"review_reason": "Planned"}),
    ("cld_event", "V12 filled_where_not_applicable", "dementia",
     {"client_type": "Carer", "dementia": "No"}),
    ("cld_event", "V12 filled_where_not_applicable", "total_hrs_caring_per_week",
     {"total_hrs_caring_per_week": "20"}),
]  # fmt: skip


_OTHERS: dict[str, list[Row]] = {"cld_event": [{}, _REQUEST, _ASSESSMENT, _REVIEW]}


def _taken(name: str, change: Row) -> Parsed:
    """The changed row, and good rows after it: a column that is empty as a whole is not judged."""
    rows = [{**_GOOD[name], **more} for more in (change, *_OTHERS.get(name, [{}]))]
    names = list(dict.fromkeys(column for row in rows for column in row))
    texts = [{column: row.get(column) for column in names} for row in rows]
    return parsed(pl.LazyFrame(texts, schema=dict.fromkeys(names, pl.String)), name)


def _told(name: str, change: Row) -> list[tuple]:
    """What is told of the changed row: column, rule, severity."""
    return [(c, r, s) for n, c, r, s, _ in faults(_taken(name, change)) if n == 1]


def _class(name: str, change: Row) -> str:
    return str(classes(_taken(name, change))[0][1])


@pytest.mark.parametrize(("name", "rule", "change"), _BREAKS, ids=lambda v: str(v)[:40])
def test_a_row_that_breaks_a_rule_is_told_by_it(name, rule, change):
    declared = next(r for r in contract(name).rules if r.name == rule)
    found = {(told, severity) for _, told, severity in _told(name, change)}
    assert (f"{declared.rule_id} {rule}", declared.severity) in found


@pytest.mark.parametrize(("name", "change"), _KEEPS, ids=lambda v: str(v)[:60])
def test_a_row_that_keeps_every_rule_is_not_told(name, change):
    assert _told(name, change) == []
    assert _class(name, change) == "accepted"


@pytest.mark.parametrize(
    ("name", "rule", "column", "change"), _CONDITIONS, ids=lambda v: str(v)[:40]
)
def test_a_field_is_asked_for_or_refused_where_its_condition_says(name, rule, column, change):
    row = {column: None, **change} if rule.startswith("C01") else change
    found = {(told, where) for where, told, _ in _told(name, row)}
    assert (rule, column) in found


def test_no_rule_of_these_contracts_is_left_undrawn():
    drawn_rules = {(name, rule) for name, rule, _ in _BREAKS}
    complete = [
        name for name in _GOOD if contract(name).family in ("acute", "community", "council")
    ]
    declared = {(name, r.name) for name in complete for r in contract(name).rules}
    assert declared <= drawn_rules


_DELETION: Row = {"cds_update_type": "1", "cds_unique_identifier": "B1"}


@pytest.mark.parametrize("name", ["apc_episode", "ecds_attendance", "op_attendance"])
def test_a_deletion_needs_to_say_nothing_but_what_it_deletes(name):
    row = {**dict.fromkeys(_GOOD[name]), **_DELETION}
    assert _class(name, row) == "accepted"
    assert _class(name, {**row, "cds_unique_identifier": None}) == "quarantined"


def _typed(one: Contract, text: str) -> pl.LazyFrame:
    types = {f.name: polars_type(f.type) for f in one.fields}
    return drawn(text, **types)


def test_an_expected_field_is_missing_only_where_it_is_expected():
    ecds = contract("ecds_attendance")
    rows = _typed(
        ecds,
        """
        emergency_care_discharge_destination_snomed_ct | decision_to_admit_date
        306706006                                      |
        306706006                                      | 2024-05-01
        306689006                                      |
                                                       |
        """,
    )
    missing = rows.select(expected_missing(ecds.field("decision_to_admit_date"))).collect()
    assert missing.to_series().to_list() == [True, False, False, False]


def test_codes_that_say_nothing_is_known_are_counted_apart():
    person = contract("person_index")
    rows = pl.LazyFrame({"person_stated_gender_code": ["1", "0", "X", "9", None]})
    counted = rows.select(default_coded(person.field("person_stated_gender_code"))).collect()
    assert counted.to_series().to_list() == [False, True, True, False, False]
    nothing = rows.select(default_coded(person.field("nhs_number"))).collect()
    assert not nothing.to_series().any()


def test_only_contracts_with_deletions_have_any():
    rows = pl.LazyFrame({"cds_update_type": ["1", "9", None]})
    assert rows.select(is_deletion(contract("op_attendance"))).collect().to_series().to_list() == [
        True,
        False,
        False,
    ]
    assert not rows.select(is_deletion(contract("death"))).collect().to_series().any()


@pytest.mark.parametrize(
    ("received", "source", "rules"),
    [
        ("2023-05-01", "10", set()),
        ("2022-12-31", "10", {"V05 code_not_in_force"}),
        ("2022-12-31", "01", set()),
        ("2023-05-01", "zz", {"V05 code_not_listed"}),
    ],
)
def test_a_code_is_in_force_on_the_day_of_the_event(received, source, rules):
    change = {
        "referral_request_received_date": received,
        "source_of_referral_for_community": source,
    }
    assert {told for _, told, _ in _told("csds_referral", change)} == rules


def test_a_version_does_not_know_the_codes_of_another():
    for version, known in (("1", "No change in package"), ("2", "NFA: Other")):
        one = choose_version("cld_event", (), stated=version, on=dt.date(2025, 5, 1))
        rows = pl.DataFrame({"event_outcome": ["No change in package", "NFA: Other"]})
        [check] = [
            c
            for c in checks_of(one, Sender(code="999"), ["event_outcome"], dt.date(2025, 5, 1))
            if c.rule == "V05 code_not_listed"
        ]
        told = rows.filter(rows.select(check.fault).to_series())["event_outcome"].to_list()
        assert told == [o for o in rows["event_outcome"] if o != known]
