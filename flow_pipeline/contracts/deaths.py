"""Civil registration of deaths."""

import datetime as dt

from flow_pipeline.contracts.identity import IDENTITY_BLOCK
from flow_pipeline.contracts.language import (
    At,
    Contract,
    EventCodes,
    EventMap,
    Field,
    Key,
    Rule,
)

_ICD_PATTERN = r"[A-Z][0-9]{2}[0-9X.]{0,3}[0-9A-Z]?"
_MENTIONS = tuple(f"cause_of_death_mention_icd_{n:02}" for n in range(1, 16))
_FIELDS = tuple(f for f in IDENTITY_BLOCK if f.name != "person_death_date")

DEATH = Contract(
    name="death",
    family="deaths",
    meaning="Registered deaths.",
    grain="one row per registered death",
    version="1",
    effective_from=dt.date(2020, 4, 1),
    standard="Civil registration of deaths",
    standard_version="2024",
    fields=(
        Field(
            name="person_death_date",
            meaning="Date of death.",
            type="date",
            required="required",
            identifier="quasi",
        ),
        Field(
            name="death_place_type",
            meaning="Kind of place of death.",
            type="code",
            codes="death_place_type",
        ),
        Field(
            name="underlying_cause_icd",
            meaning="Underlying cause, ICD-10.",
            type="code",
            pattern=_ICD_PATTERN,
        ),
        *(
            Field(
                name=n,
                meaning="Cause mentioned on the certificate, ICD-10.",
                type="code",
                pattern=_ICD_PATTERN,
            )
            for n in _MENTIONS
        ),
        Field(name="registration_date", meaning="Date of registration.", type="date"),
        *_FIELDS,
    ),
    natural_key=(
        Key(fields=("nhs_number", "person_death_date")),
        Key(fields=("local_patient_identifier", "person_death_date")),
        Key(fields=("foreign_pseudonym", "person_death_date")),
    ),
    identity=("row", "reference"),
    period_start="person_death_date",
    period_end="person_death_date",
    rules=(
        Rule(
            rule_id="K01",
            name="registered_after_death",
            condition="registration_date >= person_death_date",
            columns=("person_death_date", "registration_date"),
            severity="warn",
            mend="Correct the date of death or of registration.",
        ),
    ),
    events=(
        EventMap(
            family="death",
            role="administrative",
            start=At(date="person_death_date"),
            event_type="death_place_type",
            setting="'none'",
            outcome_class="'died'",
            reason_code="underlying_cause_icd",
            # Not under ICD-10: causes certified at death are no conditions that care was given for.
            codes=(
                EventCodes(
                    code_system="ICD-10 cause of death",
                    fields=("underlying_cause_icd", *_MENTIONS),
                ),
            ),
        ),
    ),
)

CONTRACTS = (DEATH,)
