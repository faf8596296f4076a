"""Council extracts: adult social care client level data."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace

from flow_pipeline.contracts.codes import code_lists
from flow_pipeline.contracts.identity import (
    CHI_NUMBER,
    FOREIGN_NAMESPACE,
    FOREIGN_PSEUDONYM,
    LOCAL_PATIENT_IDENTIFIER_ISSUER,
    POSTCODE_PATTERN,
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
    Supersede,
)

# Release 1 says it one way, release 2 the other; core rows hold the first.
_ASSOCIATED = "client_type IN ('Carer known by association', 'Unpaid carer known by association')"
_NOT_ASSOCIATED = f"NOT ({_ASSOCIATED})"
_IS_CARER = "client_type NOT IN ('Service User', 'Service user')"
_IS_SERVICE_USER = "client_type IN ('Service User', 'Service user')"
_IS_REQUEST = "event_type = 'Request'"
_IS_ASSESSMENT = "event_type = 'Assessment'"
_IS_SERVICE = "event_type = 'Service'"
_IS_REVIEW = "event_type = 'Review'"
_IS_FINANCIAL = "COALESCE(assessment_type, '') LIKE '%inancial%'"


def _quoted(texts: Iterable[str]) -> str:
    return ", ".join(f"'{text}'" for text in texts)


def _called(list_name: str, *names: str) -> str:
    """Codes of a list with other releases' names for them, as SQL."""
    codes = code_lists()[list_name].codes
    return _quoted(c.code for c in codes if c.code in names or c.core in names)


_ST_MAX = f"({_called('cld_service_type', 'Short Term Support: ST-Max')})"
_SERVICE_TYPES = code_lists()["cld_service_type"].classes()
_COSTED_TYPES = _quoted(c for c, cls in _SERVICE_TYPES.items() if cls in ("long_term", "carer"))
_COSTED_COMPONENTS = _called(
    "cld_service_component",
    "Short Term Nursing Care",
    "Short Term Residential Care",
    "Carer Respite",
)
_IS_COSTED = (
    f"{_IS_SERVICE} AND COALESCE(delivery_mechanism, '') NOT LIKE '%ommissioned%' AND "
    f"(service_type IN ({_COSTED_TYPES}) OR service_component IN ({_COSTED_COMPONENTS}))"
)
# Where a field must be filled (DHSC's own validation). What is missing there is a warning, V12.
_MANDATORY = {
    "primary_support_reason": f"NOT ({_IS_REQUEST})",
    "accommodation_status": "TRUE",
    "has_unpaid_carer": "TRUE",
    "employment_status": (
        f"{_IS_SERVICE_USER} AND primary_support_reason LIKE 'Learning %' "
        "AND date_of_birth <= event_start_date - INTERVAL '18y' "
        "AND date_of_birth > event_start_date - INTERVAL '65y'"
    ),
    "client_funding_status": (
        f"{_IS_SERVICE_USER} AND ({_IS_SERVICE} OR {_IS_REVIEW} OR "
        f"({_IS_ASSESSMENT} AND {_IS_FINANCIAL}))"
    ),
    "event_outcome": f"{_NOT_ASSOCIATED} AND NOT ({_IS_ASSESSMENT} AND {_IS_FINANCIAL})",
    "request_route_of_access": _IS_REQUEST,
    "assessment_type": _IS_ASSESSMENT,
    "method_of_assessment": f"{_IS_ASSESSMENT} AND NOT ({_IS_FINANCIAL})",
    "service_component": _IS_SERVICE,
    "unit_cost": _IS_COSTED,
    "cost_frequency_unit_type": _IS_COSTED,
    "planned_units_per_week": _IS_COSTED,
    "review_reason": _IS_REVIEW,
    "review_outcomes_achieved": f"{_IS_REVIEW} AND review_reason LIKE 'Planned%'",
    "method_of_review": _IS_REVIEW,
}
# The hierarchy of event outcomes, the most telling first: of two records alike the higher holds.
_OUTCOMES = (
    ("Progress to Reablement/ST-Max", "Progress to reablement/ST-Max"),
    (
        "Progress to Assessment",
        "Progress to Re-assessment / Unplanned Review",
        "Progress to assessment, review or reassessment",
    ),
    ("Progress to financial assessment", "Progress to End of Life Care"),
    ("Progress to Support Planning / Services", "Progress to support planning or services"),
    ("No change in package", "Provision of service", "Continuation of support or services"),
    ("Admitted to hospital",),
    ("NFA - Moved to another LA", "NFA: Responsibility moved to another local authority"),
    (
        "NFA - 100% NHS funded care",
        "NFA: Referral to NHS services or NHS funded social care",
    ),
    (
        "NFA - Self-funded client (Inc. 12wk disregard)",
        "NFA: Self-funded client or under 12wk disregard",
    ),
    (
        "NFA - Information & Advice / Signposting only",
        "NFA: Information and advice or signposting",
    ),
    ("NFA: Referral to other service within the local authority",),
    ("NFA - Support declined", "NFA: Support declined"),
    ("NFA - Deceased", "NFA: Deceased"),
    ("Service ended as planned", "NFA: Support ended as planned"),
    ("NFA - Support ended: Other reason", "NFA: Support ended for other reason"),
    ("NFA - No services offered: Other reason", "NFA: No services offered for other reason"),
    ("NFA - Other", "NFA: Other"),
)


