"""General practice extracts: registrations (the population), appointments, and where they are sent
coded entries, prescriptions issued and referrals made."""

import datetime as dt

from flow_pipeline.contracts.identity import BY_REFERENCE, IDENTITY_BLOCK
from flow_pipeline.contracts.language import (
    At,
    ClassOf,
    Clock,
    Contract,
    EventCodes,
    EventMap,
    Field,
    JourneyRole,
    Key,
    Rule,
)

GP_REGISTRATION = Contract(
    name="gp_registration",
    family="gp",
    meaning="Registrations with a general practice: the population denominator.",
    grain="one row per person, practice and start of registration",
    version="1",
    effective_from=dt.date(2020, 4, 1),
    standard="GP clinical system export",
    standard_version="2022-07",
    sector="gp",
    sender_field="general_medical_practice_code_patient_registration",
    fields=(
        Field(
            name="registration_start_date",
            meaning="Date the registration began.",
            type="date",
            required="required",
        ),
        Field(
            name="registration_end_date",
            meaning="Date the registration ended; null while registered.",
            type="date",
        ),
        Field(
            name="registration_type",
            meaning="Regular or temporary.",
            type="code",
            codes="gp_registration_type",
        ),
        Field(
            name="registration_end_reason",
            meaning="Why the registration ended.",
            type="code",
            codes="gp_registration_end_reason",
        ),
        *IDENTITY_BLOCK,
    ),
    natural_key=(
        Key(fields=("local_patient_identifier", "registration_start_date")),
        Key(fields=("nhs_number", "registration_start_date")),
        Key(fields=("foreign_pseudonym", "registration_start_date")),
    ),
    identity=("row",),
    is_identity_record=True,
    valid_from="registration_start_date",
    valid_to="registration_end_date",
    rules=(
        Rule(
            rule_id="K01",
            name="registration_ends_after_it_starts",
            condition="registration_end_date >= registration_start_date",
            columns=("registration_start_date", "registration_end_date"),
            mend="Correct the start or the end of the registration.",
        ),
    ),
)

_TOOK_PLACE = "appointment_status = 'attended'"

GP_APPOINTMENT = Contract(
    name="gp_appointment",
    family="gp",
    meaning="Appointments in general practice, attended or not.",
    grain="one row per appointment",
    version="1",
    effective_from=dt.date(2020, 4, 1),
    standard="NHS GP Data Set: Appointment",
    standard_version="2022-07",
    sector="gp",
    sender_field="practice_code",
    fields=(
        Field(
            name="appointment_id",
            meaning="The practice's number for the appointment.",
            required="required",
            treatment="hmac",
            id_domain="gp_appointment",
            identifier="quasi",
        ),
        Field(
            name="practice_code",
            meaning="Practice that holds the appointment.",
            required="required",
        ),
        Field(
            name="booked_date_time",
            meaning="When the appointment was booked.",
            type="datetime",
            required="expected",
        ),
        Field(
            name="appointment_start_date_time",
            meaning="Planned start of the appointment.",
            type="datetime",
            required="required",
        ),
        Field(
            name="arrival_time",
            meaning="When the person arrived at the practice.",
            type="datetime",
        ),
        Field(
            name="actual_start_date_time",
            meaning="When the appointment actually began.",
            type="datetime",
        ),
        Field(
            name="actual_end_date_time",
            meaning="When the appointment actually ended.",
            type="datetime",
        ),
        Field(
            name="actual_duration",
            meaning="How long the appointment took, in seconds.",
            type="integer",
            minimum=0,
            maximum=86400,
            applies_when=_TOOK_PLACE,
        ),
        Field(
            name="appointment_status",
            meaning="What became of the appointment.",
            type="code",
            codes="gp_appointment_status",
            required="required",
        ),
        Field(
            name="appointment_mode",
            meaning="How the appointment took place.",
            type="code",
            codes="gp_appointment_mode",
            required="expected",
        ),
        Field(
            name="national_slot_category",
            meaning="National category of the slot.",
            required="expected",
        ),
        Field(
            name="context_type",
            meaning="Whether the slot is for care related encounters.",
            required="expected",
        ),
        Field(
            name="service_setting",
            meaning="Service that offers the slot: practice, network or extended access.",
            required="expected",
        ),
        Field(
            name="hcp_type",
            meaning="Kind of professional.",
            type="code",
            codes="gp_hcp_type",
            required="expected",
        ),
        Field(name="booking_method", meaning="How the appointment was booked."),
        Field(
            name="booking_source",
            meaning="Who booked the appointment: the practice, the person, NHS 111.",
        ),
        Field(
            name="patient_level_cost",
            meaning="Cost of the appointment in pounds, where the practice has one.",
            type="decimal",
        ),
        *BY_REFERENCE,
    ),
    natural_key=(Key(fields=("appointment_id",)),),
    identity=("reference",),
    period_start="appointment_start_date_time",
    period_end="appointment_start_date_time",
    rules=(
        Rule(
            rule_id="K07",
            name="booked_before_the_appointment",
            condition="booked_date_time <= appointment_start_date_time",
            columns=("booked_date_time", "appointment_start_date_time"),
            severity="warn",
            mend="Correct the booking or the planned start.",
        ),
        Rule(
            rule_id="K01",
            name="appointment_ends_after_it_starts",
            condition="actual_end_date_time >= actual_start_date_time",
            columns=("actual_start_date_time", "actual_end_date_time"),
            mend="Correct the actual start or end.",
        ),
        Rule(
            rule_id="K01",
            name="seen_after_arrival",
            condition="actual_start_date_time >= arrival_time",
            columns=("arrival_time", "actual_start_date_time"),
            severity="warn",
            mend="Correct the arrival or the actual start.",
        ),
    ),
    events=(
        EventMap(
            family="gp_appointment",
            role="point",
            start=At(datetime="appointment_start_date_time"),
            event_type=ClassOf(
                field="appointment_mode", codes="gp_appointment_mode", default="clinic"
            ),
            event_subtype="hcp_type",
            setting=(
                "CASE WHEN appointment_mode IN ('telephone_audio', 'video', 'written_online') "
                "THEN 'remote' WHEN appointment_mode = 'home_visit' THEN 'home' ELSE 'gp' END"
            ),
            outcome_class=ClassOf(
                field="appointment_status", codes="gp_appointment_status", default="unknown"
            ),
            organisation_code="practice_code",
            clocks=(Clock(name="booked", at=At(datetime="booked_date_time")),),
            cost="patient_level_cost",
        ),
    ),
)

