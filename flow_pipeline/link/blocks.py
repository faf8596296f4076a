"""Which pairs are compared at all: those with a block in common, and no block without bounds.

A value that very many share makes a block whose pairs nobody can compare. The largest blocks of a
rule are left out where they are too many pairs together; other rules find most of them.
"""

from typing import NamedTuple

import polars as pl

from flow_pipeline.link.comparisons import BLOCKS

# Pairs that one rule may give, for each identity and at least. A million ordinary identities give
# five for each by full name and less by every other rule.
_PAIRS_PER_IDENTITY, _LEAST_PAIRS = 6, 1_000_000
_SEED = 20_265


class Blocked(NamedTuple):
    """``identities``: with the columns that comparisons.BLOCKING joins on. ``n_large``: blocks left
    out. ``n_uncompared``: identities that were in such blocks and are in no other."""

    identities: pl.DataFrame
    n_large: int
    n_uncompared: int

    @property
    def counts(self) -> dict[str, int]:
        return {
            "blocks_too_large_to_compare": self.n_large,
            "identities_in_such_blocks_alone": self.n_uncompared,
        }


def blocked(identities: pl.DataFrame) -> Blocked:
    """Put every identity into its blocks.

    In:  identities.Identities.distinct. Out: the same rows in the same order; ``block_<n>`` (and
    ``block_<n>_r`` where the two sides of a rule differ) for each of comparisons.BLOCKS, null
    where a value is missing or its block is too large; reference_tokens without those that too
    many share.
    """
    most = max(_LEAST_PAIRS, _PAIRS_PER_IDENTITY * identities.height)
    columns: list[pl.Series] = []
    n_large = 0
    for block in BLOCKS:
        keys = identities.select(_key(block.left, "l"), _key(block.right, "r"))
        large = _too_large(keys, most)
        n_large += len(large)
        kept = keys.select(
            pl.when(~pl.col(side).is_in(large.implode())).then(side).alias(name)
            for side, name in block.columns.items()
        )
        columns += kept.get_columns()
    references = _common_references(identities, most)
    found = identities.with_columns(
        *columns,
        reference_tokens=_without(references),
    )
    n_large += len(references)
    return Blocked(found, n_large, _n_uncompared(identities, found) if n_large else 0)


def _key(names: tuple[str, ...], side: str) -> pl.Expr:
    """64 bits for the values of these columns together; a chance hit is one more pair to weigh."""
    is_known = pl.all_horizontal(pl.col(name).is_not_null() for name in names)
    return pl.when(is_known).then(pl.struct(names).hash(_SEED)).alias(side)


def _too_large(keys: pl.DataFrame, most: int) -> pl.Series:
    """Keys of the largest blocks, as many as it takes for the others to stay within bounds."""
    left = keys.group_by(pl.col("l").alias("key")).len(name="n")
    if keys["l"].equals(keys["r"]):  # mostly
        both = left.with_columns(n_right="n")
    else:
        both = left.join(keys.group_by(pl.col("r").alias("key")).len(name="n"), on="key")
    pairs = both.filter(pl.col("key").is_not_null()).select(
        "key", n_pairs=pl.col("n").cast(pl.Float64) * pl.col("n_right") / 2
    )
    if pairs["n_pairs"].sum() <= most:
        return pairs["key"].clear()
    ordered = pairs.sort("n_pairs", "key")
    return ordered.filter(pl.col("n_pairs").cum_sum() > most)["key"]


def _common_references(identities: pl.DataFrame, most: int) -> pl.Series:
    """Local identifiers that so many carry that they name nobody."""
    each = identities.select(pl.col("reference_tokens").explode().alias("l")).drop_nulls()
    return _too_large(each.with_columns(r="l"), most)


def _without(references: pl.Series) -> pl.Expr:
    listed = pl.col("reference_tokens")
    if references.is_empty():
        return listed
    kept = listed.list.set_difference(references.to_list()).list.sort()
    return pl.when(kept.list.len() > 0).then(kept)


def _n_uncompared(before: pl.DataFrame, after: pl.DataFrame) -> int:
    """Identities that had something to be found by and have nothing left."""
    names = sorted({name for block in BLOCKS for name in block.columns.values()})
    now = pl.any_horizontal(pl.col(*names, "reference_tokens").is_not_null())
    had = pl.any_horizontal(
        pl.all_horizontal(pl.col(n).is_not_null() for n in side)
        for block in BLOCKS
        for side in (block.left, block.right)
    )
    is_left = after.select(now).to_series()
    return int((before.select(had).to_series() & ~is_left).sum())
