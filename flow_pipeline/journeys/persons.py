"""Who the linked people are, and when they belonged to the economy."""

from collections.abc import Mapping

import polars as pl

from flow_pipeline.contracts import all_contracts
from flow_pipeline.contracts.codes import code_lists
from flow_pipeline.contracts.language import Contract
from flow_pipeline.errors import ConfigurationError
from flow_pipeline.journeys.lives import lives
from flow_pipeline.journeys.parameters import Parameters
from flow_pipeline.tables.persons import PERSON, RESIDENCE

_WEAKEST_FIRST = {"local_only": 0, "probabilistic": 1, "foreign_pseudonym": 2, "nhs_number": 3}
_POPULATIONS = ("gp_registration", "person_index")
_PRACTICE = "general_medical_practice_code_patient_registration"
_SCHEMA = {
    "person_id": pl.String,
    "dated": pl.Date,
    "record_key": pl.String,
    "sex": pl.String,
    "ethnic_group": pl.String,
    "area_code": pl.String,
    "imd_decile": pl.Int64,
    "gp_practice_code": pl.String,
}


def person(
    core: Mapping[str, pl.LazyFrame],
    person_link: pl.LazyFrame,
    residence: pl.LazyFrame,
    parameters: Parameters,
) -> pl.LazyFrame:
    """The table person: one row per linked person.

    Sex and ethnic group are what most records say, null on a tie; area and practice the latest
    known (residence first); linkage method the weakest, confidence the lowest of the links.
    """
    told = _told(core, person_link)
    latest = residence.sort("person_id", "valid_from")
    living = latest.group_by("person_id", maintain_order=True).agg(
        pl.col("valid_to").last(),
        pl.col("area_code").drop_nulls().last().alias("home_area"),
        pl.col("gp_practice_code").drop_nulls().last().alias("home_practice"),
    )
    people = _links(person_link).join(lives(core, person_link), on="person_id", how="left")
    for column in ("sex", "ethnic_group"):
        people = people.join(_most_frequent(told, column), on="person_id", how="left")
    people = people.join(_latest(told), on="person_id", how="left")
    people = people.join(living, on="person_id", how="left")
    registered = (pl.col("valid_to") >= parameters.period_end) & (
        pl.col("home_practice").is_not_null()
    )
    return PERSON.conform(
        people.with_columns(
            pl.coalesce("home_area", "area_code").alias("area_code"),
            pl.coalesce("home_practice", "gp_practice_code").alias("gp_practice_code"),
            registered.fill_null(False).alias("is_registered"),
            pl.col("death_date").dt.truncate("1mo").alias("death_month"),
        )
    )


def _links(person_link: pl.LazyFrame) -> pl.LazyFrame:
    strength = pl.col("method").replace_strict(
        _WEAKEST_FIRST, default=pl.lit(0), return_dtype=pl.Int64
    )
    source = pl.struct("contract", "organisation_code")
    return person_link.group_by("person_id").agg(
        pl.col("method").sort_by(strength, "method").first().alias("linkage_method"),
        pl.col("score").min().alias("linkage_confidence"),
        pl.len().alias("n_records"),
        source.n_unique().alias("n_sources"),
    )


def _told(core: Mapping[str, pl.LazyFrame], person_link: pl.LazyFrame) -> pl.LazyFrame:
    """What each linked record says of its person, and its date."""
    links = person_link.select("record_key", "person_id")
    frames = [pl.LazyFrame(schema=_SCHEMA)]
    for contract in all_contracts().values():
        if contract.name in core:
            rows = core[contract.name].join(links, on="record_key", how="inner")
            frames.append(
                rows.select(
                    "person_id",
                    _date_of(contract).alias("dated"),
                    "record_key",
                    _class(contract, "person_stated_gender_code").alias("sex"),
                    _class(contract, "ethnic_category").alias("ethnic_group"),
                    "area_code",
                    "imd_decile",
                    _given(contract, _PRACTICE).alias("gp_practice_code"),
                )
            )
    return pl.concat(frames)


def _date_of(contract: Contract) -> pl.Expr:
    field = contract.period_start or contract.valid_from
    return pl.lit(None, pl.Date) if field is None else pl.col(field).cast(pl.Date)


def _given(contract: Contract, role: str) -> pl.Expr:
    field = contract.in_role(role)
    if field is None or field.treatment != "keep":
        return pl.lit(None, pl.String)
    return pl.col(field.name)


