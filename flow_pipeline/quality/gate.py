"""The gate: what stops publishing, and what is only said."""

from dataclasses import dataclass
from typing import Any

import polars as pl

from flow_pipeline.errors import QualityBlocked
from flow_pipeline.quality.overrides import WAIVED

_SHOWN = 10


@dataclass(frozen=True)
class Verdict:
    """Failures that block publishing, and those that only warn: ``check_id: source``, in order."""

    blocked: tuple[str, ...]
    warnings: tuple[str, ...]


def verdict(results: pl.LazyFrame) -> Verdict:
    """Judge ``quality_result``.

    A failure blocks when its severity is ``block`` or ``quarantine`` (a row that should have been
    refused was accepted) and no waiver holds (``override``); every other failure warns.
    """
    blocks, failed = _failures(results)
    return Verdict(blocked=_named(failed.filter(blocks)), warnings=_named(failed.filter(~blocks)))


def require_passed(results: pl.LazyFrame) -> Verdict:
    """The verdict, where nothing blocks.

    Raises QualityBlocked with check, source, what was seen and what is allowed.
    """
    blocks, failed = _failures(results)
    blocked = failed.filter(blocks).collect().to_dicts()
    if not blocked:
        return verdict(results)
    lines = [
        f"  {row['check_id']} on {_place(row)}: {_figure(row['observed'])} seen, "
        f"{_figure(row['threshold'])} allowed ({row['n_failed']:,} of {row['n_rows']:,}"
        f"{_expired(row)})"
        for row in blocked[:_SHOWN]
    ]
    if len(blocked) > _SHOWN:
        lines.append(f"  and {len(blocked) - _SHOWN} more")
    raise QualityBlocked(
        f"The quality gate blocked publishing: {len(blocked)} failed.\n"
        + "\n".join(lines)
        + "\nThe last release stays as it was. See the data docs and docs/quality.md; mend the "
        "extracts, or waive the check under quality: overrides: with who, why and until when."
    )


def _failures(results: pl.LazyFrame) -> tuple[pl.Expr, pl.LazyFrame]:
    is_waived = pl.col("override").str.starts_with(WAIVED).fill_null(False)
    blocks = pl.col("severity").is_in(["block", "quarantine"]) & ~is_waived
    order = ["check_id", "source", "organisation_code"]
    return blocks, results.filter(~pl.col("passed")).sort(order, nulls_last=True)


def _place(row: dict[str, Any]) -> str:
    sender = row["organisation_code"]
    return f"{row['source']} of {sender}" if sender else str(row["source"])


def _expired(row: dict[str, Any]) -> str:
    return f"; override {row['override']}" if row["override"] else ""


def _named(failed: pl.LazyFrame) -> tuple[str, ...]:
    name = pl.format("{}: {}", "check_id", "source")
    return tuple(failed.select(name.alias("name")).unique(maintain_order=True).collect()["name"])


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:.3%}"
