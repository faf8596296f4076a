"""Care that began anew soon after a service had closed (definition: failure-demand flags; ours)."""

import polars as pl

from flow_pipeline.journeys.flags import flagged
from flow_pipeline.journeys.moments import start_key

REOPENED_DAYS = 28
_UNIT = ("person_id", "organisation_code", "team_code", "event_type")
_EXPECTED_ROUTES = ("Discharge from reablement", "Discharge from hospital")


def reopened_referrals(event: pl.LazyFrame) -> pl.LazyFrame:
    """Community referrals to a team that had closed an earlier one at most 28 days before.

    In: ``event`` (table). Out: rows of ``flagged``, one per referral, with the latest such closure.
    """
    referrals = event.filter(
        (pl.col("event_family") == "community_referral") & pl.col("is_bridging")
    )
    again = _with_latest_closure(referrals)
    since = (pl.col("opened_on") - pl.col("closed_on")).dt.total_days()
    again = again.filter(since <= REOPENED_DAYS)
    return flagged(
        again,
        "fd_discharge_reopen",
        "closing_service",
        pl.col("closed_id"),
        pl.col("organisation_code"),
        pl.col("sector"),
    )


def _with_latest_closure(referrals: pl.LazyFrame) -> pl.LazyFrame:
    """``referrals`` with opened_on, and closed_id and closed_on of the latest closure by then of
    another referral to the same team; null where there is none.

    On one day a closure stands where its referral does in the order of events, after it: so no
    referral finds itself or a later one, and of closures on one day the last is found.
    """
    columns = (*_UNIT, "event_id", "sector", start_key("start").alias("place"))
    opened_on, closed_on = (pl.col(f"{name}_at").dt.date() for name in ("start", "end"))
    opened = referrals.select(*columns, opened_on.alias("opened_on"), opened_on.alias("day"))
    closed = referrals.filter(pl.col("end_status") == "recorded").select(
        *columns,
        closed_on.alias("day"),
        closed_on.alias("closed_on"),
        pl.col("event_id").alias("closed_id"),
    )
    moments = pl.concat([opened, closed], how="diagonal").sort(
        *_UNIT,
        "day",
        "place",
        "event_id",
        "closed_id",  # an opening has no closed_id: it is first
    )
    latest = (pl.col(name).forward_fill().over(_UNIT) for name in ("closed_id", "closed_on"))
    return moments.with_columns(latest).drop_nulls("opened_on")


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
