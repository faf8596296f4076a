"""Tables of ingest: what was delivered, and where each row went."""

import polars as pl

from flow_pipeline.tables.language import (
    Table,
    boolean,
    date,
    datetime,
    integer,
    number,
    text,
)

SUBMISSION = Table(
    name="submission",
    stage="ingest",
    grain="one row per delivered file, source and sender",
    meaning="Delivered files: when, what period, how many rows.",
    columns=(
        text("submission_id", "Derived from source and content.", nullable=False),
        text("source", "Source of the configuration.", nullable=False),
        text(
            "organisation_code", "Sender; null for rows of a file of many senders that name none."
        ),
        datetime("received_at", "When the file was delivered, UTC."),
        text("digest", "SHA-256 of the delivered bytes."),
        date("period_stated_start", "First date of the period the sender states."),
        date("period_stated_end", "Last date of the period the sender states."),
        date("period_derived_start", "First date of the period the rows themselves cover."),
        date("period_derived_end", "Last date of the period the rows themselves cover."),
        integer("n_rows", "Rows in the file, of many senders those of this one.", nullable=False),
        text("supersedes", "Submission whose rows this one replaces, where it does."),
    ),
    key=("submission_id",),
    release_class="operational",
)

ROW_LEDGER = Table(
    name="row_ledger",
    stage="ingest",
    grain="one row per submission, source, stage, class and rule",
    meaning="Where each delivered row went: the sums balance.",
    columns=(
        text("submission_id", "Submission.", nullable=False),
        text("source", "Source; for stage file, all sources of the file.", nullable=False),
        text("contract", "Contract."),
        text(
            "stage",
            "file: rows read and by how many sources they were selected; ingest, link: the "
            "stage that settled the row's class.",
            nullable=False,
        ),
        text(
            "class",
            "Stage file: read, selected_once, selected_by_several, selected_by_none. Else: "
            "selected, accepted, quarantined, superseded, duplicate, out_of_period, opted_out, "
            "excluded.",
            nullable=False,
        ),
        text("rule", "Rule that put the rows in this class, where one did."),
        integer("n_rows", "Rows.", unit="rows", nullable=False),
    ),
    key=("submission_id", "source", "stage", "class", "rule"),
    release_class="operational",
)

QUARANTINE = Table(
    name="quarantine",
    stage="ingest",
    grain="one row per refused or warned row, column and rule",
    meaning="Faults found in delivered rows, described without their values.",
    columns=(
        text("submission_id", "Submission.", nullable=False),
        text("source", "Source.", nullable=False),
        text("contract", "Contract.", nullable=False),
        text("organisation_code", "Sender."),
        integer("row_number", "Row, 1 for the first data row.", nullable=False),
        text("column", "Contract field at fault.", nullable=False),
        text("rule", "Rule that was broken, catalogue id and name.", nullable=False),
        text("severity", "quarantine: the row was refused; warn: it was taken.", nullable=False),
        text("shape", "Shape of the value: A letter, 9 digit, . other."),
    ),
    key=("submission_id", "source", "row_number", "column", "rule"),
    release_class="internal",
)

ROW_STATUS = Table(
    name="row_status",
    stage="ingest",
    grain="one row per stretch of rows of a submission that follow each other and ended alike",
    meaning="What ingest decided about the rows that a source selected.",
    columns=(
        text("submission_id", "Submission.", nullable=False),
        text("source", "Source.", nullable=False),
        text("contract", "Contract.", nullable=False),
        text("organisation_code", "Sender; null where it is not known."),
        integer("row_number", "First row of them, 1 for the first data row.", nullable=False),
        integer("last_row_number", "Last row of them.", nullable=False),
        text("stage", "Stage that decided: ingest.", nullable=False),
        text("class", "accepted, quarantined or out_of_period.", nullable=False),
        text("rule", "First rule that refused the row, where one did."),
    ),
    key=("submission_id", "row_number"),
    release_class="internal",
)

