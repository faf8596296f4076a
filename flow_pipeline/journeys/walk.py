"""From step to step: who handed over, how, and what was waited for (definition: hand-offs)."""

import polars as pl

from flow_pipeline.journeys.moments import MINUTES_PER_DAY
from flow_pipeline.journeys.runs import begins_group, last_still_open, reached_before

_CARRIED = (
    "sector",
    "organisation_code",
    "team_code",
    "end_at",
    "end_at_utc",
    "end_precision",
    "spell_id",
    "event_family",
)


def walked(steps: pl.LazyFrame) -> pl.LazyFrame:
    """``steps`` with is_concurrent, from_<column> of the predecessor, wait_minutes, handoff_type.

    ``steps`` come in order of journey and step_number; ``step`` is the number of the row. A step is
    concurrent if it starts while an earlier one goes on; the predecessor is then the one started
    last of those still open, else the last of those that ended latest.
    """
    reached = reached_before(pl.col("end_key"), pl.col("chain"))
    first = begins_group(pl.col("chain"))
    steps = steps.with_columns(reached.alias("reached"), first.alias("is_first"))
    # the first step of a chain reaches further than none, so the filling stays in its chain
    is_furthest = pl.col("is_first") | (pl.col("end_key") >= pl.col("reached"))
    furthest = pl.when(is_furthest).then("step").forward_fill().shift(1)
    steps = steps.with_columns(pl.when(~pl.col("is_first")).then(furthest).alias("furthest"))
    concurrent = (pl.col("start_key") < pl.col("reached")).fill_null(False)
    steps = steps.with_columns(concurrent.alias("is_concurrent"))
    still_open = last_still_open(pl.col("start_key"), pl.col("end_key"), pl.col("is_concurrent"))
    before = pl.when("is_concurrent").then(still_open).otherwise("furthest")
    steps = steps.with_columns(before.alias("before"))
    steps = steps.with_columns(
        pl.col(c).gather(pl.col("before")).alias(f"from_{c}") for c in _CARRIED
    )
    return steps.with_columns(_wait(), _handoff()).drop("reached", "furthest", "is_first")


def _wait() -> pl.Expr:
    """Minutes since the predecessor's end, whole days where either is only a date."""
    exact = (pl.col("from_end_precision") == "minute") & (pl.col("start_precision") == "minute")
    utc = (pl.col("start_at_utc") - pl.col("from_end_at_utc")).dt.total_minutes()
    days = (pl.col("start_at").dt.date() - pl.col("from_end_at").dt.date()).dt.total_days()
    minutes = pl.when(exact).then(utc).otherwise(days * MINUTES_PER_DAY)
    return (
        pl.when(pl.col("before").is_null())
        .then(None)
        .when("is_concurrent")
        .then(0)
        .otherwise(minutes)
        .cast(pl.Int64)
        .alias("wait_minutes")
    )


def _handoff() -> pl.Expr:
    """The widest level that differs; ``unknown`` where a missing code hides whether it does."""

    def differs(column: str) -> pl.Expr:
        return pl.col(column) != pl.col(f"from_{column}")

    one_body = (pl.col("organisation_code") == pl.col("from_organisation_code")).fill_null(False)
    no_teams = pl.col("team_code").is_null() & pl.col("from_team_code").is_null()
    unknown = pl.lit("unknown")
    between_bodies = (
        pl.when(differs("sector"))
        .then(pl.lit("sector"))
        .when(differs("sector").is_null() | differs("organisation_code").is_null())
        .then(unknown)
        .otherwise(pl.lit("organisation"))
    )
    within_body = (
        pl.when(differs("team_code"))
        .then(pl.lit("team"))
        .when(differs("team_code").is_null() & ~no_teams)
        .then(unknown)
    )
    return (
        pl.when(pl.col("before").is_null())
        .then(None)
        .when(one_body)
        .then(within_body)
        .otherwise(between_bodies)
        .alias("handoff_type")
    )
