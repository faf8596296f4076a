"""What the records of a person say of them, taken together."""

from collections.abc import Mapping

import polars as pl

from flow_pipeline.contracts import all_contracts
from flow_pipeline.contracts.codes import code_lists
from flow_pipeline.contracts.language import Contract
from flow_pipeline.journeys.lives import lives
from flow_pipeline.journeys.parameters import Parameters
from flow_pipeline.tables.persons import PERSON

_WEAKEST_LAST = {"nhs_number": 0, "foreign_pseudonym": 1, "probabilistic": 2, "local_only": 3}
_METHODS = {rank: method for method, rank in _WEAKEST_LAST.items()}


def person(
    core: Mapping[str, pl.LazyFrame],
    person_link: pl.LazyFrame,
    residence: pl.LazyFrame,
    parameters: Parameters,
) -> pl.LazyFrame:
    """The table person.

    Sex: what most records say, null where they disagree evenly. Ethnic group: what most say, ties
    by name. Area, deprivation and practice: the latest known. Registered: residence at the end of
    the period has a practice; null where residence knows none. Method: the weakest that joins the
    person's records; confidence: the lowest score.
    """
    told = _told(core, person_link)
    latest = _latest_practice(residence, parameters)
    return PERSON.conform(
        _linkage(person_link)
        .join(lives(core, person_link), on="person_id", how="left")
        .join(_most(told, "sex", ties_are_null=True), on="person_id", how="left")
        .join(_most(told, "ethnic_group", ties_are_null=False), on="person_id", how="left")
        .join(_latest(told), on="person_id", how="left")
        .join(latest, on="person_id", how="left")
        .with_columns(
            pl.coalesce("registered_with", "gp_practice_code").alias("gp_practice_code"),
            pl.col("death_date").dt.truncate("1mo").alias("death_month"),
        )
    )


def _told(core: Mapping[str, pl.LazyFrame], person_link: pl.LazyFrame) -> pl.LazyFrame:
    """One row per linked record: what it says of its person, on what day."""
    links = person_link.select("record_key", "person_id")
    return pl.concat(
        core[contract.name]
        .join(links, on="record_key", how="inner")
        .select(
            "person_id",
            "source",
            _class_in_role(contract, "person_stated_gender_code").alias("sex"),
            _class_in_role(contract, "ethnic_category").alias("ethnic_group"),
            "area_code",
            "imd_decile",
            _in_role(contract, "general_medical_practice_code_patient_registration").alias(
                "gp_practice_code"
            ),
            _day(contract).alias("day"),
        )
        for contract in all_contracts().values()
        if contract.name in core
    )


def _in_role(contract: Contract, role: str) -> pl.Expr:
    field = contract.in_role(role)
    return pl.lit(None, pl.String) if field is None else pl.col(field.name)


def _class_in_role(contract: Contract, role: str) -> pl.Expr:
    field = contract.in_role(role)
    if field is None or field.codes is None:
        return pl.lit(None, pl.String)
    classes = code_lists()[field.codes].classes()
    return pl.col(field.name).replace_strict(classes, default=None, return_dtype=pl.String)


def _day(contract: Contract) -> pl.Expr:
    name = contract.period_start or contract.valid_from
    return pl.lit(None, pl.Date) if name is None else pl.col(name).cast(pl.Date)


def _most(told: pl.LazyFrame, name: str, *, ties_are_null: bool) -> pl.LazyFrame:
    """What most records say of one attribute: person_id and the attribute."""
    counts = told.drop_nulls(name).group_by("person_id", name).agg(pl.len().alias("times"))
    ranked = counts.sort("person_id", "times", name, descending=[False, True, False])
    first = pl.col(name).first()
    if ties_are_null:
        is_even = (pl.len() > 1) & (pl.col("times").get(0) == pl.col("times").get(-1))
        first = pl.when(is_even).then(pl.lit(None, pl.String)).otherwise(first).alias(name)
    return ranked.group_by("person_id", maintain_order=True).agg(first)


def _latest(told: pl.LazyFrame) -> pl.LazyFrame:
    """The latest known area with its deprivation, the latest known practice, and n_sources."""
    ordered = told.sort(
        "person_id", "day", "area_code", "imd_decile", "gp_practice_code", nulls_last=False
    )
    placed = pl.col("area_code").is_not_null()
    return ordered.group_by("person_id", maintain_order=True).agg(
        pl.col("area_code").filter(placed).last(),
        pl.col("imd_decile").filter(placed).last(),
        pl.col("gp_practice_code").drop_nulls().last(),
        pl.col("source").n_unique().alias("n_sources"),
    )


def _latest_practice(residence: pl.LazyFrame, parameters: Parameters) -> pl.LazyFrame:
    """registered_with, the practice of the last period, and whether it lasts to the end."""
    last = residence.sort("person_id", "valid_from").group_by("person_id", maintain_order=True)
    with_practice = pl.col("gp_practice_code").last().is_not_null()
    to_the_end = pl.col("valid_to").max() >= parameters.period_end
    return last.agg(
        pl.col("gp_practice_code").last().alias("registered_with"),
        pl.when(with_practice).then(to_the_end).alias("is_registered"),
    )


def _linkage(person_link: pl.LazyFrame) -> pl.LazyFrame:
    rank = pl.col("method").replace_strict(_WEAKEST_LAST, return_dtype=pl.Int64)
    return person_link.group_by("person_id").agg(
        rank.max().replace_strict(_METHODS, return_dtype=pl.String).alias("linkage_method"),
        pl.col("score").min().alias("linkage_confidence"),
        pl.len().alias("n_records"),
    )
