"""Delivered files: what is read, and what is refused in words."""

import gzip
import json
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from flow_pipeline.errors import InputRefused
from flow_pipeline.ingest import text_rows
from flow_pipeline.ingest.layout import AS_FOUND, Layout
from flow_pipeline.ingest.mapping import IS_RAGGED, ROW_NUMBER
from flow_pipeline.ingest.reading import Delivered, digest_of, open_delivered
from flow_pipeline_tests.public_data import PUBLIC_DATA

_GOOD = b"a,b\n1,2\n3,4\n"
SECRET = "Zebedee"


def _open(folder: Path, content: bytes, layout: Layout = AS_FOUND, known=()) -> Delivered:
    path = folder / "file.csv"
    path.write_bytes(content)
    return open_delivered(path, layout, known=known)


def _frame(delivered: Delivered, n_rows: int = 1000) -> pl.DataFrame:
    return pl.concat(delivered.batches(n_rows))


def _read(
    folder: Path, content: bytes, layout: Layout = AS_FOUND
) -> list[tuple[int, bool, str | None, str | None]]:
    """Row number, ragged, a, b."""
    frame = _frame(_open(folder, content, layout))
    return frame.select(ROW_NUMBER, IS_RAGGED, "a", "b").rows()


_PLAIN = [(1, False, "1", "2"), (2, False, "3", "4")]


@pytest.mark.parametrize(
    "content",
    [
        _GOOD,
        b"\xef\xbb\xbf" + _GOOD,
        _GOOD.replace(b",", b";"),
        _GOOD.replace(b",", b"\t"),
        _GOOD.replace(b",", b"|"),
        _GOOD.replace(b",", b"~"),
        _GOOD.replace(b",", b"\x1f"),
        _GOOD.replace(b",", "¦".encode()),
        _GOOD.replace(b",", "¦".encode("latin-1")),
        _GOOD.replace(b"\n", b"\r\n"),
        _GOOD.replace(b"\n", b"\r"),
        _GOOD.rstrip(),
        _GOOD + b"\x1a",
        _GOOD.replace(b"\n", b"\r\n") + b"\x1a",
        gzip.compress(_GOOD, mtime=0),
        gzip.compress(_GOOD[:6], mtime=0) + gzip.compress(_GOOD[6:], mtime=0),
        b"\n\n" + _GOOD,
        b"a,b\n1,2\n\n3,4\n\n",
        b'"a","b"\n"1","2"\n"3","4"\n',
        b"'a','b'\n'1','2'\n'3','4'\n",
        b"a,b\n1,2,\n3,4,\n",
        b"a,b\n1,2,,\n3,4\n",
        b"a,b\n1,2\na,b\n3,4\n",
        _GOOD.decode().encode("utf-16"),
        _GOOD.decode().encode("utf-16-le"),
        _GOOD.decode().encode("utf-16-be"),
        _GOOD.decode().encode("utf-32"),
    ],
)
def test_the_same_table_however_it_is_written(tmp_path, content):
    assert _read(tmp_path, content) == _PLAIN


def test_parquet_is_known_by_its_content(tmp_path):
    path = tmp_path / "file.csv"
    frame = pl.DataFrame({"a": ["1", ""], "b": [2, None], "c": ["x", "x"], "_flow_d": [1, 1]})
    frame.with_columns(pl.col("c").cast(pl.Categorical)).write_parquet(path)
    delivered = open_delivered(path)
    frame = _frame(delivered).select(ROW_NUMBER, IS_RAGGED, "a", "b", "c")
    assert frame.rows() == [(1, False, "1", 2, "x"), (2, False, None, None, "x")]
    assert frame.schema["c"] == pl.String
    assert delivered.is_typed
    assert delivered.unnamed == (4,)


def test_parquet_with_text_that_is_not_utf_8_is_refused(tmp_path):
    path = tmp_path / "file.parquet"
    pq.write_table(pa.table({"a": pa.array([b"Zebedee \xe9"]).view(pa.string())}), path)
    with pytest.raises(InputRefused, match="Parquet") as refusal:
        list(open_delivered(path).batches())
    assert SECRET not in str(refusal.value)


