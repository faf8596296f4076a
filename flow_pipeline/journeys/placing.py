"""Where each linked record belongs when persons are taken bucket by bucket."""

from dataclasses import dataclass

import polars as pl

from flow_pipeline.contracts import all_contracts
from flow_pipeline.journeys.buckets import person_buckets
from flow_pipeline.journeys.kept import computed
from flow_pipeline.journeys.persons import named_method, rank_of_method, weakest_link

_GIVEN = ("bucket", "person_number", "linkage_score")


@dataclass(frozen=True)
class Placed:
    """``persons``: ``linkage_of_persons`` with bucket and person_number (``person_buckets``).
    ``records``: contract, number, check, bucket, person_number, linkage_score of linked records, in
    no order. number and check are 64 bits each of a hash of the record_key."""

    persons: pl.DataFrame
    records: pl.DataFrame


def placed(person_link: pl.LazyFrame, records_at_once: int) -> Placed:
    """Every person and every record of ``person_link`` (the table) with its bucket.

    Ids are held against each other by 128 bits of their hash, a fraction of their size: the ids
    themselves are no more than that. Sorting by it is cheaper than grouping and joining.
    """
    told = _told(person_link)
    runs = told.lazy().group_by("person", maintain_order=True)
    linkage = computed(runs.agg(*weakest_link(), pl.col("row").first()))
    ids = computed(person_link.select(pl.col("person_id").gather(linkage["row"])))
    ordered = linkage.hstack(ids).lazy().sort("person_id").with_columns(named_method())
    persons = computed(person_buckets(ordered, records_at_once))
    places = persons.sort("person").select("bucket", "person_number").cast(pl.UInt32)
    records = told.select(
        "contract",
        "number",
        "check",
        *(pl.lit(place).gather(pl.col("person")) for place in places),
        linkage_score="score",
    )
    wanted = ("person_id", "linkage_method", "linkage_confidence", "n_records", *places.columns)
    return Placed(persons.select(wanted), records)


def places_in(rows: pl.LazyFrame, records: pl.DataFrame) -> pl.DataFrame:
    """row (the place of a row among ``rows``, from 0), bucket, person_number and linkage_score of
    the rows of a contract that are linked, in their order. ``records``: of ``placed``, those of
    the contract."""
    numbers = rows.select(*_numbers()).with_row_index("row")
    found = numbers.join(records.lazy(), on="number")
    linked = found.filter(pl.col("check") == pl.col("check_right"))
    return linked.select("row", *_GIVEN).collect(engine="streaming").sort("row")


def _told(person_link: pl.LazyFrame) -> pl.DataFrame:
    """One row per record, those of a person together: person is a number from 0."""
    told = person_link.select(
        pl.col("contract").cast(pl.Enum(sorted(all_contracts()))),
        *_numbers(),
        _both_hashes(pl.col("person_id")).alias("person"),
        rank_of_method(),
        "score",
    )
    whole = told.with_row_index("row").collect(engine="streaming")
    return whole.sort("person").with_columns(pl.col("person").rle_id())


def _numbers() -> tuple[pl.Expr, pl.Expr]:
    key = pl.col("record_key")
    return key.hash().alias("number"), key.hash(seed=1).alias("check")


def _both_hashes(text: pl.Expr) -> pl.Expr:
    """Two hashes in one number: what goes beyond its sign wraps, so that none are mixed up."""
    return text.hash().cast(pl.Int128) * 2**64 + text.hash(seed=1).cast(pl.Int128)
