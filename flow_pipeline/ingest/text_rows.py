"""Rows of a text, in order, in frames.

Two ways, which agree: pyarrow reads blocks at the speed of the disk and hands over rows that have
another number of fields, and Python's own reader, slow, takes what pyarrow cannot: a row longer
than a block, or a delimiter that is no ASCII sign.
"""

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.csv as pa_csv

from flow_pipeline.ingest.heading import Heading, lines_of
from flow_pipeline.ingest.layout import NoTable
from flow_pipeline.ingest.mapping import IS_RAGGED

BLOCK = 1 << 20
# Stands behind the last row, as a row. No text holds it, so where it does not come out again it is
# inside a value: a quotation mark was never closed.
END = "\0"
ROWS_AT_ONCE = 100_000
_SLOW_BATCH = 20_000
_MOST_BLOCKS = 64  # put together: what one column holds must stay under Arrow's limit of 2 GB
_MOST_WAITING = 200_000  # rows that wait for their place between two blocks
_LONGEST_FIELD = 32 << 20  # longer, and a quotation mark was never closed
_EXTRA = "_flow_extra_"
_BLANK, _DELETE = 0x20, 0x7F

csv.field_size_limit(_LONGEST_FIELD)  # Python's own limit, for the whole process, is 128 KB


@dataclass(frozen=True)
class Part:
    """Rows in order, as a frame; those of them, as they were read, in which a value goes over
    several lines; and columns of which no value holds a blank, as far as was looked at."""

    frame: pl.DataFrame
    in_lines: list[list[str]] = field(default_factory=list)
    bare: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Rows:
    """Makes frames of rows. ``expected``: fields that a row must have not to be ragged."""

    heading: Heading
    names: list[str]
    expected: int

    def of_lists(self, rows: list[list[str]]) -> pl.DataFrame:
        """Rows as lists of any length."""
        width = len(self.names)
        sizes = [width if len(row) > width and not any(row[width:]) else len(row) for row in rows]
        even = [(row + [""] * (width - len(row)))[:width] for row in rows]
        columns = {
            name: pl.Series(name, [row[i] or None for row in even], dtype=pl.String)
            for i, name in enumerate(self.names)
        }
        is_ragged = pl.Series([size != self.expected for size in sizes], dtype=pl.Boolean)
        return pl.DataFrame({IS_RAGGED: is_ragged, **columns})

    def of_arrow(self, batch: pa.RecordBatch) -> pl.DataFrame:
        """Rows of as many fields as most have."""
        # Polars keeps texts as views; Arrow makes those faster.
        views = pa.schema([(name, pa.string_view()) for name in batch.schema.names])
        frame = pl.from_arrow(batch.cast(views), rechunk=False)
        assert isinstance(frame, pl.DataFrame)
        width, found = len(self.names), self.n_found
        is_ragged = pl.lit(found != self.expected)
        if found > width:
            none_more = pl.all_horizontal(pl.col(f"^{_EXTRA}.*$").is_null())
            is_ragged = ~none_more | (width != self.expected)
        missing = [pl.lit(None, pl.String).alias(name) for name in self.names[found:]]
        return frame.select(is_ragged.alias(IS_RAGGED), *self.names[:found], *missing)

    @property
    def n_found(self) -> int:
        """How many fields most rows have, as far as was seen."""
        return self.heading.width or len(self.names)

    @property
    def found_names(self) -> list[str]:
        """Names for as many columns."""
        extra = [f"{_EXTRA}{n}" for n in range(len(self.names), self.n_found)]
        return [*self.names[: self.n_found], *extra]


