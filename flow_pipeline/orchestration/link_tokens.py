"""Tokens of accepted records, as linkage and what judges it read them."""

import polars as pl

from flow_pipeline.link.bridges import bridged
from flow_pipeline.orchestration.economy_run import EconomyRun


def accepted_tokens(run: EconomyRun) -> pl.LazyFrame:
    """Tokens of all records that hold: ``accepted`` of table record_token."""
    return accepted(run, run.store.scan("record_token"))


def accepted(run: EconomyRun, tokens: pl.LazyFrame) -> pl.LazyFrame:
    """Rows of table record_token that were not superseded, each with when it was received,
    pseudonyms of one person equal where a bridge says so."""
    received = run.store.scan("submission").select("submission_id", "received_at")
    settled = run.store.scan("settled").select("record_key")
    held = (
        tokens.drop("received_at")
        .join(settled, on="record_key", how="anti")
        .join(received, on="submission_id", how="left")
    )
    return bridged(held, run.store.scan("foreign_bridge").collect())
