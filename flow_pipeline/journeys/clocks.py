"""What a step was waited for since: a recorded clock, or none (definition: waits)."""

import polars as pl

from flow_pipeline.calendar import to_utc
from flow_pipeline.contracts.families import BED_FAMILIES, HOSPITAL_FAMILIES
from flow_pipeline.journeys.beside import with_looked_up
from flow_pipeline.journeys.kept import kept

_HOME_SUPPORT = ("community_contact", "asc_service", "intermediate_care")
_PARENT_BASIS = {
    "community_referral": "referral",
    "mh_referral": "referral",
    "asc_request": "request",
    "asc_assessment": "request",
}
_CLOCKS = ("received", "booked", "decided", "ready")


def with_clocks(
    steps: pl.LazyFrame, chained: pl.LazyFrame, clock: pl.LazyFrame, spell: pl.LazyFrame
) -> pl.LazyFrame:
    """``steps`` with wait_basis and clock_at, clock_at_utc: since when the step was waited for.

    In this order: the parent's start for the parent's first child; the clocks of the attendance
    that led to a stay (decided, ready, its arrival); the step's own clocks (referral received,
    booked, decided); discharge ready of the stay before, for support at home. A clock that starts
    after the step says nothing. ``gap`` where there is none; null on a first step. ``chained``:
    events ``with_chains``.
    """
    moments = kept(_moments(clock))
    candidates = pl.concat(
        [
            _of_parents(steps, chained),
            _of_attendances(steps, chained, moments, spell),
            _own(steps, chained, moments),
            _ready(steps, spell),
        ]
    )
    best = (
        candidates.filter(_not_later())
        .sort("step", "rank", "clock_at")
        .unique("step", keep="first", maintain_order=True)
        .select("step", "clock_basis", "clock_at", "clock_at_utc")
    )
    steps = with_looked_up(steps, "step", best)
    has_before = pl.col("before").is_not_null()
    basis = pl.when(has_before).then(pl.coalesce("clock_basis", pl.lit("gap")))
    return steps.with_columns(basis.alias("wait_basis"))


def _moments(clock: pl.LazyFrame) -> pl.LazyFrame:
    return clock.filter(pl.col("clock").is_in(_CLOCKS)).select(
        "event_id",
        "clock",
        pl.col("at").alias("clock_at"),
        pl.col("at_utc").alias("clock_at_utc"),
    )


def _not_later() -> pl.Expr:
    """On one day, a clock is not later than a step whose time nobody knows (definition: time)."""
    same_day = pl.col("clock_at").dt.date() == pl.col("start_at").dt.date()
    return (pl.col("clock_at") <= pl.col("start_at")) | (
        same_day & (pl.col("start_precision") == "date")
    )


def _candidates(frame: pl.LazyFrame, rank: int, basis: pl.Expr | str) -> pl.LazyFrame:
    basis = pl.lit(basis) if isinstance(basis, str) else basis
    return frame.select(
        "step",
        basis.alias("clock_basis"),
        pl.lit(rank).alias("rank"),
        "clock_at",
        "clock_at_utc",
        "start_at",
        "start_precision",
    ).drop_nulls(["clock_basis", "clock_at"])


def _starts(chained: pl.LazyFrame) -> pl.LazyFrame:
    return chained.select(
        pl.col("event_id").alias("parent"),
        pl.col("event_family").alias("parent_family"),
        pl.col("start_at").alias("clock_at"),
        pl.col("start_at_utc").alias("clock_at_utc"),
    )


def _of_parents(steps: pl.LazyFrame, chained: pl.LazyFrame) -> pl.LazyFrame:
    parents = _starts(chained.filter(pl.col("event_family").is_in(list(_PARENT_BASIS))))
    found = steps.drop_nulls("first_of_parent").join(
        parents, left_on="first_of_parent", right_on="parent"
    )
    return _candidates(found, 1, pl.col("parent_family").replace_strict(_PARENT_BASIS))


def _of_attendances(
    steps: pl.LazyFrame, chained: pl.LazyFrame, moments: pl.LazyFrame, spell: pl.LazyFrame
) -> pl.LazyFrame:
    stays = spell.drop_nulls("emergency_event_id").select(
        "spell_id", pl.col("emergency_event_id").alias("parent")
    )
    # the stay was waited for until its first step; later wards are moves
    first = (
        steps.filter(pl.col("event_family").is_in(HOSPITAL_FAMILIES))
        .sort("spell_id", "start_key", "step_number")
        .unique("spell_id", keep="first", maintain_order=True)
    )
    waited = first.join(stays, on="spell_id")
    attendances = _starts(chained.filter(pl.col("event_family") == "emergency"))
    arrivals = waited.join(attendances, on="parent")
    clocked = waited.join(moments, left_on="parent", right_on="event_id")
    decided, ready = (clocked.filter(pl.col("clock") == c) for c in ("decided", "ready"))
    return pl.concat(
        [
            _candidates(decided, 2, "decision"),
            _candidates(ready, 3, "ready"),
            _candidates(arrivals, 4, "arrival"),
        ]
    )


def _own(steps: pl.LazyFrame, chained: pl.LazyFrame, moments: pl.LazyFrame) -> pl.LazyFrame:
    own = steps.join(moments.filter(pl.col("clock") != "ready"), on="event_id")
    types = chained.select("row", "event_type")
    received = own.filter(pl.col("clock") == "received").join(types, on="row")
    first = received.filter(pl.col("event_type").ne_missing(pl.lit("follow_up")))
    stay = pl.col("event_family").is_in(BED_FAMILIES)
    return pl.concat(
        [
            _candidates(first, 5, "referral"),
            _candidates(own.filter(pl.col("clock") == "booked"), 6, "booking"),
            _candidates(own.filter(stay & (pl.col("clock") == "decided")), 7, "decision"),
        ]
    )


def _ready(steps: pl.LazyFrame, spell: pl.LazyFrame) -> pl.LazyFrame:
    stays = spell.drop_nulls(["discharge_ready_at", "discharged_at"]).select(
        pl.col("spell_id").alias("from_spell_id"),
        pl.col("discharge_ready_at").alias("clock_at"),
        to_utc(pl.col("discharge_ready_at")).alias("clock_at_utc"),
    )
    from_stay = steps.filter(
        pl.col("event_family").is_in(_HOME_SUPPORT)
        & pl.col("from_event_family").is_in(HOSPITAL_FAMILIES)
    )
    return _candidates(from_stay.join(stays, on="from_spell_id"), 8, "ready")
