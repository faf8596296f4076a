"""Acute trust extracts: episodes, ward stays, emergency and outpatient attendances (CDS, ECDS)."""

import datetime as dt
from dataclasses import replace

from flow_pipeline.contracts.codes import code_lists
from flow_pipeline.contracts.identity import BY_PARENT, IDENTITY_BLOCK
from flow_pipeline.contracts.language import (
    At,
    ClassOf,
    Clock,
    Contract,
    EventCodes,
    EventMap,
    Field,
    FirstOf,
    JourneyRole,
    Key,
    Parent,
    Rule,
    Supersede,
)

_PROVIDER = Field(
    name="organisation_identifier_code_of_provider",
    meaning="Provider of the care; the sender when absent.",
)
_SITE = Field(
    name="organisation_site_identifier_of_treatment",
    meaning="Site where the care was given.",
    required="expected",
)
_TARIFF = Field(
    name="tariff_amount",
    meaning="Cost of the row in pounds, as priced by tariff or costed at patient level.",
    type="decimal",
)
_AMBULANCE_INCIDENT = Field(
    name="ambulance_incident_number",
    meaning="Incident that brought the person, as the ambulance service numbers it.",
    treatment="hmac",
    id_domain="ambulance_incident",
    identifier="quasi",
)
_SPELL_IDENTIFIER = Field(
    name="hospital_provider_spell_identifier",
    meaning="The provider's number for the spell.",
    required="expected",
    treatment="hmac",
    id_domain="hospital_provider_spell",
    identifier="quasi",
)
_CDS_HEADER = (
    Field(
        name="cds_update_type",
        meaning="Whether the record is to be kept or struck out, in net-change submissions.",
        type="code",
        codes="cds_update_type",
    ),
    Field(
        name="cds_extract_date",
        meaning="Date on which the record was taken from the provider's system.",
        type="date",
    ),
    Field(
        name="cds_extract_time",
        meaning="Time at which the record was taken from the provider's system.",
        type="time",
    ),
)
_CDS_RECORD = Field(
    name="cds_unique_identifier",
    meaning="Identifier of the record in net-change submissions.",
    treatment="hmac",
    id_domain="cds_record",
    identifier="quasi",
)
# Net change: of records of one identifier the one taken last holds, and a deletion strikes out.
_NET_CHANGE = Supersede(
    order=("precedence", "period", "received"),
    precedence=(
        "(CAST(EXTRACT(YEAR FROM cds_extract_date) AS BIGINT) * 10000"
        " + CAST(EXTRACT(MONTH FROM cds_extract_date) AS BIGINT) * 100"
        " + CAST(EXTRACT(DAY FROM cds_extract_date) AS BIGINT)) * 1000000"
        " + COALESCE(CAST(REPLACE(cds_extract_time, ':', '') AS BIGINT), 0)"
    ),
    deletes="cds_update_type = '1'",
)
_NAMES_WHAT_IT_DELETES = Rule(
    rule_id="C01",
    name="deletion_names_its_record",
    condition="cds_update_type <> '1' OR cds_unique_identifier IS NOT NULL",
    columns=("cds_update_type",),
    mend="Give the identifier of the record that is to be struck out.",
)
_SECONDARY_DIAGNOSES = tuple(f"secondary_diagnosis_icd_{n:02}" for n in range(1, 25))
_FURTHER_PROCEDURES = tuple(f"procedure_opcs_{n:02}" for n in range(2, 25))
_PROCEDURE_DATES = ("primary_procedure_date", *(f"procedure_date_{n:02}" for n in range(2, 25)))
_ALL_PROCEDURE_DATES = ", ".join(_PROCEDURE_DATES)
_CLINIC_DIAGNOSES = _SECONDARY_DIAGNOSES[:11]
_CLINIC_PROCEDURES = ("primary_procedure_opcs", *_FURTHER_PROCEDURES[:11])
_SNOMED_DIAGNOSES = tuple(f"emergency_care_diagnosis_{n:02}_snomed_ct" for n in range(1, 13))
_IS_ELECTIVE = "admission_method_code_hospital_provider_spell IN ('11', '12', '13')"
_IS_LAST_AND_FINISHED = (
    "last_episode_in_spell_indicator_code = '1' AND end_date_consultant_episode IS NOT NULL"
)
_DISCHARGED = "discharge_date_hospital_provider_spell IS NOT NULL"
_ICD_PATTERN = r"[A-Z][0-9]{2}[0-9X.]{0,3}[0-9A-Z]?"
_OPCS_PATTERN = r"[A-Z][0-9]{2}\.?[0-9]?"


