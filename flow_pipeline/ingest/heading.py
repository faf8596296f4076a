"""Where a table of text begins and how it is written: delimiter, quotation marks, header.

A header is told from the lines before it by names that configuration or contract know; where none
is known, it is the first line, and lines without any delimiter before it are left out.
"""

import csv
import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from flow_pipeline.ingest.layout import Layout, NoTable

_DELIMITERS = (",", ";", "\t", "|")
_RARE_DELIMITERS = ("^", "~", "\x1f", "¦", "§", "\x01")
_LINES_OF_A_HEADER = 200  # names may go over lines
_LINES_BEFORE = 60  # so far down a header is looked for
_ROWS_LOOKED_AT = 200
_LINES = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_NAMES_THAT_TELL = 2
_NO_DELIMITER = (
    "only one column was found: no comma, semicolon, tab or | parts the first line. Ask the "
    "sender for one of these as delimiter, or name theirs under layout.delimiter."
)

Record = tuple[str, ...]


@dataclass(frozen=True)
class Dialect:
    """``quote`` None: quotation marks are signs as any other."""

    delimiter: str
    quote: str | None = '"'

    @property
    def is_fast(self) -> bool:
        """Whether pyarrow can read it: its delimiter is one byte."""
        return self.delimiter.isascii()

    def records(self, lines: Sequence[str]) -> "csv.Reader":  # type: ignore[name-defined]
        """Python's reader over lines that keep their ends."""
        if self.quote is None:
            return csv.reader(lines, delimiter=self.delimiter, quoting=csv.QUOTE_NONE)
        return csv.reader(lines, delimiter=self.delimiter, quotechar=self.quote)


@dataclass(frozen=True)
class Heading:
    """``header``: the fields of the header line, None where there is none. ``columns``: what the
    columns are called. ``n_bytes``: of the text in UTF-8 before the first data row.
    ``n_preamble``: lines left out before the header. ``width``: fields of most of the first rows,
    0 where there are none; ``is_even``: all of them have as many."""

    dialect: Dialect
    header: Record | None
    columns: Record
    n_bytes: int
    n_preamble: int
    width: int
    is_even: bool


def find_heading(
    sample: str, layout: Layout, known: Collection[str] = (), *, is_whole: bool = True
) -> Heading:
    """Find out where the table begins and how it is written.

    In:  ``sample``: the beginning of the text, all of it where ``is_whole``. ``known``: names that
         columns may have. What ``layout`` says is taken as said.
    Raises NoTable where no delimiter parts the text, or more columns are named than there are.
    """
    lines = _LINES.findall(sample)
    if not is_whole and len(lines) > 1:
        lines.pop()  # cut off
    return _Search(lines, layout, frozenset(known)).heading()


def lines_of(text: str) -> list[str]:
    """Lines with their ends, at LF, CRLF and CR and at nothing else."""
    return _LINES.findall(text)