@pytest.mark.parametrize("n_rows", [1, 3, 7, 100])
@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_batches_have_the_rows_asked_for_and_one_schema(tmp_path, n_rows, kind):
    rows = pl.DataFrame({"a": [None, *map(str, range(9))], "b": ["x"] * 10})
    path = tmp_path / "file"
    rows.write_csv(path) if kind == "csv" else rows.write_parquet(path)
    batches = list(open_delivered(path).batches(n_rows))
    assert [b.height for b in batches[:-1]] == [n_rows] * (len(batches) - 1)
    assert {str(b.schema) for b in batches} == {str(batches[0].schema)}
    assert pl.concat(batches)[ROW_NUMBER].to_list() == list(range(1, 11))


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        (b'a,b\n"x\ny",2\n3,4\n', [(1, False, "x\ny", "2"), (2, False, "3", "4")]),
        (b'a,b\n"x ""y""",2\n3,""\n', [(1, False, 'x "y"', "2"), (2, False, "3", None)]),
        (b'a,b\n"x \\"y\\"",2\n3,4\n', [(1, False, 'x "y"', "2"), (2, False, "3", "4")]),
        (b'a,b\n"\\"y\\", z\\\\",2\n3,4\n', [(1, False, '"y", z\\', "2"), (2, False, "3", "4")]),
        (b'a,b\n"C:\\",2\n3,4\n', [(1, False, "C:\\", "2"), (2, False, "3", "4")]),
        (b"a,b\nC:\\new,2\n3,4\n", [(1, False, "C:\\new", "2"), (2, False, "3", "4")]),
        (b'a,b\n5",2\n3,4\n', [(1, False, '5"', "2"), (2, False, "3", "4")]),
        (b'a,b\n5",2\n6",4\n', [(1, False, '5"', "2"), (2, False, '6"', "4")]),
        (b"a,b\nO'Neil,2\n3,4\n", [(1, False, "O'Neil", "2"), (2, False, "3", "4")]),
        (b"a,b\n,\n3,4\n", [(1, False, None, None), (2, False, "3", "4")]),
    ],
)  # fmt: skip
def test_quotes_and_empty_values(tmp_path, content, rows):
    assert _read(tmp_path, content) == rows


@pytest.mark.parametrize(
    ("layout", "content", "rows"),
    [
        (Layout(quote="none"), b'a,b\n"x,2\n3,4\n', [(1, False, '"x', "2"), (2, False, "3", "4")]),
        (Layout(quote="'"), b"a,b\n'x,y',2\n", [(1, False, "x,y", "2")]),
        (Layout(delimiter=";"), b"a;b\n1,5;2,5\n", [(1, False, "1,5", "2,5")]),
        (Layout(delimiter=":"), b"a:b\n1:2\n3:4\n", _PLAIN),
        (Layout(skip=2), b"x,y,z\n\na,b\n1,2\n3,4\n", _PLAIN),
        (Layout(header="no", names=("a", "b")), b"1,2\n3,4\n", _PLAIN),
        (Layout(names=("a", "b")), b"1,2\n3,4\n", _PLAIN),
        (Layout(names=("a", "b")), b"a,b\n1,2\n3,4\n", _PLAIN),
        (Layout(names=("a", "b"), skip=1), b"made by,hand,x\n1,2\n3,4\n", _PLAIN),
        (Layout(header="yes", names=("a", "b")), b"x,y\n1,2\n3,4\n", _PLAIN),
        (Layout(encoding="cp437"), b"a,b\n\x82,2\n", [(1, False, "é", "2")]),
        (Layout(encoding="latin-1"), b"a,b\n\xc3\xa9,2\n", [(1, False, "Ã©", "2")]),
    ],
)
def test_what_the_layout_says_is_taken_as_said(tmp_path, layout, content, rows):
    assert _read(tmp_path, content, layout) == rows


def test_columns_without_header_and_names_are_numbered(tmp_path):
    delivered = _open(tmp_path, b"1;x\n2;y\n", Layout(header="no"))
    assert delivered.columns == ("column_1", "column_2")
    assert _frame(delivered).rows() == [(1, False, "1", "x"), (2, False, "2", "y")]


