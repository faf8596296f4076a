import polars as pl
import pytest
from polars.testing import assert_frame_equal

from flow_pipeline.governance.disclosure import leaks, released, undeclared_columns
from flow_pipeline.tables import released_tables, table
from flow_pipeline.tables.cohorts import HRI_COHORT, HRI_SUMMARY
from flow_pipeline.tables.flow import CONTROL_CHART, HANDOFF_MATRIX
from flow_pipeline_tests.drawn import drawn


def matrix(text: str) -> pl.LazyFrame:
    return drawn(text, HANDOFF_MATRIX)


def released_matrix(text: str) -> pl.DataFrame:
    return released(HANDOFF_MATRIX, matrix(text)).collect()


def test_small_counts_are_withheld_zero_is_shown_and_the_rest_rounded():
    found = released_matrix(
        """
        month | handoff_type | from_sector | n_handoffs | n_waits
        2024-04-01 | sector | a | 0  | 0
        2024-05-01 | sector | a | 1  | 0
        2024-06-01 | sector | a | 7  | 1
        2024-07-01 | sector | a | 8  | 7
        2024-08-01 | sector | a | 12 | 8
        2024-09-01 | sector | a | 13 | 13
        """
    )

    assert found["n_handoffs"].to_list() == [0, None, None, 10, 10, 15]
    assert found["n_handoffs_is_suppressed"].to_list() == [False, True, True, False, False, False]
    assert found["n_waits"].to_list() == [0, 0, None, None, 10, 15]


def test_percentiles_need_twenty_waits_and_no_value_is_not_a_withheld_one():
    found = released_matrix(
        """
        month | handoff_type | from_sector | n_handoffs | n_waits | median_wait_minutes
        2024-05-01 | sector | a | 40 | 19 | 100
        2024-06-01 | sector | a | 40 | 20 | 100
        2024-07-01 | sector | a | 40 | 0  |
        """
    )

    assert found["median_wait_minutes"].to_list() == [None, 100.0, None]
    assert found["median_wait_minutes_is_suppressed"].to_list() == [True, False, False]


def test_one_withheld_count_of_a_margin_takes_the_smallest_other_with_it():
    found = released_matrix(
        """
        month | handoff_type | from_sector | n_handoffs
        2024-05-01 | sector | a | 3
        2024-05-01 | sector | b | 20
        2024-05-01 | sector | c | 20
        2024-05-01 | sector | d | 0
        2024-05-01 | team   | a | 20
        2024-06-01 | sector | a | 3
        2024-06-01 | sector | b | 4
        2024-06-01 | sector | c | 30
        """
    )
    shown = found.sort("month", "handoff_type", "from_sector")["n_handoffs"].to_list()

    assert shown == [None, None, 20, 0, 20, None, None, 30]


def test_which_count_protects_does_not_hang_on_the_order_of_rows():
    rows = matrix(
        """
        month | handoff_type | from_sector | to_team_code | n_handoffs
        2024-05-01 | sector | a |   | 3
        2024-05-01 | sector | b | x | 20
        2024-05-01 | sector | b |   | 20
        2024-05-01 | sector |   |   | 20
        """
    )

    assert_frame_equal(
        released(HANDOFF_MATRIX, rows).collect(), released(HANDOFF_MATRIX, rows.reverse()).collect()
    )


SUMMARY = """
financial_year | area_level | area_code | rule | n_people | n_residents | share_of_population | share_of_cost | share_aged_75_plus | persistence | n_survivors | persistence_survivors
"""  # noqa: E501


def released_summary(row: str) -> dict:
    frame = drawn(SUMMARY.strip() + "\n2024/25 | economy | A | cost50 | " + row, HRI_SUMMARY)
    return released(HRI_SUMMARY, frame).collect().to_dicts()[0]


