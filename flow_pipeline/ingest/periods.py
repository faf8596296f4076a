"""The period a delivered file covers, found from its rows."""

import datetime as dt

import polars as pl

FEWEST_SHARE = 0.02


def derived_period(starts: pl.Series) -> tuple[dt.date | None, dt.date | None]:
    """First and last date of the months that hold at least 2 % of the rows.

    In:  dates on which rows begin, in any order. Out: the first day of the first such month and
    the last day of the last; the span of all months where none holds that share; nulls for no
    rows. Source of the definition: domain.md §5, T02.
    """
    if starts.is_empty():
        return None, None
    months = starts.dt.truncate("1mo").alias("month").to_frame().group_by("month").len()
    large = months.filter(pl.col("len") >= FEWEST_SHARE * len(starts))
    held = large if large.height else months
    first, last = held["month"].min(), held["month"].dt.month_end().max()
    return first, last  # type: ignore[return-value]
