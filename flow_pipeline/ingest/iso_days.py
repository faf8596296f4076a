"""Days as ISO 8601 writes them, 2024-05-01, read many at a time.

Arrow keeps a text of up to twelve bytes as four words of four: its length, then the bytes, zero
behind the last. So a column of days is read by a few sums over three words each, not sign by sign.
"""

from functools import cache

import numpy as np
import polars as pl

_LENGTH = 10
_MONTHS, _YEARS, _EPOCH = 12, 10_000, 1970
# The words of YYYY-MM-DD, lowest byte first, as they are where every digit is 0; and what, added to
# each byte of the difference to them, sets its highest bit where it is no digit, or not the sign.
_YEAR, _YEAR_IS_WRONG = 0x30303030, 0x76767676
_MONTH, _MONTH_IS_WRONG = 0x2D30302D, 0x7F76767F
_DAY, _DAY_IS_WRONG = 0x00003030, 0x7F7F7676
_HIGHEST_BITS = 0x80808080


def iso_days(values: pl.Series) -> pl.Series:
    """Dates of texts; null for what is not just YYYY-MM-DD, or a day that no calendar has."""
    length, year, month, day = _words(values)
    year, month, day = year ^ _YEAR, month ^ _MONTH, day ^ _DAY
    wrong = (year + _YEAR_IS_WRONG) | year
    wrong |= (month + _MONTH_IS_WRONG) | month
    wrong |= (day + _DAY_IS_WRONG) | day
    is_written = (length == _LENGTH) & (wrong & _HIGHEST_BITS == 0)
    days, is_day = _days(
        _number(year) * 100 + _number(year >> 16), _number(month >> 8), _number(day)
    )
    texts = pl.DataFrame({"text": values, "day": days, "is_day": is_written & is_day})
    told = pl.when(pl.col("is_day") & pl.col("text").is_not_null()).then(pl.col("day"))
    return texts.select(told.cast(pl.Date).alias(values.name)).to_series()


def _words(values: pl.Series) -> np.ndarray:
    """The words of every text: four rows, a column for each text."""
    texts = values.to_arrow(compat_level=pl.CompatLevel.newest())
    words = np.frombuffer(texts.buffers()[1], dtype="<u4").reshape(-1, 4)
    return words[texts.offset : texts.offset + len(texts)].T


def _number(digits: np.ndarray) -> np.ndarray:
    """What the digits in the two lowest bytes come to, the first of them in the lowest."""
    return (digits & 0xFF) * 10 + (digits >> 8 & 0xFF)


def _days(year: np.ndarray, month: np.ndarray, day: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Days since 1970, and whether the calendar has them; any number where it has not."""
    is_month = (month >= 1) & (month <= _MONTHS) & (year < _YEARS)
    place = np.where(is_month, year * _MONTHS + month - 1, 0)
    starts = _month_starts()
    found = starts[place] + day.astype(np.int32) - 1
    return found, is_month & (day >= 1) & (found < starts[place + 1])


@cache
def _month_starts() -> np.ndarray:
    """The first day of every month from year 0, counted from 1970, and of that behind the last."""
    months = np.arange(_YEARS * _MONTHS + 1) - _EPOCH * _MONTHS
    return months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int32)
