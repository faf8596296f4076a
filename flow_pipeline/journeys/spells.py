"""Provider spells: one stay with one provider, from its episodes and ward stays."""

from collections.abc import Mapping

import polars as pl

from flow_pipeline.contracts.codes import code_lists
from flow_pipeline.contracts.families import WARD_FAMILIES
from flow_pipeline.journeys.episodes import EMERGENCY_METHODS, episodes_in_spells
from flow_pipeline.journeys.ids import hashed
from flow_pipeline.journeys.kept import kept
from flow_pipeline.journeys.moments import days_between

OLD_OPEN_STAY = "C08_open_over_a_year"
READY_OUTSIDE_STAY = "K02_ready_outside_stay"
REGULAR = ("3", "4")  # patient classifications: regular day and night attendances
_DIED = ("4", "5")
_SPELL = ["person_id", "organisation_code", "event_family", "spell_key"]
_EXCLUDED_WARDS = tuple(
    c for c, k in code_lists()["ward_type"].classes().items() if k == "excluded"
)


def provider_spells(
    event: pl.LazyFrame, core: Mapping[str, pl.LazyFrame]
) -> tuple[pl.LazyFrame, pl.LazyFrame]:
    """Spells with their draft columns but those of continuous spells, and their members.

    Members: event_id, spell_id, kind (episode, ward_stay). A ward stay belongs to the spell of
    its parent episode, else to the latest spell of the person and provider begun by then and
    not over before its day.
    """
    episodes = kept(episodes_in_spells(event, core))
    spells = kept(_with_ready(_summed(episodes)))
    ids = spells.select(*_SPELL, "spell_id")
    episode_members = episodes.join(ids, on=_SPELL).select(
        "event_id", "spell_id", pl.lit("episode").alias("kind")
    )
    wards = event.filter(pl.col("event_family").is_in(WARD_FAMILIES))
    ward_members = _ward_members(wards, episode_members, spells)
    spells = spells.join(_ward_moves(wards, ward_members), on="spell_id", how="left")
    return _with_old_flag(spells), pl.concat([episode_members, ward_members])


def end_precision() -> pl.Expr:
    """That of a spell's ``counted_end_at``: of its discharge, a date while it is open."""
    return pl.when(~pl.col("is_open")).then("discharged_precision").otherwise(pl.lit("date"))


def _summed(episodes: pl.LazyFrame) -> pl.LazyFrame:
    """One row per spell; episodes come in order."""
    first, last = (lambda c: pl.col(c).first()), (lambda c: pl.col(c).last())
    left = pl.col("discharged_at").is_not_null()
    goes_on = (pl.col("last_indicator") == "2") | (pl.col("discharge_method") == "8")
    unfinished = (pl.col("is_open") | goes_on.fill_null(False)).last() & ~left.any()
    order = pl.int_range(pl.len()).over(_SPELL)
    spells = episodes.with_columns(order.alias("place")).group_by(_SPELL).agg(
        first("sector"),
        first("site_code"),
        first("spell_source"),
        pl.col("admitted_at").min(),
        pl.col("admitted_precision").sort_by("admitted_at", "place").first(),
        pl.col("discharged_at").max().alias("left_at"),
        pl.col("discharged_precision").filter(left).first().alias("left_precision"),
        pl.col("end_at").max().alias("last_end"),
        pl.col("end_precision").sort_by("end_at", "place", nulls_last=False).last(),
        unfinished.alias("is_open"),
        pl.col("counted_end_at").filter(pl.col("is_open")).min().alias("open_end"),
        pl.col("counted_end_at").max().alias("latest_end"),
        first("admission_method"),
        first("classification"),
        first("source_of_admission"),
        pl.col("discharge_method").filter(left).last(),
        _ended_by_death(left).alias("is_ended_by_death"),
        pl.col("discharge_destination").filter(left).last(),
        pl.col("destination_class").filter(left).last(),
        pl.col("ready_at").max().alias("discharge_ready_at"),
        pl.len().alias("n_episodes"),
        first("event_id").alias("first_event_id"),
        last("event_id").alias("last_event_id"),
        last("reason_code"),
        pl.col("start_at").max().alias("last_start"),
        pl.col("has_cancer").any(),
    )  # fmt: skip
    return _with_ends(spells)


