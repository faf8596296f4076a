"""Mental-health extracts: referrals, care contacts, hospital spells and ward stays (MHSDS).

Persons (table MHS001) come as ``person_index``: these tables carry the provider's own number only.
"""

import datetime as dt

from flow_pipeline.contracts.identity import BY_PARENT, BY_REFERENCE
from flow_pipeline.contracts.language import (
    At,
    ClassOf,
    Clock,
    Contract,
    EventCodes,
    EventMap,
    Field,
    Key,
    Parent,
    Rule,
)

_VERSION = "6.0"
_FROM = dt.date(2020, 4, 1)
_PROVIDER = Field(
    name="organisation_identifier_code_of_provider",
    meaning="Provider of the care; the sender when absent.",
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
_SPELL_IDENTIFIER = Field(
    name="hospital_provider_spell_identifier",
    meaning="The provider's number for the hospital spell.",
    required="required",
    treatment="hmac",
    id_domain="hospital_provider_spell",
    identifier="quasi",
)
_COST = Field(
    name="patient_level_cost",
    meaning="Cost of the row in pounds, where the provider costs at patient level.",
    type="decimal",
)
_BY_REFERRAL = Parent(contract="mh_referral", on=("service_request_identifier",))
_BY_SPELL = Parent(contract="mh_hospital_spell", on=("hospital_provider_spell_identifier",))

MH_REFERRAL = Contract(
    name="mh_referral",
    family="mental_health",
    meaning="Referrals to mental-health services, with the team referred to.",
    grain="one row per referral and team",
    version="1",
    effective_from=_FROM,
    standard="MHSDS tables MHS101 and MHS102",
    standard_version=_VERSION,
    sector="mental_health",
    sender_field="organisation_identifier_code_of_provider",
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
            name="source_of_referral_for_mental_health",
            meaning="Who referred.",
            type="code",
            codes="mental_health_referral_source",
            required="expected",
        ),
        Field(
            name="organisation_identifier_referring",
            meaning="Organisation that referred.",
            required="expected",
        ),
        Field(
            name="clinical_response_priority_type",
            meaning="How urgent the referral is.",
            type="code",
            codes="clinical_response_priority",
            required="expected",
        ),
        Field(
            name="primary_reason_for_referral_mental_health",
            meaning="Main reason for the referral.",
            type="code",
            required="expected",
        ),
        Field(
            name="service_or_team_type_referred_to_mental_health",
            meaning="Kind of service referred to.",
            type="code",
            codes="mental_health_team_type",
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
            meaning="Date the service discharged the person; null while the referral is open.",
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
            family="mh_referral",
            role="context",
            start=At(date="referral_request_received_date", time="referral_request_received_time"),
            end=At(date="service_discharge_date"),
            event_type=ClassOf(
                field="service_or_team_type_referred_to_mental_health",
                codes="mental_health_team_type",
                default="other",
            ),
            event_subtype=ClassOf(
                field="source_of_referral_for_mental_health",
                codes="mental_health_referral_source",
                default="other",
            ),
            outcome_class=(
                "CASE WHEN referral_rejection_date IS NOT NULL THEN 'rejected' "
                "WHEN service_discharge_date IS NOT NULL THEN 'discharged' ELSE 'open' END"
            ),
            organisation_code="organisation_identifier_code_of_provider",
            team_code="care_professional_team_local_identifier",
            reason_code="primary_reason_for_referral_mental_health",
            clocks=(Clock(name="rejected", at=At(date="referral_rejection_date")),),
        ),
    ),
)

MH_CARE_CONTACT = Contract(
    name="mh_care_contact",
    family="mental_health",
    meaning="Contacts of mental-health services with a person, attended or not.",
    grain="one row per care contact",
    version="1",
    effective_from=_FROM,
    standard="MHSDS table MHS201",
    standard_version=_VERSION,
    sector="mental_health",
    sender_field="organisation_identifier_code_of_provider",
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
        Field(
            name="planned_care_contact_indicator",
            meaning="Whether the contact was planned.",
            type="code",
            codes="yes_no",
        ),
        Field(
            name="consultation_mechanism_mental_health",
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
            name="attended_or_did_not_attend_code",
            meaning="What became of the contact.",
            type="code",
            codes="attended",
            required="expected",
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
        _COST,
        *BY_PARENT,
    ),
    natural_key=(Key(fields=("service_request_identifier", "care_contact_identifier")),),
    identity=("reference", "parent"),
    parent=_BY_REFERRAL,
    period_start="care_contact_date",
    period_end="care_contact_date",
    events=(
        EventMap(
            family="mh_contact",
            role="point",
            start=At(date="care_contact_date", time="care_contact_time"),
            event_type=ClassOf(
                field="consultation_mechanism_mental_health",
                codes="consultation_mechanism",
                default="clinic",
            ),
            setting=ClassOf(
                field="activity_location_type_code", codes="activity_location", default="none"
            ),
            planned=(
                "CASE WHEN planned_care_contact_indicator = 'N' THEN 'unplanned' "
                "ELSE 'elective' END"
            ),
            outcome_class=ClassOf(
                field="attended_or_did_not_attend_code",
                codes="attended",
                default="attended",
                unlisted="unknown",
            ),
            organisation_code="organisation_identifier_code_of_provider",
            site_code="organisation_site_identifier_of_treatment",
            team_code="care_professional_team_local_identifier",
            parent=_BY_REFERRAL,
            cost="patient_level_cost",
        ),
    ),
)

