"""Council extracts: adult social care client level data."""

import datetime as dt

from flow_pipeline.contracts.identity import (
    FOREIGN_NAMESPACE,
    FOREIGN_PSEUDONYM,
    LOCAL_PATIENT_IDENTIFIER_ISSUER,
)
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

_NOT_ASSOCIATED = "client_type <> 'Carer known by association'"
_IS_REQUEST = "event_type = 'Request'"
_IS_ASSESSMENT = "event_type = 'Assessment'"
_IS_SERVICE = "event_type = 'Service'"
_IS_REVIEW = "event_type = 'Review'"
_COMPONENT_SETTING = ClassOf(
    field="service_component", codes="cld_service_component", default="none"
)
_OUTCOME = ClassOf(field="event_outcome", codes="cld_event_outcome", default="attended")
_START = At(date="event_start_date")
_END = At(date="event_end_date")


def _point(family: str, where: str, event_type: str | ClassOf) -> EventMap:
    """An event of the council that takes place on its start date."""
    return EventMap(
        family=family,
        role="point",
        where=where,
        start=_START,
        end=_END,
        event_type=event_type,
        event_subtype="client_type",
        outcome_class=_OUTCOME,
        team_code="care_team",
        reason_code="primary_support_reason",
        clocks=(Clock(name="concluded", at=_END),),
    )


