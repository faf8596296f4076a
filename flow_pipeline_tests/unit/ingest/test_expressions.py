"""The mapping language takes row-wise SQL and nothing else."""

import polars as pl
import pytest

from flow_pipeline.ingest.expressions import (
    NotAnExpression,
    columns_of,
    is_condition,
    plain_column,
    row_expression,
)


@pytest.mark.parametrize(
    "sql",
    [
        "SUM(a)",
        "COUNT(*)",
        "MAX(a)",
        "CASE WHEN MAX(a) = a THEN '1' END",
        "ROW_NUMBER() OVER (ORDER BY a)",
        "LAG(a) OVER (ORDER BY a)",
        "SUM(a) OVER (PARTITION BY b)",
        "a || (SELECT 'x')",
        "a IN (SELECT a FROM t)",
        "a = = b",
        "*",
        "",
    ],
)
def test_what_looks_beyond_one_row_is_refused(sql):
    with pytest.raises(NotAnExpression):
        row_expression(sql)


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("REPLACE(a, ' ', '')", "943"),
        ("SUBSTR(a, 1, 2)", "94"),
        ("COALESCE(b, a)", "94 3"),
        ("NULLIF(a, '94 3')", None),
        ("SPLIT_PART(a, ' ', 2)", "3"),
        ("CASE a WHEN '94 3' THEN 'yes' ELSE 'no' END", "yes"),
        ("a || '/' || a", "94 3/94 3"),
        ("'constant'", "constant"),
        ('"a"', "94 3"),
    ],
)
def test_row_wise_sql_is_computed(sql, expected):
    frame = pl.DataFrame({"a": ["94 3"], "b": [None]}, schema={"a": pl.String, "b": pl.String})
    assert frame.select(row_expression(sql).alias("x"))["x"].to_list() == [expected]


def test_a_column_called_like_a_function_is_a_column():
    assert columns_of("FIRST || ' ' || COALESCE(MIDDLE, '')") == ("FIRST", "MIDDLE")
    assert columns_of("Agg = 'Over' AND Len <> 'Len'") == ("Agg", "Len")


def test_a_plain_column_is_told_from_an_expression():
    assert plain_column('"DATE OF BIRTH"') == "DATE OF BIRTH"
    assert plain_column("TRIM(a)") is None
    assert plain_column("'a'") is None


def test_a_condition_is_told_from_a_value():
    assert is_condition("a = 'x' OR b IN ('y', 'z')")
    assert is_condition("a IS NOT NULL")
    assert not is_condition("a")
    assert not is_condition("SUBSTR(a, 1, 2)")
