"""How good linkage is where there is no number: numbers are hidden, and linked again without.

What is judged is a link between an identity whose number is hidden and the identities, elsewhere,
that have one. Source of the method: domain.md §4.1 "Linkage quality without truth".
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

import duckdb
import polars as pl

from flow_pipeline.link.identities import Identities, identities
from flow_pipeline.link.matched_sample import ATTRIBUTES, FIELDS
from flow_pipeline.link.persons import grouped
from flow_pipeline.link.weighing import LEAST_WEIGHT, Model, Weighed, weighed
from flow_pipeline.tables.linkage import IDENTITY_TOKENS

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

NUMBER_COLUMNS = tuple(name for name in IDENTITY_TOKENS if name.startswith("nhs_number"))
# Columns that go when a field is not to be said, by how their names begin.
_BEGINNINGS = {
    "given": ("given_", "full_name"),
    "family": ("family_", "full_name"),
    "birth": ("birth_date", "birth_swapped", "birth_day"),
    "birth_year": ("birth_",),
    "sex": ("sex_",),
    "postcode": ("postcode_",),
    "uprn": ("uprn_",),
    "reference": ("reference_",),
}
# What errors of recording may change; the number itself is hidden, a pseudonym is another's.
_CHANGEABLE = tuple(
    name
    for name in IDENTITY_TOKENS
    if name not in NUMBER_COLUMNS and not name.startswith("foreign_")
)
DESCRIBED = ("organisation_code", "pattern", *ATTRIBUTES, "weight")
_SEED = 20_262


def hidden(records: pl.DataFrame, of_records: pl.DataFrame, sample: pl.DataFrame) -> pl.DataFrame:
    """Records as they would be if those of the sample had no number.

    In:  ``records``: table record_told with known_person (matched_sample.labelled).
         ``of_records``, ``sample``: units of records, and units drawn (matched_sample).
    Out: the same records in the same order; those of a drawn unit without number, and without the
    fields that are not in the pattern they stand for; with ``hidden_unit`` (null for the others)
    and an identity_token made anew for all, so that what is said alike is one identity again.
    """
    told = records.join(of_records, on="record_key", how="left", maintain_order="left").join(
        sample.select("unit", wanted="pattern"), on="unit", how="left", maintain_order="left"
    )
    is_hidden = pl.col("wanted").is_not_null()
    gone = [pl.when(~is_hidden).then(name).alias(name) for name in NUMBER_COLUMNS]
    kept = told.with_columns(
        *gone,
        *_unsaid(records.columns, is_hidden),
        hidden_unit=pl.when(is_hidden).then("unit"),
        is_number_verified=pl.col("is_number_verified") & ~is_hidden,
    )
    return kept.with_columns(identity_token=_identity()).drop("unit", "wanted")


def _unsaid(columns: list[str], is_hidden: pl.Expr) -> list[pl.Expr]:
    """Columns of fields that the pattern of a hidden record does not have."""
    found = []
    says = {field: pl.col("wanted").str.split(" ").list.contains(field) for field in FIELDS}
    for name in columns:
        fields = [f for f, starts in _BEGINNINGS.items() if name.startswith(starts)]
        if fields and name in (*IDENTITY_TOKENS, "reference_token"):
            is_said = pl.all_horizontal(says[field] for field in fields)
            if name.startswith(("birth_year", "birth_month")):
                is_said = says["birth_year"]
            found.append(pl.when(~is_hidden | is_said).then(name).alias(name))
    return found


def _identity() -> pl.Expr:
    told = pl.struct(*IDENTITY_TOKENS).hash(_SEED)
    return pl.when("has_own_identity").then((told // 2).cast(pl.Int64)).alias("identity_token")


def with_added_errors(hidden_records: pl.DataFrame) -> pl.DataFrame:
    """Hidden records with as many errors again as records of one number show between them.

    In:  as ``hidden`` gives them. Out: the same; where two identities of one known person (drawn
    anew for every hidden unit) differ in a token, the hidden record's token is changed by the
    same bits: tokens that were equal differ, encodings lose as much likeness. What is missing
    stays missing. Whoever has no number is recorded with less care; this is how much worse it
    may be.
    """
    pairs = _known_pairs(hidden_records)
    if pairs.is_empty():
        return hidden_records
    units = hidden_records.select("hidden_unit").drop_nulls().unique().sort("hidden_unit")
    row = (pl.col("hidden_unit").hash(_SEED + 1) % pairs.height).cast(pl.UInt32)
    changes = units.with_columns(row=row).join(pairs.with_row_index("row"), on="row").drop("row")
    told = hidden_records.join(changes, on="hidden_unit", how="left", maintain_order="left")
    changed = [
        pl.when(pl.col(name).is_not_null() & pl.col(f"{name}_change").is_not_null())
        .then(pl.col(name).xor(pl.col(f"{name}_change")))
        .otherwise(name)
        .alias(name)
        for name in _CHANGEABLE
    ]
    kept = told.with_columns(changed).drop(f"{name}_change" for name in _CHANGEABLE)
    return kept.with_columns(identity_token=_identity())


def _known_pairs(records: pl.DataFrame) -> pl.DataFrame:
    """For pairs of identities of one known person, what changes one's tokens into the other's."""
    known = (
        records.filter(pl.col("known_person").is_not_null() & pl.col("hidden_unit").is_null())
        .unique(["identity_token", "organisation_code"], keep="first", maintain_order=True)
        .sort("known_person", "organisation_code", "identity_token")
    )
    later = [pl.col(name).shift(-1).over("known_person").alias(f"{name}_r") for name in _CHANGEABLE]
    n_left = pl.len().over("known_person") - pl.int_range(pl.len()).over("known_person")
    pairs = known.with_columns(*later, n_left=n_left).filter(pl.col("n_left") > 1)
    return pairs.select(
        pl.col(name).xor(pl.col(f"{name}_r")).alias(f"{name}_change") for name in _CHANGEABLE
    )


class Relinked(NamedTuple):
    """Records whose numbers are hidden, as identities, and what their pairs weigh."""

    found: Identities
    known: Weighed


def relinked(
    records: pl.DataFrame,
    connection: duckdb.DuckDBPyConnection,
    *,
    seed: int,
    least_weight: float = LEAST_WEIGHT,
    known: Model | None = None,
    session: "SparkSession | None" = None,
) -> Relinked:
    """Weigh records with hidden numbers, for ``trials`` from ``least_weight`` on.

    In:  ``records``: as ``hidden`` gives them. ``known``: a model to weigh them by; learned from
         the records where None. ``session``: of Spark, to weigh pairs there.
    """
    found = identities(records)
    weighing = weighed(
        found, connection, seed=seed, least_weight=least_weight, known=known, session=session
    )
    return Relinked(found, weighing)


def trials(made: Relinked, sample: pl.DataFrame, *, thresholds: Iterable[float]) -> pl.DataFrame:
    """Link records with hidden numbers at several thresholds, and see what was found.

    In:  ``sample``: matched_sample.drawn, whose numbers are hidden.
    Out: one row per threshold and hidden identity: threshold, identity, hidden_unit, person,
    n_records, n_true (identities of people with a verified number that are the same person's),
    n_found (such identities in the group that it was put in), n_right (those of them that are the
    same person's), method (of its link), and of the sampled unit weight, pattern, sender and
    attributes; by threshold and identity. An unverified number elsewhere is not counted: where it
    differs, it may as well be mistyped.
    """
    described = sample.select(pl.col("unit").alias("hidden_unit"), *DESCRIBED)
    found_as = [
        _found_at(made.found.records, grouped(made.known, t).identities, t) for t in thresholds
    ]
    return pl.concat(found_as).join(described, on="hidden_unit", maintain_order="left")


def _found_at(records: pl.DataFrame, linked: pl.DataFrame, threshold: float) -> pl.DataFrame:
    by_identity = records.group_by("unique_id").agg(
        pl.col("hidden_unit").drop_nulls().first(),
        pl.col("known_person").drop_nulls().first(),
        (pl.col("nhs_number_token").is_not_null() & pl.col("is_person_verified")).any(),
        pl.len().cast(pl.Int64).alias("n_records"),
    )
    placed = by_identity.join(linked.select("unique_id", "group", "method"), on="unique_id")
    return judged(
        placed.filter(pl.col("hidden_unit").is_not_null()),
        placed.filter("nhs_number_token"),
        person="known_person",
    ).select(
        pl.lit(threshold, pl.Float64).alias("threshold"),
        pl.col("unique_id").alias("identity"),
        "hidden_unit",
        pl.col("known_person").alias("person"),
        "n_records",
        "n_true",
        "n_found",
        "n_right",
        "method",
    )


def judged(asked: pl.DataFrame, numbered: pl.DataFrame, *, person: str) -> pl.DataFrame:
    """``asked`` with n_true, n_found and n_right against the identities that have a number.

    In:  both with unique_id, group and ``person``, whose an identity truly is. Out: by unique_id.
    """
    counts = {
        "n_true": [person],
        "n_found": ["group"],
        "n_right": ["group", person],
    }
    found = asked
    for name, by in counts.items():
        counted = numbered.group_by(by).agg(pl.len().cast(pl.Int64).alias(name))
        found = found.join(counted, on=by, how="left")
    return found.with_columns(pl.col(list(counts)).fill_null(0)).sort("unique_id")
