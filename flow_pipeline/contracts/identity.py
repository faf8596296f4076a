"""The identity block: who a record is about, in clear only as far as pseudonymisation."""

from dataclasses import replace

from flow_pipeline.contracts.language import Contract, Field, Jurisdiction

# As written, in any spacing; the pseudo-codes of no fixed abode and of Scotland among them.
POSTCODE_PATTERN = r"\s*[A-Za-z]{1,2}\s?[0-9][A-Za-z0-9]?\s*(?:[0-9]\s?[A-Za-z]{2})?\s*"

NHS_NUMBER = Field(
    name="nhs_number",
    meaning="NHS number: ten digits with a modulus 11 check digit.",
    required="expected",
    identifier="direct",
    treatment="token",
)
CHI_NUMBER = Field(
    name="chi_number",
    meaning="CHI number, Scotland's: ten digits, of which the first six are the date of birth.",
    identifier="direct",
    treatment="token",
)
NHS_NUMBER_STATUS = Field(
    name="nhs_number_status_indicator_code",
    meaning="Whether the NHS number has been traced; 01 is verified.",
    type="code",
    codes="nhs_number_status",
)
LOCAL_PATIENT_IDENTIFIER = Field(
    name="local_patient_identifier",
    meaning="The organisation's own number for the person; unique only with its issuer.",
    required="expected",
    identifier="direct",
    treatment="token",
)
LOCAL_PATIENT_IDENTIFIER_ISSUER = Field(
    name="organisation_identifier_local_patient_identifier",
    meaning="Organisation that issued the local patient identifier; the sender when absent.",
)

FOREIGN_PSEUDONYM = Field(
    name="foreign_pseudonym",
    meaning="Pseudonym that another body gave the person; comparable within its namespace alone.",
    identifier="direct",
    treatment="token",
)
FOREIGN_NAMESPACE = Field(
    name="foreign_pseudonym_namespace",
    meaning="Who made the pseudonym and under which key; the configuration of the source says it.",
    identifier="direct",
    treatment="token",
)
# Texts that stand where a pseudonym should and are none: what a scheme writes for a number that
# it could not read, and one sign repeated.
_REPEATED = "|".join(f"{sign}+" for sign in "0123456789FX")
NO_PSEUDONYM = (
    r"^(?i:\s*|INVALID.*|NULL|NONE|NAN|NA|N/A|NK|UNKNOWN|NOT[ _]?KNOWN|MISSING|UNTRACED|ERROR|TEST"
    rf"|{_REPEATED}|[-?.#*_ ]+)$"
)

IDENTITY_BLOCK: tuple[Field, ...] = (
    NHS_NUMBER,
    CHI_NUMBER,
    NHS_NUMBER_STATUS,
    LOCAL_PATIENT_IDENTIFIER,
    LOCAL_PATIENT_IDENTIFIER_ISSUER,
    Field(
        name="person_family_name",
        meaning="Family name.",
        identifier="direct",
        treatment="token",
    ),
    Field(
        name="person_given_name",
        meaning="Given names.",
        identifier="direct",
        treatment="token",
    ),
    Field(
        name="person_birth_date",
        meaning="Date of birth, at the precision of birth_date_precision.",
        type="date",
        required="expected",
        identifier="direct",
        treatment="birth_month",
    ),
    Field(
        name="birth_date_precision",
        meaning="Precision of the birth date: day, month or year; day when absent.",
        type="code",
        codes="birth_date_precision",
    ),
    Field(
        name="person_stated_gender_code",
        meaning="Gender as stated: 1 male, 2 female, 9 indeterminate, X or 0 not known.",
        type="code",
        codes="person_stated_gender",
        required="expected",
        identifier="quasi",
    ),
    Field(
        name="ethnic_category",
        meaning="Ethnic category, 2001 census codes A to S; Z not stated, 99 not known.",
        type="code",
        codes="ethnic_category",
        required="expected",
        identifier="quasi",
    ),
    Field(
        name="postcode_of_usual_address",
        meaning="Postcode of usual address; ZZ99 pseudo-codes mean no fixed abode or unknown.",
        required="expected",
        pattern=POSTCODE_PATTERN,
        identifier="direct",
        treatment="area",
    ),
    Field(
        name="general_medical_practice_code_patient_registration",
        meaning="GP practice the person is registered with.",
        required="expected",
        identifier="quasi",
    ),
    Field(
        name="person_death_date",
        meaning="Date of death.",
        type="date",
        identifier="quasi",
    ),
    Field(
        name="uprn",
        meaning="Unique property reference number of the usual address.",
        identifier="direct",
        treatment="token",
    ),
    FOREIGN_PSEUDONYM,
    FOREIGN_NAMESPACE,
)

BY_REFERENCE: tuple[Field, ...] = (
    LOCAL_PATIENT_IDENTIFIER,
    LOCAL_PATIENT_IDENTIFIER_ISSUER,
    FOREIGN_PSEUDONYM,
    FOREIGN_NAMESPACE,
)

# Where a row's parent says whom it is about, national tables carry no local identifier.
BY_PARENT: tuple[Field, ...] = tuple(replace(f, required="optional") for f in BY_REFERENCE)

# The number by which a jurisdiction knows a person, and the field that would hold it elsewhere.
_NUMBER_OF: dict[str, str] = {"england": NHS_NUMBER.name, "scotland": CHI_NUMBER.name}


def identified_in(contract: Contract, jurisdiction: Jurisdiction) -> Contract:
    """The contract as a jurisdiction identifies people: its own number expected, not the other.

    The fields are the same everywhere, so that core rows are.
    """
    own = _NUMBER_OF[jurisdiction]
    if not contract.has(own):
        return replace(contract, jurisdiction=jurisdiction)
    fields = tuple(
        replace(f, required="expected" if f.name == own else "optional")
        if f.name in _NUMBER_OF.values()
        else f
        for f in contract.fields
    )
    return replace(contract, fields=fields, jurisdiction=jurisdiction)


# What a body that gives pseudonyms leaves out, so that nobody else can give them.
_NOT_BESIDE_PSEUDONYM = (
    NHS_NUMBER.name,
    CHI_NUMBER.name,
    LOCAL_PATIENT_IDENTIFIER.name,
    "postcode_of_usual_address",
)


def known_by_pseudonym(contract: Contract) -> Contract:
    """The contract of rows that another body's pseudonym tells the persons of: what would tell who
    they are is not asked for beside it."""
    fields = tuple(
        replace(f, required="optional") if (f.role or f.name) in _NOT_BESIDE_PSEUDONYM else f
        for f in contract.fields
    )
    return replace(contract, fields=fields)


def number_synonym(contract: Contract) -> tuple[str, str] | None:
    """The number field of a contract and the name by which senders may call it too.

    In Scotland a column called nhs_number holds the CHI number. None where there is no such name.
    """
    own = _NUMBER_OF[contract.jurisdiction]
    if own == NHS_NUMBER.name or not contract.has(own):
        return None
    return own, NHS_NUMBER.name