class FastReading:
    """Rows by pyarrow, block by block.

    ``text``: chunks of UTF-8 with END as last row. Rows of another width wait for the block they
    stand in, then take their place. After ``parts``, ``is_complete`` says whether all was read, and
    ``n_read`` how many rows were.
    """

    def __init__(self, rows: Rows, text: Callable[[], Iterator[bytes]]) -> None:
        self._rows = rows
        self._text = text
        self._waiting: list[tuple[int, str]] = []  # row number, text
        self._has_ended = False
        self.n_read = 0
        self.is_complete = False

    def parts(self, n_rows: int) -> Iterator[Part]:
        """Parts of ``n_rows`` rows beside those that wait, fewer at the end and where rows are
        long. Raises NoTable where a quotation mark is not closed."""
        for batch in _of_n_rows(self._batches(), n_rows):
            yield self._part(batch)
        if not self.is_complete:
            return
        if not self._has_ended:
            raise open_quote()
        if self._waiting:
            self.n_read += len(self._waiting)
            yield self._waited(self._waiting)

    def _batches(self) -> Iterator[pa.RecordBatch]:
        # The errors of pyarrow quote the row; what cannot be read fast is read slowly.
        try:
            reader = self._reader()
            while True:
                batch = self._without_end(reader.read_next_batch())
                if batch.num_rows:
                    yield batch
        except StopIteration:
            self.is_complete = True
        except pa.ArrowInvalid:
            return

    def _reader(self) -> Any:
        return _csv_reader(self._rows.heading, self._rows.found_names, self._text, self._invalid)

    def _invalid(self, row: Any) -> str:
        if row.text == END:
            self._has_ended = True
            return "skip"
        self._waiting.append((row.number, row.text))
        return "skip" if len(self._waiting) <= _MOST_WAITING else "error"

    def _without_end(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """In a table of one column the end is as wide as a row."""
        n_rows = batch.num_rows
        if batch.num_columns > 1 or not n_rows or batch.column(0)[n_rows - 1].as_py() != END:
            return batch
        self._has_ended = True
        return batch.slice(0, n_rows - 1)

    def _part(self, batch: pa.RecordBatch) -> Part:
        frame = self._rows.of_arrow(batch)
        data = dict(zip(self._rows.found_names, map(_data, batch.columns), strict=True))
        bare = frozenset(name for name, one in data.items() if _is_bare(one))
        in_lines = _rows_in_lines(batch, [one for name, one in data.items() if name not in bare])
        positions = self._positions(frame.height)
        self.n_read = int(positions[-1])
        waiting = [one for one in self._waiting if one[0] < self.n_read]
        self._waiting = self._waiting[len(waiting) :]
        if not waiting:
            return Part(frame, in_lines, bare)
        waited = self._waited(waiting)
        numbers = [*positions, *(number for number, _ in waiting)]
        order = pl.Series("_flow_order", numbers, dtype=pl.Int64)
        merged = pl.concat([frame, waited.frame]).with_columns(order).sort("_flow_order")
        return Part(merged.drop("_flow_order"), [*in_lines, *waited.in_lines])

    def _positions(self, n_rows: int) -> np.ndarray:
        """Numbers of the next rows of a block, between those of the rows that wait."""
        if not self._waiting:
            return np.arange(self.n_read + 1, self.n_read + 1 + n_rows)
        numbers = np.array([number for number, _ in self._waiting], dtype=np.int64)
        ahead = np.arange(self.n_read + 1, self.n_read + 1 + n_rows + len(numbers))
        return ahead[~np.isin(ahead, numbers)][:n_rows]

    def _waited(self, waiting: list[tuple[int, str]]) -> Part:
        records = self._rows.heading.dialect.records
        return part_of_lists(self._rows, [next(records(lines_of(text))) for _, text in waiting])


def _of_n_rows(batches: Iterator[pa.RecordBatch], n_rows: int) -> Iterator[pa.RecordBatch]:
    """The rows of blocks, put together: columns in many pieces take longer to make and to use."""
    held: list[pa.RecordBatch] = []
    for batch in batches:
        held.append(batch)
        n_held = sum(one.num_rows for one in held)
        if n_held < n_rows and len(held) < _MOST_BLOCKS:
            continue
        whole = pa.concat_batches(held)
        n_given = max(n_held - n_held % n_rows, n_rows)
        yield from (whole.slice(start, n_rows) for start in range(0, n_given, n_rows))
        held = [whole.slice(n_given)] if n_given < n_held else []
    if held:
        yield pa.concat_batches(held)


def _csv_reader(
    heading: Heading,
    names: list[str],
    text: Callable[[], Iterator[bytes]],
    invalid: Callable[[Any], str],
) -> Any:
    return pa_csv.open_csv(
        pa.PythonFile(_Chunks(text()), mode="r"),
        read_options=pa_csv.ReadOptions(
            column_names=names,
            block_size=BLOCK,
            use_threads=False,  # with threads it does not number the rows it hands over
        ),
        parse_options=pa_csv.ParseOptions(
            delimiter=heading.dialect.delimiter,
            quote_char=heading.dialect.quote or False,
            newlines_in_values=True,
            invalid_row_handler=invalid,
        ),
        convert_options=pa_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            null_values=[""],
            strings_can_be_null=True,
            check_utf8=False,
        ),
    )


