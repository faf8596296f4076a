"""Steps that are computed person by person, bucket after bucket, so that memory is bounded by the
bucket and not by the economy. What comes of it is the same however many buckets there are."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial

import dagster as dg
import polars as pl

from flow_pipeline.journeys import (
    RECORDS_AT_ONCE,
    LinkedRows,
    computed,
    kept,
    linkage_of_persons,
    linked_rows,
    placed,
    placed_rows,
    places_in,
)
from flow_pipeline.orchestration.bucket_files import split_in_buckets
from flow_pipeline.orchestration.economy_run import EconomyRun
from flow_pipeline.orchestration.step import Tables, made_from, result, sealed
from flow_pipeline.store import Store, Written, store_errors
from flow_pipeline.tables import table

_AT_ONCE = 2  # buckets: where one sorts, joins in time or waits for the disk, another goes on
Together = Callable[[pl.LazyFrame], pl.LazyFrame]


@dataclass(frozen=True)
class Bucket:
    """Core rows of some persons, by contract, what links them, and what linkage says of each
    person (``linkage_of_persons``)."""

    core: Mapping[str, pl.LazyFrame]
    linked: Callable[[], LinkedRows]
    linkage: pl.LazyFrame


@contextmanager
def linked_buckets(
    core: Mapping[str, pl.LazyFrame],
    person_link: pl.LazyFrame,
    run: EconomyRun,
    records_at_once: int = RECORDS_AT_ONCE,
) -> Iterator[list[Bucket]]:
    """All linked rows, bucket by bucket; one bucket reads the tables where they are.

    More are first written out, each row to its bucket, so that no table is read once per bucket.
    """
    n_records = person_link.select(pl.len()).collect().item()
    if n_records <= records_at_once:
        linkage = linkage_of_persons(person_link)
        yield [Bucket(core, partial(linked_rows, core, person_link), linkage)]
        return
    found = placed(person_link, records_at_once)
    with split_in_buckets(run.store.root, core, partial(_places, found.records)) as of:
        yield [_bucket(of(number), of_bucket) for number, of_bucket in _by_bucket(found.persons)]


def _by_bucket(persons: pl.DataFrame) -> list[tuple[int, pl.LazyFrame]]:
    parts = persons.partition_by("bucket", maintain_order=True, include_key=False)
    return [(number, part.lazy()) for number, part in enumerate(parts)]


def _bucket(core: Mapping[str, pl.LazyFrame], persons: pl.LazyFrame) -> Bucket:
    return Bucket(core, partial(placed_rows, core, persons), persons.drop("person_number"))


def _places(records: pl.DataFrame, name: str, rows: pl.LazyFrame) -> pl.DataFrame:
    return places_in(rows, records.filter(pl.col("contract") == name).drop("contract"))


def stored_buckets(run: EconomyRun, names: tuple[str, ...]) -> list[Callable[[], Tables]]:
    """Tables that earlier steps wrote bucket by bucket, as they were written: the n-th parts of
    all of them are of the same persons. Whole tables are one bucket."""
    n_parts = max(len(run.store.parts(name)) for name in names)
    if n_parts == 0:
        return [lambda: {name: run.store.scan(name) for name in names}]
    return [
        lambda number=number: {name: run.store.scan_part(name, number) for name in names}  # type: ignore[misc]
        for number in range(n_parts)
    ]


def materialise_in_buckets(
    run: EconomyRun,
    step: str,
    *,
    outputs: tuple[str, ...],
    inputs: tuple[str, ...],
    build: Callable[[], AbstractContextManager[Sequence[Callable[[], Tables]]]],
    parameters: object = None,
    together: Mapping[str, Together] | None = None,
) -> Iterator[dg.MaterializeResult]:
    """Write the step's tables, or find them current, as ``materialise`` does, bucket by bucket.

    ``build`` gives, for each bucket, a function that makes one frame per output, in the tables'
    order; a table of several buckets is kept in parts. ``together``: outputs that are not per
    person, and how those of all buckets become one; others named there are left alone.
    """
    fingerprint = made_from(run, step, inputs, parameters)
    known = [run.store.current(name, fingerprint) for name in outputs]
    if all(known):
        yield from (result(written, unchanged=True) for written in known if written)
        return
    run.progress(step)
    with sealed(step), store_errors(run.store.root), build() as buckets:
        if len(buckets) == 1:
            written = _whole(run.store, outputs, buckets[0](), fingerprint)
        else:
            written = _in_parts(run.store, outputs, buckets, fingerprint, together or {})
    yield from (result(one) for one in written)


def _whole(store: Store, outputs: tuple[str, ...], made: Tables, fingerprint: str) -> list[Written]:
    return [store.write(table(name), made[name], made_from=fingerprint) for name in outputs]


def _in_parts(
    store: Store,
    outputs: tuple[str, ...],
    buckets: Sequence[Callable[[], Tables]],
    fingerprint: str,
    together: Mapping[str, Together],
) -> list[Written]:
    parts: dict[str, dict[str, int]] = {name: {} for name in outputs if name not in together}
    gathered: dict[str, list[pl.LazyFrame]] = {name: [] for name in outputs if name in together}

    def make(number: int) -> tuple[str, dict[str, int], dict[str, pl.LazyFrame]]:
        # the name says what it was made from: a part never overwrites one that is in use
        part = f"{fingerprint[:16]}-{number:04d}"
        made = buckets[number]()
        counts = {n: store.write_part(table(n), part, computed(made[n])) for n in parts}
        return part, counts, {name: kept(made[name]) for name in gathered}

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for part, counts, frames in pool.map(make, range(len(buckets))):
            for name, count in counts.items():
                parts[name][part] = count
            for name, frame in frames.items():
                gathered[name].append(frame)
    whole = {name: together[name](pl.concat(frames)) for name, frames in gathered.items()}
    return [
        store.write(table(name), whole[name], made_from=fingerprint)
        if name in whole
        else store.compose(table(name), parts[name], made_from=fingerprint)
        for name in outputs
    ]
