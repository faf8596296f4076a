"""One extract in many guises becomes the same accepted rows."""

import datetime as dt
import io
import zipfile
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest

from flow_pipeline.config import load_economy
from flow_pipeline_tests.unit.ingest.deliveries import (
    CONFIG,
    HEADER,
    ROW,
    TODAY,
    Whole,
    economy,
    ingest_file,
)
from flow_pipeline_tests.unit.ingest.workbooks import workbook

_ROWS = [ROW.format(n=n) for n in range(1, 5)]
_TEXT = "\n".join([HEADER, *_ROWS]) + "\n"
_PREAMBLE = "Appointments; May 2023\nMade by,the practice\n\n"


def _taken(folder: Path, content: bytes, layout: str = "{}") -> Whole:
    config = CONFIG.replace("    columns:", f"    layout: {layout}\n    columns:")
    read = load_economy(economy(folder, config))
    [source] = read.sources
    [path] = source.files
    path.write_bytes(content)
    return ingest_file(path, [source], period=(read.period_start, read.period_end), today=TODAY)


def _accepted(whole: Whole) -> pl.DataFrame:
    return whole.intakes[0].parsed.accepted.collect().drop("submission_id", strict=False)


def _sheet() -> bytes:
    cells = [row.split(",") for row in _ROWS]
    typed = [[a, b, dt.datetime.fromisoformat(c), *rest] for a, b, c, *rest in cells]
    return workbook({"About": [["x"]], "May": [["Appointments"], [], HEADER.split(","), *typed]})


def _zip() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, rows in (("a", _ROWS[:1]), ("b", _ROWS[1:])):
            archive.writestr(name, "\r\n".join([HEADER, *rows]))
    return packed.getvalue()


def _in_quotes(line: str) -> str:
    return ",".join(f"'{value}'" for value in line.split(","))


_GUISES: dict[str, tuple[bytes, str]] = {
    "UTF-16 with tabs, as Excel saves it": (_TEXT.replace(",", "\t").encode("utf-16"), "{}"),
    "lines before the header": ((_PREAMBLE + _TEXT).encode(), "{}"),
    "lines to skip": ((_PREAMBLE + _TEXT).encode(), "{skip: 3}"),
    "a header in the middle": ("\n".join([HEADER, *_ROWS[:2], HEADER, *_ROWS[2:]]).encode(), "{}"),
    "no header": ("\n".join(_ROWS).encode(), f"{{names: [{HEADER}]}}"),
    "single quotation marks": ("\n".join(map(_in_quotes, [HEADER, *_ROWS])).encode(), "{}"),
    "zstd": (pa.compress(_TEXT.encode(), "zstd", asbytes=True), "{}"),
    "two tables in a zip archive": (_zip(), "{}"),
    "a sheet": (_sheet(), "{sheet: May}"),
}


@pytest.mark.parametrize("guise", _GUISES)
def test_an_extract_in_any_guise_becomes_the_same_rows(tmp_path, guise):
    plain = _accepted(_taken(tmp_path, _TEXT.encode()))
    assert plain.height == 4
    taken = _taken(tmp_path, *_GUISES[guise])
    assert _accepted(taken).equals(plain)
    assert taken.n_rows == 4