_PRACTICE = Field(
    name="practice_code",
    meaning="Practice that holds the record.",
    required="required",
)

GP_EVENT = Contract(
    name="gp_event",
    family="gp",
    meaning="Coded entries of practice records: conditions, measurements, frailty, carers.",
    grain="one row per coded entry",
    version="1",
    effective_from=dt.date(2020, 4, 1),
    standard="GP clinical system export",
    standard_version="2022-07",
    sector="gp",
    sender_field="practice_code",
    fields=(
        _PRACTICE,
        Field(
            name="consultation_id",
            meaning="The practice's number for the consultation in which the entry was made.",
            treatment="hmac",
            id_domain="gp_consultation",
            identifier="quasi",
        ),
        Field(name="event_date", meaning="Date of the entry.", type="date", required="required"),
        Field(
            name="snomed_code",
            meaning="What was recorded, SNOMED CT.",
            type="code",
            pattern=r"[0-9]{6,18}",
            required="required",
        ),
        Field(name="numeric_value", meaning="Value, where the entry has one.", type="decimal"),
        Field(name="value_unit", meaning="Unit of the value."),
        *BY_REFERENCE,
    ),
    natural_key=(
        Key(
            fields=(
                "practice_code",
                "local_patient_identifier",
                "consultation_id",
                "event_date",
                "snomed_code",
                "numeric_value",
            ),
            where="TRUE",
        ),
    ),
    identity=("reference",),
    # Entries tell of the past: a diagnosis of ten years ago is sent with this month's.
    period_start=None,
    events=(
        # A record of something, not a contact: the contact is an appointment.
        EventMap(
            family="gp_event",
            role="administrative",
            start=At(date="event_date"),
            event_type="'coded_entry'",
            organisation_code="practice_code",
            reason_code="snomed_code",
            codes=(EventCodes(code_system="SNOMED CT", fields=("snomed_code",)),),
        ),
    ),
)


