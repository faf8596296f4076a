"""A text as a table: which rows are rows of it, and whether quotation marks can be trusted."""

import csv
import re
from collections.abc import Collection, Iterator

import polars as pl

from flow_pipeline.ingest.encoding import (
    Scan,
    scan,
    transcoded,
    with_doubled_quotes,
    without_end_mark,
)
from flow_pipeline.ingest.heading import Dialect, Heading, find_heading
from flow_pipeline.ingest.layout import Layout, NoTable
from flow_pipeline.ingest.text_rows import (
    BLOCK,
    END,
    ROWS_AT_ONCE,
    FastReading,
    Part,
    Rows,
    n_rows_of_width,
    open_quote,
    slow_parts,
)
from flow_pipeline.ingest.unpacking import Stream

_ROWS_THAT_AGREE = 3  # so many short rows alike are the sender's way, fewer may be damage
_LINE_END = re.compile(r"\r\n|\r|\n")


class TextTable:
    """One text as a table.

    ``columns``: delivered names in order; ``names``: what the columns of the frames are called.
    ``bare``: columns of the frame given last of which no value holds a blank; others may be so too.
    """

    is_typed = False

    def __init__(self, stream: Stream, layout: Layout, known: Collection[str] = ()) -> None:
        """One pass over all bytes. Raises NoTable for what is no text or no table."""
        self._stream = stream
        self._layout = layout
        self._scan = scan(stream.chunks(), layout.encoding)
        sample = self._scan.sample
        if not sample.strip("\ufeff\r\n\t\x1a ,;|"):
            raise NoTable("is empty. Ask the sender for the file again.")
        self._heading = find_heading(sample, layout, known, is_whole=self._scan.is_whole)
        self._is_escaped = layout.quote == "auto" and _is_escaped(self._scan, self._heading)
        if self._is_escaped:
            text = _text_of([sample.encode()])
            self._heading = find_heading(text, layout, known, is_whole=self._scan.is_whole)
        self.columns = self._heading.columns
        self.names, self.unnamed = usable_names(self.columns)
        self.bare: frozenset[str] = frozenset()
        self._n_repeated = 0
        self._late_notes: tuple[str, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        told = [*self._scan.notes]
        if self._heading.n_preamble:
            told.append(f"{self._heading.n_preamble} lines before the header were left out")
        if self._n_repeated:
            told.append(f"the header is repeated in {self._n_repeated} rows, which were left out")
        return (*told, *self._late_notes)

    def frames(self, n_rows: int = ROWS_AT_ONCE, *, slowly: bool = False) -> Iterator[pl.DataFrame]:
        """The rows in order, about ``n_rows`` in a frame: IS_RAGGED and the columns ``names``, of
        text, an empty value null.

        A row may have further fields if they are empty: a delimiter at the end of the line. Where
        every row of the file lacks the same last columns, those were not sent. Any other row with
        too many or too few fields is ragged. Blank lines and repeated headers are no rows.
        Raises NoTable where quotation marks leave unclear what a row is.
        """
        self._n_repeated = 0
        for part in self._rows(n_rows, slowly=slowly):
            self._refuse_swallowed_rows(part)
            self.bare = part.bare
            yield self._without_headers(part.frame)

    def _rows(self, n_rows: int, *, slowly: bool) -> Iterator[Part]:
        expected = self._expected_width()
        rows = Rows(self._heading, self.names, expected)
        n_read = 0
        if not slowly and self._heading.dialect.is_fast:
            fast = FastReading(rows, self._text)
            yield from fast.parts(n_rows)
            if fast.is_complete:
                return
            n_read = fast.n_read
        yield from slow_parts(rows, self._text, n_read)

    def _text(self) -> Iterator[bytes]:
        """The text behind the header, in UTF-8, and END as a row of its own."""
        chunks = without_end_mark(transcoded(self._stream.chunks(BLOCK), self._scan.encoding))
        if self._is_escaped:
            chunks = with_doubled_quotes(chunks)
        skipped = self._heading.n_bytes
        for chunk in chunks:
            if kept := chunk[skipped:]:
                yield kept
            skipped = max(skipped - len(chunk), 0)
        yield f"\n{END}\n".encode()

    def _expected_width(self) -> int:
        """Fields that a row should have: fewer than the header where all rows lack the last."""
        heading, width = self._heading, len(self.names)
        if not (0 < heading.width < width and heading.is_even):
            return width
        n_rows = n_rows_of_width(heading, self._text)
        if n_rows < _ROWS_THAT_AGREE:
            return width
        lacking = width - heading.width
        self._late_notes = (f"the last {lacking} columns of the header are in no row",)
        return heading.width

    def _without_headers(self, frame: pl.DataFrame) -> pl.DataFrame:
        header = self._heading.header
        if header is None:
            return frame
        tells = next((i for i, name in enumerate(header) if name), None)
        if tells is None or not (frame[self.names[tells]] == header[tells]).any():
            return frame
        pairs = zip(self.names, header, strict=True)
        same = [pl.col(name).eq_missing(pl.lit(told or None, pl.String)) for name, told in pairs]
        kept = frame.remove(pl.all_horizontal(same))
        self._n_repeated += frame.height - kept.height
        return kept

    def _refuse_swallowed_rows(self, part: Part) -> None:
        """Where the lines of one row are each as wide as a row should be, a quotation mark was
        never closed and others are lost inside it. Told quotation marks are taken as told."""
        if self._layout.quote != "auto" or len(self.names) < 2:
            return
        delimiter = self._heading.dialect.delimiter
        parting = re.compile(f"{re.escape(delimiter)}(?! )")  # prose has a blank behind it
        for row in part.in_lines:
            lines = _LINE_END.split(delimiter.join(row))
            n_whole = sum(len(parting.findall(line)) == len(self.names) - 1 for line in lines)
            if n_whole >= max(2, len(lines) - 1):
                raise open_quote()


def usable_names(header: tuple[str, ...]) -> tuple[list[str], tuple[int, ...]]:
    """Names for the columns; an empty or repeated one gives way to one that nobody maps."""
    names, unnamed = [], []
    for position, name in enumerate(header, start=1):
        if name == "" or name.startswith("_flow_") or header.count(name) > 1:
            unnamed.append(position)
            name = f"_flow_column_{position}"
        names.append(name)
    return names, tuple(unnamed)


def _is_escaped(found: Scan, heading: Heading) -> bool:
    r"""Whether ``\"`` inside a value is a quotation mark: where more lines that hold it make whole
    rows when it is read so than when a backslash is a sign as any other."""
    if heading.dialect.quote != '"' or not found.escaped:
        return False
    plain = [line.decode("latin-1") for line in found.escaped]
    doubled = [_text_of([line]) for line in found.escaped]
    return _n_whole(doubled, heading) > _n_whole(plain, heading)


def _text_of(escaped: list[bytes]) -> str:
    return b"".join(with_doubled_quotes(escaped)).decode("utf-8", "replace")


def _n_whole(lines: list[str], heading: Heading) -> int:
    """Lines that make one row by the letter of the rules, as wide as the header or most rows."""
    widths = (heading.width, len(heading.columns))
    return sum(_strict_width(line, heading.dialect) in widths for line in lines)


def _strict_width(line: str, dialect: Dialect) -> int:
    try:
        strict = csv.reader([line], delimiter=dialect.delimiter, strict=True)
        return len(next(strict))
    except csv.Error:
        return 0
