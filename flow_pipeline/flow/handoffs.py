"""Hand-offs: from which unit to which, how often, and after what wait."""

import polars as pl

from flow_pipeline.tables.flow import HANDOFF_MATRIX

_PAIR = [
    "handoff_type",
    "from_sector",
    "from_organisation_code",
    "from_team_code",
    "to_sector",
    "to_organisation_code",
    "to_team_code",
]


def handoff_matrix(journey_step: pl.LazyFrame, event: pl.LazyFrame) -> pl.LazyFrame:
    """The table ``handoff_matrix``: hand-offs by month of the receiving step, type and pair.

    In: ``journey_step``, and ``event`` (or ``care_event``) for when its events began. Steps that
    began while an earlier one went on are no hand-offs. Out: one row per month, type and pair;
    median and 90th percentile (interpolated) in minutes, of recorded waiting only: from the clock,
    not from the step before, since the gap between two steps is no wait; null where no hand-off of
    the row has a clock. Definition: domain, "Hand-offs" and "Waits".
    """
    handoffs = journey_step.filter(
        pl.col("handoff_type").is_not_null(), pl.col("is_concurrent").fill_null(False).not_()
    ).join(event.select("event_id", "start_at"), on="event_id", how="inner")
    wait = pl.col("clock_wait_minutes").drop_nulls()
    return HANDOFF_MATRIX.conform(
        handoffs.group_by(
            pl.col("start_at").dt.date().dt.truncate("1mo").alias("month"), *_PAIR
        ).agg(
            pl.len().alias("n_handoffs"),
            wait.count().alias("n_waits"),
            wait.median().alias("median_wait_minutes"),
            wait.quantile(0.9, interpolation="linear").alias("p90_wait_minutes"),
        )
    )
