"""What linkage came to for records without a usable number, counted and, with truth, judged."""

import polars as pl

from flow_pipeline.link.hidden_numbers import judged
from flow_pipeline.link.identities import Identities
from flow_pipeline.link.matched_sample import ATTRIBUTES, Units


def matched_records(records: pl.DataFrame, link: pl.DataFrame, told: Units) -> pl.DataFrame:
    """Records without a usable number: whether their person has a record with one.

    In:  ``records``: as matched_sample.labelled gives them. ``link``: record_key, person_id.
    Out: one row per such record with identity of its own: record_key, is_matched, ATTRIBUTES.
    """
    placed = records.join(link, on="record_key", how="inner")
    numbered = placed.filter(pl.col("nhs_number_token").is_not_null()).select("person_id").unique()
    asked = _unnumbered(placed, told)
    is_matched = pl.col("person_id").is_in(numbered["person_id"].implode())
    return asked.select("record_key", is_matched.alias("is_matched"), *ATTRIBUTES)


def true_outcomes(
    records: pl.DataFrame, link: pl.DataFrame, truth: pl.DataFrame, told: Units
) -> pl.DataFrame:
    """Judge the links of records without a usable number by the truth.

    In:  as above; ``truth``: record_key, true_person (text; records it does not know are left out).
    Out: one row per identity without a number, as hidden_numbers.trials has them and with the same
    meaning (links to identities of people with a verified number are counted): identity, person,
    weight (1), pattern, ATTRIBUTES, n_records, n_true, n_found, n_right, method.
    """
    placed = records.join(link, on="record_key").join(truth, on="record_key")
    by_identity = placed.group_by("unique_id").agg(
        pl.col("true_person").mode().sort().first(),
        pl.col("person_id").mode().sort().first().alias("group"),
        pl.col("method").mode().sort().first(),
        (pl.col("nhs_number_token").is_not_null() & pl.col("is_person_verified"))
        .any()
        .alias("is_numbered"),
        pl.len().cast(pl.Int64).alias("n_records"),
    )
    asked = _unnumbered(placed, told).unique("unique_id", keep="first", maintain_order=True)
    described = asked.select("unique_id", "pattern", *ATTRIBUTES)
    outcomes = judged(
        by_identity.join(described, on="unique_id"),
        by_identity.filter("is_numbered"),
        person="true_person",
    )
    return outcomes.rename({"unique_id": "identity", "true_person": "person"}).with_columns(
        weight=pl.lit(1.0)
    )


def counted(found: Identities, groups: pl.DataFrame) -> dict[str, int]:
    """n_persons, n_without and n_matched of table link_sensitivity.

    In: ``groups``: unique_id, group.
    """
    placed = found.distinct.join(groups.select("unique_id", "group"), on="unique_id")
    with_number = placed.filter(pl.col("nhs_number_token").is_not_null())["group"].unique()
    without = placed.filter(
        pl.col("nhs_number_token").is_null() & pl.col("foreign_token").is_null()
    )
    return {
        "n_persons": placed["group"].n_unique(),
        "n_without": without.height,
        "n_matched": without.filter(pl.col("group").is_in(with_number.implode())).height,
    }


def _unnumbered(records: pl.DataFrame, told: Units) -> pl.DataFrame:
    population = told.described.filter(kind="unnumbered").select("unit", "pattern", *ATTRIBUTES)
    return (
        records.join(told.of_records, on="record_key")
        .join(population, on="unit")
        .sort("unique_id", "record_key")
    )
