"""The shape of a flagged event, and what comes before one in another sector."""

import polars as pl

from flow_pipeline.contracts.families import STEP_FAMILIES
from flow_pipeline.journeys.moments import end_key, start_key
from flow_pipeline.journeys.stays import Stays

DEFINITION_VERSION = "1"
NEAREST_DAYS = 30
NONE = pl.lit(None, pl.String)
_BROUGHT = "ambulance"


def flagged(
    frame: pl.LazyFrame,
    measure: str,
    basis: str | None,
    source: pl.Expr = NONE,
    organisation: pl.Expr = NONE,
    sector: pl.Expr = NONE,
) -> pl.LazyFrame:
    """Rows of the table failure_demand but for journey_id.

    In: one row per flagged event, with person_id and event_id. A source is null where none can be
    named, and then so must ``basis`` be.
    """
    return frame.select(
        pl.lit(measure).alias("measure"),
        "person_id",
        "event_id",
        source.alias("source_event_id"),
        organisation.alias("source_organisation_code"),
        sector.alias("source_sector"),
        pl.lit(basis, pl.String).alias("source_basis"),
        pl.lit(DEFINITION_VERSION).alias("definition_version"),
    )


def first_events(stays: Stays) -> pl.LazyFrame:
    """first_spell_id, event_id: a spell by its first episode's event."""
    return stays.spell_draft.select(
        pl.col("spell_id").alias("first_spell_id"), pl.col("first_event_id").alias("event_id")
    )


def unplanned_admissions(event: pl.LazyFrame, stays: Stays) -> pl.LazyFrame:
    """person_id, event_id, sector and start_ moment of the first episode of every emergency
    continuous spell."""
    emergencies = stays.continuous_spell_draft.filter("is_emergency")
    first = emergencies.join(first_events(stays), on="first_spell_id").select("event_id")
    return event.join(first, on="event_id", how="semi").select(
        "person_id",
        "event_id",
        "sector",
        *(f"start_{p}" for p in ("at", "at_utc", "precision")),
        pl.col("start_at").dt.date().alias("admitted_on"),
    )


def flagged_by_nearest(found: pl.LazyFrame, event: pl.LazyFrame, measure: str) -> pl.LazyFrame:
    """``flagged``, the source being the person's last step in another sector that ended at most
    30 days before; null where there is none (definition: failure-demand source, ``nearest``).

    ``found``: person_id, event_id, sector and start_ moment. The ambulance that brought the person
    is part of the same demand, so no ambulance is a source.
    """
    lasting = pl.col("role") == "interval"
    parts = ("at", "at_utc", "precision")
    found = found.select("person_id", "event_id", "sector", *(f"start_{p}" for p in parts))
    steps = event.filter(
        pl.col("is_bridging")
        & pl.col("event_family").is_in(STEP_FAMILIES)
        & (pl.col("event_family") != _BROUGHT)
    ).select(
        "person_id",
        pl.col("event_id").alias("source_id"),
        pl.col("organisation_code").alias("source_organisation"),
        pl.col("sector").alias("other_sector"),
        *(
            pl.when(lasting).then(f"counted_end_{p}").otherwise(f"start_{p}").alias(f"end_{p}")
            for p in parts
        ),
    )
    days = (pl.col("start_at").dt.date() - pl.col("end_at").dt.date()).dt.total_days()
    before = (
        found.join(steps, on="person_id")
        .filter(
            (pl.col("other_sector") != pl.col("sector"))
            & days.is_between(0, NEAREST_DAYS)
            & (end_key() <= start_key())
        )
        .sort("event_id", end_key(), "source_id")
        .unique("event_id", keep="last", maintain_order=True)
        .select("event_id", "source_id", "source_organisation", "other_sector")
    )
    named = flagged(
        found.join(before, on="event_id", how="left"),
        measure,
        None,
        pl.col("source_id"),
        pl.col("source_organisation"),
        pl.col("other_sector"),
    )
    known = pl.col("source_event_id").is_not_null()
    return named.with_columns(pl.when(known).then(pl.lit("nearest")).alias("source_basis"))
