"""Records with what they say of who they are about, which is stored once for many of them."""

import polars as pl

from flow_pipeline.tables.linkage import RECORD_TOLD


def record_told(record_token: pl.LazyFrame, record_identity: pl.LazyFrame) -> pl.LazyFrame:
    """Rows of table record_token in the order they have, with columns of RECORD_TOLD.

    In: the tables of those names; of record_identity at least the rows that the records name.
    """
    told = record_token.join(record_identity, on="identity_key", how="left", maintain_order="left")
    return told.select(RECORD_TOLD.column_names)
