"""A sheet of an Excel workbook as a table; cells keep their types.

A sheet is held in memory as a whole: it has at most 1,048,576 rows, so memory is bounded by Excel.
"""

import datetime as dt
import logging
import zipfile
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import fastexcel
import polars as pl

from flow_pipeline.ingest.layout import Layout, NoTable
from flow_pipeline.ingest.mapping import IS_RAGGED
from flow_pipeline.ingest.text_table import usable_names

_LINES_BEFORE = 60  # so far down a header is looked for
_ROWS_AT_ONCE = 50_000
_MOST_BYTES = 4 << 30  # unpacked; more is no sheet but an attack
_NAMES_THAT_TELL = 2
# Excel counts days from here: a cell with a time and no date is of one of these days.
_NO_DAY = (dt.date(1899, 12, 30), dt.date(1899, 12, 31))

logging.getLogger("fastexcel").setLevel(logging.ERROR)  # it warns of columns by name


class Workbook:
    """A sheet of a workbook as a table.

    ``columns``: delivered names in order; ``names``: what the columns of the frames are called.
    """

    is_typed = True
    bare: frozenset[str] = frozenset()

    def __init__(self, path: Path, layout: Layout, known: Collection[str] = ()) -> None:
        """Reads the first rows. Raises NoTable where the workbook cannot be read, has no such
        sheet, or the sheet no columns."""
        self._path = path
        self._layout = layout
        _refuse_bomb(path)
        head = self._sheet(n_rows=layout.skip + _LINES_BEFORE, dtypes="string")
        rows = [tuple(value or "" for value in row) for row in head.iter_rows()]
        at = self._header_row(rows, frozenset(known))
        self._n_before = at if at is not None else layout.skip
        self._has_header = at is not None
        self.columns = self._columns(rows[at] if at is not None else None, head.width)
        self.names, self.unnamed = usable_names(self.columns)
        n_preamble = sum(any(row) for row in rows[layout.skip : self._n_before])
        self.notes = (f"{n_preamble} rows before the header were left out",) if n_preamble else ()

    def frames(self, n_rows: int = _ROWS_AT_ONCE) -> Iterator[pl.DataFrame]:
        """The rows in order: IS_RAGGED, always false, and the columns ``names`` in the types of
        their cells, an empty text null. Rows without any value are no rows. A column in which
        types differ is text. Raises NoTable where the sheet cannot be read."""
        n_skipped = self._n_before + self._has_header
        sheet = self._typed_sheet(n_skipped)
        named = sheet.select(
            pl.lit(False).alias(IS_RAGGED),
            *(
                _plain(sheet[own]).alias(name)
                for own, name in zip(sheet.columns, self.names, strict=False)
            ),
            *(pl.lit(None, pl.String).alias(name) for name in self.names[sheet.width :]),
        )
        rows = named.remove(pl.all_horizontal(pl.exclude(IS_RAGGED).is_null()))
        yield from rows.iter_slices(n_rows)

    def _typed_sheet(self, n_skipped: int) -> pl.DataFrame:
        try:
            return self._sheet(skip_rows=n_skipped, schema_sample_rows=None)
        except fastexcel.UnsupportedColumnTypeCombinationError:
            return self._sheet(skip_rows=n_skipped, dtypes="string")

    def _sheet(self, *, skip_rows: int = 0, **how: Any) -> pl.DataFrame:
        try:
            book = fastexcel.read_excel(self._path)
            names = book.sheet_names
            sheet = self._layout.sheet
            is_there = sheet in names if isinstance(sheet, str) else 1 <= sheet <= len(names)
            if not is_there:
                raise _no_such_sheet(sheet, len(names))
            which = sheet if isinstance(sheet, str) else sheet - 1
            frame = book.load_sheet(which, header_row=None, skip_rows=skip_rows, **how).to_polars()
        except (NoTable, fastexcel.UnsupportedColumnTypeCombinationError):
            raise
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException:  # the reader's panics are no Exception
            raise NoTable(
                "is an Excel workbook that cannot be read: it is damaged, protected by a password, "
                "or no workbook. Ask the sender for a workbook (.xlsx) without password, or CSV."
            ) from None
        return frame.with_columns(pl.col(pl.String).replace("", None))

    def _header_row(self, rows: list[tuple[str, ...]], known: frozenset[str]) -> int | None:
        """Which row names the columns, from 0; None where none does."""
        layout = self._layout
        filled = [at for at in range(layout.skip, len(rows)) if any(rows[at])]
        if not filled:
            raise NoTable("is a workbook whose sheet is empty. Ask the sender for it again.")
        first = filled[0]
        names = tuple(name for name in rows[first] if name)
        if layout.header == "no" or (
            layout.header == "auto" and layout.names and names != layout.names
        ):
            return None
        if layout.skip:
            return first
        told = _row_of_known(rows, filled, known)
        return _first_wide_row(rows, filled) if told is None else told

    def _columns(self, header: tuple[str, ...] | None, width: int) -> tuple[str, ...]:
        names = self._layout.names
        there = width if header is None else len(header)
        if len(names) > there:
            raise NoTable(
                f"{len(names)} columns are named under layout.names, but there are {there}. "
                f"Correct the names, or ask the sender for all columns."
            )
        if header is None:
            return names + tuple(f"column_{n}" for n in range(len(names) + 1, there + 1))
        return names + header[len(names) :]


def _row_of_known(
    rows: list[tuple[str, ...]], filled: list[int], known: frozenset[str]
) -> int | None:
    """The first of the rows with most known names, if they are enough to tell."""
    found = {at: len({value.strip() for value in rows[at]} & known) for at in filled}
    best = max(filled, key=lambda at: found[at])
    n_values = sum(map(bool, rows[best]))
    enough = found[best] and (found[best] >= _NAMES_THAT_TELL or found[best] * 2 >= n_values)
    return best if enough else None


def _first_wide_row(rows: list[tuple[str, ...]], filled: list[int]) -> int:
    """The first row with more than one value, else the first."""
    return next((at for at in filled if sum(map(bool, rows[at])) > 1), filled[0])


def _plain(column: pl.Series) -> pl.Series:
    """Dates without a time of day as dates, times without a date as times."""
    if not isinstance(column.dtype, pl.Datetime):
        return column
    given = column.drop_nulls()
    if given.dt.date().is_in(_NO_DAY).all() and len(given):
        return column.dt.time()
    if (given.dt.time() == dt.time(0)).all():
        return column.dt.date()
    return column


def _refuse_bomb(path: Path) -> None:
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        if sum(info.file_size for info in archive.infolist()) > _MOST_BYTES:
            raise NoTable("unpacks to more than any workbook holds. Ask the sender for CSV.")


def _no_such_sheet(sheet: int | str, n_sheets: int) -> NoTable:
    asked = f"sheet {sheet}" if isinstance(sheet, int) else "the sheet named under layout.sheet"
    there = "1 sheet" if n_sheets == 1 else f"{n_sheets} sheets"
    return NoTable(f"has {there}, and {asked} is not among them. Correct layout.sheet.")
