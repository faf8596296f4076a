"""Continuous spells as what follows them sees them: how and when they ended."""

import polars as pl

from flow_pipeline.calendar import to_utc
from flow_pipeline.journeys.kept import kept
from flow_pipeline.journeys.moments import end_utc
from flow_pipeline.journeys.runs import person_and_day
from flow_pipeline.journeys.spells import REGULAR
from flow_pipeline.journeys.stays import Stays


def whole_stays(stays: Stays) -> pl.LazyFrame:
    """Continuous spells with the moments and codes of their final spell: ready_, left_, died,
    admission_method, event_id (the last episode's), and readmitted_on, the first admission on or
    after the day they ended. Regular day and night attendances are none: whoever comes again next
    week as planned was not discharged, nor is readmitted."""
    final = stays.spell_draft.select(
        pl.col("spell_id").alias("last_spell_id"),
        pl.col("last_event_id").alias("event_id"),
        pl.col("discharge_ready_at").alias("ready_at"),
        to_utc(pl.col("discharge_ready_at")).alias("ready_at_utc"),
        pl.lit("date").alias("ready_precision"),
        pl.col("is_ended_by_death").alias("died"),
        pl.col("discharged_precision").alias("left_precision"),
        "admission_method",
        "classification",
    )
    regular = pl.col("classification").is_in(REGULAR).fill_null(False)
    whole = stays.continuous_spell_draft.join(final.filter(~regular), on="last_spell_id")
    ordered = whole.sort("person_id", "admitted_at", "continuous_spell_id")
    left = pl.col("discharged_at")
    return _with_readmissions(ordered).with_columns(
        left.alias("left_at"),
        end_utc(left, to_utc(pl.col("admitted_at"))).alias("left_at_utc"),
    )


def _with_readmissions(ordered: pl.LazyFrame) -> pl.LazyFrame:
    """``ordered`` (by person and admission) with readmitted_on: never of the stay itself, nor of
    one that had begun before it ended."""
    person = pl.col("person_id").rle_id().alias("person")
    ordered = kept(ordered.with_columns(person, pl.int_range(pl.len()).alias("place")))
    came, left = (pl.col(n).dt.date() for n in ("admitted_at", "discharged_at"))
    begins, ends = (person_and_day(pl.col("person"), day) for day in (came, left))
    found = begins.search_sorted(ends, side="left").cast(pl.Int64)
    following = pl.max_horizontal(found, pl.col("place") + 1)
    there = pl.when(left.is_not_null() & (following < pl.len())).then(following)
    same = pl.col("person").gather(there) == pl.col("person")
    return ordered.with_columns(pl.when(same).then(came.gather(there)).alias("readmitted_on")).drop(
        "person", "place"
    )


def ended_alive(whole: pl.LazyFrame) -> pl.LazyFrame:
    """Those of ``whole_stays`` that ended, but not with a death."""
    return whole.filter(~pl.col("died") & pl.col("left_at").is_not_null())
