"""Bed days as date ranges, each date of a person claimed once (definition: bed days)."""

import polars as pl

from flow_pipeline.journeys.continuous import in_order
from flow_pipeline.journeys.runs import reached_before
from flow_pipeline.tables.journeys import BED_DAY


def bed_days(spells: pl.LazyFrame) -> pl.LazyFrame:
    """Ranges of dates d with admission ≤ d < discharge; a date two stays claim is the earlier's.

    ``spells``: person_id, spell_id, continuous_spell_id, is_emergency, is_open, admitted_at and
    counted_end_at. Stays without a night of their own have no row.
    """
    dated = in_order(spells, "spell_id").with_columns(
        pl.col("admitted_at").dt.date().alias("from_date"),
        pl.col("counted_end_at").dt.date().alias("to_date"),
    )
    # every date from this admission to the latest earlier end is claimed: whoever holds that end
    # was admitted before, or at the same moment
    person = pl.col("person_id").rle_id()
    claimed_to = reached_before(pl.col("to_date").cast(pl.Int32), person)
    unplanned = pl.col("is_emergency").first().over("continuous_spell_id")
    ranges = dated.with_columns(
        pl.max_horizontal("from_date", claimed_to.cast(pl.Int32).cast(pl.Date)).alias("from_date"),
        unplanned.alias("is_unplanned"),
    )
    return BED_DAY.conform(ranges.filter(pl.col("to_date") > pl.col("from_date")))
