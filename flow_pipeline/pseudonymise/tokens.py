"""The tokens by which records are compared, and those by which one record finds another."""

import polars as pl

from flow_pipeline.contracts import all_contracts
from flow_pipeline.contracts.language import Contract
from flow_pipeline.pseudonymise import attributes
from flow_pipeline.pseudonymise.foreign import foreign_tokens
from flow_pipeline.pseudonymise.ids import bare_id
from flow_pipeline.pseudonymise.keys import KeyRing, joined
from flow_pipeline.tables.linkage import IDENTITY_TOKENS, NAME_ENCODINGS

VERIFIED_STATUS = "01"

Tokens = dict[str, pl.Expr]


def identity_tokens(told: pl.DataFrame, contract: Contract, keys: KeyRing) -> pl.DataFrame:
    """``told`` with all tokens and encodings of who it is about, in the same order.

    In:  one row per identity: the contract's fields of it in clear, submission_id, row_number of
         the first row that says it, and what ValueTokens adds.
    Out: IDENTITY_TOKENS, NAME_ENCODINGS, reference_token, identity_token, has_own_identity and
         identity_key. Tokens are null where the contract has no such field or the value says
         nothing: an invalid or sentinel NHS number, a pseudo-postcode, a placeholder for a name.
    Source of the definition: linkage.md §5, design.md §4 (identity by reference).
    """
    more = {**foreign_tokens(contract, keys), **_property_token(contract, keys)}
    tokens = told.lazy().with_columns(**more).collect(engine="in-memory")
    may_lack = (*IDENTITY_TOKENS, *NAME_ENCODINGS)
    nulls = [pl.lit(None, pl.Int64).alias(n) for n in may_lack if n not in tokens.columns]
    return _with_identity(tokens.with_columns(nulls), keys)


def _with_identity(tokens: pl.DataFrame, keys: KeyRing) -> pl.DataFrame:
    """Adds has_own_identity; identity_token, which makes equal identities one; identity_key."""
    given, family, birth, place = (
        pl.col(f"{name}_token").is_not_null()
        for name in ("given", "family", "birth_year", "postcode")
    )
    own = (
        pl.col("nhs_number_token").is_not_null()
        | pl.col("foreign_token").is_not_null()
        | (birth & (given | family | place))
        | (given & family & place)
    )
    whole = keys.mixed((pl.col(name) for name in IDENTITY_TOKENS), "identity")
    by_name = [pl.col(n).is_not_null() for n in IDENTITY_TOKENS if n != "nhs_number_token"]
    return tokens.with_columns(
        identity_token=pl.when(own).then(whole),
        has_own_identity=own,
        identity_key=pl.when(pl.any_horizontal(by_name)).then(_identity_key(keys)),
    )


def _identity_key(keys: KeyRing) -> pl.Expr:
    """A number for the identity that a row of a submission tells first."""
    submission = pl.col("submission_id").hash(keys.number("row")).reinterpret(signed=True)
    return keys.mixed([submission, pl.col("row_number")], "row")


def record_tokens(contract: Contract, keys: KeyRing, *, verified_numbers: bool) -> Tokens:
    """Columns of table record_token that each row says itself.

    Reads the contract's fields in clear, lineage and nhs_number_validity.
    Source of the definition: design.md §4 (verified, identity by reference).
    """
    return {
        **_number_verified(contract, verified_numbers=verified_numbers),
        **_reference_tokens(contract, keys),
        **_validity(contract),
        "contract": pl.lit(contract.name),
        "is_identity_record": pl.lit(contract.is_identity_record),
    }


def _number_verified(contract: Contract, *, verified_numbers: bool) -> Tokens:
    if contract.in_role("nhs_number") is None:
        return {"is_number_verified": pl.lit(False)}
    is_valid = pl.col("nhs_number_validity") == "valid"
    status = attributes.in_clear(contract, "nhs_number_status_indicator_code")
    is_traced = pl.lit(verified_numbers) | (status == VERIFIED_STATUS).fill_null(False)
    return {"is_number_verified": is_valid & is_traced}


def _property_token(contract: Contract, keys: KeyRing) -> Tokens:
    if contract.in_role("uprn") is None:
        return {}
    number = bare_id(attributes.in_clear(contract, "uprn")).str.strip_chars_start("0")
    return {"uprn_token": keys.token(pl.when(number != "").then(number), "uprn")}


def _reference_tokens(contract: Contract, keys: KeyRing) -> Tokens:
    """The record as a parent; the record's parent."""
    parent = contract.parent
    return {
        "parent_token": _parent_token(contract.name, _named_by_children(contract), keys),
        "child_of_token": _parent_token(parent.contract, parent.on, keys)
        if parent
        else pl.lit(None, pl.Int64),
    }


def _named_by_children(contract: Contract) -> tuple[str, ...]:
    """The fields by which other contracts name this one as their parent; none if none does."""
    ways = {
        c.parent.on
        for c in all_contracts().values()
        if c.parent is not None and c.parent.contract == contract.name
    }
    if len(ways) > 1:
        raise ValueError(f"{contract.name}: its children name it in {len(ways)} ways, one is meant")
    return next(iter(ways), ())


def _parent_token(contract_name: str, on: tuple[str, ...], keys: KeyRing) -> pl.Expr:
    if not on:
        return pl.lit(None, pl.Int64)
    values = [bare_id(pl.col(name)) for name in on]
    known = pl.all_horizontal(value.is_not_null() for value in values)
    whole = joined(pl.lit(contract_name), pl.col("organisation_code"), *values)
    return keys.token(pl.when(known).then(whole), "parent")


def _validity(contract: Contract) -> Tokens:
    """When a local identifier meant this person, and the date of the row."""

    def day(name: str | None) -> pl.Expr:
        return pl.lit(None, pl.Date) if name is None else pl.col(name).cast(pl.Date)

    return {
        "valid_from": day(contract.valid_from),
        "valid_to": day(contract.valid_to),
        "seen_on": day(contract.period_start or contract.valid_from),
    }