class _Search:
    def __init__(self, lines: list[str], layout: Layout, known: frozenset[str]) -> None:
        self.lines = lines
        self.layout = layout
        self.known = known
        self.dialects = [Dialect(d, q) for q in self._quotes() for d in self._delimiters()]

    def heading(self) -> Heading:
        first = self._next_line(self.layout.skip)
        if self._has_header(first):
            dialect, at = self._by_known_names(first) or self._by_fields(first)
            header, n_lines = self._record(dialect, at)
        else:
            dialect, at = self._by_rows(first), first
            header, n_lines = None, 0
        self._refuse_one_column(dialect, header, at)
        width, is_even = self._width(dialect, at + n_lines)
        columns = self._columns(header, width)
        n_bytes = sum(len(line.encode()) for line in self.lines[: at + n_lines])
        n_preamble = sum(1 for line in self.lines[first:at] if line.strip())
        return Heading(dialect, header, columns, n_bytes, n_preamble, width, is_even)

    def _delimiters(self) -> tuple[str, ...]:
        told = self.layout.delimiter
        return (told,) if told != "auto" else _DELIMITERS + _RARE_DELIMITERS

    def _quotes(self) -> tuple[str | None, ...]:
        told = self.layout.quote
        if told == "auto":
            return ('"', "'")
        return (None,) if told == "none" else (told,)

    def _next_line(self, start: int) -> int:
        """The first line from ``start`` on that is not blank."""
        for at in range(start, len(self.lines)):
            if self.lines[at].strip("\r\n"):
                return at
        raise NoTable("is empty behind the lines to skip. Ask the sender for the file again.")

    def _has_header(self, first: int) -> bool:
        if self.layout.header != "auto" or not self.layout.names:
            return self.layout.header != "no"
        return any(self._record(d, first)[0] == self.layout.names for d in self.dialects)

    def _record(self, dialect: Dialect, at: int) -> tuple[Record, int]:
        """The fields of the record that begins on a line, and its lines."""
        reader = dialect.records(self.lines[at : at + _LINES_OF_A_HEADER])
        try:
            return tuple(next(reader, ())), reader.line_num
        except csv.Error:
            return (), 1

    def _by_known_names(self, first: int) -> tuple[Dialect, int] | None:
        """The line with most known names, told from other lines by them."""
        best, most = None, 0
        last = first + 1 if self.layout.skip else min(first + _LINES_BEFORE, len(self.lines))
        for at in range(first, last):
            for dialect in self.dialects:
                fields = self._record(dialect, at)[0]
                found = len({f.strip() for f in fields} & self.known)
                if found > most and (found >= _NAMES_THAT_TELL or found * 2 >= len(fields)):
                    best, most = (dialect, at), found
        return best

    def _by_fields(self, first: int) -> tuple[Dialect, int]:
        """The sign that parts the first line into most fields; a rare sign only where no common
        one parts it; else the line at which rows of several fields begin."""
        for at in (first, self._first_parted(first)):
            for delimiters in (_DELIMITERS, _RARE_DELIMITERS, self._delimiters()):
                usable = [d for d in self._unquoting(at) if d.delimiter in delimiters]
                if not usable:
                    continue
                best = max(usable, key=lambda d: len(self._record(d, at)[0]))
                if len(self._record(best, at)[0]) > 1:
                    return best, at
        return self.dialects[0], first

    def _unquoting(self, at: int) -> list[Dialect]:
        """Dialects for a line, first those of single quotation marks that are round all its
        values; other single ones count only where they are told."""
        if self.layout.quote != "auto":
            return self.dialects
        single = [d for d in self.dialects if d.quote == "'" and self._is_single(d, at)]
        return single + [d for d in self.dialects if d.quote == '"']

    def _is_single(self, dialect: Dialect, at: int) -> bool:
        plain = self._record(Dialect(dialect.delimiter, None), at)[0]
        return len(plain) > 1 and all(len(f) > 1 and f[0] == f[-1] == "'" for f in plain)

    def _first_parted(self, first: int) -> int:
        """The first line that a common delimiter parts as most lines behind it are parted; with
        known names, none of which was found, it might be a row."""
        if self.layout.skip or self.known:
            return first
        dialect = self._by_rows(first)
        width, _ = self._width(dialect, first)
        ends = range(first, min(first + _LINES_BEFORE, len(self.lines)))
        return next((at for at in ends if 1 < width <= len(self._record(dialect, at)[0])), first)

    def _by_rows(self, first: int) -> Dialect:
        """The dialect in which most rows have as many fields, and more than one."""

        def evenness(dialect: Dialect) -> tuple[bool, float, int]:
            sizes = self._sizes(dialect, first)
            [(width, n)] = Counter(sizes).most_common(1) or [(0, 0)]
            return width > 1, n / max(len(sizes), 1), width

        common = [d for d in self._unquoting(first) if d.delimiter not in _RARE_DELIMITERS]
        best = max(common or self.dialects, key=evenness)
        return best if evenness(best)[0] else max(self._unquoting(first), key=evenness)

    def _sizes(self, dialect: Dialect, start: int) -> list[int]:
        reader = dialect.records(self.lines[start:])
        sizes = []
        try:
            for row in reader:
                if row:
                    sizes.append(len(row))
                if len(sizes) == _ROWS_LOOKED_AT:
                    break
        except csv.Error:  # a value without end: what was read so far tells enough
            return sizes
        return sizes

    def _width(self, dialect: Dialect, start: int) -> tuple[int, bool]:
        counted = Counter(self._sizes(dialect, start)).most_common()
        return (counted[0][0], len(counted) == 1) if counted else (0, True)

    def _refuse_one_column(self, dialect: Dialect, header: Record | None, at: int) -> None:
        if self.layout.delimiter != "auto" or self.layout.names:
            return
        fields = header if header is not None else self._record(dialect, at)[0]
        if len(fields) < 2 and not {f.strip() for f in fields} & self.known:
            raise NoTable(_NO_DELIMITER)

    def _columns(self, header: Record | None, width: int) -> Record:
        names = self.layout.names
        there = width if header is None else len(header)
        if len(names) > there:
            raise NoTable(
                f"{len(names)} columns are named under layout.names, but there are {there}. "
                f"Correct the names, or ask the sender for all columns."
            )
        if header is None:
            return names + tuple(f"column_{n}" for n in range(len(names) + 1, there + 1))
        return names + header[len(names) :]
