"""Housing: applications to the council for help with homelessness (H-CLIC)."""

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

HOMELESSNESS_APPLICATION = Contract(
    name="homelessness_application",
    family="housing",
    meaning="Applications of people who are homeless or threatened with it, and what was decided.",
    grain="one row per application and duty",
    version="1",
    effective_from=dt.date(2020, 4, 1),
    standard="Homelessness Case Level Information Collection (H-CLIC)",
    standard_version="2024",
    sector="council",
    sender_field="la_code",
    fields=(
        Field(name="la_code", meaning="Council.", required="expected"),
        Field(
            name="application_identifier",
            meaning="The council's number for the application.",
            required="required",
            treatment="hmac",
            id_domain="homelessness_application",
            identifier="quasi",
        ),
        Field(
            name="application_date",
            meaning="Date of the application.",
            type="date",
            required="required",
        ),
        Field(
            name="assessment_date",
            meaning="Date circumstances and needs were assessed.",
            type="date",
            required="expected",
        ),
        Field(
            name="homelessness_duty",
            meaning="Duty owed: prevention, relief, main or none.",
            type="code",
            codes="homelessness_duty",
            required="expected",
        ),
        Field(name="duty_start_date", meaning="Date the duty began.", type="date"),
        Field(name="duty_end_date", meaning="Date the duty ended; null while owed.", type="date"),
        Field(
            name="homelessness_outcome",
            meaning="Why the duty ended, or what was decided.",
            type="code",
            codes="homelessness_outcome",
            required="expected",
            applies_when="duty_end_date IS NOT NULL",
        ),
        Field(
            name="homelessness_reason",
            meaning="Why the last settled home was lost.",
            type="code",
            codes="homelessness_reason",
            required="expected",
        ),
        Field(
            name="accommodation_at_application",
            meaning="Where the person lived at the time of the application.",
            type="code",
            codes="homelessness_accommodation",
            required="expected",
        ),
        Field(
            name="accommodation_at_end",
            meaning="Property found, or where the person lived when the duty ended.",
            type="code",
            codes="homelessness_accommodation",
            applies_when="duty_end_date IS NOT NULL",
        ),
        Field(
            name="is_rough_sleeping",
            meaning="Whether the person was sleeping rough at the application.",
            type="boolean",
        ),
        Field(name="care_team", meaning="The council's team: the unit of hand-offs."),
        *IDENTITY_BLOCK,
    ),
    natural_key=(
        Key(fields=("application_identifier", "homelessness_duty")),
        Key(fields=("application_identifier",)),
    ),
    period_start="application_date",
    period_end="duty_end_date",
    rules=(
        Rule(
            rule_id="K01",
            name="duty_ends_after_it_starts",
            condition="duty_end_date >= duty_start_date",
            columns=("duty_start_date", "duty_end_date"),
            mend="Correct the start or the end of the duty.",
        ),
        Rule(
            rule_id="K01",
            name="assessed_after_application",
            condition="assessment_date >= application_date",
            columns=("application_date", "assessment_date"),
            mend="Correct the date of the application or of the assessment.",
        ),
    ),
    events=(
        # Open for months by law: like a referral, its start alone is part of a journey.
        EventMap(
            family="homelessness_application",
            role="context",
            start=At(date="application_date"),
            end=At(date="duty_end_date"),
            event_type=ClassOf(
                field="homelessness_duty", codes="homelessness_duty", default="unknown"
            ),
            event_subtype="accommodation_at_application",
            outcome_class=ClassOf(
                field="homelessness_outcome", codes="homelessness_outcome", default="attended"
            ),
            organisation_code="la_code",
            team_code="care_team",
            reason_code="homelessness_reason",
            clocks=(Clock(name="assessed", at=At(date="assessment_date")),),
        ),
    ),
)

CONTRACTS = (HOMELESSNESS_APPLICATION,)
