"""Care that began anew soon after a service had closed (definition: failure-demand flags; ours)."""

import polars as pl

from flow_pipeline.journeys.flags import flagged

REOPENED_DAYS = 28
_EXPECTED_ROUTES = ("Discharge from reablement", "Discharge from hospital")


def reopened_referrals(event: pl.LazyFrame) -> pl.LazyFrame:
    """Community referrals to a team that had closed an earlier one at most 28 days before."""
    unit = ["person_id", "organisation_code", "team_code", "event_type"]
    referrals = event.filter(
        (pl.col("event_family") == "community_referral") & pl.col("is_bridging")
    ).select(*unit, "event_id", "sector", "start_at", "end_at", "end_status")
    closed = referrals.filter(pl.col("end_status") == "recorded").select(
        *unit,
        pl.col("event_id").alias("closed_id"),
        pl.col("end_at").dt.date().alias("day"),
    )
    opened = referrals.with_columns(pl.col("start_at").dt.date().alias("day"))
    unit_key = pl.concat_str(unit, separator="|", ignore_nulls=True).alias("unit")
    again = (
        opened.with_columns(unit_key)
        .sort("day", "event_id")
        .join_asof(
            closed.with_columns(unit_key).drop(unit).sort("day", "closed_id"),
            on="day",
            by="unit",
            strategy="backward",
            tolerance=f"{REOPENED_DAYS}d",
            check_sortedness=False,
        )
    )
    again = again.filter(
        pl.col("closed_id").is_not_null() & (pl.col("closed_id") != pl.col("event_id"))
    )
    return flagged(
        again,
        "fd_discharge_reopen",
        "closing_service",
        pl.col("closed_id"),
        pl.col("organisation_code"),
        pl.col("sector"),
    )


def requests_after_closure(event: pl.LazyFrame) -> pl.LazyFrame:
    """Council requests at most 28 days after that council ended a service of the person.

    What reablement hands on is no failure, nor is what follows a stay in hospital or in which the
    service ended with admission or death.
    """
    council = ["person_id", "organisation_code"]
    ended = event.filter(
        (pl.col("event_family") == "asc_service")
        & (pl.col("end_status") == "recorded")
        & ~pl.col("outcome_class").is_in(("admitted", "died")).fill_null(False)
    ).select(
        *council, pl.col("event_id").alias("closed_id"), pl.col("end_at").dt.date().alias("day")
    )
    asked = event.filter(
        (pl.col("event_family") == "asc_request")
        & ~pl.col("event_type").is_in(_EXPECTED_ROUTES).fill_null(False)
    ).with_columns(pl.col("start_at").dt.date().alias("day"))
    again = asked.sort("day", "event_id").join_asof(
        ended.sort("day", "closed_id"),
        on="day",
        by=council,
        strategy="backward",
        tolerance=f"{REOPENED_DAYS}d",
        check_sortedness=False,
    )
    return flagged(
        again.drop_nulls("closed_id"),
        "fd_discharge_reopen",
        "closing_service",
        pl.col("closed_id"),
        pl.col("organisation_code"),
        pl.col("sector"),
    )
