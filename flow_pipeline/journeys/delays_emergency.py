"""Waits of ambulances at hospital, in emergency departments, and from them to practices."""

import polars as pl

from flow_pipeline.journeys.delay_ends import (
    LOOK_FORWARD_DAYS,
    PARTS,
    ending,
    first_after,
    settled,
    started,
)
from flow_pipeline.journeys.moments import minutes_between
from flow_pipeline.journeys.parameters import Parameters

_FROM_ARRIVAL = {"ed_arrival_to_assessment": "assessed", "ed_arrival_to_treatment": "seen"}
_TO_DEPARTURE = {"ed_decision_to_departure": "decided", "ed_ready_to_departure": "ready"}


def emergency_delays(
    event: pl.LazyFrame, clock: pl.LazyFrame, dead: pl.LazyFrame, parameters: Parameters
) -> list[pl.LazyFrame]:
    """Arrival, assessment, treatment, decision, ready and departure of each attendance; handover
    of each ambulance.

    A moment that was not recorded gives no row (an end that stands in for a departure is none),
    nor does one that lies before the start. Where the person died in the department, the departure
    is a competing end.
    """
    visits = event.filter(pl.col("event_family") == "emergency").join(
        dead, on="person_id", how="left"
    )
    died = pl.col("outcome_class") == "died"
    whole = visits.filter(_has_left())
    departure = whole.with_columns(
        pl.when(died).then(pl.col("end_at").dt.date()).alias("left_dead")
    )
    measured = [_within(_span(departure, "start", "end"), "ed_arrival_to_departure")]
    for measure, name in _FROM_ARRIVAL.items():
        timed = visits.join(_moment(clock, name), on="event_id").with_columns(
            pl.lit(None, pl.Date).alias("left_dead")
        )
        measured.append(_within(_span(timed, "start", "clock"), measure))
    for measure, name in _TO_DEPARTURE.items():
        timed = departure.join(_moment(clock, name), on="event_id")
        measured.append(_within(_span(timed, "clock", "end"), measure))
    measured.append(_within(_handovers(event, clock), "ambulance_handover"))
    return [*measured, _to_practice(event, visits, parameters)]


def _has_left() -> pl.Expr:
    return pl.col("end_at").is_not_null() & (pl.col("end_status") == "recorded")


def _handovers(event: pl.LazyFrame, clock: pl.LazyFrame) -> pl.LazyFrame:
    """From the ambulance's arrival at hospital to the handover, where both were recorded."""
    brought = event.filter(pl.col("event_family") == "ambulance")
    arrived = _moment(clock, "ready").rename({f"clock_{p}": f"arrived_{p}" for p in PARTS})
    timed = brought.join(arrived, on="event_id").join(_moment(clock, "handed_over"), on="event_id")
    return _span(timed.with_columns(pl.lit(None, pl.Date).alias("left_dead")), "arrived", "clock")


def _moment(clock: pl.LazyFrame, name: str) -> pl.LazyFrame:
    return clock.filter(pl.col("clock") == name).select(
        "event_id", *(pl.col(p).alias(f"clock_{p}") for p in PARTS)
    )


def _span(visits: pl.LazyFrame, first: str, last: str) -> pl.LazyFrame:
    """A wait within one attendance."""
    return visits.select(
        "person_id",
        pl.col("event_id").alias("from_event_id"),
        pl.col("event_id").alias("to_event_id"),
        *(pl.col(f"{first}_{p}").alias(f"start_{p}") for p in PARTS),
        *(pl.col(f"{last}_{p}").alias(f"end_{p}") for p in PARTS),
        pl.col("left_dead"),
        pl.lit(None, pl.String).alias("match_quality"),
    ).filter(pl.col("end_at_utc") >= pl.col("start_at_utc"))


def _within(spans: pl.LazyFrame, measure: str) -> pl.LazyFrame:
    """Recorded spans are complete whatever day they end; a death makes the end a competing one."""
    died = pl.col("left_dead").is_not_null()
    return spans.select(
        pl.lit(measure).alias("measure"),
        "person_id",
        "from_event_id",
        pl.when(~died).then("to_event_id").alias("to_event_id"),
        "start_at",
        "end_at",
        minutes_between("start", "end").alias("minutes"),
        pl.when(died).then(pl.lit("competing")).otherwise(pl.lit("event")).alias("end_kind"),
        "match_quality",
        pl.lit(None, pl.String).alias("left_out"),
    )


def _to_practice(event: pl.LazyFrame, visits: pl.LazyFrame, parameters: Parameters) -> pl.LazyFrame:
    """From an attendance that did not end in admission or death to the next practice contact."""
    home = visits.filter(
        _has_left()
        & ~pl.col("destination_class").is_in(("admitted", "died")).fill_null(False)
        & (pl.col("outcome_class") != "died")
    )
    contacts = event.filter((pl.col("event_family") == "gp_appointment") & pl.col("is_bridging"))
    waits = first_after(
        started(home, "end", rival=pl.col("died_on")), ending(contacts, "person_id")
    )
    return settled(waits, parameters, "ed_to_gp_contact", within=LOOK_FORWARD_DAYS)
