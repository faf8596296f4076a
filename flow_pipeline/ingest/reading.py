"""Reads a delivered file as a table of text with row numbers; what is no table is refused.

Messages name file, problem and next step. A header the configuration does not name is told by
position only: in a file sent without a header the first person stands there.
"""

import codecs
import csv
import gzip
import hashlib
import io
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import polars as pl
import pyarrow as pa
import pyarrow.csv as pa_csv

from flow_pipeline.errors import InputRefused
from flow_pipeline.ingest.layout import AS_FOUND, Layout
from flow_pipeline.ingest.mapping import IS_RAGGED, ROW_NUMBER

_CHUNK = 1 << 20
_SAMPLE = 1 << 18
_DELIMITERS = ",;\t|"
_BATCH = 20_000
_ROWS_THAT_AGREE = 3  # so many short rows alike are the sender's way, fewer may be damage
_GZIP = b"\x1f\x8b"
_PARQUET = b"PAR1"
_FOREIGN: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "a zip archive or an Excel workbook, which are not supported yet"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook, which is not supported yet"),
    (b"\x28\xb5\x2f\xfd", "packed with zstd, which is not supported yet"),
    (b"BZh", "packed with bzip2"),
    (b"\xfd7zXZ", "packed with xz"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"%PDF", "a PDF document, not a table"),
    (b"\x89PNG", "a picture, not a table"),
    (b"\xff\xd8\xff", "a picture, not a table"),
)
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_MARKUP = (b"<!doctype", b"<html", b"<?xml", b"{", b"[")
_AS_CSV = "Ask the sender for CSV in UTF-8, plain or gzip, or Parquet."


@dataclass(frozen=True)
class WholeFile:
    """One delivered file as a table.

    ``frame``: the delivered columns, text unless the file is typed, an empty value null; beside
    them ROW_NUMBER (1 for the first data row) and IS_RAGGED (the row has more or fewer fields
    than the header). ``columns``: delivered names, in order. ``unnamed``: positions, from 1, of
    columns whose name is empty or used twice; these cannot be mapped.
    """

    frame: pl.LazyFrame
    digest: str  # SHA-256 of the bytes
    n_rows: int
    n_ragged: int
    columns: tuple[str, ...]
    unnamed: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Scanned:
    """What one pass over the bytes tells."""

    digest: str
    sample: str
    n_quotes: int
    is_gzip: bool


class Delivered:
    """One delivered file as a table that is read in batches.

    ``columns``: delivered names, in order. ``unnamed``: positions, from 1, of columns whose name
    is empty or used twice; these cannot be mapped. ``is_typed``: columns may be other than text.
    """

    def __init__(self, whole: WholeFile) -> None:
        self._whole = whole
        self.columns = whole.columns
        self.unnamed = whole.unnamed
        schema = whole.frame.collect_schema()
        self.is_typed = any(schema.get(n) not in (pl.String, None) for n in whole.columns)

    def batches(self, n_rows: int = 100_000) -> Iterator[pl.DataFrame]:
        """The rows in order: ROW_NUMBER (1 for the first data row of the file), IS_RAGGED (the
        row has more or fewer fields than the header) and the delivered columns."""
        yield from self._whole.frame.collect().iter_slices(n_rows)

    @property
    def notes(self) -> tuple[str, ...]:
        """What an operator should know of how the file was read; complete after the last batch."""
        return self._whole.notes


def open_delivered(
    path: Path, layout: Layout = AS_FOUND, *, known: Collection[str] = ()
) -> Delivered:
    """Open one delivered file. ``known``: names that configuration or contract give to columns.

    Raises InputRefused as ``read_delivered`` does.
    """
    del layout, known
    return Delivered(read_delivered(path))


def read_delivered(path: Path) -> WholeFile:
    """Read one delivered file: CSV in UTF-8, plain or gzip, or Parquet.

    Raises InputRefused for a file that is empty, has no rows, is no table, is not UTF-8, is cut
    off, or cannot be opened.
    """
    try:
        with path.open("rb") as file:
            start = file.read(8)
            if start[:4] == _PARQUET:
                return _parquet(path)
            file.seek(0)
            scanned = _scan(path, file, start)
    except OSError as error:
        raise InputRefused(
            f"{path}: cannot be read ({type(error).__name__}). Check that it is there and that "
            f"you may read it."
        ) from None
    return _Table(path, scanned).delivered()


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


def _parquet(path: Path) -> WholeFile:
    try:
        frame = pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError):
        raise InputRefused(
            f"{path}: begins like Parquet but cannot be read; it may be cut off. Ask for it again."
        ) from None
    if not frame.height:
        raise _no_rows(path)
    names = tuple(frame.columns)
    numbered = frame.with_row_index(ROW_NUMBER, offset=1).with_columns(
        pl.col(ROW_NUMBER).cast(pl.Int64),
        pl.lit(False).alias(IS_RAGGED),
        pl.col(pl.String).replace("", None),
    )
    return WholeFile(numbered.lazy(), digest_of(path), frame.height, 0, names)


