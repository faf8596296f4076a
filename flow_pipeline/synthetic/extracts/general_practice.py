"""General practice extracts: registrations and appointments."""

import polars as pl

from flow_pipeline.synthetic import clock, places
from flow_pipeline.synthetic.clock import MINUTES_PER_DAY, Period
from flow_pipeline.synthetic.extracts.columns import date, event_key, moment, number, text
from flow_pipeline.synthetic.life import Life
from flow_pipeline.synthetic.spells import FOREVER


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
        pl.Series(
            "general_medical_practice_code_patient_registration",
            places.practice_codes(rows["practice"].to_numpy()),
        ),
        pl.col("person").alias("_person"),
        pl.min_horizontal(pl.col("_file_day"), "end").alias("_day"),
        pl.col("_file_day"),
        event_key(life_, "registration", "registration"),
        text("GP", "_sender"),
        pl.col("practice").alias("_practice"),
    )


def gp_appointment(life_: Life, period: Period) -> pl.DataFrame:
    folk = life_.people
    rows = life_.appointment.with_row_index("appointment")
    person, day = rows["person"].to_numpy(), rows["day"].to_numpy()
    practice = folk.practice_on(person, day)
    category = {
        "gp": "General Consultation Acute",
        "nurse": "Planned Clinical Procedure",
        "other_direct_patient_care": "Planned Clinics",
    }
    start = pl.col("day") * MINUTES_PER_DAY + pl.col("minute")
    came = pl.col("status") == "attended"
    rows = rows.with_columns(
        start.alias("start"),
        pl.when(came).then(start + pl.col("late")).otherwise(FOREVER).alias("begun"),
        pl.when(came)
        .then(start + pl.col("late") + pl.col("length"))
        .otherwise(FOREVER)
        .alias("done"),
        pl.Series("practice", practice),
    )
    return rows.select(
        number(life_, "appointment", "G").alias("appointment_id"),
        pl.Series("practice_code", places.practice_codes(practice)),
        moment("booked", "booked_date_time"),
        moment("start", "appointment_start_date_time"),
        moment("begun", "actual_start_date_time"),
        moment("done", "actual_end_date_time"),
        pl.col("status").alias("appointment_status"),
        pl.col("mode").alias("appointment_mode"),
        pl.col("hcp")
        .replace_strict(category, return_dtype=pl.String)
        .alias("national_slot_category"),
        pl.col("hcp").alias("hcp_type"),
        pl.col("person").alias("_person"),
        pl.col("day").alias("_day"),
        pl.col("day").alias("_file_day"),
        event_key(life_, "gp", "appointment"),
        text("GP", "_sender"),
        pl.col("practice").alias("_practice"),
    )
