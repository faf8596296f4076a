"""Checks of submissions, by source and sender: manifest, changes, periods, duplicates, rules."""

from typing import Any

import polars as pl

from flow_pipeline.quality.catalogue import CATALOGUE
from flow_pipeline.quality.reconciliation import COMPARED, LIMITS, Limits
from flow_pipeline.quality.results import Result, result

_OWNER = ["source", "organisation_code"]
_TO_THE_PENNY = 0.005
_LEFT_OUT = "deleted_events"
_PLACEHOLDERS = "C10"
# Rules of single fields: told by field, whatever way the value is wrong. Others by their own name.
_OF_FIELDS = ("V05", "V08", "V09", "V12", "V13")
_BY_SENDER_ELSEWHERE = ("C02",)
_FEWEST_FAILED = 2  # one row at fault is no pattern


def manifest_results(
    manifest: pl.LazyFrame, control_total: pl.LazyFrame, reconciliation: pl.LazyFrame
) -> list[Result]:
    """R02: submissions that are not what their manifest says: rows, digest, control totals.

    In: the three tables. A submission that another replaces is not judged: it has been mended.
    Out: a result for each source, sender and kind of statement that was made.
    """
    replaced = reconciliation.filter(pl.col("measure") == _LEFT_OUT).select(
        submission_id="previous_submission_id"
    )
    held = manifest.join(replaced, on="submission_id", how="anti")
    sums = control_total.group_by("submission_id").agg(
        totals=((pl.col("stated") - pl.col("found")).abs() > _TO_THE_PENNY).any()
    )
    judged = held.join(sums, on="submission_id", how="left").select(
        *_OWNER,
        record_count=pl.col("stated_n_rows") != pl.col("found_n_rows"),
        digest=~pl.col("is_digest_same"),
        control_totals="totals",
    )
    kinds = ("record_count", "digest", "control_totals")
    counted = judged.group_by(_OWNER).agg(
        *(pl.col(k).count().alias(f"{k} said") for k in kinds),
        *(pl.col(k).sum().alias(f"{k} wrong") for k in kinds),
    )
    return [
        result(
            "R02",
            kind,
            row["source"],
            organisation_code=row["organisation_code"],
            n_rows=row[f"{kind} said"],
            n_failed=row[f"{kind} wrong"],
        )
        for row in counted.sort(_OWNER, nulls_last=True).collect().to_dicts()
        for kind in kinds
        if row[f"{kind} said"]
    ]


def change_results(
    reconciliation: pl.LazyFrame,
    submission: pl.LazyFrame,
    newest: pl.LazyFrame,
    limits: Limits = LIMITS,
) -> list[Result]:
    """R01, R05 and T03, by source and sender.

    In: tables reconciliation and submission; ``newest``: see reconciliation.newest. Out: of the
    newest submission R01 by measure, the change seen, without sign, against the limit or what
    chance makes, whichever is more; and T03, by how many days the median lag has grown. Of the one
    received last R05: the share of events that it leaves out of the one it replaces.
    """
    received = (
        submission.sort("received_at", "submission_id")
        .group_by(_OWNER)
        .agg(pl.col("submission_id").last())
    )
    compared = reconciliation.filter(~pl.col("verdict").is_in(["first", "other_length"]))
    is_left_out = pl.col("measure") == _LEFT_OUT
    rows = pl.concat(
        [
            compared.filter(~is_left_out).join(newest, on="submission_id", how="semi"),
            compared.filter(is_left_out).join(received, on="submission_id", how="semi"),
        ]
    )
    told = rows.sort(*_OWNER, "measure", nulls_last=True).collect().to_dicts()
    return [one for row in told if (one := _change(row, limits)) is not None]


