"""Delayed discharges as hospitals list them, each with the stay it belongs to.

Definition: domain, "Discharge delay". The idea of a graded match is that of the Source Linkage
Files; unlike theirs a wait without a stay is kept.
"""

import polars as pl

from flow_pipeline.contracts.codes import code_lists
from flow_pipeline.journeys.kept import kept
from flow_pipeline.journeys.nearest import latest_covering, neighbours
from flow_pipeline.journeys.stays import Stays

NEAR_DAYS = 1
_PAIR = ("event_id", "continuous_spell_id", "ready_on", "ended_on", "admitted_on", "left_on")
LISTED = "delayed_discharge"
_REASONS = code_lists()["delayed_discharge_reason"].classes()
# Sectors in which a body can be responsible; others name nobody alone.
_SECTOR_OF = {
    "acute": "acute",
    "community": "community",
    "council": "council",
    "housing": "council",
    "mental_health": "mental_health",
}


def listed_delays(event: pl.LazyFrame, stays: Stays) -> pl.LazyFrame:
    """One row per listed wait, with its continuous spell.

    In: ``event`` (table) and the stays made of it. Out: event_id, person_id, ready_on, ended_on
    (null while it goes on), responsible_sector (null where no one sector is), organisation_code,
    continuous_spell_id, admitted_on and left_on (null where no stay fits) and match_quality. A
    wait goes to the stay that it touches, a day allowed, whose admission is nearest to it; of
    equals to the earlier.
    """
    waits = kept(_waits(event))
    ends = stays.spell_draft.group_by("continuous_spell_id").agg(pl.col("counted_end_at").max())
    whole = stays.continuous_spell_draft.join(ends, on="continuous_spell_id").select(
        "continuous_spell_id",
        "person_id",
        pl.col("admitted_at").dt.date().alias("admitted_on"),
        pl.col("discharged_at").dt.date().alias("left_on"),
        pl.col("counted_end_at").dt.date().alias("until"),
    )
    whole = kept(whole)
    touching = pl.concat([_begun_before(waits, whole), _begun_after(waits, whole)])
    apart = (pl.col("ready_on") - pl.col("admitted_on")).dt.total_days().abs()
    nearest = touching.sort("event_id", apart, "admitted_on", "continuous_spell_id").unique(
        "event_id", keep="first", maintain_order=True
    )
    chosen = nearest.select("event_id", "continuous_spell_id", "admitted_on", "left_on")
    return waits.join(chosen, on="event_id", how="left").with_columns(_match_quality())


def _begun_before(waits: pl.LazyFrame, whole: pl.LazyFrame) -> pl.LazyFrame:
    """Each wait with the latest stay that began by then and was not over a day before it."""
    offers = whole.select(
        "person_id",
        pl.col("continuous_spell_id").alias("offer_id"),
        pl.col("admitted_on").alias("since"),
        (pl.col("until") + pl.duration(days=NEAR_DAYS + 1)).alias("until"),
    )
    days = waits.select("person_id", "event_id", pl.col("ready_on").alias("day"))
    found = latest_covering(days, offers, same_day=True)
    pairs = (
        found.rename({"offer_id": "continuous_spell_id"})
        .join(waits.select("event_id", "ready_on", "ended_on"), on="event_id")
        .join(whole, on="continuous_spell_id")
    )
    return pairs.select(_PAIR)


def _begun_after(waits: pl.LazyFrame, whole: pl.LazyFrame) -> pl.LazyFrame:
    """Each wait with the earliest stay that began after it, at most a day after its end."""
    pairs = neighbours(
        waits, "ready_on", whole, "admitted_on", by=["person_id"], key="continuous_spell_id"
    ).filter(pl.col("admitted_on") > pl.col("ready_on"))
    latest = pl.coalesce("ended_on", "ready_on") + pl.duration(days=NEAR_DAYS)
    return pairs.filter(pl.col("admitted_on") <= latest).select(_PAIR)


def _waits(event: pl.LazyFrame) -> pl.LazyFrame:
    sector = (
        pl.col("reason_code")
        .replace_strict(_REASONS, default=None, return_dtype=pl.String)
        .replace_strict(_SECTOR_OF, default=None, return_dtype=pl.String)
    )
    ended = pl.when(pl.col("end_status") == "recorded").then(pl.col("end_at").dt.date())
    return event.filter(pl.col("event_family") == LISTED).select(
        "event_id",
        "person_id",
        pl.col("start_at").dt.date().alias("ready_on"),
        ended.alias("ended_on"),
        sector.alias("responsible_sector"),
        "organisation_code",
    )


def _match_quality() -> pl.Expr:
    near = pl.duration(days=NEAR_DAYS)
    ready, ended = pl.col("ready_on"), pl.col("ended_on")
    admitted, left = pl.col("admitted_on"), pl.col("left_on")
    return (
        pl.when(pl.col("continuous_spell_id").is_null())
        .then(pl.lit("unmatched"))
        .when(left.is_null())
        .then(pl.lit("open_stay"))
        .when(ended.is_null())
        .then(pl.lit("assumed_end"))
        .when((ready >= admitted) & (ended <= left))
        .then(pl.lit("inside"))
        .when((ready >= admitted - near) & (ended <= left + near))
        .then(pl.lit("within_1_day"))
        .when(ended > left)
        .then(pl.lit("ends_after"))
        .otherwise(pl.lit("starts_before"))
        .alias("match_quality")
    )
