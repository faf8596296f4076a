"""Looking back along ordered rows of a person: what reached furthest so far, and where a chain
of references began. Rows must be in order; nothing here sorts."""

from collections.abc import Sequence

import numpy as np
import polars as pl


def latest_so_far(end: str, group: str, remembered: Sequence[str]) -> pl.Expr:
    """A struct of ``remembered`` columns of the earlier row with the greatest ``end``.

    Of several, the last of them; null on the first row of a group. ``end`` must not be null.
    """
    reaches = pl.col(end) >= pl.col(end).cum_max().over(group)
    row = pl.when(reaches).then(pl.struct(remembered))
    return row.forward_fill().shift(1).over(group)


def root_of(pointer: pl.Expr) -> pl.Expr:
    """For each row the row at which following ``pointer`` (row numbers, its own or an earlier
    row's) ends."""
    return pointer.map_batches(_roots, return_dtype=pl.Int64)


def _roots(pointer: pl.Series) -> pl.Series:
    at = pointer.to_numpy().astype(np.int64)
    while len(at):
        further = at[at]
        if np.array_equal(further, at):
            break
        at = further
    return pl.Series(pointer.name, at, dtype=pl.Int64)
