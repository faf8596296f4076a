"""Waits from a referral or a booking."""

import polars as pl

from flow_pipeline.journeys.delay_ends import PARTS, ending, first_of, settled, sooner, started
from flow_pipeline.journeys.parameters import Parameters


def planned_delays(
    event: pl.LazyFrame, clock: pl.LazyFrame, dead: pl.LazyFrame, parameters: Parameters
) -> list[pl.LazyFrame]:
    """Referral to first contact, booking to practice appointment, referral to outpatient."""
    return [
        _first_contact(event, dead, parameters),
        _practice(event, clock, parameters),
        _outpatient(event, clock, parameters),
    ]


def _first_contact(event: pl.LazyFrame, dead: pl.LazyFrame, parameters: Parameters) -> pl.LazyFrame:
    """From receipt of a referral that was not rejected to its first attended contact.

    A referral closed before any contact, or a death, is a competing end.
    """
    referrals = event.filter(
        (pl.col("event_family") == "community_referral") & (pl.col("outcome_class") != "rejected")
    ).join(dead, on="person_id", how="left")
    closed = pl.when(pl.col("end_status") == "recorded").then(pl.col("end_at").dt.date())
    referrals = referrals.with_columns(closed.alias("closed_on"))
    contacts = event.filter((pl.col("event_family") == "community_contact") & pl.col("is_bridging"))
    ends = ending(contacts, pl.col("parent_event_id").alias("from_event_id"))
    starts = started(referrals, rival=sooner("died_on", "closed_on"))
    first = first_of(ends.drop_nulls("from_event_id"), "from_event_id")
    waits = starts.join(first, on="from_event_id", how="left")
    return settled(waits, parameters, "referral_to_first_contact")


def _clocked(event: pl.LazyFrame, clock: pl.LazyFrame, name: str) -> pl.LazyFrame:
    moments = clock.filter(pl.col("clock") == name).select(
        "event_id", *(pl.col(p).alias(f"clock_{p}") for p in PARTS)
    )
    known = event.join(moments, on="event_id")
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
