"""Of records of the same thing, one holds."""

import polars as pl

from flow_pipeline.ingest import settle
from flow_pipeline.tables.ingest import SUBMISSION
from flow_pipeline.tables.linkage import RECORD_TOKEN
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
    index = drawn(records, RECORD_TOKEN).with_columns(pl.col("is_deletion").fill_null(False))
    index = index.reverse() if turned else index
    settled = settle(index, drawn(_SUBMISSIONS, SUBMISSION)).collect()
    return dict(zip(settled["record_key"], settled["class"], strict=True))


def test_the_latest_submission_holds_by_period_then_receipt():
    records = """
    record_key | submission_id | contract | row_number | event_id | row_hash
    k1         | jan           | death    | 1          | e1       | 1
    k2         | late          | death    | 7          | e1       | 2
    k3         | feb           | death    | 9          | e1       | 3
    k4         | undated       | death    | 1          | e1       | 4
    k5         | jan           | death    | 2          | e2       | 1
    """
    expected = {"k1": "superseded", "k3": "superseded", "k4": "superseded"}
    assert _settled(records) == _settled(records, turned=True) == expected


def test_equal_rows_of_one_file_are_duplicates_and_the_first_holds():
    records = """
    record_key | submission_id | contract | row_number | event_id | row_hash
    k1         | jan           | death    | 1          | e1       | 1
    k2         | jan           | death    | 2          | e1       | 1
    k3         | jan           | death    | 3          | e1       | 1
    """
    assert _settled(records) == {"k2": "duplicate", "k3": "duplicate"}


def test_equal_rows_of_another_file_are_superseded():
    records = """
    record_key | submission_id | contract | row_number | event_id | row_hash
    k1         | jan           | death    | 1          | e1       | 1
    k2         | feb           | death    | 1          | e1       | 1
    k3         | feb           | death    | 2          | e1       | 1
    """
    assert _settled(records) == {"k1": "superseded", "k3": "duplicate"}


def test_of_two_rows_of_one_file_with_one_key_the_later_holds():
    records = """
    record_key | submission_id | contract | row_number | event_id | row_hash
    k1         | jan           | death    | 1          | e1       | 1
    k2         | jan           | death    | 2          | e1       | 2
    k3         | jan           | death    | 3          | e1       | 1
    """
    assert _settled(records) == {"k1": "superseded", "k3": "duplicate"}


def test_equal_ids_of_two_contracts_are_two_things():
    records = """
    record_key | submission_id | contract | row_number | event_id | row_hash
    k1         | jan           | death    | 1          | e1       | 1
    k2         | jan           | csds_mpi | 1          | e1       | 1
    """
    assert _settled(records) == {}


def test_no_records_give_no_rows_of_the_same_table():
    empty = settle(RECORD_TOKEN.empty(), SUBMISSION.empty()).collect()
    assert empty.is_empty()
    assert empty.schema["class"] == pl.String


def test_a_submission_that_is_replaced_as_a_whole_holds_nothing():
    submissions = drawn(
        """
        submission_id | period_derived_end | received_at      | supersedes
        first         | 2024-02-29         | 2024-03-10 09:00 |
        refresh       | 2024-02-29         | 2024-04-10 09:00 | first
        """,
        SUBMISSION,
    )
    index = drawn(
        """
        record_key | submission_id | contract | row_number | event_id | row_hash | is_deletion
        k1         | first         | death    | 1          | e1       | 1        | false
        k2         | first         | death    | 2          | e2       | 2        | false
        k3         | refresh       | death    | 1          | e2       | 3        | false
        """,
        RECORD_TOKEN,
    )
    settled = settle(index, submissions).collect()
    assert dict(settled.select("record_key", "class").rows()) == {
        "k1": "superseded",
        "k2": "superseded",
    }


def test_net_change_goes_by_the_moment_of_extraction_and_a_deletion_strikes_out():
    records = """
    record_key | submission_id | contract    | row_number | event_id | row_hash | precedence | is_deletion
    k1         | late          | apc_episode | 1          | e1       | 1        | 1          |
    k2         | jan           | apc_episode | 1          | e1       | 2        | 2          |
    k3         | jan           | apc_episode | 2          | e2       | 3        | 1          |
    k4         | feb           | apc_episode | 2          | e2       | 4        | 2          | true
    k5         | feb           | apc_episode | 3          | e3       | 5        | 1          | true
    k6         | jan           | apc_episode | 3          | e3       | 6        | 2          |
    k7         | jan           | apc_episode | 4          | e4       | 7        | 1          | true
    """  # noqa: E501
    expected = {"k1", "k3", "k4", "k5", "k7"}  # k2 and k6 hold; of e2 and e4 nothing does
    assert _settled(records) == _settled(records, turned=True)
    assert _settled(records) == dict.fromkeys(expected, "superseded")


def test_the_council_keeps_one_by_period_then_precedence_then_receipt():
    records = """
    record_key | submission_id | contract  | row_number | event_id | row_hash | precedence
    k1         | jan           | cld_event | 1          | e1       | 1        | 9
    k2         | feb           | cld_event | 1          | e1       | 2        | 5
    k3         | feb           | cld_event | 2          | e1       | 3        | 7
    k4         | late          | cld_event | 1          | e1       | 4        | 6
    """
    assert _settled(records).keys() == {"k1", "k2", "k4"}


def test_a_row_with_the_council_number_alone_is_the_event_of_the_row_that_has_both():
    records = """
    record_key | submission_id | contract  | row_number | event_id  | alternate_id | row_hash
    k1         | jan           | cld_event | 1          | by_number | by_council   | 1
    k2         | feb           | cld_event | 1          | by_council|              | 2
    k3         | feb           | cld_event | 2          | another   |              | 3
    """
    assert _settled(records) == {"k1": "superseded"}


def test_identity_records_without_a_period_go_by_receipt():
    submissions = drawn(
        """
        submission_id | period_stated_end | received_at
        stated        | 2024-02-29        | 2024-03-01 09:00
        later         |                   | 2024-03-05 09:00
        """,
        SUBMISSION,
    )
    index = drawn(
        """
        record_key | submission_id | contract | row_number | event_id | row_hash | is_deletion
        k1         | stated        | csds_mpi | 1          | e1       | 1        | false
        k2         | later         | csds_mpi | 1          | e1       | 2        | false
        k3         | stated        | death    | 1          | e1       | 1        | false
        k4         | later         | death    | 1          | e1       | 2        | false
        """,
        RECORD_TOKEN,
    )
    settled = settle(index, submissions).collect()
    assert settled["record_key"].to_list() == ["k1", "k4"]


def test_the_stated_period_is_believed_but_not_from_councils():
    submissions = drawn(
        """
        submission_id | period_stated_end | period_derived_end | received_at
        one           | 2024-03-31        | 2024-02-29         | 2024-04-01 09:00
        two           | 2024-02-29        | 2024-03-31         | 2024-04-01 09:00
        """,
        SUBMISSION,
    )
    index = drawn(
        """
        record_key | submission_id | contract      | row_number | event_id | row_hash | is_deletion
        k1         | one           | csds_referral | 1          | e1       | 1        | false
        k2         | two           | csds_referral | 1          | e1       | 2        | false
        k3         | one           | cld_event     | 1          | e1       | 1        | false
        k4         | two           | cld_event     | 1          | e1       | 2        | false
        """,
        RECORD_TOKEN,
    )
    assert settle(index, submissions).collect()["record_key"].to_list() == ["k2", "k3"]
