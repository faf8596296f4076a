"""Submissions that stand in the place of an earlier one as a whole."""

import polars as pl

from flow_pipeline.tables.ingest import SUBMISSION

REPLACING = ("full", "refresh")  # as a manifest states it; a delta adds to what was sent


def with_replaced(submissions: pl.LazyFrame, manifests: pl.LazyFrame) -> pl.LazyFrame:
    """Table submission with ``supersedes`` filled where a manifest says so.

    In:  tables submission and manifest. Out: the same submissions; one whose manifest states that
         it is full or a refresh supersedes what the same source and sender sent last before it
         for the same period, as stated or else derived, and so does each before it what was sent
         before that: of all for one period, the last full one and what came after it hold rows.
         One without a period supersedes nothing.
    Independent of row order. Source of the definition: domain.md §2.0, "Manifest"; design.md §7.
    """
    typed = submissions.join(
        manifests.select("submission_id", "submission_type"), on="submission_id", how="left"
    ).with_columns(
        first=pl.coalesce("period_stated_start", "period_derived_start"),
        last=pl.coalesce("period_stated_end", "period_derived_end"),
    )
    same = ("source", "organisation_code", "first", "last")
    order = ["received_at", "submission_id"]
    before = pl.col("submission_id").shift(1).over(same, order_by=order)
    is_full = pl.col("submission_type").is_in(REPLACING).fill_null(False)
    gives_way = is_full.cum_max(reverse=True).over(same, order_by=order)  # to itself or a later one
    replaces = gives_way & pl.col("last").is_not_null()
    filled = typed.with_columns(
        supersedes=pl.coalesce("supersedes", pl.when(replaces).then(before))
    )
    return SUBMISSION.conform(filled)
