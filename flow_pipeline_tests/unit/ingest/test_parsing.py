"""Rules of contracts on delivered rows, drawn."""

import datetime as dt

import polars as pl
import pytest

from flow_pipeline.contracts import all_contracts, contract
from flow_pipeline.contracts.codes import code_lists
from flow_pipeline.ingest import Sender
from flow_pipeline.ingest.formats import Formats
from flow_pipeline.ingest.mapping import IS_RAGGED, ROW_NUMBER
from flow_pipeline.ingest.values import polars_type
from flow_pipeline.tables.ingest import QUARANTINE, ROW_STATUS
from flow_pipeline_tests.drawn import drawn
from flow_pipeline_tests.unit.ingest.deliveries import TODAY, classes, counted, faults, parsed

_SHORT = {
    "referral": "service_request_identifier",
    "contact": "care_contact_identifier",
    "received": "referral_request_received_date",
    "discharged": "service_discharge_date",
    "day": "care_contact_date",
    "priority": "priority_type_code",
    "who": "local_patient_identifier",
}


def _referrals(text: str) -> pl.LazyFrame:
    """A drawn table whose short headers stand for fields of community contracts."""
    return drawn(text).rename(_SHORT, strict=False)


_REFERRALS = """
referral | received   | discharged | who
R1       | 2023-05-01 | 2023-06-01 | p1
R2       |            | 2023-06-01 | p2
R3       | 2023-05-01 | 2023-04-30 | p3
R4       | 2023-13-01 |            | p4
R5       | 2023-05-01 |            |
R6       | 2020-05-01 | 2023-03-31 | p6
R7       | 2020-05-01 |            | p7
R8       | 2024-04-01 |            | p8
R9       | 1899-12-31 |            | p9
"""


def test_each_row_has_one_class_and_its_first_rule():
    assert classes(parsed(_referrals(_REFERRALS), "csds_referral")) == [
        (1, "accepted", None),
        (2, "quarantined", "C01 required_missing"),
        (3, "quarantined", "K01 discharge_after_referral"),
        (4, "quarantined", "V09 not_a_date"),
        (5, "quarantined", "C01 identity_missing"),
        (6, "out_of_period", None),
        (7, "accepted", None),
        (8, "out_of_period", None),
        (9, "quarantined", "V09 date_out_of_range"),
    ]


def test_faults_tell_column_rule_and_shape_but_no_value():
    assert faults(parsed(_referrals(_REFERRALS), "csds_referral")) == [
        (2, "referral_request_received_date", "C01 required_missing", "quarantine", "empty"),
        (3, "referral_request_received_date", "K01 discharge_after_referral", "quarantine",
         "9999.99.99"),
        (3, "service_discharge_date", "K01 discharge_after_referral", "quarantine", "9999.99.99"),
        (4, "referral_request_received_date", "V09 not_a_date", "quarantine", "9999.99.99"),
        (5, "local_patient_identifier", "C01 identity_missing", "quarantine", "empty"),
        (9, "referral_request_received_date", "V09 date_out_of_range", "quarantine", "9999.99.99"),
    ]  # fmt: skip


def test_outputs_have_their_tables_columns_and_every_contract_field():
    result = parsed(_referrals(_REFERRALS), "csds_referral")
    promised = contract("csds_referral")
    accepted = result.accepted.collect_schema()
    lineage = ["submission_id", "source", "organisation_code", "row_number", "dq_flags"]
    assert accepted.names() == [*lineage, *(f.name for f in promised.fields)]
    assert all(accepted[f.name] == polars_type(f.type) for f in promised.fields)
    assert result.faults.collect_schema() == QUARANTINE.schema()
    assert result.status.collect_schema() == ROW_STATUS.schema()


def test_row_order_does_not_change_what_becomes_of_a_row():
    numbered = _referrals(_REFERRALS).with_row_index(ROW_NUMBER, offset=1)
    turned = numbered.reverse()
    assert classes(parsed(turned, "csds_referral")) == classes(parsed(numbered, "csds_referral"))
    assert faults(parsed(turned, "csds_referral")) == faults(parsed(numbered, "csds_referral"))


def test_warnings_flag_the_row_and_keep_the_value():
    result = parsed(
        _referrals("""
        referral | received   | who | priority
        R1       | 2023-05-01 | p1  | 1
        R2       | 2023-05-01 | p2  | 77
        """),
        "csds_referral",
    )
    rows = result.accepted.collect()
    assert rows["dq_flags"].to_list() == [[], ["V05"]]
    assert rows["priority_type_code"].to_list() == ["1", "77"]
    assert faults(result) == [(2, "priority_type_code", "V05 code_not_listed", "warn", "99")]


