"""Every check derived from a contract fails where its fault is planted, and only there."""

import polars as pl
import pytest

from flow_pipeline.contracts import all_contracts, contract
from flow_pipeline.quality.catalogue import CATALOGUE
from flow_pipeline.quality.contract_checks import (
    RowCheck,
    checkable,
    contract_checks,
    sender_results,
)
from flow_pipeline.quality.expectations import run_suites
from flow_pipeline.tables import table
from flow_pipeline_tests.drawn import drawn

EPISODES = """
event_id | patient_classification_code | hospital_provider_spell_identifier | start_date_hospital_provider_spell | discharge_ready_date_hospital_provider_spell | discharge_date_hospital_provider_spell | discharge_method_code_hospital_provider_spell | discharge_destination_code_hospital_provider_spell | primary_diagnosis_icd | secondary_diagnosis_icd_03 | episode_number | age_at_event | nhs_number_validity | last_episode_in_spell_indicator_code | end_date_consultant_episode | start_date_consultant_episode | birth_month | area_code | dq_flags
e1 | 1 | s1 | 2024-05-01 | 2024-05-03 | 2024-05-04 | 1 | 19 | I50.0 | E11 | 1 | 80 | valid    | 1 | 2024-05-04 | 2024-05-01 | 1944-01-01 | E1 | K02,V13
e1 | 9 | s2 | 2024-05-01 | 2024-04-30 | 2024-05-04 | 4 | 19 | 50I   | E11 | 0 | 130 | invalid | 1 | 2024-05-04 | 2024-05-01 | 1944-01-01 | E1 | V09
e2 |   |    | 2024-05-01 |            | 2024-05-04 | 1 | 19 | I50   | 9   | 1 | 80 | missing  | 1 | 2024-04-04 | 2024-05-01 |            |    | V12
e3 | 1 | s4 | 2024-05-01 |            | 2024-05-01 | 1 | 19 | I50   |     | 1 | 80 | sentinel | 1 | 2024-05-04 | 2024-05-01 | 1944-01-01 | E1 |
e4 | 1 | s5 | 2024-05-01 |            |            |   |    | I50   |     | 1 | 80 | valid    | 1 | 2024-05-04 | 2024-05-01 | 1944-01-01 | E1 |
"""  # noqa: E501
FAULTS = {  # check: rows looked at, rows that fail
    "U01 event_id": (5, 2),
    "C01 patient_classification_code": (5, 1),
    "C01 discharge_date_hospital_provider_spell": (5, 1),
    "C02 hospital_provider_spell_identifier": (5, 1),
    "C01 discharge_method_code_hospital_provider_spell": (5, 1),
    "C07 discharge_ready_date_hospital_provider_spell": (3, 1),
    "C03 nhs_number": (5, 1),
    "C05 area_code": (5, 1),
    "C06 birth_month": (5, 1),
    "V02 nhs_number": (4, 1),
    "V03 nhs_number": (4, 1),
    "V05 patient_classification_code": (4, 1),
    "V08 primary_diagnosis_icd": (5, 1),
    "V08 secondary_diagnosis_icd_01 to secondary_diagnosis_icd_24": (5, 1),
    "V11 died_goes_with_destination_79": (4, 1),
    "V09 not_flagged_at_ingest": (5, 1),
    "V12 not_flagged_at_ingest": (5, 1),
    "V13 not_flagged_at_ingest": (5, 1),
    "V13 episode_number": (5, 1),
    "P01 age_at_event": (5, 1),
    "K01 episode_ends_after_it_starts": (5, 1),
    "K02 ready_between_admission_and_discharge": (2, 1),
}
ATTENDANCES = """
event_id | arrival_date | arrival_time | emergency_care_initial_assessment_date | emergency_care_initial_assessment_time
a1 | 2024-05-01 | 10:00:00 | 2024-05-01 | 09:59:00
a2 | 2024-05-01 | 10:00:00 | 2024-05-01 | 10:00:00
a3 | 2024-05-01 | 23:50:00 | 2024-05-02 | 00:10:00
a4 | 2024-05-01 | 23:50:00 |            |
"""  # noqa: E501
APPOINTMENTS = """
event_id | appointment_date | referral_request_received_date
o1 | 2024-05-01 | 2024-05-02
o2 | 2024-05-01 | 2024-05-01
"""