@pytest.mark.parametrize(
    ("content", "columns", "n_preamble"),
    [
        (b"id;name\n1;x\n", ("id", "name"), 0),
        (b"Extract of May 2024\n\nid,name\n1,x\n", ("id", "name"), 1),
        (b"Trust,RXA,May,2024\nMade by,hand\nid,name\n1,x\n", ("id", "name"), 2),
        (b'He said "x\nid|name|a,b,c,d\n1|x|y\n', ("id", "name", "a,b,c,d"), 1),
        (b"id, name ,x\n1,2,3\n", ("id", " name ", "x"), 0),
        (b"'id','name'\n1,2\n", ("id", "name"), 0),
        (b"id\n1\n", ("id",), 0),
        (b"unheard,of\n1,x\n", ("unheard", "of"), 0),
    ],
)
def test_the_header_is_told_by_known_names(tmp_path, content, columns, n_preamble):
    delivered = _open(tmp_path, content, known=("id", "name", "other"))
    assert delivered.columns == columns
    assert _frame(delivered).height == 1
    told = (f"{n_preamble} lines before the header were left out",) if n_preamble else ()
    assert delivered.notes == told


def test_lines_without_any_delimiter_are_no_header(tmp_path):
    delivered = _open(tmp_path, b"Extract of May\nconfidential\na,b\n1,2\n3,4\n")
    assert delivered.columns == ("a", "b")
    assert delivered.notes == ("2 lines before the header were left out",)


def test_rows_with_too_many_or_too_few_fields_are_ragged(tmp_path):
    content = b"a,b\n1,2\n3\n4,5,6\n7,8\n9,10,\n   \n"
    assert [row[:2] for row in _read(tmp_path, content)] == [
        (1, False),
        (2, True),
        (3, True),
        (4, False),
        (5, False),
        (6, True),
    ]


def test_ragged_rows_keep_their_place_also_where_most_rows_are_wider(tmp_path):
    content = b"a,b\n1,2,,\n3,4\n5\n6,7,x,\n8,9,,\n10,11,,\n"
    assert _read(tmp_path, content) == [
        (1, False, "1", "2"),
        (2, False, "3", "4"),
        (3, True, "5", None),
        (4, True, "6", "7"),
        (5, False, "8", "9"),
        (6, False, "10", "11"),
    ]


def test_too_many_ragged_rows_to_wait_are_read_the_slow_way(tmp_path, monkeypatch):
    monkeypatch.setattr(text_rows, "_MOST_WAITING", 2)
    content = b"a,b\n1,2\n3,4\n" + b"5\n" * 5 + b"7,8\n9,10\n11,12\n"
    ragged = [is_ragged for _, is_ragged, _, _ in _read(tmp_path, content)]
    assert ragged == [False] * 2 + [True] * 5 + [False] * 3


def test_a_header_repeated_in_the_middle_is_no_row_and_is_told(tmp_path):
    delivered = _open(tmp_path, b'a,b,\n1,2,3\n"a",b,\n4,5,6\na,b,\na,b,x\n')
    frame = _frame(delivered)
    assert frame.select(ROW_NUMBER, "a", "b").rows() == [
        (1, "1", "2"),
        (2, "4", "5"),
        (3, "a", "b"),
    ]
    assert delivered.notes == ("the header is repeated in 2 rows, which were left out",)


@pytest.mark.parametrize("delimiter", [",", "¦"])
def test_last_columns_that_no_row_has_were_not_sent(tmp_path, delimiter):
    content = "a,b,c\n1,2\n3,4\n5,6\n".replace(",", delimiter).encode()
    delivered = _open(tmp_path, content)
    frame = _frame(delivered)
    assert not frame[IS_RAGGED].any()
    assert frame["c"].to_list() == [None, None, None]
    assert delivered.notes == ("the last 1 columns of the header are in no row",)


def test_where_one_row_has_the_last_column_the_others_are_ragged(tmp_path):
    content = b"a,b,c\n" + b"1,2\n" * 300 + b"1,2,3\n"
    assert _frame(_open(tmp_path, content))[IS_RAGGED].to_list() == [True] * 300 + [False]


def test_columns_without_a_name_of_their_own_cannot_be_mapped(tmp_path):
    delivered = _open(tmp_path, b"a,,a,b,_flow_row_number\n1,2,3,4,5\n")
    assert delivered.columns == ("a", "", "a", "b", "_flow_row_number")
    assert delivered.unnamed == (1, 2, 3, 5)
    assert "a" not in _frame(delivered).columns


