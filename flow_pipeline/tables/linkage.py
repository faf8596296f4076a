"""Tables of linkage. Those of the linkage zone are for engineers and governance only."""

from flow_pipeline.tables.language import Table, integer, number, text

PERSON_LINK = Table(
    name="person_link",
    stage="link",
    grain="one row per accepted record",
    meaning="Which person a record was linked to, how and how surely.",
    columns=(
        text("record_key", "Keyed hash of the delivered record.", nullable=False),
        text("submission_id", "Submission.", nullable=False),
        text("contract", "Contract.", nullable=False),
        text("organisation_code", "Sender."),
        integer("row_number", "Row, 1 for the first data row.", nullable=False),
        text("person_id", "Stable pseudonym of the person.", nullable=False),
        text("method", "nhs_number, foreign_pseudonym, probabilistic or local_only."),
        number("score", "Match probability of the record's link, 0 to 1."),
        text("reason", "What the link rests on."),
    ),
    key=("record_key",),
    zone="linkage",
    release_class="internal",
)

PERSON_HISTORY = Table(
    name="person_history",
    stage="link",
    grain="one row per merge or split",
    meaning="Merges and splits of persons: old ids stay resolvable.",
    columns=(
        text("run_id", "Run in which it happened.", nullable=False),
        text("change", "merge or split.", nullable=False),
        text("old_person_id", "Id before.", nullable=False),
        text("new_person_id", "Id after.", nullable=False),
    ),
    key=("run_id", "change", "old_person_id", "new_person_id"),
    zone="linkage",
    release_class="internal",
)

LINKAGE_QUALITY = Table(
    name="linkage_quality",
    stage="link",
    grain="one row per run, basis, subgroup and value",
    meaning="How good linkage is, overall and by subgroup.",
    columns=(
        text("run_id", "Run.", nullable=False),
        text("basis", "truth or hidden_number.", nullable=False),
        text("subgroup", "all, or the attribute that defines the subgroup.", nullable=False),
        text("subgroup_value", "Value of the attribute.", nullable=False),
        integer("n_records", "Records judged.", unit="records"),
        number("match_rate", "Share of records linked to a person with another record."),
        number("precision", "Share of links that are right."),
        number("recall", "Share of right links that were found."),
        number("f1", "Harmonic mean of precision and recall."),
        text("interval", "95 % interval of f1."),
    ),
    key=("run_id", "basis", "subgroup", "subgroup_value"),
    release_class="operational",
    later="Estimated from hidden numbers and truth in a later version; empty until then.",
)

TABLES = (PERSON_LINK, PERSON_HISTORY, LINKAGE_QUALITY)
