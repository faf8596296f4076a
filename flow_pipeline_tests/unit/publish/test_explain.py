# ruff: noqa: E501  (drawn tables are wide)
from dataclasses import asdict

import polars as pl
import pytest

from flow_pipeline.errors import ConfigurationError
from flow_pipeline.publish.explain import (
    Section,
    explain_journey,
    explain_person,
    explain_record,
)
from flow_pipeline.tables import all_tables
from flow_pipeline_tests.drawn import drawn
from flow_pipeline_tests.unit.publish.published import small_flow

_MORE = {
    "submission": """
submission_id | source | organisation_code | n_rows
SUB1          | ed     | RXA               | 6
SUB2          | ed     | RXA               | 1
""",
    "row_status": """
submission_id | source | contract        | row_number | last_row_number | stage  | class       | rule
SUB1          | ed     | ecds_attendance | 1          | 1               | ingest | accepted    |
SUB1          | ed     | ecds_attendance | 2          | 2               | ingest | quarantined | K01 departure_after_arrival
SUB1          | ed     | ecds_attendance | 3          | 3               | ingest | accepted    |
SUB1          | ed     | ecds_attendance | 5          | 6               | ingest | accepted    |
SUB2          | ed     | ecds_attendance | 1          | 1               | ingest | accepted    |
""",
    "row_ledger": """
submission_id | source | contract        | stage  | class       | rule | n_rows
SUB1          | ed     | ecds_attendance | ingest | accepted    |      | 1
SUB1          | ed     | ecds_attendance | ingest | quarantined | K01  | 1
SUB1          | ed     | ecds_attendance | ingest | superseded  |      | 1
SUB1          | ed     | ecds_attendance | link   | opted_out   | G06  | 1
""",
    "link_refusal": """
record_key | submission_id | source | contract        | row_number | column                   | rule                        | severity   | shape
KEY6       | SUB1          | ed     | ecds_attendance | 6          | local_patient_identifier | K20 reference_finds_one     | quarantine |
""",
    "settled": """
record_key | submission_id | source | contract        | row_number | class
KEY3       | SUB1          | ed     | ecds_attendance | 3          | superseded
""",
    "quarantine": """
submission_id | source | contract        | row_number | column                        | rule                        | severity   | shape
SUB1          | ed     | ecds_attendance | 2          | emergency_care_departure_date | K01 departure_after_arrival | quarantine | 9999.99.99
SUB1          | ed     | ecds_attendance | 1          | ethnic_category               | V03 code                    | warn       | A9
""",
    "record_token": """
record_key | submission_id | source | contract        | row_number | event_id
KEY1       | SUB1          | ed     | ecds_attendance | 1          | E1
KEY3       | SUB1          | ed     | ecds_attendance | 3          | E9
KEY4       | SUB2          | ed     | ecds_attendance | 1          | E9
""",
    "core_ecds_attendance": """
record_key | submission_id | source | row_number | event_id
KEY1       | SUB1          | ed     | 1          | E1
KEY6       | SUB1          | ed     | 6          | E6
KEY4       | SUB2          | ed     | 1          | E9
""",
    "person_link": """
record_key | submission_id | contract        | organisation_code | row_number | person_id | method        | score  | reason
KEY1       | SUB1          | ecds_attendance | RXA               | 1          | P1        | nhs_number    | 1.0    | number and birth date
KEY4       | SUB2          | ecds_attendance | RXA               | 1          | P1        | probabilistic | 0.9731 | names, birth date, postcode
""",
    "person_history": """
run_id | change | old_person_id | new_person_id
run-2  | merge  | P0            | P1
run-3  | split  | P2            | P3
""",
}


class _Drawn:
    """A store of drawn tables."""

    def __init__(self) -> None:
        self.frames = small_flow()
        for name, text in _MORE.items():
            self.frames[name] = drawn(text, all_tables()[name])

    def scan(self, table: str) -> pl.LazyFrame:
        return self.frames.get(table, all_tables()[table].empty())


@pytest.fixture
def store() -> _Drawn:
    return _Drawn()


def _section(sections: list[Section], title: str) -> list[dict[str, object]]:
    [found] = [s for s in sections if s.title == title]
    return [dict(zip(found.columns, row, strict=True)) for row in found.rows]


def _column(sections: list[Section], title: str, column: str) -> list[object]:
    return [row[column] for row in _section(sections, title)]