APC_EPISODE = Contract(
    name="apc_episode",
    family="acute",
    meaning="Consultant episodes of admitted patient care.",
    grain="one row per finished or unfinished consultant episode",
    version="6.3",
    effective_from=dt.date(2023, 4, 1),
    standard="CDS types 120 to 200",
    standard_version="6.3",
    sector="acute",
    sender_field="organisation_identifier_code_of_provider",
    fields=(
        replace(_CDS_RECORD, required="expected"),
        *_CDS_HEADER,
        _PROVIDER,
        _SITE,
        _SPELL_IDENTIFIER,
        Field(
            name="episode_number",
            meaning="Order of the episode in its spell, from 1.",
            type="integer",
            required="required",
            minimum=1,
            maximum=99,
        ),
        Field(
            name="last_episode_in_spell_indicator_code",
            meaning="Whether this is the last episode of the spell.",
            type="code",
            codes="last_episode_indicator",
            required="expected",
        ),
        Field(
            name="patient_classification_code",
            meaning="Ordinary admission, day case, regular attender or delivery.",
            type="code",
            codes="patient_classification",
            required="required",
        ),
        Field(
            name="admission_method_code_hospital_provider_spell",
            meaning="How the person came to be admitted.",
            type="code",
            codes="admission_method",
            required="required",
        ),
        Field(
            name="source_of_admission_code",
            meaning="Where the person came from.",
            type="code",
            codes="source_of_admission",
            required="required",
        ),
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
            required="expected",
        ),
        Field(
            name="start_date_consultant_episode",
            meaning="Date the episode began.",
            type="date",
            required="required",
        ),
        Field(
            name="end_date_consultant_episode",
            meaning="Date the episode ended; null while unfinished.",
            type="date",
            required="expected",
        ),
        Field(name="start_time_episode", meaning="Time the episode began.", type="time"),
        Field(name="end_time_episode", meaning="Time the episode ended.", type="time"),
        Field(
            name="care_professional_main_specialty_code",
            meaning="Main specialty of the consultant.",
            type="code",
            required="expected",
        ),
        Field(
            name="activity_treatment_function_code",
            meaning="Treatment function under which the person was cared for.",
            type="code",
            required="required",
        ),
        Field(
            name="discharge_ready_date_hospital_provider_spell",
            meaning="Date the person no longer met the criteria to reside.",
            type="date",
            required="expected",
            applies_when=(
                "discharge_date_hospital_provider_spell > start_date_hospital_provider_spell"
            ),
        ),
        Field(
            name="discharge_date_hospital_provider_spell",
            meaning="Date of discharge; null until the last episode ends.",
            type="date",
            required_when=_IS_LAST_AND_FINISHED,
        ),
        Field(
            name="discharge_time_hospital_provider_spell",
            meaning="Time of discharge.",
            type="time",
            required="expected",
            applies_when=_DISCHARGED,
        ),
        Field(
            name="discharge_method_code_hospital_provider_spell",
            meaning="How the person left.",
            type="code",
            codes="discharge_method",
            required="expected",
            required_when=_IS_LAST_AND_FINISHED,
            applies_when=_DISCHARGED,
        ),
        Field(
            name="discharge_destination_code_hospital_provider_spell",
            meaning="Where the person went.",
            type="code",
            codes="discharge_destination",
            required="expected",
            required_when=_IS_LAST_AND_FINISHED,
            applies_when=_DISCHARGED,
        ),
        Field(
            name="primary_diagnosis_icd",
            meaning="Main condition treated, ICD-10.",
            type="code",
            pattern=_ICD_PATTERN,
            required="expected",
        ),
        *(
            Field(name=n, meaning="Further condition, ICD-10.", type="code", pattern=_ICD_PATTERN)
            for n in _SECONDARY_DIAGNOSES
        ),
        Field(
            name="primary_procedure_opcs",
            meaning="Main procedure, OPCS-4.",
            type="code",
            pattern=_OPCS_PATTERN,
        ),
        *(
            Field(name=n, meaning="Further procedure, OPCS-4.", type="code", pattern=_OPCS_PATTERN)
            for n in _FURTHER_PROCEDURES
        ),
        *(
            Field(name=n, meaning="Date of the procedure of that number.", type="date")
            for n in _PROCEDURE_DATES
        ),
        Field(name="hrg_code", meaning="Healthcare resource group.", type="code"),
        _TARIFF,
        Field(
            name="decided_to_admit_date",
            meaning="Date of the decision to admit.",
            type="date",
            applies_when=_IS_ELECTIVE,
        ),
        Field(
            name="patient_pathway_identifier",
            meaning="Referral to treatment pathway.",
            treatment="hmac",
            id_domain="pathway",
            identifier="quasi",
        ),
        Field(
            name="referral_to_treatment_period_start_date",
            meaning="Start of the referral to treatment clock.",
            type="date",
        ),
        _AMBULANCE_INCIDENT,
        *IDENTITY_BLOCK,
    ),
    natural_key=(
        Key(fields=("cds_unique_identifier",)),
        Key(
            fields=(
                "hospital_provider_spell_identifier",
                "start_date_hospital_provider_spell",
                "episode_number",
            )
        ),
        Key(
            fields=(
                "local_patient_identifier",
                "start_date_hospital_provider_spell",
                "start_date_consultant_episode",
                "episode_number",
            )
        ),
    ),
    period_start="start_date_consultant_episode",
    period_end="end_date_consultant_episode",
    supersede=_NET_CHANGE,
    rules=(
        Rule(
            rule_id="K01",
            name="episode_ends_after_it_starts",
            condition="end_date_consultant_episode >= start_date_consultant_episode",
            columns=("start_date_consultant_episode", "end_date_consultant_episode"),
            mend="Correct the episode's start or end date.",
        ),
        Rule(
            rule_id="K01",
            name="episode_starts_within_the_spell",
            condition="start_date_consultant_episode >= start_date_hospital_provider_spell",
            columns=("start_date_hospital_provider_spell", "start_date_consultant_episode"),
            mend="Correct the admission date or the episode's start date.",
        ),
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
        Rule(
            rule_id="K01",
            name="episode_ends_within_the_spell",
            condition="end_date_consultant_episode <= discharge_date_hospital_provider_spell",
            columns=("end_date_consultant_episode", "discharge_date_hospital_provider_spell"),
            severity="warn",
            mend="Correct the episode's end date or the discharge date.",
        ),
        Rule(
            rule_id="K07",
            name="decided_before_admission",
            condition="decided_to_admit_date <= start_date_hospital_provider_spell",
            columns=("decided_to_admit_date",),
            severity="warn",
            mend="Correct the date of the decision to admit or the admission date.",
        ),
        Rule(
            rule_id="K01",
            name="procedure_within_the_spell",
            condition=(
                f"LEAST({_ALL_PROCEDURE_DATES}) >= start_date_hospital_provider_spell AND "
                "(discharge_date_hospital_provider_spell IS NULL OR "
                f"GREATEST({_ALL_PROCEDURE_DATES}) <= discharge_date_hospital_provider_spell)"
            ),
            columns=("primary_procedure_date",),
            severity="warn",
            mend="Correct the date of the main procedure, or of a further one.",
        ),
        _NAMES_WHAT_IT_DELETES,
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
            family="inpatient",
            role="interval",
            start=At(date="start_date_consultant_episode", time="start_time_episode"),
            end=At(date="end_date_consultant_episode", time="end_time_episode"),
            event_type=ClassOf(
                field="admission_method_code_hospital_provider_spell",
                codes="admission_method",
                default="other",
            ),
            event_subtype=ClassOf(
                field="patient_classification_code", codes="patient_classification"
            ),
            setting="'acute_bed'",
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
            ready=At(date="discharge_ready_date_hospital_provider_spell"),
            clocks=(Clock(name="decided", at=At(date="decided_to_admit_date")),),
            cost="tariff_amount",
            codes=(
                EventCodes(
                    code_system="ICD-10", fields=("primary_diagnosis_icd", *_SECONDARY_DIAGNOSES)
                ),
                EventCodes(
                    code_system="OPCS-4", fields=("primary_procedure_opcs", *_FURTHER_PROCEDURES)
                ),
            ),
        ),
    ),
)