@pytest.mark.parametrize(
    ("content", "note"),
    [
        ("a,b\né,£\n".encode("cp1252"), "is not UTF-8 and was read as Windows-1252"),
        ("a,b\né,£\n".encode("utf-16"), "is not UTF-8 and was read as utf-16-le"),
        ("a,b\né,£\n".encode("utf-16-be"), "is not UTF-8 and was read as utf-16-be"),
        ("a,b\né,£\n".encode(), None),
        ("a,b\né,£".encode(), None),
    ],
)
def test_the_encoding_is_found_out_and_told_where_it_is_not_utf_8(tmp_path, content, note):
    assert _read(tmp_path, content) == [(1, False, "é", "£")]
    assert _open(tmp_path, content).notes == ((note,) if note else ())


def test_a_byte_that_is_not_utf_8_counts_wherever_it_stands(tmp_path):
    """Two megabytes before the end of the file are more than any sample."""
    content = b"a,b\n" + b"1,2\n" * 600_000 + b"\xe9,2\n"
    delivered = _open(tmp_path, content)
    last = list(delivered.batches())[-1]
    assert last.row(-1) == (600_001, False, "é", "2")


def test_the_digest_is_of_the_bytes(tmp_path):
    plain, other = tmp_path / "a", tmp_path / "b"
    plain.write_bytes(_GOOD)
    other.write_bytes(_GOOD + b"\n")
    assert digest_of(plain) != digest_of(other)
    assert len(digest_of(plain)) == 64
    with pytest.raises(InputRefused, match="cannot be read"):
        digest_of(tmp_path / "gone")


_OPEN_QUOTE = "quotation mark is opened and never closed"
_REFUSED = {
    "nothing at all": (b"", "empty"),
    "blank lines": (b"\n\r\n\n", "empty"),
    "a byte-order mark alone": (b"\xef\xbb\xbf", "empty"),
    "an end mark alone": (b"\x1a", "empty"),
    "a header without rows": (b"a,b\n", "no rows"),
    "a header without rows, quoted": (b'a,"b"', "no rows"),
    "a header repeated and no rows": (b"a,b\na,b\n", "no rows"),
    "another delimiter": (b"a:b\nZebedee:2\n", "delimiter"),
    "neither UTF-8 nor Windows-1252": (b"a,b\nZebedee,\x81\n", "neither UTF-8 nor"),
    "UTF-8 and Latin-1 mixed": ("a,b\nZebedee,éüß\n".encode() + b"1,\xe9\n", "in most places"),
    "UTF-8 cut off inside a sign": ("a,b\né,é\nZebedee,é".encode()[:-1], "cut off"),
    "UTF-16 cut off inside a sign": ("a,b\nZebedee,2".encode("utf-16")[:-1], "no text in utf-16"),
    "zero bytes": (b"a,b\nZebedee,\x00\n", "zero bytes"),
    "zero signs in UTF-16": ("a,b\nZebedee,\0\n".encode("utf-16"), "zero bytes"),
    "gzip cut off": (gzip.compress(b"a,b\n" + b"Zebedee,2\n" * 5000, mtime=0)[:-9], "gzip"),
    "gzip damaged": (gzip.compress(_GOOD, mtime=0)[:-8] + b"\x00" * 8, "gzip"),
    "gzip and more": (gzip.compress(_GOOD, mtime=0) + b"trailing", "gzip"),
    "zstd cut off": (pa.compress(_GOOD * 99, "zstd", asbytes=True)[:-4], "zstd"),
    "a zip archive cut off": (b"PK\x03\x04Zebedee", "zip"),
    "an old document": (b"\xd0\xcf\x11\xe0Zebedee", "no workbook"),
    "7-Zip": (b"7z\xbc\xafZebedee", "7-Zip"),
    "PDF": (b"%PDF-1.7\nZebedee", "PDF"),
    "a web page": (b"<!DOCTYPE html><p>Zebedee, hello</p>\n<p>x,y</p>", "web page"),
    "JSON": (b'[{"name": "Zebedee", "b": 2}]\n', "JSON"),
    "Parquet cut off": (b"PAR1Zebedee", "Parquet"),
    "a quotation mark never closed": (b'a,b\n1,"Zebedee\n2,6\n3,x\n', _OPEN_QUOTE),
    "the same in the last row": (b'a,b\n1,2\n3,"Zebedee\n', _OPEN_QUOTE),
    "the same without an end of line": (b'a,b\n1,2\n3,"Zebedee', _OPEN_QUOTE),
    "the same in a short row": (b'a,b\n1,2\n"Zebedee\n', _OPEN_QUOTE),
    "the same among others": (b'a,b\n5",2\n3,"Zebedee\n', _OPEN_QUOTE),
    "rows swallowed by two marks": (b'a,b,c\nx,"Zebedee,5\ny,"Tom,6\nz,w,7\n', _OPEN_QUOTE),
    "more rows swallowed": (b'a,b\n1,"Zebedee\n2,6\n3,"x\n4,5\n', _OPEN_QUOTE),
    "no row as wide as the header": (b"a,b\n1,Zebedee,3\n4,5,6\n", "no row"),
    "gzip of a picture": (gzip.compress(b"\x89PNG\r\nZebedee", mtime=0), "picture"),
    "gzip of gzip": (gzip.compress(gzip.compress(_GOOD, mtime=0)), "packed twice"),
}


