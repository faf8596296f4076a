"""Measured waits (definition: delay measures), each ending in an event, a competing end or none."""

from collections.abc import Mapping

import polars as pl

from flow_pipeline.journeys.beside import with_looked_up
from flow_pipeline.journeys.delays_council import council_delays
from flow_pipeline.journeys.delays_emergency import emergency_delays
from flow_pipeline.journeys.delays_hospital import hospital_delays
from flow_pipeline.journeys.delays_planned import planned_delays
from flow_pipeline.journeys.kept import kept
from flow_pipeline.journeys.parameters import Parameters
from flow_pipeline.journeys.stays import Stays
from flow_pipeline.tables.journeys import DELAY, DELAY_MEASURES


def delay(
    event: pl.LazyFrame,
    event_clock: pl.LazyFrame,
    stays: Stays,
    journey_member: pl.LazyFrame,
    parameters: Parameters,
    core: Mapping[str, pl.LazyFrame],
    deaths: pl.LazyFrame,
) -> pl.LazyFrame:
    """The table delay. Minutes are exact where both ends have a time, else whole days.

    ``core`` (contract name → core table) is read for whom the published methods count only;
    ``deaths`` (``LinkedRows``) are those that any record tells of.
    Referral to triage is told of services that record acceptance: intermediate care, virtual wards
    and hospices; of community services rejections alone are known.
    """
    measures = [
        *emergency_delays(event, event_clock, deaths, parameters),
        *hospital_delays(event, core, stays, deaths, parameters),
        *planned_delays(event, event_clock, deaths, parameters),
        *council_delays(event, event_clock, core, deaths, parameters),
    ]
    # one by one: together, Polars keeps whole events for what several measures filter alike
    measured = pl.concat(kept(measure) for measure in measures)
    told = with_looked_up(
        event.select("event_id", pl.col("person_id").rle_id().alias("person")),
        "event_id",
        journey_member.select("event_id", "journey_id"),
    )
    placed = measured.join(told, left_on="from_event_id", right_on="event_id", how="left")
    # the order of the table: events are in order of persons, and numbers are sorted sooner
    measure = pl.col("measure").cast(pl.Enum(sorted(DELAY_MEASURES)))
    return DELAY.shaped(placed.sort("person", "start_at", measure, "from_event_id"))
