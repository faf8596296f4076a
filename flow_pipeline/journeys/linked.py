"""Core rows that linkage accepted, each with its person, and when those persons lived."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from flow_pipeline.contracts import all_contracts
from flow_pipeline.contracts.language import Contract
from flow_pipeline.journeys.beside import with_looked_up
from flow_pipeline.journeys.kept import computed, kept

_PERSON = pl.Schema({"person_number": pl.UInt32})


@dataclass(frozen=True)
class LinkedRows:
    """``core``: rows of core tables by contract, with person_id, person_number and linkage_score.
    ``life``: person_number, person_id, birth_month, death_date; one row per person, in order.

    ``person_number`` is the place of person_id in their order, from 0: grouping, joining and
    sorting by a number takes a third of what it takes by an id.
    """

    core: Mapping[str, pl.LazyFrame]
    life: pl.LazyFrame

    @property
    def deaths(self) -> pl.LazyFrame:
        """person_id, died_on of those of whom any record says that they died."""
        died = self.life.drop_nulls("death_date")
        return died.select("person_id", pl.col("death_date").alias("died_on"))

    @property
    def contracts(self) -> list[Contract]:
        return [c for c in all_contracts().values() if c.name in self.core]


def linked_rows(core: Mapping[str, pl.LazyFrame], person_link: pl.LazyFrame) -> LinkedRows:
    """The rows of ``core`` (contract name → core table) that are in ``person_link`` (table).

    Birth: the month most records give, ties the earliest. Death: the civil registration, else
    the earliest date another record gives (definition: death handling).
    """
    links = person_link.select("contract", "record_key", "person_id", linkage_score="score")
    people = kept(
        links.select("person_id").unique().sort("person_id").with_row_index("person_number")
    )
    links = kept(links.join(people, on="person_id", how="left"))
    linked = {
        name: _accepted(rows, kept(links.filter(pl.col("contract") == name).drop("contract")))
        for name, rows in core.items()
    }
    return LinkedRows(linked, kept(_lives(linked, people)))


def placed_rows(core: Mapping[str, pl.LazyFrame], persons: pl.LazyFrame) -> LinkedRows:
    """``linked_rows`` of rows that were given person_number and linkage_score when they were placed
    in a bucket; ``persons``: person_id of those of the bucket, in their order."""
    people = kept(persons.select("person_id").with_row_index("person_number"))
    ids = pl.lit(computed(people)["person_id"])
    linked = {
        name: kept(rows.with_columns(ids.gather(pl.col("person_number")).alias("person_id")))
        for name, rows in core.items()
    }
    return LinkedRows(linked, kept(_lives(linked, people)))


def _accepted(rows: pl.LazyFrame, links: pl.LazyFrame) -> pl.LazyFrame:
    placed = with_looked_up(rows, "record_key", links)
    lost = computed(placed.select(pl.col("person_id").null_count())).item()
    return kept(placed.drop_nulls("person_id")) if lost else placed


def _lives(linked: Mapping[str, pl.LazyFrame], people: pl.LazyFrame) -> pl.LazyFrame:
    contracts = [c for c in all_contracts().values() if c.name in linked]
    births = _births([linked[c.name] for c in contracts])
    deaths = _deaths(linked, contracts)
    return people.join(births, on="person_number", how="left", maintain_order="left").join(
        deaths, on="person_number", how="left", maintain_order="left"
    )


def _births(frames: list[pl.LazyFrame]) -> pl.LazyFrame:
    none = pl.LazyFrame(schema={**_PERSON, "birth_month": pl.Date})
    told = pl.concat([*(f.select("person_number", "birth_month") for f in frames), none])
    counts = told.drop_nulls("birth_month").group_by("person_number", "birth_month").len()
    first = pl.col("birth_month").sort_by("len", "birth_month", descending=[True, False]).first()
    return counts.group_by("person_number").agg(first)


def _deaths(linked: Mapping[str, pl.LazyFrame], contracts: list[Contract]) -> pl.LazyFrame:
    frames = [pl.LazyFrame(schema={**_PERSON, "date": pl.Date, "rank": pl.Int32})]
    for contract in contracts:
        field = contract.in_role("person_death_date")
        if field is not None and field.treatment == "keep":
            rank = 0 if contract.family == "deaths" else 1
            date, place = pl.col(field.name).alias("date"), pl.lit(rank).alias("rank")
            frames.append(linked[contract.name].select("person_number", date, place))
    death = pl.col("date").sort_by("rank", "date").first().alias("death_date")
    return pl.concat(frames).drop_nulls("date").group_by("person_number").agg(death)
