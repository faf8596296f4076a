"""What design and definitions say of the tables as a whole."""

import re

import pytest

from flow_pipeline.contracts import all_contracts
from flow_pipeline.contracts.families import EVENT_FAMILIES
from flow_pipeline.tables import all_tables, published_tables, released_tables, table
from flow_pipeline.tables.core import core_table, detail_table

# design: published tables, and the columns people outside rely on
_PROMISED = """
person: person_id birth_month sex ethnic_group area_code imd_decile gp_practice_code
    is_registered death_month linkage_method linkage_confidence n_records n_sources
care_event: event_id person_id event_family event_type event_subtype sector setting
    organisation_code site_code team_code specialty_code start_at end_at start_at_utc end_at_utc
    start_precision end_precision end_status is_open planned outcome_class reason_code ready_at
    destination_class age_at_event parent_event_id spell_id continuous_spell_id journey_id cost
    cost_method dq_flags submission_id
event_code: event_id position code_system code
spell: spell_id continuous_spell_id person_id organisation_code site_code spell_source
    admitted_at discharged_at admission_method is_emergency discharge_ready_at discharge_method
    destination_class nights n_episodes n_ward_moves is_readmission_30d cost
continuous_spell: continuous_spell_id person_id first_organisation_code last_organisation_code
    n_spells admitted_at discharged_at is_emergency nights bed_days cips_variant max_gap_days
    link_reason is_readmission_30d readmitted_30d cost
journey: journey_id person_id anchor_type anchor_event_id start_at end_at end_reason n_events
    n_steps n_handoffs n_organisation_handoffs n_sector_handoffs total_wait_days
    longest_wait_days unattributed_days care_days has_admission delay_days cost n_failure_demand
    min_linkage_confidence
journey_step: journey_id step_number event_id from_organisation_code to_organisation_code
    from_team_code to_team_code from_sector to_sector wait_minutes wait_basis is_concurrent
    handoff_type
delay: measure person_id journey_id from_event_id to_event_id start_at end_at minutes end_kind
    match_quality left_out
reablement_outcome: event_id person_id service_event_id organisation_code discharged_on left_out
    has_died was_readmitted has_entered_long_term_care has_stayed_in_community
failure_demand: measure person_id journey_id event_id source_event_id source_organisation_code
    source_sector source_basis definition_version
request_sequel: event_id person_id organisation_code asked_on ended_on n_requests sequel
    sequel_event_id
event_cost: event_id amount method price_base rate_version
person_year: person_id financial_year age area_code unplanned_bed_days total_cost mapped_cost
    cost_rank cumulative_cost_share is_hri_cost50 is_hri_top2pct was_hri_previous_year
    demographic_segment service_use_segment
hri_cohort: person_id financial_year area_level area_code rule rank cost cumulative_cost_share
    is_new is_persistent
hri_summary: financial_year area_level area_code rule n_people n_tied share_of_population
    share_of_cost share_of_unplanned_bed_days share_aged_75_plus persistence
    persistence_survivors turnover
handoff_matrix: month handoff_type from_sector from_organisation_code from_team_code to_sector
    to_organisation_code to_team_code n_handoffs median_wait_minutes p90_wait_minutes
wait_summary: measure end_kind n_waits median_minutes p90_minutes completed_mean_minutes
gap_sensitivity: gap_days n_journeys n_people events_per_journey share_of_one_event
    share_with_admission median_days p90_days
stage_wait: pathway stage n_events mean_wait_minutes median_wait_minutes p90_wait_minutes
    mean_care_minutes median_care_minutes share_of_wait is_disproportionate p_value
demand_capacity: organisation_code unit date arrivals departures in_progress queue capacity
    occupancy
control_chart: measure unit period_start value centre lower_limit upper_limit signal baseline_id
flow_statistic: statistic_id period_start breakdown breakdown_value numerator denominator value
    unit definition_version is_complete
quality_result: check_id dimension severity source organisation_code observed threshold passed
    n_rows n_failed override
submission: submission_id source organisation_code received_at digest n_rows supersedes
    period_stated_start period_stated_end period_derived_start period_derived_end
row_ledger: submission_id source contract stage class rule n_rows
linkage_quality: run_id basis subgroup subgroup_value n_records match_rate precision recall f1
    interval
match_rate: source organisation_code month n_records n_linked n_people
organisation: organisation_code name parent_code valid_from valid_to
team: organisation_code team_code
area: area_code name population
calendar: date weekday is_bank_holiday financial_year
code: code_list code label class
pipeline_run: run_id code_version contract_versions key_id reference_versions parameters
    row_counts content_digests
data_dictionary: table_name column_name meaning unit
"""
PROMISED = {
    name: columns.split()
    for name, columns in re.findall(r"^(\w+):((?:.*\n)(?: .*\n)*)", _PROMISED, re.M)
}
# definitions: release classes
_ROW = """
person care_event event_code spell continuous_spell journey journey_step delay failure_demand
event_cost person_year hri_cohort request_sequel reablement_outcome
"""
ROW = _ROW.split()


