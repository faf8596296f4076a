"""Whose verified numbers are hidden: people whose records look like those without a number.

A *unit* is what one sender knows of one person. Units without a usable number are the population;
those with a verified number are the candidates, drawn until they look like the population.
"""

from math import ceil
from typing import NamedTuple

import polars as pl

from flow_pipeline.link.clusters import groups
from flow_pipeline.link.identities import Identities
from flow_pipeline.link.numbers import number_links

MATCHED = ("ethnic_group", "age_band", "sex", "deprivation_quintile", "no_fixed_abode")
ATTRIBUTES = (*MATCHED, "care_home")
# What a record says of who it is about, by the columns that hold it.
FIELDS: dict[str, str] = {
    "given": "given_token",
    "family": "family_token",
    "birth": "birth_date_token",
    "birth_year": "birth_year_token",
    "sex": "sex_token",
    "postcode": "postcode_token",
    "uprn": "uprn_token",
    "reference": "reference_token",
}
MOST_UNITS = 20_000  # hidden at once: enough for a precision to a twentieth of a point
_MOST_SHARE = 0.5  # of the people with a verified number: the others teach the model
_PER_UNIT = 20  # candidates drawn for each unit of the population, where there are so many
_FEWEST_ALIKE = 5  # candidates; where fewer look alike, less is asked of them
# What a candidate must have in common with the units it stands for: less and less.
_ALIKE: tuple[tuple[str, ...], ...] = (
    ("pattern", "organisation_code", *MATCHED),
    ("pattern", "organisation_code", "age_band", "ethnic_group"),
    ("pattern", "organisation_code", "age_band"),
    ("pattern", "organisation_code"),
    ("pattern", "age_band"),
    ("pattern",),
)
_SEED = 20_261
_STEPS = 1_000_000
_LEAST_RATE = 0.001  # of a sender all of whose records have numbers
_DRAWN = (
    "unit",
    "known_person",
    "organisation_code",
    "n_records",
    "pattern",
    *ATTRIBUTES,
    "weight",
)


class Units(NamedTuple):
    """``described``: one row per unit (Int64), by unit: known_person, organisation_code, n_records,
    pattern (names of FIELDS that any of its records fills, with blanks between), ATTRIBUTES, and
    kind: ``candidate`` (has a verified number), ``unnumbered`` (neither number nor pseudonym) or
    ``other``. ``of_records``: record_key, unit."""

    described: pl.DataFrame
    of_records: pl.DataFrame


def labelled(found: Identities) -> pl.DataFrame:
    """Records with ``known_person``: the group of identities that corroborated numbers join.

    In:  identities of all accepted records. Out: ``found.records`` in the same order, with
    known_person (Int64, null where a record has no number that can be believed) and
    is_person_verified, whether any of its records has a verified number.
    """
    links = number_links(found.distinct)
    numbered = found.distinct.filter(
        pl.col("nhs_number_token").is_not_null()
        & ~pl.col("nhs_number_token").is_in(links.implausible)
    )["unique_id"].to_list()
    known = set(numbered)
    edges = [(a, b) for a, b in links.edges.select("a", "b").rows() if a in known and b in known]
    group_of = groups(numbered, edges)
    named = pl.DataFrame(
        {"unique_id": list(group_of), "known_person": list(group_of.values())},
        schema={"unique_id": pl.Int64, "known_person": pl.Int64},
    )
    told = found.records.join(named, on="unique_id", how="left", maintain_order="left")
    is_verified = pl.col("is_number_verified").any().over("known_person")
    return told.with_columns(is_person_verified=pl.col("known_person").is_not_null() & is_verified)


def units(records: pl.DataFrame, attributes: pl.DataFrame) -> Units:
    """What each sender knows of each person, numbered or not.

    In:  ``records``: as ``labelled`` gives them. ``attributes``: record_key and ATTRIBUTES (text),
         from the analytic zone; a record that is missing there has them unknown.
    """
    told = records.join(attributes, on="record_key", how="left", maintain_order="left")
    has_number = pl.col("nhs_number_token").is_not_null()
    whose = pl.coalesce("known_person", "reference_token", "anchor")
    kept = told.with_columns(
        unit=_number_of(pl.struct(whose, "organisation_code", has_number), _SEED),
        has_number=has_number,
    )
    described = (
        kept.group_by("unit")
        .agg(
            pl.col("known_person", "organisation_code", "has_number").first(),
            (pl.col("is_number_verified") & has_number).any().alias("is_verified"),
            pl.col("foreign_token").is_not_null().any().alias("is_foreign"),
            pl.len().cast(pl.Int64).alias("n_records"),
            _pattern(),
            *(_most(name) for name in ATTRIBUTES),
        )
        .with_columns(kind=_kind())
        .drop("has_number", "is_verified", "is_foreign")
        .sort("unit")
    )
    return Units(described, kept.select("record_key", "unit"))


