"""How a wait ends: in the event waited for, in something else, or not within the data."""

import polars as pl

from flow_pipeline.journeys.moments import end_key, minutes_between, start_key
from flow_pipeline.journeys.parameters import Parameters

PARTS = ("at", "at_utc", "precision")
LOOK_FORWARD_DAYS = 90
_NEVER = pl.lit(None, pl.Date)
_NOTHING = pl.lit(None, pl.String)


def settled(
    waits: pl.LazyFrame, parameters: Parameters, measure: str, *, within: int | None = None
) -> pl.LazyFrame:
    """Rows of the table delay but for journey_id.

    ``waits``: person_id, from_event_id, start_ moment, to_event_id, end_ moment (null where the
    event never came), rival (date of a competing end, null where none), match_quality, left_out.
    The event counts if it came no later than the rival and the limit: the end of the data, or
    ``within`` days after the start. A wait that ends in neither is censored at the limit.
    """
    start_day, end_day = pl.col("start_at").dt.date(), pl.col("end_at").dt.date()
    limit = pl.lit(parameters.period_end)
    if within is not None:
        limit = pl.min_horizontal(limit, start_day + pl.duration(days=within))
    waits = waits.filter(start_day <= parameters.period_end).with_columns(limit.alias("limit"))
    arrived = (
        end_day.is_not_null()
        & (end_day <= pl.col("limit"))
        & (pl.col("rival").is_null() | (end_day <= pl.col("rival")))
    )
    overtaken = ~arrived & (pl.col("rival") <= pl.col("limit")).fill_null(False)
    kind = (
        pl.when(arrived)
        .then(pl.lit("event"))
        .when(overtaken)
        .then(pl.lit("competing"))
        .otherwise(pl.lit("censored"))
    )
    waits = waits.with_columns(kind.alias("end_kind"))
    stopped = pl.when(pl.col("end_kind") == "competing").then("rival").otherwise("limit")
    stopped = pl.max_horizontal(stopped, start_day)  # what came before the wait ends it at once
    came = pl.col("end_kind") == "event"
    instead = {
        "at": stopped.cast(pl.Datetime("us")),
        "at_utc": stopped.cast(pl.Datetime("us")),
        "precision": pl.lit("date"),
    }
    waits = waits.with_columns(
        pl.when(came).then(f"end_{p}").otherwise(instead[p]).alias(f"end_{p}") for p in PARTS
    )
    return waits.select(
        pl.lit(measure).alias("measure"),
        "person_id",
        "from_event_id",
        pl.when(came).then("to_event_id").alias("to_event_id"),
        "start_at",
        "end_at",
        minutes_between("start", "end").clip(lower_bound=0).alias("minutes"),
        "end_kind",
        "match_quality",
        "left_out",
    )


def started(frame: pl.LazyFrame, moment: str = "start", **more: pl.Expr) -> pl.LazyFrame:
    """person_id, from_event_id, start_ moment, rival, match_quality and left_out of clocks that
    start."""
    said = {"match_quality": _NOTHING, "left_out": _NOTHING}
    extra = {"rival": _NEVER} | said | more
    return frame.select(
        "person_id",
        pl.col("event_id").alias("from_event_id"),
        *(pl.col(f"{moment}_{p}").alias(f"start_{p}") for p in PARTS),
        *(expr.alias(name) for name, expr in extra.items()),
    ).drop_nulls("start_at")


def ending(frame: pl.LazyFrame, *keys: pl.Expr | str, moment: str = "start") -> pl.LazyFrame:
    """``keys``, to_event_id and end_ moment of events that stop a clock."""
    return frame.select(
        *keys,
        pl.col("event_id").alias("to_event_id"),
        *(pl.col(f"{moment}_{p}").alias(f"end_{p}") for p in PARTS),
    )


def first_of(ends: pl.LazyFrame, key: str) -> pl.LazyFrame:
    """The first end of each ``key``."""
    order = ends.with_columns(start_key("end").alias("order")).sort(key, "order", "to_event_id")
    return order.unique(key, keep="first", maintain_order=True).drop("order")


def first_after(starts: pl.LazyFrame, ends: pl.LazyFrame) -> pl.LazyFrame:
    """``starts`` with the person's first end from each start on; null where there is none."""
    left = starts.with_columns(end_key("start").alias("order")).sort("order", "from_event_id")
    asked = ends.join(starts.select("person_id").unique(), on="person_id", how="semi")
    right = asked.with_columns(start_key("end").alias("order")).sort("order", "to_event_id")
    joined = left.join_asof(
        right, on="order", by="person_id", strategy="forward", check_sortedness=False
    )
    return joined.drop("order")


def is_forward() -> pl.Expr:
    """Whether the end is not surely before the start."""
    return start_key("end") >= end_key("start")


def sooner(*dates: str) -> pl.Expr:
    """The first of several competing ends."""
    return pl.min_horizontal(*dates)
