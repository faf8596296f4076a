"""Rows on their way, bucket by bucket: written out so that no table is read once per bucket."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from flow_pipeline.store import BUCKETS, OWNER_ONLY, PLAIN


@contextmanager
def split_in_buckets(
    root: Path, frames: Mapping[str, pl.LazyFrame], key: str
) -> Iterator[Callable[[int], dict[str, pl.LazyFrame]]]:
    """Rows of frames by the number in column ``key``, on disk while the context lasts.

    Gives a function of a number that returns the frames, without ``key``, of the rows that have
    it. The files hold what the linkage zone holds, lie there, and are removed at the end: they are
    read once, so they are not compressed.
    """
    folder = root / "linkage" / BUCKETS
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=OWNER_ONLY)
    schemas = {}
    try:
        for name, frame in frames.items():
            schemas[name] = pl.Schema({c: t for c, t in frame.collect_schema().items() if c != key})
            by_key = pl.PartitionBy(folder / name, key=key, include_key=False)
            frame.sink_parquet(by_key, mkdir=True, **PLAIN)

        def of(number: int) -> dict[str, pl.LazyFrame]:
            return {
                name: _scan_all(folder / name / f"{key}={number}", schema)
                for name, schema in schemas.items()
            }

        yield of
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _scan_all(folder: Path, schema: pl.Schema) -> pl.LazyFrame:
    files = sorted(folder.glob("*.parquet"))
    return pl.scan_parquet(files, hive_partitioning=False) if files else pl.LazyFrame(schema=schema)
