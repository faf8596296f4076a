"""The other door: Dagster loads the code location and runs the same job."""

import os
import subprocess
import sys
from pathlib import Path

import dagster as dg

from flow_pipeline.orchestration.definitions import build_definitions
from flow_pipeline.orchestration.jobs import EVERYTHING

ROOT = Path(__file__).parents[2]


def _validated(**environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "dagster", "definitions", "validate", "-w", "workspace.yaml"]
    env = {**os.environ, "DAGSTER_DISABLE_TELEMETRY": "yes", **environment}
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)


def test_the_workspace_loads_with_an_economy(published):
    validated = _validated(FLOW_PIPELINE_CONFIG=str(published / "economy.yaml"))
    assert validated.returncode == 0, validated.stderr[-2000:]


def test_without_an_economy_it_loads_and_says_what_to_set(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    definitions = build_definitions(None)
    specs = list(definitions.resolve_all_asset_specs())
    assert len(specs) == 1
    assert "FLOW_PIPELINE_CONFIG" in (specs[0].description or "")


def test_the_job_runs_in_dagster_and_finds_everything_current(ran):
    definitions = build_definitions(ran / "economy.yaml")
    job = definitions.resolve_job_def(EVERYTHING)
    with dg.DagsterInstance.ephemeral() as instance:
        ended = job.execute_in_process(instance=instance)
        checks = ended.get_asset_check_evaluations()
    assert ended.success
    materialised = {e.asset_key.to_user_string() for e in ended.get_asset_materialization_events()}
    assert {"care_event", "journey", "hri_summary", "row_ledger"} <= materialised
    assert checks


def test_assets_have_groups_owners_and_descriptions(published):
    definitions = build_definitions(published / "economy.yaml")
    for spec in definitions.resolve_all_asset_specs():
        assert spec.group_name, spec.key
        assert spec.owners, spec.key
        assert spec.description, spec.key


def test_there_is_one_job_for_everything_and_one_schedule(published):
    definitions = build_definitions(published / "economy.yaml")
    assert EVERYTHING in {job.name for job in definitions.resolve_all_job_defs()}
    assert len(list(definitions.schedules or [])) == 1
