"""The checks of one row, derived from its contract: each says which rows are at fault."""

import datetime as dt
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache

import polars as pl

from flow_pipeline.contracts.clock_change import spared
from flow_pipeline.contracts.codes import code_lists
from flow_pipeline.contracts.identity import (
    CHI_NUMBER,
    FOREIGN_NAMESPACE,
    FOREIGN_PSEUDONYM,
    NO_PSEUDONYM,
)
from flow_pipeline.contracts.language import Contract, Field, Rule, Severity
from flow_pipeline.ingest.mapping import IS_RAGGED, ORGANISATION, Sender

_FEW_CODES = 8
FIRST_DATE = dt.date(1900, 1, 1)
OLDEST_AGE = 120
YEARS_AHEAD = 5
# Dates of fields whose names hold one of these may lie after the day of ingest.
MAY_LIE_AHEAD = (
    "appointment",
    "offer",
    "planned",
    "appropriate",
    "period_end",
    "resident_to",
    "cds_extract",  # headers: when the record was made, after all that it tells of
)

RAGGED_ROW = "V01 ragged_row"
MISSING = "C01 required_missing"
MISSING_HERE = "C01 required_when_missing"
NO_IDENTITY = "C01 identity_missing"
EXPECTED_MISSING = "C02 expected_missing"
PLACEHOLDER = "C10 placeholder_text"
NOT_LISTED_CODE = "V05 code_not_listed"
CODE_NOT_IN_FORCE = "V05 code_not_in_force"
DEFAULT_CODE = "V05 valid_default_code"
WRONG_PATTERN = "V08 pattern"
NOT_A_DATE = "V09 not_a_date"
NOT_A_TIME = "V09 not_a_time"
DATE_OUT_OF_RANGE = "V09 date_out_of_range"
NOT_APPLICABLE = "V12 filled_where_not_applicable"
NOT_A_VALUE = "V13 not_of_its_type"
OUT_OF_RANGE = "V13 out_of_range"
SHORTENED_NUMBER = "V13 shortened_number"
BEFORE_BIRTH = "K13 before_birth"
IMPLAUSIBLE_BIRTH = "P01 birth_date_implausible"
ORGANISATION_NOT_LISTED = "organisation_not_listed"
ORGANISATION_MISSING = "organisation_missing"

WHOLE_ROW = "(row)"
SENDER = "(organisation)"
# As a spreadsheet shows a number of twelve digits or more: what it left out is lost.
_SHORTENED = r"^[0-9](?:[.,][0-9]+)?[eE]\+[0-9]{1,2}$"
_ORGANISATION_CODE = r"^[A-Za-z0-9_-]{1,40}$"


@dataclass(frozen=True)
class Check:
    """One check: ``fault`` is true for rows at fault, null and false for the others."""

    rule: str
    columns: tuple[str, ...]
    severity: Severity
    fault: pl.Expr

    @property
    def rule_id(self) -> str:
        return self.rule.split(" ")[0]


@lru_cache(maxsize=1024)
def condition(sql: str) -> pl.Expr:
    """A condition of a contract over its typed fields."""
    return pl.sql_expr(sql)


def checks_of(
    contract: Contract,
    sender: Sender,
    filled: Collection[str],
    today: dt.date,
    whole: Collection[str] = (),
) -> list[Check]:
    """Every check that can fail, in the order in which a row's first fault is named.

    ``filled``: fields with a value in at least one row; checks of values of other fields are left
    out. ``whole``: fields with a value in every row; what they satisfy by that is left out. The
    expressions read the contract's typed fields, ORGANISATION and IS_RAGGED.
    """
    checks = [Check(RAGGED_ROW, (WHOLE_ROW,), "quarantine", pl.col(IS_RAGGED))]
    checks += _sender_checks(sender)
    for field in contract.fields:
        checks += _presence(field, contract)
        if field.name in filled:
            checks += _content(field, today)
            checks += _codes(field, contract)
    checks += _identity(contract, whole)
    checks += _before_birth(contract, filled)
    checks += [_rule(r, contract) for r in contract.rules if any(c in filled for c in r.columns)]
    return checks