@pytest.mark.parametrize("case", _REFUSED)
def test_what_is_no_table_is_refused_in_words_without_a_value(tmp_path, case):
    content, says = _REFUSED[case]
    _assert_refused(tmp_path, content, AS_FOUND, says)


@pytest.mark.parametrize(
    ("layout", "content", "says"),
    [
        (Layout(encoding="utf-8"), b"a,b\nZebedee,\xe9\n", "no text in utf-8"),
        (Layout(encoding="ascii"), b"a,b\nZebedee,\xe9\n", "no text in ascii"),
        (Layout(encoding="utf-16"), b"a,b\nZebedee,2\n", "no text in utf-16"),
        (Layout(names=("a", "b", "c")), b"Zebedee,2\n3,4\n", "3 columns are named"),
        (Layout(skip=9), b"a,b\nZebedee,2\n", "empty behind the lines to skip"),
        (Layout(quote="'"), b"a,b\n'Zebedee,2\n", _OPEN_QUOTE),
    ],
)
def test_what_is_not_as_the_layout_says_is_refused(tmp_path, layout, content, says):
    _assert_refused(tmp_path, content, layout, says)


def _assert_refused(folder: Path, content: bytes, layout: Layout, says: str) -> None:
    path = folder / "extract.csv"
    path.write_bytes(content)
    with pytest.raises(InputRefused, match=says) as refusal:
        list(open_delivered(path, layout).batches())
    assert str(path) in str(refusal.value)
    assert SECRET not in str(refusal.value)
    assert refusal.value.__cause__ is None
    assert refusal.value.__suppress_context__ or refusal.value.__context__ is None


def test_a_file_that_is_not_there_or_a_folder_is_refused(tmp_path):
    for path in (tmp_path, tmp_path / "gone.csv"):
        with pytest.raises(InputRefused, match="cannot be read"):
            open_delivered(path)


def test_a_row_longer_than_a_block_is_read(tmp_path):
    long = "x" * (9 << 20)
    content = f"a,b\n1,2\n3\n{long},2\n5,6\n".encode()
    assert _read(tmp_path, content) == [
        (1, False, "1", "2"),
        (2, True, "3", None),
        (3, False, long, "2"),
        (4, False, "5", "6"),
    ]


def _public(name: str) -> Path:
    path = PUBLIC_DATA / name
    if not path.exists():
        pytest.skip(f"{name} is not beside this checkout; it is larger than a test should carry")
    return path


@pytest.mark.parametrize(
    ("name", "n_rows", "n_ragged"),
    [
        ("synthea_uk/organizations.csv", 647, 19),
        ("synthea_uk/immunizations.csv", 20436, 0),
        ("synthea_uk/patients.csv", 1000, 0),
        ("artificial_hes/apc_0102.csv", 2075, 0),
        ("linkage/febrl_dataset4a.csv", 5000, 0),
    ],
)
def test_files_that_others_made(name, n_rows, n_ragged):
    frame = _frame(open_delivered(_public(name)))
    assert (frame.height, frame[IS_RAGGED].sum()) == (n_rows, n_ragged)


