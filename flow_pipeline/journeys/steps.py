"""Steps of journeys: what they are made of, collapsed and in order (definition: steps)."""

import polars as pl

from flow_pipeline.calendar import to_utc
from flow_pipeline.contracts.families import STEP_FAMILIES
from flow_pipeline.journeys.beside import with_looked_up
from flow_pipeline.journeys.kept import computed, kept
from flow_pipeline.journeys.moments import end_key, end_utc, start_key
from flow_pipeline.journeys.runs import begins_group, reached_before
from flow_pipeline.journeys.spells import end_precision

_UNIT = ("event_family", "organisation_code", "team_code")
_PARTS = ("at", "at_utc", "precision")
_IDENTITY = (
    "event_id",
    "person_id",
    "event_family",
    "sector",
    "organisation_code",
    "team_code",
    "spell_id",
)


def collapsed_steps(
    chained: pl.LazyFrame, spell: pl.LazyFrame, spell_member: pl.LazyFrame
) -> pl.LazyFrame:
    """One row per step, in order of person, journey and step_number (from 1).

    ``chained``: events ``with_chains``. Columns: chain, journey_id, step_number, row, event_id and
    person_id (of the first event), event_family, sector, organisation_code, team_code, spell_id,
    start_ and end_ moments, start_key, end_key, first_of_parent (a parent event whose first
    received child is in this step).
    """
    whole_stays = stays_without_wards(spell, spell_member)
    pieces = pl.concat([_event_pieces(chained, spell_member), _spell_pieces(whole_stays, chained)])
    pieces = kept(with_looked_up(pieces, "row", _first_children(chained)).with_row_index("piece"))
    runs = kept(_numbered(_collapsed(_in_order(pieces))))
    return _told(runs, pieces)


def stays_without_wards(spell: pl.LazyFrame, spell_member: pl.LazyFrame) -> pl.LazyFrame:
    """The spells that are steps themselves, since no ward stay of theirs is known."""
    with_wards = spell_member.filter(pl.col("kind") == "ward_stay").select("spell_id")
    return spell.join(with_wards, on="spell_id", how="anti")


def _event_pieces(chained: pl.LazyFrame, spell_member: pl.LazyFrame) -> pl.LazyFrame:
    is_step = pl.col("is_bridging") & pl.col("event_family").is_in(STEP_FAMILIES)
    steps = chained.filter(is_step)
    spells = steps.select("row", "event_id").join(
        spell_member.select("event_id", "spell_id"), on="event_id"
    )
    lasting = pl.col("role") == "interval"
    return steps.join(spells.select("row", "spell_id"), on="row", how="left").select(
        "row",
        "chain",
        "journey_id",
        *_IDENTITY,
        *(f"start_{p}" for p in _PARTS),
        *(
            pl.when(lasting).then(f"counted_end_{p}").otherwise(f"start_{p}").alias(f"end_{p}")
            for p in _PARTS
        ),
    )


def _spell_pieces(spell: pl.LazyFrame, chained: pl.LazyFrame) -> pl.LazyFrame:
    """Provider spells without ward stays, as steps of their first episode's event."""
    timed = spell.with_columns(to_utc(pl.col("admitted_at")).alias("start_at_utc")).with_columns(
        end_utc(pl.col("counted_end_at"), pl.col("start_at_utc")).alias("end_at_utc")
    )
    placed = chained.select(
        "row", "chain", "journey_id", pl.col("event_id").alias("first_event_id")
    )
    return timed.join(placed, on="first_event_id").select(
        "row",
        "chain",
        "journey_id",
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
        end_precision().alias("end_precision"),
    )


def _first_children(chained: pl.LazyFrame) -> pl.LazyFrame:
    """row, first_of_parent: the first received child of each parent."""
    children = chained.filter(pl.col("is_bridging") & pl.col("parent_event_id").is_not_null())
    ordered = children.select(
        "row", "parent_event_id", "event_id", start_key("start").alias("order")
    ).sort("order", "event_id")
    first = ordered.unique("parent_event_id", keep="first", maintain_order=True)
    return first.select("row", pl.col("parent_event_id").alias("first_of_parent"))


