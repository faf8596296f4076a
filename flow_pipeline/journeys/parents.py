"""Which event led to which: by the sender's own references, and for the council by time."""

import polars as pl

from flow_pipeline.calendar import to_utc
from flow_pipeline.journeys.beside import with_looked_up
from flow_pipeline.journeys.nearest import neighbours

COUNCIL_CHAIN_DAYS = 365
AMBULANCE_MINUTES = 60
_PROGRESSED = ("progressed", "continued", "attended")


def with_parents(events: pl.LazyFrame) -> pl.LazyFrame:
    """``events`` with parent_event_id; the reference columns are dropped.

    Contact → referral, ward stay → episode and attendance → ambulance by reference; an attendance
    without an incident number, the ambulance that reached hospital within an hour of its arrival;
    council service → assessment → request, and review → service, the latest that began on or before
    it within a year.
    """
    referred = _by_reference(events)
    brought = _by_time_of_arrival(events, referred)
    council = _council(events)
    parents = pl.concat([referred, brought, council])
    events = with_looked_up(events, "event_id", parents)
    return events.drop("own_reference", "parent_reference")


def _by_reference(events: pl.LazyFrame) -> pl.LazyFrame:
    """Of several rows with the reference: begun by then, same team, latest, lowest id."""
    parents = events.drop_nulls("own_reference").select(
        "person_id",
        pl.col("own_reference").alias("parent_reference"),
        pl.col("event_id").alias("parent_event_id"),
        pl.col("start_at").alias("parent_start"),
        pl.col("team_code").alias("parent_team"),
    )
    pairs = (
        events.drop_nulls("parent_reference")
        .select("event_id", "person_id", "parent_reference", "start_at", "team_code")
        .join(parents, on=["person_id", "parent_reference"], how="inner")
    )
    begun = pl.col("parent_start").dt.date() <= pl.col("start_at").dt.date()
    same_team = pl.col("parent_team").eq_missing(pl.col("team_code"))
    best = pl.col("parent_event_id").sort_by(
        begun, same_team, "parent_start", "parent_event_id", descending=[True, True, True, False]
    )
    return pairs.group_by("event_id").agg(best.first())


def _by_time_of_arrival(events: pl.LazyFrame, referred: pl.LazyFrame) -> pl.LazyFrame:
    """Attendances no incident number led to an ambulance, by time; one ambulance to one attendance.

    An ambulance's ``ready_at`` is its arrival at hospital. Definition: domain, "Carry ED".
    """
    incidents = events.filter(pl.col("event_family") == "ambulance").drop_nulls("ready_at")
    free = incidents.join(
        referred, left_on="event_id", right_on="parent_event_id", how="anti"
    ).select(
        "person_id",
        pl.col("event_id").alias("parent_event_id"),
        to_utc(pl.col("ready_at")).alias("reached_at_utc"),
    )
    alone = events.filter(
        (pl.col("event_family") == "emergency") & (pl.col("start_precision") == "minute")
    ).join(referred, on="event_id", how="anti")
    apart = pl.col("start_at_utc") - pl.col("reached_at_utc")
    pairs = (
        neighbours(
            alone.select("event_id", "person_id", "start_at_utc"),
            "start_at_utc",
            free,
            "reached_at_utc",
            by=["person_id"],
            key="parent_event_id",
        )
        .with_columns(apart.dt.total_minutes().abs().alias("apart"))
        .filter(pl.col("apart") <= AMBULANCE_MINUTES)
        .sort("apart", "event_id", "parent_event_id")
    )
    nearest = pairs.unique("event_id", keep="first", maintain_order=True)
    return nearest.unique("parent_event_id", keep="first", maintain_order=True).select(
        "event_id", "parent_event_id"
    )


def _council(events: pl.LazyFrame) -> pl.LazyFrame:
    family = pl.col("event_family")
    progressed = pl.col("outcome_class").is_in(_PROGRESSED)
    requests = events.filter((family == "asc_request") & progressed)
    assessments = events.filter(family == "asc_assessment")
    services = events.filter(family == "asc_service")
    reviews = events.filter(family == "asc_review")
    return pl.concat(
        [
            _latest(assessments, requests),
            _latest(services, pl.concat([requests, assessments])),
            _latest(reviews, services),
        ]
    )


def _latest(children: pl.LazyFrame, parents: pl.LazyFrame) -> pl.LazyFrame:
    """event_id, parent_event_id: the latest parent of the person and council by the child's day.

    Of two parents on one day the assessment, then the highest id, is taken.
    """
    on = ["person_id", "organisation_code"]
    day = pl.col("start_at").dt.date().alias("day")
    # families in name order: an assessment sorts before a request, so descending puts it last
    earlier = (
        parents.select(*on, day, "event_family", pl.col("event_id").alias("parent_event_id"))
        .sort("day", "event_family", "parent_event_id", descending=[False, True, False])
        .drop("event_family")
    )
    return (
        children.select("event_id", *on, day)
        .sort("day", "event_id")
        .join_asof(
            earlier,
            on="day",
            by=on,
            strategy="backward",
            tolerance=f"{COUNCIL_CHAIN_DAYS}d",
            check_sortedness=False,
        )
        .drop_nulls("parent_event_id")
        .select("event_id", "parent_event_id")
    )
