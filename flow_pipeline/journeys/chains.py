"""Which events make one journey (definition: journeys)."""

import polars as pl

from flow_pipeline.contracts.families import EVENT_FAMILIES
from flow_pipeline.journeys.ids import hashed
from flow_pipeline.journeys.moments import start_key
from flow_pipeline.journeys.runs import reached_before
from flow_pipeline.tables.journeys import JOURNEY_MEMBER

_FAMILY_ORDER = {f.name: f.order for f in EVENT_FAMILIES}
_LAST = 9


def family_order() -> pl.Expr:
    """Which of two events at one moment comes first."""
    return pl.col("event_family").replace_strict(
        _FAMILY_ORDER, default=pl.lit(_LAST), return_dtype=pl.Int64
    )


def bridge_end() -> pl.Expr:
    """Until when, locally, an event holds a journey together: a point or context at its start."""
    return pl.when(pl.col("role") == "interval").then("counted_end_at").otherwise("start_at")


def journey_members(event: pl.LazyFrame, gap_days: int) -> pl.LazyFrame:
    """The table journey_member: every event in exactly one journey.

    Bridging events chain while the next begins at most ``gap_days`` local days after the latest
    end so far. An event that does not bridge joins the journey that covers it or ended at most
    ``gap_days`` before it, else the one that begins at most ``gap_days`` after it, else is alone.
    """
    slim = event.select(
        "event_id",
        "person_id",
        "is_bridging",
        start_key("start").alias("start_order"),
        family_order().alias("family_order"),
        pl.col("start_at").dt.date().alias("from_date"),
        bridge_end().dt.date().alias("to_date"),
    )
    chained = _chained(slim.filter("is_bridging"), gap_days)
    loose = _joined(slim.filter(~pl.col("is_bridging")), chained, gap_days)
    members = pl.concat([chained.select("event_id", "journey_id", "person_id"), loose])
    return JOURNEY_MEMBER.conform(members)


def _chained(bridging: pl.LazyFrame, gap_days: int) -> pl.LazyFrame:
    ordered = bridging.sort("person_id", "start_order", "family_order", "event_id")
    person = pl.col("person_id").rle_id()
    gap = _day(pl.col("from_date")) - reached_before(_day(pl.col("to_date")), person)
    begins = gap.is_null() | (gap > gap_days)
    first = pl.when(begins).then("event_id").forward_fill()
    return ordered.with_columns(hashed("journey", first).alias("journey_id"))


def _day(date: pl.Expr) -> pl.Expr:
    return date.cast(pl.Int32).cast(pl.Int64)


def _joined(loose: pl.LazyFrame, chained: pl.LazyFrame, gap_days: int) -> pl.LazyFrame:
    spans = chained.group_by("person_id", "journey_id").agg(
        pl.col("from_date").min().alias("day"), pl.col("to_date").max()
    )
    spans = spans.sort("day", "journey_id")  # spans of a person do not overlap
    days = loose.select("event_id", "person_id", pl.col("from_date").alias("day"))
    days = days.sort("day", "event_id")
    before = days.join_asof(
        spans, on="day", by="person_id", strategy="backward", check_sortedness=False
    )
    near = (pl.col("day") - pl.col("to_date")).dt.total_days() <= gap_days
    after = before.with_columns(pl.when(near).then("journey_id").alias("covering")).drop(
        "journey_id", "to_date"
    )
    after = after.join_asof(
        spans,
        on="day",
        by="person_id",
        strategy="forward",
        tolerance=f"{gap_days}d",
        check_sortedness=False,
    )
    alone = hashed("journey", pl.col("event_id"))
    return after.select(
        "event_id", pl.coalesce("covering", "journey_id", alone).alias("journey_id"), "person_id"
    )
