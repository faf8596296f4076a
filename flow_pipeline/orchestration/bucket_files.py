"""Rows on their way, bucket by bucket: written out so that no table is read once per bucket."""

import shutil
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from flow_pipeline.store import BUCKETS, OWNER_ONLY, PLAIN

_ROWS = 500_000  # of a batch of a table
_AT_ONCE = 2  # batches
Places = Callable[[str, pl.LazyFrame], pl.DataFrame]


@contextmanager
def split_in_buckets(
    root: Path, tables: Mapping[str, pl.LazyFrame], places: Places
) -> Iterator[Callable[[int], dict[str, pl.LazyFrame]]]:
    """Rows of tables by their bucket, on disk while the context lasts.

    ``places`` gives, for a table, ``row`` (the place of a row, from 0) and ``bucket`` of the rows
    that have one, in their order, and columns that are put beside them. Gives a function of a
    number that returns the tables with the rows of that bucket, in their order. The files hold
    what the linkage zone holds, lie there, and are removed at the end: they are read once, so they
    are not compressed.
    """
    folder = root / "linkage" / BUCKETS
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=OWNER_ONLY)
    try:
        empty = _write_out(tables, places, folder)

        def of(number: int) -> dict[str, pl.LazyFrame]:
            return {n: _scan_all(folder / n / str(number), none) for n, none in empty.items()}

        yield of
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _write_out(
    tables: Mapping[str, pl.LazyFrame], places: Places, folder: Path
) -> dict[str, pl.DataFrame]:
    """Write all rows, and tell what each table looks like without any."""
    empty = {}
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        waited_for: deque[Future[None]] = deque()
        for name, rows in tables.items():
            of_rows = places(name, rows)
            empty[name] = rows.clear().collect().hstack(of_rows.clear().drop("row", "bucket"))
            for number, batch in enumerate(_batches(rows, of_rows)):
                if len(waited_for) == _AT_ONCE:
                    waited_for.popleft().result()
                file = f"{number:06}.parquet"
                waited_for.append(pool.submit(_write_batch, *batch, folder / name, file))
        for one in waited_for:
            one.result()
    return empty


def _batches(
    rows: pl.LazyFrame, places: pl.DataFrame
) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    """Batches of the rows of a table, with the places of those of each, from 0 in each."""
    first, placed = 0, 0
    for batch in rows.collect_batches(chunk_size=_ROWS, engine="streaming"):
        until = places["row"].search_sorted(first + batch.height)
        here = places.slice(placed, until - placed)
        yield batch, here.with_columns(pl.col("row") - first)
        first, placed = first + batch.height, until


def _write_batch(batch: pl.DataFrame, places: pl.DataFrame, folder: Path, file: str) -> None:
    # in one piece, since rows are picked from several pieces fifteen times as slowly
    places = places.sort("bucket", maintain_order=True)
    rows = batch.rechunk()[places["row"]].hstack(places.drop("row", "bucket"))
    first = 0
    for n_rows, bucket in places["bucket"].rle().struct.unnest().iter_rows():
        path = folder / str(bucket) / file
        path.parent.mkdir(parents=True, exist_ok=True)
        rows.slice(first, n_rows).write_parquet(path, **PLAIN)
        first += n_rows


def _scan_all(folder: Path, empty: pl.DataFrame) -> pl.LazyFrame:
    files = sorted(folder.glob("*.parquet"))
    return pl.scan_parquet(files, hive_partitioning=False) if files else empty.lazy()