def test_every_promised_table_is_published():
    published = {t.name for t in published_tables()}
    details = {c.detail_table for c in all_contracts().values() if c.events}
    assert published == {*PROMISED, *details}


@pytest.mark.parametrize("name", PROMISED)
def test_every_promised_column_is_there(name):
    assert PROMISED[name]
    assert not set(PROMISED[name]) - set(table(name).column_names)


def test_rows_of_persons_are_released_to_nobody():
    rows = {t.name for t in published_tables() if t.release_class == "row"}
    details = {c.detail_table for c in all_contracts().values() if c.events}
    assert rows == {*ROW, *details}
    assert not rows & {t.name for t in released_tables()}


def test_tables_with_a_person_are_of_class_row_or_internal():
    for declared in all_tables().values():
        if {"person_id", "event_id"} & set(declared.column_names):
            assert declared.release_class in {"row", "internal"}, declared.name


def test_nothing_of_the_linkage_zone_is_published():
    assert {t.zone for t in published_tables()} == {"analytic"}
    assert table("person_link").zone == "linkage"


@pytest.mark.parametrize("contract", all_contracts().values(), ids=lambda c: c.name)
def test_core_and_detail_tables_hold_no_identifier(contract):
    columns = {*core_table(contract).column_names, *detail_table(contract).column_names}
    treated = ("token", "drop", "area", "birth_month")
    assert not columns & {f.name for f in contract.fields_treated(*treated)}


@pytest.mark.parametrize("contract", all_contracts().values(), ids=lambda c: c.name)
def test_the_detail_table_holds_every_kept_field(contract):
    kept = {f.name for f in contract.fields_treated("keep", "hmac")}
    assert set(detail_table(contract).column_names) == {"event_id", *kept}


def test_person_year_counts_every_family():
    columns = table("person_year").column_names
    for family in EVENT_FAMILIES:
        assert {f"n_{family.name}", f"bed_days_{family.name}", f"cost_{family.name}"} <= {*columns}


def test_keys_are_never_null_in_tables_of_rows():
    for name in ROW:
        declared = table(name)
        assert not [k for k in declared.key if declared.column(k).nullable], name


def test_every_measure_of_an_aggregate_table_is_judged_by_a_count():
    """Else disclosure control would let it through; what is not measured is a key or a fact."""
    free = {"capacity", "is_disproportionate", "gap_days"}
    for declared in published_tables():
        if declared.release_class != "aggregate" or declared.name == "control_chart":
            continue
        for column in declared.columns:
            measured = column.type in {"integer", "number", "money"} and column.name not in free
            assert not measured or column.counted_by, f"{declared.name}.{column.name}"


def test_an_unknown_table_is_an_error():
    with pytest.raises(KeyError):
        table("nothing")
