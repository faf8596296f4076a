"""What to tell a sender of what it sent: rows of a report, without a value of anybody."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from flow_pipeline.tables.ingest import ROWS_OF_STRETCH

SUMMARY = pl.Schema(
    {
        "organisation_code": pl.String(),  # null: rows that name no sender
        "source": pl.String(),
        "submission_id": pl.String(),
        "previous_submission_id": pl.String(),
        "is_newest": pl.Boolean(),
        "received_at": pl.Datetime("us"),
        "period_stated_start": pl.Date(),
        "period_stated_end": pl.Date(),
        "period_derived_start": pl.Date(),
        "period_derived_end": pl.Date(),
        "n_rows": pl.Int64(),
        "accepted": pl.Int64(),
        "quarantined": pl.Int64(),
        "duplicate": pl.Int64(),
        "superseded": pl.Int64(),
        "out_of_period": pl.Int64(),
        "stated_n_rows": pl.Int64(),
        "is_manifest_kept": pl.Boolean(),  # null: there is none
    }
)
FINDINGS = pl.Schema(
    {
        "organisation_code": pl.String,
        "source": pl.String,
        "contract": pl.String,
        "submission_id": pl.String,
        "rule": pl.String,
        "column": pl.String,
        "severity": pl.String,
        "n_rows": pl.Int64,
        "n_of": pl.Int64,
        "rate": pl.Float64,
        "previous_rate": pl.Float64,
        "trend": pl.String,  # first, new, more, alike, less, resolved
        "row_numbers": pl.String,
        "shapes": pl.String,
    }
)
_CLASSES = ("accepted", "quarantined", "duplicate", "superseded", "out_of_period")
_PLACE = ["submission_id", "rule", "column", "severity"]
_SHAPES_SHOWN = 3
_DEVIATIONS = 2


@dataclass(frozen=True)
class Feedback:
    """``summary``: one row per submission, newest first. ``findings``: one per submission, rule,
    column and severity, refusals first, then by how many rows; those that a sender has mended since
    the submission before stand at the newer one, with no rows and trend ``resolved``. ``changes``:
    table reconciliation, of the same submissions."""

    summary: pl.DataFrame
    findings: pl.DataFrame
    changes: pl.DataFrame


def feedback(tables: Mapping[str, pl.LazyFrame]) -> Feedback:
    """Make the report's rows of all senders.

    In: tables submission, row_status, settled, quarantine, rule_count, manifest, control_total and
    reconciliation, by name.
    Out: see Feedback, SUMMARY and FINDINGS. ``row_numbers`` are ranges like ``3-5, 9``, all of
    them; null for what is only counted. ``shapes``: the three most seen, with how often.
    ``trend`` is ``alike`` where chance makes as much difference as there is.
    """
    summary = _summary(tables).collect()
    findings = _findings(tables, summary.lazy()).collect()
    changes = tables["reconciliation"].collect()
    return Feedback(summary, findings, changes)


def of_sender(told: Feedback, organisation: str | None) -> Feedback:
    """The rows of one sender; None for rows that name none."""
    own = pl.col("organisation_code").eq_missing(pl.lit(organisation, pl.String))
    return Feedback(told.summary.filter(own), told.findings.filter(own), told.changes.filter(own))


def senders_of(told: Feedback) -> list[str | None]:
    """Every sender that sent anything, in order; None last where rows name none."""
    return told.summary["organisation_code"].unique().sort(nulls_last=True).to_list()


def _summary(tables: Mapping[str, pl.LazyFrame]) -> pl.LazyFrame:
    by_class = pl.concat(
        [
            tables["row_status"].select("submission_id", "class", n=ROWS_OF_STRETCH),
            tables["settled"].select("submission_id", "class", n=pl.lit(1, pl.Int64)),
            tables["settled"].select(
                "submission_id", pl.lit("accepted").alias("class"), n=pl.lit(-1, pl.Int64)
            ),
        ]
    )
    counts = by_class.group_by("submission_id").agg(
        *(pl.col("n").filter(pl.col("class") == name).sum().alias(name) for name in _CLASSES)
    )
    before = (
        tables["reconciliation"]
        .filter(pl.col("measure") == "rows")
        .select("submission_id", "previous_submission_id")
    )
    order = ["period_derived_end", "received_at", "submission_id"]
    newest = pl.col("submission_id") == pl.col("submission_id").last().over(
        "organisation_code", "source", order_by=pl.struct(order)
    )
    return (
        tables["submission"]
        .join(counts, on="submission_id", how="left")
        .join(before, on="submission_id", how="left")
        .join(_kept_manifests(tables), on="submission_id", how="left")
        .with_columns(pl.col(_CLASSES).fill_null(0), is_newest=newest)
        .select(SUMMARY.names())
        .sort("organisation_code", "source", *order, descending=[False, False, True, True, True])
    )


def _kept_manifests(tables: Mapping[str, pl.LazyFrame]) -> pl.LazyFrame:
    """Whether a file is what its manifest says."""
    is_total_off = (pl.col("stated") - pl.col("found")).abs() > 0.005  # half a penny
    totals = tables["control_total"].group_by("submission_id").agg(off=is_total_off.any())
    rows_differ = (pl.col("stated_n_rows") != pl.col("found_n_rows")).fill_null(False)
    return (
        tables["manifest"]
        .join(totals, on="submission_id", how="left")
        .select(
            "submission_id",
            "stated_n_rows",
            is_manifest_kept=~rows_differ
            & pl.col("is_digest_same").fill_null(True)
            & ~pl.col("off").fill_null(False),
        )
    )


def _findings(tables: Mapping[str, pl.LazyFrame], summary: pl.LazyFrame) -> pl.LazyFrame:
    counted = tables["rule_count"].join(
        summary.select("submission_id", "previous_submission_id", n_of="n_rows"),
        on="submission_id",
    )
    now = counted.with_columns(rate=pl.col("n_rows") / pl.col("n_of"))
    old = now.select(
        "rule",
        "column",
        "severity",
        previous_submission_id="submission_id",
        previous_rate="rate",
        previous_of="n_of",
    )
    place = ["previous_submission_id", "rule", "column", "severity"]
    told = (
        pl.concat([now, _mended(now, summary)], how="diagonal")
        .join(old, on=place, how="left")
        .join(_row_ranges(tables["quarantine"]), on=_PLACE, how="left")
        .join(_most_seen(tables["quarantine"]), on=_PLACE, how="left")
        .with_columns(trend=_trend())
    )
    severity = pl.col("severity").replace_strict(
        {"quarantine": 0, "warn": 1, "count": 2}, default=3, return_dtype=pl.Int8
    )
    return (
        told.with_columns(_severity=severity)
        .sort(
            "organisation_code",
            "source",
            "submission_id",
            "_severity",
            "n_rows",
            "rule",
            "column",
            descending=[False, False, False, False, True, False, False],
        )
        .select(FINDINGS.names())
        .cast(dict(FINDINGS))  # type: ignore[arg-type]
    )


def _mended(now: pl.LazyFrame, summary: pl.LazyFrame) -> pl.LazyFrame:
    """What the submission before had and this one has not, with no rows."""
    this = summary.select(
        "organisation_code",
        "submission_id",
        "previous_submission_id",
        n_of="n_rows",
    ).drop_nulls("previous_submission_id")
    had = now.select(
        "source", "contract", "rule", "column", "severity", previous_submission_id="submission_id"
    )
    gone = had.join(this, on="previous_submission_id").join(
        now.select(_PLACE), on=_PLACE, how="anti"
    )
    return gone.with_columns(n_rows=pl.lit(0, pl.Int64), rate=pl.lit(0.0))


def _trend() -> pl.Expr:
    """How the rate stands to that of the submission before: beyond chance of two shares, or not."""
    rate, old = pl.col("rate"), pl.col("previous_rate").fill_null(0)
    n, n_old = pl.col("n_of"), pl.coalesce("previous_of", "n_of")
    both = (rate * n + old * n_old) / (n + n_old)
    chance = (both * (1 - both) * (1 / n + 1 / n_old)).sqrt() * _DEVIATIONS
    return (
        pl.when(pl.col("previous_submission_id").is_null())
        .then(pl.lit("first"))
        .when(pl.col("n_rows") == 0)
        .then(pl.lit("resolved"))
        .when(pl.col("previous_rate").is_null())
        .then(pl.lit("new"))
        .when((rate - old).abs() <= chance)
        .then(pl.lit("alike"))
        .when(rate > old)
        .then(pl.lit("more"))
        .otherwise(pl.lit("less"))
    )


def _row_ranges(quarantine: pl.LazyFrame) -> pl.LazyFrame:
    """All row numbers of a finding, runs of them as ranges."""
    row = pl.col("row_number")
    runs = (
        quarantine.select(*_PLACE, "row_number")
        .unique()
        .sort(*_PLACE, "row_number")
        .with_columns(run=row - pl.int_range(pl.len()).over(_PLACE))
        .group_by(*_PLACE, "run")
        .agg(first=row.min(), last=row.max())
        .sort(*_PLACE, "first")
    )
    alone = pl.col("first").cast(pl.String)
    shown = (
        pl.when(pl.col("first") == pl.col("last"))
        .then(alone)
        .otherwise(pl.format("{}-{}", "first", "last"))
    )
    return runs.group_by(_PLACE, maintain_order=True).agg(row_numbers=shown.str.join(", "))


def _most_seen(quarantine: pl.LazyFrame) -> pl.LazyFrame:
    shapes = (
        quarantine.drop_nulls("shape")
        .group_by(*_PLACE, "shape")
        .agg(n=pl.len())
        .sort(*_PLACE, "n", "shape", descending=[False] * len(_PLACE) + [True, False])
    )
    told = pl.format("{} ({})", "shape", "n")
    return shapes.group_by(_PLACE, maintain_order=True).agg(
        shapes=told.head(_SHAPES_SHOWN).str.join(", ")
    )
