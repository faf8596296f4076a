"""Looking rows up: columns put beside a wide frame without copying it."""

from collections.abc import Sequence

import polars as pl

from flow_pipeline.journeys.kept import kept


def with_looked_up(
    rows: pl.LazyFrame, on: str | Sequence[str], table: pl.LazyFrame
) -> pl.LazyFrame:
    """``rows`` with the other columns of ``table``, one row per key; null where it has no such key.

    A join copies every column of ``rows``; here only the keys are joined, and what is found is put
    beside them. Computed at once (``kept``).
    """
    rows = kept(rows)
    keys = [on] if isinstance(on, str) else list(on)
    found = rows.select(keys).join(
        table, on=keys, how="left", maintain_order="left", nulls_equal=True
    )
    return kept(pl.concat([rows, found.drop(keys)], how="horizontal"))
