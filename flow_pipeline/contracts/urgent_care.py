"""Integrated urgent care extracts: NHS 111 and GP out of hours."""

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

URGENT_CARE_CONTACT = Contract(
    name="urgent_care_contact",
    family="urgent_care",
    meaning="Contacts with NHS 111 and with GP out of hours services.",
    grain="one row per contact of a case: a call, an assessment, a visit",
    version="1",
    effective_from=dt.date(2020, 4, 1),
    standard="Integrated Urgent Care minimum data set",
    standard_version="2021",
    sector="gp",
    sender_field="organisation_identifier_code_of_provider",
    fields=(
        Field(
            name="organisation_identifier_code_of_provider",
            meaning="Provider of the service; the sender when absent.",
        ),
        Field(
            name="case_identifier",
            meaning="The provider's number for the case; a case can have several contacts.",
            required="required",
            treatment="hmac",
            id_domain="urgent_care_case",
            identifier="quasi",
        ),
        Field(
            name="contact_identifier",
            meaning="The provider's number for the contact within the case.",
            treatment="hmac",
            id_domain="urgent_care_contact",
            identifier="quasi",
        ),
        Field(
            name="urgent_care_service",
            meaning="NHS 111, clinical assessment, or GP out of hours, and how.",
            type="code",
            codes="urgent_care_service",
            required="required",
        ),
        Field(
            name="contact_start_date_time",
            meaning="When the call or contact began.",
            type="datetime",
            required="required",
        ),
        Field(
            name="clinician_contact_date_time",
            meaning="When a clinician first spoke with or saw the person.",
            type="datetime",
        ),
        Field(
            name="contact_end_date_time",
            meaning="When the call or contact ended.",
            type="datetime",
            required="expected",
        ),
        Field(
            name="symptom_group",
            meaning="Main symptom group or presenting complaint.",
            type="code",
        ),
        Field(
            name="disposition_code",
            meaning="Final disposition of the triage system, for instance Dx011.",
            type="code",
            required="expected",
        ),
        Field(
            name="urgent_care_outcome",
            meaning="What the contact led to.",
            type="code",
            codes="urgent_care_outcome",
            required="expected",
        ),
        Field(
            name="organisation_identifier_referred_to",
            meaning="Organisation or service the person was passed to.",
        ),
        Field(name="team_code", meaning="Base or team that gave the contact."),
        Field(
            name="patient_level_cost",
            meaning="Cost of the contact in pounds, where the provider costs at patient level.",
            type="decimal",
        ),
        *IDENTITY_BLOCK,
    ),
    natural_key=(
        Key(fields=("case_identifier", "contact_identifier")),
        Key(fields=("case_identifier", "contact_start_date_time", "urgent_care_service")),
    ),
    period_start="contact_start_date_time",
    period_end="contact_start_date_time",
    rules=(
        Rule(
            rule_id="K01",
            name="contact_ends_after_it_starts",
            condition="contact_end_date_time >= contact_start_date_time",
            columns=("contact_start_date_time", "contact_end_date_time"),
            mend="Correct the start or the end of the contact.",
        ),
        Rule(
            rule_id="K09",
            name="clinician_after_the_start",
            condition="clinician_contact_date_time >= contact_start_date_time",
            columns=("contact_start_date_time", "clinician_contact_date_time"),
            severity="warn",
            mend="Correct the start of the contact or the time of the clinician.",
        ),
    ),
    events=(
        EventMap(
            family="urgent_care",
            role="point",
            start=At(datetime="contact_start_date_time"),
            end=At(datetime="contact_end_date_time"),
            event_type="urgent_care_service",
            event_subtype="urgent_care_outcome",
            setting=ClassOf(
                field="urgent_care_service", codes="urgent_care_service", default="remote"
            ),
            planned="'unplanned'",
            outcome_class=ClassOf(
                field="urgent_care_outcome", codes="urgent_care_outcome", default="attended"
            ),
            organisation_code="organisation_identifier_code_of_provider",
            team_code="team_code",
            reason_code="symptom_group",
            clocks=(Clock(name="seen", at=At(datetime="clinician_contact_date_time")),),
            cost="patient_level_cost",
        ),
    ),
)

CONTRACTS = (URGENT_CARE_CONTACT,)