APC_WARD_STAY = Contract(
    name="apc_ward_stay",
    family="acute",
    meaning="Stays on wards within a hospital provider spell.",
    grain="one row per ward stay",
    version="1",
    effective_from=dt.date(2020, 4, 1),
    standard="CDS location group, local patient administration system",
    standard_version="6.3",
    sector="acute",
    sender_field="organisation_identifier_code_of_provider",
    fields=(
        _PROVIDER,
        Field(
            name="hospital_provider_spell_identifier",
            meaning="The provider's number for the spell.",
            required="required",
            treatment="hmac",
            id_domain="hospital_provider_spell",
            identifier="quasi",
        ),
        Field(
            name="ward_stay_start_date_time",
            meaning="When the stay on the ward began.",
            type="datetime",
            required="required",
        ),
        Field(
            name="ward_stay_end_date_time",
            meaning="When the stay on the ward ended; null while still there.",
            type="datetime",
            required="expected",
        ),
        Field(name="ward_code", meaning="The provider's code of the ward.", required="required"),
        Field(name="site_code", meaning="Site of the ward.", required="expected"),
        Field(
            name="ward_type",
            meaning="Kind of ward.",
            type="code",
            codes="ward_type",
            required="expected",
        ),
        Field(name="bed_identifier", meaning="Bed.", treatment="drop", identifier="quasi"),
        Field(
            name="reason_for_move",
            meaning="Why the person was moved to this ward.",
            type="code",
            codes="ward_move_reason",
        ),
        *BY_PARENT,
    ),
    natural_key=(
        Key(
            fields=(
                "hospital_provider_spell_identifier",
                "ward_stay_start_date_time",
                "ward_code",
            )
        ),
    ),
    identity=("reference", "parent"),
    parent=Parent(contract="apc_episode", on=("hospital_provider_spell_identifier",)),
    period_start="ward_stay_start_date_time",
    period_end="ward_stay_end_date_time",
    rules=(
        Rule(
            rule_id="K01",
            name="ward_stay_ends_after_it_starts",
            condition="ward_stay_end_date_time >= ward_stay_start_date_time",
            columns=("ward_stay_start_date_time", "ward_stay_end_date_time"),
            mend="Correct the start or the end of the ward stay.",
        ),
    ),
    events=(
        EventMap(
            family="ward_stay",
            role="interval",
            start=At(datetime="ward_stay_start_date_time"),
            end=At(datetime="ward_stay_end_date_time"),
            event_type="ward_type",
            event_subtype="reason_for_move",
            setting="'acute_bed'",
            organisation_code="organisation_identifier_code_of_provider",
            site_code="site_code",
            team_code="ward_code",
            parent=Parent(contract="apc_episode", on=("hospital_provider_spell_identifier",)),
        ),
    ),
)


