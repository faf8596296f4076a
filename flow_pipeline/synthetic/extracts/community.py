"""Community extracts: persons, referrals and care contacts."""

import polars as pl

from flow_pipeline.synthetic import places
from flow_pipeline.synthetic.clock import NEVER, Period
from flow_pipeline.synthetic.extracts.columns import date, each_quarter, event_key, number, text
from flow_pipeline.synthetic.life import Life

COMMISSIONER = "QX9"


def team_code() -> pl.Expr:
    codes = {k: str(code) for k, code in enumerate(places.TEAM_CODES)}
    locality = (pl.col("locality") + 1).cast(pl.String).str.zfill(2)
    return pl.col("team").replace_strict(codes, return_dtype=pl.String) + "-" + locality


def csds_referral(life_: Life, period: Period) -> pl.DataFrame:
    """Every referral in every quarter in which it is open, so that closures arrive later."""
    types = {k: team[2] for k, team in enumerate(places.TEAMS)}
    quarter = pl.col("_file_day")
    rows = each_quarter(life_.referral, "day", "closed", period)
    known = pl.col("closed") <= quarter
    return rows.select(
        number(life_, "referral", "R").alias("service_request_identifier"),
        text(COMMISSIONER, "organisation_identifier_code_of_commissioner"),
        date("day", "referral_request_received_date"),
        (pl.col("minute") * 60_000_000_000).cast(pl.Time).alias("referral_request_received_time"),
        pl.col("source").alias("source_of_referral_for_community"),
        pl.when(pl.col("referrer") != "")
        .then("referrer")
        .alias("organisation_identifier_referring"),
        pl.when("urgent").then(pl.lit("2")).otherwise(pl.lit("1")).alias("priority_type_code"),
        (pl.col("team") + 1)
        .cast(pl.String)
        .str.zfill(3)
        .alias("primary_reason_for_referral_community_care"),
        pl.col("team")
        .replace_strict(types, return_dtype=pl.String)
        .alias("service_or_team_type_referred_to_community_care"),
        team_code().alias("care_professional_team_local_identifier"),
        pl.when(pl.col("rejected") <= quarter)
        .then(date("rejected", "x"))
        .alias("referral_rejection_date"),
        pl.when(pl.col("rejected") <= quarter)
        .then(pl.lit("01"))
        .alias("referral_rejection_reason"),
        pl.when(known & (pl.col("rejected") >= NEVER))
        .then(date("closed", "y"))
        .alias("service_discharge_date"),
        pl.col("person").alias("_person"),
        pl.col("day").alias("_day"),
        quarter,
        event_key(life_, "referral", "referral"),
        text(places.COMMUNITY, "_sender"),
    )


def csds_care_contact(life_: Life, period: Period) -> pl.DataFrame:
    cancelled = pl.col("status").is_in(["2", "4"])
    return life_.contact.select(
        number(life_, "contact", "K").alias("care_contact_identifier"),
        number(life_, "referral", "R").alias("service_request_identifier"),
        date("day", "care_contact_date"),
        (pl.col("minute") * 60_000_000_000).cast(pl.Time).alias("care_contact_time"),
        team_code().alias("care_professional_team_local_identifier"),
        pl.when(pl.col("status") == "5")
        .then("duration")
        .cast(pl.String)
        .alias("clinical_contact_duration_of_care_contact"),
        text("01", "consultation_mechanism_community_care"),
        pl.when("at_home")
        .then(pl.lit("A01"))
        .otherwise(pl.lit("B02"))
        .alias("activity_location_type_code"),
        pl.col("status").alias("attendance_status"),
        pl.when(cancelled).then(date("day", "c")).alias("care_contact_cancellation_date"),
        pl.col("person").alias("_person"),
        pl.col("day").alias("_day"),
        pl.col("day").alias("_file_day"),
        event_key(life_, "contact", "contact"),
        text(places.COMMUNITY, "_sender"),
    )


def csds_mpi(referral: pl.DataFrame, life_: Life) -> pl.DataFrame:
    """One row per entry of the provider's index and quarter with an open referral in it."""
    seen = referral.select("_entry", "_person", "_file_day").unique()
    return seen.sort("_file_day", "_person", "_entry").with_columns(
        pl.col("_file_day").alias("_day"),
        event_key(life_, "person", "_person"),
        text(places.COMMUNITY, "_sender"),
    )
