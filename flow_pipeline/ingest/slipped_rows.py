"""Columns that no longer stand in their rows: by chance of sorting, or by one row up or down."""

from collections.abc import Iterator, Mapping
from itertools import combinations, product

import numpy as np
import polars as pl

from flow_pipeline.contracts.language import Contract, Field
from flow_pipeline.ingest.mapping import SourceMap
from flow_pipeline.ingest.shifted_columns import FEWEST_ROWS, LARGEST_SHARE

_LOOKED_AT = 2000  # rows
_FEWEST_ROWS = 100
_FEWEST_OF_A_VALUE = 5  # rarer values are left out: of them no share is known
_MOST_VALUES = 60
_ELSEWHERE = (5, 7)  # rows away, where nothing should go with anything
# Standard deviations: of some hundred pairs of columns in some thousand files, chance makes six.
_EVIDENT = 8.0
_MUCH_MORE = 3.0
_OF_A_PERSON = (
    "person_given_name",
    "person_birth_date",
    "person_stated_gender_code",
    "postcode_of_usual_address",
    "general_medical_practice_code_patient_registration",
    "ethnic_category",
)
_DISTRICT = r"^\s*([A-Za-z]+[0-9]+)"

Numbers = np.ndarray  # of values, -1 for a row that has none or a rare one


def slipped_down(source: SourceMap, rows: pl.DataFrame) -> str | None:
    """What to say of rows of which one column has slipped against the others, else None.

    ``rows``: accepted rows in clear. Where a local identifier stands on several rows, date of
    birth and NHS number are the same on all of them, and where an NHS number does, the date of
    birth is; or a column no longer belongs to the row it stands on.
    """
    for who, what in _same_person(source.contract):
        filled = rows.select(who=who, what=what).drop_nulls()
        seen = filled.group_by("who").agg(n=pl.len(), n_whats=pl.col("what").n_unique())
        several = seen.filter(pl.col("n") > 1)
        at_odds = several.filter(pl.col("n_whats") > 1).height
        if at_odds >= FEWEST_ROWS and at_odds > LARGEST_SHARE * several.height:
            return (
                f"{at_odds} of {several.height} identifiers of people that stand on several rows "
                f"have another {what.meta.output_name()} each time, so a column has slipped "
                f"against the others, perhaps in sorting. Ask the sender to make the extract again."
            )
    return None


def _same_person(contract: Contract) -> Iterator[tuple[pl.Expr, pl.Expr]]:
    """Columns of which one says who it is and the other is the same for all rows of a person."""
    local = contract.in_role("local_patient_identifier")
    number, birth = contract.in_role("nhs_number"), contract.in_role("person_birth_date")
    issuer = contract.in_role("organisation_identifier_local_patient_identifier")
    issued = pl.col(issuer.name) if issuer is not None else pl.lit(None, pl.String)
    owner = pl.coalesce(issued, "organisation_code")  # a local identifier means nothing without
    known = [pl.concat_str([owner, pl.lit("|"), local.name])] if local is not None else []
    numbers = [pl.col(number.name).str.replace_all(r"[\s-]", "")] if number is not None else []
    births = [pl.col(birth.name)] if birth is not None else []
    yield from product(known, (*births, *numbers))
    yield from product(numbers, births)


def slipped_by_a_row(contract: Contract, rows: pl.DataFrame) -> tuple[str, str] | None:
    """Two columns of which one has slipped against the other by a row, else None.

    In: ``rows``: accepted rows of a contract in clear, in delivered order. Given names go with sex
    and, by fashion, with the decade of birth, practices with the sites that patients go to, ages
    with what is done. Where two columns go with one another a row apart, and neither on the same
    row nor a few rows apart, one has slipped. What goes with nothing (numbers, family names) is not
    seen to slip.
    """
    looked_at = rows.head(_LOOKED_AT)
    if looked_at.height < _FEWEST_ROWS:
        return None
    told = _numbered(contract, looked_at)
    for one, other in _pairs(told):
        for apart in (1, -1):
            if _has_slipped(told[one], told[other], apart):
                return one, other
    return None


def _pairs(told: Mapping[str, Numbers]) -> Iterator[tuple[str, str]]:
    """Pairs of columns of which one at least is of the person."""
    for one, other in combinations(told, 2):
        if one in _OF_A_PERSON or other in _OF_A_PERSON:
            yield one, other


def _has_slipped(one: Numbers, other: Numbers, apart: int) -> bool:
    away = _association(one, other, apart)
    if away < _EVIDENT or _association(one, other, 0) * _MUCH_MORE > away:
        return False
    return all(_association(one, other, n) * _MUCH_MORE < away for n in _ELSEWHERE)


def _association(one: Numbers, other: Numbers, apart: int) -> float:
    """How much more two columns go with one another than by chance, ``apart`` rows apart, in
    standard deviations: chi squared, after Wilson and Hilferty."""
    moved = np.roll(one, apart)
    known = (moved >= 0) & (other >= 0)
    if not known.any():
        return 0.0
    n_others = int(other.max()) + 1
    counts = np.bincount(moved[known] * n_others + other[known])
    table = np.zeros((int(one.max()) + 1, n_others))
    table.flat[: len(counts)] = counts
    table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    freedom = (table.shape[0] - 1) * (table.shape[1] - 1)
    if not freedom:
        return 0.0
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    squared = float(((table - expected) ** 2 / expected).sum())
    spread = 2 / (9 * freedom)
    return float(((squared / freedom) ** (1 / 3) - (1 - spread)) / np.sqrt(spread))


def _numbered(contract: Contract, rows: pl.DataFrame) -> dict[str, Numbers]:
    """Columns of few values that come often, each value a number."""
    found = {}
    for field in contract.fields:
        role = field.role or field.name
        if field.name in rows.columns and (values := _values(field, role, rows)) is not None:
            numbers = _numbers(values)
            if numbers.max(initial=-1) >= 1:
                found[role] = numbers
    return found


def _values(field: Field, role: str, rows: pl.DataFrame) -> pl.Series | None:
    """What of a field may go with others; None for numbers, times and what is a row's own."""
    column = rows[field.name]
    if role == "person_birth_date":
        return (column.dt.year() // 10).cast(pl.String)
    if role == "postcode_of_usual_address":
        return column.str.extract(_DISTRICT, 1).str.to_uppercase()
    if role == "person_given_name":
        return column.str.to_uppercase()
    if field.type not in ("code", "text") or (field.treatment != "keep" and not field.codes):
        return None
    return column


def _numbers(values: pl.Series) -> Numbers:
    often = values.drop_nulls().value_counts(sort=True, name="n").head(_MOST_VALUES)
    kept = often.filter(pl.col("n") >= _FEWEST_OF_A_VALUE)[values.name].to_list()
    places = dict(zip(kept, range(len(kept)), strict=True))
    return values.replace_strict(places, default=-1, return_dtype=pl.Int64).to_numpy()
