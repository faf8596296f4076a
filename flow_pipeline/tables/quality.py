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

TABLES = (QUALITY_RESULT,)
