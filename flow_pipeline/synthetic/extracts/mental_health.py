"""Mental-health extracts: persons, referrals, care contacts and hospital spells."""

import polars as pl

from flow_pipeline.synthetic import places
from flow_pipeline.synthetic.clock import MINUTES_PER_DAY, Period
from flow_pipeline.synthetic.extracts.columns import (
    date,
    day_of_minute,
    each_quarter,
    event_key,
    number,
    text,
    time_of_minute,
)
from flow_pipeline.synthetic.life import Life

COMMISSIONER = "QX9"
TEAMS = 4


def mh_referral(life_: Life, period: Period) -> pl.DataFrame:
    """Every referral in every quarter in which it is open, so that closures arrive later."""
    rows = each_quarter(life_.mental_health_referral, "day", "closed", period)
    return rows.select(
        text(places.MENTAL_HEALTH, "organisation_identifier_code_of_provider"),
        _referral_number(life_),
        text(COMMISSIONER, "organisation_identifier_code_of_commissioner"),
        date("day", "referral_request_received_date"),
        text("A1", "source_of_referral_for_mental_health"),
        text("3", "clinical_response_priority_type"),
        text("04", "primary_reason_for_referral_mental_health"),
        text("A06", "service_or_team_type_referred_to_mental_health"),
        _team(),
        pl.when(pl.col("closed") <= pl.col("_file_day"))
        .then(date("closed", "c"))
        .alias("service_discharge_date"),
        pl.col("person").alias("_person"),
        pl.col("day").alias("_day"),
        pl.col("_file_day"),
        event_key(life_, "mhreferral", "referral"),
        text(places.MENTAL_HEALTH, "_sender"),
    )


def mh_care_contact(life_: Life, period: Period) -> pl.DataFrame:
    """Contacts; the model knows attended ones only."""
    rows = _with_referral(life_, "mh_contact")
    return rows.select(
        text(places.MENTAL_HEALTH, "organisation_identifier_code_of_provider"),
        number(life_, "mh", "MC").alias("care_contact_identifier"),
        _referral_number(life_),
        day_of_minute("start", "care_contact_date"),
        time_of_minute("start", "care_contact_time"),
        _team(),
        (pl.col("end") - pl.col("start"))
        .cast(pl.String)
        .alias("clinical_contact_duration_of_care_contact"),
        text("Y", "planned_care_contact_indicator"),
        text("01", "consultation_mechanism_mental_health"),
        text("5", "attended_or_did_not_attend_code"),
        pl.col("cost").alias("patient_level_cost"),
        *_ours(life_, pl.col("start") // MINUTES_PER_DAY),
    )


def mh_hospital_spell(life_: Life, period: Period) -> pl.DataFrame:
    """Stays; one that lasts to the end of the data has not ended yet."""
    left = pl.col("end") // MINUTES_PER_DAY
    over = left <= period.end
    rows = _with_referral(life_, "mh_spell")
    return rows.select(
        text(places.MENTAL_HEALTH, "organisation_identifier_code_of_provider"),
        number(life_, "mh", "MS").alias("hospital_provider_spell_identifier"),
        _referral_number(life_),
        day_of_minute("start", "start_date_hospital_provider_spell"),
        time_of_minute("start", "start_time_hospital_provider_spell"),
        text("19", "source_of_admission_code"),
        text("25", "admission_method_code_hospital_provider_spell"),
        pl.when(over)
        .then(day_of_minute("end", "d"))
        .alias("discharge_date_hospital_provider_spell"),
        pl.when(over)
        .then(time_of_minute("end", "t"))
        .alias("discharge_time_hospital_provider_spell"),
        pl.when(over).then(pl.lit("1")).alias("discharge_method_code_hospital_provider_spell"),
        pl.when(over)
        .then(pl.lit("19"))
        .alias("discharge_destination_code_hospital_provider_spell"),
        text("710", "activity_treatment_function_code"),
        text("F32.9", "primary_diagnosis_icd"),
        pl.when(over).then("cost").alias("patient_level_cost"),
        *_ours(life_, pl.when(over).then(left).otherwise(period.end)),
    )


def person_index(referral: pl.DataFrame, life_: Life) -> pl.DataFrame:
    """One row per entry of the provider's index and quarter with an open referral in it."""
    seen = referral.select("_entry", "_person", "_file_day").unique()
    return seen.sort("_file_day", "_person", "_entry").with_columns(
        pl.col("_file_day").alias("_day"),
        event_key(life_, "person", "_person"),
        text(places.MENTAL_HEALTH, "_sender"),
    )


def _with_referral(life_: Life, family: str) -> pl.DataFrame:
    referral = life_.mental_health_referral.select("person", "referral")
    rows = life_.mental_health.with_row_index("mh").filter(pl.col("family") == family)
    return rows.join(referral, on="person", maintain_order="left")


def _referral_number(life_: Life) -> pl.Expr:
    return number(life_, "referral", "MR").alias("service_request_identifier")


def _team() -> pl.Expr:
    team = (pl.col("person") % TEAMS + 1).cast(pl.String).str.zfill(2)
    return (pl.lit("CMHT-") + team).alias("care_professional_team_local_identifier")


def _ours(life_: Life, file_day: pl.Expr) -> list[pl.Expr]:
    return [
        pl.col("person").alias("_person"),
        (pl.col("start") // MINUTES_PER_DAY).alias("_day"),
        file_day.alias("_file_day"),
        event_key(life_, "mh", "mh"),
        text(places.MENTAL_HEALTH, "_sender"),
    ]
