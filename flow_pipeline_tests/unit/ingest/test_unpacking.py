"""Packed files: one table inside or several alike, and what an archive must not be able to do."""

import bz2
import gzip
import io
import lzma
import tarfile
import warnings
import zipfile
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest

from flow_pipeline.errors import InputRefused
from flow_pipeline.ingest.mapping import ROW_NUMBER
from flow_pipeline.ingest.reading import open_delivered
from flow_pipeline_tests.unit.ingest.workbooks import workbook

_GOOD = b"a,b\n1,2\n3,4\n"
SECRET = "Zebedee"


def _zip(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()


def _read(folder: Path, content: bytes) -> pl.DataFrame:
    path = folder / "extract"
    path.write_bytes(content)
    return pl.concat(open_delivered(path).batches())


@pytest.mark.parametrize(
    "content",
    [
        gzip.compress(_GOOD),
        gzip.compress(_GOOD) + b"\0" * 512,
        bz2.compress(_GOOD[:5]) + bz2.compress(_GOOD[5:]),
        lzma.compress(_GOOD),
        pa.compress(_GOOD, "zstd", asbytes=True),
        pa.compress(_GOOD[:5], "zstd", asbytes=True) + pa.compress(_GOOD[5:], "zstd", asbytes=True),
        _zip({"x.csv": _GOOD}),
        _zip({"x.csv": _GOOD}, zipfile.ZIP_STORED),
        _zip({"x.csv": _GOOD}, zipfile.ZIP_BZIP2),
        _zip({"x.csv": _GOOD}, zipfile.ZIP_LZMA),
        _zip({"May/": b"", "May/x.csv": _GOOD, "__MACOSX/May/._x.csv": b"\0", "Thumbs.db": b"\0"}),
        _zip({"x.csv.gz": gzip.compress(_GOOD)}),
        _zip({"x.csv": _GOOD.decode().encode("utf-16")}),
        _zip({"../../x.csv": _GOOD}),
        gzip.compress(_GOOD.decode().encode("utf-16")),
    ],
)
def test_the_same_table_however_it_is_packed(tmp_path, content):
    assert _read(tmp_path, content).drop("_flow_is_ragged").rows() == [(1, "1", "2"), (2, "3", "4")]


def test_tables_of_one_header_are_read_one_after_the_other(tmp_path):
    members = {"2.csv": b"a;b\n5;6\n", "1.csv": _GOOD, "3.csv": b'\xef\xbb\xbf"a",b\r\n7,8\r\n'}
    frame = _read(tmp_path, _zip(members))
    assert frame.select(ROW_NUMBER, "a", "b").rows() == [
        (1, "1", "2"),
        (2, "3", "4"),
        (3, "5", "6"),
        (4, "7", "8"),
    ]


def test_nothing_is_written_beside_the_file(tmp_path):
    folder = tmp_path / "landing"
    folder.mkdir()
    _read(folder, _zip({"../outside.csv": _GOOD, "/inside.csv": _GOOD}))
    assert [path.name for path in tmp_path.rglob("*")] == ["landing", "extract"]


def test_files_are_closed(tmp_path):
    for content in (
        _GOOD,
        gzip.compress(_GOOD),
        _zip({"x.csv": _GOOD}),
        workbook({"s": [["a", "b"], [1, 2]]}),
    ):
        with warnings.catch_warnings():
            warnings.simplefilter("error", ResourceWarning)
            assert _read(tmp_path, content).height


def _encrypted() -> bytes:
    data = bytearray(_zip({"x.csv": _GOOD}))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + offset] |= 1
    return bytes(data)


def _of_another_method() -> bytes:
    data = bytearray(_zip({"x.csv": _GOOD}))
    for mark, offset in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        data[data.index(mark) + offset] = 9  # Deflate64, which Windows writes for large files
    return bytes(data)


def _tar() -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        member = tarfile.TarInfo("Zebedee.csv")
        member.size = len(_GOOD)
        archive.addfile(member, io.BytesIO(_GOOD))
    return packed.getvalue()


_REFUSED = {
    "two headers": (_zip({"x.csv": _GOOD, "y.csv": b"a,c\n1,Zebedee\n"}), "2 tables whose headers"),
    "nothing inside": (_zip({}), "holds no table"),
    "folders only": (_zip({"Zebedee/": b""}), "holds no table"),
    "very many files": (_zip({f"Zebedee{n}": b"" for n in range(1001)}), "holds 1001 files"),
    "encrypted": (_encrypted(), "encrypted"),
    "another method": (_of_another_method(), "not supported"),
    "cut off": (_zip({"x.csv": _GOOD * 50})[:-20], "cut off"),
    "damaged": (_zip({"x.csv": b"Zebedee" * 50}).replace(b"x.csv", b"y.csv", 1), "damaged"),
    "a picture inside": (_zip({"Zebedee.png": b"\x89PNG\r\n"}), "picture"),
    "a workbook inside": (_zip({"x.xlsx": workbook({"s": [["a"]]})}), "packed twice"),
    "a tar archive": (gzip.compress(_tar()), "tar archive"),
    "Parquet inside": (_zip({"x": b"PAR1Zebedee"}), "packed twice"),
    "bzip2 cut off": (bz2.compress(b"a,b\n" + b"Zebedee,2\n" * 99)[:-9], "bzip2"),
    "bzip2 damaged": (b"BZh9" + b"Zebedee" * 9, "bzip2"),
    "xz cut off": (lzma.compress(b"a,b\n" + b"Zebedee,2\n" * 99)[:-9], "xz"),
    "zstd damaged": (b"\x28\xb5\x2f\xfd" + b"Zebedee" * 9, "zstd"),
}


@pytest.mark.parametrize("case", _REFUSED)
def test_what_cannot_be_unpacked_is_refused_in_words_without_a_value(tmp_path, case):
    content, says = _REFUSED[case]
    with pytest.raises(InputRefused, match=says) as refusal:
        _read(tmp_path, content)
    assert SECRET not in str(refusal.value)
    assert refusal.value.__cause__ is None


def test_a_value_without_end_is_not_held_to_its_end(tmp_path):
    """80 MB in one value that never ends: refused before all of it is held."""
    packed = gzip.compress(b'a,b\n1,"' + b"x" * (80 << 20), 1)
    with pytest.raises(InputRefused, match="never closed"):
        _read(tmp_path, packed)