MH_HOSPITAL_SPELL = Contract(
    name="mh_hospital_spell",
    family="mental_health",
    meaning="Stays in mental-health hospitals, with when the person was ready to leave.",
    grain="one row per hospital provider spell",
    version="1",
    effective_from=_FROM,
    standard="MHSDS tables MHS501 and MHS518",
    standard_version=_VERSION,
    sector="mental_health",
    sender_field="organisation_identifier_code_of_provider",
    fields=(
        _PROVIDER,
        _SPELL_IDENTIFIER,
        Field(
            name="service_request_identifier",
            meaning="The provider's number for the referral that led to the stay.",
            required="expected",
            treatment="hmac",
            id_domain="service_request",
            identifier="quasi",
        ),
        Field(
            name="organisation_site_identifier_of_treatment",
            meaning="Site of the first ward.",
        ),
        Field(name="decided_to_admit_date", meaning="Date of the decision to admit.", type="date"),
        Field(
            name="start_date_hospital_provider_spell",
            meaning="Date of admission.",
            type="date",
            required="required",
        ),
        Field(
            name="start_time_hospital_provider_spell",
            meaning="Time of admission.",
            type="time",
        ),
        Field(
            name="source_of_admission_code",
            meaning="Where the person came from.",
            type="code",
            codes="source_of_admission",
            required="expected",
        ),
        Field(
            name="admission_method_code_hospital_provider_spell",
            meaning="How the person came to be admitted.",
            type="code",
            codes="admission_method",
            required="expected",
        ),
        Field(
            name="planned_discharge_date",
            meaning="Date on which discharge was planned.",
            type="date",
        ),
        Field(
            name="start_date_clinically_ready_for_discharge",
            meaning="Date the person became clinically ready for discharge.",
            type="date",
        ),
        Field(
            name="end_date_clinically_ready_for_discharge",
            meaning="Last date the person was clinically ready for discharge and still in.",
            type="date",
        ),
        Field(
            name="clinically_ready_for_discharge_delay_reason",
            meaning="Why the person stayed after being clinically ready.",
            type="code",
            codes="clinically_ready_delay_reason",
            required="expected",
            applies_when="start_date_clinically_ready_for_discharge IS NOT NULL",
        ),
        Field(
            name="clinically_ready_for_discharge_delay_attributable_to",
            meaning="Body to which the delay is put down.",
            type="code",
            codes="delay_attributable_to",
            applies_when="start_date_clinically_ready_for_discharge IS NOT NULL",
        ),
        Field(
            name="discharge_date_hospital_provider_spell",
            meaning="Date of discharge; null while still in.",
            type="date",
        ),
        Field(
            name="discharge_time_hospital_provider_spell",
            meaning="Time of discharge.",
            type="time",
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
            name="activity_treatment_function_code",
            meaning="Treatment function under which the person was cared for.",
            type="code",
        ),
        Field(
            name="primary_diagnosis_icd",
            meaning="Main condition, ICD-10 (table MHS604).",
            type="code",
            pattern=r"[A-Z][0-9]{2}[0-9X.]{0,3}[0-9A-Z]?",
        ),
        _COST,
        *BY_PARENT,
    ),
    natural_key=(Key(fields=("hospital_provider_spell_identifier",)),),
    identity=("reference", "parent"),
    parent=_BY_REFERRAL,
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
                "start_date_clinically_ready_for_discharge >= start_date_hospital_provider_spell"
                " AND (discharge_date_hospital_provider_spell IS NULL OR "
                "start_date_clinically_ready_for_discharge <= "
                "discharge_date_hospital_provider_spell)"
            ),
            columns=("start_date_clinically_ready_for_discharge",),
            severity="warn",
            mend="Correct the date clinically ready for discharge; it is ignored meanwhile.",
        ),
        Rule(
            rule_id="V11",
            name="died_goes_with_destination_79",
            condition=(
                "(discharge_method_code_hospital_provider_spell IN ('4', '5')) = "
                "(discharge_destination_code_hospital_provider_spell = '79')"
            ),
            columns=(
                "discharge_method_code_hospital_provider_spell",
                "discharge_destination_code_hospital_provider_spell",
            ),
            severity="warn",
            mend="Make discharge method and destination agree.",
        ),
    ),
    events=(
        EventMap(
            family="mh_spell",
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
            setting="'mental_health_bed'",
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
            organisation_code="organisation_identifier_code_of_provider",
            site_code="organisation_site_identifier_of_treatment",
            specialty_code="activity_treatment_function_code",
            reason_code="primary_diagnosis_icd",
            destination_class=ClassOf(
                field="discharge_destination_code_hospital_provider_spell",
                codes="discharge_destination",
            ),
            ready=At(date="start_date_clinically_ready_for_discharge"),
            clocks=(Clock(name="decided", at=At(date="decided_to_admit_date")),),
            parent=_BY_REFERRAL,
            cost="patient_level_cost",
            codes=(EventCodes(code_system="ICD-10", fields=("primary_diagnosis_icd",)),),
        ),
    ),
)

