"""The national number of a row, NHS or CHI: its standard form, its verdict, what is told of it.

A row has an NHS number where one is delivered, else a CHI number. Both are ten digits out of
ranges of their own, so equal numbers are one person's in whichever field they came.
"""

import polars as pl

from flow_pipeline.contracts.codes import code_lists
from flow_pipeline.contracts.identity import CHI_NUMBER, FOREIGN_PSEUDONYM
from flow_pipeline.contracts.language import Contract
from flow_pipeline.pseudonymise import chi_number, nhs_number
from flow_pipeline.pseudonymise.foreign import pseudonym

_FLAGGED = ("invalid", "sentinel")


def standardised(contract: Contract) -> pl.Expr:
    """The number of the row without spaces, hyphens and lost zeros; null where it has none."""
    return pl.coalesce(_nhs(contract), _chi(contract))


def validity(contract: Contract) -> pl.Expr:
    """``valid``, ``invalid``, ``sentinel``, ``missing``, or ``foreign`` where another body's
    pseudonym stands in its place; never null. Reads ``national_number`` as standardised gives it.
    """
    has_chi = contract.has(CHI_NUMBER.name)
    verdict = nhs_number.validity(_nhs(contract) if has_chi else pl.col("national_number"))
    if contract.has(CHI_NUMBER.name):
        by_chi = _once_delivered(_chi(contract), _sex(contract))
        verdict = pl.when(_nhs(contract).is_null()).then(by_chi).otherwise(verdict)
    if contract.has(FOREIGN_PSEUDONYM.name):
        is_foreign = pseudonym(pl.col(FOREIGN_PSEUDONYM.name)).is_not_null()
        foreign = pl.lit("foreign")
        verdict = pl.when((verdict == "missing") & is_foreign).then(foreign).otherwise(verdict)
    return verdict


def reads(contract: Contract) -> tuple[str, ...]:
    """Fields that ``standardised`` and ``validity`` read."""
    read = {*standardised(contract).meta.root_names(), *validity(contract).meta.root_names()}
    return tuple(sorted(read - {"national_number"}))


def key_value(name: str, contract: Contract) -> pl.Expr:
    """A field as part of a natural key: numbers and pseudonyms however they are written.

    Null for a sentinel and for what is no pseudonym: under them, people would be one thing.
    """
    field = contract.in_role("nhs_number")
    if field is not None and name == field.name:
        number = standardised(contract)
        return pl.when(~number.is_in(nhs_number.SENTINELS)).then(number)
    return pseudonym(pl.col(name)) if name == FOREIGN_PSEUDONYM.name else pl.col(name)


def flagged(rows: pl.DataFrame, contract: Contract) -> pl.Series:
    """The rows' dq_flags with what number and postcode add, in order; few rows have any.

    In: rows with dq_flags, ``nhs_number_validity`` and ``is_postcode_unknown``.
    """
    verdict = pl.col("nhs_number_validity")
    made = flags(contract, verdict)
    told = verdict.is_in(_FLAGGED) | pl.col("is_postcode_unknown")
    if contract.has(CHI_NUMBER.name) and rows[CHI_NUMBER.name].null_count() < rows.height:
        told = pl.lit(True)
    read = rows.select(*{*made.meta.root_names()}, _told=told)  # rows are wide
    places = read["_told"].arg_true()
    if places.is_empty():
        return rows["dq_flags"]
    changed = read[places].select(dq_flags=made)["dq_flags"]
    # Behind the others, then each in its place; in one piece, to be picked from fast.
    both = pl.concat([rows["dq_flags"], changed], rechunk=True)
    behind = pl.arange(rows.height, len(both), eager=True)
    return both[pl.arange(0, rows.height, eager=True).scatter(places, behind)]


def flags(contract: Contract, verdict: pl.Expr) -> pl.Expr:
    """The row's dq_flags with what its number and postcode add.

    V02 for an invalid NHS number, V04 for an invalid CHI number, V03 for a sentinel, V13 for a CHI
    number whose leading zero was put back, V07 for a postcode that the directory does not know.
    """
    is_chi = pl.lit(False)
    has_lost_zero = pl.lit(False)
    if contract.has(CHI_NUMBER.name):
        is_chi = _nhs(contract).is_null() & _chi(contract).is_not_null()
        has_lost_zero = is_chi & chi_number.has_lost_zero(pl.col(CHI_NUMBER.name))
    told = (
        pl.when((verdict == "invalid") & is_chi)
        .then(pl.lit("V04"))
        .when(verdict == "invalid")
        .then(pl.lit("V02"))
        .when(verdict == "sentinel")
        .then(pl.lit("V03"))
    )
    mended = pl.when(has_lost_zero).then(pl.lit("V13"))
    none = pl.lit([], pl.List(pl.String))
    unknown = pl.when("is_postcode_unknown").then(pl.lit("V07"))
    more = pl.concat_list(told, mended, unknown).list.drop_nulls()
    return pl.col("dq_flags").fill_null(none).list.concat(more).list.unique(maintain_order=True)


def _nhs(contract: Contract) -> pl.Expr:
    field = contract.in_role("nhs_number")
    if field is None:
        return pl.lit(None, pl.String)
    return nhs_number.standardised(pl.col(field.name))


def _chi(contract: Contract) -> pl.Expr:
    if not contract.has(CHI_NUMBER.name):
        return pl.lit(None, pl.String)
    return chi_number.standardised(pl.col(CHI_NUMBER.name))


def _sex(contract: Contract) -> pl.Expr:
    """male, female or null."""
    field = contract.in_role("person_stated_gender_code")
    if field is None or field.codes is None:
        return pl.lit(None, pl.String)
    classes = code_lists()[field.codes].classes()
    return pl.col(field.name).replace_strict(classes, default=None, return_dtype=pl.String)


def _once_delivered(number: pl.Expr, sex: pl.Expr) -> pl.Expr:
    """The verdict on CHI numbers; nothing is computed where, as in England, there is none."""

    def judged(rows: pl.Series) -> pl.Series:
        frame = rows.struct.unnest()
        if frame["number"].null_count() == frame.height:
            return pl.repeat("missing", frame.height, dtype=pl.String, eager=True)
        verdict = chi_number.validity(pl.col("number"), pl.col("sex"))
        return frame.select(verdict.alias("verdict")).to_series()

    both = pl.struct(number.alias("number"), sex.alias("sex"))
    return both.map_batches(judged, return_dtype=pl.String, is_elementwise=True)
