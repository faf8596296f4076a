"""Community services extracts: persons, referrals and care contacts (CSDS)."""

import datetime as dt

from flow_pipeline.contracts.identity import BY_REFERENCE, IDENTITY_BLOCK
from flow_pipeline.contracts.language import (
    At,
    ClassOf,
    Clock,
    Contract,
    EventMap,
    Field,
    Key,
    Parent,
    Rule,
)

_TEAM = Field(
    name="care_professional_team_local_identifier",
    meaning="The provider's code of the team: the unit of hand-offs.",
)
_REFERRAL_IDENTIFIER = Field(
    name="service_request_identifier",
    meaning="The provider's number for the referral.",
    required="required",
    treatment="hmac",
    id_domain="service_request",
    identifier="quasi",
)

CSDS_MPI = Contract(
    name="csds_mpi",
    family="community",
    meaning="Master patient index: who a local patient identifier of the provider is.",
    grain="one row per person known to the provider and submission",
    version="1",
    effective_from=dt.date(2020, 4, 1),
    standard="CSDS table CYP001",
    standard_version="1.6",
    sector="community",
    fields=IDENTITY_BLOCK,
    natural_key=(
        Key(
            fields=(
                "local_patient_identifier",
                "nhs_number",
                "person_birth_date",
                "person_family_name",
            ),
            where="TRUE",
        ),
    ),
    identity=("row",),
    is_identity_record=True,
)

CSDS_REFERRAL = Contract(
    name="csds_referral",
    family="community",
    meaning="Referrals to community services, with the team referred to.",
    grain="one row per referral and team",
    version="1",
    effective_from=dt.date(2020, 4, 1),
    standard="CSDS tables CYP101 and CYP102",
    standard_version="1.6",
    sector="community",
    fields=(
        _REFERRAL_IDENTIFIER,
        Field(
            name="organisation_identifier_code_of_commissioner",
            meaning="Commissioner.",
            required="expected",
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
            required="expected",
        ),
        Field(
            name="referring_care_professional_staff_group_community_care",
            meaning="Staff group of the professional who referred.",
            type="code",
        ),
        Field(
            name="priority_type_code",
            meaning="Priority of the referral.",
            type="code",
            codes="priority_type",
            required="expected",
        ),
        Field(
            name="primary_reason_for_referral_community_care",
            meaning="Main reason for the referral.",
            type="code",
            required="expected",
        ),
        Field(
            name="service_or_team_type_referred_to_community_care",
            meaning="Kind of service referred to.",
            type="code",
            codes="community_service_type",
            required="expected",
        ),
        _TEAM,
        Field(
            name="referral_rejection_date", meaning="Date the referral was rejected.", type="date"
        ),
        Field(
            name="referral_rejection_reason",
            meaning="Why the referral was rejected.",
            type="code",
        ),
        Field(
            name="service_discharge_date",
            meaning="Date the service discharged the person.",
            type="date",
        ),
        Field(
            name="discharge_letter_issued_date",
            meaning="Date the discharge letter was issued.",
            type="date",
        ),
        *BY_REFERENCE,
    ),
    natural_key=(
        Key(
            fields=(
                "service_request_identifier",
                "local_patient_identifier",
                "care_professional_team_local_identifier",
            ),
            where="TRUE",
        ),
    ),
    identity=("reference",),
    period_start="referral_request_received_date",
    period_end="service_discharge_date",
    rules=(
        Rule(
            rule_id="K01",
            name="discharge_after_referral",
            condition="service_discharge_date >= referral_request_received_date",
            columns=("referral_request_received_date", "service_discharge_date"),
            mend="Correct the referral or the discharge date.",
        ),
        Rule(
            rule_id="K01",
            name="rejection_after_referral",
            condition="referral_rejection_date >= referral_request_received_date",
            columns=("referral_request_received_date", "referral_rejection_date"),
            mend="Correct the referral or the rejection date.",
        ),
    ),
    events=(
        EventMap(
            family="community_referral",
            role="context",
            start=At(date="referral_request_received_date", time="referral_request_received_time"),
            end=At(date="service_discharge_date"),
            event_type=ClassOf(
                field="service_or_team_type_referred_to_community_care",
                codes="community_service_type",
                default="other",
            ),
            event_subtype=ClassOf(
                field="source_of_referral_for_community",
                codes="community_referral_source",
                default="other",
            ),
            setting="'none'",
            outcome_class=(
                "CASE WHEN referral_rejection_date IS NOT NULL THEN 'rejected' "
                "WHEN service_discharge_date IS NOT NULL THEN 'discharged' ELSE 'open' END"
            ),
            team_code="care_professional_team_local_identifier",
            reason_code="primary_reason_for_referral_community_care",
            clocks=(Clock(name="rejected", at=At(date="referral_rejection_date")),),
        ),
    ),
)

