"""Dates as the service counts them: financial years, months, bank holidays."""

import datetime as dt
from collections.abc import Callable
from functools import cache

import holidays
import polars as pl

LOCAL_TIME_ZONE = "Europe/London"
_TIME = pl.Datetime("us")
_HOUR = 3_600_000_000
_YEAR = 24 * 366  # hours
_SPAN = 20 * _YEAR
_SUBDIVISIONS = {"england": "ENG", "scotland": "SCT"}


def financial_year(day: dt.date) -> str:
    """The financial year of a day, April to March: 2024-04-01 gives 2024/25."""
    start = day.year if day.month >= 4 else day.year - 1
    return f"{start}/{(start + 1) % 100:02}"


def financial_year_start(year: str) -> dt.date:
    """1 April of a financial year written ``2024/25``."""
    return dt.date(int(year[:4]), 4, 1)


def financial_year_end(year: str) -> dt.date:
    """31 March that ends a financial year written ``2024/25``."""
    return dt.date(int(year[:4]) + 1, 3, 31)


def financial_year_of(day: pl.Expr) -> pl.Expr:
    """The financial year of a date or datetime expression, as text; null stays null."""
    start = day.dt.year() - (day.dt.month() < 4).cast(pl.Int32)
    return pl.format("{}/{}", start, ((start + 1) % 100).cast(pl.String).str.zfill(2))


@cache
def bank_holidays(jurisdiction: str, first_year: int, last_year: int) -> frozenset[dt.date]:
    """Bank holidays of a jurisdiction (england or scotland) in the calendar years given."""
    days = holidays.country_holidays(
        "GB", subdiv=_SUBDIVISIONS[jurisdiction], years=range(first_year, last_year + 1)
    )
    return frozenset(days)


def calendar_frame(start: dt.date, end: dt.date, jurisdiction: str = "england") -> pl.LazyFrame:
    """The table ``calendar``: one row per day from ``start`` to ``end``, both included."""
    free = sorted(bank_holidays(jurisdiction, start.year, end.year))
    day = pl.col("date")
    return pl.LazyFrame({"date": pl.date_range(start, end, "1d", eager=True)}).select(
        day,
        day.dt.weekday().cast(pl.Int64).alias("weekday"),
        day.is_in(free).alias("is_bank_holiday"),
        financial_year_of(day).alias("financial_year"),
        ((day.dt.month().cast(pl.Int64) + 8) % 12 + 1).alias("financial_month"),
        day.dt.truncate("1mo").alias("month"),
    )


def to_utc(local: pl.Expr) -> pl.Expr:
    """A local wall-clock datetime (Europe/London, naive) as naive UTC.

    A time in the repeated autumn hour is its first occurrence; a spring time that did not exist
    moves on one hour (definition: time).
    """
    return local.map_batches(_with_shift(_to_utc_at_first), return_dtype=_TIME, is_elementwise=True)


def to_later_utc(local: pl.Expr) -> pl.Expr:
    """The same, but a time in the repeated autumn hour is its second occurrence."""
    return local.map_batches(_with_shift(_to_utc_at_last), return_dtype=_TIME, is_elementwise=True)


def moved_on(local: pl.Expr) -> pl.Expr:
    """``local``, with times that did not exist moved on one hour."""
    return local.map_batches(_with_shift(_moved_on), return_dtype=_TIME, is_elementwise=True)


def did_not_exist(local: pl.Expr) -> pl.Expr:
    """Whether a local wall-clock datetime falls into the hour that spring leaves out."""
    return moved_on(local) != local


@cache
def _with_shift(shifted: Callable[[pl.Expr], pl.Expr]) -> Callable[[pl.Series], pl.Series]:
    """A function of local times that adds to each what ``shifted`` adds to the hour it is in.

    Clocks change on the hour, so the rules of the time zone, which are slow, are asked once per
    hour: of a span of years once and for all, of times further apart once per hour that occurs.
    """

    @cache
    def of_span(first: int, last: int) -> pl.Series:
        return of_hours(pl.int_range(first, last, dtype=pl.Int64, eager=True))

    def of_hours(hours: pl.Series) -> pl.Series:
        named = (hours * _HOUR).cast(_TIME).alias("hour").to_frame()
        return named.select(shifted(pl.col("hour")) - pl.col("hour")).to_series()

    def each(local: pl.Series) -> pl.Series:
        times = local.cast(_TIME)
        hour = times.to_physical() // _HOUR
        first, last = hour.min(), hour.max()
        if isinstance(first, int) and isinstance(last, int) and last - first < _SPAN:
            start = first // _YEAR * _YEAR  # few spans, whatever the times
            return times + of_span(start, start + _SPAN + _YEAR).gather(hour - start)
        known = hour.drop_nulls().unique().sort()
        place = known.search_sorted(hour).set(hour.is_null(), None)
        return times + of_hours(known).gather(place)

    return each


def _moved_on(local: pl.Expr) -> pl.Expr:
    aware = local.dt.replace_time_zone(LOCAL_TIME_ZONE, ambiguous="earliest", non_existent="null")
    return pl.when(aware.is_null()).then(local.dt.offset_by("1h")).otherwise(local)


def _to_utc_at_first(local: pl.Expr) -> pl.Expr:
    return _in_utc(_moved_on(local).dt.replace_time_zone(LOCAL_TIME_ZONE, ambiguous="earliest"))


def _to_utc_at_last(local: pl.Expr) -> pl.Expr:
    return _in_utc(_moved_on(local).dt.replace_time_zone(LOCAL_TIME_ZONE, ambiguous="latest"))


def _in_utc(aware: pl.Expr) -> pl.Expr:
    return aware.dt.convert_time_zone("UTC").dt.replace_time_zone(None)


def financial_years_between(start: dt.date, end: dt.date) -> tuple[str, ...]:
    """The financial years that two days and all between them lie in, in order."""
    first, last = (int(financial_year(day)[:4]) for day in (start, end))
    return tuple(f"{year}/{(year + 1) % 100:02}" for year in range(first, last + 1))
