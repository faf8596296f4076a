"""The published tables, from their drafts and what other stages found: costs, flags, delays."""

import polars as pl

from flow_pipeline.journeys.stays import Stays
from flow_pipeline.tables.journeys import CARE_EVENT, CONTINUOUS_SPELL, JOURNEY, SPELL

_NOT_IN_TOTALS = "missed_appointment"
_MONEY = pl.Decimal(16, 2)


def care_event(
    event: pl.LazyFrame, stays: Stays, journey_member: pl.LazyFrame, event_cost: pl.LazyFrame
) -> pl.LazyFrame:
    """The table care_event: events with their spell, journey and cost.

    The attendance that led to a stay is the parent of the stay's first episode.
    """
    members = stays.spell_member.select("event_id", "spell_id", "continuous_spell_id")
    journeys = journey_member.select("event_id", "journey_id")
    costs = event_cost.select(
        "event_id", pl.col("amount").alias("cost"), pl.col("method").alias("cost_method")
    )
    came_from = stays.spell_draft.select(
        pl.col("first_event_id").alias("event_id"), "emergency_event_id"
    ).drop_nulls()
    for part in (members, journeys, costs, came_from):
        event = event.join(part, on="event_id", how="left")
    parent = pl.coalesce("emergency_event_id", "parent_event_id").alias("parent_event_id")
    return CARE_EVENT.conform(event.with_columns(parent))


def spell(stays: Stays, event_cost: pl.LazyFrame) -> pl.LazyFrame:
    """The table spell: a spell's cost stands on its first episode's event."""
    return SPELL.conform(_costed_spells(stays, event_cost))


def _costed_spells(stays: Stays, event_cost: pl.LazyFrame) -> pl.LazyFrame:
    costs = event_cost.select(
        pl.col("event_id").alias("first_event_id"), pl.col("amount").alias("cost")
    )
    return stays.spell_draft.join(costs, on="first_event_id", how="left")


def continuous_spell(stays: Stays, event_cost: pl.LazyFrame) -> pl.LazyFrame:
    """The table continuous_spell; its cost is null unless one of its spells has one."""
    costs = _summed(_costed_spells(stays, event_cost), "continuous_spell_id", "cost")
    draft = stays.continuous_spell_draft
    return CONTINUOUS_SPELL.conform(draft.join(costs, on="continuous_spell_id", how="left"))


def journey(
    journey_draft: pl.LazyFrame,
    journey_member: pl.LazyFrame,
    event_cost: pl.LazyFrame,
    failure_demand: pl.LazyFrame,
    delay: pl.LazyFrame,
) -> pl.LazyFrame:
    """The table journey.

    cost sums its events', missed appointments apart; n_failure_demand counts an event once
    whatever its flags; delay_days sums its discharge delays, null where none is known.
    """
    members = journey_member.select("event_id", "journey_id")
    received = event_cost.filter(pl.col("method").ne_missing(pl.lit(_NOT_IN_TOTALS)))
    costs = _summed(received.join(members, on="event_id"), "journey_id", "amount")
    flagged = failure_demand.group_by("journey_id").agg(
        pl.col("event_id").n_unique().alias("n_failure_demand")
    )
    late = delay.filter(pl.col("measure") == "discharge_delay")
    days = late.group_by("journey_id").agg((pl.col("minutes").sum() / 1440).alias("delay_days"))
    draft = journey_draft
    for part in (costs.rename({"amount": "cost"}), flagged, days):
        draft = draft.join(part, on="journey_id", how="left")
    return JOURNEY.conform(draft.with_columns(pl.col("n_failure_demand").fill_null(0)))


def _summed(frame: pl.LazyFrame, key: str, amount: str) -> pl.LazyFrame:
    """Sums in whole pence; null where no amount is known, for a missing cost is not nothing."""
    known = frame.select(key, pl.col(amount).cast(_MONEY)).drop_nulls(amount)
    return known.group_by(key).agg(pl.col(amount).sum())
