"""Delivered rows become accepted rows and faults: typed by contract, nothing lost."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

import polars as pl

from flow_pipeline.contracts.language import Contract, Field, Severity
from flow_pipeline.ingest import outcome
from flow_pipeline.ingest.checks import (
    IMPLAUSIBLE_BIRTH,
    MISSING,
    MISSING_HERE,
    NOT_A_DATE,
    NOT_A_TIME,
    NOT_A_VALUE,
    NOT_LISTED_CODE,
    WHOLE_ROW,
    WRONG_PATTERN,
    Check,
    checks_of,
    earliest_birth,
)
from flow_pipeline.ingest.mapping import (
    IS_RAGGED,
    ORGANISATION,
    ROW_NUMBER,
    SourceMap,
    text_rows,
    with_row_numbers,
)
from flow_pipeline.ingest.senders import other_sender
from flow_pipeline.ingest.submissions import Delivery
from flow_pipeline.ingest.tally import Tally, Unread, kept_texts
from flow_pipeline.ingest.values import polars_type, typed

_READING_FAULTS = {"date": NOT_A_DATE, "datetime": NOT_A_DATE, "time": NOT_A_TIME}


@dataclass(frozen=True, repr=False)
class Parsed:
    """What became of rows one source took of one file: of all of them, or of a batch.

    ``accepted``: one row per accepted row, in delivered order: submission_id, source,
    organisation_code, row_number, dq_flags (ids of warnings that fired, sorted), and every field
    of the contract, typed, in clear, null where it was not delivered.
    ``faults``: table quarantine. ``status``: table row_status.
    ``tally``: what is counted of them, to be added up over the batches of a file.
    """

    accepted: pl.LazyFrame
    faults: pl.LazyFrame
    status: pl.LazyFrame
    tally: Tally

    @property
    def n_rows(self) -> int:
        return self.tally.n_rows


def parse(
    delivered: pl.LazyFrame,
    source: SourceMap,
    delivery: Delivery,
    *,
    period: tuple[dt.date, dt.date],
    today: dt.date,
) -> Parsed:
    """Map, type and check the rows of one source in one file.

    In:  delivered rows, one column per delivered column, text unless the file is typed; with
         ROW_NUMBER and IS_RAGGED where a reader added them, else numbered from 1 as they come.
    Out: see Parsed. A row of several faults has all of them in ``faults`` and the first in
         ``status``; a row that is refused is not looked at for the period. A row is out of period
         when its contract binds it to one and [start, end or open] does not meet ``period``.
         What becomes of a row does not depend on the other rows.
    ``today`` bounds dates (V09) and ages. Collects once: what is checked and how dates are read
    depends on what is there. Raises NoText for a column of a type without text form, and Polars'
    errors for mapping expressions that fail on a value; callers let neither out.
    """
    rows, typed_fields = text_rows(with_row_numbers(delivered), source)
    return judge(
        rows.collect(), source, delivery, typed_fields=typed_fields, period=period, today=today
    )


def judge(
    texts: pl.DataFrame,
    source: SourceMap,
    delivery: Delivery,
    *,
    typed_fields: Collection[str],
    period: tuple[dt.date, dt.date],
    today: dt.date,
    totals: Collection[str] = (),
) -> Parsed:
    """Type and check rows as ``mapping.text_rows`` gives them. See parse."""
    contract = source.contract
    texts, placeholders = _without_placeholders(texts, source.formats.nulls)
    rows, unread = _typed_rows(texts, source, typed_fields)
    rows, reading = _without_implausible_births(rows, contract, _reading_checks(unread), today)
    filled = {f.name: rows.height - rows[f.name].null_count() for f in contract.fields}
    present = [name for name, n in filled.items() if n]
    whole = [name for name, n in filled.items() if n == rows.height]
    checks = [*reading, *checks_of(contract, source.sender, present, today, whole)]
    checks += other_sender(source, rows)
    flags, fired = _fired(rows, _unless_told_already(checks))
    judged = outcome.with_status(rows, flags, fired, source, period, delivery)
    return Parsed(
        accepted=outcome.accepted(judged, contract, delivery.source),
        faults=outcome.faults(texts, judged, flags, fired, contract, delivery.source),
        status=outcome.status(judged, contract, delivery.source),
        tally=Tally(
            submissions=outcome.submissions(judged, contract),
            months=outcome.months(judged, contract),
            rules=outcome.rule_counts(
                judged, flags, fired, placeholders, source.asked, delivery.source
            ),
            filled=filled,
            unread={name: what for name, (_, what) in unread.items()},
            foreign=_foreign_texts(texts, flags, fired),
            free=_free_texts(texts, contract),
            totals=outcome.totals(rows, totals),
        ),
    )


def _without_placeholders(
    texts: pl.DataFrame, words: tuple[str, ...]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Texts that mean nothing was recorded as null, and by column which rows had one.

    Empty values are nulls too but are not counted: they are what null looks like in a CSV file.
    """
    names = [n for n in texts.columns if n not in (ROW_NUMBER, IS_RAGGED)]
    meant = [word for word in words if word != ""]
    looked_at = _as_long_as_one_of(texts, names, ["", *meant])
    if not looked_at:
        return texts, pl.DataFrame()
    sums = [pl.col(n).is_in(meant).sum() for n in looked_at]
    empty = [(pl.col(n) == "").any().alias(f"{n} empty") for n in looked_at]
    found = texts.select(*sums, *empty).row(0, named=True)
    hit = [n for n in looked_at if found[n] or found[f"{n} empty"]]
    nulled = [pl.when(~pl.col(n).is_in([*meant, ""])).then(pl.col(n)).alias(n) for n in hit]
    counted = [n for n in looked_at if found[n] and n != ORGANISATION]
    marks = texts.select(pl.col(n).is_in(meant).fill_null(False) for n in counted)
    return texts.with_columns(nulled), marks