_EPISODE = {
    "episode_number": "'1'",
    "patient_classification_code": "'1'",
    "admission_method_code_hospital_provider_spell": "'21'",
    "source_of_admission_code": "'19'",
    "activity_treatment_function_code": "'300'",
    "start_date_hospital_provider_spell": "'2023-05-01'",
    "start_date_consultant_episode": "'2023-05-01'",
}


@pytest.mark.parametrize(
    ("mapping", "flags"),
    [
        ({"primary_diagnosis_icd": "'I50.9'"}, []),
        ({"primary_diagnosis_icd": "'heart'"}, ["V08"]),
        ({"episode_number": "'100'"}, ["V13"]),
        ({"tariff_amount": "'a lot'"}, ["V13"]),
        ({"start_time_episode": "'25:00'"}, ["V09"]),
        ({"discharge_method_code_hospital_provider_spell": "'1'"}, ["V12"]),
        (
            {"discharge_ready_date_hospital_provider_spell": "'2023-04-30'"},
            ["K02"],
        ),
    ],
)
def test_each_warning_has_its_flag(mapping, flags):
    delivered = drawn("who\np1")
    columns = {**_EPISODE, "local_patient_identifier": "who", **mapping}
    result = parsed(delivered, "apc_episode", columns=columns)
    assert result.accepted.collect()["dq_flags"].to_list() == [flags]


def test_a_field_required_in_a_case_is_required_there_only():
    columns = {
        **_EPISODE,
        "local_patient_identifier": "who",
        "end_date_consultant_episode": "'2023-05-03'",
        "last_episode_in_spell_indicator_code": "last",
    }
    result = parsed(drawn("who | last\np1 | 1\np2 | 2"), "apc_episode", columns=columns)
    assert classes(result) == [
        (1, "quarantined", "C01 required_when_missing"),
        (2, "accepted", None),
    ]


def test_who_a_record_is_about_may_be_told_in_several_ways():
    result = parsed(
        drawn("""
        nhs_number   | local_patient_identifier | person_family_name | person_birth_date
        999 123 4560 |                          |                    |
        12345        |                          |                    |
                     | H1                       |                    |
                     |                          | Okafor             | 1980-01-02
                     |                          | Okafor             |
                     |                          |                    | 1980-01-02
        """),
        "person_index",
    )
    assert [row[1] for row in classes(result)] == [
        "accepted",
        "quarantined",
        "accepted",
        "accepted",
        "quarantined",
        "quarantined",
    ]


def test_a_record_may_be_known_by_its_parent_alone():
    result = parsed(
        _referrals("""
        contact | referral | day        | who
        C1      | R1       | 2023-05-01 |
        """),
        "csds_care_contact",
    )
    assert classes(result) == [(1, "accepted", None)]


def test_an_impossible_age_is_a_missing_birth_date_and_flagged():
    result = parsed(
        drawn("""
        local_patient_identifier | person_birth_date
        H1                       | 1900-01-01
        H2                       | 1930-01-01
        H3                       | 2024-07-01
        """),
        "person_index",
    )
    assert classes(result)[2] == (3, "quarantined", "V09 date_out_of_range")
    rows = result.accepted.collect()
    assert rows["person_birth_date"].to_list() == [None, dt.date(1930, 1, 1)]
    assert rows["dq_flags"].to_list() == [["P01"], []]


def test_a_number_that_a_spreadsheet_shortened_refuses_its_row():
    """1.23E+11 stands for a hundred million numbers: as key or identity it would merge them all."""
    delivered = drawn(
        """
        id      | practice_code | start            | appointment_status | who
        a1      | P1            | 2023-05-01T10:00 | attended           | 1.23457E+11
        1.2E+12 | P1            | 2023-05-01T10:00 | attended           | p2
        1,2e+9  | P1            | 2023-05-01T10:00 | attended           | p3
        1E5     | P1            | 2023-05-01T10:00 | attended           | 7E+
        """
    )
    names = {"appointment_id": "id", "appointment_start_date_time": "start"}
    named = {**names, "local_patient_identifier": "who"}
    found = faults(parsed(delivered, "gp_appointment", columns=named))
    rule = "V13 shortened_number"
    assert found == [
        (1, "local_patient_identifier", rule, "quarantine", "9.9+A.99"),
        (2, "appointment_id", rule, "quarantine", "9.9A.99"),
        (3, "appointment_id", rule, "quarantine", "9.9A.9"),
    ]


