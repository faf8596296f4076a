"""Opens a delivered file as a table of rows that are read in batches; what is none is refused.

Messages name file, problem and next step. A header the configuration does not name is told by
position only: in a file sent without a header the first person stands there.
"""

import hashlib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Protocol

import polars as pl

from flow_pipeline.errors import InputRefused
from flow_pipeline.ingest.layout import AS_FOUND, Layout, NoTable
from flow_pipeline.ingest.mapping import IS_RAGGED, ROW_NUMBER
from flow_pipeline.ingest.parquet_table import ParquetTable
from flow_pipeline.ingest.text_rows import ROWS_AT_ONCE
from flow_pipeline.ingest.text_table import TextTable
from flow_pipeline.ingest.unpacking import is_parquet, is_workbook, text_streams

_CHUNK = 1 << 20
_Rows = tuple[pl.DataFrame, frozenset[str]]  # with the columns that hold no blank


class Table(Protocol):
    """A table in a file, whatever its kind: see TextTable, ParquetTable and Workbook. ``bare``:
    columns of the frame given last of which no value is known to hold a blank."""

    columns: tuple[str, ...]
    names: list[str]
    unnamed: tuple[int, ...]
    is_typed: bool
    bare: frozenset[str]

    @property
    def notes(self) -> tuple[str, ...]: ...

    def frames(self, n_rows: int) -> Iterator[pl.DataFrame]: ...


class Delivered:
    """One delivered file as a table that is read in batches; memory does not grow with its length.

    ``columns``: delivered names, in order. ``unnamed``: positions, from 1, of columns whose name
    is empty or used twice; these cannot be mapped. ``is_typed``: columns may be other than text.
    ``bare``: columns of the batch given last of which no value holds a blank, as far as is known.
    """

    def __init__(self, path: Path, tables: list[Table]) -> None:
        """``tables``: those of one file, of the same columns, one after the other."""
        self._path = path
        self._tables = tables
        self.columns = tables[0].columns
        self.unnamed = tables[0].unnamed
        self.is_typed = tables[0].is_typed
        self.bare: frozenset[str] = frozenset()

    @property
    def notes(self) -> tuple[str, ...]:
        """What an operator should know of how the file was read; complete after the last batch."""
        return tuple(dict.fromkeys(note for table in self._tables for note in table.notes))

    def batches(self, n_rows: int = ROWS_AT_ONCE) -> Iterator[pl.DataFrame]:
        """The rows in order, up to ``n_rows`` in a batch.

        Out: ROW_NUMBER (1 for the first data row of the file), IS_RAGGED (the row has more or
             fewer fields than the header) and the delivered columns, text unless the file is
             typed, an empty text null; the same schema in every batch, and at least one row.
        Raises InputRefused for a file without rows, and for what is found late: bytes that are
        damaged, quotation marks that leave unclear what a row is, no row as wide as the header.
        """
        n_read = n_ragged = 0
        for frame, bare in _in_batches(self._frames(n_rows), n_rows):
            self.bare = bare
            numbers = pl.int_range(n_read + 1, n_read + 1 + frame.height, eager=True)
            n_read += frame.height
            n_ragged += int(frame[IS_RAGGED].sum())
            yield frame.select(numbers.cast(pl.Int64).alias(ROW_NUMBER), pl.all())
        if not n_read:
            raise InputRefused(
                f"{self._path}: has a header but no rows. Ask the sender for the rows, or take "
                f"the file away."
            )
        if n_ragged == n_read:
            raise InputRefused(
                f"{self._path}: no row has as many fields as the header has columns "
                f"({len(self.columns)}). Ask the sender to mend the header or the rows."
            )

    def _frames(self, n_rows: int) -> Iterator[_Rows]:
        try:
            for table in self._tables:
                for frame in table.frames(n_rows):
                    yield frame, table.bare
        except NoTable as fault:
            raise InputRefused(f"{self._path}: {fault}") from None
        except OSError as error:
            raise _unreadable(self._path, error) from None


def open_delivered(
    path: Path, layout: Layout = AS_FOUND, *, known: Collection[str] = ()
) -> Delivered:
    """Open one delivered file: text of any delimiter and encoding, plain, packed or in a zip
    archive, Parquet, or a sheet of a workbook.

    ``known``: names that configuration or contract give to columns; by them the header is found.
    What ``layout`` says is taken as said, the rest found out, for which all bytes of a text are
    read once. Raises InputRefused for a file that is empty, is no table, is in another encoding
    than said, is cut off, or cannot be opened.
    """
    try:
        return Delivered(path, _tables(path, layout, known))
    except NoTable as fault:
        raise InputRefused(f"{path}: {fault}") from None
    except OSError as error:
        raise _unreadable(path, error) from None


def digest_of(path: Path) -> str:
    """SHA-256 of a file's bytes. Raises InputRefused when it cannot be read."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
    except OSError as error:
        raise InputRefused(f"{path}: cannot be read ({type(error).__name__}).") from None
    return digest.hexdigest()


def _tables(path: Path, layout: Layout, known: Collection[str]) -> list[Table]:
    if is_parquet(path):
        return [ParquetTable(path)]
    if is_workbook(path):
        from flow_pipeline.ingest.workbook import Workbook  # its reader is rarely needed

        return [Workbook(path, layout, known)]
    tables: list[Table] = [TextTable(text, layout, known) for text in text_streams(path)]
    if len({table.columns for table in tables}) > 1:
        raise NoTable(
            f"is a zip archive of {len(tables)} tables whose headers differ. Unpack it, and "
            f"deliver each table under its own source."
        )
    return tables


def _in_batches(frames: Iterator[_Rows], n_rows: int) -> Iterator[_Rows]:
    """The rows of ``frames``, ``n_rows`` at a time, fewer in the last batch."""
    held: list[_Rows] = []
    n_held = 0
    for frame, bare in frames:
        held.append((frame, bare))
        n_held += frame.height
        while n_held >= n_rows:
            together, all_bare = _together(held)
            yield together.head(n_rows), all_bare
            held, n_held = [(together.tail(-n_rows), bare)], n_held - n_rows
    if n_held:
        yield _together(held)


def _together(rows: list[_Rows]) -> _Rows:
    bare = frozenset.intersection(*(bare for _, bare in rows))
    # In one piece: columns in different pieces are put together again at every turn.
    return pl.concat((frame for frame, _ in rows), rechunk=True), bare


def _unreadable(path: Path, error: OSError) -> InputRefused:
    return InputRefused(
        f"{path}: cannot be read ({type(error).__name__}). Check that it is there and that you "
        f"may read it."
    )
