"""Waits from a referral or a booking."""

import polars as pl

from flow_pipeline.journeys.delay_ends import (
    PARTS,
    ending,
    first_of,
    is_forward,
    settled,
    sooner,
    started,
)
from flow_pipeline.journeys.parameters import Parameters

_REFERRALS = ("community_referral", "mh_referral")
_CONTACTS = ("community_contact", "mh_contact")
_WITH_ACCEPTANCE = ("intermediate_care", "virtual_ward", "hospice")


def planned_delays(
    event: pl.LazyFrame, clock: pl.LazyFrame, dead: pl.LazyFrame, parameters: Parameters
) -> list[pl.LazyFrame]:
    """Referral to first contact and to triage, booking to practice appointment, referral to
    outpatient."""
    return [
        _first_contact(event, dead, parameters),
        _triage(event, clock, dead, parameters),
        _practice(event, clock, parameters),
        _outpatient(event, clock, parameters),
    ]


def _first_contact(event: pl.LazyFrame, dead: pl.LazyFrame, parameters: Parameters) -> pl.LazyFrame:
    """From receipt of a referral that was not rejected to its first attended contact: community
    and mental health.

    A referral closed before any contact, or a death, is a competing end. What a contact before the
    receipt answered was no wait for this one: it does not end it.
    """
    referrals = event.filter(
        pl.col("event_family").is_in(_REFERRALS) & (pl.col("outcome_class") != "rejected")
    ).join(dead, on="person_id", how="left")
    closed = pl.when(pl.col("end_status") == "recorded").then(pl.col("end_at").dt.date())
    referrals = referrals.with_columns(closed.alias("closed_on"))
    contacts = event.filter(pl.col("event_family").is_in(_CONTACTS) & pl.col("is_bridging"))
    ends = ending(contacts, pl.col("parent_event_id").alias("from_event_id"))
    starts = started(referrals, rival=sooner("died_on", "closed_on"))
    received = starts.select("from_event_id", *(f"start_{p}" for p in PARTS))
    since = ends.join(received, on="from_event_id").filter(is_forward())
    first = first_of(since.drop(f"start_{p}" for p in PARTS), "from_event_id")
    waits = starts.join(first, on="from_event_id", how="left")
    return settled(waits, parameters, "referral_to_first_contact")


def _triage(
    event: pl.LazyFrame, clock: pl.LazyFrame, dead: pl.LazyFrame, parameters: Parameters
) -> pl.LazyFrame:
    """From receipt of a referral to its acceptance or rejection, in whichever came.

    Of services that record both. Care that began without a recorded decision says nothing of
    triage. Community services record rejections alone: those are told, and left out of summaries,
    which every wait for an acceptance would be missing from.
    """
    rows = event.filter(pl.col("event_family").is_in(_WITH_ACCEPTANCE)).join(
        dead, on="person_id", how="left"
    )
    received = _named_moment(clock, "received", "clock")
    accepted, rejected = (_named_moment(clock, n, n) for n in ("accepted", "rejected"))
    timed = (
        rows.join(received, on="event_id")
        .join(accepted, on="event_id", how="left")
        .join(rejected, on="event_id", how="left")
    )
    decided = {
        p: pl.when(pl.col("accepted_at").is_not_null())
        .then(f"accepted_{p}")
        .otherwise(f"rejected_{p}")
        for p in PARTS
    }
    timed = timed.with_columns(e.alias(f"decided_{p}") for p, e in decided.items())
    told = timed.filter(pl.col("decided_at").is_not_null() | (pl.col("outcome_class") == "open"))
    waits = started(
        told,
        "clock",
        rival=pl.col("died_on"),
        to_event_id=pl.col("event_id"),
        **{f"end_{p}": pl.col(f"decided_{p}") for p in PARTS},
    )
    rejections = _rejections(event, rejected)
    return settled(pl.concat([waits, rejections]), parameters, "referral_to_triage")


def _rejections(event: pl.LazyFrame, rejected: pl.LazyFrame) -> pl.LazyFrame:
    """Referrals to community services that were rejected, from their receipt on."""
    referrals = event.filter(pl.col("event_family") == "community_referral")
    return started(
        referrals.join(rejected, on="event_id"),
        "start",
        left_out=pl.lit("acceptance_not_recorded"),
        to_event_id=pl.col("event_id"),
        **{f"end_{p}": pl.col(f"rejected_{p}") for p in PARTS},
    )


def _named_moment(clock: pl.LazyFrame, name: str, prefix: str) -> pl.LazyFrame:
    return clock.filter(pl.col("clock") == name).select(
        "event_id", *(pl.col(p).alias(f"{prefix}_{p}") for p in PARTS)
    )


def _clocked(event: pl.LazyFrame, clock: pl.LazyFrame, name: str) -> pl.LazyFrame:
    known = event.join(_named_moment(clock, name, "clock"), on="event_id")
    return known.filter(pl.col("clock_at") <= pl.col("start_at"))


def _own_end(rows: pl.LazyFrame, parameters: Parameters, measure: str) -> pl.LazyFrame:
    """From a clock of the event to the event itself; missed or cancelled is a competing end."""
    came = pl.col("is_received")
    lost = ~came & (pl.col("outcome_class") != "booked")
    waits = started(
        rows,
        "clock",
        rival=pl.when(lost).then(pl.col("start_at").dt.date()),
        to_event_id=pl.col("event_id"),
        **{f"end_{p}": pl.when(came).then(f"start_{p}") for p in PARTS},
    )
    return settled(waits, parameters, measure)


def _practice(event: pl.LazyFrame, clock: pl.LazyFrame, parameters: Parameters) -> pl.LazyFrame:
    appointments = event.filter(pl.col("event_family") == "gp_appointment")
    booked = _clocked(appointments, clock, "booked")
    return _own_end(booked, parameters, "booking_to_gp_appointment")


def _outpatient(event: pl.LazyFrame, clock: pl.LazyFrame, parameters: Parameters) -> pl.LazyFrame:
    """First attendances that took place: a missed one does not stop the referral's clock."""
    first = event.filter(
        (pl.col("event_family") == "outpatient")
        & (pl.col("event_type") == "first")
        & pl.col("is_bridging")
    )
    return _own_end(_clocked(first, clock, "received"), parameters, "referral_to_outpatient")