CSDS_CARE_CONTACT = Contract(
    name="csds_care_contact",
    family="community",
    meaning="Contacts of community services with a person, attended or not.",
    grain="one row per care contact",
    version="1",
    effective_from=dt.date(2020, 4, 1),
    standard="CSDS table CYP201",
    standard_version="1.6",
    sector="community",
    fields=(
        Field(
            name="care_contact_identifier",
            meaning="The provider's number for the contact.",
            required="required",
            treatment="hmac",
            id_domain="care_contact",
            identifier="quasi",
        ),
        _REFERRAL_IDENTIFIER,
        Field(
            name="care_contact_date",
            meaning="Date of the contact.",
            type="date",
            required="required",
        ),
        Field(name="care_contact_time", meaning="Time of the contact.", type="time"),
        _TEAM,
        Field(
            name="clinical_contact_duration_of_care_contact",
            meaning="Length of the contact in minutes.",
            type="integer",
            minimum=0,
            maximum=1440,
        ),
        Field(name="care_contact_subject", meaning="With whom the contact was.", type="code"),
        Field(
            name="consultation_mechanism_community_care",
            meaning="How the contact took place.",
            type="code",
            codes="consultation_mechanism",
        ),
        Field(
            name="activity_location_type_code",
            meaning="Where the contact took place.",
            type="code",
            codes="activity_location",
        ),
        Field(
            name="organisation_site_identifier_of_treatment",
            meaning="Site where the care was given.",
        ),
        Field(
            name="attendance_status",
            meaning="What became of the contact.",
            type="code",
            codes="attended",
            required="expected",
        ),
        Field(
            name="earliest_reasonable_offer_date",
            meaning="Earliest date reasonably offered.",
            type="date",
        ),
        Field(
            name="earliest_clinically_appropriate_date",
            meaning="Earliest clinically appropriate date.",
            type="date",
        ),
        Field(
            name="care_contact_cancellation_date",
            meaning="Date the contact was cancelled.",
            type="date",
        ),
        Field(
            name="care_contact_cancellation_reason",
            meaning="Why the contact was cancelled.",
            type="code",
        ),
        Field(
            name="patient_level_cost",
            meaning="Cost of the contact in pounds, where the provider costs at patient level.",
            type="decimal",
        ),
        *BY_REFERENCE,
    ),
    natural_key=(Key(fields=("service_request_identifier", "care_contact_identifier")),),
    identity=("reference", "parent"),
    parent=Parent(contract="csds_referral", on=("service_request_identifier",)),
    period_start="care_contact_date",
    period_end="care_contact_date",
    events=(
        EventMap(
            family="community_contact",
            role="point",
            start=At(date="care_contact_date", time="care_contact_time"),
            event_type=ClassOf(
                field="consultation_mechanism_community_care",
                codes="consultation_mechanism",
                default="clinic",
            ),
            setting=ClassOf(
                field="activity_location_type_code", codes="activity_location", default="none"
            ),
            planned="'elective'",
            outcome_class=ClassOf(field="attendance_status", codes="attended", default="attended"),
            site_code="organisation_site_identifier_of_treatment",
            team_code="care_professional_team_local_identifier",
            parent=Parent(contract="csds_referral", on=("service_request_identifier",)),
            cost="patient_level_cost",
        ),
    ),
)

CONTRACTS = (CSDS_MPI, CSDS_REFERRAL, CSDS_CARE_CONTACT)
