"""The extracts as senders would write them if they made no mistake in a row.

Each function returns typed columns named by contract field, and four columns for our own use:
``_person`` (row in People), ``_day`` (on which identity was recorded), ``_file_day`` (which decides
the period of the file) and ``_event`` (key of the true event).
"""

import numpy as np
import polars as pl

from flow_pipeline.synthetic import clock, emergencies, life, places, planned
from flow_pipeline.synthetic.clock import MINUTES_PER_DAY, NEVER, Period
from flow_pipeline.synthetic.life import Life
from flow_pipeline.synthetic.spells import CAUSE_SNOMED, CAUSE_TFC, FOREVER

OWN = ["_person", "_day", "_file_day", "_event"]
COMMISSIONER = "QX9"


def date(column: str, name: str) -> pl.Expr:
    value = pl.col(column).cast(pl.Int32)
    known = pl.when(pl.col(column) < NEVER).then(value)
    return known.cast(pl.Date).alias(name)


def day_of_minute(column: str, name: str) -> pl.Expr:
    known = pl.when(pl.col(column) < FOREVER).then(pl.col(column) // MINUTES_PER_DAY)
    return known.cast(pl.Int32).cast(pl.Date).alias(name)


def time_of_minute(column: str, name: str) -> pl.Expr:
    known = pl.when(pl.col(column) < FOREVER).then(pl.col(column) % MINUTES_PER_DAY)
    return (known * 60_000_000_000).cast(pl.Time).alias(name)


def moment(column: str, name: str) -> pl.Expr:
    known = pl.when(pl.col(column) < FOREVER).then(pl.col(column) * 60_000_000)
    return known.cast(pl.Datetime("us")).alias(name)


def text(value: str, name: str) -> pl.Expr:
    return pl.lit(value).alias(name)


def number(life_: Life, column: str, prefix: str) -> pl.Expr:
    """A sender's own number for a thing: prefix, block and a running number."""
    running = pl.col(column).cast(pl.String).str.zfill(7)
    return pl.lit(f"{prefix}{life_.block.number:02d}") + running


def event_key(life_: Life, family: str, column: str) -> pl.Expr:
    running = pl.col(column).cast(pl.String)
    return (pl.lit(f"{family}-{life_.block.number}-") + running).alias("_event")


def apc_episode(life_: Life, period: Period) -> pl.DataFrame:
    spell = life_.spell.with_columns(
        life.site_code().alias("site_code"), life.trust_code().alias("trust")
    )
    rows = life_.episode.join(
        spell.drop("cost"), on="spell", suffix="_spell", maintain_order="left"
    ).with_columns(_file_day(period))
    over = pl.col("last") & (pl.col("end_spell") < FOREVER)
    nights = pl.col("end_spell") // MINUTES_PER_DAY > pl.col("start_spell") // MINUTES_PER_DAY
    died = pl.col("died")
    out = rows.select(
        (number(life_, "spell", "E") + pl.col("number").cast(pl.String)).alias("cds_unique_identifier"),
        pl.col("trust").alias("organisation_identifier_code_of_provider"),
        pl.col("site_code").alias("organisation_site_identifier_of_treatment"),
        number(life_, "spell", "S").alias("hospital_provider_spell_identifier"),
        pl.col("number").cast(pl.String).alias("episode_number"),
        pl.when("last").then(pl.lit("1")).otherwise(pl.lit("2")).alias("last_episode_in_spell_indicator_code"),
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
        pl.when(over & nights & ~died).then(date("ready", "r"))
        .alias("discharge_ready_date_hospital_provider_spell"),
        pl.when(over).then(day_of_minute("end_spell", "d")).alias("discharge_date_hospital_provider_spell"),
        pl.when(over).then(time_of_minute("end_spell", "t")).alias("discharge_time_hospital_provider_spell"),
        pl.when(over).then(pl.when(died).then(pl.lit("4")).otherwise(pl.lit("1")))
        .alias("discharge_method_code_hospital_provider_spell"),
        pl.when(over).then("destination").alias("discharge_destination_code_hospital_provider_spell"),
        pl.col("icd").alias("primary_diagnosis_icd"),
        pl.when((pl.col("number") == 1) & (pl.col("opcs") != "")).then("opcs").alias("primary_procedure_opcs"),
        pl.when(pl.col("method").is_in(["11", "12"])).then(date("decided", "x")).alias("decided_to_admit_date"),
        pl.col("cost").round(2).alias("tariff_amount"),
        pl.col("person").alias("_person"),
        (pl.col("start_spell") // MINUTES_PER_DAY).alias("_day"), pl.col("_file_day"),
        event_key(life_, "spell", "spell"),
        pl.col("trust").alias("_sender"),
    )  # fmt: skip
    return out.with_columns(
        pl.when(pl.col("discharge_method_code_hospital_provider_spell") == "4")
        .then(pl.lit("79")).otherwise("discharge_destination_code_hospital_provider_spell")
        .alias("discharge_destination_code_hospital_provider_spell")
    )  # fmt: skip


def _file_day(period: Period) -> pl.Expr:
    """Day of discharge, or the last day of the period for people still in hospital."""
    end = pl.col("end_spell")
    return (
        pl.when(end < FOREVER).then(end // MINUTES_PER_DAY).otherwise(period.end)
        .clip(lower_bound=period.start).alias("_file_day")
    )  # fmt: skip


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
        (pl.col("start_spell") // MINUTES_PER_DAY).alias("_day"), pl.col("_file_day"),
        (event_key(life_, "ward", "spell") + "-" + pl.col("number").cast(pl.String)).alias("_event"),
        pl.col("trust").alias("_sender"),
    )  # fmt: skip


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
        day_of_minute("arrival", "arrival_date"), time_of_minute("arrival", "arrival_time"),
        pl.col("ambulance").replace_strict(ARRIVAL_MODES, return_dtype=pl.String)
        .alias("emergency_care_arrival_mode_snomed_ct"),
        text("1", "emergency_care_attendance_category"),
        pl.when("ambulance").then(pl.lit("1065391000000104")).otherwise(pl.lit("507291000000100"))
        .alias("emergency_care_attendance_source_snomed_ct"),
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
        pl.when(left).then(pl.lit("1066321000000107")).otherwise(pl.lit("182992009"))
        .alias("emergency_care_discharge_status_snomed_ct"),
        pl.when(admitted).then(pl.lit("306706006")).when("care_home").then(pl.lit("306694006"))
        .otherwise(pl.lit("306689006")).alias("emergency_care_discharge_destination_snomed_ct"),
        pl.col("complaint").alias("emergency_care_chief_complaint_snomed_ct"),
        (pl.col("attendance") % 4).replace_strict(dict(enumerate(ACUITY)), return_dtype=pl.String)
        .alias("emergency_care_acuity_snomed_ct"),
        pl.when(fall).then(day_of_minute("arrival", "i")).alias("emergency_care_injury_date"),
        pl.when("ambulance").then(number(life_, "attendance", "I")).alias("ambulance_incident_number"),
        pl.col("cost").alias("tariff_amount"),
        pl.col("person").alias("_person"), (pl.col("arrival") // MINUTES_PER_DAY).alias("_day"),
        (pl.col("departure") // MINUTES_PER_DAY).alias("_file_day"),
        event_key(life_, "ed", "attendance"), pl.col("trust").alias("_sender"),
    )  # fmt: skip


def op_attendance(life_: Life, period: Period) -> pl.DataFrame:
    rows = life_.outpatient.with_row_index("appointment").with_columns(
        life.site_code().alias("site_code"), life.trust_code().alias("trust"),
        pl.Series("tfc", planned.TFC[life_.outpatient["specialty"].to_numpy()]),
    )  # fmt: skip
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
        pl.when(seen & pl.col("final")).then(pl.lit("1")).when(seen).then(pl.lit("2"))
        .otherwise(pl.lit("3")).alias("outcome_of_attendance_code"),
        pl.col("tfc").alias("activity_treatment_function_code"),
        pl.when("remote").then(pl.lit("02")).otherwise(pl.lit("01")).alias("consultation_mechanism_code"),
        pl.when(seen).then("cost").alias("tariff_amount"),
        pl.col("person").alias("_person"), pl.col("day").alias("_day"), pl.col("day").alias("_file_day"),
        event_key(life_, "op", "appointment"), pl.col("trust").alias("_sender"),
    )  # fmt: skip


def team_code() -> pl.Expr:
    codes = {k: str(code) for k, code in enumerate(places.TEAM_CODES)}
    locality = (pl.col("locality") + 1).cast(pl.String).str.zfill(2)
    return pl.col("team").replace_strict(codes, return_dtype=pl.String) + "-" + locality


def csds_referral(life_: Life, period: Period) -> pl.DataFrame:
    """Every referral in every quarter in which it is open, so that closures arrive later."""
    types = {k: team[2] for k, team in enumerate(places.TEAMS)}
    quarter = pl.col("_file_day")
    rows = _each_quarter(life_.referral, "day", "closed", period)
    known = pl.col("closed") <= quarter
    return rows.select(
        number(life_, "referral", "R").alias("service_request_identifier"),
        text(COMMISSIONER, "organisation_identifier_code_of_commissioner"),
        date("day", "referral_request_received_date"),
        (pl.col("minute") * 60_000_000_000).cast(pl.Time).alias("referral_request_received_time"),
        pl.col("source").alias("source_of_referral_for_community"),
        pl.when(pl.col("referrer") != "").then("referrer").alias("organisation_identifier_referring"),
        pl.when("urgent").then(pl.lit("2")).otherwise(pl.lit("1")).alias("priority_type_code"),
        (pl.col("team") + 1).cast(pl.String).str.zfill(3).alias("primary_reason_for_referral_community_care"),
        pl.col("team").replace_strict(types, return_dtype=pl.String)
        .alias("service_or_team_type_referred_to_community_care"),
        team_code().alias("care_professional_team_local_identifier"),
        pl.when(pl.col("rejected") <= quarter).then(date("rejected", "x")).alias("referral_rejection_date"),
        pl.when(pl.col("rejected") <= quarter).then(pl.lit("01")).alias("referral_rejection_reason"),
        pl.when(known & (pl.col("rejected") >= NEVER)).then(date("closed", "y"))
        .alias("service_discharge_date"),
        pl.col("person").alias("_person"), pl.col("day").alias("_day"), quarter,
        event_key(life_, "referral", "referral"), text(places.COMMUNITY, "_sender"),
    )  # fmt: skip


def _each_quarter(rows: pl.DataFrame, start: str, end: str, period: Period) -> pl.DataFrame:
    """Rows repeated for each quarter that their interval touches; ``_file_day`` is its last day."""
    last = [clock.day_of(m) - 1 for m in period.months()[3::3]] + [period.end]
    parts = []
    for number_, day in enumerate(last):
        first = period.start if number_ == 0 else last[number_ - 1] + 1
        touching = (pl.col(start) <= day) & (pl.col(end) >= first)
        parts.append(rows.filter(touching).with_columns(pl.lit(day).alias("_file_day")))
    return pl.concat(parts)


def csds_care_contact(life_: Life, period: Period) -> pl.DataFrame:
    cancelled = pl.col("status").is_in(["2", "4"])
    return life_.contact.select(
        number(life_, "contact", "K").alias("care_contact_identifier"),
        number(life_, "referral", "R").alias("service_request_identifier"),
        date("day", "care_contact_date"),
        (pl.col("minute") * 60_000_000_000).cast(pl.Time).alias("care_contact_time"),
        team_code().alias("care_professional_team_local_identifier"),
        pl.when(pl.col("status") == "5").then("duration").cast(pl.String)
        .alias("clinical_contact_duration_of_care_contact"),
        text("01", "consultation_mechanism_community_care"),
        pl.when("at_home").then(pl.lit("A01")).otherwise(pl.lit("B02")).alias("activity_location_type_code"),
        pl.col("status").alias("attendance_status"),
        pl.when(cancelled).then(date("day", "c")).alias("care_contact_cancellation_date"),
        pl.col("person").alias("_person"), pl.col("day").alias("_day"), pl.col("day").alias("_file_day"),
        event_key(life_, "contact", "contact"), text(places.COMMUNITY, "_sender"),
    )  # fmt: skip


def gp_registration(life_: Life, period: Period) -> pl.DataFrame:
    """Every year, all who were registered during it."""
    rows = life_.registration.with_row_index("registration")
    parts = []
    for year in range(period.years):
        first = clock.day_of(period.months()[12 * year])
        last = (
            period.end
            if year == period.years - 1
            else clock.day_of(period.months()[12 * year + 12]) - 1
        )
        inside = (pl.col("start") <= last) & (pl.col("end") >= first)
        parts.append(rows.filter(inside).with_columns(pl.lit(last).alias("_file_day")))
    rows = pl.concat(parts)
    ended = pl.col("end") <= pl.col("_file_day")
    return rows.select(
        date("start", "registration_start_date"),
        pl.when(ended).then(date("end", "e")).alias("registration_end_date"),
        text("regular", "registration_type"),
        pl.when(ended).then("reason").alias("registration_end_reason"),
        pl.Series("general_medical_practice_code_patient_registration",
                  places.practice_codes(rows["practice"].to_numpy())),
        pl.col("person").alias("_person"),
        pl.min_horizontal(pl.col("_file_day"), "end").alias("_day"), pl.col("_file_day"),
        event_key(life_, "registration", "registration"), text("GP", "_sender"),
        pl.col("practice").alias("_practice"),
    )  # fmt: skip


def gp_appointment(life_: Life, period: Period) -> pl.DataFrame:
    folk = life_.people
    rows = life_.appointment.with_row_index("appointment")
    person, day = rows["person"].to_numpy(), rows["day"].to_numpy()
    practice = folk.practice_on(person, day)
    category = {"gp": "General Consultation Acute", "nurse": "Planned Clinical Procedure",
                "other_direct_patient_care": "Planned Clinics"}  # fmt: skip
    start = pl.col("day") * MINUTES_PER_DAY + pl.col("minute")
    came = pl.col("status") == "attended"
    rows = rows.with_columns(
        start.alias("start"),
        pl.when(came).then(start + pl.col("late")).otherwise(FOREVER).alias("begun"),
        pl.when(came).then(start + pl.col("late") + pl.col("length")).otherwise(FOREVER).alias("done"),
        pl.Series("practice", practice),
    )  # fmt: skip
    return rows.select(
        number(life_, "appointment", "G").alias("appointment_id"),
        pl.Series("practice_code", places.practice_codes(practice)),
        moment("booked", "booked_date_time"), moment("start", "appointment_start_date_time"),
        moment("begun", "actual_start_date_time"), moment("done", "actual_end_date_time"),
        pl.col("status").alias("appointment_status"), pl.col("mode").alias("appointment_mode"),
        pl.col("hcp").replace_strict(category, return_dtype=pl.String).alias("national_slot_category"),
        pl.col("hcp").alias("hcp_type"),
        pl.col("person").alias("_person"), pl.col("day").alias("_day"), pl.col("day").alias("_file_day"),
        event_key(life_, "gp", "appointment"), text("GP", "_sender"), pl.col("practice").alias("_practice"),
    )  # fmt: skip


SUPPORT_REASONS = (
    "Physical Support: Personal Care Support", "Physical Support: Access & mobility only",
    "Support with Memory & Cognition", "Mental Health Support", "Social Support: Support for Isolation/Other",
)  # fmt: skip


def cld_event(life_: Life, period: Period) -> pl.DataFrame:
    """Requests, assessments and reviews in the quarter they end; services in every quarter they run."""
    folk = life_.people
    service = life_.council["kind"] == "Service"
    lasting = _each_quarter(life_.council.filter(service), "start", "end", period)
    points = life_.council.filter(~service)
    ends = points["end"].to_numpy()
    points = points.with_columns(pl.Series("_file_day", np.maximum(ends, period.start)))
    rows = pl.concat([lasting, points.cast(dict(lasting.schema))])
    person = rows["person"].to_numpy()
    day = rows["_file_day"].to_numpy()
    in_home = folk.care_home[person] >= 0
    kind, ended = pl.col("kind"), pl.col("end") <= pl.col("_file_day")
    home = pl.col("component").str.contains("Residential|Nursing")
    rows = rows.with_columns(pl.Series("in_home", in_home))
    return rows.select(
        text(places.COUNCIL, "la_code"), *_reporting_period(rows, period),
        pl.Series("gp_practice_code", places.practice_text(
            folk.practice_on(person, day), folk.registered[person])),
        text("Service User", "client_type"),
        (pl.col("person") % 5).replace_strict(dict(enumerate(SUPPORT_REASONS)), return_dtype=pl.String)
        .alias("primary_support_reason"),
        pl.when("in_home").then(pl.lit("Registered care home")).otherwise(pl.lit("Owner occupier or shared ownership scheme"))
        .alias("accommodation_status"),
        kind.alias("event_type"),
        number(life_, "key", "L").alias("event_reference"),
        date("start", "event_start_date"),
        pl.when(ended).then(date("end", "e")).alias("event_end_date"),
        pl.when((kind != "Service") | ended).then("outcome").alias("event_outcome"),
        pl.col("route").alias("request_route_of_access"),
        pl.col("assessment").alias("assessment_type"),
        pl.col("service").alias("service_type"),
        pl.col("component").alias("service_component"),
        pl.when(kind == "Service").then(pl.lit("CASSR Managed Personal Budget")).alias("delivery_mechanism"),
        pl.col("team").alias("care_team"),
        pl.when(kind == "Service").then(pl.when(home).then(1125.0).otherwise(22.0)).alias("unit_cost"),
        pl.when(kind == "Service").then(pl.when(home).then(pl.lit("Per week")).otherwise(pl.lit("Hourly")))
        .alias("cost_frequency_unit_type"),
        pl.when(kind == "Service").then(pl.col("units").cast(pl.Int64).cast(pl.String)).alias("planned_units_per_week"),
        pl.when(kind == "Review").then(pl.lit("Planned")).alias("review_reason"),
        pl.Series("_person", person), pl.Series("_day", day), pl.col("_file_day"),
        event_key(life_, "council", "key"), text(places.COUNCIL, "_sender"),
    )  # fmt: skip


def _reporting_period(rows: pl.DataFrame, period: Period) -> list[pl.Series]:
    """The quarter of the file that each row goes into, as the council states it."""
    starts = np.array([clock.day_of(m) for m in period.months()[::3]] + [period.end + 1])
    which = np.searchsorted(starts, rows["_file_day"].to_numpy(), "right") - 1
    return [
        clock.as_date("reporting_period_start_date", starts[which]),
        clock.as_date("reporting_period_end_date", starts[which + 1] - 1),
    ]


def death(life_: Life, period: Period) -> pl.DataFrame:
    folk = life_.people
    who = np.flatnonzero((folk.death_day < NEVER) & (folk.death_day >= period.start))
    in_hospital = np.isin(who, life_.spell.filter("died")["person"].to_numpy())
    place = np.where(in_hospital, "hospital", np.where(folk.care_home[who] >= 0, "care_home",
                     np.where(who % 9 == 0, "hospice", "home")))  # fmt: skip
    cancer = life_.needs.condition("cancer")[who]
    heart = life_.needs.condition("coronary")[who]
    icd = np.select([cancer, heart], ["C349", "I259"], np.where(who % 3 == 0, "J189", "F03X"))
    return pl.DataFrame({"who": who, "day": folk.death_day[who], "place": place, "icd": icd}).select(
        date("day", "person_death_date"), pl.col("place").alias("death_place_type"),
        pl.col("icd").alias("underlying_cause_icd"),
        pl.col("who").alias("_person"), pl.col("day").alias("_day"), pl.col("day").alias("_file_day"),
        event_key(life_, "death", "who"), text(places.COUNCIL, "_sender"),
    )  # fmt: skip


def csds_mpi(referral: pl.DataFrame, life_: Life) -> pl.DataFrame:
    """One row per entry of the provider's index and quarter with an open referral in it."""
    seen = referral.select("_entry", "_person", "_file_day").unique()
    return seen.sort("_file_day", "_person", "_entry").with_columns(
        pl.col("_file_day").alias("_day"), event_key(life_, "person", "_person"),
        text(places.COMMUNITY, "_sender"),
    )  # fmt: skip
