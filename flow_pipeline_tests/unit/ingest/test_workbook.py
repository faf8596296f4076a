"""Sheets of workbooks as tables."""

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from flow_pipeline.errors import InputRefused
from flow_pipeline.ingest.layout import AS_FOUND, Layout
from flow_pipeline.ingest.mapping import IS_RAGGED, ROW_NUMBER
from flow_pipeline.ingest.reading import Delivered, open_delivered
from flow_pipeline_tests.unit.ingest.workbooks import workbook

SECRET = "Zebedee"
_ROWS = [["id", "name"], [1, "x"], [2, "y"]]


def _open(folder: Path, sheets: dict, layout: Layout = AS_FOUND, known=()) -> Delivered:
    path = folder / "extract.xlsx"
    path.write_bytes(workbook(sheets))
    return open_delivered(path, layout, known=known)


def _frame(delivered: Delivered) -> pl.DataFrame:
    return pl.concat(delivered.batches())


def test_cells_keep_their_types(tmp_path):
    day, moment, time = dt.date(2024, 5, 1), dt.datetime(2024, 5, 1, 10, 30), dt.time(8, 15)
    later, last = dt.date(2024, 5, 2), dt.time(23, 59)
    rows = [
        ["whole", "text", "day", "moment", "time", "flag", "mixed", "late"],
        [9990000018, "007", day, moment, time, True, 5, None],
        [None, None, None, None, None, False, "five", day],
        [2.5, "", later, day, last, None, None, None],
    ]
    delivered = _open(tmp_path, {"May": rows})
    frame = _frame(delivered)
    assert delivered.is_typed
    assert frame.rows() == [
        (1, False, 9990000018.0, "007", day, moment, time, True, "5", None),
        (2, False, None, None, None, None, None, False, "five", day),
        (3, False, 2.5, None, later, dt.datetime(2024, 5, 1), last, None, None, None),
    ]
    assert frame.schema["day"] == pl.Date
    assert frame.schema["time"] == pl.Time
    assert frame.columns[:2] == [ROW_NUMBER, IS_RAGGED]


@pytest.mark.parametrize("sheet", [2, "May & June"])
def test_a_sheet_is_taken_by_number_or_name(tmp_path, sheet):
    sheets = {"About": [["made by hand"]], "May & June": _ROWS}
    assert _frame(_open(tmp_path, sheets, Layout(sheet=sheet))).rows() == [
        (1, False, 1.0, "x"),
        (2, False, 2.0, "y"),
    ]


@pytest.mark.parametrize("known", [(), ("id", "name", "other")])
def test_rows_before_the_header_and_blank_rows_are_left_out(tmp_path, known):
    rows = [[None], [None, "Extract of May"], [], ["id", "name"], [1, "x"], [], [2, "y"], [None]]
    delivered = _open(tmp_path, {"s": rows}, known=known)
    assert delivered.columns == ("id", "name")
    assert _frame(delivered).select(ROW_NUMBER, "id", "name").rows() == [(1, 1, "x"), (2, 2, "y")]
    assert delivered.notes == ("1 rows before the header were left out",)


def test_a_header_is_told_from_a_wider_row_before_it_by_known_names(tmp_path):
    rows = [["From", "To", "By"], ["id", "name"], [1, "x"]]
    assert _open(tmp_path, {"s": rows}, known=("id", "name")).columns == ("id", "name", "")


@pytest.mark.parametrize(
    ("layout", "columns", "n_rows"),
    [
        (Layout(skip=1), ("1", "x"), 1),
        (Layout(header="no"), ("column_1", "column_2"), 3),
        (Layout(names=("a",)), ("a", "column_2"), 3),
        (Layout(names=("id", "name")), ("id", "name"), 2),
        (Layout(header="yes", names=("a", "b")), ("a", "b"), 2),
    ],
)
def test_what_the_layout_says_is_taken_as_said(tmp_path, layout, columns, n_rows):
    delivered = _open(tmp_path, {"s": _ROWS}, layout)
    assert delivered.columns == columns
    assert _frame(delivered).height == n_rows


def test_columns_without_a_name_of_their_own_cannot_be_mapped(tmp_path):
    delivered = _open(tmp_path, {"s": [["a", None, "a", "b"], [1, 2, 3, 4]]})
    assert delivered.unnamed == (1, 2, 3)
    assert _frame(delivered)["b"].to_list() == [4]


@pytest.mark.parametrize(
    ("sheets", "layout", "says"),
    [
        ({SECRET: _ROWS}, Layout(sheet=2), "has 1 sheet, and sheet 2 is not among them"),
        ({"a": _ROWS, "b": []}, Layout(sheet=SECRET), "has 2 sheets, and the sheet named"),
        ({"a": []}, Layout(), "empty"),
        ({"a": [["id", "name"]]}, Layout(), "no rows"),
        ({"a": [[SECRET, 1], [SECRET, 2]]}, Layout(names=("a", "b", "c")), "there are 2"),
    ],
)
def test_what_is_no_table_is_refused_in_words_without_a_value(tmp_path, sheets, layout, says):
    with pytest.raises(InputRefused, match=says) as refusal:
        _frame(_open(tmp_path, sheets, layout))
    assert SECRET not in str(refusal.value)
    assert refusal.value.__suppress_context__ or refusal.value.__context__ is None


@pytest.mark.parametrize("end", [400, 900, -30])
def test_a_workbook_cut_off_is_refused(tmp_path, end):
    path = tmp_path / "extract.xlsx"
    path.write_bytes(workbook({"s": _ROWS})[:end])
    with pytest.raises(InputRefused, match="damaged"):
        open_delivered(path)


def test_an_old_document_that_is_no_workbook_is_refused(tmp_path):
    path = tmp_path / "extract.xls"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + SECRET.encode() * 200)
    with pytest.raises(InputRefused, match="protected by a password, or no workbook") as refusal:
        open_delivered(path)
    assert SECRET not in str(refusal.value)
