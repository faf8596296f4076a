"""What the records of a person say of them, taken together."""

import datetime as dt

import polars as pl

from flow_pipeline.contracts.codes import code_lists
from flow_pipeline.contracts.language import Contract
from flow_pipeline.journeys.kept import kept
from flow_pipeline.journeys.linked import LinkedRows
from flow_pipeline.journeys.parameters import Parameters
from flow_pipeline.tables.persons import PERSON

_WEAKEST_LAST = {"nhs_number": 0, "foreign_pseudonym": 1, "probabilistic": 2, "local_only": 3}
_PERSON = "person_number"
_METHODS = {rank: method for method, rank in _WEAKEST_LAST.items()}


def person(
    linked: LinkedRows,
    linkage: pl.LazyFrame,
    residence: pl.LazyFrame,
    parameters: Parameters,
) -> pl.LazyFrame:
    """The table person.

    Sex: what most records say, null where they disagree evenly. Ethnic group: what most say, ties
    by name. Area, deprivation and practice: the latest known. Registered: residence at the end of
    the period has a practice; null where residence knows none. ``linkage``: of the same persons.
    """
    told = kept(_told(linked))
    latest = _latest_practice(residence, parameters)
    return PERSON.conform(
        linkage.join(linked.life, on="person_id", how="left")
        .join(_most(told, "sex", ties_are_null=True), on=_PERSON, how="left")
        .join(_most(told, "ethnic_group", ties_are_null=False), on=_PERSON, how="left")
        .join(_latest(told), on=_PERSON, how="left")
        .join(latest, on="person_id", how="left")
        .with_columns(
            pl.coalesce("registered_with", "gp_practice_code").alias("gp_practice_code"),
            pl.col("death_date").dt.truncate("1mo").alias("death_month"),
        )
    )


def _told(linked: LinkedRows) -> pl.LazyFrame:
    """One row per linked record: what it says of its person, on what day."""
    return pl.concat(
        linked.core[contract.name].select(
            _PERSON,
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
        for contract in linked.contracts
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
    """What most records say of one attribute: the person and the attribute."""
    counts = told.drop_nulls(name).group_by(_PERSON, name).agg(pl.len().alias("times"))
    ranked = counts.sort(_PERSON, "times", name, descending=[False, True, False])
    first = pl.col(name).first()
    if ties_are_null:
        is_even = (pl.len() > 1) & (pl.col("times").get(0) == pl.col("times").get(-1))
        first = pl.when(is_even).then(pl.lit(None, pl.String)).otherwise(first).alias(name)
    return ranked.group_by(_PERSON, maintain_order=True).agg(first)


def _latest(told: pl.LazyFrame) -> pl.LazyFrame:
    """The latest known area with its deprivation, the latest known practice, and n_sources."""
    sources = told.select(_PERSON, "source").unique()
    areas = _last_known(told, "area_code").select(_PERSON, "area_code", "imd_decile")
    practices = _last_known(told, "gp_practice_code").select(_PERSON, "gp_practice_code")
    return (
        sources.group_by(_PERSON)
        .agg(pl.len().alias("n_sources"))
        .join(areas, on=_PERSON, how="left")
        .join(practices, on=_PERSON, how="left")
    )


def _last_known(told: pl.LazyFrame, name: str) -> pl.LazyFrame:
    """One row per person: of the latest day on which ``name`` is known, an unknown day being the
    earliest, and of several the last by area, deprivation and practice."""
    known = told.filter(pl.col(name).is_not_null()).with_columns(
        pl.col("day").fill_null(dt.date.min)
    )
    latest = known.group_by(_PERSON).agg(pl.col("day").max())
    last = known.join(latest, on=[_PERSON, "day"], how="semi").sort(
        _PERSON, "area_code", "imd_decile", "gp_practice_code", nulls_last=False
    )
    return last.unique(_PERSON, keep="last", maintain_order=True)


def _latest_practice(residence: pl.LazyFrame, parameters: Parameters) -> pl.LazyFrame:
    """registered_with, the practice of the last period, and whether it lasts to the end."""
    last = residence.sort("person_id", "valid_from").group_by("person_id", maintain_order=True)
    with_practice = pl.col("gp_practice_code").last().is_not_null()
    to_the_end = pl.col("valid_to").max() >= parameters.period_end
    return last.agg(
        pl.col("gp_practice_code").last().alias("registered_with"),
        pl.when(with_practice).then(to_the_end).alias("is_registered"),
    )


def linkage_of_persons(person_link: pl.LazyFrame) -> pl.LazyFrame:
    """person_id, linkage_method, linkage_confidence, n_records: one row per person, in their order.

    ``person_link``: the table. Method: the weakest that joins the person's records; confidence: the
    lowest score.
    """
    links = person_link.select("person_id", "score", rank_of_method())
    of_persons = links.group_by("person_id").agg(*weakest_link())
    return of_persons.sort("person_id").select(
        "person_id", named_method(), "linkage_confidence", "n_records"
    )


def rank_of_method() -> pl.Expr:
    """How weak the method of a link is."""
    method = pl.col("method").replace_strict(_WEAKEST_LAST, return_dtype=pl.UInt8)
    return method.alias("rank")


def weakest_link() -> tuple[pl.Expr, pl.Expr, pl.Expr]:
    """rank, linkage_confidence and n_records of links of one person: rank and score."""
    confidence = pl.col("score").min().alias("linkage_confidence")
    return pl.col("rank").max(), confidence, pl.len().alias("n_records")


def named_method() -> pl.Expr:
    """linkage_method of a rank."""
    method = pl.col("rank").replace_strict(_METHODS, return_dtype=pl.String)
    return method.alias("linkage_method")
