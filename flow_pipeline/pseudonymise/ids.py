"""Keyed ids: of records, of events, of the local numbers that join tables, and of whole rows."""

import polars as pl

from flow_pipeline.contracts.language import Contract, Field, Key
from flow_pipeline.pseudonymise import nhs_number
from flow_pipeline.pseudonymise.keys import KeyRing, joined

RECORD = ("submission_id", "source", "row_number")


def record_key(keys: KeyRing) -> pl.Expr:
    """128 bits for the delivered row: submission, source and row number."""
    return keys.pseudonym(joined(*(pl.col(name) for name in RECORD)), "record")


def event_id(contract: Contract, keys: KeyRing) -> pl.Expr:
    """128 bits for what the row tells of, whichever file and contract version tells of it.

    Contract name, sender and the first natural key that serves the row; all fields where none
    does. Definition: contracts.language.Key, domain.md §3.7 "Ids".
    """
    whole = _key_text("row", contract, tuple(f.name for f in contract.fields))
    chosen = whole
    for number, key in reversed(list(enumerate(contract.natural_key))):
        text = _key_text(str(number), contract, key.fields)
        chosen = pl.when(_serves(key)).then(text).otherwise(chosen)
    return keys.pseudonym(chosen, "event")


def row_hash(contract: Contract, keys: KeyRing) -> pl.Expr:
    """128 bits over all contract fields of the row: equal rows have equal hashes."""
    return keys.pseudonym(joined(*(pl.col(f.name) for f in contract.fields)), "row")


def local_id(field: Field, keys: KeyRing) -> pl.Expr:
    """128 bits for a sender's own number, equal wherever the sender uses it in one domain."""
    value = bare_id(pl.col(field.name))
    owned = joined(pl.col("organisation_code"), value)
    return keys.pseudonym(pl.when(value.is_not_null()).then(owned), f"id:{field.id_domain}")


def bare_id(delivered: pl.Expr) -> pl.Expr:
    """A local number without blanks around it, in capitals; null where nothing remains."""
    bare = delivered.cast(pl.String).str.strip_chars().str.to_uppercase()
    return pl.when(bare != "").then(bare)


def _key_text(number: str, contract: Contract, names: tuple[str, ...]) -> pl.Expr:
    values = [_key_value(contract.field(name)) for name in names]
    return joined(pl.lit(contract.name), pl.col("organisation_code"), pl.lit(number), *values)


def _key_value(field: Field) -> pl.Expr:
    if (field.role or field.name) == "nhs_number":
        return nhs_number.standardised(pl.col(field.name))  # however it is spaced
    return pl.col(field.name)


def _serves(key: Key) -> pl.Expr:
    if key.where is None:
        return pl.all_horizontal(pl.col(name).is_not_null() for name in key.fields)
    return pl.sql_expr(key.where).fill_null(False)
