"""Keyed ids: of records, of events, of the local numbers that join tables, and of whole rows."""

from collections.abc import Iterable

import polars as pl

from flow_pipeline.contracts import all_contracts
from flow_pipeline.contracts.id_domains import SHARED_BETWEEN_SENDERS
from flow_pipeline.contracts.language import Contract, Field
from flow_pipeline.pseudonymise import person_number
from flow_pipeline.pseudonymise.keys import KeyRing, joined, joined_if_told

# Empty, or with a small letter, a blank, or a letter whose capital only its table tells.
_NOT_BARE = r"[^!-`{-~]|^$"
RECORD = ("submission_id", "source", "row_number")


def record_key(keys: KeyRing) -> pl.Expr:
    """128 bits for the delivered row: submission, source and row number."""
    return keys.pseudonym(joined(*(pl.col(name) for name in RECORD)), "record")


def event_ids(rows: pl.DataFrame, contract: Contract, keys: KeyRing) -> pl.Series:
    """128 bits for what each row tells of, whichever file and contract version tells of it.

    Contract name, sender and the first natural key that serves the row; all fields where none
    does. Definition: contracts.language.Key, domain.md §3.7 "Ids".
    """
    first, *others = _served(contract)
    texts = rows.select(event_id=pl.coalesce(first, *others) if others else first)
    if texts["event_id"].null_count():
        whole = rows.select(_key_text("row", contract, _every_field(contract))).to_series()
        texts = texts.select(pl.col("event_id").fill_null(whole))
    return texts.select(keys.pseudonym(pl.col("event_id"), "event")).to_series()


def alternate_id(contract: Contract, keys: KeyRing) -> pl.Expr:
    """The event id that the row would have by the next natural key that serves it.

    Null where none does, and for a contract that does not compare them
    (contracts.language.Supersede.by_any_key).
    """
    if not contract.supersede.by_any_key:
        return pl.lit(None, pl.String)
    served = _served(contract)
    taken, second = pl.lit(False), pl.lit(None, pl.String)
    for text in served:
        second = second.fill_null(pl.when(taken).then(text))
        taken = taken | text.is_not_null()
    return keys.pseudonym(second, "event")


def precedence(contract: Contract) -> pl.Expr:
    """The contract's own rank of a row, Int64; null where it has none."""
    sql = contract.supersede.precedence
    return pl.lit(None, pl.Int64) if sql is None else pl.sql_expr(sql).cast(pl.Int64)


def is_deletion(contract: Contract) -> pl.Expr:
    """Whether the row strikes out what it names; never null."""
    sql = contract.supersede.deletes
    return pl.lit(False) if sql is None else pl.sql_expr(sql).fill_null(False)


def row_hash(rows: pl.DataFrame, contract: Contract, keys: KeyRing) -> pl.Expr:
    """64 bits over all fields that any version has: equal rows of a file have equal hashes.

    Rows are compared within one submission only, so Polars' own hash, which another version of it
    may compute otherwise, serves; without the key nobody can make it of a guessed row.
    """
    return keys.mixed(hashed(rows, _every_field(contract), keys), "row")


def hashed(rows: pl.DataFrame, names: Iterable[str], keys: KeyRing) -> list[pl.Expr | int]:
    """64 bits of each of these columns, by Polars' own hash under a key.

    ``rows``: those of which they are made; of a column without values one is looked at.
    """
    seed = keys.number("row")
    return [
        int(rows[name].head(1).hash(seed)[0])
        if 0 < rows.height == rows[name].null_count()
        else pl.col(name).hash(seed).reinterpret(signed=True)
        for name in names
    ]


def local_id(values: pl.DataFrame, field: Field, keys: KeyRing) -> pl.Series:
    """128 bits for a sender's own number, equal wherever the sender uses it in one domain.

    In: rows with the field and organisation_code. Numbers that one body gives and others copy are
    equal whoever sends them.
    """
    if values[field.name].null_count() == values.height:
        return values[field.name].cast(pl.String)
    is_shared = field.id_domain in SHARED_BETWEEN_SENDERS
    owner = pl.lit("any sender") if is_shared else pl.col("organisation_code").fill_null("")
    bare = values.select("organisation_code", number=bare_ids(values[field.name]))
    owned = joined_if_told(owner, pl.col("number"))
    return bare.select(keys.pseudonym(owned, f"id:{field.id_domain}")).to_series()


def bare_ids(delivered: pl.Series) -> pl.Series:
    """``bare_id`` of a column, at once where, as usual, all of it is bare already."""
    texts = delivered.cast(pl.String)
    if texts.null_count() == len(texts) or not texts.str.contains(_NOT_BARE).any():
        return texts
    return texts.to_frame().select(bare_id(pl.first())).to_series()


def bare_id(delivered: pl.Expr) -> pl.Expr:
    """A local number without blanks around it, in capitals; null where nothing remains."""
    bare = delivered.cast(pl.String).str.strip_chars().str.to_uppercase()
    return pl.when(bare != "").then(bare)


def _served(contract: Contract) -> list[pl.Expr]:
    """The text of each natural key in turn, null for rows that it does not serve."""
    served = []
    for number, key in enumerate(contract.natural_key):
        start = (pl.lit(contract.name), pl.col("organisation_code").fill_null(""))
        values = [person_number.key_value(name, contract) for name in key.fields]
        if key.where is None:  # it serves rows that tell all its fields
            served.append(joined_if_told(*start, pl.lit(str(number)), *values))
        else:
            whole = _key_text(str(number), contract, key.fields)
            served.append(pl.when(pl.sql_expr(key.where).fill_null(False)).then(whole))
    return served


def _every_field(contract: Contract) -> tuple[str, ...]:
    """Names of the fields of all versions, so that no id depends on the version."""
    return tuple(f.name for f in all_contracts().get(contract.name, contract).fields)


def _key_text(number: str, contract: Contract, names: tuple[str, ...]) -> pl.Expr:
    values = [person_number.key_value(name, contract) for name in names]
    return joined(pl.lit(contract.name), pl.col("organisation_code"), pl.lit(number), *values)