# How many rows a row of table row_status tells of.
ROWS_OF_STRETCH = pl.col("last_row_number") - pl.col("row_number") + 1

FILE_COUNT = Table(
    name="file_count",
    stage="ingest",
    grain="one row per delivered file and class",
    meaning="How many rows of a file were read, and by how many sources each was selected.",
    columns=(
        text("submission_id", "The file, derived from its content.", nullable=False),
        text("source", "All sources of the file, with + between them.", nullable=False),
        text(
            "class",
            "read, selected_once, selected_by_several, selected_by_none.",
            nullable=False,
        ),
        integer("n_rows", "Rows.", unit="rows", nullable=False),
    ),
    key=("submission_id", "source", "class"),
    release_class="internal",
)

SETTLED = Table(
    name="settled",
    stage="ingest",
    grain="one row per accepted record that gave way to another",
    meaning="Records that gave way: to another of the same thing, to a deletion, or to a whole "
    "submission.",
    columns=(
        text("record_key", "Keyed hash of the delivered record.", nullable=False),
        text("submission_id", "Submission.", nullable=False),
        text("source", "Source.", nullable=False),
        text("contract", "Contract.", nullable=False),
        integer("row_number", "Row, 1 for the first data row.", nullable=False),
        text(
            "class",
            "duplicate: the same row of one file; else superseded, a deletion among them.",
            nullable=False,
        ),
    ),
    key=("record_key",),
    zone="linkage",
    release_class="internal",
)

RULE_COUNT = Table(
    name="rule_count",
    stage="ingest",
    grain="one row per submission, rule, column and severity",
    meaning="How often each rule fired, also those that are counted and flag no row.",
    columns=(
        text("submission_id", "Submission.", nullable=False),
        text("source", "Source.", nullable=False),
        text("contract", "Contract.", nullable=False),
        text("organisation_code", "Sender; null where it is not known."),
        text("rule", "Rule, catalogue id and name.", nullable=False),
        text("column", "Contract field.", nullable=False),
        text(
            "severity",
            "quarantine: the row was refused; warn: it was taken and flagged; count: counted only.",
            nullable=False,
        ),
        integer("n_rows", "Rows.", unit="rows", nullable=False),
    ),
    key=("submission_id", "rule", "column", "severity"),
    release_class="internal",
)

MANIFEST = Table(
    name="manifest",
    stage="ingest",
    grain="one row per submission whose file came with a manifest",
    meaning="What a sender states of a delivered file, beside what was found in it.",
    columns=(
        text("submission_id", "Submission.", nullable=False),
        text("source", "Source.", nullable=False),
        text("organisation_code", "Sender; null where it is not known."),
        integer("stated_n_rows", "Rows of the file as stated.", unit="rows"),
        integer("found_n_rows", "Rows of the file.", unit="rows", nullable=False),
        boolean("is_digest_same", "Whether the stated SHA-256 is that of the delivered bytes."),
        text("contract_version", "Version of the contract as stated."),
        text("submission_type", "full, refresh or delta, as stated."),
    ),
    key=("submission_id",),
    release_class="internal",
)

CONTROL_TOTAL = Table(
    name="control_total",
    stage="ingest",
    grain="one row per submission and control total of its file's manifest",
    meaning="Sums that a sender states of a delivered file, beside what they came to.",
    columns=(
        text("submission_id", "Submission.", nullable=False),
        text("source", "Source.", nullable=False),
        text("name", "Contract field that is summed, or rows.", nullable=False),
        number("stated", "Sum over the file's rows as stated, in the field's unit."),
        number("found", "Sum over the file's rows; an unreadable value counts as 0."),
    ),
    key=("submission_id", "name"),
    release_class="internal",
)

TABLES = (
    SUBMISSION,
    ROW_LEDGER,
    QUARANTINE,
    ROW_STATUS,
    FILE_COUNT,
    SETTLED,
    RULE_COUNT,
    MANIFEST,
    CONTROL_TOTAL,
)
