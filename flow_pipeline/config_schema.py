"""Every key of ``economy.yaml``, as data: the check of a configuration and its page are made of it.

A path names a key: ``.`` goes into a mapping, ``[]`` into each item of a list, ``*`` stands for a
name of the writer's own.
"""

from flow_pipeline.config_key import Key


def _reference_keys(name: str, meaning: str) -> tuple[Key, ...]:
    """A reference file: its path, or its path and the names of its columns."""
    path = f"reference.{name}"
    return (
        Key(path, "path", f"{meaning} A path, or {{file, names}}.", also="mapping"),
        Key(f"{path}.file", "path", "Its path.", required=True),
        Key(
            f"{path}.names",
            "list",
            "Names of its first columns, where it has no header row; an empty one for a column "
            "that is not wanted.",
        ),
        Key(f"{path}.names[]", "text", "One such name."),
    )


KEYS: tuple[Key, ...] = (
    Key("economy", "text", "Name of the economy.", required=True),
    Key(
        "jurisdiction",
        "text",
        "Whose numbers, codes and definitions hold.",
        default="england",
        choices=("england", "scotland"),
    ),
    Key("purpose", "text", "Purpose of the run; one of governance.purposes.", required=True),
    Key("period", "mapping", "Period the economy looks at.", required=True),
    Key("period.start", "date", "First date.", required=True),
    Key("period.end", "date", "Last date.", required=True),
    Key("storage", "mapping", "Where results lie.", required=True),
    Key(
        "storage.root", "path", "Folder below which every zone lies; made by a run.", required=True
    ),
    Key(
        "publish",
        "text",
        "Database for analysts: duckdb:///path; three slashes and a relative path are relative "
        "to the configuration. postgresql://… is not supported yet.",
        required=True,
    ),
    Key("pseudonymisation", "mapping", "The key of pseudonyms; one of the two.", required=True),
    Key(
        "pseudonymisation.key_file", "path", "File that holds the key, readable by its owner only."
    ),
    Key("pseudonymisation.key_env", "text", "Environment variable that holds the key."),
    Key("organisations", "list", "Organisations of the economy.", required=True),
    Key("organisations[]", "mapping", "One organisation."),
    Key("organisations[].code", "text", "Its code, as text.", required=True),
    Key("organisations[].name", "text", "Its name.", required=True),
    Key(
        "organisations[].sector",
        "text",
        "Its sector.",
        required=True,
        choices=(
            "acute",
            "community",
            "gp",
            "council",
            "mental_health",
            "ambulance",
            "care_home",
            "voluntary",
        ),
    ),
    Key("organisations[].parent", "text", "Code of the organisation it belongs to."),
    Key("organisations[].successor", "text", "Code of the one it merged into."),
    Key("sources", "list", "What is sent, by whom, and how its columns are called.", required=True),
    Key("sources[]", "mapping", "One source."),
    Key(
        "sources[].name",
        "text",
        "Name of the source.",
        default="its contract, numbered where that is used more than once",
    ),
    Key("sources[].contract", "text", "The contract its rows keep.", required=True),
    Key(
        "sources[].version",
        "text",
        "Version of the contract that its files follow, in quotes; a manifest may say it too.",
        default="the newest in force whose required columns are delivered",
    ),
    Key(
        "sources[].organisation",
        "text",
        "Code of the sender, or {column, known} where one file has many.",
        required=True,
        also="mapping",
    ),
    Key("sources[].organisation.column", "text", "Delivered column that holds the sender's code."),
    Key(
        "sources[].organisation.known",
        "text",
        "listed: rows of organisations that are not listed above are refused. Without it every "
        "code is taken.",
        choices=("listed",),
    ),
    Key(
        "sources[].files",
        "text",
        "Pattern of its files, relative to the configuration: text in any encoding and with any "
        "delimiter, plain, gzip, bzip2, xz, zstd or zip; Parquet; Excel.",
        required=True,
    ),
    Key(
        "sources[].where",
        "text",
        "Row-wise SQL over the delivered columns: the rows this source takes.",
        default="every row",
    ),
    Key(
        "sources[].columns",
        "mapping",
        "Contract field: row-wise SQL over the delivered columns.",
        default="columns called as the contract's fields",
    ),
    Key("sources[].columns.*", "text", "SQL of one contract field.", also="integer"),
    Key("sources[].formats", "mapping", "How values are written.", default="ISO 8601"),
    Key("sources[].formats.date", "text", "Format of dates, for instance %d/%m/%Y.", "ISO 8601"),
    Key("sources[].formats.datetime", "text", "Format of dates with times.", "ISO 8601"),
    Key("sources[].formats.time", "text", "Format of times.", "HH:MM or HH:MM:SS"),
    Key(
        "sources[].formats.nulls",
        "list",
        "Texts that mean: nothing recorded. A value without characters always does.",
        default='["", "NULL"]',
    ),
    Key("sources[].formats.nulls[]", "text", "One such text.", also="date"),
    Key("sources[].formats.columns", "mapping", "Formats of single delivered columns."),
    Key("sources[].formats.columns.*", "text", "Format of one delivered column."),
    Key(
        "sources[].layout",
        "mapping",
        "How its files are laid out. What is not said is found out; what is said is taken as said.",
    ),
    Key(
        "sources[].layout.encoding",
        "text",
        "Encoding, for instance utf-16 or windows-1252. auto: UTF-8 if all of the file is, else by "
        "byte-order mark or zero bytes, else Windows-1252, of which a note is made.",
        default="auto",
    ),
    Key(
        "sources[].layout.delimiter",
        "text",
        "Sign between values, or tab. auto: the sign that gives columns known by name.",
        default="auto",
    ),
    Key(
        "sources[].layout.quote",
        "text",
        "Sign around values: \" or ', doubled inside a value; none where both mean nothing. auto: "
        "double quotation marks, unless the header has single ones; a backslash may stand before "
        "one inside a value.",
        default="auto",
    ),
    Key(
        "sources[].layout.skip",
        "integer",
        "Lines before the header, or before the first row. With 0 the header is looked for by "
        "known names.",
        default="0",
        minimum=0,
    ),
    Key(
        "sources[].layout.header",
        "text",
        "Whether a line names the columns. auto: yes, unless names are given that are not that "
        "line. Without header and names they are called column_1, column_2, …",
        default="auto",
        choices=("auto", "yes", "no"),
    ),
    Key(
        "sources[].layout.sheet",
        "integer",
        "Sheet of a workbook: number from 1, or name.",
        default="1",
        also="text",
    ),
    Key(
        "sources[].layout.names",
        "list",
        "Names of the columns, in order, of files without a header; the first few will do.",
        default="[]",
    ),
    Key("sources[].layout.names[]", "text", "One name."),
    Key(
        "sources[].expected",
        "mapping",
        "How often files are expected; a missing one is told (checks C11 and T01).",
    ),
    Key(
        "sources[].expected.every",
        "text",
        "Interval between files.",
        choices=("day", "week", "month", "quarter", "year"),
    ),
    Key(
        "sources[].expected.due_day",
        "integer",
        "Days after the end of an interval on which its file is due; of a month, the day of the "
        "next.",
        default="20",
        minimum=0,
    ),
    Key(
        "sources[].expected.judged_from",
        "date",
        "From which interval on files are judged by when they came. Earlier ones are a backfill.",
        default="never",
    ),
    Key(
        "sources[].shared",
        "boolean",
        "Whether rows of its files may serve several sources.",
        default="false",
    ),
    Key(
        "sources[].nhs_number_trust",
        "text",
        "verified: NHS numbers of this sender are traced. supplied: they are not.",
        default="verified for gp_registration and death, else supplied",
        choices=("verified", "supplied"),
    ),
    Key("sources[].identity", "mapping", "How persons are identified.", default="{scheme: clear}"),
    Key(
        "sources[].identity.scheme",
        "text",
        "clear: identifiers as delivered; foreign: pseudonyms of another body.",
        default="clear",
        choices=("clear", "foreign"),
    ),
    Key(
        "sources[].identity.namespace",
        "text",
        "Who made the foreign pseudonyms, and under which key: equal pseudonyms of one namespace "
        "are one person. Small letters, digits, `.`, `_` and `-`.",
    ),
    Key("sources[].identity.key", "text", "Delivered column that holds the foreign pseudonym."),
    Key("reference", "mapping", "Reference files."),
    *_reference_keys("organisations", "Organisations: validity, parents, mergers."),
    *_reference_keys("postcodes", "Postcodes and their small areas, as NSPL has them."),
    *_reference_keys("deprivation", "Deprivation deciles of small areas."),
    *_reference_keys("areas", "Areas, their names, parents and populations."),
    Key("population", "mapping", "Who lives in the economy."),
    Key(
        "population.from",
        "text",
        "Records that say who is resident.",
        default="gp_registration where there is one, else person_index, else events",
        choices=("gp_registration", "person_index", "events"),
    ),
    Key(
        "population.file",
        "path",
        "Residents of areas by age band and sex, which shares and ranks of an area are judged by. "
        "Without it those whom the records show.",
    ),
    Key("linkage", "mapping", "How records become persons."),
    Key("linkage.model", "text", "Model.", "auto", choices=("auto",), later=("*",)),
    Key(
        "linkage.threshold",
        "text",
        "Match weight from which a pair is one person, in bits; auto chooses it on the economy's "
        "own hidden numbers (docs/linkage_quality.md).",
        default="auto",
        choices=("auto",),
        also="number",
    ),
    Key(
        "linkage.backend",
        "text",
        "Where pairs of identities are weighed: on this machine, or on Spark as the environment "
        "configures it (docs/linkage.md, Beyond one machine).",
        default="duckdb",
        choices=("duckdb", "spark"),
    ),
    Key(
        "linkage.decisions",
        "path",
        "Decisions of clerical review, which linkage obeys: a CSV file with the columns "
        "record_key, other_record_key, decision (same or different), who and decided_on.",
    ),
    Key(
        "linkage.truth",
        "path",
        "Folder that says whose each record truly is, as flow-pipeline synth writes it: linkage is "
        "judged by it. For synthetic economies only.",
    ),
    Key(
        "linkage.bridges",
        "list",
        "Bridge tables: CSV files with the columns namespace, pseudonym, other_namespace and "
        "other_pseudonym. Each row says that two foreign pseudonyms are one person's; under the "
        "namespace nhs_number stands an NHS number in clear. Tokenised as extracts are.",
        default="[]",
    ),
    Key("linkage.bridges[]", "path", "One such file."),
    Key("journeys", "mapping", "How events become journeys."),
    Key("journeys.gap_days", "integer", "Longest gap inside a journey, in days.", "30", minimum=0),
    Key("journeys.repeat_contact_days", "integer", "Within which contacts repeat.", "7", minimum=1),
    Key("journeys.most_ward_moves", "integer", "Ward moves not flagged yet.", "3", minimum=0),
    Key(
        "journeys.cips_variant",
        "text",
        "Rule of continuous inpatient spells.",
        default="nhsd",
        choices=("nhsd", "che"),
    ),
    Key("cohorts", "mapping", "Costs and cohorts."),
    Key(
        "cohorts.cost_scope",
        "text",
        "Families whose cost counts for high-resource individuals.",
        default="health",
        choices=("health",),
        later=("*",),
    ),
    Key("cohorts.unit_costs", "path", "File of unit costs.", default="built-in unit costs"),
    Key("disclosure", "mapping", "Disclosure control of released aggregates."),
    Key("disclosure.suppress_below", "integer", "Smallest count shown.", "8", minimum=1),
    Key("disclosure.round_to", "integer", "Base that counts are rounded to.", "5", minimum=1),
    Key("governance", "mapping", "Under what rules this runs.", required=True),
    Key("governance.purposes", "list", "Purposes that may be run.", required=True),
    Key("governance.purposes[]", "mapping", "One purpose."),
    Key("governance.purposes[].code", "text", "Its code.", required=True),
    Key("governance.purposes[].description", "text", "What it is.", required=True),
    Key("governance.agreements", "any", "Data sharing agreements.", is_later=True),
    Key("governance.opt_outs", "any", "List of people who opted out.", is_later=True),
    Key("governance.retention", "any", "How long extracts are kept.", is_later=True),
    Key("quality", "mapping", "The quality gate."),
    Key(
        "quality.if_blocked",
        "text",
        "What becomes of a release that the gate blocks.",
        default="hold",
        choices=("hold",),
        later=("leave_out_family",),
    ),
    Key(
        "quality.max_unselected",
        "integer",
        "Rows of a file that may be taken by no source.",
        default="0",
        minimum=0,
    ),
    Key("quality.changes", "mapping", "How a submission may differ from the one before (R01)."),
    Key("quality.changes.warn_percent", "integer", "Change that warns.", default="5", minimum=1),
    Key("quality.changes.block_percent", "integer", "Change that blocks.", default="20", minimum=1),
    Key(
        "quality.changes.block_deviations",
        "integer",
        "Standard deviations of chance that a change must exceed to block; three warn.",
        default="5",
        minimum=3,
    ),
    Key("quality.overrides", "list", "Checks that somebody waives or changes for a time."),
    Key("quality.overrides[]", "mapping", "One override; the first that fits a result holds."),
    Key(
        "quality.overrides[].check",
        "text",
        "Catalogue id (R01), or id and name as in quality_result (R01 rows).",
        required=True,
    ),
    Key("quality.overrides[].source", "text", "Only this source.", default="every source"),
    Key(
        "quality.overrides[].organisation",
        "text",
        "Only this sender.",
        default="every sender",
    ),
    Key(
        "quality.overrides[].threshold",
        "number",
        "What is allowed instead, in the check's unit: 0.3 for 30 %.",
    ),
    Key("quality.overrides[].waive", "boolean", "true: a failure does not block."),
    Key("quality.overrides[].who", "text", "Who answers for it.", required=True),
    Key("quality.overrides[].why", "text", "Why.", required=True),
    Key("quality.overrides[].until", "date", "The last day on which it holds.", required=True),
    Key("notify", "any", "Whom to tell of what.", is_later=True),
)

KEYS_BY_PATH = {key.path: key for key in KEYS}