def _of_class(list_name: str, cls: str) -> str:
    """The codes of one class of a list, as SQL."""
    classes = code_lists()[list_name].classes()
    return ", ".join(f"'{code}'" for code, own in classes.items() if own == cls)


_ADMITTED = _of_class("emergency_discharge_destination", "admitted")
_LEFT = _of_class("emergency_discharge_status", "left")
_IS_ADMITTED = f"emergency_care_discharge_destination_snomed_ct IN ({_ADMITTED})"
_WAS_SEEN = f"emergency_care_discharge_status_snomed_ct NOT IN ({_LEFT})"


def _not_before(first: str, then: str) -> str:
    """SQL: the moment ``then`` (date and time fields of that stem) is not before ``first``."""
    return (
        f"{then}_date > {first}_date OR "
        f"({then}_date = {first}_date AND {then}_time >= {first}_time)"
    )


def _in_order(first: str, then: str, name: str, mend: str) -> Rule:
    """K09: the order of moments in an emergency department."""
    return Rule(
        rule_id="K09",
        name=name,
        condition=_not_before(first, then),
        columns=(f"{then}_date", f"{then}_time"),
        severity="warn",
        mend=mend,
    )


ECDS_ATTENDANCE = Contract(
    name="ecds_attendance",
    family="acute",
    meaning="Attendances at emergency departments.",
    grain="one row per attendance",
    version="1",
    effective_from=dt.date(2020, 4, 1),
    standard="Emergency Care Data Set, CDS type 011",
    standard_version="4",
    sector="acute",
    sender_field="organisation_identifier_code_of_provider",
    fields=(
        _CDS_RECORD,
        *_CDS_HEADER,
        _PROVIDER,
        Field(
            name="emergency_care_attendance_identifier",
            meaning="The provider's number for the attendance.",
            required="required",
            treatment="hmac",
            id_domain="emergency_attendance",
            identifier="quasi",
        ),
        Field(
            name="organisation_site_identifier_of_treatment",
            meaning="Site of the department.",
            required="required",
        ),
        Field(
            name="emergency_care_department_type",
            meaning="Kind of department.",
            type="code",
            codes="emergency_department_type",
            required="required",
        ),
        Field(name="arrival_date", meaning="Date of arrival.", type="date", required="required"),
        Field(name="arrival_time", meaning="Time of arrival.", type="time", required="required"),
        Field(
            name="emergency_care_arrival_mode_snomed_ct",
            meaning="How the person arrived, SNOMED CT.",
            type="code",
            required="expected",
        ),
        Field(
            name="emergency_care_attendance_category",
            meaning="Planned or unplanned, first or follow-up.",
            type="code",
            codes="emergency_attendance_category",
            required="expected",
        ),
        Field(
            name="emergency_care_attendance_source_snomed_ct",
            meaning="Who sent the person, SNOMED CT.",
            type="code",
            required="expected",
        ),
        Field(
            name="attendance_source_organisation",
            meaning="Organisation that sent the person.",
        ),
        Field(
            name="emergency_care_initial_assessment_date",
            meaning="Date of the initial assessment.",
            type="date",
            required="expected",
        ),
        Field(
            name="emergency_care_initial_assessment_time",
            meaning="Time of the initial assessment.",
            type="time",
            required="expected",
        ),
        Field(
            name="emergency_care_seen_for_treatment_date",
            meaning="Date the person was seen for treatment.",
            type="date",
            required="expected",
            expected_when=_WAS_SEEN,
        ),
        Field(
            name="emergency_care_seen_for_treatment_time",
            meaning="Time the person was seen for treatment.",
            type="time",
            required="expected",
            expected_when=_WAS_SEEN,
        ),
        Field(
            name="decision_to_admit_date",
            meaning="Date of the decision to admit.",
            type="date",
            required="expected",
            expected_when=_IS_ADMITTED,
        ),
        Field(
            name="decision_to_admit_time",
            meaning="Time of the decision to admit.",
            type="time",
            required="expected",
            expected_when=_IS_ADMITTED,
        ),
        Field(
            name="decision_to_admit_treatment_function_code",
            meaning="Treatment function to which the person was to be admitted.",
            type="code",
            required="expected",
            expected_when=_IS_ADMITTED,
        ),
        Field(
            name="decision_to_admit_receiving_site",
            meaning="Site that receives the person.",
            required="expected",
            expected_when=_IS_ADMITTED,
        ),
        Field(
            name="emergency_care_clinically_ready_to_proceed_date_time",
            meaning="When the person was clinically ready to leave the department.",
            type="datetime",
            required="expected",
        ),
        Field(
            name="emergency_care_conclusion_date",
            meaning="Date emergency care was concluded.",
            type="date",
        ),
        Field(
            name="emergency_care_conclusion_time",
            meaning="Time emergency care was concluded.",
            type="time",
        ),
        Field(
            name="emergency_care_departure_date",
            meaning="Date the person left the department.",
            type="date",
            required="required",
        ),
        Field(
            name="emergency_care_departure_time",
            meaning="Time the person left the department.",
            type="time",
            required="required",
        ),
        Field(
            name="emergency_care_discharge_status_snomed_ct",
            meaning="How the attendance ended, SNOMED CT.",
            type="code",
            codes="emergency_discharge_status",
            required="expected",
        ),
        Field(
            name="emergency_care_discharge_destination_snomed_ct",
            meaning="Where the person went, SNOMED CT.",
            type="code",
            codes="emergency_discharge_destination",
            required="expected",
        ),
        Field(
            name="emergency_care_discharge_follow_up_snomed_ct",
            meaning="Follow-up arranged, SNOMED CT.",
            type="code",
        ),
        Field(
            name="emergency_care_chief_complaint_snomed_ct",
            meaning="Chief complaint, SNOMED CT.",
            type="code",
            required="expected",
        ),
        Field(
            name="emergency_care_acuity_snomed_ct",
            meaning="Acuity, SNOMED CT.",
            type="code",
            codes="emergency_acuity",
            required="expected",
        ),
        *(Field(name=n, meaning="Diagnosis, SNOMED CT.", type="code") for n in _SNOMED_DIAGNOSES),
        Field(name="emergency_care_injury_date", meaning="Date of the injury.", type="date"),
        Field(name="emergency_care_injury_time", meaning="Time of the injury.", type="time"),
        Field(
            name="emergency_care_injury_mechanism_snomed_ct",
            meaning="Mechanism of the injury, SNOMED CT.",
            type="code",
        ),
        _AMBULANCE_INCIDENT,
        Field(
            name="ambulance_care_contact_identifier",
            meaning="The person within the incident, as the ambulance service numbers them.",
            treatment="hmac",
            id_domain="ambulance_care_contact",
            identifier="quasi",
        ),
        Field(
            name="streaming_or_referred_service",
            meaning="Service to which the person was streamed or referred, SNOMED CT.",
            type="code",
        ),
        Field(
            name="referred_to_service_request_date_time",
            meaning="When that service, for instance liaison psychiatry, was asked.",
            type="datetime",
        ),
        Field(
            name="referred_to_service_assessment_date_time",
            meaning="When that service first assessed the person.",
            type="datetime",
        ),
        Field(name="hrg_code", meaning="Healthcare resource group.", type="code"),
        _TARIFF,
        *IDENTITY_BLOCK,
    ),
    natural_key=(
        Key(fields=("cds_unique_identifier",)),
        Key(fields=("emergency_care_attendance_identifier",)),
    ),
    period_start="arrival_date",
    period_end="emergency_care_departure_date",
    supersede=_NET_CHANGE,
    rules=(
        _NAMES_WHAT_IT_DELETES,
        Rule(
            rule_id="K01",
            name="departure_after_arrival",
            condition=(
                "emergency_care_departure_date > arrival_date OR "
                "(emergency_care_departure_date = arrival_date AND "
                "emergency_care_departure_time >= arrival_time)"
            ),
            columns=(
                "arrival_date",
                "arrival_time",
                "emergency_care_departure_date",
                "emergency_care_departure_time",
            ),
            mend="Correct the arrival or the departure.",
        ),
        _in_order(
            "arrival",
            "emergency_care_initial_assessment",
            "assessed_after_arrival",
            "Correct the time of the initial assessment.",
        ),
        _in_order(
            "arrival",
            "emergency_care_seen_for_treatment",
            "seen_after_arrival",
            "Correct the time the person was seen for treatment.",
        ),
        _in_order(
            "emergency_care_seen_for_treatment",
            "emergency_care_departure",
            "left_after_being_seen",
            "Correct the time the person was seen for treatment or left.",
        ),
        _in_order(
            "arrival",
            "decision_to_admit",
            "decided_after_arrival",
            "Correct the time of the decision to admit.",
        ),
        _in_order(
            "arrival",
            "emergency_care_conclusion",
            "concluded_after_arrival",
            "Correct the time emergency care was concluded.",
        ),
        Rule(
            rule_id="K09",
            name="ready_between_arrival_and_departure",
            condition=(
                "CAST(emergency_care_clinically_ready_to_proceed_date_time AS DATE) "
                "BETWEEN arrival_date AND emergency_care_departure_date"
            ),
            columns=("emergency_care_clinically_ready_to_proceed_date_time",),
            severity="warn",
            mend="Correct when the person was clinically ready to proceed.",
        ),
        Rule(
            rule_id="K09",
            name="service_assessed_after_it_was_asked",
            condition=(
                "referred_to_service_assessment_date_time >= referred_to_service_request_date_time"
            ),
            columns=(
                "referred_to_service_request_date_time",
                "referred_to_service_assessment_date_time",
            ),
            severity="warn",
            mend="Correct when the other service was asked or when it assessed the person.",
        ),
        Rule(
            rule_id="K09",
            name="departed_within_a_week",
            condition="emergency_care_departure_date <= arrival_date + INTERVAL '7d'",
            columns=("emergency_care_departure_date",),
            severity="warn",
            mend="Correct the arrival or the departure.",
        ),
    ),
    events=(
        EventMap(
            family="emergency",
            role="interval",
            start=At(date="arrival_date", time="arrival_time"),
            end=At(date="emergency_care_departure_date", time="emergency_care_departure_time"),
            event_type="emergency_care_department_type",
            event_subtype="emergency_care_attendance_category",
            setting="'ed'",
            planned=ClassOf(
                field="emergency_care_attendance_category",
                codes="emergency_attendance_category",
                default="unplanned",
            ),
            outcome_class=ClassOf(
                field="emergency_care_discharge_status_snomed_ct",
                codes="emergency_discharge_status",
                default="attended",
            ),
            organisation_code="organisation_identifier_code_of_provider",
            site_code="organisation_site_identifier_of_treatment",
            reason_code="emergency_care_chief_complaint_snomed_ct",
            destination_class=ClassOf(
                field="emergency_care_discharge_destination_snomed_ct",
                codes="emergency_discharge_destination",
            ),
            ready=At(datetime="emergency_care_clinically_ready_to_proceed_date_time"),
            parent=Parent(contract="ambulance_incident", on=("ambulance_incident_number",)),
            clocks=(
                Clock(
                    name="assessed",
                    at=At(
                        date="emergency_care_initial_assessment_date",
                        time="emergency_care_initial_assessment_time",
                    ),
                ),
                Clock(
                    name="seen",
                    at=At(
                        date="emergency_care_seen_for_treatment_date",
                        time="emergency_care_seen_for_treatment_time",
                    ),
                ),
                Clock(
                    name="decided",
                    at=At(date="decision_to_admit_date", time="decision_to_admit_time"),
                ),
            ),
            cost="tariff_amount",
            codes=(EventCodes(code_system="SNOMED CT", fields=_SNOMED_DIAGNOSES),),
        ),
    ),
)


