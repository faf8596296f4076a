"""Core and detail tables: one of each per contract, derived from it."""

from flow_pipeline.contracts.language import Contract, Field, FieldType
from flow_pipeline.tables.language import (
    Column,
    ColumnType,
    Table,
    boolean,
    date,
    integer,
    text,
    text_list,
)

FIELD_COLUMN_TYPES: dict[FieldType, ColumnType] = {
    "text": "text",
    "code": "text",
    "date": "date",
    "time": "text",  # HH:MM:SS, local; text because a time without a date has no order of its own
    "datetime": "datetime",
    "integer": "integer",
    "decimal": "number",
    "boolean": "boolean",
}

LINEAGE: tuple[Column, ...] = (
    text("record_key", "Keyed hash of the delivered record.", nullable=False),
    text("submission_id", "Submission that delivered it.", nullable=False),
    text("source", "Source of the configuration that took it.", nullable=False),
    text("organisation_code", "Sender.", nullable=False),
    integer("row_number", "Row in the delivered file, 1 for the first data row.", nullable=False),
)

PERSON_ATTRIBUTES: tuple[Column, ...] = (
    date("birth_month", "First day of the month of birth."),
    integer("age_at_event", "Completed years at the row's own date, from the true birth date."),
    text("area_code", "Small area of residence: MSOA."),
    integer("imd_decile", "Deprivation decile of the small area, 1 the most deprived."),
    text(
        "nhs_number_validity",
        "Of the NHS or CHI number: valid, invalid, sentinel or missing; foreign where another "
        "body's pseudonym stands in its place.",
    ),
    boolean("is_no_fixed_abode", "Whether the postcode says no fixed abode."),
)


def field_column(field: Field) -> Column:
    """The column that a kept or hashed contract field becomes."""
    type_: ColumnType = "text" if field.treatment == "hmac" else FIELD_COLUMN_TYPES[field.type]
    meaning = f"Keyed hash. {field.meaning}" if field.treatment == "hmac" else field.meaning
    return Column(field.name, type_, meaning)


def core_table(contract: Contract) -> Table:
    """The accepted rows of a contract: typed, without identifiers, before linkage.

    Kept and hashed fields under their own names; a birth date becomes birth_month and
    age_at_event, a postcode area_code and imd_decile; tokens stand apart in the linkage zone.
    """
    kept = [field_column(f) for f in contract.fields_treated("keep", "hmac")]
    event_id = text("event_id", "Keyed hash of family, sender and natural key.", nullable=False)
    flags = text_list("dq_flags", "Checks that fired on the row without refusing it.")
    return Table(
        name=contract.core_table,
        stage="ingest",
        grain=contract.grain,
        meaning=f"Accepted rows: {contract.meaning}",
        columns=(*LINEAGE, event_id, *kept, *PERSON_ATTRIBUTES, flags),
        key=("record_key",),
        order=("submission_id", "row_number", "record_key"),
        release_class="internal",
    )


def detail_table(contract: Contract) -> Table:
    """Every kept field of a contract beside the event it became, for analysts."""
    kept = [field_column(f) for f in contract.fields_treated("keep", "hmac")]
    event_id = text("event_id", "Event in care_event.", nullable=False)
    return Table(
        name=contract.detail_table,
        stage="journeys",
        grain="one row per event of the contract",
        meaning=f"Kept fields of {contract.name}: {contract.meaning}",
        columns=(event_id, *kept),
        key=("event_id",),
    )