def _change(row: dict[str, Any], limits: Limits) -> Result | None:
    measure, verdict = row["measure"], row["verdict"]
    change = abs(row["relative_change"] or 0.0)
    told: dict[str, Any] = {
        "source": row["source"],
        "organisation_code": row["organisation_code"],
        "n_rows": 1,
        "n_failed": int(verdict in ("warn", "block")),
    }
    if measure in COMPARED:
        blocks = verdict == "block"
        by_chance = row["by_chance"] or 0.0
        allowed = limits.blocks_beyond(by_chance) if blocks else max(limits.warn, by_chance)
        return result("R01", measure, **told, threshold=allowed, seen=change, blocks=blocks)
    if measure == _LEFT_OUT:
        return result("R05", measure, **told, threshold=limits.deleted, seen=change)
    if measure == "lag_median" and verdict == "warn":
        return result("T03", measure, **told, seen=row["value"] - row["previous_value"])
    return None


def period_results(submission: pl.LazyFrame) -> list[Result]:
    """T02: submissions that state another period, in months, than their rows cover."""
    starts = ("period_stated_start", "period_derived_start")
    ends = ("period_stated_end", "period_derived_end")
    both = submission.drop_nulls([*starts, *ends])
    differs = pl.any_horizontal(
        pl.col(one).dt.truncate("1mo") != pl.col(other).dt.truncate("1mo")
        for one, other in (starts, ends)
    )
    return _by_owner("T02", "stated_and_derived_period", both, differs)


def duplicate_results(settled: pl.LazyFrame, submission: pl.LazyFrame) -> list[Result]:
    """U02: rows that are wholly another row of the same submission, by source and sender."""
    copies = settled.filter(pl.col("class") == "duplicate").group_by("submission_id").len("copies")
    counted = (
        submission.join(copies, on="submission_id", how="left")
        .group_by(_OWNER)
        .agg(pl.col("n_rows").sum(), pl.col("copies").sum())
    )
    return [
        result("U02", "whole_row", source, organisation_code=sender, n_rows=n_rows, n_failed=copies)
        for source, sender, n_rows, copies in counted.sort(_OWNER, nulls_last=True)
        .collect()
        .iter_rows()
    ]


def rule_results(rule_count: pl.LazyFrame, submission: pl.LazyFrame) -> list[Result]:
    """What ingest flagged or counted beyond what is allowed, by source and sender.

    In: tables rule_count and submission. Out: C10 wherever a placeholder stood; of every other rule
    that warns those whose share of a sender's rows is more than the catalogue allows. The suites
    judge the rows of all senders together.
    """
    rows = submission.group_by(_OWNER).agg(rows=pl.col("n_rows").sum())
    rule_id = pl.col("rule").str.split(" ").list.first()
    is_field = rule_id.is_in(_OF_FIELDS)
    name = pl.when(is_field).then("column").otherwise(pl.col("rule").str.strip_prefix(rule_id))
    counted = (
        rule_count.with_columns(rule_id=rule_id, name=name.str.strip_chars())
        .filter(
            (pl.col("severity") == "warn") | (pl.col("rule_id") == _PLACEHOLDERS),
            pl.col("rule_id").is_in(list(CATALOGUE)),
            ~pl.col("rule_id").is_in(_BY_SENDER_ELSEWHERE),
        )
        .group_by("rule_id", "name", *_OWNER)
        .agg(pl.col("n_rows").sum())
        .join(rows, on=_OWNER, nulls_equal=True)
        .sort("rule_id", "name", *_OWNER, nulls_last=True)
    )
    found = [
        result(
            row["rule_id"],
            row["name"],
            row["source"],
            organisation_code=row["organisation_code"],
            n_rows=max(row["rows"], row["n_rows"]),
            n_failed=row["n_rows"],
        )
        for row in counted.collect().to_dicts()
    ]
    return [
        one
        for one in found
        if one.check.severity == "warn"
        and one.observed > one.check.threshold
        and (one.n_failed >= _FEWEST_FAILED or one.check.catalogue_id == _PLACEHOLDERS)
    ]


def _by_owner(catalogue_id: str, name: str, rows: pl.LazyFrame, fault: pl.Expr) -> list[Result]:
    counted = rows.group_by(_OWNER).agg(n=pl.len(), failed=fault.sum())
    return [
        result(catalogue_id, name, source, organisation_code=sender, n_rows=n, n_failed=failed)
        for source, sender, n, failed in counted.sort(_OWNER, nulls_last=True).collect().iter_rows()
    ]