def _outpatient(role: JourneyRole, where: str) -> EventMap:
    """An outpatient row as an event. A clock stop recorded without a visit is administrative."""
    return EventMap(
        family="outpatient",
        role=role,
        where=where,
        start=At(date="appointment_date", time="appointment_time"),
        event_type=ClassOf(
            field="first_attendance_code", codes="first_attendance", default="other"
        ),
        setting=FirstOf(
            choices=(
                ClassOf(field="consultation_mechanism_code", codes="consultation_mechanism"),
                ClassOf(
                    field="consultation_medium_used", codes="consultation_medium", default="clinic"
                ),
            )
        ),
        planned="'elective'",
        outcome_class=ClassOf(
            field="attended_or_did_not_attend_code", codes="attended", default="unknown"
        ),
        organisation_code="organisation_identifier_code_of_provider",
        site_code="organisation_site_identifier_of_treatment",
        specialty_code="activity_treatment_function_code",
        reason_code="primary_diagnosis_icd",
        clocks=(Clock(name="received", at=At(date="referral_request_received_date")),),
        cost="tariff_amount",
        codes=(
            EventCodes(code_system="ICD-10", fields=("primary_diagnosis_icd", *_CLINIC_DIAGNOSES)),
            EventCodes(code_system="OPCS-4", fields=_CLINIC_PROCEDURES),
        ),
    )


