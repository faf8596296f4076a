"""Tables about tables, runs and codes: what a published number means and where it comes from."""

from flow_pipeline.tables.language import Table, boolean, date, datetime, integer, text

PIPELINE_RUN = Table(
    name="pipeline_run",
    stage="publish",
    grain="one row per run that made this release",
    meaning="How this release was made.",
    columns=(
        text("run_id", "Run.", nullable=False),
        text("release_id", "Release.", nullable=False),
        text("economy", "Economy.", nullable=False),
        text("purpose", "Purpose under which it ran.", nullable=False),
        datetime("started_at", "Start, UTC."),
        datetime("ended_at", "End, UTC."),
        text("code_version", "Version of flow-pipeline."),
        text("contract_versions", "Versions of the contracts, JSON."),
        text("key_id", "Id of the pseudonymisation key, never the key."),
        text("reference_versions", "Digests of the reference files, JSON."),
        text("parameters", "Parameters that shape results, JSON."),
        text("row_counts", "Rows of each table, JSON."),
        text("content_digests", "Content digest of each table, JSON."),
    ),
    key=("run_id",),
    release_class="operational",
)

DATA_DICTIONARY = Table(
    name="data_dictionary",
    stage="publish",
    grain="one row per schema, table and column",
    meaning="What every table and column means.",
    columns=(
        text("schema_name", "flow or flow_release.", nullable=False),
        text("table_name", "Table.", nullable=False),
        text("column_name", "Column; empty for the table itself.", nullable=False),
        integer("position", "Order in the table; 0 for the table itself.", nullable=False),
        text("type", "Type."),
        text("unit", "Unit."),
        text("meaning", "What it means.", nullable=False),
        boolean("is_key", "Part of the table's key."),
        text("release_class", "row, aggregate, reference or operational."),
        text("note", "Why the table is empty in this version, where it is."),
    ),
    key=("schema_name", "table_name", "column_name"),
    order=("schema_name", "table_name", "position"),
    release_class="reference",
)

ORGANISATION = Table(
    name="organisation",
    stage="publish",
    grain="one row per organisation and period of validity",
    meaning="Organisations, sites and teams' employers.",
    columns=(
        text("organisation_code", "ODS or local code.", nullable=False),
        text("name", "Name."),
        text("sector", "acute, community, gp, council, mental_health, ambulance, voluntary."),
        text("parent_code", "Organisation it belongs to."),
        text("successor_code", "Organisation it merged into."),
        date("valid_from", "First day."),
        date("valid_to", "Last day."),
        boolean("is_sender", "Whether it sends extracts to this economy."),
    ),
    key=("organisation_code",),
    release_class="reference",
)

TEAM = Table(
    name="team",
    stage="publish",
    grain="one row per organisation and team",
    meaning="Teams and wards seen in the data: the units of hand-offs.",
    columns=(
        text("organisation_code", "Organisation.", nullable=False),
        text("team_code", "Team or ward.", nullable=False),
        text("sector", "Sector."),
        text("event_family", "Kind of event it is mostly seen in."),
        date("valid_from", "First day seen."),
        date("valid_to", "Last day seen."),
    ),
    key=("organisation_code", "team_code"),
    release_class="reference",
)

AREA = Table(
    name="area",
    stage="publish",
    grain="one row per area",
    meaning="Areas and their populations.",
    columns=(
        text("area_code", "Area.", nullable=False),
        text("name", "Name."),
        text("area_level", "economy, council, locality, practice or msoa."),
        text("parent_code", "Area it belongs to."),
        integer("population", "Population of the reference file.", unit="people"),
        date("valid_from", "First day."),
        date("valid_to", "Last day."),
    ),
    key=("area_code",),
    release_class="reference",
)

CALENDAR = Table(
    name="calendar",
    stage="publish",
    grain="one row per day",
    meaning="Days: weekday, bank holiday, financial year.",
    columns=(
        date("date", "Day.", nullable=False),
        integer("weekday", "1 Monday to 7 Sunday."),
        boolean("is_bank_holiday", "Bank holiday in the jurisdiction."),
        text("financial_year", "April to March, for instance 2024/25."),
        integer("financial_month", "1 April to 12 March."),
        date("month", "First day of the month."),
    ),
    key=("date",),
    release_class="reference",
)

CODE = Table(
    name="code",
    stage="publish",
    grain="one row per code list and code",
    meaning="What codes mean.",
    columns=(
        text("code_list", "List.", nullable=False),
        text("code", "Code.", nullable=False),
        text("label", "What it says."),
        text("class", "What it means to the pipeline, where it does."),
    ),
    key=("code_list", "code"),
    release_class="reference",
)

TABLES = (PIPELINE_RUN, DATA_DICTIONARY, ORGANISATION, TEAM, AREA, CALENDAR, CODE)
