"""Times: local and UTC, their precision, their order, and what lies between two of them.

A moment is three columns: ``<name>_at`` (local wall clock), ``<name>_at_utc`` and
``<name>_precision`` (minute or date). A date-only moment stands at 00:00 (definition: time).
"""

import polars as pl

from flow_pipeline.calendar import did_not_exist, to_later_utc, to_utc
from flow_pipeline.contracts.language import At

REPEATED_HOUR = "time_in_repeated_hour"
MISSING_HOUR = "time_in_missing_hour"
MINUTES_PER_DAY = 1440
_DAY = 200_000_000_000  # more microseconds than any local day has, so days never mix
_NULL_TIME = pl.lit(None, pl.Datetime("us"))


def wall_clock(at: At | None) -> pl.Expr:
    """The moment as delivered: local, 00:00 where it has no time; null where there is none."""
    if at is None:
        return _NULL_TIME
    if at.datetime is not None:
        return pl.col(at.datetime).cast(pl.Datetime("us"))
    day = pl.col(str(at.date)).cast(pl.Datetime("us"))
    if at.time is None:
        return day
    return day + since_midnight(pl.col(at.time)).fill_null(pl.duration(days=0))


def since_midnight(time: pl.Expr) -> pl.Expr:
    """A time of day written HH:MM:SS as a duration."""
    return time.str.to_time("%H:%M:%S", strict=False).cast(pl.Duration("us"))


def precision(at: At | None) -> pl.Expr:
    """``minute`` where the moment has a time, ``date`` where not, null where there is no moment."""
    if at is None:
        return pl.lit(None, pl.String)
    if at.datetime is not None:
        return pl.when(pl.col(at.datetime).is_not_null()).then(pl.lit("minute"))
    known = pl.col(at.time).is_not_null() if at.time else pl.lit(False)
    word = pl.when(known).then(pl.lit("minute")).otherwise(pl.lit("date"))
    return pl.when(pl.col(str(at.date)).is_not_null()).then(word)


def moment(name: str, at: At | None) -> list[pl.Expr]:
    """``<name>_at`` as delivered and ``<name>_precision``."""
    return [wall_clock(at).alias(f"{name}_at"), precision(at).alias(f"{name}_precision")]


def end_utc(end: pl.Expr, start_utc: pl.Expr) -> pl.Expr:
    """UTC of an end: its first occurrence, unless that puts it before the start."""
    first = to_utc(end)
    return pl.when(first < start_utc).then(to_later_utc(end)).otherwise(first)


def clock_change_flags(local: pl.Expr) -> pl.Expr:
    """The flag of a time that the clock change made doubtful, null elsewhere."""
    repeated = to_utc(local) != to_later_utc(local)
    return (
        pl.when(did_not_exist(local))
        .then(pl.lit(MISSING_HOUR))
        .when(repeated)
        .then(pl.lit(REPEATED_HOUR))
    )


def _day_number(local: pl.Expr) -> pl.Expr:
    return local.dt.date().cast(pl.Int32).cast(pl.Int64)


def _within_day(local: pl.Expr, utc: pl.Expr) -> pl.Expr:
    """Microseconds in the local day, counted in UTC so that a repeated hour keeps its order."""
    midnight = local.dt.date().cast(pl.Datetime("us"))
    return (utc - midnight).dt.total_microseconds() + 2 * 3_600_000_000  # never below zero


def _key(name: str, unknown_time: int) -> pl.Expr:
    local, utc = pl.col(f"{name}_at"), pl.col(f"{name}_at_utc")
    known = pl.col(f"{name}_precision") == "minute"
    return _day_number(local) * _DAY + pl.when(known).then(_within_day(local, utc)).otherwise(
        unknown_time
    )


def start_key(name: str = "start") -> pl.Expr:
    """An integer that orders moments: date, then time, with an unknown time last.

    ``start_key < end_key`` says that a start is surely before an end: on one day, a moment
    without a time is neither before nor after another (definition: time).
    """
    return _key(name, _DAY - 1)


def end_key(name: str = "end") -> pl.Expr:
    """The same with an unknown time first: what to hold a ``start_key`` against."""
    return _key(name, 0)


def minutes_between(first: str, second: str) -> pl.Expr:
    """Minutes from one moment to another: in UTC, or whole days where either is only a date."""
    exact = pl.all_horizontal(
        pl.col(f"{first}_precision") == "minute", pl.col(f"{second}_precision") == "minute"
    )
    utc = (pl.col(f"{second}_at_utc") - pl.col(f"{first}_at_utc")).dt.total_minutes()
    days = (pl.col(f"{second}_at").dt.date() - pl.col(f"{first}_at").dt.date()).dt.total_days()
    return pl.when(exact).then(utc).otherwise(days * MINUTES_PER_DAY)


def days_between(first: pl.Expr, second: pl.Expr) -> pl.Expr:
    """Local dates from one local moment to another, in days."""
    return (second.dt.date() - first.dt.date()).dt.total_days()
