"""Core rows that linkage accepted, each with its person, and when those persons lived."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from flow_pipeline.contracts import all_contracts
from flow_pipeline.contracts.language import Contract
from flow_pipeline.journeys.beside import with_looked_up
from flow_pipeline.journeys.kept import computed, kept

LIFE_SCHEMA = pl.Schema({"person_id": pl.String, "birth_month": pl.Date, "death_date": pl.Date})


@dataclass(frozen=True)
class LinkedRows:
    """``core``: rows of core tables by contract, with person_id and linkage_score. ``life``:
    person_id, birth_month, death_date and person, the place of person_id in their order."""

    core: Mapping[str, pl.LazyFrame]
    life: pl.LazyFrame

    @property
    def contracts(self) -> list[Contract]:
        return [c for c in all_contracts().values() if c.name in self.core]


def linked_rows(core: Mapping[str, pl.LazyFrame], person_link: pl.LazyFrame) -> LinkedRows:
    """The rows of ``core`` (contract name → core table) that are in ``person_link`` (table).

    Birth: the month most records give, ties the earliest. Death: the civil registration, else
    the earliest date another record gives (definition: death handling).
    """
    links = kept(person_link.select("contract", "record_key", "person_id", linkage_score="score"))
    linked = {
        name: _accepted(rows, links.filter(pl.col("contract") == name).drop("contract"))
        for name, rows in core.items()
    }
    people = links.select("person_id").unique()
    life = _lives(linked, people).sort("person_id").with_row_index("person")
    return LinkedRows(linked, kept(life))


def _accepted(rows: pl.LazyFrame, links: pl.LazyFrame) -> pl.LazyFrame:
    placed = with_looked_up(rows, "record_key", links)
    lost = computed(placed.select(pl.col("person_id").null_count())).item()
    return kept(placed.drop_nulls("person_id")) if lost else placed


def _lives(linked: Mapping[str, pl.LazyFrame], people: pl.LazyFrame) -> pl.LazyFrame:
    contracts = [c for c in all_contracts().values() if c.name in linked]
    births = _births([linked[c.name] for c in contracts])
    return people.join(births, on="person_id", how="left").join(
        _deaths(linked, contracts), on="person_id", how="left"
    )


def _births(frames: list[pl.LazyFrame]) -> pl.LazyFrame:
    none = pl.LazyFrame(schema={n: LIFE_SCHEMA[n] for n in ("person_id", "birth_month")})
    told = pl.concat([*(f.select("person_id", "birth_month") for f in frames), none])
    counts = told.drop_nulls("birth_month").group_by("person_id", "birth_month").len()
    first = pl.col("birth_month").sort_by("len", "birth_month", descending=[True, False]).first()
    return counts.group_by("person_id").agg(first)


def _deaths(linked: Mapping[str, pl.LazyFrame], contracts: list[Contract]) -> pl.LazyFrame:
    frames = [pl.LazyFrame(schema={"person_id": pl.String, "date": pl.Date, "rank": pl.Int32})]
    for contract in contracts:
        field = contract.in_role("person_death_date")
        if field is not None and field.treatment == "keep":
            rank = 0 if contract.family == "deaths" else 1
            date, place = pl.col(field.name).alias("date"), pl.lit(rank).alias("rank")
            frames.append(linked[contract.name].select("person_id", date, place))
    death = pl.col("date").sort_by("rank", "date").first().alias("death_date")
    return pl.concat(frames).drop_nulls("date").group_by("person_id").agg(death)
