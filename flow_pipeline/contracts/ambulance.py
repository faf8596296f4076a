"""Ambulance extracts: incidents, from the call to the handover at hospital."""

import datetime as dt

from flow_pipeline.contracts.identity import IDENTITY_BLOCK
from flow_pipeline.contracts.language import (
    At,
    ClassOf,
    Clock,
    Contract,
    EventMap,
    Field,
    Key,
    Rule,
)

_CALL = "call_connect_date_time"
_AT_HOSPITAL = "arrival_at_hospital_date_time"
_HANDOVER = "handover_date_time"
_CLEAR = "clear_date_time"


def _moment(name: str, meaning: str, **more: str) -> Field:
    return Field(name=name, meaning=meaning, type="datetime", **more)  # type: ignore[arg-type]


def _incident(where: str, end: str | None) -> EventMap:
    """An incident as an event that lasts while the service has the person.

    The person is the service's until handed over at hospital; a crew that clears later is busy with
    its vehicle. ``ready`` is the arrival at hospital, when the person could have been handed over.
    """
    return EventMap(
        family="ambulance",
        role="interval" if end else "point",
        where=where,
        start=At(datetime=_CALL),
        end=At(datetime=end) if end else None,
        event_type=ClassOf(
            field="ambulance_response_category",
            codes="ambulance_response_category",
            default="other",
        ),
        event_subtype="ambulance_incident_disposition",
        planned="'unplanned'",
        outcome_class=ClassOf(
            field="ambulance_incident_disposition",
            codes="ambulance_disposition",
            default="attended",
        ),
        organisation_code="organisation_identifier_code_of_provider",
        team_code="ambulance_station_code",
        reason_code="chief_complaint_code",
        ready=At(datetime=_AT_HOSPITAL),
        clocks=(
            Clock(name="arrived", at=At(datetime="arrival_at_scene_date_time")),
            Clock(name="handed_over", at=At(datetime=_HANDOVER)),
            Clock(name="cleared", at=At(datetime=_CLEAR)),
        ),
        cost="patient_level_cost",
    )


AMBULANCE_INCIDENT = Contract(
    name="ambulance_incident",
    family="ambulance",
    meaning="Calls to the ambulance service and what became of them.",
    grain="one row per incident and patient",
    version="1",
    effective_from=dt.date(2020, 4, 1),
    standard="NHS Ambulance Data Set",
    standard_version="1.0",
    sector="ambulance",
    sender_field="organisation_identifier_code_of_provider",
    fields=(
        Field(
            name="organisation_identifier_code_of_provider",
            meaning="Ambulance service; the sender when absent.",
        ),
        Field(
            name="ambulance_incident_number",
            meaning="The ambulance service's number for the incident.",
            required="required",
            treatment="hmac",
            id_domain="ambulance_incident",
            identifier="quasi",
        ),
        Field(
            name="ambulance_care_contact_identifier",
            meaning="The service's number for the patient within the incident.",
            treatment="hmac",
            id_domain="ambulance_care_contact",
            identifier="quasi",
        ),
        _moment(_CALL, "When the call was connected.", required="required"),
        Field(
            name="ambulance_response_category",
            meaning="Category of the response, C1 to C5.",
            type="code",
            codes="ambulance_response_category",
            required="expected",
        ),
        Field(
            name="chief_complaint_code",
            meaning="Chief complaint as the call was triaged.",
            type="code",
        ),
        _moment("arrival_at_scene_date_time", "When the first crew arrived at the scene."),
        _moment("departure_from_scene_date_time", "When the person was taken from the scene."),
        _moment(_AT_HOSPITAL, "When the crew arrived at hospital with the person."),
        Field(
            name=_HANDOVER,
            meaning="When the hospital had taken over the care of the person.",
            type="datetime",
            required="expected",
            applies_when=f"{_AT_HOSPITAL} IS NOT NULL",
        ),
        _moment(_CLEAR, "When the crew was free for another incident."),
        Field(
            name="ambulance_incident_disposition",
            meaning="How the incident was closed: on the telephone, at the scene, conveyed.",
            type="code",
            codes="ambulance_disposition",
            required="required",
        ),
        Field(
            name="organisation_site_identifier_conveyed_to",
            meaning="Site to which the person was taken.",
            required="expected",
            applies_when=f"{_AT_HOSPITAL} IS NOT NULL",
        ),
        Field(name="ambulance_station_code", meaning="Station or unit that responded."),
        Field(
            name="patient_level_cost",
            meaning="Cost of the incident in pounds, where the service costs at patient level.",
            type="decimal",
        ),
        *IDENTITY_BLOCK,
    ),
    natural_key=(
        Key(fields=("ambulance_incident_number", "ambulance_care_contact_identifier")),
        Key(fields=("ambulance_incident_number", "nhs_number")),
        Key(fields=("ambulance_incident_number",)),
    ),
    period_start=_CALL,
    period_end=_CALL,
    rules=(
        Rule(
            rule_id="K01",
            name="handover_after_arrival_at_hospital",
            condition=f"{_HANDOVER} >= {_AT_HOSPITAL}",
            columns=(_AT_HOSPITAL, _HANDOVER),
            mend="Correct the arrival at hospital or the handover.",
        ),
        Rule(
            rule_id="K01",
            name="clear_after_call",
            condition=f"{_CLEAR} >= {_CALL}",
            columns=(_CALL, _CLEAR),
            mend="Correct the call or the time the crew was clear.",
        ),
        Rule(
            rule_id="K09",
            name="scene_before_hospital",
            condition=f"arrival_at_scene_date_time <= {_AT_HOSPITAL}",
            columns=("arrival_at_scene_date_time", _AT_HOSPITAL),
            severity="warn",
            mend="Correct the arrival at the scene or at hospital.",
        ),
        Rule(
            rule_id="V11",
            name="conveyed_goes_with_arrival_at_hospital",
            condition=(
                "ambulance_incident_disposition <> 'see_and_convey_ed' "
                f"OR {_AT_HOSPITAL} IS NOT NULL"
            ),
            columns=("ambulance_incident_disposition",),
            severity="warn",
            mend="Give the arrival at hospital of a person who was conveyed to one.",
        ),
    ),
    events=(
        _incident(f"{_HANDOVER} IS NOT NULL", _HANDOVER),
        _incident(f"{_HANDOVER} IS NULL AND {_CLEAR} IS NOT NULL", _CLEAR),
        # Without an end of any kind it is taken at its start: an incident does not stay open.
        _incident(f"{_HANDOVER} IS NULL AND {_CLEAR} IS NULL", None),
    ),
)

CONTRACTS = (AMBULANCE_INCIDENT,)
