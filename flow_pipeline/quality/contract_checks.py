"""Checks that follow from a contract: each field's promise, each rule, as data."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import polars as pl

from flow_pipeline.contracts.clock_change import spared
from flow_pipeline.contracts.codes import code_lists
from flow_pipeline.contracts.language import Contract, Field, Rule
from flow_pipeline.quality.catalogue import CATALOGUE, Check
from flow_pipeline.quality.results import Result
from flow_pipeline.tables.core import core_table

Kind = Literal["filled", "in_list", "matches", "in_range", "unique", "holds"]
# Share of rows that may miss the NHS number, by the contract's family.
_NUMBER_MAY_MISS = {"acute": 0.01, "gp": 0.01, "council": 0.10}
_OWN_CHECK = {"discharge_ready_date_hospital_provider_spell": "C07"}
_MAX_AGE = 120


@dataclass(frozen=True, kw_only=True)
class RowCheck:
    """A check of every row of a contract's core table.

    ``column`` is the column looked at: one of the core table, or, where ``condition`` (SQL over
    its columns) is given, one that ``checkable`` makes from it. ``applies`` (SQL) limits the rows;
    where it is not true, where ``exempt`` (SQL) is, and where the condition is null, a row is not
    looked at.
    """

    check: Check
    name: str
    kind: Kind
    column: str
    allowed: tuple[str, ...] = ()
    pattern: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    condition: str | None = None
    applies: str | None = None
    exempt: str | None = None

    @property
    def check_id(self) -> str:
        return f"{self.check.catalogue_id} {self.name}"


def contract_checks(contract: Contract) -> tuple[RowCheck, ...]:
    """Every check that the contract's core table allows.

    A rule or condition over a field that pseudonymisation took away is checked at ingest only.
    """
    columns = set(core_table(contract).column_names)
    return tuple(
        check
        for check in _all_checks(contract)
        if _columns_used(check.condition, check.applies) <= columns
    )


def checkable(core: pl.LazyFrame, checks: tuple[RowCheck, ...]) -> pl.LazyFrame:
    """The core rows with just the columns that the checks look at, conditions computed."""
    made = {c.column: _outcome(c) for c in checks if c.condition}
    kept = sorted({c.column for c in checks if not c.condition})
    return core.select(*kept, *(expr.alias(name) for name, expr in made.items()))


def sender_results(contract: Contract, core: pl.LazyFrame) -> list[Result]:
    """C02 by sender, of the fields that a sender leaves empty more often than is allowed.

    In: core rows. Out: results with organisation_code, by check, source (of the configuration)
    and organisation.
    """
    checks = [c for c in contract_checks(contract) if c.check.catalogue_id == "C02"]
    if not checks:
        return []
    looked_at = [_is_looked_at(c).sum().alias(f"rows {c.check_id}") for c in checks]
    failed = [
        (_is_looked_at(c) & pl.col(c.name).is_null()).sum().alias(f"failed {c.check_id}")
        for c in checks
    ]
    senders = core.group_by("source", "organisation_code").agg(*looked_at, *failed)
    rows = senders.sort("source", "organisation_code").collect().to_dicts()
    results = [
        Result(
            check=c.check,
            name=c.name,
            source=row["source"],
            organisation_code=row["organisation_code"],
            n_rows=row[f"rows {c.check_id}"],
            n_failed=row[f"failed {c.check_id}"],
        )
        for c in checks
        for row in rows
    ]
    return [r for r in results if r.observed > r.check.threshold]


def _is_looked_at(check: RowCheck) -> pl.Expr:
    return pl.sql_expr(check.applies or "event_id IS NOT NULL").fill_null(False)


def _all_checks(contract: Contract) -> Iterator[RowCheck]:
    yield RowCheck(check=CATALOGUE["U01"], name="event_id", kind="unique", column="event_id")
    for field in contract.fields_treated("keep", "hmac"):
        yield from _filled(field)
        yield from _valid(field)
    yield from _alike(contract)
    yield from _flagged(contract)
    yield from _identity(contract)
    for rule in contract.rules:
        yield _rule(rule, contract)


def _filled(field: Field) -> Iterator[RowCheck]:
    if field.required == "required" and field.treatment == "hmac":
        yield _filled_where("C01", field, None)
    elif field.required == "required":
        yield RowCheck(check=CATALOGUE["C01"], name=field.name, kind="filled", column=field.name)
    elif field.required_when:
        yield _filled_where("C01", field, field.required_when)
    elif field.required == "expected":
        catalogue_id = _OWN_CHECK.get(field.name, "C02")
        where = [w for w in (field.applies_when, field.expected_when) if w]
        if where or field.treatment == "hmac":
            applies = " AND ".join(f"({w})" for w in where) if len(where) > 1 else "".join(where)
            yield _filled_where(catalogue_id, field, applies or None)
        else:
            check = CATALOGUE[catalogue_id]
            yield RowCheck(check=check, name=field.name, kind="filled", column=field.name)


def _filled_where(catalogue_id: str, field: Field, applies: str | None) -> RowCheck:
    """Whether a field is filled, looked at without its values."""
    return RowCheck(
        check=CATALOGUE[catalogue_id],
        name=field.name,
        kind="holds",
        column=f"{field.name} is filled",
        condition=f"{field.name} IS NOT NULL",
        applies=applies,
    )


def _valid(field: Field) -> Iterator[RowCheck]:
    if field.treatment != "keep":
        return
    if field.codes:
        yield RowCheck(
            check=CATALOGUE["V05"],
            name=field.name,
            kind="in_list",
            column=field.name,
            allowed=code_lists()[field.codes].allowed,
        )
    if field.pattern and field.required != "optional":
        yield RowCheck(
            check=CATALOGUE["V08"],
            name=field.name,
            kind="matches",
            column=field.name,
            pattern=f"^(?:{field.pattern})$",
        )
    if field.minimum is not None or field.maximum is not None:
        yield RowCheck(
            check=CATALOGUE["V13"],
            name=field.name,
            kind="in_range",
            column=field.name,
            minimum=field.minimum,
            maximum=field.maximum,
        )


def _alike(contract: Contract) -> Iterator[RowCheck]:
    """One check for all optional fields of one pattern: two dozen further diagnoses are one thing.

    A row fails where any of them does.
    """
    fields = [f for f in contract.fields_treated("keep") if f.pattern and f.required == "optional"]
    for pattern in dict.fromkeys(f.pattern for f in fields):
        names = [f.name for f in fields if f.pattern == pattern]
        what = names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"
        tests = (f"COALESCE(REGEXP_LIKE({name}, '^(?:{pattern})$'), TRUE)" for name in names)
        yield RowCheck(
            check=CATALOGUE["V08"],
            name=what,
            kind="holds",
            column=f"{what} match",
            condition=" AND ".join(tests),
        )


def _flagged(contract: Contract) -> Iterator[RowCheck]:
    """Faults that only ingest can see, the value being gone: by the flag left on the row."""
    types = {f.type for f in contract.fields}
    seen = {
        "V07": contract.in_role("postcode_of_usual_address") is not None,
        "V09": bool(types & {"time", "datetime"}),
        "V12": any(f.applies_when for f in contract.fields),
        "V13": bool(types & {"integer", "decimal", "boolean"}),
    }
    for catalogue_id in (i for i, is_seen in seen.items() if is_seen):
        yield RowCheck(
            check=CATALOGUE[catalogue_id],
            name="not_flagged_at_ingest",
            kind="holds",
            column=f"row is not flagged {catalogue_id}",
            condition=f"COALESCE(NOT ARRAY_CONTAINS(dq_flags, '{catalogue_id}'), TRUE)",
        )


def _identity(contract: Contract) -> Iterator[RowCheck]:
    if contract.in_role("nhs_number"):
        may_miss = _NUMBER_MAY_MISS.get(contract.family, CATALOGUE["C03"].threshold)
        yield _number(replace(CATALOGUE["C03"], threshold=may_miss), "<> 'missing'", None)
        present = "nhs_number_validity <> 'missing'"
        digits = "V04" if contract.jurisdiction == "scotland" else "V02"
        yield _number(CATALOGUE[digits], "<> 'invalid'", present)
        yield _number(CATALOGUE["V03"], "<> 'sentinel'", present)
    if contract.in_role("person_birth_date"):
        yield RowCheck(
            check=CATALOGUE["C06"], name="birth_month", kind="filled", column="birth_month"
        )
        yield RowCheck(
            check=CATALOGUE["P01"],
            name="age_at_event",
            kind="in_range",
            column="age_at_event",
            minimum=0,
            maximum=_MAX_AGE,
        )
    if contract.in_role("postcode_of_usual_address"):
        yield RowCheck(
            check=CATALOGUE["C05"],
            name="area_code",
            kind="holds",
            column="area_code is filled",
            condition="area_code IS NOT NULL",
            applies="nhs_number_validity <> 'foreign'",  # another body keeps the postcode
        )


def _number(check: Check, condition: str, applies: str | None) -> RowCheck:
    said = {
        "C03": "is present",
        "V02": "is valid",
        "V03": "is no sentinel",
        "V04": "is a valid CHI number",
    }
    return RowCheck(
        check=check,
        name="nhs_number",
        kind="holds",
        column=f"nhs_number {said[check.catalogue_id]}",
        condition=f"nhs_number_validity {condition}",
        applies=applies,
    )


def _rule(rule: Rule, contract: Contract) -> RowCheck:
    check = CATALOGUE[rule.rule_id]
    if rule.severity == "warn" and check.severity != "warn":
        check = replace(check, severity="warn", threshold=0.01)
    if rule.severity == "quarantine":
        check = replace(check, severity="quarantine", threshold=0)
    return RowCheck(
        check=check,
        name=rule.name,
        kind="holds",
        column=rule.name,
        condition=rule.condition,
        exempt=spared(rule, contract),
    )


def _columns_used(*conditions: str | None) -> set[str]:
    return {n for c in conditions if c for n in pl.sql_expr(c).meta.root_names()}


def _outcome(check: RowCheck) -> pl.Expr:
    holds = pl.sql_expr(check.condition or "TRUE")
    if check.exempt is not None:
        holds = pl.when(~pl.sql_expr(check.exempt).fill_null(False)).then(holds)
    return holds if check.applies is None else pl.when(pl.sql_expr(check.applies)).then(holds)
