"""Waiting lists: people who wait for a hospital appointment, test or treatment (WLMDS)."""

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

_START = "referral_to_treatment_period_start_date"
_END = "referral_to_treatment_period_end_date"

WAITING_LIST_ENTRY = Contract(
    name="waiting_list_entry",
    family="waiting_list",
    meaning="Entries of waiting lists, week by week; the latest list of an entry holds.",
    grain="one row per pathway, list and start of the clock",
    version="1",
    effective_from=dt.date(2021, 4, 1),
    standard="Waiting List Minimum Data Set",
    standard_version="2024",
    sector="acute",
    sender_field="organisation_identifier_code_of_provider",
    fields=(
        Field(
            name="organisation_identifier_code_of_provider",
            meaning="Provider on whose list the person waits; the sender when absent.",
        ),
        Field(
            name="patient_pathway_identifier",
            meaning="Pathway, as its issuer numbers it.",
            required="required",
            treatment="hmac",
            id_domain="pathway",
            identifier="quasi",
        ),
        Field(
            name="waiting_list_type",
            meaning="Outpatient, inpatient, diagnostic or planned; inside referral to treatment or "
            "not.",
            type="code",
            codes="waiting_list_type",
            required="required",
        ),
        Field(
            name="week_ending_date",
            meaning="Last day of the week that the list is of.",
            type="date",
            required="expected",
        ),
        Field(name=_START, meaning="Start of the clock.", type="date", required="required"),
        Field(name=_END, meaning="Stop of the clock; null while waiting.", type="date"),
        Field(
            name="referral_request_received_date",
            meaning="Date the referral was received.",
            type="date",
        ),
        Field(name="decided_to_admit_date", meaning="Date of the decision to admit.", type="date"),
        Field(
            name="next_appointment_date",
            meaning="Date of the next booked appointment or admission.",
            type="date",
        ),
        Field(
            name="activity_treatment_function_code",
            meaning="Treatment function of the list.",
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
            name="proposed_procedure_opcs",
            meaning="Procedure waited for, OPCS-4.",
            type="code",
            pattern=r"[A-Z][0-9]{2}\.?[0-9]?",
        ),
        Field(
            name="waiting_list_removal_reason",
            meaning="Why the clock stopped.",
            type="code",
            codes="waiting_list_removal_reason",
            applies_when=f"{_END} IS NOT NULL",
        ),
        *IDENTITY_BLOCK,
    ),
    natural_key=(Key(fields=("patient_pathway_identifier", "waiting_list_type", _START)),),
    # A list names everybody who still waits, since whenever: it has no period of its own.
    period_start=None,
    rules=(
        Rule(
            rule_id="K01",
            name="clock_stops_after_it_starts",
            condition=f"{_END} >= {_START}",
            columns=(_START, _END),
            mend="Correct the start or the stop of the clock.",
        ),
    ),
    events=(
        EventMap(
            family="waiting_list",
            role="context",
            start=At(date=_START),
            end=At(date=_END),
            event_type=ClassOf(
                field="waiting_list_type", codes="waiting_list_type", default="other"
            ),
            event_subtype="priority_type_code",
            planned="'elective'",
            outcome_class=(
                f"CASE WHEN {_END} IS NULL THEN 'open' "
                "WHEN waiting_list_removal_reason = 'died' THEN 'died' "
                "WHEN waiting_list_removal_reason = 'patient_declined' "
                "THEN 'cancelled_by_patient' ELSE 'discharged' END"
            ),
            organisation_code="organisation_identifier_code_of_provider",
            specialty_code="activity_treatment_function_code",
            reason_code="proposed_procedure_opcs",
            clocks=(
                Clock(name="received", at=At(date="referral_request_received_date")),
                Clock(name="decided", at=At(date="decided_to_admit_date")),
            ),
        ),
    ),
)

CONTRACTS = (WAITING_LIST_ENTRY,)