def _as_long_as_one_of(texts: pl.DataFrame, names: list[str], words: list[str]) -> list[str]:
    """Columns that may hold one of the words by the lengths of their values."""
    if not names:
        return []
    lengths = texts.select(pl.col(names).str.len_bytes())
    least, most = lengths.min().row(0), lengths.max().row(0)
    told = {len(word.encode()) for word in words}
    return [
        name
        for name, low, high in zip(names, least, most, strict=True)
        if low is not None and any(low <= length <= high for length in told)
    ]


def _typed_rows(
    texts: pl.DataFrame, source: SourceMap, typed_fields: Collection[str]
) -> tuple[pl.DataFrame, dict[str, tuple[pl.Series, Unread]]]:
    """The rows with every contract field typed, and what could not be read, by field."""
    columns = {n: texts[n] for n in (ROW_NUMBER, IS_RAGGED, ORGANISATION)}
    nothing: list[pl.Expr] = []
    unread = {}
    for field in source.contract.fields:
        if field.name not in texts.columns or texts[field.name].null_count() == texts.height:
            nothing.append(pl.lit(None, polars_type(field.type)).alias(field.name))
            continue
        text = texts[field.name].cast(pl.String)
        shape = None if field.name in typed_fields else source.format_of(field.name, field.type)
        values = typed(text, field.type, shape)
        columns[field.name] = values.alias(field.name)
        if field.type not in ("text", "code"):
            unread[field.name] = _unread(field, text, values, texts[IS_RAGGED])
    return pl.DataFrame(columns).with_columns(nothing), unread


def _unread(
    field: Field, text: pl.Series, values: pl.Series, is_ragged: pl.Series
) -> tuple[pl.Series, Unread]:
    """Which values could not be read; of a ragged row none is told."""
    n_values = text.len() - text.null_count()
    if values.null_count() == text.null_count():
        return pl.Series([False]), Unread(field, n_values, 0, text.clear())
    failed = text.is_not_null() & values.is_null() & ~is_ragged
    return failed, Unread(field, n_values, int(failed.sum()), kept_texts(text.filter(failed)))