def n_rows_of_width(heading: Heading, text: Callable[[], Iterator[bytes]]) -> int:
    """How many rows there are if all have the width of the first ones, else 0."""
    if not heading.dialect.is_fast:
        return _n_records_of_width(heading, text)
    names = [str(n) for n in range(heading.width)]

    def invalid(row: Any) -> str:
        return "skip" if row.text == END else "error"

    try:
        n_rows = sum(b.num_rows for b in _csv_reader(heading, names, text, invalid))
    except pa.ArrowInvalid:
        return 0
    return n_rows - (heading.width == 1)


def _n_records_of_width(heading: Heading, text: Callable[[], Iterator[bytes]]) -> int:
    n_rows = 0
    for n_rows, row in enumerate(_records(heading, text), start=1):  # noqa: B007
        if len(row) != heading.width:
            return 0
    return n_rows


def slow_parts(rows: Rows, text: Callable[[], Iterator[bytes]], n_done: int) -> Iterator[Part]:
    """Rows behind the first ``n_done`` by Python's own reader; blank lines are no rows.

    ``text``: chunks of UTF-8 with END as last row. Raises NoTable where a quotation mark is not
    closed.
    """
    batch: list[list[str]] = []
    for row in _records(rows.heading, text):
        if n_done:
            n_done -= 1
            continue
        batch.append(row)
        if len(batch) == _SLOW_BATCH:
            yield part_of_lists(rows, batch)
            batch = []
    if batch:
        yield part_of_lists(rows, batch)


def _records(heading: Heading, text: Callable[[], Iterator[bytes]]) -> Iterator[list[str]]:
    """Every row but the end, which has to come."""
    has_ended = False
    with io.TextIOWrapper(io.BufferedReader(_Chunks(text())), "utf-8", newline="") as lines:
        reader = heading.dialect.records(lines)  # type: ignore[arg-type]
        try:
            for row in reader:
                if row == [END]:
                    has_ended = True
                elif row:
                    yield row
        except csv.Error:  # a value is longer than any should be
            raise open_quote() from None
    if not has_ended:
        raise open_quote()


def part_of_lists(rows: Rows, lists: list[list[str]]) -> Part:
    """Rows as lists of any length, at least one."""
    in_lines = [row for row in lists if _goes_over_lines(row)]
    return Part(rows.of_lists(lists), in_lines)


def _goes_over_lines(row: list[str]) -> bool:
    return any("\n" in value or "\r" in value for value in row)


def _rows_in_lines(batch: pa.RecordBatch, data: list[np.ndarray]) -> list[list[str]]:
    """Rows in which a value holds a line end. ``data``: bytes of the columns that may hold one,
    each searched as one, because nearly all columns have none."""
    if not any(b"\n" in one or b"\r" in one for one in map(bytes, data)):
        return []
    frame = pl.from_arrow(batch, rechunk=False)
    assert isinstance(frame, pl.DataFrame)
    holds = pl.any_horizontal(pl.all().str.contains("[\r\n]").fill_null(False))
    return [[value or "" for value in row] for row in frame.filter(holds).iter_rows()]


def _data(column: pa.Array) -> np.ndarray:
    """Bytes of the values of a column of text, those of a slice only."""
    data = column.buffers()[2]
    if data is None or not len(column):
        return np.empty(0, dtype=np.uint8)
    starts = np.frombuffer(column.buffers()[1], dtype=np.int32)
    first, last = int(starts[column.offset]), int(starts[column.offset + len(column)])
    return np.frombuffer(data, dtype=np.uint8)[first:last]


def _is_bare(data: np.ndarray) -> bool:
    """Whether all bytes are visible signs of ASCII: no blank of any kind, no line end."""
    return not data.size or bool(data.min() > _BLANK and data.max() < _DELETE)


class _Chunks(io.RawIOBase):
    """A file to be read once, of chunks of bytes."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """At most ``size`` bytes, none at the end."""
        data = self._rest or next(self._chunks, b"")
        if 0 <= size < len(data):
            data, self._rest = data[:size], data[size:]
        else:
            self._rest = b""
        return data

    def readinto(self, buffer: Any) -> int:
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def open_quote() -> NoTable:
    return NoTable(
        "a quotation mark is opened and never closed, so rows cannot be told apart. Ask the sender "
        "to send it whole and to write quotation marks inside a value twice. Where they are right, "
        "or mean nothing, say so under layout.quote."
    )