def expected_missing(field: Field) -> pl.Expr:
    """Rows in which an expected field applies and is null: counted, never refused."""
    missing = pl.col(field.name).is_null()
    for when in filter(None, (field.applies_when, field.expected_when)):
        missing = missing & condition(when).fill_null(False)
    return missing


def default_coded(field: Field) -> pl.Expr:
    """Rows whose code is valid but says only that nothing is known: counted, never refused.

    Never null; false for a field without codes. Source of the definition: domain.md §2.0.
    """
    defaults = code_lists()[field.codes].defaults() if field.codes else ()
    if not defaults:
        return pl.lit(False)
    return pl.col(field.name).is_in(list(defaults)).fill_null(False)


def is_deletion(contract: Contract) -> pl.Expr:
    """Rows that strike something out and so need tell nothing but which thing; never null."""
    if contract.supersede.deletes is None:
        return pl.lit(False)
    return condition(contract.supersede.deletes).fill_null(False)


def latest_date(name: str, today: dt.date) -> dt.date:
    """The last date a field may hold: the day of ingest, or some years on for what is planned."""
    if any(word in name for word in MAY_LIE_AHEAD):
        return today + dt.timedelta(days=365 * YEARS_AHEAD)
    return today


def earliest_birth(today: dt.date) -> dt.date:
    """The earliest date of birth of somebody not older than the oldest age."""
    return dt.date(today.year - OLDEST_AGE, today.month, min(today.day, 28))


def _sender_checks(sender: Sender) -> Iterator[Check]:
    code = pl.col(ORGANISATION)
    if sender.column is None:
        return
    missing = code.is_null() | ~code.str.contains(_ORGANISATION_CODE)
    yield Check(ORGANISATION_MISSING, (SENDER,), "quarantine", missing)
    if sender.known is not None:
        yield Check(
            ORGANISATION_NOT_LISTED,
            (SENDER,),
            "quarantine",
            ~code.is_in(list(sender.known)) & ~missing,
        )


def _presence(field: Field, contract: Contract) -> Iterator[Check]:
    null = pl.col(field.name).is_null()
    if field.required == "required":
        yield Check(MISSING, (field.name,), "quarantine", null & ~is_deletion(contract))
    elif field.required_when is not None:
        wanted = null & condition(field.required_when)
        yield Check(MISSING_HERE, (field.name,), "quarantine", wanted)


def _content(field: Field, today: dt.date) -> Iterator[Check]:
    column, name = pl.col(field.name), (field.name,)
    if field.type in ("date", "datetime"):
        day = column.dt.date() if field.type == "datetime" else column
        outside = (day < FIRST_DATE) | (day > latest_date(field.name, today))
        yield Check(DATE_OUT_OF_RANGE, name, "quarantine", outside)
    if field.type == "text" and field.treatment in ("hmac", "token"):
        yield Check(SHORTENED_NUMBER, name, "quarantine", column.str.contains(_SHORTENED))
    if field.pattern is not None:
        yield Check(WRONG_PATTERN, name, "warn", ~column.str.contains(f"^(?:{field.pattern})$"))
    if field.minimum is not None:
        yield Check(OUT_OF_RANGE, name, "warn", column < field.minimum)
    if field.maximum is not None:
        yield Check(OUT_OF_RANGE, name, "warn", column > field.maximum)
    if field.applies_when is not None:
        filled = column.is_not_null() & ~condition(field.applies_when)
        yield Check(NOT_APPLICABLE, name, "warn", filled)


