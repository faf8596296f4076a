"""What became of judged rows, told: accepted rows, faults, status and counts."""

import datetime as dt
from collections.abc import Collection

import polars as pl

from flow_pipeline.contracts.codes import code_lists
from flow_pipeline.contracts.language import Contract, Field
from flow_pipeline.ingest.checks import (
    DEFAULT_CODE,
    EXPECTED_MISSING,
    PLACEHOLDER,
    SENDER,
    WHOLE_ROW,
    Check,
    default_coded,
    expected_missing,
)
from flow_pipeline.ingest.mapping import (
    IS_RAGGED,
    ORGANISATION,
    ROW_NUMBER,
    Sender,
    SourceMap,
)
from flow_pipeline.ingest.periods import MONTHS, months_of, period_rule
from flow_pipeline.ingest.shapes import shape_of
from flow_pipeline.ingest.submissions import Delivery
from flow_pipeline.ingest.tally import SUBMISSIONS
from flow_pipeline.ingest.values import polars_type
from flow_pipeline.tables.ingest import QUARANTINE, ROW_STATUS, RULE_COUNT

_STATED = ("reporting_period_start_date", "reporting_period_end_date")
_CLASSES = pl.Enum(["accepted", "quarantined", "out_of_period"])
_REFUSED = pl.col("_class") == "quarantined"
# What else stands in rule_count beside rule, column, severity and n_rows.
_BELONGS = ("submission_id", "organisation_code")


