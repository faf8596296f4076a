"""Whatever is in a delivered file: the table that was meant, or a refusal that tells no value."""

import bz2
import csv
import gzip
import io
import lzma
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flow_pipeline.errors import InputRefused
from flow_pipeline.ingest import text_rows, text_table
from flow_pipeline.ingest.layout import Layout, NoTable
from flow_pipeline.ingest.mapping import IS_RAGGED, ROW_NUMBER
from flow_pipeline.ingest.reading import open_delivered
from flow_pipeline.ingest.text_table import TextTable
from flow_pipeline.ingest.unpacking import text_streams
from flow_pipeline_tests.unit.ingest.workbooks import workbook

_HEADER = ["alpha", "beta", "gamma"]
_TOKEN = "Zebedee"
_MOST = settings(deadline=None, max_examples=150)


def _zipped(data: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("folder/extract.csv", data)
        archive.writestr("__MACOSX/folder/._extract.csv", b"\0")
    return packed.getvalue()


_PACKING: dict[str, Callable[[bytes], bytes]] = {
    "plain": lambda data: data,
    "gzip": gzip.compress,
    "gzip in members": lambda data: gzip.compress(data[:7]) + gzip.compress(data[7:]),
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": lambda data: pa.compress(data, "zstd", asbytes=True),
    "zip": _zipped,
}


def _read(content: bytes, layout: Layout, n_rows: int = 1000, known=_HEADER) -> pl.DataFrame:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "extract"
        path.write_bytes(content)
        return pl.concat(open_delivered(path, layout, known=known).batches(n_rows))


def _written(
    rows: list[list[str]], delimiter: str, quote: str, newline: str, *, always: bool
) -> str:
    def value(text: str) -> str:
        needs = any(sign in text for sign in (delimiter, quote, "\n", "\r"))
        return quote + text.replace(quote, quote * 2) + quote if needs or always else text

    return newline.join(delimiter.join(map(value, row)) for row in rows)


_ENCODINGS = st.sampled_from(
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "latin-1"]
)
_CELLS = st.text(alphabet="ab0 ,;\t|'\"\n\réü\\", max_size=6)


@_MOST
@given(
    rows=st.lists(st.lists(_CELLS, min_size=3, max_size=3), min_size=1, max_size=8),
    delimiter=st.sampled_from(",;\t|^~\x1f"),
    quote=st.sampled_from("\"'"),
    newline=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=_ENCODINGS,
    packing=st.sampled_from(sorted(_PACKING)),
    before=st.sampled_from(["", "Extract of May\n\n", "Extract; made by: hand\r\nTrust,RXA\r\n"]),
    end=st.sampled_from(["", "newline", "newlines", "mark"]),
    always=st.booleans(),
    n_rows=st.integers(1, 9),
)
def test_a_table_reads_back_however_it_was_written(
    rows, delimiter, quote, newline, encoding, packing, before, end, always, n_rows
):
    ends = {"": "", "newline": newline, "newlines": newline * 3, "mark": f"{newline}\x1a"}
    text = _written([_HEADER, *rows], delimiter, quote, newline, always=always)
    content = _PACKING[packing]((before + text + ends[end]).encode(encoding))
    told = Layout(encoding=encoding, quote=quote)
    frame = _read(content, told, n_rows)
    meant = [tuple(value or None for value in row) for row in rows]
    assert frame.select(_HEADER).rows() == meant
    assert frame[ROW_NUMBER].to_list() == list(range(1, len(rows) + 1))
    assert not frame[IS_RAGGED].any()
    if (quote == "'" and not always) or '\\"' in text:  # nothing tells what they mean
        return
    try:
        found_out = _read(content, Layout(), n_rows)
    except InputRefused:  # text that looks like rows swallowed by a quotation mark
        assert any("\n" in value or "\r" in value for row in rows for value in row)
        return
    assert found_out.equals(frame)


_DAMAGED = st.one_of(
    st.binary(max_size=200),
    st.text(alphabet="ab,\"\n\r\\\x1a 'é;", max_size=80).map(str.encode),
    st.tuples(st.sampled_from(sorted(_PACKING)), st.binary(max_size=80)).map(
        lambda packed: _PACKING[packed[0]](b"alpha,beta,gamma\n" + packed[1])
    ),
)


