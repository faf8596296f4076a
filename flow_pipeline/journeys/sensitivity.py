"""What the gap rule does: the same events made into journeys under other rules."""

from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from flow_pipeline.contracts.families import BED_FAMILIES
from flow_pipeline.journeys.bridging import with_bridge_ends
from flow_pipeline.journeys.chains import bridge_end
from flow_pipeline.journeys.kept import kept
from flow_pipeline.tables.journeys import GAP_SENSITIVITY

GAP_RULES = (7, 14, 28, 30, 60, 90)  # days


def gap_sensitivity(
    buckets: Iterable[Mapping[str, pl.LazyFrame]], gap_rules: Sequence[int] = GAP_RULES
) -> pl.LazyFrame:
    """The table gap_sensitivity: journeys of bridging events under each rule, in days.

    In: tables event, spell_draft and spell_member of all persons, of each in one bucket. Out: one
    row per rule. Journeys that are one event which does not bridge are the same under every rule
    and not among them. The widest rule is made of the journeys of the narrowest, which are the
    fewest rows that tell all of them apart.
    """
    narrowest = pl.concat(kept(_journeys(_days(tables), min(gap_rules))) for tables in buckets)
    made = [_told(_journeys(narrowest, gap), gap) for gap in sorted(gap_rules)]
    return GAP_SENSITIVITY.conform(pl.concat(made))


def _days(tables: Mapping[str, pl.LazyFrame]) -> pl.LazyFrame:
    event = with_bridge_ends(*(tables[n] for n in ("event", "spell_draft", "spell_member")))
    return event.filter("is_bridging").select(
        "person_id",
        pl.col("start_at").dt.date().alias("from_date"),
        bridge_end().dt.date().alias("to_date"),
        pl.lit(1, pl.Int64).alias("n_events"),
        pl.col("event_family").is_in(BED_FAMILIES).alias("has_admission"),
    )


def _journeys(parts: pl.LazyFrame, gap_days: int) -> pl.LazyFrame:
    """Parts of a person (events, or journeys of a narrower rule) joined under a rule."""
    ordered = parts.sort("person_id", "from_date")
    reached = pl.col("to_date").cum_max().shift(1).over("person_id")
    gap = (pl.col("from_date") - reached).dt.total_days()
    number = (gap.is_null() | (gap > gap_days)).cum_sum().alias("number")
    return (
        ordered.with_columns(number)
        .group_by("number")
        .agg(
            pl.col("person_id").first(),
            pl.col("from_date").min(),
            pl.col("to_date").max(),
            pl.col("n_events").sum(),
            pl.col("has_admission").any(),
        )
        .drop("number")
    )


def _told(journeys: pl.LazyFrame, gap_days: int) -> pl.LazyFrame:
    length = (pl.col("to_date") - pl.col("from_date")).dt.total_days()
    return journeys.select(
        pl.lit(gap_days, pl.Int64).alias("gap_days"),
        pl.len().cast(pl.Int64).alias("n_journeys"),
        pl.col("person_id").n_unique().cast(pl.Int64).alias("n_people"),
        pl.col("n_events").mean().alias("events_per_journey"),
        (pl.col("n_events") == 1).mean().alias("share_of_one_event"),
        pl.col("has_admission").mean().alias("share_with_admission"),
        length.median().alias("median_days"),
        length.quantile(0.9, interpolation="linear").alias("p90_days"),
    )
