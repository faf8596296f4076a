"""Journeys: events → chains → steps, hand-offs, waits → one row per journey."""

from dataclasses import dataclass

import polars as pl

from flow_pipeline.contracts.families import BED_FAMILIES
from flow_pipeline.journeys.accounts import (
    accounts,
    clock_wait_minutes,
    in_days,
    on_axis,
    with_accounts,
)
from flow_pipeline.journeys.bridging import with_bridge_ends
from flow_pipeline.journeys.chains import family_order, with_chains
from flow_pipeline.journeys.clocks import with_clocks
from flow_pipeline.journeys.kept import kept
from flow_pipeline.journeys.moments import start_key
from flow_pipeline.journeys.parameters import Parameters
from flow_pipeline.journeys.stays import Stays
from flow_pipeline.journeys.steps import collapsed_steps
from flow_pipeline.journeys.walk import walked
from flow_pipeline.tables.journeys import JOURNEY_DRAFT, JOURNEY_MEMBER, JOURNEY_STEP

_PARTS = ("at", "at_utc", "precision")
_ANCHORS = ("unplanned_admission", "emergency_attendance", "community_referral", "council_request")


@dataclass(frozen=True)
class Journeys:
    """Tables as declared in ``tables.journeys``, under their own names."""

    journey_member: pl.LazyFrame
    journey_step: pl.LazyFrame
    journey_draft: pl.LazyFrame


def make_journeys(
    event: pl.LazyFrame,
    event_clock: pl.LazyFrame,
    stays: Stays,
    deaths: pl.LazyFrame,
    parameters: Parameters,
) -> Journeys:
    """Journeys of all events; every event is in exactly one. ``deaths``: of ``LinkedRows``.

    Waits in minutes (UTC, or whole days of 1,440 where either side is only a date); care, wait
    and unattributed days of a journey sum to its end less its start.
    """
    bridging = with_bridge_ends(event, stays.spell_draft, stays.spell_member)
    chained = kept(with_chains(bridging, parameters.gap_days))
    steps = kept(walked(collapsed_steps(chained, stays.spell_draft, stays.spell_member)))
    steps = kept(with_clocks(steps, chained, event_clock, stays.spell_draft))
    spans = kept(_spans(chained, steps))
    steps = kept(with_accounts(steps, spans))
    draft = (
        spans.join(_facts(chained), on="chain")
        .join(_anchors(chained, stays.spell_member), on="chain", how="left")
        .join(_counts(steps), on="chain", how="left")
        .join(accounts(steps), on="chain", how="left")
        .join(deaths, on="person_id", how="left")
    )
    return Journeys(
        journey_member=JOURNEY_MEMBER.shaped(chained),
        journey_step=JOURNEY_STEP.shaped(_published_steps(steps)),
        journey_draft=JOURNEY_DRAFT.shaped(_completed(draft, parameters).sort("chain")),
    )


def _published_steps(steps: pl.LazyFrame) -> pl.LazyFrame:
    return steps.with_columns(
        pl.col("organisation_code").alias("to_organisation_code"),
        pl.col("team_code").alias("to_team_code"),
        pl.col("sector").alias("to_sector"),
        clock_wait_minutes(),
    )


def _spans(chained: pl.LazyFrame, steps: pl.LazyFrame) -> pl.LazyFrame:
    """From when to when each journey runs, and the axis its time is counted on.

    Bridging events and steps make the span; an event that is alone and does not bridge is its
    own, at its start.
    """
    bridged = chained.filter("is_bridging").select("chain").unique()
    lasting = pl.col("is_bridging") & (pl.col("role") == "interval")
    alone = chained.filter(~pl.col("is_bridging")).join(bridged, on="chain", how="anti")
    members = pl.concat([chained.filter("is_bridging"), alone]).with_columns(
        pl.when(lasting).then(f"counted_end_{p}").otherwise(f"start_{p}").alias(f"end_{p}")
        for p in _PARTS
    )
    # numbers only, and sorted by chain: what is sorted is grouped in a third of the time
    moments = pl.concat([members.select(_numbers()), steps.select(_numbers())]).sort("chain")
    found = moments.group_by("chain", maintain_order=True).agg(
        pl.col("is_exact").all(),
        # equal keys are equal moments, so it does not matter which of them is taken
        pl.col("start_at", "start_at_utc").min_by("order"),
        pl.col("end_at").max(),
        pl.col("end_at").max_by("end_at_utc").alias("exact_end_at"),
        pl.col("end_at_utc").max(),
    )
    # an end of which only the day is known stands at its first minute, before a start of that day
    found = found.with_columns(
        pl.max_horizontal(f"start_{p}", f"end_{p}").alias(f"end_{p}") for p in _PARTS[:2]
    )
    return found.select(
        "chain",
        "is_exact",
        "start_at",
        pl.when("is_exact").then("exact_end_at").otherwise("end_at").alias("end_at"),
        on_axis("start").alias("from_axis"),
        on_axis("end").alias("to_axis"),
    )


