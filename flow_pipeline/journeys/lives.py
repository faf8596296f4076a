"""Birth and death of each person, as their records tell."""

from collections.abc import Mapping

import polars as pl

from flow_pipeline.contracts import all_contracts
from flow_pipeline.contracts.language import Contract

LIFE_SCHEMA = pl.Schema({"person_id": pl.String, "birth_month": pl.Date, "death_date": pl.Date})


def lives(core: Mapping[str, pl.LazyFrame], person_link: pl.LazyFrame) -> pl.LazyFrame:
    """person_id, birth_month, death_date: one row per linked person.

    Birth: the month most records give, ties the earliest. Death: the civil registration, else
    the earliest date another record gives (definition: death handling).
    """
    people = person_link.select("person_id").unique()
    return people.join(_births(core, person_link), on="person_id", how="left").join(
        _deaths(core, person_link), on="person_id", how="left"
    )


def _present(core: Mapping[str, pl.LazyFrame]) -> list[Contract]:
    return [c for c in all_contracts().values() if c.name in core]


def linked(frame: pl.LazyFrame, person_link: pl.LazyFrame, *columns: pl.Expr) -> pl.LazyFrame:
    """person_id and ``columns`` of the rows that linkage accepted."""
    links = person_link.select("record_key", "person_id")
    return frame.join(links, on="record_key", how="inner").select("person_id", *columns)


def _births(core: Mapping[str, pl.LazyFrame], person_link: pl.LazyFrame) -> pl.LazyFrame:
    frames = [linked(core[c.name], person_link, pl.col("birth_month")) for c in _present(core)]
    counts = (
        pl.concat(
            [
                *frames,
                pl.LazyFrame(schema={n: LIFE_SCHEMA[n] for n in ("person_id", "birth_month")}),
            ]
        )
        .drop_nulls("birth_month")
        .group_by("person_id", "birth_month")
        .len()
    )
    first = pl.col("birth_month").sort_by("len", "birth_month", descending=[True, False]).first()
    return counts.group_by("person_id").agg(first)


def _deaths(core: Mapping[str, pl.LazyFrame], person_link: pl.LazyFrame) -> pl.LazyFrame:
    frames = [pl.LazyFrame(schema={"person_id": pl.String, "date": pl.Date, "rank": pl.Int32})]
    for contract in _present(core):
        field = contract.in_role("person_death_date")
        if field is not None and field.treatment == "keep":
            rank = 0 if contract.family == "deaths" else 1
            date = pl.col(field.name).alias("date")
            frames.append(
                linked(core[contract.name], person_link, date, pl.lit(rank).alias("rank"))
            )
    death = pl.col("date").sort_by("rank", "date").first().alias("death_date")
    return pl.concat(frames).drop_nulls("date").group_by("person_id").agg(death)
