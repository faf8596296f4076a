"""Until when events hold a journey together, where their own end does not say (definition:
journeys)."""

import polars as pl

from flow_pipeline.contracts.families import BED_FAMILIES, WARD_FAMILIES
from flow_pipeline.journeys.admissions import admissions
from flow_pipeline.journeys.beside import with_looked_up
from flow_pipeline.journeys.moments import end_key, end_utc, start_key
from flow_pipeline.journeys.spells import end_precision

_OVER_ONCE_ADMITTED = ("ambulance", "emergency")
_PARTS = ("at", "at_utc", "precision")
_CHANGED = ("bridge_at", "bridge_at_utc", "bridge_precision", "goes_on")
_MIDNIGHT = pl.Datetime("us")


def with_bridge_ends(
    event: pl.LazyFrame, spell: pl.LazyFrame, spell_member: pl.LazyFrame
) -> pl.LazyFrame:
    """``event`` (the table, in its order) whose counted_end_ moments and is_open are those that
    journeys go by.

    An episode lasts as long as its spell. A ward stay without an end lasts until the next one of
    its spell, else as long as the spell. What else has no end lasts until the person is admitted to
    another provider, an attendance or ambulance until any admission.
    """
    of = {kind: _in_spells(event, spell, spell_member, kind) for kind in ("episode", "ward_stay")}
    changed = pl.concat(
        [_of_episodes(of["episode"]), _of_wards(of["ward_stay"]), _others(event, spell_member)]
    )
    rows = with_looked_up(event, "event_id", changed)
    known = pl.col("bridge_at").is_not_null()
    ends = (
        pl.when(known).then(f"bridge_{p}").otherwise(f"counted_end_{p}").alias(f"counted_end_{p}")
        for p in _PARTS
    )
    still_open = pl.coalesce("goes_on", "is_open").alias("is_open")
    return rows.with_columns(*ends, still_open).drop(_CHANGED)


def _in_spells(
    event: pl.LazyFrame, spell: pl.LazyFrame, spell_member: pl.LazyFrame, kind: str
) -> pl.LazyFrame:
    """Members of spells of that kind, with their own end and the spell's."""
    spells = spell.select(
        "spell_id",
        pl.col("counted_end_at").alias("bridge_at"),
        end_precision().alias("bridge_precision"),
        pl.col("is_open").alias("goes_on"),
    )
    families = BED_FAMILIES if kind == "episode" else WARD_FAMILIES
    own = event.filter(pl.col("event_family").is_in(families)).select(
        "event_id", "start_at", "start_at_utc", "start_precision", "end_status", "counted_end_at"
    )
    members = spell_member.filter(pl.col("kind") == kind).select("event_id", "spell_id")
    return own.join(members, on="event_id").join(spells, on="spell_id")


def _of_episodes(episodes: pl.LazyFrame) -> pl.LazyFrame:
    differs = _has_no_end() | (pl.col("bridge_at") > pl.col("counted_end_at"))
    return _ends(episodes.filter(differs))


def _of_wards(wards: pl.LazyFrame) -> pl.LazyFrame:
    """Of a spell's ward stays one follows on the other."""
    wards = wards.sort("spell_id", "start_at", "event_id")
    moved = pl.col("spell_id") == pl.col("spell_id").shift(-1)
    wards = wards.with_columns(
        pl.when(moved).then(pl.col(f"start_{p}").shift(-1)).alias(f"next_{p}")
        for p in ("at", "precision")
    )
    sooner = (pl.col("next_at") < pl.col("bridge_at")).fill_null(False)
    wards = wards.with_columns(
        pl.when(sooner).then(f"next_{p}").otherwise(f"bridge_{p}").alias(f"bridge_{p}")
        for p in ("at", "precision")
    )
    return _ends(wards.filter(_has_no_end()))


def _others(event: pl.LazyFrame, spell_member: pl.LazyFrame) -> pl.LazyFrame:
    """What has no end and is no part of a spell: its last day is that of the admission."""
    unended = event.filter(
        _has_no_end()
        & pl.col("is_bridging")
        & (pl.col("role") == "interval")
        & ~pl.col("event_family").is_in(BED_FAMILIES)
    ).join(spell_member.filter(pl.col("kind") == "ward_stay"), on="event_id", how="anti")
    next_stay = (
        unended.with_columns(end_key("start").alias("order"))
        .sort("order")
        .join_asof(
            _offered(event).sort("order", "admitted_to"),
            on="order",
            by="person_id",
            strategy="forward",
            check_sortedness=False,
        )
    )
    elsewhere = pl.col("admitted_to").ne_missing(pl.col("organisation_code"))
    over = pl.col("event_family").is_in(_OVER_ONCE_ADMITTED) | elsewhere
    until = pl.when(over).then("admitted_at").otherwise("elsewhere_at")
    until = until.dt.date().cast(_MIDNIGHT).alias("bridge_at")
    ended = next_stay.with_columns(until, pl.lit("date").alias("bridge_precision"))
    ended = ended.with_columns(pl.lit(False).alias("goes_on"))
    return _ends(ended.filter(pl.col("bridge_at") < pl.col("counted_end_at")))


def _offered(event: pl.LazyFrame) -> pl.LazyFrame:
    """Admissions by their moment, a time that nobody knows coming last on its day. Of one that was
    over on such a day nobody knows whether it came before or after."""
    over_that_day = (pl.col("start_precision") == "date") & (
        pl.col("counted_end_at").dt.date() <= pl.col("start_at").dt.date()
    )
    return (
        admissions(event)
        .filter(~over_that_day | pl.col("is_open"))
        .select(
            "person_id",
            start_key("start").alias("order"),
            "elsewhere_at",
            admitted_to="organisation_code",
            admitted_at="start_at",
        )
    )


def _has_no_end() -> pl.Expr:
    """Whether nobody recorded when it ended, and no list of services tells either."""
    return pl.col("end_status").is_in(("open", "imputed_death"))


def _ends(frame: pl.LazyFrame) -> pl.LazyFrame:
    utc = end_utc(pl.col("bridge_at"), pl.col("start_at_utc")).alias("bridge_at_utc")
    return frame.with_columns(utc).select("event_id", *_CHANGED)
