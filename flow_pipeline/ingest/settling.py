"""Records that are the same thing sent again: which one holds."""

import polars as pl

from flow_pipeline.tables.ingest import SETTLED

_THING = ("contract", "event_id")
_RECENCY = ("period_derived_end", "received_at", "submission_id", "row_number")


def settle(record_index: pl.LazyFrame, submissions: pl.LazyFrame) -> pl.LazyFrame:
    """The records that gave way to another record of the same thing.

    In:  table record_index (event_id: the keyed natural key; row_hash: the whole row) and table
         submission. Out: table settled: only records that do not hold; a record that is not in it
         holds. Of equal rows of one submission the first holds, the others are ``duplicate``; of
         what is left of one thing the latest holds, by end of the derived period, receipt,
         submission and row, the others are ``superseded``.
    Independent of row order. Source of the definition: design.md §7, "Nothing is lost".
    """
    received = submissions.select("submission_id", "period_derived_end", "received_at")
    again = record_index.filter(pl.len().over(_THING) > 1)
    records = again.join(received, on="submission_id", how="left")
    same_row = ("submission_id", *_THING, "row_hash")
    records = records.with_columns(
        is_copy=pl.col("row_number") > pl.col("row_number").min().over(same_row)
    )
    ordered = records.sort(_RECENCY, descending=True, nulls_last=True, maintain_order=True)
    held = ordered.filter(~pl.col("is_copy")).unique(_THING, keep="first", maintain_order=True)
    left = records.join(held.select("record_key"), on="record_key", how="anti")
    row_class = pl.when("is_copy").then(pl.lit("duplicate")).otherwise(pl.lit("superseded"))
    return SETTLED.conform(left.with_columns(row_class.alias("class")))