def _class(contract: Contract, role: str) -> pl.Expr:
    field = contract.in_role(role)
    if field is None or field.codes is None:
        return pl.lit(None, pl.String)
    return pl.col(field.name).replace_strict(
        code_lists()[field.codes].classes(), default=pl.lit(None, pl.String), return_dtype=pl.String
    )


def _most_frequent(told: pl.LazyFrame, column: str) -> pl.LazyFrame:
    counts = told.drop_nulls(column).group_by("person_id", column).len()
    most = counts.filter(pl.col("len") == pl.col("len").max().over("person_id"))
    only = pl.when(pl.len() == 1).then(pl.col(column).first()).alias(column)
    return most.group_by("person_id").agg(only)


def _latest(told: pl.LazyFrame) -> pl.LazyFrame:
    ordered = told.sort("person_id", "dated", "record_key", nulls_last=False)
    return ordered.group_by("person_id", maintain_order=True).agg(
        pl.col("area_code").drop_nulls().last(),
        pl.col("imd_decile").drop_nulls().last(),
        pl.col("gp_practice_code").drop_nulls().last(),
    )


def residence(
    core: Mapping[str, pl.LazyFrame], person_link: pl.LazyFrame, parameters: Parameters
) -> pl.LazyFrame:
    """The table residence: when each person belonged to the economy.

    From regular registrations with a practice, else from an identity index (resident_from to
    resident_to), else everybody from birth to death. Cut to birth, death and the period's end;
    where periods overlap, the later one counts from its own start.
    Raises ConfigurationError where ``population_from`` names a contract that was not delivered.
    """
    chosen = parameters.population_from or next((c for c in _POPULATIONS if c in core), None)
    life = lives(core, person_link)
    if chosen is None:
        return _bounded(life.select("person_id", *_unknown_place()), life, parameters)
    if chosen not in core or chosen not in _POPULATIONS:
        raise ConfigurationError(
            f"population.from names {chosen}, of which there is no source that says who belongs "
            f"to the economy. Name one of {', '.join(_POPULATIONS)} that is delivered, or leave "
            "population out."
        )
    links = person_link.select("record_key", "person_id")
    rows = core[chosen].join(links, on="record_key", how="inner")
    return _bounded(_stated(chosen, rows), life, parameters)


def _unknown_place() -> list[pl.Expr]:
    return [
        pl.lit(None, pl.Date).alias("valid_from"),
        pl.lit(None, pl.Date).alias("valid_to"),
        pl.lit(None, pl.String).alias("area_code"),
        pl.lit(None, pl.String).alias("gp_practice_code"),
        pl.lit("").alias("record_key"),
    ]


def _stated(chosen: str, rows: pl.LazyFrame) -> pl.LazyFrame:
    if chosen == "gp_registration":
        rows = rows.filter(pl.col("registration_type").fill_null("regular") == "regular")
        bounds = ("registration_start_date", "registration_end_date")
    else:
        bounds = ("resident_from", "resident_to")
    return rows.select(
        "person_id",
        pl.col(bounds[0]).alias("valid_from"),
        pl.col(bounds[1]).alias("valid_to"),
        "area_code",
        pl.col(_PRACTICE).alias("gp_practice_code"),
        "record_key",
    )


def _bounded(stated: pl.LazyFrame, life: pl.LazyFrame, parameters: Parameters) -> pl.LazyFrame:
    bounds = stated.join(life, on="person_id", how="left").with_columns(
        pl.max_horizontal(
            pl.col("valid_from").fill_null(parameters.period_start), "birth_month"
        ).alias("valid_from"),
        pl.min_horizontal(
            pl.col("valid_to").fill_null(parameters.period_end),
            "death_date",
            pl.lit(parameters.period_end),
        ).alias("valid_to"),
    )
    real = bounds.filter(pl.col("valid_from") <= pl.col("valid_to"))
    ordered = real.sort("person_id", "valid_from", "valid_to", "record_key")
    one = ordered.unique(["person_id", "valid_from"], keep="last", maintain_order=True)
    following = pl.col("valid_from").shift(-1).over("person_id") - pl.duration(days=1)
    cut = one.with_columns(pl.min_horizontal("valid_to", following).alias("valid_to"))
    return RESIDENCE.conform(cut)
