"""Journeys: core rows → events → spells → journeys, hand-offs, delays, failure demand."""

from flow_pipeline.journeys.assembly import care_event, continuous_spell, journey, spell
from flow_pipeline.journeys.bridging import with_bridge_ends
from flow_pipeline.journeys.buckets import (
    RECORDS_AT_ONCE,
    dropped_in_all,
    person_buckets,
    repeated_records,
)
from flow_pipeline.journeys.council_chains import request_sequel
from flow_pipeline.journeys.delays import delay
from flow_pipeline.journeys.events import Events, make_events
from flow_pipeline.journeys.failure_demand import failure_demand
from flow_pipeline.journeys.journeys import Journeys, make_journeys
from flow_pipeline.journeys.kept import computed, kept, kept_together
from flow_pipeline.journeys.linked import LinkedRows, linked_rows, placed_rows
from flow_pipeline.journeys.midnights import unknown_midnights
from flow_pipeline.journeys.parameters import FlagParameters, Parameters
from flow_pipeline.journeys.persons import linkage_of_persons, person
from flow_pipeline.journeys.placing import placed, places_in
from flow_pipeline.journeys.reablement import reablement_outcome
from flow_pipeline.journeys.records import details, event_code
from flow_pipeline.journeys.relisting import listed_until
from flow_pipeline.journeys.residence import residence
from flow_pipeline.journeys.sensitivity import gap_sensitivity
from flow_pipeline.journeys.stays import Stays, make_stays

__all__ = [
    "RECORDS_AT_ONCE",
    "Events",
    "FlagParameters",
    "Journeys",
    "LinkedRows",
    "Parameters",
    "Stays",
    "care_event",
    "computed",
    "continuous_spell",
    "delay",
    "details",
    "dropped_in_all",
    "event_code",
    "failure_demand",
    "gap_sensitivity",
    "journey",
    "kept",
    "kept_together",
    "linkage_of_persons",
    "linked_rows",
    "listed_until",
    "make_events",
    "make_journeys",
    "make_stays",
    "person",
    "person_buckets",
    "placed",
    "placed_rows",
    "places_in",
    "reablement_outcome",
    "repeated_records",
    "request_sequel",
    "residence",
    "spell",
    "unknown_midnights",
    "with_bridge_ends",
]
