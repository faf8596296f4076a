"""Waits summed up by cumulative incidence: how long until the event, for all who waited.

A wait that has not ended is not a short wait, and who died did not wait on: an ordinary median of
the waits that ended says neither. Definition: domain, "Censoring".
"""

import datetime as dt
from collections.abc import Sequence

import polars as pl

from flow_pipeline.tables.flow import WAIT_SUMMARY

END_KINDS = ("event", "competing", "censored")
FOLLOWED_TO_AN_END = 0.95  # of a cohort, before a mean of those that ended may be told


def cumulative_incidence(waits: pl.LazyFrame, by: Sequence[str]) -> pl.LazyFrame:
    """The Aalen–Johansen estimator of a wait that ends in an event or in a competing end.

    In: ``by`` (the cohorts), minutes (whole, from 0), end_kind (event, competing or censored) and
    entered_after (minutes from which on the wait was under observation, 0 where from its start).
    A wait is at risk after it entered, up to and with its end; one that had ended when it entered
    is left out. Out: one row per cohort and distinct length, in order: n_at_risk, event and
    competing (the numbers that ended so), and incidence_event and incidence_competing, the
    probabilities from 0 to 1 of having ended so by then.
    """
    seen = waits.filter(
        (pl.col("minutes") > pl.col("entered_after")) | (pl.col("entered_after") == 0)
    )
    steps = pl.concat([_exits(seen, by), _entries(seen, by)], how="diagonal").group_by(
        *by, "minutes"
    )
    summed = steps.agg(pl.col("event", "competing", "left", "entered").sum()).sort(*by, "minutes")
    # who enters at a moment is at risk from the next one on; -1 stands for the very start
    risk = pl.col("entered").cum_sum().shift(1, fill_value=0) - pl.col("left").cum_sum().shift(
        1, fill_value=0
    )
    summed = summed.with_columns(risk.over(by).alias("n_at_risk"))
    ended = pl.col("event") + pl.col("competing")
    still = pl.when(pl.col("n_at_risk") > 0).then(1 - ended / pl.col("n_at_risk")).otherwise(1.0)
    summed = summed.with_columns(still.cum_prod().shift(1, fill_value=1.0).over(by).alias("before"))
    return (
        summed.with_columns(_incidence(kind).over(by) for kind in ("event", "competing"))
        .filter(pl.col("left") > 0)
        .select(
            *by,
            "minutes",
            "n_at_risk",
            "event",
            "competing",
            "incidence_event",
            "incidence_competing",
        )
    )


def _exits(waits: pl.LazyFrame, by: Sequence[str]) -> pl.LazyFrame:
    return waits.group_by(*by, "minutes").agg(
        (pl.col("end_kind") == "event").sum().cast(pl.Int64).alias("event"),
        (pl.col("end_kind") == "competing").sum().cast(pl.Int64).alias("competing"),
        pl.len().cast(pl.Int64).alias("left"),
        pl.lit(0, pl.Int64).alias("entered"),
    )


def _entries(waits: pl.LazyFrame, by: Sequence[str]) -> pl.LazyFrame:
    since = pl.when(pl.col("entered_after") == 0).then(-1).otherwise("entered_after")
    none = [pl.lit(0, pl.Int64).alias(name) for name in ("event", "competing", "left")]
    return waits.group_by(*by, since.cast(pl.Int64).alias("minutes")).agg(
        *none, pl.len().cast(pl.Int64).alias("entered")
    )


def _incidence(kind: str) -> pl.Expr:
    hazard = pl.when(pl.col("n_at_risk") > 0).then(pl.col(kind) / pl.col("n_at_risk"))
    return (pl.col("before") * hazard.fill_null(0.0)).cum_sum().alias(f"incidence_{kind}")


def wait_summary(delay: pl.LazyFrame, period_start: dt.date) -> pl.LazyFrame:
    """The table ``wait_summary``: every measure of ``delay`` by how its waits ended.

    What the published method of a measure does not count (``delay.left_out``) is not among them.
    Clocks that started before ``period_start``, the first day of the data, enter late. A wait
    without an end kind (a package that already ran) is none. ``completed_mean_minutes`` is told of
    events only, where at least 95 % of the waits were followed to an end.
    """
    begins = pl.lit(period_start).cast(pl.Datetime("us"))
    late = (begins - pl.col("start_at")).dt.total_minutes()
    counted = delay.filter(pl.col("left_out").is_null())
    waits = counted.drop_nulls(["end_kind", "minutes"]).select(
        "measure", "minutes", "end_kind", late.clip(lower_bound=0).alias("entered_after")
    )
    curve = cumulative_incidence(waits, ["measure"])
    quantiles = pl.concat(
        [
            curve.group_by("measure").agg(
                pl.lit(kind).alias("end_kind"),
                *(
                    pl.col("minutes")
                    .filter(pl.col(f"incidence_{kind}") >= share - 1e-9)
                    .min()
                    .alias(name)
                    for name, share in (("median_minutes", 0.5), ("p90_minutes", 0.9))
                ),
            )
            for kind in ("event", "competing")
        ]
    )
    return WAIT_SUMMARY.conform(
        _counted(waits).join(quantiles, on=["measure", "end_kind"], how="left")
    )


def _counted(waits: pl.LazyFrame) -> pl.LazyFrame:
    """measure, end_kind, n_waits and the mean of the waits that ended, where it may be told."""
    seen = waits.filter(
        (pl.col("minutes") > pl.col("entered_after")) | (pl.col("entered_after") == 0)
    )
    kinds = pl.LazyFrame({"end_kind": list(END_KINDS)})
    every = seen.select("measure").unique().join(kinds, how="cross")
    counts = seen.group_by("measure", "end_kind").agg(
        pl.len().cast(pl.Int64).alias("n_waits"), pl.col("minutes").mean().alias("mean")
    )
    whole = every.join(counts, on=["measure", "end_kind"], how="left").with_columns(
        pl.col("n_waits").fill_null(0)
    )
    open_ended = pl.col("n_waits").filter(pl.col("end_kind") == "censored").sum()
    followed = 1 - open_ended / pl.col("n_waits").sum()
    told = (pl.col("end_kind") == "event") & (followed.over("measure") >= FOLLOWED_TO_AN_END)
    return whole.with_columns(pl.when(told).then("mean").alias("completed_mean_minutes"))
