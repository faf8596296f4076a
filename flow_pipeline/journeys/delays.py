"""Measured waits (definition: delay measures), each ending in an event, a competing end or none."""

import polars as pl

from flow_pipeline.journeys.delay_ends import deaths
from flow_pipeline.journeys.delays_council import council_delays
from flow_pipeline.journeys.delays_emergency import emergency_delays
from flow_pipeline.journeys.delays_hospital import hospital_delays
from flow_pipeline.journeys.delays_planned import planned_delays
from flow_pipeline.journeys.kept import kept
from flow_pipeline.journeys.parameters import Parameters
from flow_pipeline.journeys.stays import Stays
from flow_pipeline.tables.journeys import DELAY


def delay(
    event: pl.LazyFrame,
    event_clock: pl.LazyFrame,
    stays: Stays,
    journey_member: pl.LazyFrame,
    parameters: Parameters,
) -> pl.LazyFrame:
    """The table delay. Minutes are exact where both ends have a time, else whole days.

    Referral to triage is measured of services that record acceptance: intermediate care, virtual
    wards and hospices.
    """
    dead = kept(deaths(event))
    measured = pl.concat(
        [
            *emergency_delays(event, event_clock, dead, parameters),
            *hospital_delays(event, stays, dead, parameters),
            *planned_delays(event, event_clock, dead, parameters),
            *council_delays(event, event_clock, dead, parameters),
        ]
    )
    members = journey_member.select(pl.col("event_id").alias("from_event_id"), "journey_id")
    return DELAY.conform(measured.join(members, on="from_event_id", how="left"))
