"""Text becomes dates, times and numbers, or is told as unreadable."""

import datetime as dt

import polars as pl
import pytest

from flow_pipeline.ingest.formats import fault_of_format
from flow_pipeline.ingest.values import typed

D, T = dt.date, dt.datetime


@pytest.mark.parametrize(
    ("type_", "shape", "text", "expected"),
    [
        ("date", None, "2024-05-01", D(2024, 5, 1)),
        ("date", None, "2024-05-01T10:00", D(2024, 5, 1)),
        ("date", None, "2024-07-01T23:30:00Z", D(2024, 7, 2)),
        ("date", None, "2024-5-1", None),
        ("date", None, "2024-02-30", None),
        ("date", None, "01/05/2024", None),
        ("date", "%d/%m/%Y", "01/05/2024", D(2024, 5, 1)),
        ("date", "%d/%m/%Y", "2024-05-01", None),
        ("date", "%d/%m/%Y %H:%M", "01/05/2024 23:59", D(2024, 5, 1)),
        ("datetime", None, "2024-05-01 10:00", T(2024, 5, 1, 10)),
        ("datetime", None, "2024-05-01T10:00:03.250", T(2024, 5, 1, 10, 0, 3)),
        ("datetime", None, "2024-05-01", T(2024, 5, 1)),
        ("datetime", None, "2024-07-01T10:00:00Z", T(2024, 7, 1, 11)),
        ("datetime", None, "2024-01-01T10:00:00Z", T(2024, 1, 1, 10)),
        ("datetime", None, "2024-07-01T10:00:00+01:00", T(2024, 7, 1, 10)),
        ("datetime", None, "2024-05-01T25:00", None),
        ("datetime", "%d/%m/%Y", "01/05/2024", T(2024, 5, 1)),
        ("time", None, "09:05", "09:05:00"),
        ("time", None, "2024-05-01T09:05:07", "09:05:07"),
        ("time", None, "2024-05-01", None),
        ("time", None, "24:00", None),
        ("time", "%H%M", "0905", "09:05:00"),
        ("integer", None, "5", 5),
        ("integer", None, "5.0", 5),
        ("integer", None, "5.5", None),
        ("integer", None, "nan", None),
        ("decimal", None, "1.25", 1.25),
        ("decimal", None, "1,000", None),
        ("decimal", None, "inf", None),
        ("boolean", None, "Yes", True),
        ("boolean", None, "0", False),
        ("boolean", None, "maybe", None),
        ("code", None, "007", "007"),
    ],
)
def test_a_text_is_read_as_its_type(type_, shape, text, expected):
    values = pl.Series("x", [None, text], dtype=pl.String)
    assert typed(values, type_, shape).to_list() == [None, expected]


def test_other_rows_do_not_change_how_a_value_is_read():
    texts = ["2024-05-01", "2024-05-01 10:00", "2024-05-01T10:00:00", "bad", None]
    together = typed(pl.Series("x", texts, dtype=pl.String), "datetime", None).to_list()
    alone = [typed(pl.Series("x", [t], dtype=pl.String), "datetime", None)[0] for t in texts]
    assert together == alone


@pytest.mark.parametrize(
    ("shape", "key"),
    [("%d/%m/%y", "date"), ("%d/%m", "date"), ("DD/MM", "date"), ("%H", "datetime"), ("%Q", "x")],
)
def test_a_format_that_leaves_the_date_open_is_a_fault(shape, key):
    assert fault_of_format(shape, key)


def test_good_formats_have_no_fault():
    assert fault_of_format("%d/%m/%Y", "date") is None
    assert fault_of_format("%Y%m%dT%H%M", "datetime") is None
    assert fault_of_format("%I:%M %p", "time") is None
