"""Pseudonyms that another body made: tokenised again, each namespace apart."""

import polars as pl

from flow_pipeline.contracts.identity import (
    FOREIGN_NAMESPACE,
    FOREIGN_PSEUDONYM,
    NO_PSEUDONYM,
)
from flow_pipeline.contracts.language import Contract
from flow_pipeline.pseudonymise.keys import KeyRing, joined

_HEXADECIMAL = r"^[0-9A-Fa-f-]+$"


def pseudonym(delivered: pl.Expr) -> pl.Expr:
    """The pseudonym without blanks around it; null where a text stands that is none.

    Hexadecimal ones in small letters, for one body writes them either way; others as they are,
    for in base 64 a capital is another sign. Source: design.md §4 "Identity".
    """
    bare = delivered.cast(pl.String).str.strip_chars()
    folded = pl.when(bare.str.contains(_HEXADECIMAL)).then(bare.str.to_lowercase()).otherwise(bare)
    return pl.when(~bare.str.contains(NO_PSEUDONYM)).then(folded)


def foreign_tokens(contract: Contract, keys: KeyRing) -> dict[str, pl.Expr]:
    """foreign_token and foreign_namespace_token; null where the row has no pseudonym.

    The namespace is part of what is hashed: equal pseudonyms of two bodies are no match.
    """
    if not contract.has(FOREIGN_PSEUDONYM.name):
        return {}
    said, by = pseudonym(pl.col(FOREIGN_PSEUDONYM.name)), pl.col(FOREIGN_NAMESPACE.name)
    is_known = said.is_not_null() & by.is_not_null()
    return {
        "foreign_token": pseudonym_token(by, said, keys),
        "foreign_namespace_token": namespace_token(pl.when(is_known).then(by), keys),
    }


def pseudonym_token(namespace: pl.Expr, said: pl.Expr, keys: KeyRing) -> pl.Expr:
    """The token of a pseudonym as ``pseudonym`` gives it; null without it or its namespace."""
    is_known = said.is_not_null() & namespace.is_not_null()
    return keys.token(pl.when(is_known).then(joined(namespace, said)), "foreign_pseudonym")


def namespace_token(namespace: pl.Expr, keys: KeyRing) -> pl.Expr:
    """The token of a namespace."""
    return keys.token(namespace, "foreign_namespace")
