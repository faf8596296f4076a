"""Dates as the service counts them: financial years, months, bank holidays."""

import datetime as dt
from functools import cache

import holidays
import polars as pl

LOCAL_TIME_ZONE = "Europe/London"
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
    return (
        moved_on(local)
        .dt.replace_time_zone(LOCAL_TIME_ZONE, ambiguous="earliest")
        .dt.convert_time_zone("UTC")
        .dt.replace_time_zone(None)
    )


def did_not_exist(local: pl.Expr) -> pl.Expr:
    """Whether a local wall-clock datetime falls into the hour that spring leaves out."""
    aware = local.dt.replace_time_zone(LOCAL_TIME_ZONE, ambiguous="earliest", non_existent="null")
    return aware.is_null() & local.is_not_null()


def moved_on(local: pl.Expr) -> pl.Expr:
    """``local``, with times that did not exist moved on one hour."""
    return pl.when(did_not_exist(local)).then(local.dt.offset_by("1h")).otherwise(local)


def financial_years_between(start: dt.date, end: dt.date) -> tuple[str, ...]:
    """The financial years that two days and all between them lie in, in order."""
    first, last = (int(financial_year(day)[:4]) for day in (start, end))
    return tuple(f"{year}/{(year + 1) % 100:02}" for year in range(first, last + 1))
