"""Of records of the same thing, one holds."""

import polars as pl

from flow_pipeline.ingest import settle
from flow_pipeline.tables.ingest import RECORD_INDEX, SUBMISSION
from flow_pipeline_tests.drawn import drawn

_SUBMISSIONS = """
submission_id | period_derived_end | received_at
jan           | 2024-01-31         | 2024-02-10 09:00
feb           | 2024-02-29         | 2024-03-10 09:00
late          | 2024-02-29         | 2024-04-10 09:00
undated       |                    | 2024-05-10 09:00
"""


def _settled(records: str, turned: bool = False) -> dict[str, str]:
    """Class of every record that gave way."""
    index = drawn(records, RECORD_INDEX).with_columns(pl.col("is_deletion").fill_null(False))
    index = index.reverse() if turned else index
    settled = settle(index, drawn(_SUBMISSIONS, SUBMISSION)).collect()
    return dict(zip(settled["record_key"], settled["class"], strict=True))


def test_the_latest_submission_holds_by_period_then_receipt():
    records = """
    record_key | submission_id | contract | row_number | event_id | row_hash
    k1         | jan           | death    | 1          | e1       | h1
    k2         | late          | death    | 7          | e1       | h2
    k3         | feb           | death    | 9          | e1       | h3
    k4         | undated       | death    | 1          | e1       | h4
    k5         | jan           | death    | 2          | e2       | h1
    """
    expected = {"k1": "superseded", "k3": "superseded", "k4": "superseded"}
    assert _settled(records) == _settled(records, turned=True) == expected


def test_equal_rows_of_one_file_are_duplicates_and_the_first_holds():
    records = """
    record_key | submission_id | contract | row_number | event_id | row_hash
    k1         | jan           | death    | 1          | e1       | h1
    k2         | jan           | death    | 2          | e1       | h1
    k3         | jan           | death    | 3          | e1       | h1
    """
    assert _settled(records) == {"k2": "duplicate", "k3": "duplicate"}


def test_equal_rows_of_another_file_are_superseded():
    records = """
    record_key | submission_id | contract | row_number | event_id | row_hash
    k1         | jan           | death    | 1          | e1       | h1
    k2         | feb           | death    | 1          | e1       | h1
    k3         | feb           | death    | 2          | e1       | h1
    """
    assert _settled(records) == {"k1": "superseded", "k3": "duplicate"}


def test_of_two_rows_of_one_file_with_one_key_the_later_holds():
    records = """
    record_key | submission_id | contract | row_number | event_id | row_hash
    k1         | jan           | death    | 1          | e1       | h1
    k2         | jan           | death    | 2          | e1       | h2
    k3         | jan           | death    | 3          | e1       | h1
    """
    assert _settled(records) == {"k1": "superseded", "k3": "duplicate"}


def test_equal_ids_of_two_contracts_are_two_things():
    records = """
    record_key | submission_id | contract | row_number | event_id | row_hash
    k1         | jan           | death    | 1          | e1       | h1
    k2         | jan           | csds_mpi | 1          | e1       | h1
    """
    assert _settled(records) == {}


def test_no_records_give_no_rows_of_the_same_table():
    empty = settle(RECORD_INDEX.empty(), SUBMISSION.empty()).collect()
    assert empty.is_empty()
    assert empty.schema["class"] == pl.String
