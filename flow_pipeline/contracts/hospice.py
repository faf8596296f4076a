"""Hospices: stays in a hospice bed, day services and hospice care at home."""

import datetime as dt

from flow_pipeline.contracts import referred_care
from flow_pipeline.contracts.language import ClassOf, Contract, Field

_SETTING = ClassOf(field="care_location", codes="care_location", default="none")
_IN_BED = "care_location = 'hospice'"

HOSPICE_CARE = Contract(
    name="hospice_care",
    family="hospice",
    meaning="Hospice care: referrals, and the care that followed, in a bed or at home.",
    grain="one row per referral and place of care",
    version="1",
    effective_from=dt.date(2020, 4, 1),
    standard="Local",
    standard_version="1",
    sector="voluntary",
    sender_field="organisation_identifier_code_of_provider",
    fields=referred_care.fields(
        Field(
            name="care_location",
            meaning="Where the care is given: in the hospice, at home, as a day service.",
            type="code",
            codes="care_location",
            required="expected",
        ),
        Field(
            name="primary_diagnosis_icd",
            meaning="Main condition, ICD-10.",
            type="code",
            pattern=r"[A-Z][0-9]{2}[0-9X.]{0,3}[0-9A-Z]?",
        ),
    ),
    natural_key=referred_care.NATURAL_KEY,
    period_start=referred_care.PERIOD_START,
    period_end=referred_care.PERIOD_END,
    rules=(
        *referred_care.RULES,
        referred_care.bed_of_this_care("community_hospital", "rehabilitation_unit"),
    ),
    events=(
        referred_care.care(
            "hospice",
            "interval",
            event_type="care_location",
            setting=_SETTING,
            where=f"{referred_care.HAS_BEGUN} AND {_IN_BED}",
        ),
        # At home it lasts as long as life does: only its start is part of a journey.
        referred_care.care(
            "hospice",
            "context",
            event_type="care_location",
            setting=_SETTING,
            where=f"{referred_care.HAS_BEGUN} AND COALESCE(care_location, '') <> 'hospice'",
        ),
        referred_care.waiting("hospice", event_type="care_location"),
    ),
)

CONTRACTS = (HOSPICE_CARE,)
