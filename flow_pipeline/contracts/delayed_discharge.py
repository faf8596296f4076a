"""Delayed discharges, patient by patient: who is ready to leave hospital and what they wait for."""

import datetime as dt

from flow_pipeline.contracts.identity import IDENTITY_BLOCK
from flow_pipeline.contracts.language import (
    At,
    ClassOf,
    Contract,
    EventMap,
    Field,
    Key,
    Parent,
    Rule,
)

_READY = "discharge_ready_date"

DELAYED_DISCHARGE = Contract(
    name="delayed_discharge",
    family="delayed_discharge",
    meaning="People who no longer meet the criteria to reside in hospital, and why they stay.",
    grain="one row per person and date ready; a later list of the same wait takes its place",
    version="1",
    effective_from=dt.date(2020, 4, 1),
    standard="Local patient list behind the acute daily discharge situation report",
    standard_version="2024",
    sector="acute",
    sender_field="organisation_identifier_code_of_provider",
    fields=(
        Field(
            name="organisation_identifier_code_of_provider",
            meaning="Provider in whose bed the person waits; the sender when absent.",
        ),
        Field(
            name="hospital_provider_spell_identifier",
            meaning="The provider's number for the spell.",
            required="expected",
            treatment="hmac",
            id_domain="hospital_provider_spell",
            identifier="quasi",
        ),
        Field(
            name="census_date",
            meaning="Date of the list from which the row comes.",
            type="date",
            required="expected",
        ),
        Field(
            name=_READY,
            meaning="Date the person no longer met the criteria to reside.",
            type="date",
            required="required",
        ),
        Field(
            name="delay_end_date",
            meaning="Date the wait ended; null while it goes on.",
            type="date",
        ),
        Field(
            name="discharge_pathway",
            meaning="Pathway on which the person is to leave.",
            type="code",
            codes="discharge_pathway",
            required="expected",
        ),
        Field(
            name="delayed_discharge_reason",
            meaning="What the person waits for.",
            type="code",
            codes="delayed_discharge_reason",
            required="expected",
        ),
        Field(
            name="responsible_body",
            meaning="Body responsible for what the person waits for.",
            type="code",
            codes="responsible_body",
            required="expected",
        ),
        Field(
            name="organisation_identifier_responsible",
            meaning="Organisation responsible, where the list names one.",
        ),
        Field(name="ward_code", meaning="Ward on which the person waits."),
        *IDENTITY_BLOCK,
    ),
    natural_key=(
        Key(fields=("hospital_provider_spell_identifier", _READY)),
        Key(fields=("local_patient_identifier", _READY)),
        Key(fields=("nhs_number", _READY)),
    ),
    identity=("row", "reference"),
    period_start=_READY,
    period_end="delay_end_date",
    rules=(
        Rule(
            rule_id="K01",
            name="delay_ends_after_ready",
            condition=f"delay_end_date >= {_READY}",
            columns=(_READY, "delay_end_date"),
            mend="Correct the date ready or the end of the wait.",
        ),
        Rule(
            rule_id="K01",
            name="census_after_ready",
            condition=f"census_date >= {_READY}",
            columns=(_READY, "census_date"),
            severity="warn",
            mend="Correct the date of the list or the date ready.",
        ),
    ),
    events=(
        # A wait inside a stay: a member of the journey, neither bridging nor a step.
        EventMap(
            family="delayed_discharge",
            role="administrative",
            start=At(date=_READY),
            end=At(date="delay_end_date"),
            event_type=ClassOf(
                field="discharge_pathway", codes="discharge_pathway", default="unknown"
            ),
            event_subtype=ClassOf(
                field="responsible_body", codes="responsible_body", default="unknown"
            ),
            setting="'acute_bed'",
            outcome_class=(
                "CASE WHEN delay_end_date IS NOT NULL THEN 'discharged' ELSE 'open' END"
            ),
            organisation_code="organisation_identifier_code_of_provider",
            team_code="ward_code",
            reason_code="delayed_discharge_reason",
            ready=At(date=_READY),
            parent=Parent(contract="apc_episode", on=("hospital_provider_spell_identifier",)),
        ),
    ),
)

CONTRACTS = (DELAYED_DISCHARGE,)