def test_beside_a_pseudonym_nothing_is_asked_that_would_tell_who_it_is():
    delivered = drawn("id | start\na1 | 2023-05-01T10:00")
    names = {"appointment_id": "id", "appointment_start_date_time": "start"}
    clear = parsed(delivered, "gp_appointment", columns=names)
    foreign = {"foreign_pseudonym": "'ABCDEF0123456789'", "foreign_pseudonym_namespace": "'d'"}
    told = parsed(delivered, "gp_appointment", columns={**names, **foreign})
    missed = [
        {column for rule, column, *_ in counted(one) if rule == "C02 expected_missing"}
        for one in (clear, told)
    ]
    assert missed[0] - missed[1] == {"local_patient_identifier"}
    assert missed[1]


def test_what_began_before_birth_is_refused_where_the_day_of_birth_is_known():
    delivered = drawn(
        """
        nhs_number | person_birth_date | birth_date_precision | person_death_date
        9990000018 | 1940-05-01        |                      | 2023-05-01
        9990000026 | 2023-05-02        | day                  | 2023-05-01
        9990000034 | 2023-05-31        | month                | 2023-05-01
        9990000042 |                   |                      | 2023-05-01
        """
    )
    result = parsed(delivered, "death")
    assert [c for _, c, _ in classes(result)] == ["accepted", "quarantined", "accepted", "accepted"]
    refused = [f for f in faults(result) if f[3] == "quarantine"]
    assert refused == [
        (2, "person_death_date", "K13 before_birth", "quarantine", "9999.99.99"),
    ]


def test_a_code_that_only_core_rows_have_is_not_taken_from_a_sender():
    delivered = drawn(
        """
        id | attended | day        | function | who
        a1 | S5       | 2023-05-01 | 100      | p1
        a2 | 5        | 2023-05-01 | 100      | p2
        """
    )
    names = {
        "outpatient_attendance_identifier": "id",
        "attended_or_did_not_attend_code": "attended",
        "appointment_date": "day",
        "activity_treatment_function_code": "function",
        "local_patient_identifier": "who",
    }
    found = faults(parsed(delivered, "op_attendance", columns=names))
    assert found == [
        (1, "attended_or_did_not_attend_code", "V05 code_not_listed", "warn", "A9"),
    ]


def test_an_appointment_may_lie_ahead_but_a_booking_may_not():
    later = (TODAY + dt.timedelta(days=30)).isoformat()
    columns = {
        "appointment_id": "'a'",
        "practice_code": "'P1'",
        "appointment_start_date_time": "planned",
        "booked_date_time": "booked",
        "appointment_status": "'booked'",
        "local_patient_identifier": "'p'",
    }
    delivered = drawn(f"planned | booked\n{later} | 2023-05-01\n{later} | {later}")
    result = parsed(delivered, "gp_appointment", columns=columns)
    assert classes(result) == [
        (1, "out_of_period", None),
        (2, "quarantined", "V09 date_out_of_range"),
    ]


def test_the_hour_that_autumn_repeats_breaks_no_order_of_times():
    columns = {
        "appointment_id": "'a'",
        "practice_code": "'P1'",
        "appointment_start_date_time": "starts",
        "actual_start_date_time": "starts",
        "actual_end_date_time": "ends",
        "appointment_status": "'attended'",
        "local_patient_identifier": "'p'",
    }
    result = parsed(
        drawn("""
        starts               | ends
        2023-10-29T00:55:00Z | 2023-10-29T01:10:00Z
        2023-10-28T01:55:00  | 2023-10-28T01:10:00
        """),
        "gp_appointment",
        columns=columns,
    )
    assert [row[1] for row in classes(result)] == ["accepted", "quarantined"]


def test_senders_in_one_file():
    delivered = _referrals("""
    org | referral | received   | who
    P1  | R1       | 2023-05-01 | p1
    ZZ9 | R2       | 2023-05-01 | p2
        | R3       | 2023-05-01 | p3
    """)
    listed = Sender(column="org", known=("P1",))
    assert classes(parsed(delivered, "csds_referral", sender=listed)) == [
        (1, "accepted", None),
        (2, "quarantined", "organisation_not_listed"),
        (3, "quarantined", "organisation_missing"),
    ]
    anybody = parsed(delivered, "csds_referral", sender=Sender(column="org"))
    assert anybody.accepted.collect()["organisation_code"].to_list() == ["P1", "ZZ9"]


def test_a_sender_that_is_not_known_is_not_told():
    delivered = _referrals("""
    org         | referral | received   | who
    Mary Okafor | R2       | 2023-05-01 | p2
    """)
    result = parsed(delivered, "csds_referral", sender=Sender(column="org", known=("P1",)))
    assert result.status.collect()["organisation_code"].to_list() == [None]
    assert result.faults.collect()["organisation_code"].to_list() == [None]
    assert "Okafor" not in str(result.faults.collect().to_dicts())


