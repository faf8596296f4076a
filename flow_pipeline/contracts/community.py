"""Community services extracts: persons, practices, referrals, care contacts (CSDS), and stays in
community hospitals."""

import datetime as dt
from dataclasses import replace

from flow_pipeline.contracts.identity import BY_PARENT, BY_REFERENCE, IDENTITY_BLOCK
from flow_pipeline.contracts.language import (
    At,
    ClassOf,
    Clock,
    Contract,
    EventCodes,
    EventMap,
    Field,
    FirstOf,
    Key,
    Parent,
    Rule,
)

_VERSION_1_6 = dt.date(2023, 1, 1)
_VERSION_1_5 = dt.date(2020, 4, 1)
_TEAM = Field(
    name="care_professional_team_local_identifier",
    meaning="The provider's code of the team: the unit of hand-offs.",
)
_PROVIDER = Field(
    name="organisation_identifier_code_of_provider",
    meaning="Provider of the care; the sender when absent.",
)
_IS_URGENT = "urgent_community_response_indicator"
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
    version="1.6",
    effective_from=_VERSION_1_6,
    standard="CSDS table CYP001",
    standard_version="1.6",
    sector="community",
    sender_field=_PROVIDER.name,
    fields=(_PROVIDER, *IDENTITY_BLOCK),
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
    version="1.6",
    effective_from=_VERSION_1_6,
    standard="CSDS tables CYP101 and CYP102",
    standard_version="1.6",
    sector="community",
    sender_field=_PROVIDER.name,
    fields=(
        _PROVIDER,
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
            required="expected",
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
            applies_when="referral_rejection_date IS NOT NULL",
        ),
        Field(
            name="referral_closure_date",
            meaning="Date the referral was closed.",
            type="date",
        ),
        Field(
            name="service_discharge_date",
            meaning="Date the service discharged the person.",
            type="date",
            required="expected",
            expected_when="referral_closure_date IS NOT NULL AND referral_rejection_date IS NULL",
        ),
        Field(
            name="discharge_letter_issued_date",
            meaning="Date the discharge letter was issued.",
            type="date",
            applies_when="service_discharge_date IS NOT NULL",
        ),
        Field(
            name="urgent_community_response_indicator",
            meaning="Whether the two-hour standard applies to the referral.",
            type="boolean",
        ),
        Field(
            name="ucr_clock_start",
            meaning="When the clock of the two-hour standard started.",
            type="datetime",
            required="expected",
            expected_when=_IS_URGENT,
            applies_when=_IS_URGENT,
        ),
        Field(
            name="ucr_clock_stop",
            meaning="When the clock of the two-hour standard stopped.",
            type="datetime",
            applies_when=_IS_URGENT,
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
        Rule(
            rule_id="K01",
            name="closure_after_referral",
            condition="referral_closure_date >= referral_request_received_date",
            columns=("referral_request_received_date", "referral_closure_date"),
            mend="Correct the referral or the closure date.",
        ),
        Rule(
            rule_id="K07",
            name="letter_after_discharge",
            condition="discharge_letter_issued_date >= service_discharge_date",
            columns=("discharge_letter_issued_date",),
            severity="warn",
            mend="Correct the discharge date or that of the letter.",
        ),
        Rule(
            rule_id="K01",
            name="response_clock_stops_after_it_starts",
            condition="ucr_clock_stop >= ucr_clock_start",
            columns=("ucr_clock_start", "ucr_clock_stop"),
            severity="warn",
            mend="Correct the start or the stop of the response clock.",
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

_WAS_CANCELLED = "attendance_status IN ('2', '4')"

CSDS_CARE_CONTACT = Contract(
    name="csds_care_contact",
    family="community",
    meaning="Contacts of community services with a person, attended or not.",
    grain="one row per care contact",
    version="1.6",
    effective_from=_VERSION_1_6,
    standard="CSDS table CYP201",
    standard_version="1.6",
    sector="community",
    sender_field=_PROVIDER.name,
    fields=(
        _PROVIDER,
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
            name="replacement_appointment_date_offered",
            meaning="Date offered in place of the one that was cancelled.",
            type="date",
            applies_when=_WAS_CANCELLED,
        ),
        Field(
            name="replacement_appointment_booked_date",
            meaning="Date booked in place of the one that was cancelled.",
            type="date",
            applies_when=_WAS_CANCELLED,
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
            applies_when=_WAS_CANCELLED,
        ),
        Field(
            name="care_contact_cancellation_reason",
            meaning="Why the contact was cancelled.",
            type="code",
            applies_when=_WAS_CANCELLED,
        ),
        Field(
            name="patient_level_cost",
            meaning="Cost of the contact in pounds, where the provider costs at patient level.",
            type="decimal",
        ),
        *BY_PARENT,
    ),
    natural_key=(Key(fields=("service_request_identifier", "care_contact_identifier")),),
    identity=("reference", "parent"),
    parent=Parent(contract="csds_referral", on=("service_request_identifier",)),
    period_start="care_contact_date",
    period_end="care_contact_date",
    rules=(
        Rule(
            rule_id="K07",
            name="cancelled_before_the_contact",
            condition="care_contact_cancellation_date <= care_contact_date",
            columns=("care_contact_cancellation_date",),
            severity="warn",
            mend="Correct the date of the cancellation or of the contact.",
        ),
        Rule(
            rule_id="K07",
            name="replacement_after_the_cancellation",
            condition="replacement_appointment_booked_date >= care_contact_cancellation_date",
            columns=("replacement_appointment_booked_date",),
            severity="warn",
            mend="Correct the date of the cancellation or of the appointment in its place.",
        ),
    ),
    events=(
        EventMap(
            family="community_contact",
            role="point",
            start=At(date="care_contact_date", time="care_contact_time"),
            event_type=FirstOf(
                choices=(
                    ClassOf(
                        field="consultation_mechanism_community_care",
                        codes="consultation_mechanism",
                    ),
                    ClassOf(
                        field="consultation_medium_used",
                        codes="consultation_medium",
                        default="clinic",
                    ),
                )
            ),
            setting=ClassOf(
                field="activity_location_type_code", codes="activity_location", default="none"
            ),
            planned="'elective'",
            outcome_class=FirstOf(
                choices=(
                    ClassOf(field="attendance_status", codes="attended", unlisted="unknown"),
                    ClassOf(
                        field="attended_or_did_not_attend_code",
                        codes="attended",
                        default="attended",
                        unlisted="unknown",
                    ),
                )
            ),
            site_code="organisation_site_identifier_of_treatment",
            team_code="care_professional_team_local_identifier",
            parent=Parent(contract="csds_referral", on=("service_request_identifier",)),
            cost="patient_level_cost",
        ),
    ),
)

CSDS_GP = Contract(
    name="csds_gp",
    family="community",
    meaning="Practices with which the persons of the provider's index were registered.",
    grain="one row per person, practice and start of registration",
    version="1",
    effective_from=dt.date(2020, 4, 1),
    standard="CSDS table CYP002",
    standard_version="1.6",
    sector="community",
    sender_field=_PROVIDER.name,
    fields=(
        _PROVIDER,
        Field(
            name="general_medical_practice_code_patient_registration",
            meaning="GP practice the person was registered with.",
            required="required",
            identifier="quasi",
        ),
        Field(
            name="start_date_gmp_patient_registration",
            meaning="Date the registration began.",
            type="date",
            required="expected",
        ),
        Field(
            name="end_date_gmp_patient_registration",
            meaning="Date the registration ended; null while registered.",
            type="date",
        ),
        *BY_REFERENCE,
    ),
    natural_key=(
        Key(
            fields=(
                "local_patient_identifier",
                "general_medical_practice_code_patient_registration",
                "start_date_gmp_patient_registration",
            ),
            where="TRUE",
        ),
    ),
    identity=("reference",),
    valid_from="start_date_gmp_patient_registration",
    valid_to="end_date_gmp_patient_registration",
    rules=(
        Rule(
            rule_id="K01",
            name="registration_ends_after_it_starts",
            condition="end_date_gmp_patient_registration >= start_date_gmp_patient_registration",
            columns=(
                "start_date_gmp_patient_registration",
                "end_date_gmp_patient_registration",
            ),
            mend="Correct the start or the end of the registration.",
        ),
    ),
)

COMMUNITY_HOSPITAL_SPELL = Contract(
    name="community_hospital_spell",
    family="community",
    meaning="Stays in community hospitals, where they are not sent as consultant episodes.",
    grain="one row per stay",
    version="1",
    effective_from=dt.date(2020, 4, 1),
    standard="Local; national codes of admitted patient care",
    standard_version="1",
    sector="community",
    sender_field=_PROVIDER.name,
    fields=(
        _PROVIDER,
        Field(
            name="hospital_provider_spell_identifier",
            meaning="The provider's number for the stay.",
            required="required",
            treatment="hmac",
            id_domain="hospital_provider_spell",
            identifier="quasi",
        ),
        Field(
            name="organisation_site_identifier_of_treatment",
            meaning="Community hospital.",
            required="expected",
        ),
        Field(name="ward_code", meaning="Ward on which the person was cared for."),
        Field(
            name="start_date_hospital_provider_spell",
            meaning="Date of admission.",
            type="date",
            required="required",
        ),
        Field(name="start_time_hospital_provider_spell", meaning="Time of admission.", type="time"),
        Field(
            name="admission_method_code_hospital_provider_spell",
            meaning="How the person came to be admitted.",
            type="code",
            codes="admission_method",
            required="expected",
        ),
        Field(
            name="source_of_admission_code",
            meaning="Where the person came from.",
            type="code",
            codes="source_of_admission",
            required="expected",
        ),
        Field(
            name="discharge_pathway",
            meaning="Discharge pathway on which the person came from an acute hospital.",
            type="code",
            codes="discharge_pathway",
        ),
        Field(
            name="activity_treatment_function_code",
            meaning="Treatment function under which the person was cared for.",
            type="code",
        ),
        Field(
            name="primary_diagnosis_icd",
            meaning="Main condition, ICD-10.",
            type="code",
            pattern=r"[A-Z][0-9]{2}[0-9X.]{0,3}[0-9A-Z]?",
        ),
        Field(
            name="discharge_ready_date_hospital_provider_spell",
            meaning="Date the person no longer needed the bed.",
            type="date",
            required="expected",
            applies_when=(
                "discharge_date_hospital_provider_spell > start_date_hospital_provider_spell"
            ),
        ),
        Field(
            name="discharge_date_hospital_provider_spell",
            meaning="Date of discharge; null while still in.",
            type="date",
        ),
        Field(
            name="discharge_time_hospital_provider_spell", meaning="Time of discharge.", type="time"
        ),
        Field(
            name="discharge_method_code_hospital_provider_spell",
            meaning="How the person left.",
            type="code",
            codes="discharge_method",
            required="expected",
            applies_when="discharge_date_hospital_provider_spell IS NOT NULL",
        ),
        Field(
            name="discharge_destination_code_hospital_provider_spell",
            meaning="Where the person went.",
            type="code",
            codes="discharge_destination",
            required="expected",
            applies_when="discharge_date_hospital_provider_spell IS NOT NULL",
        ),
        Field(
            name="patient_level_cost",
            meaning="Cost of the stay in pounds, where the provider costs at patient level.",
            type="decimal",
        ),
        *IDENTITY_BLOCK,
    ),
    natural_key=(Key(fields=("hospital_provider_spell_identifier",)),),
    period_start="start_date_hospital_provider_spell",
    period_end="discharge_date_hospital_provider_spell",
    rules=(
        Rule(
            rule_id="K01",
            name="discharge_after_admission",
            condition=(
                "discharge_date_hospital_provider_spell >= start_date_hospital_provider_spell"
            ),
            columns=(
                "start_date_hospital_provider_spell",
                "discharge_date_hospital_provider_spell",
            ),
            mend="Correct the admission or the discharge date.",
        ),
        Rule(
            rule_id="K02",
            name="ready_between_admission_and_discharge",
            condition=(
                "discharge_ready_date_hospital_provider_spell >= start_date_hospital_provider_spell"
                " AND (discharge_date_hospital_provider_spell IS NULL OR "
                "discharge_ready_date_hospital_provider_spell <= "
                "discharge_date_hospital_provider_spell)"
            ),
            columns=("discharge_ready_date_hospital_provider_spell",),
            severity="warn",
            mend="Correct the discharge ready date; it is ignored meanwhile.",
        ),
    ),
    events=(
        EventMap(
            family="community_spell",
            role="interval",
            start=At(
                date="start_date_hospital_provider_spell",
                time="start_time_hospital_provider_spell",
            ),
            end=At(
                date="discharge_date_hospital_provider_spell",
                time="discharge_time_hospital_provider_spell",
            ),
            event_type=ClassOf(
                field="admission_method_code_hospital_provider_spell",
                codes="admission_method",
                default="other",
            ),
            event_subtype=ClassOf(field="discharge_pathway", codes="discharge_pathway"),
            setting="'community_bed'",
            planned=(
                "CASE WHEN admission_method_code_hospital_provider_spell IN "
                "('21','22','23','24','25','28','2A','2B','2D') THEN 'unplanned' "
                "WHEN admission_method_code_hospital_provider_spell IN ('11','12','13') "
                "THEN 'elective' ELSE 'not_applicable' END"
            ),
            outcome_class=ClassOf(
                field="discharge_method_code_hospital_provider_spell",
                codes="discharge_method",
                default="attended",
            ),
            organisation_code=_PROVIDER.name,
            site_code="organisation_site_identifier_of_treatment",
            team_code="ward_code",
            specialty_code="activity_treatment_function_code",
            reason_code="primary_diagnosis_icd",
            destination_class=ClassOf(
                field="discharge_destination_code_hospital_provider_spell",
                codes="discharge_destination",
            ),
            ready=At(date="discharge_ready_date_hospital_provider_spell"),
            cost="patient_level_cost",
            codes=(EventCodes(code_system="ICD-10", fields=("primary_diagnosis_icd",)),),
        ),
    ),
)

_IN_1_5 = {
    "attendance_status": Field(
        name="attended_or_did_not_attend_code",
        meaning="What became of the contact, in the field of version 1.5.",
        type="code",
        codes="attended",
        required="expected",
    ),
    "consultation_mechanism_community_care": Field(
        name="consultation_medium_used",
        meaning="How the contact took place, in the field of version 1.5.",
        type="code",
        codes="consultation_medium",
    ),
}


def _in_1_5(promised: Contract) -> Contract:
    """Version 1.5, which is still sent: what became of a contact stood in another field."""
    return replace(
        promised,
        version="1.5",
        standard_version="1.5",
        effective_from=_VERSION_1_5,
        effective_to=_VERSION_1_6 - dt.timedelta(days=1),
        fields=tuple(_IN_1_5.get(f.name) or _as_in_1_5(f) for f in promised.fields),
    )


def _as_in_1_5(field: Field) -> Field:
    """The field with the old names in its condition."""
    when = field.applies_when
    for new, old in _IN_1_5.items():
        when = when and when.replace(new, old.name)
    return replace(field, applies_when=when)


CONTRACTS = (
    CSDS_MPI,
    CSDS_REFERRAL,
    CSDS_CARE_CONTACT,
    *(_in_1_5(c) for c in (CSDS_MPI, CSDS_REFERRAL, CSDS_CARE_CONTACT)),
    CSDS_GP,
    COMMUNITY_HOSPITAL_SPELL,
)