def test_a_file_that_others_made_without_a_header():
    path = _public("reference/ods_gp_practices_2020.csv")
    delivered = open_delivered(path, Layout(names=("practice_code", "name")))
    frame = _frame(delivered)
    assert delivered.columns[:3] == ("practice_code", "name", "column_3")
    assert (frame.height, frame["practice_code"].str.len_bytes().max()) == (14357, 6)


_ONE = [("1", "2", "3")]
_UTF_8 = [*_ONE, ("4", "5", "ʤ")]
_MESS: dict[str, list[tuple[str | None, ...]] | str] = {
    "bad.csv": [
        ("1", "27", None),
        (None, "I'm too short!", None),
        ("0", "mixed types.... uh oh", "17"),
    ],
    "blanks.csv": [(None, "NA", "N/A", "NONE", "NULL", ".")],
    "dummy.csv": _ONE,
    "dummy.csv.gz": _ONE,
    "dummy.tsv": _ONE,
    "dummy.xlsx": [(1.0, 2.0, 3.0)],
    "dummy_col_shuffled.csv": [("2", "3", "1")],
    "dummy_col_shuffled_ragged.csv": [("2", "3", "1", "4")],
    "empty.csv": "empty",
    "mac_newlines.csv": [*_ONE, ("Once upon\ra time", "5", "6")],
    "no_header_row.csv": "no rows",
    "null_byte.csv": "zero bytes",
    "test_date_format.csv": "only one column",
    "test_empty_columns_long_row.csv": [(None, None, None)],
    "test_empty_columns_short_row.csv": "no row has as many fields",
    "test_extra_header.csv": "no row has as many fields",
    "test_header_newline.csv": [("d", "e", "f")],
    "test_latin1.csv": [*_ONE, ("4", "5", "©")],
    "test_locale.csv": [("1,7", "200.000.000", None)],
    "test_numeric_date_format.csv": "only one column",
    "test_skip_lines.csv": _ONE,
    "test_utf16_big.csv": _UTF_8,
    "test_utf16_little.csv": _UTF_8,
    "test_utf8.csv": _UTF_8,
    "test_utf8_bom.csv": _UTF_8,
}  # fmt: skip


@pytest.mark.parametrize("name", _MESS)
def test_the_messy_files_of_csvkit(name):
    path, meant = _public(f"csv_mess/{name}"), _MESS[name]
    if isinstance(meant, str):
        with pytest.raises(InputRefused, match=meant):
            list(open_delivered(path).batches())
    else:
        assert _frame(open_delivered(path)).drop(ROW_NUMBER, IS_RAGGED).rows() == meant


def test_every_messy_file_is_expected_to_be_something():
    there = {path.name for path in _public("csv_mess").iterdir() if path.is_file()}
    assert there == set(_MESS)


@pytest.mark.parametrize(
    ("name", "layout", "n_rows"),
    [
        ("test_date_format.csv", Layout(delimiter=","), 2),
        ("no_header_row.csv", Layout(header="no"), 1),
        ("test_extra_header.csv", Layout(skip=1, names=("a", "b", "c")), 1),
    ],
)
def test_what_is_refused_as_it_is_can_be_read_as_told(name, layout, n_rows):
    assert _frame(open_delivered(_public(f"csv_mess/{name}"), layout)).height == n_rows


def test_the_spectrum_of_csv():
    folder = _public("csv_mess/csv-spectrum")
    names = sorted(path.stem for path in (folder / "csvs").iterdir())
    assert len(names) == 12
    for name in names:
        frame = _frame(open_delivered(folder / "csvs" / f"{name}.csv"))
        meant = json.loads((folder / "json" / f"{name}.json").read_text())
        rows = frame.drop(ROW_NUMBER, IS_RAGGED).fill_null("").to_dicts()
        assert _told(rows) == _told(meant if isinstance(meant, list) else [meant]), name


def _told(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Without the one column in which the suite contradicts itself."""
    return [{k: v for k, v in row.items() if k != "Contact Phone Number"} for row in rows]