CLD_EVENT = Contract(
    name="cld_event",
    family="council",
    meaning="Requests, assessments, services and reviews of adult social care.",
    grain="one row per event or service and reporting period",
    version="2",
    effective_from=dt.date(2023, 4, 1),
    standard="Adult Social Care Client Level Data",
    standard_version="2",
    sector="council",
    sender_field="la_code",
    fields=(
        Field(name="la_code", meaning="Council.", required="required"),
        Field(
            name="reporting_period_start_date",
            meaning="Start of the reporting period as stated.",
            type="date",
            required="required",
        ),
        Field(
            name="reporting_period_end_date",
            meaning="End of the reporting period as stated.",
            type="date",
            required="required",
        ),
        Field(
            name="nhs_number",
            meaning="NHS number: ten digits with a modulus 11 check digit.",
            required="expected",
            identifier="direct",
            treatment="token",
        ),
        Field(
            name="la_person_unique_identifier",
            meaning="The council's number for the person.",
            required="expected",
            identifier="direct",
            treatment="token",
            role="local_patient_identifier",
        ),
        LOCAL_PATIENT_IDENTIFIER_ISSUER,
        FOREIGN_PSEUDONYM,
        FOREIGN_NAMESPACE,
        Field(
            name="person_family_name",
            meaning="Family name; not in the national return, sent by agreement.",
            identifier="direct",
            treatment="token",
        ),
        Field(
            name="person_given_name",
            meaning="Given names; not in the national return, sent by agreement.",
            identifier="direct",
            treatment="token",
        ),
        Field(
            name="gp_practice_code",
            meaning="GP practice the person is registered with.",
            identifier="quasi",
            role="general_medical_practice_code_patient_registration",
        ),
        Field(
            name="gender",
            meaning="Gender.",
            type="code",
            codes="cld_gender",
            required="expected",
            identifier="quasi",
            role="person_stated_gender_code",
        ),
        Field(
            name="ethnicity",
            meaning="Ethnicity, census labels.",
            type="code",
            codes="cld_ethnicity",
            required="expected",
            identifier="quasi",
            role="ethnic_category",
        ),
        Field(
            name="date_of_birth",
            meaning="Date of birth.",
            type="date",
            required="expected",
            identifier="direct",
            treatment="birth_month",
            role="person_birth_date",
        ),
        Field(
            name="birth_date_precision",
            meaning="Precision of the birth date: day, month or year; day when absent.",
            type="code",
            codes="birth_date_precision",
        ),
        Field(
            name="postcode",
            meaning="Postcode of usual address.",
            required="expected",
            identifier="direct",
            treatment="area",
            role="postcode_of_usual_address",
        ),
        Field(
            name="date_of_death",
            meaning="Date of death.",
            type="date",
            identifier="quasi",
            role="person_death_date",
        ),
        Field(
            name="client_type",
            meaning="Service user or carer.",
            type="code",
            codes="cld_client_type",
            required="required",
        ),
        Field(
            name="primary_support_reason",
            meaning="Main reason for support.",
            required="expected",
            applies_when="event_type <> 'Request'",
        ),
        Field(
            name="accommodation_status",
            meaning="Where and how the person lives.",
            required="expected",
        ),
        Field(
            name="client_funding_status",
            meaning="Who pays.",
            type="code",
            codes="cld_funding_status",
        ),
        Field(
            name="event_type",
            meaning="Request, assessment, service or review.",
            type="code",
            codes="cld_event_type",
            required_when=_NOT_ASSOCIATED,
        ),
        Field(
            name="event_reference",
            meaning="The council's reference of the event; not a key.",
            treatment="drop",
            identifier="quasi",
        ),
        Field(
            name="event_start_date",
            meaning="Start of the event.",
            type="date",
            required_when=_NOT_ASSOCIATED,
        ),
        Field(
            name="event_end_date",
            meaning="End of the event; only services may be open.",
            type="date",
            required_when="event_type IN ('Request', 'Assessment', 'Review')",
        ),
        Field(
            name="event_description",
            meaning="Free text; goes no further than ingest.",
            treatment="drop",
            identifier="quasi",
        ),
        Field(
            name="event_outcome",
            meaning="What the event led to.",
            type="code",
            codes="cld_event_outcome",
            required="expected",
            applies_when=_NOT_ASSOCIATED,
        ),
        Field(
            name="request_route_of_access",
            meaning="How the request came about.",
            type="code",
            codes="cld_route_of_access",
            required="expected",
            applies_when=_IS_REQUEST,
        ),
        Field(
            name="assessment_type",
            meaning="Kind of assessment.",
            required="expected",
            applies_when=_IS_ASSESSMENT,
        ),
        Field(
            name="service_type",
            meaning="Kind of service.",
            type="code",
            codes="cld_service_type",
            required_when=_IS_SERVICE,
            applies_when=_IS_SERVICE,
        ),
        Field(
            name="service_component",
            meaning="What the service consists of.",
            type="code",
            codes="cld_service_component",
            required="expected",
            applies_when=_IS_SERVICE,
        ),
        Field(
            name="delivery_mechanism",
            meaning="How the service is delivered.",
            type="code",
            codes="cld_delivery_mechanism",
            applies_when=_IS_SERVICE,
        ),
        Field(
            name="provider_cqc_location_id",
            meaning="Location of the service's provider, Care Quality Commission number.",
        ),
        Field(
            name="care_team",
            meaning="The council's team, where it is sent: the unit of hand-offs.",
        ),
        Field(
            name="unit_cost",
            meaning="Cost of a unit of the service in pounds.",
            type="decimal",
            minimum=0,
            applies_when=_IS_SERVICE,
        ),
        Field(
            name="cost_frequency_unit_type",
            meaning="Unit to which the unit cost refers.",
            type="code",
            codes="cld_cost_frequency",
            applies_when=_IS_SERVICE,
        ),
        Field(
            name="planned_units_per_week",
            meaning="Units planned per week.",
            type="decimal",
            minimum=0,
            applies_when=_IS_SERVICE,
        ),
        Field(
            name="review_reason",
            meaning="Why the review took place.",
            required="expected",
            applies_when=_IS_REVIEW,
        ),
    ),
    natural_key=(
        Key(
            fields=(
                "nhs_number",
                "la_person_unique_identifier",
                "event_type",
                "event_start_date",
                "event_end_date",
                "client_type",
                "request_route_of_access",
            ),
            where=_IS_REQUEST,
        ),
        Key(
            fields=(
                "nhs_number",
                "la_person_unique_identifier",
                "event_type",
                "event_start_date",
                "event_end_date",
                "client_type",
                "assessment_type",
            ),
            where=_IS_ASSESSMENT,
        ),
        Key(
            fields=(
                "nhs_number",
                "la_person_unique_identifier",
                "event_type",
                "event_start_date",
                "client_type",
                "service_type",
                "service_component",
            ),
            where=_IS_SERVICE,
        ),
        Key(
            fields=(
                "nhs_number",
                "la_person_unique_identifier",
                "event_type",
                "event_start_date",
                "event_end_date",
                "client_type",
            ),
            where="TRUE",
        ),
    ),
    identity=("row", "reference"),
    period_start="event_start_date",
    period_end="event_end_date",
    rules=(
        Rule(
            rule_id="K01",
            name="event_ends_after_it_starts",
            condition="event_end_date >= event_start_date",
            columns=("event_start_date", "event_end_date"),
            mend="Correct the start or the end of the event.",
        ),
    ),
    events=(
        _point("asc_request", _IS_REQUEST, "request_route_of_access"),
        _point("asc_assessment", _IS_ASSESSMENT, "assessment_type"),
        EventMap(
            family="asc_service",
            role="interval",
            where=f"{_IS_SERVICE} AND service_type = 'Short Term Support: ST-Max'",
            start=_START,
            end=_END,
            event_type=ClassOf(field="service_type", codes="cld_service_type"),
            event_subtype="service_component",
            setting=_COMPONENT_SETTING,
            outcome_class=_OUTCOME,
            team_code="care_team",
            reason_code="primary_support_reason",
        ),
        EventMap(
            family="asc_service",
            role="context",
            where=f"{_IS_SERVICE} AND COALESCE(service_type, '') <> 'Short Term Support: ST-Max'",
            start=_START,
            end=_END,
            event_type=ClassOf(field="service_type", codes="cld_service_type", default="other"),
            event_subtype="service_component",
            setting=_COMPONENT_SETTING,
            outcome_class=_OUTCOME,
            team_code="care_team",
            reason_code="primary_support_reason",
        ),
        _point("asc_review", _IS_REVIEW, "review_reason"),
    ),
)

CONTRACTS = (CLD_EVENT,)
