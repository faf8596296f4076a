"""How records speak of identities, beside what they say of who it is: kept, so that a later run
need not read records again to know it."""

import polars as pl

from flow_pipeline.tables.linkage import LINK_MENTION

# Records in the order in which they came to be known; the first of a person is its founder.
RECEIVED = ("received_at", "submission_id", "row_number", "record_key")
_ONE = LINK_MENTION.key


def mentions(own: pl.DataFrame) -> pl.DataFrame:
    """Each way in which records speak of an identity, once.

    In:  ``own``: records (table record_told) with an identity of their own and its anchor.
    Out: table link_mention, in the order of receipt of first records. Dates count for identity
         records alone.
    """
    dated = [
        pl.when("is_identity_record").then(name).alias(name) for name in ("valid_from", "valid_to")
    ]
    told = own.with_columns(*dated, n_records=pl.lit(1, pl.Int64))
    return merged(told.select(LINK_MENTION.column_names))


def merged(told: pl.DataFrame) -> pl.DataFrame:
    """Rows of table link_mention, each way once, in the order of receipt of first records."""
    return (
        told.sort(*RECEIVED, nulls_last=True)
        .group_by(_ONE, maintain_order=True)
        .agg(pl.col("n_records").sum(), pl.col(*RECEIVED).first())
        .select(LINK_MENTION.column_names)
    )


def described(told: pl.DataFrame) -> pl.DataFrame:
    """One row per identity, by what mentions of it say: anchor, is_number_verified (of any),
    reference_tokens (sorted list, null when empty), n_known_as (senders and local identifiers),
    n_records, and RECEIVED of its first record. In: as ``mentions`` gives them."""
    return told.group_by("anchor", maintain_order=True).agg(
        pl.col("is_number_verified").any(),
        list_of("reference_token").alias("reference_tokens"),
        pl.struct("organisation_code", "reference_token").n_unique().alias("n_known_as"),
        pl.col("n_records").sum(),
        pl.col(*RECEIVED).first(),
    )


def list_of(name: str) -> pl.Expr:
    """The different values of a column, sorted; null where there is none."""
    values = pl.col(name).drop_nulls().unique().sort()
    return pl.when(values.len() > 0).then(values.implode())
