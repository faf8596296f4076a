"""General practice extracts: registrations (the population) and appointments."""

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
            name="hcp_type",
            meaning="Kind of professional.",
            type="code",
            codes="gp_hcp_type",
            required="expected",
        ),
        Field(name="booking_method", meaning="How the appointment was booked."),
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

CONTRACTS = (GP_REGISTRATION, GP_APPOINTMENT)
