"""Looking rows up: columns put beside a wide frame without copying it."""

from collections.abc import Sequence

import polars as pl

from flow_pipeline.journeys.kept import computed, kept


def with_looked_up(
    rows: pl.LazyFrame, on: str | Sequence[str], table: pl.LazyFrame
) -> pl.LazyFrame:
    """``rows`` with the other columns of ``table``, one row per key; null where it has no such key.

    A join copies every column of ``rows``; here only the keys are joined, and what is found is put
    beside them; where the table has the same keys in the same order it is found already. Computed
    at once (``kept``).
    """
    rows, table = kept(rows), kept(table)
    keys = [on] if isinstance(on, str) else list(on)
    if computed(table).is_empty():
        others = {n: t for n, t in table.collect_schema().items() if n not in keys}
        return kept(rows.with_columns(pl.lit(None, t).alias(n) for n, t in others.items()))
    found = table
    if not _are_the_same(rows.select(keys), table.select(keys)):
        found = rows.select(keys).join(
            table, on=keys, how="left", maintain_order="left", nulls_equal=True
        )
    return kept(pl.concat([rows, found.drop(keys)], how="horizontal"))


def _are_the_same(one: pl.LazyFrame, other: pl.LazyFrame) -> bool:
    return computed(one).equals(computed(other))