OP_ATTENDANCE = Contract(
    name="op_attendance",
    family="acute",
    meaning="Outpatient appointments, attended or not.",
    grain="one row per appointment",
    version="6.3",
    effective_from=dt.date(2023, 4, 1),
    standard="CDS type 020",
    standard_version="6.3",
    sector="acute",
    sender_field="organisation_identifier_code_of_provider",
    fields=(
        _CDS_RECORD,
        *_CDS_HEADER,
        _PROVIDER,
        Field(
            name="outpatient_attendance_identifier",
            meaning="The provider's number for the appointment.",
            required="required",
            treatment="hmac",
            id_domain="outpatient_attendance",
            identifier="quasi",
        ),
        _SITE,
        Field(
            name="referral_request_received_date",
            meaning="Date the referral was received.",
            type="date",
            required="expected",
        ),
        Field(
            name="source_of_referral_for_outpatients_code",
            meaning="Who referred.",
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
            name="first_attendance_code",
            meaning="First or follow-up, face to face or not.",
            type="code",
            codes="first_attendance",
            required="expected",
        ),
        Field(
            name="attended_or_did_not_attend_code",
            meaning="What became of the appointment.",
            type="code",
            codes="attended",
            required="required",
        ),
        Field(
            name="appointment_date",
            meaning="Date of the appointment.",
            type="date",
            required="required",
        ),
        Field(
            name="appointment_time",
            meaning="Time of the appointment.",
            type="time",
            required="expected",
        ),
        Field(
            name="outcome_of_attendance_code",
            meaning="What was decided.",
            type="code",
            codes="outpatient_outcome",
        ),
        Field(
            name="activity_treatment_function_code",
            meaning="Treatment function of the clinic.",
            type="code",
            required="required",
        ),
        Field(
            name="consultation_mechanism_code",
            meaning="How the consultation took place.",
            type="code",
            codes="consultation_mechanism",
        ),
        Field(name="hrg_code", meaning="Healthcare resource group.", type="code"),
        _TARIFF,
        Field(
            name="primary_diagnosis_icd",
            meaning="Main condition, ICD-10.",
            type="code",
            pattern=_ICD_PATTERN,
        ),
        *(
            Field(name=n, meaning="Further condition, ICD-10.", type="code", pattern=_ICD_PATTERN)
            for n in _CLINIC_DIAGNOSES
        ),
        *(
            Field(name=n, meaning="Procedure, OPCS-4.", type="code", pattern=_OPCS_PATTERN)
            for n in _CLINIC_PROCEDURES
        ),
        *IDENTITY_BLOCK,
    ),
    natural_key=(
        Key(fields=("cds_unique_identifier",)),
        Key(fields=("outpatient_attendance_identifier",)),
    ),
    period_start="appointment_date",
    period_end="appointment_date",
    supersede=_NET_CHANGE,
    rules=(
        _NAMES_WHAT_IT_DELETES,
        Rule(
            rule_id="K07",
            name="appointment_after_referral",
            condition="appointment_date >= referral_request_received_date",
            columns=("referral_request_received_date", "appointment_date"),
            severity="warn",
            mend="Correct the referral or the appointment date.",
        ),
    ),
    events=(
        _outpatient("point", "COALESCE(first_attendance_code, '') <> '5'"),
        _outpatient("administrative", "first_attendance_code = '5'"),
    ),
)