_OUTCOME_RANK = " ".join(
    f"WHEN event_outcome IN ({_quoted(texts)}) THEN {len(_OUTCOMES) - place}"
    for place, texts in enumerate(_OUTCOMES)
)
_END_DAY = (
    "CAST(EXTRACT(YEAR FROM event_end_date) AS BIGINT) * 10000"
    " + CAST(EXTRACT(MONTH FROM event_end_date) AS BIGINT) * 100"
    " + CAST(EXTRACT(DAY FROM event_end_date) AS BIGINT)"
)
# Keep one: the latest period, then open before closed, the latest end, the outcome's place in the
# hierarchy, a conversation before none, what was received last.
_KEEP_ONE = Supersede(
    order=("period", "precedence", "received"),
    period="derived",
    precedence=(
        f"COALESCE({_END_DAY}, 99999999) * 1000 + (CASE {_OUTCOME_RANK} ELSE 0 END) * 10"
        " + (CASE WHEN conversation THEN 1 ELSE 0 END)"
    ),
    by_any_key=True,
)
# A number that says who somebody is: ten digits and no placeholder.
_IS_NUMBERED = (
    "REGEXP_LIKE(nhs_number, '^[0-9][0-9 -]*[0-9]$') AND "
    "LENGTH(REPLACE(REPLACE(nhs_number, ' ', ''), '-', '')) = 10 AND "
    "REPLACE(REPLACE(nhs_number, ' ', ''), '-', '') NOT IN "
    f"({_quoted(('0123456789', *(str(d) * 10 for d in range(10))))})"
)
_HAS_COUNCIL_ID = "la_person_unique_identifier IS NOT NULL"
# What makes an event the same event beside the person: the end of a service is not part of it.
_UNIQUE_EVENT = {
    _IS_REQUEST: ("event_end_date", "request_route_of_access"),
    _IS_ASSESSMENT: ("event_end_date", "assessment_type"),
    _IS_SERVICE: ("service_type", "service_component"),
    "COALESCE(event_type, '') NOT IN ('Request', 'Assessment', 'Service')": ("event_end_date",),
}
_PERSON = {_IS_NUMBERED: "nhs_number", _HAS_COUNCIL_ID: "la_person_unique_identifier"}
_NATURAL_KEY = tuple(
    Key(
        fields=(person, "event_type", "event_start_date", "client_type", *more),
        where=f"{kind} AND {known}",
    )
    for kind, more in _UNIQUE_EVENT.items()
    for known, person in _PERSON.items()
)
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


def _given(name: str, when: str) -> Rule:
    """V12: a field that must be filled for rows like these is."""
    return Rule(
        rule_id="V12",
        name=f"{name}_given_where_mandatory",
        condition=f"NOT ({when}) OR {name} IS NOT NULL",
        columns=(name,),
        severity="warn",
        mend=f"Fill {name} for the events to which it applies.",
    )


def _mandatory(name: str, meaning: str, **more: object) -> Field:
    """A field that is counted as missing where it must be filled."""
    when = None if _MANDATORY[name] == "TRUE" else _MANDATORY[name]
    settings = {"required": "expected", "expected_when": when, **more}
    return Field(name=name, meaning=meaning, **settings)  # type: ignore[arg-type]