def _in_order(pieces: pl.LazyFrame) -> pl.LazyFrame:
    """What says which pieces are one step, in order."""
    narrow = pieces.select(
        "piece",
        "chain",
        "event_id",
        start_key("start").alias("start_key"),
        end_key("end").alias("end_key"),
        _day("start_at").alias("from_day"),
        _day("end_at").alias("to_day"),
        *_UNIT,
        pl.col("first_of_parent").is_not_null().alias("has_parent"),
    )
    return narrow.sort("chain", "start_key", "end_key", "event_id")


def _collapsed(ordered: pl.LazyFrame) -> pl.LazyFrame:
    """Runs of adjacent pieces of one unit, each within a day of the run so far: the first piece,
    that which ends last, and the first that is the first child of a parent.

    The latest end is taken over the whole stretch of one unit: a piece that begins more than a
    day after it outlasts all that went before, so it never reaches back over a break. Most runs
    are of one piece, so that picking rows by their place is far cheaper than grouping.
    """
    another = pl.any_horizontal(pl.col(c).ne_missing(pl.col(c).shift(1)) for c in ("chain", *_UNIT))
    stretched = ordered.with_columns(another.cum_sum().alias("stretch"))
    latest = reached_before(pl.col("to_day"), pl.col("stretch"))
    breaks = (pl.col("from_day") - latest > 1).fill_null(True)
    placed = stretched.with_columns(
        breaks.cum_sum().alias("run"),
        breaks.alias("is_first"),
        breaks.shift(-1, fill_value=True).alias("is_last"),
        pl.int_range(pl.len()).alias("place"),
    )
    beyond = pl.col("end_key") > reached_before(pl.col("end_key"), pl.col("run"))
    placed = placed.with_columns(
        pl.when(pl.col("is_first") | beyond).then("place").forward_fill().alias("furthest"),
        pl.when("has_parent").then("place").backward_fill().alias("child"),
    )
    furthest = pl.col("furthest").filter("is_last")
    child = pl.col("child").filter("is_first")
    inside = child <= pl.col("place").filter("is_last")
    return placed.select(
        *(pl.col(c).filter("is_first") for c in ("piece", "chain", "event_id", "start_key")),
        pl.col("end_key").gather(furthest),
        pl.col("piece").gather(furthest).alias("ending"),
        pl.when(inside).then(pl.col("piece").gather(child)).alias("child"),
    )


def _day(name: str) -> pl.Expr:
    return pl.col(name).dt.date().cast(pl.Int32)


def _numbered(runs: pl.LazyFrame) -> pl.LazyFrame:
    """Runs in order: collapsing moved ends, which order those that start alike."""
    ordered = runs.sort("chain", "start_key", "end_key", "event_id").with_row_index("step")
    step = pl.col("step").cast(pl.Int64)
    first = pl.when(begins_group(pl.col("chain"))).then(step).forward_fill()
    return ordered.with_columns(step, (step - first + 1).alias("step_number"))


def _told(runs: pl.LazyFrame, pieces: pl.LazyFrame) -> pl.LazyFrame:
    """Steps with what their pieces say of them."""
    which = computed(runs)
    first = [*("row", "journey_id"), *_IDENTITY, *(f"start_{p}" for p in _PARTS)]
    said = pieces.select(
        *(pl.col(c).gather(which["piece"]) for c in first),
        *(pl.col(f"end_{p}").gather(which["ending"]) for p in _PARTS),
        pl.col("first_of_parent").gather(which["child"]),
    )
    steps = which.lazy().select("step", "step_number", "chain", "start_key", "end_key")
    return pl.concat([steps, said], how="horizontal")