def _codes(field: Field, contract: Contract) -> Iterator[Check]:
    """Codes that this version has, and of those the ones in force on the day of the row's event."""
    if field.codes is None:
        return
    codes, column = code_lists()[field.codes], pl.col(field.name)
    known = list(codes.known_to(contract.versions))
    yield Check(NOT_LISTED_CODE, (field.name,), "warn", ~_is_one_of(column, known))
    if contract.period_start is None:
        return
    day = pl.col(contract.period_start).cast(pl.Date)
    outside = [
        (column == code.code)
        & (
            (day < (code.effective_from or dt.date.min))
            | (day > (code.effective_to or dt.date.max))
        )
        for code in codes.dated()
        if code.code in known
    ]
    if outside:
        yield Check(CODE_NOT_IN_FORCE, (field.name,), "warn", pl.any_horizontal(outside))


def _is_one_of(column: pl.Expr, codes: list[str]) -> pl.Expr:
    """Few comparisons take less time than one look-up."""
    if 0 < len(codes) <= _FEW_CODES:
        return pl.any_horizontal(column == code for code in codes)
    return column.is_in(codes)


def _rule(rule: Rule, contract: Contract) -> Check:
    """A rule between fields; not broken by the hour that autumn repeats."""
    fault = ~condition(rule.condition)
    if exempt := spared(rule, contract):
        fault = fault & ~pl.sql_expr(exempt).fill_null(False)
    return Check(f"{rule.rule_id} {rule.name}", rule.columns, rule.severity, fault)


def _before_birth(contract: Contract, filled: Collection[str]) -> Iterator[Check]:
    """Nothing happens to a person before birth; judged where the day of birth is known.

    Source of the definition: domain.md §5, K13.
    """
    birth, precision = (contract.in_role(n) for n in ("person_birth_date", "birth_date_precision"))
    began = contract.period_start or contract.valid_from
    if birth is None or began is None or not {birth.name, began} <= set(filled):
        return
    to_the_day = pl.lit(True) if precision is None else _is_to_the_day(pl.col(precision.name))
    fault = (pl.col(began).cast(pl.Date) < pl.col(birth.name)) & to_the_day
    yield Check(BEFORE_BIRTH, (began,), "quarantine", fault)


def _is_to_the_day(precision: pl.Expr) -> pl.Expr:
    return precision.fill_null("day") == "day"


def _identity(contract: Contract, whole: Collection[str]) -> Iterator[Check]:
    """A row needs a ten-digit number, a foreign pseudonym, a local id, a name with a birth date, or
    its parent's id.

    Source of the definition: design.md §4, "Identity".
    """
    ways = []
    if number := contract.in_role("nhs_number"):
        digits = pl.col(number.name).str.replace_all(r"[\s-]", "")
        ways.append(digits.str.contains(r"^[0-9]{10}$"))
    if contract.has(CHI_NUMBER.name):
        digits = pl.col(CHI_NUMBER.name).str.replace_all(r"[\s-]", "")
        ways.append(digits.str.contains(r"^[0-9]{9,10}$"))
    if contract.has(FOREIGN_PSEUDONYM.name):
        is_one = ~pl.col(FOREIGN_PSEUDONYM.name).str.contains(NO_PSEUDONYM)
        ways.append(is_one & pl.col(FOREIGN_NAMESPACE.name).is_not_null())
    if local := contract.in_role("local_patient_identifier"):
        ways.append(pl.col(local.name).is_not_null())
        if local.name in whole:
            return
    family, given = contract.in_role("person_family_name"), contract.in_role("person_given_name")
    birth = contract.in_role("person_birth_date")
    named = [pl.col(f.name).is_not_null() for f in (family, given) if f is not None]
    if named and birth is not None:
        ways.append(pl.any_horizontal(named) & pl.col(birth.name).is_not_null())
    if "parent" in contract.identity and contract.parent is not None:
        ways.append(pl.all_horizontal(pl.col(n).is_not_null() for n in contract.parent.on))
    told = local or number
    if ways and told is not None:
        held = pl.any_horizontal(way.fill_null(False) for way in ways) | is_deletion(contract)
        yield Check(NO_IDENTITY, (told.name,), "quarantine", ~held)
