"""Columns of extracts: dates, times and numbers as a sender's system exports them."""

import polars as pl

from flow_pipeline.synthetic import clock
from flow_pipeline.synthetic.clock import MINUTES_PER_DAY, NEVER, Period
from flow_pipeline.synthetic.life import Life
from flow_pipeline.synthetic.spells import FOREVER


def date(column: str, name: str) -> pl.Expr:
    value = pl.col(column).cast(pl.Int32)
    known = pl.when(pl.col(column) < NEVER).then(value)
    return known.cast(pl.Date).alias(name)


def day_of_minute(column: str, name: str) -> pl.Expr:
    known = pl.when(pl.col(column) < FOREVER).then(pl.col(column) // MINUTES_PER_DAY)
    return known.cast(pl.Int32).cast(pl.Date).alias(name)


def time_of_minute(column: str, name: str) -> pl.Expr:
    known = pl.when(pl.col(column) < FOREVER).then(pl.col(column) % MINUTES_PER_DAY)
    return (known * 60_000_000_000).cast(pl.Time).alias(name)


def moment(column: str, name: str) -> pl.Expr:
    known = pl.when(pl.col(column) < FOREVER).then(pl.col(column) * 60_000_000)
    return known.cast(pl.Datetime("us")).alias(name)


def text(value: str, name: str) -> pl.Expr:
    return pl.lit(value).alias(name)


def number(life_: Life, column: str, prefix: str) -> pl.Expr:
    """A sender's own number for a thing: prefix, block and a running number."""
    running = pl.col(column).cast(pl.String).str.zfill(7)
    return pl.lit(f"{prefix}{life_.block.number:02d}") + running


def event_key(life_: Life, family: str, column: str) -> pl.Expr:
    running = pl.col(column).cast(pl.String)
    return (pl.lit(f"{family}-{life_.block.number}-") + running).alias("_event")


def each_quarter(rows: pl.DataFrame, start: str, end: str, period: Period) -> pl.DataFrame:
    """Rows repeated for each quarter that their interval touches; ``_file_day`` is its last day."""
    last = [clock.day_of(m) - 1 for m in period.months()[3::3]] + [period.end]
    parts = []
    for number_, day in enumerate(last):
        first = period.start if number_ == 0 else last[number_ - 1] + 1
        touching = (pl.col(start) <= day) & (pl.col(end) >= first)
        parts.append(rows.filter(touching).with_columns(pl.lit(day).alias("_file_day")))
    return pl.concat(parts)
