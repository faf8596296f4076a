"""The general identity record: who a sender's local identifiers are, where its other files carry
only those identifiers."""

import datetime as dt

from flow_pipeline.contracts.identity import IDENTITY_BLOCK
from flow_pipeline.contracts.language import Contract, Field, Key

PERSON_INDEX = Contract(
    name="person_index",
    family="person_index",
    meaning="Identity records of a sender whose other files carry only a local identifier.",
    grain="one row per person known to the sender",
    version="1",
    effective_from=dt.date(2020, 4, 1),
    standard="flow-pipeline",
    standard_version="1",
    fields=(
        *IDENTITY_BLOCK,
        Field(
            name="resident_from",
            meaning="First date the person belonged to the economy; unknown when absent.",
            type="date",
        ),
        Field(
            name="resident_to",
            meaning="Last date the person belonged to the economy; still does when absent.",
            type="date",
        ),
    ),
    natural_key=(
        Key(fields=("local_patient_identifier",)),
        Key(fields=("nhs_number",)),
        Key(fields=("foreign_pseudonym",)),
    ),
    identity=("row",),
    is_identity_record=True,
)

CONTRACTS = (PERSON_INDEX,)