MH_WARD_STAY = Contract(
    name="mh_ward_stay",
    family="mental_health",
    meaning="Stays on wards within a mental-health hospital spell.",
    grain="one row per ward stay",
    version="1",
    effective_from=_FROM,
    standard="MHSDS table MHS502",
    standard_version=_VERSION,
    sector="mental_health",
    sender_field="organisation_identifier_code_of_provider",
    fields=(
        _PROVIDER,
        _SPELL_IDENTIFIER,
        Field(
            name="ward_stay_identifier",
            meaning="The provider's number for the ward stay.",
            required="expected",
            treatment="hmac",
            id_domain="ward_stay",
            identifier="quasi",
        ),
        Field(
            name="start_date_ward_stay",
            meaning="Date the stay on the ward began.",
            type="date",
            required="required",
        ),
        Field(name="start_time_ward_stay", meaning="Time the stay on the ward began.", type="time"),
        Field(
            name="end_date_ward_stay",
            meaning="Date the stay on the ward ended; null while still there.",
            type="date",
        ),
        Field(name="end_time_ward_stay", meaning="Time the stay on the ward ended.", type="time"),
        Field(name="ward_code", meaning="The provider's code of the ward.", required="expected"),
        Field(
            name="organisation_site_identifier_of_treatment",
            meaning="Site of the ward.",
            required="expected",
        ),
        # The national list grows each year and we do not keep all of it: other codes are taken.
        Field(
            name="mental_health_admitted_patient_classification_type",
            meaning="Kind of bed: acute, intensive care, rehabilitation, secure and others.",
            type="code",
            required="expected",
        ),
        *BY_PARENT,
    ),
    natural_key=(
        Key(fields=("hospital_provider_spell_identifier", "ward_stay_identifier")),
        Key(
            fields=("hospital_provider_spell_identifier", "start_date_ward_stay", "ward_code"),
        ),
    ),
    identity=("reference", "parent"),
    parent=_BY_SPELL,
    period_start="start_date_ward_stay",
    period_end="end_date_ward_stay",
    rules=(
        Rule(
            rule_id="K01",
            name="ward_stay_ends_after_it_starts",
            condition="end_date_ward_stay >= start_date_ward_stay",
            columns=("start_date_ward_stay", "end_date_ward_stay"),
            mend="Correct the start or the end of the ward stay.",
        ),
    ),
    events=(
        EventMap(
            family="mh_ward_stay",
            role="interval",
            start=At(date="start_date_ward_stay", time="start_time_ward_stay"),
            end=At(date="end_date_ward_stay", time="end_time_ward_stay"),
            event_type=ClassOf(
                field="mental_health_admitted_patient_classification_type",
                codes="mental_health_bed_type",
                default="other",
            ),
            setting="'mental_health_bed'",
            organisation_code="organisation_identifier_code_of_provider",
            site_code="organisation_site_identifier_of_treatment",
            team_code="ward_code",
            parent=_BY_SPELL,
        ),
    ),
)

CONTRACTS = (MH_REFERRAL, MH_CARE_CONTACT, MH_HOSPITAL_SPELL, MH_WARD_STAY)
