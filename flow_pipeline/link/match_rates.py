"""How many records are linked, by source, sender and month."""

import polars as pl

from flow_pipeline.tables.linkage import MATCH_RATE

_UNLINKED = "local_only"


def match_rates(
    person_link: pl.LazyFrame, record_token: pl.LazyFrame, submission: pl.LazyFrame
) -> pl.LazyFrame:
    """The table match_rate.

    In:  tables person_link, record_token and submission. A record is of the month of its own date,
         else of its receipt; one that is not linked has no other identity for its person.
    """
    said = record_token.select("record_key", "source", "organisation_code", "seen_on")
    received = submission.select("submission_id", "received_at").unique("submission_id")
    day = pl.coalesce("seen_on", pl.col("received_at").dt.date())
    counts = (
        person_link.select("record_key", "submission_id", "person_id", "method")
        .join(said, on="record_key")
        .join(received, on="submission_id", how="left")
        .group_by("source", "organisation_code", day.dt.truncate("1mo").alias("month"))
        .agg(
            n_records=pl.len(),
            n_linked=(pl.col("method") != _UNLINKED).sum(),
            n_people=pl.col("person_id").n_unique(),
        )
    )
    return MATCH_RATE.conform(counts.drop_nulls("month"))
