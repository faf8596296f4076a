"""Acute extracts: episodes, ward stays, emergency and outpatient attendances."""

import polars as pl

from flow_pipeline.synthetic import emergencies, life, places, planned
from flow_pipeline.synthetic.clock import MINUTES_PER_DAY, Period
from flow_pipeline.synthetic.extracts.columns import (
    date,
    day_of_minute,
    event_key,
    moment,
    number,
    text,
    time_of_minute,
)
from flow_pipeline.synthetic.life import Life
from flow_pipeline.synthetic.spells import CAUSE_SNOMED, CAUSE_TFC, FOREVER


def apc_episode(life_: Life, period: Period) -> pl.DataFrame:
    spell = life_.spell.with_columns(
        life.site_code().alias("site_code"), life.trust_code().alias("trust")
    )
    rows = life_.episode.join(
        spell.drop("cost"), on="spell", suffix="_spell", maintain_order="left"
    ).with_columns(_file_day(period))
    return rows.select(
        (number(life_, "spell", "E") + pl.col("number").cast(pl.String)).alias(
            "cds_unique_identifier"
        ),
        pl.col("trust").alias("organisation_identifier_code_of_provider"),
        pl.col("site_code").alias("organisation_site_identifier_of_treatment"),
        number(life_, "spell", "S").alias("hospital_provider_spell_identifier"),
        pl.col("number").cast(pl.String).alias("episode_number"),
        pl.when("last")
        .then(pl.lit("1"))
        .otherwise(pl.lit("2"))
        .alias("last_episode_in_spell_indicator_code"),
        pl.col("kind").alias("patient_classification_code"),
        pl.col("method").alias("admission_method_code_hospital_provider_spell"),
        pl.col("source").alias("source_of_admission_code"),
        day_of_minute("start_spell", "start_date_hospital_provider_spell"),
        time_of_minute("start_spell", "start_time_hospital_provider_spell"),
        day_of_minute("start", "start_date_consultant_episode"),
        day_of_minute("end", "end_date_consultant_episode"),
        time_of_minute("start", "start_time_episode"),
        time_of_minute("end", "end_time_episode"),
        pl.col("tfc").alias("care_professional_main_specialty_code"),
        pl.col("tfc").alias("activity_treatment_function_code"),
        *_discharge(),
        pl.col("icd").alias("primary_diagnosis_icd"),
        pl.when((pl.col("number") == 1) & (pl.col("opcs") != ""))
        .then("opcs")
        .alias("primary_procedure_opcs"),
        pl.when(pl.col("method").is_in(["11", "12"]))
        .then(date("decided", "x"))
        .alias("decided_to_admit_date"),
        pl.col("cost").round(2).alias("tariff_amount"),
        pl.col("person").alias("_person"),
        (pl.col("start_spell") // MINUTES_PER_DAY).alias("_day"),
        pl.col("_file_day"),
        event_key(life_, "spell", "spell"),
        pl.col("trust").alias("_sender"),
    )


def _discharge() -> list[pl.Expr]:
    """How the spell ended, on its last episode only."""
    over = pl.col("last") & (pl.col("end_spell") < FOREVER)
    nights = pl.col("end_spell") // MINUTES_PER_DAY > pl.col("start_spell") // MINUTES_PER_DAY
    died = pl.col("died")
    return [
        pl.when(over & nights & ~died)
        .then(date("ready", "r"))
        .alias("discharge_ready_date_hospital_provider_spell"),
        pl.when(over)
        .then(day_of_minute("end_spell", "d"))
        .alias("discharge_date_hospital_provider_spell"),
        pl.when(over)
        .then(time_of_minute("end_spell", "t"))
        .alias("discharge_time_hospital_provider_spell"),
        pl.when(over)
        .then(pl.when(died).then(pl.lit("4")).otherwise(pl.lit("1")))
        .alias("discharge_method_code_hospital_provider_spell"),
        pl.when(over)
        .then(pl.when(died).then(pl.lit("79")).otherwise("destination"))
        .alias("discharge_destination_code_hospital_provider_spell"),
    ]


def _file_day(period: Period) -> pl.Expr:
    """Day of discharge, or the last day of the period for people still in hospital."""
    end = pl.col("end_spell")
    return (
        pl.when(end < FOREVER)
        .then(end // MINUTES_PER_DAY)
        .otherwise(period.end)
        .clip(lower_bound=period.start)
        .alias("_file_day")
    )


def apc_ward_stay(life_: Life, period: Period) -> pl.DataFrame:
    spell = life_.spell.filter(pl.col("site") < 6).with_columns(
        life.site_code().alias("site_code"), life.trust_code().alias("trust")
    )
    rows = life_.ward_stay.join(
        spell.drop("cost"), on="spell", suffix="_spell", maintain_order="left"
    ).with_columns(_file_day(period))
    wards = {k: str(c) for k, c in enumerate(places.WARD_CODES)}
    types = {k: str(c) for k, c in enumerate(places.WARD_TYPES)}
    reasons = {0: "clinical", 1: "capacity", 2: "ipc", 3: None}
    ward = pl.col("ward").replace_strict(wards, return_dtype=pl.String)
    return rows.select(
        pl.col("trust").alias("organisation_identifier_code_of_provider"),
        number(life_, "spell", "S").alias("hospital_provider_spell_identifier"),
        moment("start", "ward_stay_start_date_time"),
        moment("end", "ward_stay_end_date_time"),
        (pl.col("site_code").str.slice(3) + "-" + ward).alias("ward_code"),
        pl.col("site_code"),
        pl.col("ward").replace_strict(types, return_dtype=pl.String).alias("ward_type"),
        pl.col("reason").replace_strict(reasons, return_dtype=pl.String).alias("reason_for_move"),
        pl.col("person").alias("_person"),
        (pl.col("start_spell") // MINUTES_PER_DAY).alias("_day"),
        pl.col("_file_day"),
        (event_key(life_, "ward", "spell") + "-" + pl.col("number").cast(pl.String)).alias(
            "_event"
        ),
        pl.col("trust").alias("_sender"),
    )


ARRIVAL_MODES = {True: "1048031000000100", False: "1048071000000103"}
ACUITY = ("1064911000000105", "1064901000000103", "1077241000000103", "1077251000000100")


def ecds_attendance(life_: Life, period: Period) -> pl.DataFrame:
    rows = life_.attendance.with_columns(
        life.site_code().alias("site_code"), life.trust_code().alias("trust")
    )
    admitted = pl.col("stay") >= 0
    left = pl.col("left")
    care_home = pl.Series("care_home", life_.people.care_home[rows["person"].to_numpy()] >= 0)
    rows = rows.with_columns(care_home)
    cause = rows["cause"].to_numpy()
    fall = pl.col("cause") == emergencies.FALL
    return rows.with_columns(
        pl.Series("complaint", CAUSE_SNOMED[cause]), pl.Series("tfc", CAUSE_TFC[cause])
    ).select(
        pl.col("trust").alias("organisation_identifier_code_of_provider"),
        number(life_, "attendance", "A").alias("emergency_care_attendance_identifier"),
        pl.col("site_code").alias("organisation_site_identifier_of_treatment"),
        pl.format("0{}", "department").alias("emergency_care_department_type"),
        day_of_minute("arrival", "arrival_date"),
        time_of_minute("arrival", "arrival_time"),
        pl.col("ambulance")
        .replace_strict(ARRIVAL_MODES, return_dtype=pl.String)
        .alias("emergency_care_arrival_mode_snomed_ct"),
        text("1", "emergency_care_attendance_category"),
        pl.when("ambulance")
        .then(pl.lit("1065391000000104"))
        .otherwise(pl.lit("507291000000100"))
        .alias("emergency_care_attendance_source_snomed_ct"),
        *_stages(),
        pl.when(left)
        .then(pl.lit("1066321000000107"))
        .otherwise(pl.lit("182992009"))
        .alias("emergency_care_discharge_status_snomed_ct"),
        pl.when(admitted)
        .then(pl.lit("306706006"))
        .when("care_home")
        .then(pl.lit("306694006"))
        .otherwise(pl.lit("306689006"))
        .alias("emergency_care_discharge_destination_snomed_ct"),
        pl.col("complaint").alias("emergency_care_chief_complaint_snomed_ct"),
        (pl.col("attendance") % 4)
        .replace_strict(dict(enumerate(ACUITY)), return_dtype=pl.String)
        .alias("emergency_care_acuity_snomed_ct"),
        pl.when(fall).then(day_of_minute("arrival", "i")).alias("emergency_care_injury_date"),
        pl.when("ambulance")
        .then(number(life_, "attendance", "I"))
        .alias("ambulance_incident_number"),
        pl.col("cost").alias("tariff_amount"),
        pl.col("person").alias("_person"),
        (pl.col("arrival") // MINUTES_PER_DAY).alias("_day"),
        (pl.col("departure") // MINUTES_PER_DAY).alias("_file_day"),
        event_key(life_, "ed", "attendance"),
        pl.col("trust").alias("_sender"),
    )


def _stages() -> list[pl.Expr]:
    """The clock of an attendance, from the first assessment to the departure."""
    admitted = pl.col("stay") >= 0
    return [
        day_of_minute("assessed", "emergency_care_initial_assessment_date"),
        time_of_minute("assessed", "emergency_care_initial_assessment_time"),
        day_of_minute("seen", "emergency_care_seen_for_treatment_date"),
        time_of_minute("seen", "emergency_care_seen_for_treatment_time"),
        day_of_minute("decided", "decision_to_admit_date"),
        time_of_minute("decided", "decision_to_admit_time"),
        pl.when(admitted).then("tfc").alias("decision_to_admit_treatment_function_code"),
        pl.when(admitted).then("site_code").alias("decision_to_admit_receiving_site"),
        moment("ready", "emergency_care_clinically_ready_to_proceed_date_time"),
        day_of_minute("departure", "emergency_care_departure_date"),
        time_of_minute("departure", "emergency_care_departure_time"),
    ]


def op_attendance(life_: Life, period: Period) -> pl.DataFrame:
    rows = life_.outpatient.with_row_index("appointment").with_columns(
        life.site_code().alias("site_code"),
        life.trust_code().alias("trust"),
        pl.Series("tfc", planned.TFC[life_.outpatient["specialty"].to_numpy()]),
    )
    seen = pl.col("status").is_in(["5", "6"])
    return rows.select(
        pl.col("trust").alias("organisation_identifier_code_of_provider"),
        number(life_, "appointment", "O").alias("outpatient_attendance_identifier"),
        pl.col("site_code").alias("organisation_site_identifier_of_treatment"),
        date("received", "referral_request_received_date"),
        text("03", "source_of_referral_for_outpatients_code"),
        pl.when("urgent").then(pl.lit("2")).otherwise(pl.lit("1")).alias("priority_type_code"),
        pl.col("first").alias("first_attendance_code"),
        pl.col("status").alias("attended_or_did_not_attend_code"),
        date("day", "appointment_date"),
        (pl.col("minute") * 60_000_000_000).cast(pl.Time).alias("appointment_time"),
        pl.when(seen & pl.col("final"))
        .then(pl.lit("1"))
        .when(seen)
        .then(pl.lit("2"))
        .otherwise(pl.lit("3"))
        .alias("outcome_of_attendance_code"),
        pl.col("tfc").alias("activity_treatment_function_code"),
        pl.when("remote")
        .then(pl.lit("02"))
        .otherwise(pl.lit("01"))
        .alias("consultation_mechanism_code"),
        pl.when(seen).then("cost").alias("tariff_amount"),
        pl.col("person").alias("_person"),
        pl.col("day").alias("_day"),
        pl.col("day").alias("_file_day"),
        event_key(life_, "op", "appointment"),
        pl.col("trust").alias("_sender"),
    )