@pytest.fixture(scope="module")
def results(tmp_path_factory) -> dict[tuple[str, str], tuple[int, int]]:
    core = {
        "apc_episode": drawn(EPISODES, table("core_apc_episode")),
        "ecds_attendance": drawn(ATTENDANCES, table("core_ecds_attendance")),
        "op_attendance": drawn(APPOINTMENTS, table("core_op_attendance")),
    }
    found = run_suites(core, tmp_path_factory.mktemp("docs"))
    return {(r.source, r.check_id): (r.n_rows, r.n_failed) for r in found}


@pytest.mark.parametrize(("check_id", "counts"), FAULTS.items())
def test_a_planted_fault_is_counted(results, check_id, counts):
    assert results["apc_episode", check_id] == counts


def test_rules_of_other_contracts_are_counted_too(results):
    assert results["ecds_attendance", "K09 assessed_after_arrival"] == (3, 1)
    assert results["op_attendance", "K07 appointment_after_referral"] == (2, 1)


def test_a_sender_that_stops_filling_a_field_is_told_from_one_that_never_had_it():
    rows = drawn(
        """
        source | organisation_code | event_id | site_code
        one    | RXA | a | S1
        one    | RXA | b |
        two    | RXB | c |
        three  | RXC | d | S1
        """,
        table("core_apc_ward_stay"),
    )
    found = {
        (r.check_id, r.source, r.organisation_code): (r.n_rows, r.n_failed)
        for r in sender_results(contract("apc_ward_stay"), rows)
        if r.name == "site_code"
    }

    assert found == {
        ("C02 site_code", "one", "RXA"): (2, 1),
        ("C02 site_code", "two", "RXB"): (1, 1),
    }


def test_an_open_service_of_the_council_needs_no_outcome():
    rows = drawn(
        """
        source | organisation_code | event_id | client_type | event_type | event_end_date
        one | 999 | a | Service User | Service |
        one | 999 | b | Service User | Service | 2024-05-01
        one | 999 | c | Service User | Request | 2024-05-01
        one | 999 | d | Carer known by association | |
        """,
        table("core_cld_event"),
    )
    [outcome] = [
        r for r in sender_results(contract("cld_event"), rows) if r.name == "event_outcome"
    ]

    assert (outcome.n_rows, outcome.n_failed) == (2, 2)


def slow_counts(rows: pl.DataFrame, check: RowCheck) -> tuple[int, int]:
    """The same counts, row by row."""
    import re

    values = rows[check.column].to_list()
    if check.kind == "filled":
        return len(values), sum(v is None for v in values)
    present = [v for v in values if v is not None]
    if check.kind == "in_list":
        return len(present), sum(v not in check.allowed for v in present)
    if check.kind == "matches":
        return len(present), sum(not re.match(check.pattern or "", v) for v in present)
    if check.kind == "in_range":
        low = float("-inf") if check.minimum is None else check.minimum
        high = float("inf") if check.maximum is None else check.maximum
        return len(present), sum(not low <= v <= high for v in present)
    if check.kind == "unique":
        return len(present), sum(present.count(v) > 1 for v in present)
    return len(present), sum(not v for v in present)


def test_great_expectations_counts_what_a_loop_counts(results):
    checks = contract_checks(contract("apc_episode"))
    rows = checkable(drawn(EPISODES, table("core_apc_episode")), checks).collect()

    for check in checks:
        assert results["apc_episode", check.check_id] == slow_counts(rows, check), check.check_id


@pytest.mark.parametrize("name", all_contracts())
def test_every_contract_has_checks_with_names_of_their_own(name):
    checks = contract_checks(contract(name))
    ids = [c.check_id for c in checks]

    assert len(ids) == len(set(ids))
    assert checkable(table(f"core_{name}").empty(), checks).collect().is_empty()
    fields = {f.name for f in contract(name).fields_treated("keep") if f.required == "required"}
    assert fields <= {c.name for c in checks if c.check.catalogue_id == "C01"}


def test_rules_that_need_what_pseudonymisation_took_are_left_to_ingest():
    assert "K13 death_after_birth" not in {c.check_id for c in contract_checks(contract("death"))}


def test_every_check_of_the_catalogue_knows_its_severity():
    assert {c.severity for c in CATALOGUE.values()} == {"block", "quarantine", "warn"}
