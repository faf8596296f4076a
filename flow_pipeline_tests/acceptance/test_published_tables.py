"""What people outside rely on: every table and column by name, in DuckDB and in Parquet."""

import duckdb
import polars as pl
import pytest

FAMILIES = (
    "ambulance inpatient mh_spell community_spell ward_stay mh_ward_stay emergency outpatient "
    "community_referral community_contact mh_referral mh_contact intermediate_care virtual_ward "
    "hospice gp_appointment gp_event gp_prescription gp_referral prescribed_item urgent_care "
    "asc_request asc_assessment asc_service asc_review homelessness_application care_home "
    "waiting_list delayed_discharge death"
)

PROMISED = {
    "person": "person_id birth_month sex ethnic_group area_code imd_decile gp_practice_code "
    "is_registered death_month linkage_method linkage_confidence n_records n_sources",
    "care_event": "event_id person_id event_family event_type event_subtype sector setting "
    "organisation_code site_code team_code specialty_code start_at end_at start_at_utc end_at_utc "
    "start_precision end_precision end_status is_open planned outcome_class reason_code ready_at "
    "destination_class age_at_event parent_event_id spell_id continuous_spell_id journey_id cost "
    "cost_method dq_flags submission_id",
    "event_code": "event_id position code_system code",
    "spell": "spell_id continuous_spell_id person_id organisation_code site_code event_family "
    "spell_source "
    "admitted_at discharged_at admission_method is_emergency discharge_ready_at discharge_method "
    "destination_class nights n_episodes n_ward_moves is_readmission_30d cost",
    "continuous_spell": "continuous_spell_id person_id first_organisation_code "
    "last_organisation_code n_spells admitted_at discharged_at is_emergency nights bed_days "
    "cips_variant max_gap_days link_reason is_readmission_30d readmitted_30d cost",
    "journey": "journey_id person_id anchor_type anchor_event_id start_at end_at end_reason "
    "n_events n_steps n_handoffs n_organisation_handoffs n_sector_handoffs total_wait_days "
    "longest_wait_days unattributed_days care_days has_admission delay_days cost "
    "n_failure_demand min_linkage_confidence",
    "journey_step": "journey_id step_number event_id from_organisation_code "
    "to_organisation_code from_team_code to_team_code from_sector to_sector wait_minutes "
    "wait_basis is_concurrent handoff_type",
    "delay": "measure person_id journey_id from_event_id to_event_id start_at end_at minutes "
    "end_kind match_quality",
    "failure_demand": "measure person_id journey_id event_id source_event_id "
    "source_organisation_code source_sector source_basis definition_version",
    "event_cost": "event_id amount method price_base rate_version",
    "person_year": "person_id financial_year age area_code unplanned_bed_days total_cost "
    "mapped_cost cost_rank cumulative_cost_share is_hri_cost50 is_hri_top2pct "
    "was_hri_previous_year demographic_segment service_use_segment "
    + " ".join(f"{p}_{f}" for f in FAMILIES.split() for p in ("n", "bed_days", "cost")),
    "hri_cohort": "person_id financial_year area_level area_code rule rank cost "
    "cumulative_cost_share is_new is_persistent",
    "hri_summary": "financial_year area_level area_code rule n_people n_tied share_of_population "
    "share_of_cost share_of_unplanned_bed_days share_aged_75_plus persistence "
    "persistence_survivors turnover",
    "handoff_matrix": "month handoff_type from_sector from_organisation_code from_team_code "
    "to_sector to_organisation_code to_team_code n_handoffs median_wait_minutes p90_wait_minutes",
    "request_sequel": "event_id person_id organisation_code asked_on ended_on n_requests sequel "
    "sequel_event_id",
    "wait_summary": "measure end_kind n_waits median_minutes p90_minutes completed_mean_minutes",
    "gap_sensitivity": "gap_days n_journeys n_people events_per_journey share_of_one_event "
    "share_with_admission median_days p90_days",
    "stage_wait": "pathway stage n_events mean_wait_minutes median_wait_minutes p90_wait_minutes "
    "mean_care_minutes median_care_minutes share_of_wait is_disproportionate p_value",
    "demand_capacity": "organisation_code unit date arrivals departures in_progress queue "
    "capacity occupancy",
    "control_chart": "measure unit period_start value centre lower_limit upper_limit signal "
    "baseline_id",
    "flow_statistic": "statistic_id period_start breakdown breakdown_value numerator denominator "
    "value unit definition_version is_complete",
    "organisation": "organisation_code name valid_from valid_to",
    "team": "organisation_code team_code valid_from valid_to",
    "area": "area_code name population valid_from valid_to",
    "calendar": "date weekday is_bank_holiday financial_year",
    "code": "code_list code label class",
    "quality_result": "check_id dimension severity source organisation_code observed threshold "
    "passed n_rows n_failed override",
    "submission": "submission_id source organisation_code received_at digest "
    "period_stated_start period_stated_end period_derived_start period_derived_end n_rows "
    "supersedes",
    "row_ledger": "submission_id source contract stage class rule n_rows",
    "match_rate": "source organisation_code month n_records n_linked n_people",
    "linkage_quality": "run_id basis subgroup subgroup_value n_records match_rate precision "
    "recall f1 interval",
    "pipeline_run": "run_id code_version key_id row_counts content_digests parameters",
    "data_dictionary": "schema_name table_name column_name meaning",
}
# A detail table is published where the economy has a source of that contract.
DETAILS = [
    "ambulance_incident", "apc_episode", "apc_ward_stay", "cld_event", "csds_care_contact",
    "csds_referral", "death", "ecds_attendance", "gp_appointment", "mh_care_contact",
    "mh_hospital_spell", "mh_referral", "op_attendance",
]  # fmt: skip
RELEASED = ["hri_summary", "handoff_matrix", "wait_summary", "gap_sensitivity", "stage_wait",
            "demand_capacity", "control_chart", "flow_statistic"]  # fmt: skip
