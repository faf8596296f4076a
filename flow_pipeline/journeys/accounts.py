"""Where the time of a journey went: care, recorded waits, and the rest (definition: waits)."""

import polars as pl

from flow_pipeline.journeys.runs import reached_before

_DAY, _MINUTE = 86_400_000_000, 60_000_000  # microseconds


def with_accounts(steps: pl.LazyFrame, spans: pl.LazyFrame) -> pl.LazyFrame:
    """``steps``, in their order, with care and wait in microseconds: what each adds to its journey.

    All times of a journey are put on one axis, ``spans.is_exact`` saying which: UTC where every
    time in it has a minute, else local time, where a date stands at 00:00 and a day is a day.
    Care is the union of the steps; a wait runs from the clock, or the end of all care before it
    if that is later, to the step. So nothing is counted twice.
    """
    placed = steps.join(spans.select("chain", "is_exact", "from_axis"), on="chain")
    placed = placed.with_columns(
        pl.max_horizontal(on_axis("start"), "from_axis").alias("begins"),
        on_axis("end").alias("ends"),
        on_axis("clock").alias("since"),
    ).sort("step")
    placed = placed.with_columns(pl.max_horizontal("begins", "ends").alias("ends"))
    reached = reached_before(pl.col("ends"), pl.col("chain"))
    placed = placed.with_columns(reached.alias("reached"))
    new_care = pl.col("ends") - pl.max_horizontal("begins", "reached")
    waited = pl.col("begins") - pl.max_horizontal("since", "reached")
    clocked = pl.col("since").is_not_null() & pl.col("reached").is_not_null()
    placed = placed.with_columns(
        new_care.clip(lower_bound=0).alias("care"),
        pl.when(clocked).then(waited.clip(lower_bound=0)).otherwise(0).alias("wait"),
    )
    return placed.drop("is_exact", "from_axis", "begins", "ends", "since", "reached")


def accounts(steps: pl.LazyFrame) -> pl.LazyFrame:
    """chain, care, wait and longest_wait in microseconds of each journey, of its ``steps`` (with
    accounts)."""
    return steps.group_by("chain").agg(
        pl.col("care").sum().alias("care"),
        pl.col("wait").sum().alias("wait"),
        pl.col("wait").max().alias("longest_wait"),
    )


def on_axis(name: str) -> pl.Expr:
    """Microseconds of a moment on its journey's axis."""
    utc, local = pl.col(f"{name}_at_utc"), pl.col(f"{name}_at")
    return pl.when("is_exact").then(utc).otherwise(local).dt.timestamp("us")


def clock_wait_minutes() -> pl.Expr:
    """Whole minutes of recorded waiting for a step; null where no clock says since when."""
    minutes = pl.col("wait") // _MINUTE
    return pl.when(pl.col("wait_basis") != "gap").then(minutes).alias("clock_wait_minutes")


def in_days(microseconds: pl.Expr) -> pl.Expr:
    """Days, to a tenth of a second: the last bits of a division differ with the batch it is in."""
    return (microseconds / _DAY).round(6)
