"""Organisations of events: mergers mapped by date, and the sector."""

import polars as pl

from flow_pipeline.journeys.beside import with_looked_up

_LONGEST_CHAIN_OF_MERGERS = 4


def merged(events: pl.LazyFrame, organisation: pl.LazyFrame) -> pl.LazyFrame:
    """``events`` with organisation_code after mergers and sector, by the date of start_at.

    A code with a successor means the successor after its own last day (always, where it has
    none): before a merger the two were different bodies. ``sector`` must be there as the
    contract's own and is kept where the organisation is not listed.
    """
    codes = events.select("organisation_code", pl.col("start_at").dt.date().alias("_day")).unique()
    mapped = codes.with_columns(pl.col("organisation_code").alias("_code"))
    bodies = organisation.unique("organisation_code", keep="any").select(
        pl.col("organisation_code").alias("_code"),
        pl.col("sector").alias("_sector"),
        pl.col("successor_code").alias("_successor"),
        pl.col("valid_to").alias("_last"),
    )
    for _ in range(_LONGEST_CHAIN_OF_MERGERS):
        gone = pl.col("_successor").is_not_null() & (
            pl.col("_last").is_null() | (pl.col("_day") > pl.col("_last"))
        )
        mapped = mapped.join(bodies, on="_code", how="left").select(
            "organisation_code",
            "_day",
            pl.when(gone).then("_successor").otherwise("_code").alias("_code"),
        )
    mapped = mapped.join(bodies.select("_code", "_sector"), on="_code", how="left")
    dated = events.with_columns(pl.col("start_at").dt.date().alias("_day"))
    return (
        with_looked_up(dated, ["organisation_code", "_day"], mapped)
        .with_columns(
            pl.col("_code").alias("organisation_code"),
            pl.coalesce("_sector", "sector").alias("sector"),
        )
        .drop("_day", "_code", "_sector")
    )
