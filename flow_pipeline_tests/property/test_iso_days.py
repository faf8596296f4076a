"""Days read many at a time are those that Python reads one at a time."""

import datetime as dt
import re

import polars as pl
from hypothesis import example, given
from hypothesis import strategies as st

from flow_pipeline.ingest.iso_days import iso_days

_WRITTEN = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DAY = st.dates().map(dt.date.isoformat)
_NEARLY = st.from_regex(r"[0-9]{4}[-/0][0-9]{2}[-.0][0-9]{2}[ T0-9]?", fullmatch=True)
_DAMAGED = st.builds(
    lambda day, at, sign: day[:at] + sign + day[at + 1 :], _DAY, st.integers(0, 10), st.characters()
)
_TEXTS = st.lists(st.none() | _DAY | _NEARLY | _DAMAGED | st.text(max_size=14), max_size=30)


def _one(text: str | None) -> dt.date | None:
    if text is None or not _WRITTEN.fullmatch(text):
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


@given(_TEXTS, st.integers(0, 5))
@example(["2024-02-29", "2023-02-29", "1900-02-29", "2000-02-29", "2024-13-01", "2024-00-10"], 0)
@example(["2024-04-31", "2024-04-30", "2024-12-31", "2024-12-00", "9999-12-31", "0001-01-01"], 0)
@example(["2024-05-01\x00", "2024-05-0", "٢٠٢٤-٠٥", "2024-05-01T", ":024-05-01", "/024-05-01"], 0)
@example([None, None], 0)
def test_days_are_those_that_python_reads(texts: list[str | None], start: int) -> None:
    texts = [text for text in texts if not (text or "").startswith("0000")]  # Python has no year 0
    whole = pl.Series("day", texts, dtype=pl.String)
    expected = [_one(text) for text in texts]
    assert iso_days(whole).to_list() == expected
    assert iso_days(whole.slice(start)).to_list() == expected[start:]
    in_pieces = pl.concat([whole.head(start), whole.slice(start)], rechunk=False)
    assert iso_days(in_pieces).to_list() == expected
