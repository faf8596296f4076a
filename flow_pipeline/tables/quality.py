"""Tables of quality: what was checked and what came of it, in counts."""

from flow_pipeline.tables.language import Table, boolean, integer, number, text

QUALITY_RESULT = Table(
    name="quality_result",
    stage="quality",
    grain="one row per check, source and organisation",
    meaning="Results of the checks: counts only.",
    columns=(
        text("check_id", "Catalogue id and name of the check.", nullable=False),
        text("dimension", "Completeness, Validity, Uniqueness, ... .", nullable=False),
        text("severity", "block, quarantine or warn.", nullable=False),
        text("source", "Contract, table or source that was checked.", nullable=False),
        text("organisation_code", "Sender, where the check is by sender."),
        number("observed", "What was seen, in the unit of the threshold."),
        number("threshold", "What is allowed."),
        boolean("passed", "Whether observed is within the threshold.", nullable=False),
        integer("n_rows", "Rows looked at.", unit="rows"),
        integer("n_failed", "Rows that failed.", unit="rows"),
        text("override", "Who waived it, why and until when, where somebody did."),
    ),
    key=("check_id", "source", "organisation_code"),
    release_class="operational",
)

RECONCILIATION = Table(
    name="reconciliation",
    stage="quality",
    grain="one row per submission and measure",
    meaning="How much of a thing a submission holds, against what the one before it held.",
    columns=(
        text("submission_id", "Submission.", nullable=False),
        text("source", "Source.", nullable=False),
        text("contract", "Contract.", nullable=False),
        text("organisation_code", "Sender; null where it is not known."),
        text(
            "previous_submission_id",
            "For rows, people, cost and bed_days the submission of the same source and sender of "
            "the period before; for the events the one that this replaces.",
        ),
        text(
            "measure",
            "rows, people, cost, bed_days; inserted_events, updated_events, deleted_events; "
            "lag_median, lag_p95.",
            nullable=False,
        ),
        number("value", "How much: rows, people, pounds, days, events, days.", nullable=False),
        number("previous_value", "How much there was before; null for the first."),
        number(
            "relative_change",
            "By what share it changed, per day of the period; of events: their share of those that "
            "are replaced.",
        ),
        number("by_chance", "By what share chance alone may change it: three standard deviations."),
        text(
            "verdict",
            "first: nothing to compare with; other_length: the periods differ in length; alike; "
            "chance: no more than chance makes; warn; block.",
            nullable=False,
        ),
    ),
    key=("submission_id", "measure"),
    release_class="internal",
)

TABLES = (QUALITY_RESULT, RECONCILIATION)