def _ended_by_death(left: pl.Expr) -> pl.Expr:
    """Whether the spell ended with the death: as its discharge says, or a death that another record
    tells of while nothing tells of a discharge."""
    said = pl.col("discharge_method").filter(left).last().is_in(_DIED)
    imputed = (pl.col("end_status") == "imputed_death").last() & ~left.any()
    return (said | imputed).fill_null(False)


def _with_ends(spells: pl.LazyFrame) -> pl.LazyFrame:
    discharged = pl.when(~pl.col("is_open")).then(pl.coalesce("left_at", "last_end"))
    precision = pl.when(~pl.col("is_open")).then(pl.coalesce("left_precision", "end_precision"))
    emergency = pl.col("admission_method").is_in(EMERGENCY_METHODS).fill_null(False)
    return spells.with_columns(
        hashed("spell", pl.col("first_event_id")).alias("spell_id"),
        pl.max_horizontal(discharged, pl.when(~pl.col("is_open")).then("admitted_at")).alias(
            "discharged_at"
        ),
        precision.alias("discharged_precision"),
        emergency.alias("is_emergency"),
    ).with_columns(
        days_between(pl.col("admitted_at"), pl.col("discharged_at")).alias("nights"),
        pl.coalesce("discharged_at", "open_end", "latest_end").alias("counted_end_at"),
    )


def _with_ready(spells: pl.LazyFrame) -> pl.LazyFrame:
    """A ready date outside the stay is no ready date."""
    day = pl.col("discharge_ready_at").dt.date()
    inside = (day >= pl.col("admitted_at").dt.date()) & (
        pl.col("discharged_at").is_null() | (day <= pl.col("discharged_at").dt.date())
    )
    return spells.with_columns(
        pl.when(inside).then("discharge_ready_at").alias("discharge_ready_at"),
        pl.when(~inside).then(pl.lit(READY_OUTSIDE_STAY)).alias("ready_flag"),
    )


def _ward_members(
    wards: pl.LazyFrame, episodes: pl.LazyFrame, spells: pl.LazyFrame
) -> pl.LazyFrame:
    parents = episodes.select(pl.col("event_id").alias("parent_event_id"), "spell_id")
    stays = wards.select(
        "event_id", "parent_event_id", "person_id", "organisation_code", "start_at"
    ).join(parents, on="parent_event_id", how="left")
    found = stays.drop_nulls("spell_id")
    unit = ["person_id", "organisation_code"]
    day = pl.col("start_at").dt.date().alias("day")
    open_to = spells.select(
        *unit,
        "spell_id",
        pl.col("admitted_at").dt.date().alias("day"),
        pl.col("counted_end_at").dt.date().alias("until"),
    ).sort("day", "until", "spell_id")
    lost = (
        stays.filter(pl.col("spell_id").is_null())
        .select("event_id", *unit, day)
        .sort("day", "event_id")
        .join_asof(open_to, on="day", by=unit, strategy="backward", check_sortedness=False)
        .filter(pl.col("day") <= pl.col("until"))
    )
    members = pl.concat([f.select("event_id", "spell_id") for f in (found, lost)])
    return members.with_columns(pl.lit("ward_stay").alias("kind"))


def _ward_moves(wards: pl.LazyFrame, members: pl.LazyFrame) -> pl.LazyFrame:
    """n_ward_moves and last_ward_start by spell: changes of ward, lounges and theatres apart."""
    stays = wards.join(members, on="event_id").sort("spell_id", "start_at", "event_id")
    counted = ~pl.col("event_type").is_in(_EXCLUDED_WARDS).fill_null(False)
    ward = pl.col("team_code").filter(counted)
    changes = (ward.ne_missing(ward.shift(1)).sum().cast(pl.Int64) - 1).clip(lower_bound=0)
    # ne_missing against the shifted column counts the first stay too, hence less one
    return stays.group_by("spell_id", maintain_order=True).agg(
        pl.when(ward.len() > 0).then(changes).otherwise(0).alias("n_ward_moves"),
        pl.col("start_at").max().alias("last_ward_start"),
    )


def _with_old_flag(spells: pl.LazyFrame) -> pl.LazyFrame:
    last_seen = pl.max_horizontal("last_start", "last_ward_start")
    old = (
        pl.col("is_open")
        & (days_between(pl.col("admitted_at"), pl.col("counted_end_at")) > 365)
        & (days_between(last_seen, pl.col("counted_end_at")) > 90)
    )
    return spells.with_columns(pl.when(old).then(pl.lit(OLD_OPEN_STAY)).alias("old_flag"))
