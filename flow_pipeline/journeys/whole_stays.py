"""Continuous spells as what follows them sees them: how and when they ended."""

import polars as pl

from flow_pipeline.journeys.stays import Stays

_DIED = ("4", "5")


def whole_stays(stays: Stays) -> pl.LazyFrame:
    """Continuous spells with the moments and codes of their final spell: ready_, left_, died,
    admission_method, event_id (the last episode's), and readmitted_on, the next admission."""
    final = stays.spell_draft.select(
        pl.col("spell_id").alias("last_spell_id"),
        pl.col("last_event_id").alias("event_id"),
        pl.col("discharge_ready_at").alias("ready_at"),
        pl.col("discharge_ready_at").alias("ready_at_utc"),
        pl.lit("date").alias("ready_precision"),
        pl.col("discharge_method").is_in(_DIED).fill_null(False).alias("died"),
        pl.col("discharged_precision").alias("left_precision"),
        "admission_method",
    )
    whole = stays.continuous_spell_draft.join(final, on="last_spell_id")
    following = pl.col("admitted_at").dt.date().shift(-1)
    return whole.sort("person_id", "admitted_at", "continuous_spell_id").with_columns(
        following.over("person_id").alias("readmitted_on"),
        pl.col("discharged_at").alias("left_at"),
        pl.col("discharged_at").alias("left_at_utc"),
    )


def ended_alive(whole: pl.LazyFrame) -> pl.LazyFrame:
    """Those of ``whole_stays`` that ended, but not with a death."""
    return whole.filter(~pl.col("died") & pl.col("left_at").is_not_null())
