"""Every row is in the ledger once, or the ledger says that it is not."""

import polars as pl

from flow_pipeline.ingest import lost_rows, row_ledger, unbalanced
from flow_pipeline.tables.ingest import (
    FILE_COUNT,
    QUARANTINE,
    ROW_LEDGER,
    ROW_STATUS,
    SETTLED,
)
from flow_pipeline.tables.linkage import RECORD_TOKEN
from flow_pipeline_tests.drawn import drawn

_FILES = """
submission_id | source | class               | n_rows
f1            | a+b    | read                | 7
f1            | a+b    | selected_once       | 6
f1            | a+b    | selected_by_several | 0
f1            | a+b    | selected_by_none    | 1
"""
_STATUS = """
submission_id | source | contract | row_number | last_row_number | stage  | class         | rule
s1            | a      | death    | 1          | 3               | ingest | accepted      |
s1            | a      | death    | 4          | 4               | ingest | quarantined   | K13 late
s1            | a      | death    | 5          | 5               | ingest | out_of_period |
s2            | b      | csds_mpi | 6          | 6               | ingest | accepted      |
"""
_SETTLED = """
record_key | submission_id | source | contract | row_number | class
k2         | s1            | a      | death    | 2          | superseded
"""
_REFUSED = """
record_key | submission_id | source | contract | row_number | rule
k3         | s1            | a      | death    | 3          | L05 two_people
k2         | s1            | a      | death    | 2          | L05 two_people
"""


def _refused(text: str = _REFUSED) -> pl.LazyFrame:
    return drawn(text, QUARANTINE)


def _ledger(settled: str = _SETTLED) -> pl.LazyFrame:
    return row_ledger(
        drawn(_FILES, FILE_COUNT), drawn(_STATUS, ROW_STATUS), drawn(settled, SETTLED), _refused()
    )


def test_each_row_is_counted_in_the_class_that_settled_it():
    rows = _ledger().collect().drop("contract").rows()
    assert rows == [
        ("f1", "a+b", "file", "read", None, 7),
        ("f1", "a+b", "file", "selected_by_none", None, 1),
        ("f1", "a+b", "file", "selected_by_several", None, 0),
        ("f1", "a+b", "file", "selected_once", None, 6),
        ("s1", "a", "ingest", "accepted", None, 1),
        ("s1", "a", "ingest", "out_of_period", None, 1),
        ("s1", "a", "ingest", "quarantined", "K13 late", 1),
        ("s1", "a", "ingest", "selected", None, 5),
        ("s1", "a", "ingest", "superseded", None, 1),
        ("s1", "a", "link", "quarantined", "L05 two_people", 1),
        ("s2", "b", "ingest", "accepted", None, 1),
        ("s2", "b", "ingest", "selected", None, 1),
    ]


def test_the_ledger_is_of_its_table_and_balances():
    assert _ledger().collect_schema() == ROW_LEDGER.schema()
    assert unbalanced(_ledger()).collect().is_empty()


def test_a_ledger_that_does_not_add_up_is_found():
    short = _ledger().filter(pl.col("class") != "superseded")
    assert unbalanced(short).collect().rows() == [("s1", "a", 5, 4)]
    unread = _ledger().filter(pl.col("class") != "selected_by_none")
    assert unbalanced(unread).collect().rows() == [("f1", "a+b", 7, 6)]


def test_a_submission_of_which_more_is_taken_away_than_was_accepted_is_found():
    too_many = (
        _SETTLED
        + "".join(
            f"x{n} | s2            | b      | csds_mpi | {n}          | superseded\n"
            for n in range(1, 3)
        ).rstrip()
    )
    assert unbalanced(_ledger(too_many)).collect()["submission_id"].to_list() == ["s2"]


def test_rows_lost_between_ingest_and_settling_are_found():
    index = drawn(
        """
        record_key | submission_id | source | row_number
        k1         | s1            | a      | 1
        k2         | s1            | a      | 2
        k6         | s2            | b      | 6
        """,
        RECORD_TOKEN,
    )
    status = drawn(_STATUS, ROW_STATUS)
    assert lost_rows(status, index).collect().rows() == [("s1", "a", 3, 2)]
