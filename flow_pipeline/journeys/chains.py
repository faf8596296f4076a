"""Which events make one journey (definition: journeys)."""

import polars as pl

from flow_pipeline.contracts.families import EVENT_FAMILIES
from flow_pipeline.journeys.ids import hashed
from flow_pipeline.journeys.kept import computed, kept
from flow_pipeline.journeys.moments import start_key
from flow_pipeline.journeys.runs import person_and_day, reached_before

_FAMILY_ORDER = {f.name: f.order for f in EVENT_FAMILIES}
_LAST = 9


def family_order() -> pl.Expr:
    """Which of two events at one moment comes first."""
    return pl.col("event_family").replace_strict(
        _FAMILY_ORDER, default=pl.lit(_LAST), return_dtype=pl.Int8
    )


def bridge_end() -> pl.Expr:
    """Until when, locally, an event holds a journey together: a point or context at its start."""
    return pl.when(pl.col("role") == "interval").then("counted_end_at").otherwise("start_at")


def with_chains(event: pl.LazyFrame, gap_days: int) -> pl.LazyFrame:
    """``event`` (the table, in its order) with row, chain and journey_id: each event in exactly
    one journey.

    Bridging events chain while the next begins at most ``gap_days`` local days after the latest
    end so far. An event that does not bridge joins the journey that covers it or ended at most
    ``gap_days`` before it, else the one that begins at most ``gap_days`` after it, else is alone.
    ``row`` is the number of the event here and ``chain`` that of its journey, in the order of
    persons and time: cheaper to sort and join by than ids.
    """
    slim = event.select(
        pl.int_range(pl.len(), dtype=pl.UInt32).alias("row"),
        pl.col("person_id").rle_id().alias("person"),
        "is_bridging",
        start_key("start").alias("start_order"),
        family_order().alias("family_order"),
        _day(pl.col("start_at")).alias("from_day"),
        _day(bridge_end()).alias("to_day"),
    )
    slim = kept(slim)
    chained = kept(_chained(slim.filter("is_bridging"), gap_days))
    loose = _joined(slim.filter(~pl.col("is_bridging")), chained, gap_days)
    placed = kept(pl.concat([chained.select("row", "seed"), loose]).sort("row"))
    seeds = computed(placed.select(pl.col("seed").unique().sort())).to_series()
    ids = computed(event.select(hashed("journey", pl.col("event_id").gather(seeds)))).to_series()
    chain = placed.select("row", pl.lit(seeds).search_sorted(pl.col("seed")).alias("chain"))
    named = chain.with_columns(pl.lit(ids).gather(pl.col("chain")).alias("journey_id"))
    return pl.concat([event, named], how="horizontal")


def _chained(bridging: pl.LazyFrame, gap_days: int) -> pl.LazyFrame:
    """``bridging`` with seed: the row of the first event of its journey.

    Events that are alike in time and family are in the order of their ids, as rows are.
    """
    ordered = bridging.sort("person", "start_order", "family_order", "row")
    gap = pl.col("from_day") - reached_before(pl.col("to_day"), pl.col("person"))
    begins = gap.is_null() | (gap > gap_days)
    return ordered.with_columns(pl.when(begins).then("row").forward_fill().alias("seed"))


def _day(at: pl.Expr) -> pl.Expr:
    return at.dt.date().cast(pl.Int32)


def _joined(loose: pl.LazyFrame, chained: pl.LazyFrame, gap_days: int) -> pl.LazyFrame:
    """row and seed of events that do not bridge; its own row where it is alone.

    Journeys of a person do not overlap, so that the one before and the one after an event are
    neighbours in the order of persons and days.
    """
    spans = computed(
        chained.group_by("seed", maintain_order=True).agg(
            pl.col("person").first(), pl.col("from_day").min(), pl.col("to_day").max()
        )
    )
    begins, order = pl.lit(spans.select(_order()).to_series()), _order()
    asked = loose.select(
        "row",
        "person",
        "from_day",
        (begins.search_sorted(order, side="right").cast(pl.Int64) - 1).alias("before"),
        begins.search_sorted(order, side="left").cast(pl.Int64).alias("after"),
    )
    before, after = (_at(spans, pl.col(name)) for name in ("before", "after"))
    near = pl.col("from_day") - before["to_day"] <= gap_days
    soon = after["from_day"] - pl.col("from_day") <= gap_days
    return asked.select(
        "row",
        pl.coalesce(
            pl.when(near & (before["person"] == pl.col("person"))).then(before["seed"]),
            pl.when(soon & (after["person"] == pl.col("person"))).then(after["seed"]),
            "row",
        ).alias("seed"),
    )


def _order() -> pl.Expr:
    return person_and_day(pl.col("person"), pl.col("from_day"))


def _at(spans: pl.DataFrame, place: pl.Expr) -> dict[str, pl.Expr]:
    """Columns of ``spans`` at these places, null where there is none."""
    there = pl.when(place.is_between(0, spans.height - 1)).then(place)
    return {name: pl.lit(spans[name]).gather(there) for name in spans.columns}
