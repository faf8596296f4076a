"""Equal identities become one: what linkage compares is who was said, not how often."""

from typing import NamedTuple

import polars as pl
import polars_hash  # noqa: F401  (registers the ``chash`` namespace on expressions)

from flow_pipeline.link.mentions import described, list_of, mentions
from flow_pipeline.tables.linkage import IDENTITY_TOKENS, NAME_ENCODINGS, RECORD_TOLD

# What a record says of who it is about, and what is needed of every record besides.
TOLD = (*IDENTITY_TOKENS, *NAME_ENCODINGS)
SLIM = tuple(name for name in RECORD_TOLD.column_names if name not in TOLD)
_SAME_PERSON_IF_EQUAL = ("given_token", "family_token", "birth_date_token", "postcode_token")


class Identities(NamedTuple):
    """``records``: one row per record with an identity of its own, with unique_id and anchor; at
    least record_key.

    ``distinct``: one row per identity: unique_id (1 to n by anchor), anchor (Int64), identity
    tokens and name encodings, given_encoding_bits and family_encoding_bits (bits set), and the
    columns of mentions.described. ``mentions``: how records speak of them (table link_mention).
    """

    records: pl.DataFrame
    distinct: pl.DataFrame
    mentions: pl.DataFrame

    def slim(self) -> "Identities":
        """The same without what each record says of who it is: ``distinct`` tells."""
        return self._replace(records=self.records.select(*SLIM, "anchor", "unique_id"))


def identities(records: pl.DataFrame) -> Identities:
    """Collapse records (table record_told, in RECEIVED order) that say the same of who it is.

    What is equal but little, such as a name and a birth date alone, is one identity only
    where the sender's local identifier is equal too: two people may well share it, and the model
    shall weigh it.
    """
    own = records.filter("has_own_identity").with_columns(anchor())
    first = own.unique("anchor", keep="first", maintain_order=True)  # all others say the same
    return numbered(own, first.select("anchor", *TOLD), mentions(own))


def identities_beside(
    records: pl.DataFrame, record_told: pl.LazyFrame, known: pl.DataFrame
) -> Identities:
    """As ``identities``, where tokens are read of those alone that no earlier run has seen.

    In:  ``records``: all records in RECEIVED order, columns SLIM and anchor. ``record_told``: the
         same with all their columns. ``known``: anchor, identity tokens and name encodings of
         identities that were seen before. Out: records have the columns of ``records``.
    """
    own = records.filter("has_own_identity")
    first = own.unique("anchor", keep="first", maintain_order=True)
    new = first.join(known, on="anchor", how="anti").select("record_key").lazy()
    told = record_told.join(new, on="record_key", how="semi").with_columns(anchor())
    there = known.join(first, on="anchor", how="semi").select("anchor", *TOLD)
    tokens = pl.concat([there, told.select("anchor", *TOLD).collect()])
    return numbered(own, tokens, mentions(own))


def numbered(own: pl.DataFrame, tokens: pl.DataFrame, told: pl.DataFrame) -> Identities:
    """In: records with anchor; what each anchor says of who it is; how records speak of them."""
    distinct = (
        tokens.with_columns(_bits())
        .join(described(told), on="anchor")
        .sort("anchor")
        .with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("unique_id"))
    )
    ids = distinct.select("anchor", "unique_id")
    return Identities(own.join(ids, on="anchor", maintain_order="left"), distinct, told)


def as_known(found: Identities) -> pl.DataFrame:
    """Each identity once for every sender: agreement between senders is what a model learns.

    Out: columns as in ``Identities.distinct`` as far as they tell who it is, with a unique_id of
    its own, by anchor and sender.
    """
    by_sender = found.mentions.group_by("anchor", "organisation_code").agg(
        list_of("reference_token").alias("reference_tokens")
    )
    told = found.distinct.select("anchor", *TOLD, "given_encoding_bits", "family_encoding_bits")
    return (
        by_sender.join(told, on="anchor")
        .sort("anchor", "organisation_code")
        .with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("unique_id"))
    )


def anchor() -> pl.Expr:
    """What stands for the identity of a record of table record_told, null where it has none.

    The identity token; with the local identifier in it where the identity says little.
    """
    is_much = pl.any_horizontal(
        pl.col("nhs_number_token").is_not_null(),
        pl.col("foreign_token").is_not_null(),
        pl.all_horizontal(pl.col(name).is_not_null() for name in _SAME_PERSON_IF_EQUAL),
    )
    owner = pl.coalesce(pl.col("reference_token").cast(pl.String), "organisation_code")
    text = pl.format("{}|{}", "identity_token", owner)
    # Tokens are keyed already: a plain hash of them gives nothing away.
    digest = text.chash.sha2_256().str.head(16)  # type: ignore[attr-defined]
    mixed = digest.str.to_integer(base=16, dtype=pl.UInt64, strict=False).reinterpret(signed=True)
    return pl.when(is_much).then("identity_token").otherwise(mixed).alias("anchor")


def _bits() -> list[pl.Expr]:
    """How many bits of each name's pattern are set."""
    stems = ("given", "family")
    return [
        pl.sum_horizontal(
            pl.col(name).bitwise_count_ones().cast(pl.Int16)
            for name in NAME_ENCODINGS
            if name.startswith(stem)
        ).alias(f"{stem}_encoding_bits")
        for stem in stems
    ]
