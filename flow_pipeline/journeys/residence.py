"""Who belonged to the economy, when, and where: the population behind every rate."""

import polars as pl

from flow_pipeline.journeys.linked import LinkedRows
from flow_pipeline.journeys.parameters import Parameters
from flow_pipeline.journeys.runs import reached_before
from flow_pipeline.tables.persons import RESIDENCE

_DAY = "1d"
_PERSON = "person_number"
_REGULAR = "regular"
_SOURCES = ("gp_registration", "person_index")


def residence(linked: LinkedRows, parameters: Parameters) -> pl.LazyFrame:
    """The table residence.

    From regular GP registrations, else from the person index between birth and death, else
    everybody whom any record knows, between birth and death; ``parameters.population_from`` names
    which (None: the first of these present). A period is cut where a later one begins and at
    death; one that runs on behind it is carried on there, so that nobody falls out by being
    registered twice.
    """
    known = next((s for s in _SOURCES if s in linked.core), "events")
    origin = parameters.population_from or known
    if origin == "gp_registration":
        stays = _registrations(linked.core[origin])
    elif origin == "person_index":
        stays = _indexed(linked.core[origin])
    else:
        stays = linked.life.select(_PERSON).with_columns(_nothing_known())
    return RESIDENCE.shaped(_one_at_a_time(stays, linked.life, parameters))


def _registrations(rows: pl.LazyFrame) -> pl.LazyFrame:
    regular = pl.col("registration_type").fill_null(_REGULAR) == _REGULAR
    practice = pl.coalesce(
        "general_medical_practice_code_patient_registration", "organisation_code"
    )
    return rows.filter(regular).select(
        _PERSON,
        pl.col("registration_start_date").alias("valid_from"),
        pl.col("registration_end_date").alias("valid_to"),
        "area_code",
        practice.alias("gp_practice_code"),
    )


def _indexed(rows: pl.LazyFrame) -> pl.LazyFrame:
    return rows.select(
        _PERSON,
        pl.col("resident_from").alias("valid_from"),
        pl.col("resident_to").alias("valid_to"),
        "area_code",
        pl.col("general_medical_practice_code_patient_registration").alias("gp_practice_code"),
    )


def _nothing_known() -> list[pl.Expr]:
    return [
        pl.lit(None, RESIDENCE.schema()[name]).alias(name)
        for name in ("valid_from", "valid_to", "area_code", "gp_practice_code")
    ]


def _one_at_a_time(stays: pl.LazyFrame, life: pl.LazyFrame, parameters: Parameters) -> pl.LazyFrame:
    """Periods of a person that do not overlap, between birth and death, within the data: in the
    order of the table, as persons are numbered in theirs."""
    order = (_PERSON, "valid_from", "valid_to", "area_code", "gp_practice_code")
    bounded = stays.join(life, on=_PERSON, how="left").with_columns(
        pl.coalesce("valid_from", "birth_month", pl.lit(parameters.period_start)),
        pl.min_horizontal("valid_to", "death_date", pl.lit(parameters.period_end)),
    )
    last_of_day = bounded.sort(*order, nulls_last=False).unique(
        [_PERSON, "valid_from"], keep="last", maintain_order=True
    )
    is_last = pl.col(_PERSON).ne_missing(pl.col(_PERSON).shift(-1))
    next_from = pl.when(~is_last).then(pl.col("valid_from").shift(-1))
    reached = reached_before(pl.col("valid_to").cast(pl.Int32), pl.col(_PERSON))
    runs_to = pl.max_horizontal("valid_to", reached.cast(pl.Int32).cast(pl.Date))
    cut = last_of_day.with_columns(runs_to.alias("valid_to"), next_from.alias("next_from"))
    return cut.with_columns(
        pl.min_horizontal("valid_to", pl.col("next_from").dt.offset_by(f"-{_DAY}"))
    ).filter(pl.col("valid_from") <= pl.col("valid_to"))
