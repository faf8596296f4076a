"""The shape of a flagged event, and what comes before one in another sector."""

import polars as pl

from flow_pipeline.calendar import to_utc
from flow_pipeline.contracts.families import STEP_FAMILIES
from flow_pipeline.journeys.kept import kept
from flow_pipeline.journeys.moments import end_key, end_utc, start_key
from flow_pipeline.journeys.spells import end_precision
from flow_pipeline.journeys.stays import Stays
from flow_pipeline.journeys.steps import stays_without_wards

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


def flagged_by_nearest(
    found: pl.LazyFrame, event: pl.LazyFrame, stays: Stays, measure: str
) -> pl.LazyFrame:
    """``flagged``, the source being the person's last step in another sector that ended at most
    30 days before; null where there is none (definition: failure-demand source, ``nearest``).

    ``found``: person_id, event_id, sector and start_ moment. The ambulance that brought the person
    is part of the same demand, so no ambulance is a source.
    """
    parts = ("at", "at_utc", "precision")
    found = kept(found.select("person_id", "event_id", "sector", *(f"start_{p}" for p in parts)))
    asked = found.with_columns(start_key().alias("order"))
    persons = kept(found.select("person_id").unique())
    ended = pl.concat([_ended_steps(event, persons), _ended_stays(stays, persons)])
    before = kept(_last_elsewhere(asked, kept(ended)))
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


def _ended_steps(event: pl.LazyFrame, persons: pl.LazyFrame) -> pl.LazyFrame:
    """Events that can be a source, by when they ended: ``order`` and ``ended_on``."""
    lasting = pl.col("role") == "interval"
    parts = ("at", "at_utc", "precision")
    steps = event.filter(
        pl.col("is_bridging")
        & pl.col("event_family").is_in(STEP_FAMILIES)
        & (pl.col("event_family") != _BROUGHT)
    ).join(persons, on="person_id", how="semi")
    return steps.select(
        "person_id",
        pl.col("event_id").alias("source_id"),
        pl.col("organisation_code").alias("source_organisation"),
        pl.col("sector").alias("other_sector"),
        *(
            pl.when(lasting).then(f"counted_end_{p}").otherwise(f"start_{p}").alias(f"end_{p}")
            for p in parts
        ),
    ).with_columns(*_ended())


def _ended_stays(stays: Stays, persons: pl.LazyFrame) -> pl.LazyFrame:
    """The same of stays without ward stays, which are steps as a whole."""
    whole = stays_without_wards(stays.spell_draft, stays.spell_member)
    end = pl.col("counted_end_at")
    return (
        whole.join(persons, on="person_id", how="semi")
        .select(
            "person_id",
            pl.col("first_event_id").alias("source_id"),
            pl.col("organisation_code").alias("source_organisation"),
            pl.col("sector").alias("other_sector"),
            end.alias("end_at"),
            end_utc(end, to_utc(pl.col("admitted_at"))).alias("end_at_utc"),
            end_precision().alias("end_precision"),
        )
        .with_columns(*_ended())
    )


def _ended() -> tuple[pl.Expr, pl.Expr]:
    return end_key().alias("order"), pl.col("end_at").dt.date().alias("ended_on")


def _last_elsewhere(found: pl.LazyFrame, steps: pl.LazyFrame) -> pl.LazyFrame:
    """Of each event the last step in another sector: the last of each sector, and of those the
    last."""
    sectors = steps.select("other_sector").drop_nulls().unique().sort("other_sector")
    asked = found.join(sectors, how="cross").filter(pl.col("other_sector") != pl.col("sector"))
    offered = steps.select(
        "person_id", "other_sector", "order", "ended_on", "source_id", "source_organisation"
    )
    candidates = asked.sort("order", "event_id").join_asof(
        offered.with_columns(pl.col("order").alias("ended")).sort("order", "source_id"),
        on="order",
        by=["person_id", "other_sector"],
        strategy="backward",
        check_sortedness=False,
    )
    days = (pl.col("start_at").dt.date() - pl.col("ended_on")).dt.total_days()
    return (
        candidates.filter(days <= NEAREST_DAYS)
        .sort("event_id", "ended", "source_id")
        .unique("event_id", keep="last", maintain_order=True)
        .select("event_id", "source_id", "source_organisation", "other_sector")
    )
