"""Prescribed items that were dispensed and paid for (NHS Business Services Authority)."""

import datetime as dt

from flow_pipeline.contracts.identity import IDENTITY_BLOCK
from flow_pipeline.contracts.language import (
    At,
    Contract,
    EventCodes,
    EventMap,
    Field,
    Key,
)

# The payment file says who by number, birth date and gender; names and addresses are not in it.
_IN_THE_FILE = (
    "nhs_number",
    "nhs_number_status_indicator_code",
    "local_patient_identifier",
    "organisation_identifier_local_patient_identifier",
    "person_birth_date",
    "birth_date_precision",
    "person_stated_gender_code",
)
_IDENTITY = tuple(f for f in IDENTITY_BLOCK if f.name in _IN_THE_FILE)

PRESCRIBED_ITEM = Contract(
    name="prescribed_item",
    family="prescribing",
    meaning="Items dispensed on NHS prescriptions, with what was paid for them.",
    grain="one row per item dispensed",
    version="1",
    effective_from=dt.date(2020, 4, 1),
    standard="NHSBSA medicines dispensed in primary care",
    standard_version="2024",
    sector="gp",
    fields=(
        Field(
            name="prescription_item_identifier",
            meaning="The authority's number for the item; without one the whole row is the key.",
            required="expected",
            treatment="hmac",
            id_domain="prescription_item",
            identifier="quasi",
        ),
        Field(
            name="processing_period_date",
            meaning="First day of the month in which the item was paid for.",
            type="date",
            required="required",
        ),
        Field(
            name="prescriber_organisation_code",
            meaning="Practice or cost centre that prescribed.",
            required="expected",
        ),
        Field(name="dispenser_code", meaning="Pharmacy or other dispenser."),
        Field(
            name="paid_bnf_code",
            meaning="British National Formulary code of what was paid for.",
            type="code",
            pattern=r"[0-9A-Z]{4,15}",
            required="required",
        ),
        Field(
            name="paid_dmd_code",
            meaning="Dictionary of medicines and devices code of what was paid for.",
            type="code",
        ),
        Field(
            name="item_count", meaning="Items, usually 1.", type="integer", minimum=0, maximum=999
        ),
        Field(name="paid_quantity", meaning="Quantity paid for.", type="decimal", minimum=0),
        Field(
            name="net_ingredient_cost",
            meaning="Price in pounds before discounts and fees.",
            type="decimal",
            required="expected",
        ),
        Field(
            name="actual_cost",
            meaning="Pounds after discounts, with container allowance: what it cost the NHS.",
            type="decimal",
            required="expected",
        ),
        *_IDENTITY,
    ),
    natural_key=(Key(fields=("prescription_item_identifier",)),),
    identity=("row",),
    period_start="processing_period_date",
    period_end="processing_period_date",
    events=(
        # Every repeat is a row of its own month. As context its start would bridge, and nobody with
        # a standing prescription would ever end a journey; only the cost and the count matter.
        EventMap(
            family="prescribed_item",
            role="administrative",
            start=At(date="processing_period_date"),
            event_type="'dispensed'",
            event_subtype="SUBSTRING(paid_bnf_code, 1, 4)",
            organisation_code="prescriber_organisation_code",
            reason_code="paid_bnf_code",
            cost="COALESCE(actual_cost, net_ingredient_cost)",
            codes=(
                EventCodes(code_system="BNF", fields=("paid_bnf_code",)),
                EventCodes(code_system="dm+d", fields=("paid_dmd_code",)),
            ),
        ),
    ),
)

CONTRACTS = (PRESCRIBED_ITEM,)