FILLED_LATER = {"stage_wait", "demand_capacity", "control_chart", "flow_statistic"}


@pytest.fixture(scope="module")
def database(published):
    path = published / "data" / "anyborough.duckdb"
    with duckdb.connect(str(path), read_only=True) as connection:
        yield connection


def _columns(database, schema, name):
    rows = database.execute(
        "SELECT column_name FROM duckdb_columns() WHERE schema_name = ? AND table_name = ?",
        [schema, name],
    ).fetchall()
    return {row[0] for row in rows}


@pytest.mark.parametrize("name", PROMISED)
def test_every_promised_column_is_in_duckdb_and_parquet(database, published, name):
    promised = set(PROMISED[name].split())
    assert promised <= _columns(database, "flow", name)
    files = published / "data" / "releases" / "current" / "parquet" / "flow" / name
    assert promised <= set(pl.read_parquet_schema(next(files.glob("*.parquet"))))


@pytest.mark.parametrize("contract", DETAILS)
def test_every_contract_with_events_has_a_detail_table(database, contract):
    assert "event_id" in _columns(database, "flow", f"detail_{contract}")


@pytest.mark.parametrize("name", RELEASED)
def test_measures_of_released_tables_say_whether_they_are_suppressed(database, name):
    columns = _columns(database, "flow_release", name)
    assert columns
    if name != "control_chart":
        assert any(column.endswith("_is_suppressed") for column in columns)


def test_no_row_level_table_is_released(database, published):
    rows = database.execute(
        "SELECT DISTINCT table_name FROM duckdb_tables() WHERE schema_name = 'flow_release'"
    ).fetchall()
    names = {row[0] for row in rows}
    references = {"organisation", "team", "area", "calendar", "code", "data_dictionary"}
    assert names == set(RELEASED) | references
    released = published / "data" / "releases" / "current" / "flow_release.duckdb"
    with duckdb.connect(str(released), read_only=True) as alone:
        schemas = alone.execute("SELECT DISTINCT schema_name FROM duckdb_tables()").fetchall()
    assert schemas == [("flow_release",)]


def test_every_column_carries_a_comment_and_stands_in_the_dictionary(database):
    bare = database.execute(
        "SELECT table_name, column_name FROM duckdb_columns() JOIN duckdb_tables() "
        "USING (schema_name, table_name) WHERE schema_name IN ('flow', 'flow_release') "
        "AND duckdb_columns.comment IS NULL"
    ).fetchall()
    assert bare == []
    missing = database.execute(
        "SELECT c.table_name, c.column_name FROM duckdb_columns() c JOIN duckdb_tables() t "
        "USING (schema_name, table_name) LEFT JOIN flow.data_dictionary d ON "
        "d.schema_name = c.schema_name AND d.table_name = c.table_name "
        "AND d.column_name = c.column_name "
        "WHERE c.schema_name IN ('flow', 'flow_release') AND d.column_name IS NULL"
    ).fetchall()
    assert missing == []


def test_a_table_is_empty_only_where_the_dictionary_says_so(database):
    noted = {
        row[0]
        for row in database.execute(
            "SELECT table_name FROM flow.data_dictionary WHERE schema_name = 'flow' "
            "AND column_name = '' AND note IS NOT NULL"
        ).fetchall()
    }
    assert noted == FILLED_LATER
    for name in PROMISED:
        rows = database.execute(f"SELECT count(*) FROM flow.{name}").fetchone()[0]
        assert (rows == 0) == (name in noted), name


def test_keys_are_unique_in_every_published_table(database):
    keys = database.execute(
        "SELECT table_name, list(column_name ORDER BY position) FROM flow.data_dictionary "
        "WHERE schema_name = 'flow' AND is_key GROUP BY table_name"
    ).fetchall()
    assert len(keys) > 30
    for name, columns in keys:
        quoted = ", ".join(f'"{c}"' for c in columns)
        repeated = database.execute(
            f"SELECT count(*) FROM (SELECT 1 FROM flow.{name} "
            f"GROUP BY {quoted} HAVING count(*) > 1)"
        ).fetchone()[0]
        assert repeated == 0, name


def test_numbers_hang_together(database):
    orphans = database.execute(
        "SELECT count(*) FROM flow.care_event e LEFT JOIN flow.person p USING (person_id) "
        "WHERE p.person_id IS NULL"
    ).fetchone()[0]
    assert orphans == 0
    outside = database.execute(
        "SELECT count(*) FROM flow.care_event e LEFT JOIN flow.journey j USING (journey_id) "
        "WHERE j.journey_id IS NULL"
    ).fetchone()[0]
    assert outside == 0
    difference = database.execute(
        "SELECT (SELECT sum(cost) FROM flow.journey) - (SELECT sum(cost) FROM flow.care_event)"
    ).fetchone()[0]
    assert abs(difference) < 1