@_MOST
@given(_DAMAGED, st.sampled_from([Layout(), Layout(header="no"), Layout(names=("a", "b"))]))
def test_bytes_become_a_table_or_a_refusal_and_nothing_else(content, layout):
    frame, refusal = _read_or_refused(_TOKEN.encode() + content, layout)
    if frame is None:
        assert _TOKEN not in refusal
        return
    assert frame.height
    assert frame[ROW_NUMBER].to_list() == list(range(1, frame.height + 1))


_BASE = ("alpha,beta,gamma\n" + f"{_TOKEN},{_TOKEN},1\n" * 40).encode()


def _parquet() -> bytes:
    file = io.BytesIO()
    pl.DataFrame({name: [_TOKEN, "1"] * 20 for name in _HEADER}).write_parquet(file)
    return file.getvalue()


_TYPED = {
    "parquet": _parquet(),
    "workbook": workbook({"May": [_HEADER, *([_TOKEN, _TOKEN, 1] for _ in range(40))]}),
}


@pytest.mark.parametrize("packing", [*sorted(_PACKING), *_TYPED])
@settings(deadline=None, max_examples=40)
@given(
    damage=st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), max_size=4),
    cut=st.one_of(st.none(), st.integers(4, 2000)),
)
def test_damage_is_refused_or_read_and_tells_no_value(packing, damage, cut):
    data = bytearray(_TYPED[packing] if packing in _TYPED else _PACKING[packing](_BASE))
    for position, value in damage:
        data[4 + position % (len(data) - 4)] = value
    frame, refusal = _read_or_refused(bytes(data[:cut]), Layout())
    assert frame is None or frame.height
    assert _TOKEN not in refusal


def _read_or_refused(content: bytes, layout: Layout) -> tuple[pl.DataFrame | None, str]:
    try:
        return _read(content, layout), ""
    except InputRefused as refusal:
        return None, f"{refusal} {refusal.__cause__} {refusal.args}"


_LOOSE = st.text(alphabet="ab,\"\n\r ;'\\", max_size=120)


@_MOST
@given(
    _LOOSE,
    st.sampled_from(['"', "'", "none"]),
    st.sampled_from([24, 64, 1 << 20]),
    st.sampled_from([1, 3, 1000]),
)
def test_the_fast_way_and_the_slow_way_agree(text, quote, block, n_rows):
    """Blocks are so small that rows lie across their ends, and some hold several parts."""
    layout = Layout(quote=quote)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "extract.csv"
        path.write_bytes(b"a,b,c\n1,2,3\n" + text.encode())
        [stream] = text_streams(path)
        with (
            mock.patch.object(text_rows, "BLOCK", block),
            mock.patch.object(text_table, "BLOCK", block),
        ):
            fast = _outcome(TextTable(stream, layout), False, n_rows)
            assert fast == _outcome(TextTable(stream, layout), True, n_rows)


def _outcome(table: TextTable, slowly: bool, n_rows: int) -> object:
    try:
        frames = list(table.frames(n_rows, slowly=slowly))
    except NoTable as fault:
        return str(fault)
    return [row for frame in frames for row in frame.rows()]


_CELL = st.text(alphabet='ab ,;"\n\té0', max_size=6)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.lists(_CELL, min_size=2, max_size=4), min_size=1, max_size=6))
def test_reading_agrees_with_the_plainest_reader(rows):
    """Python's csv module on the same text is the second opinion."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([["a", "b", "c"], *rows])
    try:
        frame = _read(text.getvalue().encode(), Layout(quote='"'), known=())
    except InputRefused:
        assert all(len(row) != 3 for row in rows)
        return
    found = frame.select("a", "b", "c").rows()
    plain = [tuple(cell or None for cell in (*row, "", "")[:3]) for row in rows]
    assert found == plain
    if len({len(row) for row in rows}) > 1:
        ragged = [len(row) != 3 and not (len(row) > 3 and row[3] == "") for row in rows]
        assert frame[IS_RAGGED].to_list() == ragged
