"""Tokens of accepted records, as linkage and what judges it read them."""

from collections.abc import Sequence

import polars as pl

from flow_pipeline.link.bridges import bridged
from flow_pipeline.orchestration.batch import file_of
from flow_pipeline.orchestration.economy_run import EconomyRun
from flow_pipeline.tables.record_told import record_told


def accepted_tokens(run: EconomyRun) -> pl.LazyFrame:
    """What all records that hold tell of who they are about (tables.linkage.RECORD_TOLD)."""
    scan = run.store.scan
    return _accepted(run, record_told(scan("record_token"), scan("record_identity")))


def accepted_in(run: EconomyRun, parts: Sequence[str]) -> pl.LazyFrame:
    """The same of the records of these parts of table record_token."""
    store = run.store
    files = {file_of(part) for part in parts}
    own = [part for part in store.parts("record_identity") if file_of(part) in files]
    return _accepted(
        run,
        record_told(
            store.scan_parts("record_token", parts), store.scan_parts("record_identity", own)
        ),
    )


def _accepted(run: EconomyRun, told: pl.LazyFrame) -> pl.LazyFrame:
    """Records that were not superseded, each with when it was received, pseudonyms of one person
    equal where a bridge says so."""
    received = run.store.scan("submission").select("submission_id", "received_at")
    settled = run.store.scan("settled").select("record_key")
    held = (
        told.drop("received_at")
        .join(settled, on="record_key", how="anti")
        .join(received, on="submission_id", how="left")
    )
    return bridged(held, run.store.scan("foreign_bridge").collect())