def _reading_checks(unread: dict[str, tuple[pl.Series, Unread]]) -> list[Check]:
    """Checks that fired while values were read. A date is refused, other values are left out."""
    checks = []
    for name, (failed, what) in unread.items():
        if what.n_failed:
            rule = _READING_FAULTS.get(what.field.type, NOT_A_VALUE)
            refused = rule == NOT_A_DATE or what.field.required == "required"
            severity: Severity = "quarantine" if refused else "warn"
            checks.append(Check(rule, (name,), severity, pl.lit(failed)))
    return checks


def _without_implausible_births(
    rows: pl.DataFrame, contract: Contract, reading: list[Check], today: dt.date
) -> tuple[pl.DataFrame, list[Check]]:
    """Birth dates of people over the oldest age are placeholders: flagged, taken as missing."""
    birth = contract.in_role("person_birth_date")
    if birth is None or rows[birth.name].null_count() == rows.height:
        return rows, reading
    born = rows[birth.name]
    too_old = (born < earliest_birth(today)).fill_null(False) & (born >= dt.date(1900, 1, 1))
    if not too_old.any():
        return rows, reading
    check = Check(IMPLAUSIBLE_BIRTH, (birth.name,), "warn", pl.lit(too_old))
    kept = pl.when(~pl.lit(too_old)).then(pl.col(birth.name)).alias(birth.name)
    return rows.with_columns(kept), [*reading, check]


def _unless_told_already(checks: list[Check]) -> list[Check]:
    """A value that could not be read is not called missing too; of a ragged row only that is
    told, for its values may stand in the wrong columns."""
    unreadable = {c.columns[0]: c.fault for c in checks if c.rule in _READING_RULES}
    told = []
    for check in checks:
        fault = check.fault
        if check.rule in (MISSING, MISSING_HERE) and check.columns[0] in unreadable:
            fault = fault & ~unreadable[check.columns[0]]
        if check.columns != (WHOLE_ROW,):
            fault = fault & ~pl.col(IS_RAGGED)
        told.append(Check(check.rule, check.columns, check.severity, fault))
    return told


_READING_RULES = {NOT_A_DATE, NOT_A_TIME, NOT_A_VALUE}


def _fired(rows: pl.DataFrame, checks: list[Check]) -> tuple[pl.DataFrame, list[Check]]:
    """Per check that any row fails, a column of the rows at fault, and the checks in order."""
    flags = rows.select(
        check.fault.fill_null(False).alias(str(number)) for number, check in enumerate(checks)
    )
    sums = flags.select(pl.all().any()).row(0)
    numbers = [number for number, any_fault in enumerate(sums) if any_fault]
    return flags.select(str(n) for n in numbers), [checks[n] for n in numbers]


def _foreign_texts(
    texts: pl.DataFrame, flags: pl.DataFrame, fired: list[Check]
) -> dict[str, pl.Series]:
    """Some of the texts that cannot be of their column, by field; they stay in memory."""
    found: dict[str, pl.Series] = {}
    for name, check in zip(flags.columns, fired, strict=True):
        field = check.columns[0]
        if check.rule in _FOREIGN_RULES and field in texts.columns:
            found[field] = kept_texts(texts[field].filter(flags[name]))
    return found


def _free_texts(texts: pl.DataFrame, contract: Contract) -> dict[str, pl.Series]:
    """Some of the texts of fields that take any, by field; they stay in memory."""
    names = [
        f.name
        for f in contract.fields
        if f.name in texts.columns and f.type in ("text", "code") and not (f.codes or f.pattern)
    ]
    return {n: kept_texts(texts[n].head(_LOOKED_AT).drop_nulls()) for n in names}


_LOOKED_AT = 500
_FOREIGN_RULES = {NOT_LISTED_CODE, WRONG_PATTERN, *_READING_RULES}