def with_status(
    rows: pl.DataFrame,
    flags: pl.DataFrame,
    fired: list[Check],
    source: SourceMap,
    period: tuple[dt.date, dt.date],
    delivery: Delivery,
) -> pl.DataFrame:
    """The rows with sender, submission, class, first refusing rule and flags of warnings.

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
        .then(pl.lit("quarantined", _CLASSES))
        .when(outside)
        .then(pl.lit("out_of_period", _CLASSES))
        .otherwise(pl.lit("accepted", _CLASSES))
    )
    known = judged["_organisation"].unique() if delivery.is_of_many else ()
    ids = delivery.submission_ids("_organisation", known)
    return judged.drop(flags.columns).with_columns(_class=row_class, _submission=ids)


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


def accepted(judged: pl.DataFrame, contract: Contract, source: str) -> pl.LazyFrame:
    """The accepted rows; see parsing.Parsed."""
    fields = [pl.col(f.name).cast(polars_type(f.type)) for f in contract.fields]
    is_accepted = pl.col("_class") == "accepted"
    if judged.select(is_accepted.all()).item():  # nothing to sort out, as in most batches
        is_accepted = pl.lit(True)
    return (
        judged.lazy()
        .filter(is_accepted)
        .select(
            pl.col("_submission").alias("submission_id"),
            pl.lit(source).alias("source"),
            pl.col("_organisation").alias("organisation_code"),
            pl.col(ROW_NUMBER).alias("row_number"),
            pl.col("_flags").alias("dq_flags"),
            *fields,
        )
    )


def status(judged: pl.DataFrame, contract: Contract, source: str) -> pl.LazyFrame:
    """Table row_status."""
    number, alike = pl.col(ROW_NUMBER), ("_class", "_rule", "_submission", "_organisation")
    begins = (number != number.shift() + 1).fill_null(True)
    begins = begins | pl.any_horizontal(pl.col(n).ne_missing(pl.col(n).shift()) for n in alike)
    stretches = (
        judged.lazy()
        .select(ROW_NUMBER, *alike, _begins=begins)
        .with_columns(_ends=pl.col("_begins").shift(-1, fill_value=True))
        .select(
            pl.col(ROW_NUMBER, *alike).filter("_begins"),
            last_row_number=number.filter("_ends"),
        )
    )
    named = {ROW_NUMBER: "row_number", "_class": "class", "_rule": "rule"}
    named |= {"_submission": "submission_id", "_organisation": "organisation_code"}
    lits = {"source": source, "contract": contract.name, "stage": "ingest"}
    told = {name: pl.lit(value) for name, value in lits.items()}
    return ROW_STATUS.shaped(stretches.rename(named).with_columns(**told))


def submissions(judged: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    """Per sender its rows, those refused, and the period that rows not refused state."""
    nothing = pl.lit(None, pl.Date)
    start, end = nothing, nothing
    if all(contract.has(name) for name in _STATED):
        start = pl.col(_STATED[0]).filter(~_REFUSED).min()
        end = pl.col(_STATED[1]).filter(~_REFUSED).max()
    told = judged.select(
        "_class",
        *(n for n in _STATED if contract.has(n)),
        submission_id="_submission",
        organisation_code="_organisation",
    )
    counts = {"n_rows": pl.len(), "n_quarantined": _REFUSED.sum()}
    counts |= {"stated_start": start, "stated_end": end}
    if first := _sender_of_all(told):
        counted = told.select(**{n: pl.lit(v, pl.String) for n, v in first.items()}, **counts)
    else:
        counted = told.group_by(_BELONGS).agg(**counts)
    return counted.cast(SUBMISSIONS).sort(_BELONGS)


def months(judged: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    """Per submission the months of its rows that are not refused; see periods.months_of."""
    rule = period_rule(contract)
    if rule.date is None:
        return _no_months()
    wanted = [name for name in (rule.date, rule.kind) if name in judged.columns]
    kept = judged.select("_submission", "_class", *wanted).filter(~_REFUSED).drop("_class")
    parts = [
        months_of(own, rule).select(pl.lit(str(submission_id)).alias("submission_id"), pl.all())
        for (submission_id,), own in kept.partition_by("_submission", as_dict=True).items()
    ]
    return pl.concat(parts) if parts else _no_months()


def _no_months() -> pl.DataFrame:
    return pl.DataFrame(schema={"submission_id": pl.String, **MONTHS})


def totals(rows: pl.DataFrame, names: Collection[str]) -> dict[str, float]:
    """Sums of the number fields asked for that the contract has, unread values counting as 0."""
    sums = rows.select(pl.col(n).sum() for n in names if n in rows.columns)
    return {name: float(sums[name][0] or 0) for name in sums.columns}


def faults(
    texts: pl.DataFrame,
    judged: pl.DataFrame,
    flags: pl.DataFrame,
    fired: list[Check],
    contract: Contract,
    source: str,
) -> pl.LazyFrame:
    """One row per row, column and rule at fault, with the shape of the text as delivered."""
    if not fired:
        return QUARANTINE.empty()
    fields = {f.name: f for f in contract.fields}
    delivered = pl.concat(
        [
            texts.select(n for n in texts.columns if n != ROW_NUMBER),
            judged.select(ROW_NUMBER, "_submission", pl.col("_organisation").alias("_known")),
        ],
        how="horizontal",
    )
    parts = [
        delivered.filter(flags[name]).select(
            pl.col("_submission").alias("submission_id"),
            pl.lit(source).alias("source"),
            pl.lit(contract.name).alias("contract"),
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
    return QUARANTINE.conform(pl.concat(parts).unique(QUARANTINE.key).lazy())


def _shape(column: str, field: Field | None, delivered: list[str]) -> pl.Expr:
    if column == WHOLE_ROW:
        return pl.lit(None, pl.String)
    name = ORGANISATION if column == SENDER else column
    if name not in delivered:
        return pl.lit("empty")
    return shape_of(pl.col(name), field)


def _sums(belongs: pl.DataFrame, marks: pl.DataFrame) -> pl.DataFrame:
    """Rows marked, by column of ``marks``, of each sender; at once where there is one."""
    if _sender_of_all(belongs):
        return belongs.head(1).hstack(marks.select(pl.all().sum().cast(pl.Int64)))
    own = belongs.hstack(marks).group_by(_BELONGS)
    return own.agg(pl.exclude(_BELONGS).sum().cast(pl.Int64))


def _sender_of_all(rows: pl.DataFrame) -> dict[str, str] | None:
    """Submission and sender where all rows have the same."""
    first = rows.select(_BELONGS).head(1)
    if not rows.height or not all((rows[n] == first[n]).fill_null(False).all() for n in _BELONGS):
        return None
    return first.row(0, named=True)


def rule_counts(
    judged: pl.DataFrame,
    flags: pl.DataFrame,
    fired: list[Check],
    placeholders: pl.DataFrame,
    contract: Contract,
    source: str,
) -> pl.DataFrame:
    """Table rule_count: rules that fired or only count, with how many rows of each sender."""
    expected = [f for f in contract.fields if f.required == "expected"]
    missing = judged.select(
        (expected_missing(f) & ~pl.col(IS_RAGGED)).alias(f.name) for f in expected
    )
    coded = [f for f in contract.fields if f.codes and code_lists()[f.codes].defaults()]
    defaults = judged.select((default_coded(f) & ~pl.col(IS_RAGGED)).alias(f.name) for f in coded)
    told = [
        *((check.rule, check.columns[0], check.severity) for check in fired),
        *((EXPECTED_MISSING, name, "count") for name in missing.columns),
        *((DEFAULT_CODE, name, "count") for name in defaults.columns),
        *((PLACEHOLDER, name, "count") for name in placeholders.columns),
    ]
    frames = (flags, missing, defaults, placeholders)
    marks = [mark for frame in frames for mark in frame.iter_columns()]
    numbered = [mark.alias(str(number)) for number, mark in enumerate(marks)]
    belongs = judged.select(
        pl.col("_submission").alias("submission_id"),
        pl.col("_organisation").alias("organisation_code"),
    )
    counted = (
        _sums(belongs, pl.DataFrame(numbered))
        .unpivot(index=_BELONGS, variable_name="number", value_name="n_rows")
        .filter(pl.col("n_rows") > 0)
    )
    names = pl.DataFrame(
        [(str(number), *one) for number, one in enumerate(told)],
        schema=dict.fromkeys(("number", "rule", "column", "severity"), pl.String),
        orient="row",
    )
    rows = counted.join(names, on="number").with_columns(
        source=pl.lit(source), contract=pl.lit(contract.name)
    )
    key = tuple(n for n in RULE_COUNT.column_names if n != "n_rows")
    return RULE_COUNT.conform(rows.group_by(key).agg(pl.col("n_rows").sum()).lazy()).collect()