def test_an_accepted_row_leads_to_its_person_and_event(store):
    told = explain_record(store, "SUB1", 1)
    assert _column(told, "What became of it", "class") == ["accepted"]
    assert _column(told, "Person it was linked to", "person_id") == ["P1"]
    assert _column(told, "Person it was linked to", "reason") == ["number and birth date"]
    assert _column(told, "Event it became", "event_id") == ["E1"]
    assert _column(told, "Faults found in the row", "rule") == ["V03 code"]


def test_a_refused_row_shows_rule_and_shape(store):
    told = explain_record(store, "SUB1", 2)
    [fate] = _section(told, "What became of it")
    assert (fate["class"], fate["rule"]) == ("quarantined", "K01 departure_after_arrival")
    assert _column(told, "Faults found in the row", "shape") == ["9999.99.99"]
    assert _section(told, "Event it became") == []


def test_a_row_that_was_sent_again_shows_what_replaced_it(store):
    told = explain_record(store, "SUB1", 3)
    classes = _column(told, "What became of it", "class")
    assert classes == ["accepted", "superseded"]
    assert _column(told, "Other deliveries of the same", "submission_id") == ["SUB2"]


def test_a_row_that_linkage_took_out_shows_the_classes_it_may_have_gone_to(store):
    told = explain_record(store, "SUB1", 5)
    classes = _column(told, "What became of it", "class")
    assert classes == ["accepted", "one of 1 rows opted_out"]


def test_a_row_that_linkage_refused_says_why(store):
    told = explain_record(store, "SUB1", 6)
    assert _column(told, "What became of it", "class") == ["accepted", "quarantined"]
    rule = ["K20 reference_finds_one"]
    assert _column(told, "Faults found in the row", "rule") == rule
    assert _section(told, "Person it was linked to") == []


def test_a_row_that_no_source_selected_says_so(store):
    told = explain_record(store, "SUB1", 4)
    assert _column(told, "What became of it", "class") == ["selected_by_none"]


@pytest.mark.parametrize(("submission", "row"), [("SUB9", 1), ("SUB1", 7), ("SUB1", 0)])
def test_a_record_that_does_not_exist_is_an_error_of_usage(store, submission, row):
    with pytest.raises(ConfigurationError):
        explain_record(store, submission, row)


def test_a_person_is_told_by_records_methods_and_scores(store):
    told = explain_person(store, "P1")
    records = _section(told, "Records that made the person")
    shown = [(r["source"], r["method"], r["n_records"], r["lowest_score"]) for r in records]
    assert shown == [("ed", "nhs_number", 1, 1.0), ("ed", "probabilistic", 1, 0.9731)]
    assert _column(told, "Journeys", "journey_id") == ["J1", "J4"]
    families = _column(told, "Events", "event_family")
    assert families == ["asc_service", "death", "emergency", "inpatient"]


def test_an_id_that_was_merged_leads_to_the_person_it_is_now(store):
    told = explain_person(store, "P0")
    assert _column(told, "Person", "person_id") == ["P1"]
    assert _column(told, "Merges and splits", "change") == ["merge"]


def test_an_id_that_was_split_leads_to_all_it_became(store):
    assert _column(explain_person(store, "P2"), "Person", "person_id") == ["P2", "P3"]


def test_no_token_or_record_key_is_told(store):
    sections = explain_person(store, "P1") + explain_record(store, "SUB1", 1)
    assert "KEY" not in str([asdict(s) for s in sections])


def test_a_journey_is_told_in_order_with_waits_and_handoffs(store):
    told = explain_journey(store, "J1")
    steps = _section(told, "Steps")
    shown = [(s["step_number"], s["event_family"], s["wait_minutes"]) for s in steps]
    assert shown == [(1, "emergency", None), (2, "inpatient", 0), (3, "asc_service", 2880)]
    assert _column(told, "Steps", "handoff_type") == [None, None, "sector"]
    measures = _column(told, "Delays", "measure")
    assert measures == [
        "ed_arrival_to_departure",
        "discharge_delay",
        "referral_to_first_contact",
    ]


def test_a_journey_tells_of_failure_demand_and_of_events_that_are_no_steps(store):
    told = explain_journey(store, "J3")
    assert _column(told, "Failure demand", "measure") == ["fd_dna"]
    assert _column(told, "Other events", "event_id") == ["E9"]


def test_what_does_not_exist_is_an_error_of_usage(store):
    with pytest.raises(ConfigurationError, match="person"):
        explain_person(store, "nobody")
    with pytest.raises(ConfigurationError, match="journey"):
        explain_journey(store, "nothing")
