"""Ambulance extracts: incidents that brought somebody to an emergency department."""

import polars as pl

from flow_pipeline.synthetic import emergencies, life, places
from flow_pipeline.synthetic.clock import MINUTES_PER_DAY, Period
from flow_pipeline.synthetic.extracts.columns import event_key, moment, number, text
from flow_pipeline.synthetic.life import Life

MINUTES_TO_CLEAR = 15
COMPLAINT_OF_FALL, OTHER_COMPLAINT = "17", "26"  # card numbers of the triage system


def ambulance_incident(life_: Life, period: Period) -> pl.DataFrame:
    """Every attendance by ambulance, with the incident number that the department copied."""
    on_the_way = pl.col("arrival") - pl.col("called")
    rows = life_.attendance.filter("ambulance").with_columns(
        life.site_code().alias("site_code"),
        (pl.col("called") + on_the_way * 2 // 5).alias("at_scene"),
        (pl.col("called") + on_the_way * 7 // 10).alias("left_scene"),
        (pl.col("arrival") + pl.col("handover")).alias("handed_over"),
        (pl.col("arrival") + pl.col("handover") + MINUTES_TO_CLEAR).alias("clear"),
    )
    fall = pl.col("cause") == emergencies.FALL
    return rows.select(
        text(places.AMBULANCE, "organisation_identifier_code_of_provider"),
        number(life_, "attendance", "I").alias("ambulance_incident_number"),
        moment("called", "call_connect_date_time"),
        pl.when(pl.col("stay") >= 0)
        .then(pl.lit("C2"))
        .otherwise(pl.lit("C3"))
        .alias("ambulance_response_category"),
        pl.when(fall)
        .then(pl.lit(COMPLAINT_OF_FALL))
        .otherwise(pl.lit(OTHER_COMPLAINT))
        .alias("chief_complaint_code"),
        moment("at_scene", "arrival_at_scene_date_time"),
        moment("left_scene", "departure_from_scene_date_time"),
        moment("arrival", "arrival_at_hospital_date_time"),
        moment("handed_over", "handover_date_time"),
        moment("clear", "clear_date_time"),
        text("see_and_convey_ed", "ambulance_incident_disposition"),
        pl.col("site_code").alias("organisation_site_identifier_conveyed_to"),
        pl.col("person").alias("_person"),
        (pl.col("called") // MINUTES_PER_DAY).alias("_day"),
        # a call of the last evening before the data began is in their first file
        (pl.col("called") // MINUTES_PER_DAY).clip(lower_bound=period.start).alias("_file_day"),
        event_key(life_, "ambulance", "attendance"),
        text(places.AMBULANCE, "_sender"),
    )