def _numbers() -> list[pl.Expr]:
    exact = (pl.col("start_precision") == "minute") & (pl.col("end_precision") == "minute")
    return [
        pl.col("chain"),
        exact.alias("is_exact"),
        start_key().alias("order"),
        *(pl.col(f"{name}_{p}") for name in ("start", "end") for p in _PARTS[:2]),
    ]


def _facts(chained: pl.LazyFrame) -> pl.LazyFrame:
    died = (pl.col("event_family") == "death") | (pl.col("outcome_class") == "died")
    open_stay = pl.col("is_bridging") & (pl.col("role") == "interval") & pl.col("is_open")
    return chained.group_by("chain").agg(
        pl.col("journey_id").first(),
        pl.col("person_id").first(),
        pl.len().alias("n_events"),
        pl.col("event_family").is_in(BED_FAMILIES).any().alias("has_admission"),
        died.fill_null(False).any().alias("died"),
        open_stay.any().alias("is_open"),
        pl.col("linkage_score").min().alias("min_linkage_confidence"),
    )


def _anchors(chained: pl.LazyFrame, spell_member: pl.LazyFrame) -> pl.LazyFrame:
    """The first event of the highest class present (definition: anchors)."""
    admitted = spell_member.filter(pl.col("kind") == "emergency").select("event_id")
    family = pl.col("event_family")
    attended = chained.filter(family == "emergency").join(admitted, on="event_id", how="anti")
    classes = [
        chained.filter(family.is_in(BED_FAMILIES) & (pl.col("planned") == "unplanned")),
        attended,
        chained.filter(family == "community_referral"),
        chained.filter(family == "asc_request"),
    ]
    ranked = pl.concat(
        [
            frame.select(
                "chain",
                pl.lit(rank).alias("rank"),
                pl.lit(name).alias("anchor_type"),
                pl.col("event_id").alias("anchor_event_id"),
                start_key().alias("order"),
                family_order().alias("family_order"),
            )
            for rank, (name, frame) in enumerate(zip(_ANCHORS, classes, strict=True))
        ]
    )
    first = ranked.sort("chain", "rank", "order", "family_order", "anchor_event_id")
    return first.unique("chain", keep="first", maintain_order=True).select(
        "chain", "anchor_type", "anchor_event_id"
    )


def _counts(steps: pl.LazyFrame) -> pl.LazyFrame:
    """Hand-offs of non-concurrent steps; an unknown one counts as a hand-off of no known kind."""
    kind, sequential = pl.col("handoff_type"), ~pl.col("is_concurrent")
    wide = kind.is_in(("organisation", "sector")).fill_null(False)
    return steps.group_by("chain").agg(
        pl.len().alias("n_steps"),
        (sequential & kind.is_not_null()).sum().alias("n_handoffs"),
        (sequential & wide).sum().alias("n_organisation_handoffs"),
        (sequential & (kind == "sector").fill_null(False)).sum().alias("n_sector_handoffs"),
    )


def _died_in_it(gap_days: int) -> pl.Expr:
    """Whether the person died in the journey: where an event of the death itself would join it."""
    since_end = (pl.col("died_on") - pl.col("end_at").dt.date()).dt.total_days()
    began = pl.col("died_on") >= pl.col("start_at").dt.date()
    return (began & (since_end <= gap_days)).fill_null(False)


def _completed(draft: pl.LazyFrame, parameters: Parameters) -> pl.LazyFrame:
    counted = ("n_steps", "n_handoffs", "n_organisation_handoffs", "n_sector_handoffs")
    care, wait, longest = (pl.col(c).fill_null(0) for c in ("care", "wait", "longest_wait"))
    rest = pl.col("to_axis") - pl.col("from_axis") - care - wait
    may_go_on = (
        pl.lit(parameters.period_end) - pl.col("end_at").dt.date()
    ).dt.total_days() < parameters.gap_days
    reason = (
        pl.when(pl.col("died") | _died_in_it(parameters.gap_days))
        .then(pl.lit("death"))
        .when("is_open")
        .then(pl.lit("open"))
        .when(may_go_on)
        .then(pl.lit("period_end"))
        .otherwise(pl.lit("gap"))
    )
    return draft.with_columns(
        *(pl.col(c).fill_null(0) for c in counted),
        in_days(care).alias("care_days"),
        in_days(wait).alias("total_wait_days"),
        in_days(longest).alias("longest_wait_days"),
        in_days(rest.clip(lower_bound=0)).alias("unattributed_days"),
        pl.col("anchor_type").fill_null("none"),
        reason.alias("end_reason"),
    )