def _prescription(role: JourneyRole, where: str, kind: str) -> EventMap:
    return EventMap(
        family="gp_prescription",
        role=role,
        where=where,
        start=At(date="issue_date"),
        event_type=kind,
        event_subtype="SUBSTRING(bnf_code, 1, 4)",
        setting="'gp'",
        organisation_code="practice_code",
        reason_code="bnf_code",
        codes=(
            EventCodes(code_system="dm+d", fields=("dmd_code",)),
            EventCodes(code_system="BNF", fields=("bnf_code",)),
        ),
    )


GP_PRESCRIPTION_ISSUE = Contract(
    name="gp_prescription_issue",
    family="gp",
    meaning="Prescriptions issued by practices.",
    grain="one row per item issued",
    version="1",
    effective_from=dt.date(2020, 4, 1),
    standard="GP clinical system export",
    standard_version="2022-07",
    sector="gp",
    sender_field="practice_code",
    fields=(
        _PRACTICE,
        Field(
            name="issue_date", meaning="Date the item was issued.", type="date", required="required"
        ),
        Field(
            name="dmd_code",
            meaning="Dictionary of medicines and devices code.",
            type="code",
            required="expected",
        ),
        Field(
            name="bnf_code",
            meaning="British National Formulary code.",
            type="code",
            pattern=r"[0-9A-Z]{4,15}",
        ),
        Field(name="quantity", meaning="Quantity issued.", type="decimal", minimum=0),
        Field(
            name="course_duration_days",
            meaning="Days for which the item is to last.",
            type="integer",
            minimum=0,
            maximum=1000,
        ),
        Field(
            name="is_repeat",
            meaning="Whether the item is issued again from a standing prescription.",
            type="boolean",
            required="expected",
        ),
        *BY_REFERENCE,
    ),
    natural_key=(
        Key(
            fields=(
                "practice_code",
                "local_patient_identifier",
                "issue_date",
                "dmd_code",
                "bnf_code",
                "quantity",
            ),
            where="TRUE",
        ),
    ),
    identity=("reference",),
    period_start="issue_date",
    period_end="issue_date",
    events=(
        # A repeat belongs to a standing prescription: were each month's to bridge, nobody with one
        # would ever end a journey.
        _prescription("context", "COALESCE(is_repeat, FALSE) = FALSE", "'acute'"),
        _prescription("administrative", "is_repeat", "'repeat'"),
    ),
)

GP_REFERRAL = Contract(
    name="gp_referral",
    family="gp",
    meaning="Referrals that practices made.",
    grain="one row per referral",
    version="1",
    effective_from=dt.date(2020, 4, 1),
    standard="GP clinical system export",
    standard_version="2022-07",
    sector="gp",
    sender_field="practice_code",
    fields=(
        _PRACTICE,
        Field(
            name="referral_identifier",
            meaning="The practice's number for the referral, or its unique booking reference.",
            required="expected",
            treatment="hmac",
            id_domain="gp_referral",
            identifier="quasi",
        ),
        Field(
            name="referral_date",
            meaning="Date the referral was made.",
            type="date",
            required="required",
        ),
        Field(
            name="organisation_identifier_referred_to",
            meaning="Organisation referred to.",
            required="expected",
        ),
        Field(
            name="activity_treatment_function_code",
            meaning="Specialty or treatment function referred to.",
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
            name="gp_referral_method",
            meaning="How the referral was sent.",
            type="code",
            codes="gp_referral_method",
        ),
        Field(name="referral_reason_snomed_ct", meaning="Reason, SNOMED CT.", type="code"),
        *BY_REFERENCE,
    ),
    natural_key=(
        Key(fields=("practice_code", "referral_identifier")),
        Key(
            fields=(
                "practice_code",
                "local_patient_identifier",
                "referral_date",
                "organisation_identifier_referred_to",
                "activity_treatment_function_code",
            ),
            where="TRUE",
        ),
    ),
    identity=("reference",),
    period_start="referral_date",
    period_end="referral_date",
    events=(
        EventMap(
            family="gp_referral",
            role="context",
            start=At(date="referral_date"),
            event_type="'referral'",
            event_subtype="gp_referral_method",
            organisation_code="practice_code",
            specialty_code="activity_treatment_function_code",
            reason_code="referral_reason_snomed_ct",
            codes=(EventCodes(code_system="SNOMED CT", fields=("referral_reason_snomed_ct",)),),
        ),
    ),
)

CONTRACTS = (GP_REGISTRATION, GP_APPOINTMENT, GP_EVENT, GP_PRESCRIPTION_ISSUE, GP_REFERRAL)