def drawn(described: pl.DataFrame) -> pl.DataFrame:
    """Candidates that stand for the units without a number, at most one of each person.

    In:  ``Units.described``. Out: unit, known_person, weight (how many units of the population it
    stands for), pattern (what it shall say of itself), ATTRIBUTES, organisation_code, n_records,
    by unit. Which ones are drawn depends on the units themselves, so that another month of
    records changes few of them. Empty where nobody can be drawn or nobody is to be stood for.
    """
    population = described.filter(kind="unnumbered")
    pool = _one_of_each_person(described.filter(kind="candidate"), population)
    room = min(MOST_UNITS, int(pool.height * _MOST_SHARE))
    ratio = min(_PER_UNIT, room / max(population.height, 1))
    found = []
    for alike in _ALIKE:
        taken = _matched(population, pool, list(alike), ratio)
        found.append(taken)
        population = population.join(taken, on=alike, how="anti", nulls_equal=True)
        pool = pool.join(taken, on="unit", how="anti")
    found += _made_alike(population, pool, ratio)
    return pl.concat(found).sort("unit")


def _matched(
    population: pl.DataFrame, pool: pl.DataFrame, alike: list[str], ratio: float
) -> pl.DataFrame:
    """Candidates of the cells in which there are enough of them."""
    fewest = _FEWEST_ALIKE if len(alike) > 1 else 1
    cells = (
        population.group_by(alike)
        .agg(pl.len().alias("n_population"))
        .join(pool.group_by(alike).agg(pl.len().alias("n_pool")), on=alike)
        .filter(pl.col("n_pool") >= fewest)
        .with_columns(
            n=pl.min_horizontal(
                "n_pool",
                pl.max_horizontal((pl.col("n_population") * ratio).ceil(), _FEWEST_ALIKE),
            )
        )
    )
    return (
        pool.join(cells, on=alike)
        .sort("chance", "unit")
        .filter(pl.int_range(pl.len()).over(alike) < pl.col("n"))
        .with_columns(weight=pl.col("n_population") / pl.len().over(alike))
        .select(_DRAWN)
    )


def _made_alike(population: pl.DataFrame, pool: pl.DataFrame, ratio: float) -> list[pl.DataFrame]:
    """Candidates that say more than the units they stand for: they shall say as little."""
    found = []
    for pattern, n in population.group_by("pattern").len().sort("pattern").iter_rows():
        asked = pattern.split(" ") if pattern else []
        says_all = pl.all_horizontal(
            pl.lit(True), *(pl.col("pattern").str.split(" ").list.contains(f) for f in asked)
        )
        able = (
            pool.filter(says_all).sort("chance", "unit").head(max(_FEWEST_ALIKE, ceil(n * ratio)))
        )
        if able.height:
            weighed = able.with_columns(weight=n / able.height, pattern=pl.lit(pattern))
            found.append(weighed.select(_DRAWN))
            pool = pool.join(able, on="unit", how="anti")
    return found


def _one_of_each_person(candidates: pl.DataFrame, population: pl.DataFrame) -> pl.DataFrame:
    """One unit of each person, of senders with many unnumbered units rather than others."""
    needed = population.group_by("organisation_code").agg(pl.len().alias("n_needed"))
    known = candidates.group_by("organisation_code").agg(pl.len().alias("n_known"))
    rate = needed.join(known, on="organisation_code").with_columns(
        rate=pl.col("n_needed") / pl.col("n_known")
    )
    chance = (_number_of(pl.col("unit"), _SEED + 1) % _STEPS + 0.5) / _STEPS
    return (
        candidates.join(rate, on="organisation_code", how="left")
        .with_columns(chance=-chance.log() / pl.col("rate").fill_null(_LEAST_RATE))
        .sort("chance", "unit")
        .unique("known_person", keep="first", maintain_order=True)
    )


def _kind() -> pl.Expr:
    is_candidate = pl.col("is_verified") & pl.col("known_person").is_not_null()
    return (
        pl.when(is_candidate)
        .then(pl.lit("candidate"))
        .when(~pl.col("has_number") & ~pl.col("is_foreign"))
        .then(pl.lit("unnumbered"))
        .otherwise(pl.lit("other"))
    )


def _pattern() -> pl.Expr:
    said = [
        pl.when(pl.col(column).is_not_null().any()).then(pl.lit(field))
        for field, column in FIELDS.items()
    ]
    return pl.concat_str(said, separator=" ", ignore_nulls=True).alias("pattern")


def _most(name: str) -> pl.Expr:
    return pl.col(name).drop_nulls().mode().sort().first().fill_null("unknown").alias(name)


def _number_of(told: pl.Expr, seed: int) -> pl.Expr:
    """A number that depends on nothing but what is told: chance that repeats itself."""
    return (told.hash(seed) // 2).cast(pl.Int64)
