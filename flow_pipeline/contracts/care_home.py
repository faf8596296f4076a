"""Care-home residencies: who lives in which care home, and how surely that is known."""

import datetime as dt

from flow_pipeline.contracts.identity import IDENTITY_BLOCK
from flow_pipeline.contracts.language import (
    At,
    ClassOf,
    Contract,
    EventMap,
    Field,
    Key,
    Rule,
)

CARE_HOME_RESIDENCY = Contract(
    name="care_home_residency",
    family="care_home",
    meaning=(
        "Residence in care homes, from council records, returns of the homes or matched addresses. "
        "Not costed: what the council pays comes with its services."
    ),
    grain="one row per person, care home and start of residence",
    version="1",
    effective_from=dt.date(2020, 4, 1),
    standard="Council record, Capacity Tracker, or address matched to the CQC register",
    standard_version="2024",
    sector="council",
    fields=(
        Field(
            name="care_home_cqc_location_id",
            meaning="Care home, Care Quality Commission location number.",
            required="required",
        ),
        Field(name="care_home_name", meaning="Name of the care home.", treatment="drop"),
        Field(
            name="care_home_type",
            meaning="With or without nursing.",
            type="code",
            codes="care_home_type",
            required="expected",
        ),
        Field(
            name="residency_start_date",
            meaning="First date known to live there.",
            type="date",
            required="required",
        ),
        Field(
            name="residency_end_date",
            meaning="Last date known to live there; null while resident.",
            type="date",
        ),
        Field(
            name="care_home_end_reason",
            meaning="Why the person left.",
            type="code",
            codes="care_home_end_reason",
            applies_when="residency_end_date IS NOT NULL",
        ),
        Field(
            name="care_home_funding",
            meaning="Who pays.",
            type="code",
            codes="care_home_funding",
            required="expected",
        ),
        Field(
            name="is_temporary",
            meaning="Whether the stay is for respite or for a limited time.",
            type="boolean",
        ),
        Field(
            name="care_home_evidence",
            meaning="How the residence is known.",
            type="code",
            codes="care_home_evidence",
            required="required",
        ),
        Field(
            name="address_match_confidence",
            meaning="Confidence of the address match, 0 to 1; 1 where UPRNs are equal.",
            type="decimal",
            minimum=0,
            maximum=1,
            required_when="care_home_evidence = 'address_match'",
            applies_when="care_home_evidence = 'address_match'",
        ),
        *IDENTITY_BLOCK,
    ),
    natural_key=(
        Key(
            fields=(
                "care_home_cqc_location_id",
                "local_patient_identifier",
                "residency_start_date",
            )
        ),
        Key(fields=("care_home_cqc_location_id", "nhs_number", "residency_start_date")),
    ),
    # People live in homes for years: a file lists who lives there, not what fell into its period.
    period_start=None,
    rules=(
        Rule(
            rule_id="K01",
            name="residency_ends_after_it_starts",
            condition="residency_end_date >= residency_start_date",
            columns=("residency_start_date", "residency_end_date"),
            mend="Correct the start or the end of the residence.",
        ),
    ),
    events=(
        EventMap(
            family="care_home",
            role="context",
            start=At(date="residency_start_date"),
            end=At(date="residency_end_date"),
            event_type=ClassOf(
                field="care_home_type", codes="care_home_type", default="residential"
            ),
            event_subtype="care_home_evidence",
            setting="'care_home'",
            outcome_class=(
                "CASE WHEN residency_end_date IS NULL THEN 'open' "
                "WHEN care_home_end_reason = 'died' THEN 'died' "
                "WHEN care_home_end_reason = 'moved_hospital' THEN 'admitted' "
                "ELSE 'discharged' END"
            ),
            site_code="care_home_cqc_location_id",
        ),
    ),
)

CONTRACTS = (CARE_HOME_RESIDENCY,)
