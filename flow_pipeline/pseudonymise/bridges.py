"""Entries of bridge tables become tokens: which pseudonyms of two namespaces are one person's."""

import polars as pl

from flow_pipeline.pseudonymise import nhs_number
from flow_pipeline.pseudonymise.foreign import namespace_token, pseudonym, pseudonym_token
from flow_pipeline.pseudonymise.keys import KeyRing
from flow_pipeline.tables.linkage import FOREIGN_BRIDGE

# Named in place of a namespace by whoever may say which NHS number a pseudonym stands for.
BY_NUMBER = "nhs_number"
ENTRY = ("namespace", "pseudonym", "other_namespace", "other_pseudonym")


def bridge_tokens(entries: pl.LazyFrame, keys: KeyRing) -> pl.LazyFrame:
    """Table foreign_bridge of what bridge files say, made as tokens of extracts are.

    In:  bridge, row_number, namespace, pseudonym, other_namespace, other_pseudonym (text, in clear;
         under the namespace ``nhs_number`` stands a number, and never on both sides).
    Out: one row per entry; ``outcome`` is ``incomplete`` where a side says nothing, as null and
         INVALID do, ``invalid_number`` where a number cannot be relied on, else null.
    """
    is_swapped = pl.col("namespace") == BY_NUMBER  # then the number is put on the other side
    by, said, other_by, other = (
        pl.when(is_swapped).then(swapped).otherwise(name)
        for name, swapped in zip(ENTRY, (*ENTRY[2:], *ENTRY[:2]), strict=True)
    )
    ordered = entries.with_columns(by=by, said=pseudonym(said), other_by=other_by, other=other)
    is_number = pl.col("other_by") == BY_NUMBER
    number = nhs_number.standardised(pl.col("other"))
    verdict = nhs_number.validity(number)
    said = pl.when(is_number).then(number).otherwise(pseudonym(pl.col("other")))
    outcome = (
        pl.when(pl.col("said").is_null() | said.is_null())
        .then(pl.lit("incomplete"))
        .when(is_number & (verdict != "valid"))
        .then(pl.lit("invalid_number"))
    )
    other_token = (
        pl.when(is_number)
        .then(keys.token(pl.when(verdict == "valid").then(number), "nhs_number"))
        .otherwise(pseudonym_token(pl.col("other_by"), said, keys))
    )
    made = ordered.with_columns(
        foreign_token=pseudonym_token(pl.col("by"), pl.col("said"), keys),
        foreign_namespace_token=namespace_token(pl.col("by"), keys),
        other_token=other_token,
        other_namespace_token=namespace_token(pl.when(~is_number).then("other_by"), keys),
        outcome=outcome,
    )
    return FOREIGN_BRIDGE.shaped(made)