def _scan(path: Path, file: BinaryIO, start: bytes) -> _Scanned:
    """One pass over the bytes: digest, and whether they are text in UTF-8."""
    _refuse_foreign(path, start)
    raw = _Digesting(file)
    is_gzip = start[:2] == _GZIP
    stream = gzip.GzipFile(fileobj=raw, mode="rb") if is_gzip else raw
    decoder = codecs.getincrementaldecoder("utf-8")()
    sample, n_quotes, n_bytes = "", 0, 0
    for chunk in _chunks(path, stream):
        if not n_bytes:
            _refuse_foreign(path, chunk)
        n_bytes += len(chunk)
        text = _decoded(path, decoder, chunk)
        n_quotes += chunk.count(b'"')
        if len(sample) < _SAMPLE:
            sample += text
    _decoded(path, decoder, b"", final=True)
    while raw.read(_CHUNK):  # bytes behind the end of a gzip stream belong to the digest
        pass
    if not sample.strip("\ufeff\r\n\t ,;|"):
        raise InputRefused(f"{path}: is empty. Ask the sender for the file again.")
    return _Scanned(raw.digest.hexdigest(), sample.removeprefix("\ufeff"), n_quotes, is_gzip)


class _Digesting(io.RawIOBase):
    """A file whose bytes are digested as they are read."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.digest = hashlib.sha256()

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        data = self.file.read(size)
        self.digest.update(data)
        return data


def _chunks(path: Path, stream: BinaryIO | gzip.GzipFile | _Digesting) -> Iterator[bytes]:
    try:
        while chunk := stream.read(_CHUNK):
            yield chunk
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise InputRefused(
            f"{path}: the gzip stream is cut off or damaged. Ask the sender to send it again."
        ) from None


def _decoded(
    path: Path, decoder: codecs.IncrementalDecoder, chunk: bytes, final: bool = False
) -> str:
    if b"\0" in chunk:
        raise InputRefused(f"{path}: holds zero bytes, so it is not text in UTF-8. {_AS_CSV}")
    try:
        return decoder.decode(chunk, final)
    except UnicodeDecodeError:
        raise InputRefused(
            f"{path}: is not UTF-8, the only encoding supported yet. {_AS_CSV}"
        ) from None


def _refuse_foreign(path: Path, start: bytes) -> None:
    for magic, what in _FOREIGN:
        if start.startswith(magic):
            raise InputRefused(f"{path}: is {what}. {_AS_CSV}")
    if start.startswith(_UTF_16):
        raise InputRefused(
            f"{path}: is UTF-16, not UTF-8, the only encoding supported yet. {_AS_CSV}"
        )
    if start.removeprefix(codecs.BOM_UTF8).lstrip().lower().startswith(_MARKUP):
        raise InputRefused(f"{path}: is a web page, XML or JSON, not a table. {_AS_CSV}")


def _no_rows(path: Path) -> InputRefused:
    return InputRefused(
        f"{path}: has a header but no rows. Ask the sender for the rows, or take the file away."
    )


class _Table:
    """A text file as rows and columns."""

    def __init__(self, path: Path, scanned: _Scanned) -> None:
        self.path = path
        self.scanned = scanned
        self.delimiter, self.header, self.header_lines = self._header()
        self.names, self.unnamed = _usable_names(self.header)

    def delivered(self) -> WholeFile:
        notes: tuple[str, ...] = ()
        if self.scanned.n_quotes % 2 == 0 and (fast := self._regular()) is not None:
            frame = fast
        else:
            frame, notes = self._irregular()
        if not frame.height:
            raise _no_rows(self.path)
        return WholeFile(
            frame=frame.lazy(),
            digest=self.scanned.digest,
            n_rows=frame.height,
            n_ragged=int(frame[IS_RAGGED].sum()),
            columns=tuple(self.header),
            unnamed=self.unnamed,
            notes=notes,
        )

    def _header(self) -> tuple[str, list[str], int]:
        """Delimiter, header fields, and the lines of text up to the end of the header.

        The delimiter is the sign that parts the first line into most fields.
        """
        best: tuple[str, list[str], int] = (",", [], 0)
        for delimiter in _DELIMITERS:
            lines = io.StringIO(self.scanned.sample, newline="")
            reader = csv.reader(lines, delimiter=delimiter)
            header = next((row for row in reader if row), [])
            if len(header) > len(best[1]):
                best = (delimiter, header, reader.line_num)
        if len(best[1]) < 2:
            raise InputRefused(
                f"{self.path}: only one column was found: no comma, semicolon, tab or | parts the "
                f"first line. Ask the sender for one of these as delimiter."
            )
        return best

    def _regular(self) -> pl.DataFrame | None:
        """The rows, where all have as many fields as the header; None where not."""
        text = pa.string()
        try:
            with self._open() as file:
                table = pa_csv.read_csv(
                    file,
                    read_options=pa_csv.ReadOptions(
                        column_names=self.names, skip_rows=self.header_lines, block_size=4 << 20
                    ),
                    parse_options=pa_csv.ParseOptions(
                        delimiter=self.delimiter, newlines_in_values=True
                    ),
                    convert_options=pa_csv.ConvertOptions(
                        column_types=dict.fromkeys(self.names, text),
                        null_values=[""],
                        strings_can_be_null=True,
                        check_utf8=False,
                    ),
                )
        except pa.ArrowInvalid:  # its text quotes the row; the slow way finds out more
            return None
        frame = pl.from_arrow(table, rechunk=False)
        assert isinstance(frame, pl.DataFrame)
        return frame.select(
            pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias(ROW_NUMBER),
            pl.lit(False).alias(IS_RAGGED),
            pl.all(),
        )

    def _irregular(self) -> tuple[pl.DataFrame, tuple[str, ...]]:
        """The rows of a file in which some have more or fewer fields than the header.

        A row may have further fields if they are empty: a delimiter at the end of the line. Where
        every row of the file lacks the same last columns, those were not sent. Any other row with
        too many or too few fields is ragged.
        """
        width = len(self.names)
        parts = [self._part(batch) for batch in self._batches()]
        if not parts:
            raise _no_rows(self.path)
        frame = pl.concat(parts)
        sizes = frame["_size"]
        short = int(sizes.max()) if sizes.max() is not None else width  # type: ignore[arg-type]
        notes: tuple[str, ...] = ()
        expected = width
        if sizes.n_unique() == 1 and short < width and frame.height >= _ROWS_THAT_AGREE:
            expected = short
            notes = (f"the last {width - short} columns of the header are in no row",)
        numbered = frame.select(
            pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias(ROW_NUMBER),
            (pl.col("_size") != expected).alias(IS_RAGGED),
            pl.exclude("_size"),
        )
        if numbered[IS_RAGGED].all():
            raise InputRefused(
                f"{self.path}: no row has as many fields as the header has columns ({width}). "
                f"Ask the sender to mend the header or the rows."
            )
        return numbered, notes

    def _part(self, rows: list[list[str]]) -> pl.DataFrame:
        """Rows as columns of text, and ``_size``: how many fields each has, without empty ones
        behind the header's last column."""
        width = len(self.names)
        sizes = [width if len(row) > width and not any(row[width:]) else len(row) for row in rows]
        even = [(row + [""] * (width - len(row)))[:width] for row in rows]
        columns = {
            name: pl.Series(name, [row[i] or None for row in even], dtype=pl.String)
            for i, name in enumerate(self.names)
        }
        return pl.DataFrame({"_size": pl.Series(sizes, dtype=pl.Int64), **columns})

    def _batches(self) -> Iterator[list[list[str]]]:
        """Rows behind the header by Python's own reader; blank lines are no rows."""
        with self._open() as file, io.TextIOWrapper(file, "utf-8-sig", newline="") as text:
            reader = csv.reader(text, delimiter=self.delimiter)
            batch: list[list[str]] = []
            try:
                while reader.line_num < self.header_lines:
                    next(reader)
                before = reader.line_num
                for row in reader:
                    lines, before = reader.line_num - before, reader.line_num
                    if row:
                        batch.append(row)
                    if len(batch) == _BATCH:
                        yield batch
                        batch = []
            except csv.Error:
                raise self._open_quote() from None
            if batch:
                if self.scanned.n_quotes % 2 and lines > 1:
                    raise self._open_quote()
                yield batch

    def _open_quote(self) -> InputRefused:
        return InputRefused(
            f"{self.path}: a quotation mark is opened and never closed, so rows cannot be told "
            f"apart. Ask the sender to write each value's quotation marks twice, or none."
        )

    def _open(self) -> BinaryIO:
        file = self.path.open("rb")
        return gzip.GzipFile(fileobj=file, mode="rb") if self.scanned.is_gzip else file  # type: ignore[return-value]


def _usable_names(header: list[str]) -> tuple[list[str], tuple[int, ...]]:
    """Names for the columns; an empty or repeated one gives way to one that nobody maps."""
    names, unnamed = [], []
    for position, name in enumerate(header, start=1):
        if name == "" or header.count(name) > 1:
            unnamed.append(position)
            name = f"_flow_column_{position}"
        names.append(name)
    return names, tuple(unnamed)