def test_shares_are_made_from_rounded_figures():
    shown = released_summary("23 | 1001 | 0.022977 | 0.4987 | 0.521739 | 1.0 | 22 | 0.5")

    assert shown["n_people"] == 25
    assert shown["share_of_population"] == 0.02  # 25 of 1,000
    assert shown["share_of_cost"] == 0.5
    assert shown["share_aged_75_plus"] == 0.4  # 12, so 10, of 25
    assert shown["persistence"] == 1.0
    assert shown["persistence_survivors"] == 0.5  # 11, so 10, of 20


def test_shares_of_many_have_a_decimal_more():
    shown = released_summary("228 | 10001 | 0.022798 | 0.4987 | 0.5 | 0.5 | 228 | 0.5")

    assert shown["share_of_population"] == 0.023  # 230 of 10,000
    assert shown["share_of_cost"] == 0.5


def test_a_share_that_stands_for_few_people_or_all_but_few_is_withheld():
    few = released_summary("23 | 1001 | 0.022977 | 0.4987 | 0.130435 | 0.869565 | 22 | 0.5")

    assert few["share_aged_75_plus"] is None  # 3 people
    assert few["share_aged_75_plus_is_suppressed"]
    assert few["persistence"] is None  # 3 people are not
    assert few["share_of_cost"] == 0.5


def test_everything_that_rests_on_a_small_count_goes_with_it():
    shown = released_summary("7 | 1001 | 0.006993 | 0.4987 | 1.0 | 0 | 6 | 0.5")

    for name in ("n_people", "share_of_population", "share_of_cost", "persistence_survivors"):
        assert shown[name] is None
        assert shown[f"{name}_is_suppressed"]
    assert shown["n_residents"] == 1000


def test_nobody_is_shown_as_nobody():
    shown = released_summary("0 | 1001 | 0 | | | | |")

    assert shown["n_people"] == 0
    assert shown["share_of_population"] == 0
    assert not any(value for name, value in shown.items() if name.endswith("_is_suppressed"))


def test_released_tables_have_the_declared_schema_and_leak_nothing():
    frame = drawn(
        SUMMARY.strip() + "\n2024/25 | economy | A | cost50 | 7 | 9 | 0.7 | | | | |", HRI_SUMMARY
    )
    shown = released(HRI_SUMMARY, frame)

    assert shown.collect_schema() == HRI_SUMMARY.released().schema()
    assert leaks(HRI_SUMMARY, shown) == 0


@pytest.mark.parametrize(
    ("planted", "n_leaks"),
    [
        ({"n_handoffs": 3}, 1),
        ({"n_handoffs_is_suppressed": True}, 1),
        ({"n_waits": 10, "median_wait_minutes": 5.0}, 1),
        ({"n_waits": None, "n_waits_is_suppressed": True, "median_wait_minutes": 5.0}, 1),
        ({}, 0),
    ],
)
def test_a_planted_leak_is_found(planted, n_leaks):
    shown = released(
        HANDOFF_MATRIX,
        matrix("month | handoff_type | n_handoffs | n_waits\n2024-05-01 | sector | 30 | 0"),
    ).with_columns(pl.lit(v).alias(k) for k, v in planted.items())

    assert leaks(HANDOFF_MATRIX, shown) == n_leaks


def test_columns_that_are_not_declared_are_named():
    names = (*HANDOFF_MATRIX.released().column_names, "person_id")

    assert undeclared_columns(HANDOFF_MATRIX, names) == ("person_id",)


def test_only_aggregates_may_be_released():
    with pytest.raises(ValueError, match="hri_cohort is no aggregate"):
        released(HRI_COHORT, HRI_COHORT.empty())


def test_a_table_of_a_later_version_is_released_without_rows():
    rows = drawn("measure | unit | period_start | value\nx | y | 2024-05-01 | 3", CONTROL_CHART)

    assert released(CONTROL_CHART, rows).collect().is_empty()


def test_every_aggregate_table_can_be_released_empty():
    for shown in (t for t in released_tables() if t.release_class == "aggregate"):
        exact = table(shown.name)
        assert released(exact, exact.empty()).collect().schema == shown.schema()
