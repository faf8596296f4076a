"""What became of judged rows, told: accepted rows, faults, status and counts."""

import datetime as dt

import polars as pl

from flow_pipeline.contracts.language import Contract, Field
from flow_pipeline.ingest.checks import (
    EXPECTED_MISSING,
    PLACEHOLDER,
    SENDER,
    WHOLE_ROW,
    Check,
    expected_missing,
)
from flow_pipeline.ingest.mapping import (
    IS_RAGGED,
    ORGANISATION,
    ROW_NUMBER,
    Sender,
    SourceMap,
)
from flow_pipeline.ingest.shapes import shape_of
from flow_pipeline.ingest.values import polars_type
from flow_pipeline.tables.ingest import QUARANTINE, ROW_STATUS

_COUNTS = pl.Schema(
    {"rule": pl.String, "column": pl.String, "severity": pl.String, "n_rows": pl.Int64}
)
_STATED = ("reporting_period_start_date", "reporting_period_end_date")


def with_status(
    rows: pl.DataFrame,
    flags: pl.DataFrame,
    fired: list[Check],
    source: SourceMap,
    period: tuple[dt.date, dt.date],
) -> pl.DataFrame:
    """The rows with class, first refusing rule and flags of warnings.

    A row that is refused is not looked at for the period.
    """
    refusals = [
        pl.when(name).then(pl.lit(check.rule))
        for name, check in zip(flags.columns, fired, strict=True)
        if check.severity == "quarantine"
    ]
    rule = pl.coalesce(refusals) if refusals else pl.lit(None, pl.String)
    outside = _is_out_of_period(source.contract, period).fill_null(False)
    judged = pl.concat([rows, flags], how="horizontal").with_columns(
        _rule=rule,
        _flags=_warning_ids(flags.columns, fired),
        _organisation=_known_organisation(flags.columns, fired, source.sender),
    )
    row_class = (
        pl.when(pl.col("_rule").is_not_null())
        .then(pl.lit("quarantined"))
        .when(outside)
        .then(pl.lit("out_of_period"))
        .otherwise(pl.lit("accepted"))
    )
    return judged.drop(flags.columns).with_columns(_class=row_class)


def _known_organisation(names: list[str], fired: list[Check], sender: Sender) -> pl.Expr:
    """The sender's code; null where a column does not give one, for it may hold anything."""
    code = pl.col(ORGANISATION)
    at_fault = ((SENDER,), (WHOLE_ROW,))
    unknown = [n for n, c in zip(names, fired, strict=True) if c.columns in at_fault]
    if sender.code is not None or not unknown:
        return code
    return pl.when(~pl.any_horizontal(unknown)).then(code)


def _warning_ids(names: list[str], fired: list[Check]) -> pl.Expr:
    by_id: dict[str, list[str]] = {}
    for name, check in zip(names, fired, strict=True):
        if check.severity == "warn":
            by_id.setdefault(check.rule_id, []).append(name)
    if not by_id:
        return pl.lit([], dtype=pl.List(pl.String))
    each = [pl.when(pl.any_horizontal(by_id[i])).then(pl.lit(i)) for i in sorted(by_id)]
    return pl.concat_list(each).list.drop_nulls()


def _is_out_of_period(contract: Contract, period: tuple[dt.date, dt.date]) -> pl.Expr:
    if contract.period_start is None:
        return pl.lit(False)
    start = pl.col(contract.period_start).cast(pl.Date)
    after = start > period[1]
    if contract.period_end is None:
        return after
    return after | (pl.col(contract.period_end).cast(pl.Date) < period[0])


def accepted(judged: pl.DataFrame, contract: Contract, lineage: dict[str, str]) -> pl.LazyFrame:
    """The accepted rows; see parsing.Parsed."""
    fields = [pl.col(f.name).cast(polars_type(f.type)) for f in contract.fields]
    return (
        judged.lazy()
        .filter(pl.col("_class") == "accepted")
        .select(
            pl.lit(lineage["submission_id"]).alias("submission_id"),
            pl.lit(lineage["source"]).alias("source"),
            pl.col("_organisation").alias("organisation_code"),
            pl.col(ROW_NUMBER).alias("row_number"),
            pl.col("_flags").alias("dq_flags"),
            *fields,
        )
    )


