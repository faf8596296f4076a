"""Virtual wards: hospital-level care at home."""

import datetime as dt

from flow_pipeline.contracts import referred_care
from flow_pipeline.contracts.language import ClassOf, Contract, Field

_PATHWAY = ClassOf(field="virtual_ward_pathway", codes="virtual_ward_pathway", default="other")

VIRTUAL_WARD = Contract(
    name="virtual_ward",
    family="virtual_ward",
    meaning="Virtual wards: referrals, and the stays that followed.",
    grain="one row per referral",
    version="1",
    effective_from=dt.date(2021, 4, 1),
    standard="Local; NHS England virtual ward minimum data set",
    standard_version="2024",
    sector="community",
    sender_field="organisation_identifier_code_of_provider",
    fields=referred_care.fields(
        Field(
            name="virtual_ward_pathway",
            meaning="Condition the virtual ward is for.",
            type="code",
            codes="virtual_ward_pathway",
            required="expected",
        ),
        Field(
            name="virtual_ward_entry",
            meaning="Instead of a hospital stay (step up) or after one (step down).",
            type="code",
            codes="virtual_ward_entry",
            required="expected",
        ),
    ),
    natural_key=referred_care.NATURAL_KEY,
    period_start=referred_care.PERIOD_START,
    period_end=referred_care.PERIOD_END,
    rules=referred_care.RULES,
    events=(
        referred_care.care(
            "virtual_ward",
            "interval",
            event_type=_PATHWAY,
            setting="'home'",
            planned=ClassOf(
                field="virtual_ward_entry", codes="virtual_ward_entry", default="not_applicable"
            ),
        ),
        referred_care.waiting("virtual_ward", event_type=_PATHWAY),
    ),
)

CONTRACTS = (VIRTUAL_WARD,)
