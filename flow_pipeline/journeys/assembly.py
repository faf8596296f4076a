"""Published tables put together from drafts, once costs, delays and failure demand are known."""

import polars as pl

from flow_pipeline.journeys.beside import with_looked_up
from flow_pipeline.tables.journeys import CARE_EVENT, CONTINUOUS_SPELL, EVENT, JOURNEY, SPELL

_MISSED = "missed_appointment"  # kept apart, never in totals
_DISCHARGE_DELAY = "discharge_delay"
_MINUTES_OF_A_DAY = 1_440


def care_event(
    event: pl.LazyFrame,
    spell_member: pl.LazyFrame,
    journey_member: pl.LazyFrame,
    event_cost: pl.LazyFrame,
) -> pl.LazyFrame:
    """The table care_event: ``event`` with its spell, continuous spell, journey and cost.

    ``event`` (the table, in its order) gives the order. A spell's cost stands on its first
    episode; the cost of a missed appointment is in event_cost only. The parent of a spell's first
    episode is the attendance that led to the spell.
    """
    spells = spell_member.select("event_id", "spell_id", "continuous_spell_id")
    journeys = journey_member.select("event_id", "journey_id")
    rows = event.select(name for name in EVENT.column_names if name in CARE_EVENT.column_names)
    for table in (_led_to(event, spell_member), spells, journeys, _counted(event_cost)):
        rows = with_looked_up(rows, "event_id", table)
    parent = pl.coalesce("attendance", "parent_event_id").alias("parent_event_id")
    return CARE_EVENT.shaped(rows.with_columns(parent))


def _led_to(event: pl.LazyFrame, spell_member: pl.LazyFrame) -> pl.LazyFrame:
    """event_id, attendance: the first episode of each spell that began in a department."""
    members = spell_member.select("event_id", "spell_id", "kind")
    attendances = members.filter(pl.col("kind") == "emergency").select(
        "spell_id", pl.col("event_id").alias("attendance")
    )
    episodes = members.filter(pl.col("kind") == "episode").join(attendances, on="spell_id")
    first = pl.col("event_id").sort_by("start_at", "event_id").first()
    begun = episodes.join(event.select("event_id", "start_at"), on="event_id")
    return begun.group_by("spell_id", "attendance").agg(first).select("event_id", "attendance")


def spell(spell_draft: pl.LazyFrame, event_cost: pl.LazyFrame) -> pl.LazyFrame:
    """The table spell: the draft with the cost that stands on its first episode."""
    cost = _counted(event_cost).select(pl.col("event_id").alias("first_event_id"), "cost")
    return SPELL.conform(spell_draft.join(cost, on="first_event_id", how="left"))


def continuous_spell(continuous_spell_draft: pl.LazyFrame, spell: pl.LazyFrame) -> pl.LazyFrame:
    """The table continuous_spell: the draft with the cost of its spells; null where unknown."""
    costs = spell.drop_nulls("cost").group_by("continuous_spell_id").agg(pl.col("cost").sum())
    joined = continuous_spell_draft.join(costs, on="continuous_spell_id", how="left")
    return CONTINUOUS_SPELL.conform(joined)


def journey(
    journey_draft: pl.LazyFrame,
    journey_member: pl.LazyFrame,
    event_cost: pl.LazyFrame,
    delay: pl.LazyFrame,
    failure_demand: pl.LazyFrame,
) -> pl.LazyFrame:
    """The table journey: the draft with cost, days of discharge delay and flagged events.

    An event counts once whatever its flags. Delay days are those of discharges that have ended
    or not, whole days; 0 where nobody waited.
    """
    costs = (
        _counted(event_cost)
        .drop_nulls("cost")
        .join(journey_member, on="event_id", how="inner")
        .group_by("journey_id")
        .agg(pl.col("cost").sum())
    )
    waited = delay.filter(pl.col("measure") == _DISCHARGE_DELAY)
    delays = waited.group_by("journey_id").agg(
        (pl.col("minutes").sum() / _MINUTES_OF_A_DAY).alias("delay_days")
    )
    flagged = failure_demand.group_by("journey_id").agg(
        pl.col("event_id").n_unique().alias("n_failure_demand")
    )
    return JOURNEY.conform(
        journey_draft.join(costs, on="journey_id", how="left")
        .join(delays, on="journey_id", how="left")
        .join(flagged, on="journey_id", how="left")
        .with_columns(pl.col("delay_days").fill_null(0.0), pl.col("n_failure_demand").fill_null(0))
    )


def _counted(event_cost: pl.LazyFrame) -> pl.LazyFrame:
    """event_id, cost and cost_method of costs that count."""
    counts = pl.col("method").ne_missing(_MISSED)
    return event_cost.filter(counts).select(
        "event_id", pl.col("amount").alias("cost"), pl.col("method").alias("cost_method")
    )
