"""What intermediate care, virtual wards and hospices have in common: a referral that is accepted
or declined, and an episode of care with a start and an end."""

from flow_pipeline.contracts.identity import IDENTITY_BLOCK
from flow_pipeline.contracts.language import (
    At,
    ClassOf,
    Clock,
    EventMap,
    Field,
    JourneyRole,
    Key,
    Rule,
    Value,
)

RECEIVED = At(date="referral_request_received_date", time="referral_request_received_time")
START = At(date="care_start_date", time="care_start_time")
END = At(date="care_end_date", time="care_end_time")
HAS_BEGUN = "care_start_date IS NOT NULL"
NOT_BEGUN = "care_start_date IS NULL"
PERIOD_START = "referral_request_received_date"
PERIOD_END = "care_end_date"
NATURAL_KEY = (Key(fields=("service_request_identifier",)),)
_CLOCKS = (
    Clock(name="received", at=RECEIVED),
    Clock(name="accepted", at=At(date="referral_accepted_date", time="referral_accepted_time")),
    Clock(name="rejected", at=At(date="referral_declined_date")),
)

_REFERRAL = (
    Field(
        name="organisation_identifier_code_of_provider",
        meaning="Provider of the care; the sender when absent.",
    ),
    Field(
        name="service_request_identifier",
        meaning="The provider's number for the referral and the care that follows from it.",
        required="required",
        treatment="hmac",
        id_domain="service_request",
        identifier="quasi",
    ),
    Field(
        name="referral_request_received_date",
        meaning="Date the referral was received.",
        type="date",
        required="required",
    ),
    Field(
        name="referral_request_received_time",
        meaning="Time the referral was received.",
        type="time",
    ),
    Field(
        name="source_of_referral_for_community",
        meaning="Who referred.",
        type="code",
        codes="community_referral_source",
        required="expected",
    ),
    Field(
        name="organisation_identifier_referring",
        meaning="Organisation that referred.",
    ),
    Field(name="referral_accepted_date", meaning="Date the referral was accepted.", type="date"),
    Field(name="referral_accepted_time", meaning="Time the referral was accepted.", type="time"),
    Field(name="referral_declined_date", meaning="Date the referral was declined.", type="date"),
    Field(
        name="referral_decline_reason",
        meaning="Why the referral was declined.",
        type="code",
        codes="referral_decline_reason",
        applies_when="referral_declined_date IS NOT NULL",
    ),
)
_CARE = (
    Field(name="care_start_date", meaning="Date the care began.", type="date"),
    Field(name="care_start_time", meaning="Time the care began.", type="time"),
    Field(name="care_end_date", meaning="Date the care ended; null while it goes on.", type="date"),
    Field(name="care_end_time", meaning="Time the care ended.", type="time"),
    Field(
        name="care_end_reason",
        meaning="Why the care ended.",
        type="code",
        codes="care_end_reason",
        required="expected",
        applies_when="care_end_date IS NOT NULL",
    ),
    Field(
        name="care_end_destination",
        meaning="Where the person went, or stayed, at the end of the care.",
        type="code",
        codes="care_end_destination",
        required="expected",
        applies_when="care_end_date IS NOT NULL",
    ),
    Field(
        name="care_professional_team_local_identifier",
        meaning="The provider's code of the team or unit: the unit of hand-offs.",
    ),
    Field(
        name="patient_level_cost",
        meaning="Cost of the care in pounds, where the provider costs at patient level.",
        type="decimal",
    ),
)


def fields(*own: Field) -> tuple[Field, ...]:
    """The common fields, those of one kind of care, and the identity block."""
    return (*_REFERRAL, *own, *_CARE, *IDENTITY_BLOCK)


RULES = (
    Rule(
        rule_id="K01",
        name="care_ends_after_it_starts",
        condition="care_end_date >= care_start_date",
        columns=("care_start_date", "care_end_date"),
        mend="Correct the start or the end of the care.",
    ),
    Rule(
        rule_id="K01",
        name="decision_after_referral",
        condition=(
            "COALESCE(referral_accepted_date, referral_declined_date) "
            ">= referral_request_received_date"
        ),
        columns=(
            "referral_request_received_date",
            "referral_accepted_date",
            "referral_declined_date",
        ),
        mend="Correct the referral, or the date it was accepted or declined.",
    ),
    Rule(
        rule_id="K07",
        name="care_starts_after_referral",
        condition="care_start_date >= referral_request_received_date",
        columns=("referral_request_received_date", "care_start_date"),
        severity="warn",
        mend="Correct the referral or the start of the care.",
    ),
    Rule(
        rule_id="V11",
        name="declined_care_does_not_start",
        condition="referral_declined_date IS NULL OR care_start_date IS NULL",
        columns=("referral_declined_date", "care_start_date"),
        severity="warn",
        mend="A referral that was declined has no start of care: correct one of the two.",
    ),
)


def bed_of_this_care(*others: str) -> Rule:
    """That a row does not tell of a bed in which another kind of care is given: by nothing else do
    extracts of these kinds differ."""
    told = ", ".join(repr(code) for code in others)
    return Rule(
        rule_id="V11",
        name="care_is_of_this_kind",
        condition=f"care_location NOT IN ({told})",
        columns=("care_location",),
        severity="warn",
        mend="Send care in these beds as the kind of care that it is.",
    )


def care(
    family: str,
    role: JourneyRole,
    *,
    event_type: Value,
    setting: Value,
    planned: Value = "'not_applicable'",
    where: str = HAS_BEGUN,
) -> EventMap:
    """Care that began."""
    return EventMap(
        family=family,
        role=role,
        where=where,
        start=START,
        end=END,
        event_type=event_type,
        event_subtype=_SOURCE,
        setting=setting,
        planned=planned,
        outcome_class=ClassOf(field="care_end_reason", codes="care_end_reason", default="attended"),
        organisation_code="organisation_identifier_code_of_provider",
        team_code="care_professional_team_local_identifier",
        destination_class=ClassOf(field="care_end_destination", codes="care_end_destination"),
        clocks=_CLOCKS,
        cost="patient_level_cost",
    )


def waiting(family: str, *, event_type: Value) -> EventMap:
    """A referral that was declined, or whose care has not begun."""
    return EventMap(
        family=family,
        role="context",
        where=NOT_BEGUN,
        start=RECEIVED,
        end=At(date="referral_declined_date"),
        event_type=event_type,
        event_subtype=_SOURCE,
        outcome_class=(
            "CASE WHEN referral_declined_date IS NOT NULL THEN 'rejected' ELSE 'open' END"
        ),
        organisation_code="organisation_identifier_code_of_provider",
        team_code="care_professional_team_local_identifier",
        reason_code="referral_decline_reason",
        clocks=_CLOCKS,
    )


_SOURCE = ClassOf(
    field="source_of_referral_for_community", codes="community_referral_source", default="other"
)
