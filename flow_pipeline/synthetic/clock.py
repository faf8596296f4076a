"""Days, minutes and the calendar of Anyborough.

A *day* is an integer: days since 1970-01-01. A *minute* is an integer: minutes since
1970-01-01 00:00, either local wall-clock time or UTC; names say which. Durations are drawn in
UTC and rendered in local time, so that clock changes fall out by themselves.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

import numpy as np
import polars as pl
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

MINUTES_PER_DAY = 1440
NEVER = 10**7  # a day after every other day
LAST_DAY = date(2026, 3, 31)
FIRST_YEAR = 2014  # of the calendar: a year and more before the longest period


def day_of(when: date) -> int:
    return (when - date(1970, 1, 1)).days


def date_of(day: int) -> date:
    return date(1970, 1, 1) + timedelta(days=int(day))


@dataclass(frozen=True)
class Period:
    """The financial years that are simulated, last day included."""

    years: int

    @property
    def start(self) -> int:
        return day_of(date(LAST_DAY.year - self.years, 4, 1))

    @property
    def end(self) -> int:
        return day_of(LAST_DAY)

    @property
    def n_days(self) -> int:
        return self.end - self.start + 1

    @property
    def half_way(self) -> int:
        """First of the month half-way through: when the intervention starts."""
        months = self.years * 6
        first = date_of(self.start)
        index = first.month - 1 + months
        return day_of(date(first.year + index // 12, index % 12 + 1, 1))

    def months(self) -> list[date]:
        first = date_of(self.start)
        return [
            date(first.year + (first.month - 1 + m) // 12, (first.month - 1 + m) % 12 + 1, 1)
            for m in range(self.years * 12)
        ]


def easter(year: int) -> date:
    """Western Easter Sunday (the anonymous Gregorian algorithm)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    j, k = divmod(c, 4)
    m = (a + 11 * h) // 319
    r = (2 * e + 2 * j - k - h + m + 32) % 7
    month = (h - m + r + 90) // 25
    return date(year, month, (h - m + r + month + 19) % 32)


def _monday(year: int, month: int, last: bool) -> date:
    if last:
        end = date(year, month, 31)
        return end - timedelta(days=end.weekday())
    first = date(year, month, 1)
    return first + timedelta(days=-first.weekday() % 7)


def _moved_off_weekend(days: list[date]) -> list[date]:
    taken: list[date] = []
    for day in days:
        while day.weekday() > 4 or day in taken:
            day += timedelta(days=1)
        taken.append(day)
    return taken


@cache
def bank_holidays(year: int) -> frozenset[int]:
    """Bank holidays in England, as days."""
    sunday = easter(year)
    days = [sunday - timedelta(days=2), sunday + timedelta(days=1)]
    days += [_monday(year, 5, False), _monday(year, 5, True), _monday(year, 8, True)]
    days += _moved_off_weekend([date(year, 1, 1)])
    days += _moved_off_weekend([date(year, 12, 25), date(year, 12, 26)])
    if year == 2023:
        days.append(date(2023, 5, 8))  # coronation
    return frozenset(day_of(day) for day in days)


def is_bank_holiday(days: Ints) -> Bools:
    all_days = set().union(*(bank_holidays(year) for year in range(FIRST_YEAR, 2028)))
    return np.isin(days, np.fromiter(sorted(all_days), dtype=np.int64))


def weekday(days: Ints) -> Ints:
    """Monday 0 … Sunday 6."""
    return (np.asarray(days) + 3) % 7


def is_working_day(days: Ints) -> Bools:
    return (weekday(days) < 5) & ~is_bank_holiday(days)


def winter(days: Ints) -> Floats:
    """A yearly wave, 1 in mid-January and −1 in mid-July."""
    return np.cos((np.asarray(days) - day_of(date(2024, 1, 14))) * (2 * np.pi / 365.25))


@cache
def _clock_changes() -> tuple[Ints, Ints]:
    """UTC minutes at which summer time starts and ends, from FIRST_YEAR."""
    starts: list[int] = []
    ends: list[int] = []
    for year in range(FIRST_YEAR, 2028):
        for month, into in ((3, starts), (10, ends)):
            last = date(year, month, 31)
            sunday = last - timedelta(days=(last.weekday() + 1) % 7)
            into.append(day_of(sunday) * MINUTES_PER_DAY + 60)
    return np.array(starts), np.array(ends)


def to_local(utc: Ints) -> Ints:
    starts, ends = _clock_changes()
    summer = np.searchsorted(starts, utc, "right") > np.searchsorted(ends, utc, "right")
    return np.asarray(utc) + 60 * summer


def to_utc(local: Ints) -> Ints:
    """Local wall-clock minutes to UTC; a time that did not exist is read as the hour before."""
    guess = np.asarray(local) - 60
    return np.where(to_local(guess) == local, guess, np.asarray(local))


def as_date(name: str, days: Ints, known: Bools | None = None) -> pl.Series:
    """Days to a Date column; NEVER and unknown days are null."""
    values = np.asarray(days, dtype=np.int64)
    missing = values >= NEVER if known is None else ~known | (values >= NEVER)
    column = pl.Series(name, np.where(missing, 0, values).astype(np.int32)).cast(pl.Date)
    return _null_where(column, missing)


def _null_where(column: pl.Series, missing: Bools) -> pl.Series:
    if not missing.any():
        return column
    frame = pl.DataFrame([column, pl.Series("missing", missing)])
    return frame.select(
        pl.when("missing").then(None).otherwise(pl.col(column.name)).alias(column.name)
    )[column.name]


def draw_days(rng: np.random.Generator, n: int, first: int, weights: Floats) -> Ints:
    """n days from ``first`` on, with the given weight per day."""
    cumulative = np.cumsum(weights)
    return first + np.searchsorted(cumulative, rng.random(n) * cumulative[-1], "right")
