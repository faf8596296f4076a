"""Intermediate care: rehabilitation for a limited time, at home or in a bed."""

import datetime as dt

from flow_pipeline.contracts import referred_care
from flow_pipeline.contracts.language import ClassOf, Contract, Field

_SETTING = ClassOf(field="care_location", codes="care_location", default="none")

INTERMEDIATE_CARE = Contract(
    name="intermediate_care",
    family="intermediate_care",
    meaning="Intermediate care: referrals, and the episodes of care that followed.",
    grain="one row per referral",
    version="1",
    effective_from=dt.date(2020, 4, 1),
    standard="Local; National Audit of Intermediate Care definitions",
    standard_version="2024",
    sector="community",
    sender_field="organisation_identifier_code_of_provider",
    fields=referred_care.fields(
        Field(
            name="care_location",
            meaning="Where the care is given: at home or in which kind of bed.",
            type="code",
            codes="care_location",
            required="expected",
        ),
        Field(
            name="discharge_pathway",
            meaning="Discharge pathway on which the person came from hospital.",
            type="code",
            codes="discharge_pathway",
        ),
    ),
    natural_key=referred_care.NATURAL_KEY,
    period_start=referred_care.PERIOD_START,
    period_end=referred_care.PERIOD_END,
    rules=(*referred_care.RULES, referred_care.bed_of_this_care("hospice")),
    events=(
        # Like the council's reablement it is for a limited time, so it bridges at home too.
        referred_care.care(
            "intermediate_care", "interval", event_type="care_location", setting=_SETTING
        ),
        referred_care.waiting("intermediate_care", event_type="care_location"),
    ),
)

CONTRACTS = (INTERMEDIATE_CARE,)