def status(judged: pl.DataFrame, lineage: dict[str, str]) -> pl.LazyFrame:
    """Table row_status."""
    constants = [pl.lit(value).alias(name) for name, value in lineage.items()]
    return (
        judged.lazy()
        .select(
            *constants,
            pl.col("_organisation").alias("organisation_code"),
            pl.col(ROW_NUMBER).alias("row_number"),
            pl.lit("ingest").alias("stage"),
            pl.col("_class").alias("class"),
            pl.col("_rule").alias("rule"),
        )
        .select(ROW_STATUS.column_names)
    )


def starts(judged: pl.DataFrame, contract: Contract) -> pl.Series:
    """Dates on which rows that were not refused begin; empty where the contract has none."""
    name = contract.period_start or contract.valid_from
    if name is None:
        return pl.Series("start", [], dtype=pl.Date)
    kept = judged.filter(pl.col("_class") != "quarantined")
    return kept[name].cast(pl.Date).drop_nulls().alias("start")


def stated(judged: pl.DataFrame, contract: Contract) -> tuple[dt.date | None, dt.date | None]:
    """First and last date of the reporting period that rows not refused state, if they do."""
    if not all(contract.has(name) for name in _STATED):
        return None, None
    kept = judged.filter(pl.col("_class") != "quarantined")
    first, last = kept[_STATED[0]].min(), kept[_STATED[1]].max()
    return first, last  # type: ignore[return-value]


def faults(
    texts: pl.DataFrame,
    judged: pl.DataFrame,
    flags: pl.DataFrame,
    fired: list[Check],
    contract: Contract,
    lineage: dict[str, str],
) -> pl.LazyFrame:
    """One row per row, column and rule at fault, with the shape of the text as delivered."""
    fields = {f.name: f for f in contract.fields}
    source = pl.concat(
        [
            texts.select(n for n in texts.columns if n != ROW_NUMBER),
            judged.select(pl.col(ROW_NUMBER), pl.col("_organisation").alias("_known")),
        ],
        how="horizontal",
    ).lazy()
    parts = [
        source.filter(flags[name]).select(
            *(pl.lit(value).alias(key) for key, value in lineage.items()),
            pl.col("_known").alias("organisation_code"),
            pl.col(ROW_NUMBER).alias("row_number"),
            pl.lit(column).alias("column"),
            pl.lit(check.rule).alias("rule"),
            pl.lit(check.severity).alias("severity"),
            _shape(column, fields.get(column), texts.columns).alias("shape"),
        )
        for name, check in zip(flags.columns, fired, strict=True)
        for column in check.columns
    ]
    if not parts:
        return QUARANTINE.empty()
    unique = pl.concat(pl.collect_all(parts)).unique(QUARANTINE.key)
    return QUARANTINE.conform(unique.lazy())


def _shape(column: str, field: Field | None, delivered: list[str]) -> pl.Expr:
    if column == WHOLE_ROW:
        return pl.lit(None, pl.String)
    name = ORGANISATION if column == SENDER else column
    if name not in delivered:
        return pl.lit("empty")
    return shape_of(pl.col(name), field)


def counts(
    rows: pl.DataFrame,
    flags: pl.DataFrame,
    fired: list[Check],
    placeholders: dict[str, int],
    contract: Contract,
) -> pl.DataFrame:
    """Rules that fired or count, by column, with how many rows."""
    expected = [f for f in contract.fields if f.required == "expected"]
    missing = rows.select(
        (expected_missing(f) & ~pl.col(IS_RAGGED)).sum().alias(f.name) for f in expected
    )
    found: list[tuple[str, str, str, int]] = [
        (check.rule, check.columns[0], check.severity, int(flags[name].sum()))
        for name, check in zip(flags.columns, fired, strict=True)
    ]
    found += [(EXPECTED_MISSING, n, "count", int(missing[n][0])) for n in missing.columns]
    found += [(PLACEHOLDER, n, "count", count) for n, count in placeholders.items()]
    counts = pl.DataFrame([f for f in found if f[3]], schema=_COUNTS, orient="row")
    return (
        counts.group_by("rule", "column", "severity")
        .agg(pl.col("n_rows").sum())
        .sort("rule", "column", "severity")
    )