CLD_EVENT = Contract(
    name="cld_event",
    family="council",
    meaning="Requests, assessments, services and reviews of adult social care.",
    grain="one row per event or service and reporting period",
    version="2",
    effective_from=dt.date(2025, 4, 1),
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
        CHI_NUMBER,
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
            name="gp_practice_name",
            meaning="Name of that practice, which its code says too.",
            treatment="drop",
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
            pattern=POSTCODE_PATTERN,
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
        _mandatory("primary_support_reason", "Main reason for support."),
        _mandatory("accommodation_status", "Where and how the person lives."),
        _mandatory("employment_status", "Whether and how the person works."),
        _mandatory("has_unpaid_carer", "Whether somebody cares for the person unpaid."),
        *(
            Field(name=name, meaning=meaning, applies_when=_IS_SERVICE_USER, identifier="quasi")
            for name, meaning in (
                ("autism_spectrum_disorder_asd", "Whether the person is autistic."),
                ("visual_impairment", "Whether the person's sight is impaired."),
                ("hearing_impairment", "Whether the person's hearing is impaired."),
                ("dementia", "Whether the person has dementia."),
            )
        ),
        _mandatory(
            "client_funding_status",
            "Who pays.",
            type="code",
            codes="cld_funding_status",
            applies_when=_IS_SERVICE_USER,
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
        _mandatory(
            "event_outcome",
            "What the event led to.",
            type="code",
            codes="cld_event_outcome",
            applies_when=_NOT_ASSOCIATED,
            expected_when=(
                f"({_MANDATORY['event_outcome']}) AND "
                f"(NOT ({_IS_SERVICE}) OR event_end_date IS NOT NULL)"
            ),
        ),
        _mandatory(
            "request_route_of_access",
            "How the request came about.",
            type="code",
            codes="cld_route_of_access",
            applies_when=_IS_REQUEST,
        ),
        _mandatory("assessment_type", "Kind of assessment.", applies_when=_IS_ASSESSMENT),
        Field(
            name="eligible_needs_identified",
            meaning="Whether needs were found that the council must meet.",
            applies_when=_IS_ASSESSMENT,
        ),
        _mandatory(
            "method_of_assessment",
            "How the assessment was made.",
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
        _mandatory(
            "service_component",
            "What the service consists of.",
            type="code",
            codes="cld_service_component",
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
            applies_when=_IS_SERVICE,
        ),
        Field(
            name="provider_cqc_location_name",
            meaning="Name of that location, which its number says too.",
            treatment="drop",
        ),
        Field(
            name="care_team",
            meaning="The council's team, where it is sent: the unit of hand-offs.",
        ),
        _mandatory(
            "unit_cost",
            "Cost of a unit of the service in pounds.",
            type="decimal",
            minimum=0,
            applies_when=_IS_SERVICE,
        ),
        _mandatory(
            "cost_frequency_unit_type",
            "Unit to which the unit cost refers.",
            type="code",
            codes="cld_cost_frequency",
            applies_when=_IS_SERVICE,
        ),
        _mandatory(
            "planned_units_per_week",
            "Units planned per week.",
            type="decimal",
            minimum=0,
            applies_when=_IS_SERVICE,
        ),
        _mandatory(
            "review_reason",
            "Why the review took place.",
            type="code",
            codes="cld_review_reason",
            applies_when=_IS_REVIEW,
        ),
        _mandatory(
            "review_outcomes_achieved",
            "How far the person's outcomes were achieved.",
            applies_when=_IS_REVIEW,
        ),
        _mandatory("method_of_review", "How the review was made.", applies_when=_IS_REVIEW),
        Field(
            name="total_hrs_caring_per_week",
            meaning="Hours a week the carer spends caring.",
            applies_when=_IS_CARER,
        ),
        Field(
            name="no_of_adults_being_cared_for",
            meaning="Adults the carer cares for.",
            type="integer",
            minimum=0,
            maximum=20,
            applies_when=_IS_CARER,
        ),
        *(
            Field(
                name=f"adult_{n}_linked_person_id",
                meaning="The council's number for somebody the carer cares for.",
                identifier="direct",
                treatment="drop",
                applies_when=_IS_CARER,
            )
            for n in (1, 2, 3)
        ),
        Field(
            name="conversation",
            meaning="Whether the event was a conversation; of records alike it holds.",
            type="boolean",
        ),
    ),
    natural_key=_NATURAL_KEY,
    identity=("row", "reference"),
    period_start="event_start_date",
    period_end="event_end_date",
    supersede=_KEEP_ONE,
    rules=(
        *(_given(name, when) for name, when in _MANDATORY.items()),
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
            where=f"{_IS_SERVICE} AND service_type IN {_ST_MAX}",
            start=_START,
            end=_END,
            event_type=ClassOf(field="service_type", codes="cld_service_type"),
            event_subtype="service_component",
            setting=_COMPONENT_SETTING,
            is_relisted=True,
            outcome_class=_OUTCOME,
            team_code="care_team",
            reason_code="primary_support_reason",
        ),
        EventMap(
            family="asc_service",
            role="context",
            where=f"{_IS_SERVICE} AND COALESCE(service_type, '') NOT IN {_ST_MAX}",
            start=_START,
            end=_END,
            event_type=ClassOf(field="service_type", codes="cld_service_type", default="other"),
            event_subtype="service_component",
            setting=_COMPONENT_SETTING,
            is_relisted=True,
            outcome_class=_OUTCOME,
            team_code="care_team",
            reason_code="primary_support_reason",
        ),
        _point("asc_review", _IS_REVIEW, "review_reason"),
    ),
)

# Release 1 is still sent. It has no flag of conversations, and its lists say things in other words.
CLD_EVENT_RELEASE_1 = replace(
    CLD_EVENT,
    version="1",
    standard_version="1",
    effective_from=dt.date(2023, 4, 1),
    fields=tuple(f for f in CLD_EVENT.fields if f.name != "conversation"),
)

CONTRACTS = (CLD_EVENT, CLD_EVENT_RELEASE_1)
