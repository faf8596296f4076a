"""Steps of journeys: what they are made of, collapsed and in order (definition: steps)."""

import polars as pl

from flow_pipeline.calendar import to_utc
from flow_pipeline.contracts.families import STEP_FAMILIES
from flow_pipeline.journeys.moments import end_key, end_utc, start_key
from flow_pipeline.journeys.runs import begins_group, reached_before

_UNIT = ("event_family", "organisation_code", "team_code")
_PARTS = ("at", "at_utc", "precision")


def collapsed_steps(
    event: pl.LazyFrame,
    member: pl.LazyFrame,
    spell: pl.LazyFrame,
    spell_member: pl.LazyFrame,
) -> pl.LazyFrame:
    """One row per step, in order of person, journey and step_number (from 1).

    Columns: journey_id, person_id, step_number, event_id (of the first event), event_family,
    sector, organisation_code, team_code, spell_id, start_ and end_ moments, start_key, end_key,
    first_of_parent (a parent event whose first received child is in this step), chain (a number
    of the journey in this frame, cheaper to group by than its id).
    """
    whole_stays = _stays_without_wards(spell, spell_member)
    pieces = pl.concat([_event_pieces(event, spell_member), _spell_pieces(whole_stays, event)])
    pieces = pieces.join(member.select("event_id", "journey_id"), on="event_id", how="inner")
    pieces = _in_order(pieces.join(_first_children(event), on="event_id", how="left"))
    return _numbered(_collapsed(pieces))


def _stays_without_wards(spell: pl.LazyFrame, spell_member: pl.LazyFrame) -> pl.LazyFrame:
    with_wards = spell_member.filter(pl.col("kind") == "ward_stay").select("spell_id")
    return spell.join(with_wards, on="spell_id", how="anti")


def _event_pieces(event: pl.LazyFrame, spell_member: pl.LazyFrame) -> pl.LazyFrame:
    is_step = pl.col("is_bridging") & pl.col("event_family").is_in(STEP_FAMILIES)
    spells = spell_member.select("event_id", "spell_id")
    lasting = pl.col("role") == "interval"
    return (
        event.filter(is_step)
        .join(spells, on="event_id", how="left")
        .select(
            *_IDENTITY,
            *(f"start_{p}" for p in _PARTS),
            *(
                pl.when(lasting).then(f"counted_end_{p}").otherwise(f"start_{p}").alias(f"end_{p}")
                for p in _PARTS
            ),
        )
    )


_IDENTITY = (
    "event_id",
    "person_id",
    "event_family",
    "sector",
    "organisation_code",
    "team_code",
    "spell_id",
)


def _spell_pieces(spell: pl.LazyFrame, event: pl.LazyFrame) -> pl.LazyFrame:
    """Provider spells without ward stays, as steps of their first episode's event."""
    timed = spell.with_columns(to_utc(pl.col("admitted_at")).alias("start_at_utc")).with_columns(
        end_utc(pl.col("counted_end_at"), pl.col("start_at_utc")).alias("end_at_utc")
    )
    return timed.select(
        pl.col("first_event_id").alias("event_id"),
        "person_id",
        "event_family",
        "sector",
        "organisation_code",
        pl.lit(None, pl.String).alias("team_code"),
        "spell_id",
        pl.col("admitted_at").alias("start_at"),
        "start_at_utc",
        pl.col("admitted_precision").alias("start_precision"),
        pl.col("counted_end_at").alias("end_at"),
        "end_at_utc",
        pl.when(~pl.col("is_open"))
        .then("discharged_precision")
        .otherwise(pl.lit("date"))
        .alias("end_precision"),
    )


def _first_children(event: pl.LazyFrame) -> pl.LazyFrame:
    """event_id, first_of_parent: the first received child of each parent."""
    children = event.filter(pl.col("is_bridging") & pl.col("parent_event_id").is_not_null())
    first = pl.col("event_id").sort_by(start_key("start"), "event_id").first()
    return (
        children.group_by("parent_event_id")
        .agg(first)
        .select("event_id", pl.col("parent_event_id").alias("first_of_parent"))
    )


def _in_order(pieces: pl.LazyFrame) -> pl.LazyFrame:
    keyed = pieces.with_columns(
        start_key("start").alias("start_key"), end_key("end").alias("end_key")
    )
    ordered = keyed.sort("person_id", "journey_id", "start_key", "end_key", "event_id")
    return ordered.with_columns(pl.col("journey_id").rle_id().alias("chain"))


def _collapsed(pieces: pl.LazyFrame) -> pl.LazyFrame:
    """Runs of adjacent pieces of one unit, each within a day of the run so far.

    The latest end is taken over the whole stretch of one unit: a piece that begins more than a
    day after it outlasts all that went before, so it never reaches back over a break.
    """
    unit = pl.struct("chain", *_UNIT).rle_id()
    stretched = pieces.with_columns(unit.alias("stretch"))
    latest = reached_before(_day("end_at"), pl.col("stretch"))
    breaks = (_day("start_at") - latest > 1).fill_null(True)
    return (
        stretched.with_columns(breaks.cum_sum().alias("run"))
        .group_by("run", maintain_order=True)
        .agg(
            *(pl.col(c).first() for c in ("chain", "journey_id", *_IDENTITY)),
            *(pl.col(f"start_{p}").first() for p in _PARTS),
            # pieces with one end key end at one moment, so it does not matter which is taken
            *(pl.col(f"end_{p}").max_by("end_key") for p in _PARTS),
            pl.col("start_key").first(),
            pl.col("end_key").max(),
            pl.col("first_of_parent").drop_nulls().first(),
        )
    )


def _day(name: str) -> pl.Expr:
    return pl.col(name).dt.date().cast(pl.Int32).cast(pl.Int64)


def _numbered(steps: pl.LazyFrame) -> pl.LazyFrame:
    ordered = steps.sort("chain", "start_key", "end_key", "event_id").with_row_index("row")
    row = pl.col("row").cast(pl.Int64)
    first = pl.when(begins_group(pl.col("chain"))).then(row).forward_fill()
    return ordered.with_columns((row - first + 1).alias("step_number")).drop("run", "row")
