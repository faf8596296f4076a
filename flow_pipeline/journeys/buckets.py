"""Persons in buckets: a journey is of one person, so any part of the persons can be taken alone.

``person_id`` is a keyed hash, so a range of it is as good a bucket as any hash of it, and buckets
one after another are in the order of persons.
"""

from collections.abc import Mapping

import polars as pl

from flow_pipeline.contracts import all_contracts
from flow_pipeline.journeys.event_rows import mapped
from flow_pipeline.tables.journeys import EVENT_DROPPED

RECORDS_AT_ONCE = 500_000  # linked records of a bucket; a person with more is one of their own


def person_buckets(linkage: pl.LazyFrame, records_at_once: int) -> pl.LazyFrame:
    """``linkage`` (of persons, in their order) with bucket, 0 and up without a hole, and
    person_number, the place of a person in the bucket from 0.

    A bucket holds as many persons as begin among the same ``records_at_once`` records, so no
    person is in two and its size is bounded by the largest person in it.
    """
    n = pl.col("n_records").cast(pl.Int64)
    bucket = ((n.cum_sum() - n) // records_at_once).rle_id().cast(pl.Int32).alias("bucket")
    placed = linkage.with_columns(bucket).with_row_index("place")
    first = pl.col("place").min().over("bucket")
    return placed.with_columns((pl.col("place") - first).alias("person_number")).drop("place")


def dropped_in_all(event_dropped: pl.LazyFrame) -> pl.LazyFrame:
    """The table event_dropped from those of all buckets, one below the other."""
    key = list(EVENT_DROPPED.key)
    return EVENT_DROPPED.conform(event_dropped.group_by(key).agg(pl.col("n_rows").sum()))


def repeated_records(linked_core: Mapping[str, pl.LazyFrame]) -> pl.LazyFrame:
    """record_key of rows that repeat the ``event_id`` of a row with a lower record_key.

    ``linked_core``: the linked rows of core tables, by contract. Two deliveries of one event may
    be linked to two persons, so this is not per person: where persons are taken in parts, make it
    of the whole first.
    """
    ids = [
        mapped(contract, mapping, linked_core[contract.name]).select("event_id", "record_key")
        for contract in all_contracts().values()
        if contract.name in linked_core
        for mapping in contract.events
    ]
    linked = pl.concat(ids)
    # by a number first: the ids themselves are many times as large, and few of them repeat
    number = pl.col("event_id").hash()
    numbers = linked.select(number).collect(engine="streaming").to_series()
    seen_twice = numbers.filter(numbers.is_duplicated()).unique()
    repeating = linked.filter(number.is_in(seen_twice.implode()))
    first = pl.col("record_key").min().over("event_id")
    return repeating.filter(pl.col("record_key") != first).select("record_key").unique()