# Version 6.2 is still sent: the discharge ready date was not yet asked for, and how a consultation
# took place stood in another field.
APC_EPISODE_6_2 = replace(
    APC_EPISODE,
    version="6.2",
    standard_version="6.2",
    effective_from=dt.date(2020, 4, 1),
    fields=tuple(
        replace(f, required="optional")
        if f.name == "discharge_ready_date_hospital_provider_spell"
        else f
        for f in APC_EPISODE.fields
    ),
)
CONSULTATION_MEDIUM_USED = Field(
    name="consultation_medium_used",
    meaning="How the consultation took place, before the consultation mechanism replaced it.",
    type="code",
    codes="consultation_medium",
)
OP_ATTENDANCE_6_2 = replace(
    OP_ATTENDANCE,
    version="6.2",
    standard_version="6.2",
    effective_from=dt.date(2020, 4, 1),
    fields=tuple(
        CONSULTATION_MEDIUM_USED if f.name == "consultation_mechanism_code" else f
        for f in OP_ATTENDANCE.fields
    ),
)

CONTRACTS = (
    APC_EPISODE,
    APC_EPISODE_6_2,
    APC_WARD_STAY,
    ECDS_ATTENDANCE,
    OP_ATTENDANCE,
    OP_ATTENDANCE_6_2,
)
