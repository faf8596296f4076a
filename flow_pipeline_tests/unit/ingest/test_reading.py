"""Delivered files: what is read, and what is refused in words."""

import gzip
from pathlib import Path

import polars as pl
import pytest

from flow_pipeline.errors import InputRefused
from flow_pipeline.ingest.mapping import IS_RAGGED, ROW_NUMBER
from flow_pipeline.ingest.reading import digest_of, read_delivered
from flow_pipeline_tests.public_data import PUBLIC_DATA

_GOOD = b"a,b\n1,2\n3,4\n"


def _read(folder: Path, content: bytes) -> list[tuple[int, bool, str | None, str | None]]:
    """Row number, ragged, a, b."""
    path = folder / "file.csv"
    path.write_bytes(content)
    frame = read_delivered(path).frame.collect()
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
        _GOOD.replace(b"\n", b"\r\n"),
        _GOOD.rstrip(),
        gzip.compress(_GOOD),
        gzip.compress(_GOOD[:6]) + gzip.compress(_GOOD[6:]),
        b"\n\n" + _GOOD,
        b"a,b\n1,2\n\n3,4\n\n",
        b'"a","b"\n"1","2"\n"3","4"\n',
        b"a,b\n1,2,\n3,4,\n",
    ],
)
def test_the_same_table_however_it_is_written(tmp_path, content):
    assert _read(tmp_path, content) == _PLAIN


def test_parquet_is_known_by_its_content(tmp_path):
    path = tmp_path / "file.csv"
    pl.DataFrame({"a": ["1", ""], "b": [2, None]}).write_parquet(path)
    frame = read_delivered(path).frame.select(ROW_NUMBER, IS_RAGGED, "a", "b").collect()
    assert frame.rows() == [(1, False, "1", 2), (2, False, None, None)]


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        (b'a,b\n"x\ny",2\n3,4\n', [(1, False, "x\ny", "2"), (2, False, "3", "4")]),
        (b'a,b\n"x ""y""",2\n3,""\n', [(1, False, 'x "y"', "2"), (2, False, "3", None)]),
        (b'a,b\n5",2\n3,4\n', [(1, False, '5"', "2"), (2, False, "3", "4")]),
        (b'a,b\n5",2\n6",4\n', [(1, False, '5"', "2"), (2, False, '6"', "4")]),
        (b"a,b\n,\n3,4\n", [(1, False, None, None), (2, False, "3", "4")]),
    ],
)
def test_quotes_and_empty_values(tmp_path, content, rows):
    assert _read(tmp_path, content) == rows


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


def test_last_columns_that_no_row_has_were_not_sent(tmp_path):
    path = tmp_path / "file.csv"
    path.write_text("a,b,c\n1,2\n3,4\n5,6\n")
    delivered = read_delivered(path)
    assert delivered.n_ragged == 0
    assert delivered.frame.collect()["c"].to_list() == [None, None, None]
    assert delivered.notes == ("the last 1 columns of the header are in no row",)


def test_columns_without_a_name_of_their_own_cannot_be_mapped(tmp_path):
    path = tmp_path / "file.csv"
    path.write_text("a,,a,b\n1,2,3,4\n")
    delivered = read_delivered(path)
    assert delivered.unnamed == (1, 2, 3)
    assert "a" not in delivered.frame.collect_schema().names()


def test_the_digest_is_of_the_bytes(tmp_path):
    path = tmp_path / "file.csv.gz"
    path.write_bytes(gzip.compress(_GOOD) + b"trailing")
    plain = tmp_path / "file.csv"
    plain.write_bytes(_GOOD)
    assert read_delivered(plain).digest == digest_of(plain)
    with pytest.raises(InputRefused):
        read_delivered(path)


SECRET = "Zebedee"
_REFUSED = {
    "nothing at all": (b"", "empty"),
    "blank lines": (b"\n\r\n\n", "empty"),
    "a byte-order mark alone": (b"\xef\xbb\xbf", "empty"),
    "a header without rows": (b"a,b\n", "no rows"),
    "a header without rows, quoted": (b'a,"b"', "no rows"),
    "another delimiter": (b"a~b\nZebedee~2\n", "delimiter"),
    "Latin-1": ("a,b\nZebedee,é\n".encode("latin-1"), "UTF-8"),
    "UTF-16": ("a,b\nZebedee,2\n".encode("utf-16"), "UTF-8"),
    "zero bytes": (b"a,b\nZebedee,\x00\n", "UTF-8"),
    "gzip cut off": (gzip.compress(b"a,b\n" + b"Zebedee,2\n" * 5000)[:-9], "gzip"),
    "gzip damaged": (gzip.compress(_GOOD)[:-8] + b"\x00" * 8, "gzip"),
    "a zip archive": (b"PK\x03\x04Zebedee", "zip"),
    "PDF": (b"%PDF-1.7\nZebedee", "PDF"),
    "a web page": (b"<!DOCTYPE html><p>Zebedee, hello</p>\n<p>x,y</p>", "web page"),
    "JSON": (b'[{"name": "Zebedee", "b": 2}]\n', "JSON"),
    "Parquet cut off": (b"PAR1Zebedee", "Parquet"),
    "a quotation mark never closed": (b'a,b\n1,"Zebedee\n2,6\n3,x\n', "quotation mark"),
    "no row as wide as the header": (b"a,b\n1,Zebedee,3\n4,5,6\n", "no row"),
    "gzip of a picture": (gzip.compress(b"\x89PNG\r\nZebedee"), "picture"),
}


@pytest.mark.parametrize("case", _REFUSED)
def test_what_is_no_table_is_refused_in_words_without_a_value(tmp_path, case):
    content, says = _REFUSED[case]
    path = tmp_path / "extract.csv"
    path.write_bytes(content)
    with pytest.raises(InputRefused, match=says) as refusal:
        read_delivered(path)
    assert str(path) in str(refusal.value)
    assert SECRET not in str(refusal.value)
    assert refusal.value.__cause__ is None
    assert refusal.value.__suppress_context__ or refusal.value.__context__ is None


def test_a_file_that_is_not_there_or_a_folder_is_refused(tmp_path):
    for path in (tmp_path, tmp_path / "gone.csv"):
        with pytest.raises(InputRefused, match="cannot be read"):
            read_delivered(path)


def test_a_row_longer_than_a_block_is_read(tmp_path):
    long = "x" * (5 << 20)
    assert _read(tmp_path, f"a,b\n{long},2\n".encode()) == [(1, False, long, "2")]


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
        ("csv_mess/bad.csv", 3, 2),
        ("csv_mess/mac_newlines.csv", 2, 0),
        ("csv_mess/test_header_newline.csv", 1, 0),
        ("csv_mess/dummy.csv.gz", 1, 0),
    ],
)
def test_files_that_others_made(name, n_rows, n_ragged):
    delivered = read_delivered(_public(name))
    assert (delivered.n_rows, delivered.n_ragged) == (n_rows, n_ragged)
