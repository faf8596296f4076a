"""Checks that reference files fit the records: organisations are open, files are of this time."""

import datetime as dt
from collections.abc import Mapping

import polars as pl

from flow_pipeline.quality.results import Result, result


def organisation_results(care_event: pl.LazyFrame, organisation: pl.LazyFrame) -> list[Result]:
    """V06: events at an organisation that had not opened yet or had closed.

    In: the tables of those names. Looked at are events of organisations of which the directory
    has a date; out: one result. A merger closes an organisation, whose events should then name
    the successor.
    """
    day = pl.col("start_at").dt.date()
    is_dated = pl.col("valid_from").is_not_null() | pl.col("valid_to").is_not_null()
    dated = organisation.filter(is_dated).select("organisation_code", "valid_from", "valid_to")
    is_open = (pl.col("valid_from") <= day).fill_null(True) & (pl.col("valid_to") >= day).fill_null(
        True
    )
    counts = (
        care_event.join(dated, on="organisation_code", how="inner")
        .select(rows=pl.len(), closed=(~is_open).sum())
        .collect()
    )
    n_rows, n_failed = counts.row(0)
    return [
        result(
            "V06",
            "organisation_open_on_event_date",
            "care_event",
            n_rows=n_rows,
            n_failed=n_failed,
        )
    ]


def reference_age_results(latest: Mapping[str, dt.date], on: dt.date) -> list[Result]:
    """T05: how many days before ``on`` the newest entry of each reference file is.

    In: by file, the latest date that it holds, up to ``on``. Out: one result per file, by name.
    """
    return [
        result("T05", "reference_age", name, n_rows=1, n_failed=int(days > 0), seen=float(days))
        for name, days in sorted((n, max((on - day).days, 0)) for n, day in latest.items())
    ]
