"""Who is linked and who is not: how far the two differ in what is known of them."""

from collections.abc import Sequence

import polars as pl

from flow_pipeline.tables.link_quality import LINK_DIFFERENCE

_UNLINKED = "local_only"
_UNKNOWN = "unknown"


def differences(
    described: pl.DataFrame, of_records: pl.DataFrame, link: pl.DataFrame, names: Sequence[str]
) -> pl.DataFrame:
    """Table link_difference: shares of each value among units linked and not.

    In:  ``described``, ``of_records``: matched_sample.Units. ``link``: record_key and method of
         person_link. ``names``: the attributes to compare.
    A unit (what one sender knows of one person) is linked where any of its records was by number,
    pseudonym or likeness. Shares are of the units of which the attribute is known. The
    standardised difference is that of two shares: their difference by the root of the mean of
    their variances; null where one side is empty, or both are certain.
    """
    is_linked = (pl.col("method") != _UNLINKED).any()
    linked = (
        of_records.join(link, on="record_key").group_by("unit").agg(is_linked.alias("is_linked"))
    )
    placed = described.join(linked, on="unit")
    parts = [_of_attribute(placed, name) for name in names]
    return LINK_DIFFERENCE.conform(pl.concat(parts).lazy()).collect()


def _of_attribute(units: pl.DataFrame, name: str) -> pl.DataFrame:
    known = units.filter(pl.col(name) != _UNKNOWN)
    counts = (
        known.group_by(pl.col(name).alias("subgroup_value"))
        .agg(n_linked=pl.col("is_linked").sum(), n_unlinked=(~pl.col("is_linked")).sum())
        .with_columns(subgroup=pl.lit(name))
    )
    shares = counts.with_columns(
        (pl.col(f"n_{side}") / pl.col(f"n_{side}").sum()).fill_nan(None).alias(f"share_{side}")
        for side in ("linked", "unlinked")
    )
    p, q = pl.col("share_linked"), pl.col("share_unlinked")
    spread = ((p * (1 - p) + q * (1 - q)) / 2).sqrt()
    return shares.with_columns(standardised_difference=pl.when(spread > 0).then((q - p) / spread))