def test_texts_that_mean_nothing_are_null_and_counted():
    delivered = _referrals("""
    referral | received   | who | priority
    R1       | 2023-05-01 | p1  | NULL
    R2       | 1801-01-01 | p2  | n/a
    """)
    plain = parsed(delivered, "csds_referral")
    assert ("C10 placeholder_text", "priority_type_code", "count", 1) in counted(plain)
    words = Formats(nulls=("NULL", "n/a", "1801-01-01"))
    said = parsed(delivered, "csds_referral", formats=words)
    assert classes(said)[1] == (2, "quarantined", "C01 required_missing")
    assert said.accepted.collect()["priority_type_code"].to_list() == [None]
    assert ("C10 placeholder_text", "priority_type_code", "count", 2) in counted(said)


def test_formats_of_a_type_and_of_one_column():
    delivered = drawn("""
    service_request_identifier | REF_DT     | DISCH    | local_patient_identifier
    R1                         | 03/05/2023 | 20230601 | p1
    """)
    result = parsed(
        delivered,
        "csds_referral",
        columns={"referral_request_received_date": "REF_DT", "service_discharge_date": "DISCH"},
        formats=Formats(date="%d/%m/%Y", columns={"DISCH": "%Y%m%d"}),
    )
    row = result.accepted.collect().row(0, named=True)
    assert row["referral_request_received_date"] == dt.date(2023, 5, 3)
    assert row["service_discharge_date"] == dt.date(2023, 6, 1)


def test_typed_columns_are_taken_as_they_are_whatever_the_formats():
    delivered = pl.LazyFrame(
        {
            "service_request_identifier": [17],
            "referral_request_received_date": [dt.date(2023, 5, 3)],
            "referral_request_received_time": [dt.time(9, 5)],
            "local_patient_identifier": [1234.0],
        }
    )
    result = parsed(delivered, "csds_referral", formats=Formats(date="%d/%m/%Y", time="%H%M"))
    row = result.accepted.collect().row(0, named=True)
    assert row["service_request_identifier"] == "17"
    assert row["referral_request_received_date"] == dt.date(2023, 5, 3)
    assert row["referral_request_received_time"] == "09:05:00"
    assert row["local_patient_identifier"] == "1234"


def test_a_where_that_is_null_takes_no_row():
    delivered = _referrals("""
    kind | referral | received   | who
    a    | R1       | 2023-05-01 | p1
         | R2       | 2023-05-01 | p2
    b    | R3       | 2023-05-01 | p3
    """)
    result = parsed(delivered, "csds_referral", where="kind = 'b'")
    assert classes(result) == [(3, "accepted", None)]


def test_of_a_ragged_row_only_that_is_told():
    delivered = _referrals(_REFERRALS).with_row_index(ROW_NUMBER, offset=1)
    ragged = delivered.with_columns((pl.col(ROW_NUMBER) == 4).alias(IS_RAGGED))
    result = parsed(ragged, "csds_referral")
    assert [f for f in faults(result) if f[0] == 4] == [
        (4, "(row)", "V01 ragged_row", "quarantine", None)
    ]


def test_expected_fields_that_are_missing_are_counted_where_they_apply():
    result = parsed(
        drawn("who\np1"), "apc_episode", columns={**_EPISODE, "local_patient_identifier": "who"}
    )
    missing = {column for rule, column, _, _ in counted(result) if rule.startswith("C02")}
    assert "primary_diagnosis_icd" in missing
    assert "discharge_time_hospital_provider_spell" not in missing


@pytest.mark.parametrize("name", all_contracts())
def test_every_contract_can_be_parsed_with_nothing_delivered(name):
    result = parsed(pl.LazyFrame({"other": ["x", "y"]}), name)
    assert [row[1] for row in classes(result)] == ["quarantined", "quarantined"]


@pytest.mark.parametrize("name", all_contracts())
def test_every_rule_of_every_contract_can_be_computed_on_full_rows(name):
    promised = contract(name)
    samples = {
        "date": "2023-05-01",
        "datetime": "2023-05-01T10:00:00",
        "time": "10:00:00",
        "integer": "1",
        "decimal": "1.5",
        "boolean": "true",
    }
    row = {
        f.name: code_lists()[f.codes].allowed[0] if f.codes else samples.get(f.type, "x")
        for f in promised.fields
    }
    result = parsed(pl.LazyFrame([row]), name)
    assert len(classes(result)) == 1
