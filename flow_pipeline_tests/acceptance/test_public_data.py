"""The main job on data that others made: every row accounted for, tables published."""

import json
from pathlib import Path

import duckdb
import pytest

from flow_pipeline.governance.key_file import make_key
from flow_pipeline_tests.acceptance.commands import flow_pipeline
from flow_pipeline_tests.public_data import PUBLIC_DATA

HERE = Path(__file__).parent


def _economy(name: str, folder: Path) -> Path:
    data = PUBLIC_DATA / name
    if not data.exists():
        pytest.skip(f"{name} is not beside this checkout; it is larger than a test should carry")
    config = folder / "economy.yaml"
    config.write_text((HERE / name / "economy.yaml").read_text())
    (folder / "extracts").symlink_to(data)
    make_key(folder / "keys" / "active.key")
    return config


def _query(folder: Path, sql: str) -> list[tuple]:
    (path,) = (folder / "data").glob("*.duckdb")
    with duckdb.connect(str(path), read_only=True) as database:
        return database.execute(sql).fetchall()


def _is_balanced(folder: Path) -> bool:
    unbalanced = _query(
        folder,
        "SELECT submission_id FROM flow.row_ledger WHERE stage <> 'file' GROUP BY ALL "
        "HAVING sum(n_rows) FILTER (class = 'selected') "
        "<> sum(n_rows) FILTER (class <> 'selected')",
    )
    unread = _query(
        folder,
        "SELECT submission_id FROM flow.row_ledger WHERE stage = 'file' GROUP BY ALL "
        "HAVING sum(n_rows) FILTER (class = 'read') <> sum(n_rows) FILTER (class <> 'read')",
    )
    return not unbalanced and not unread


def test_synthea_multi_setting(tmp_path):
    config = _economy("synthea_multi_setting", tmp_path)
    ended = flow_pipeline("run", config)
    assert ended.code == 0, ended.err
    assert _is_balanced(tmp_path)
    read = _query(
        tmp_path,
        "SELECT sum(n_rows) FROM flow.row_ledger WHERE stage = 'file' AND class = 'read'",
    )
    assert read[0][0] == 7584 + 111
    families = dict(
        _query(tmp_path, "SELECT event_family, count(*) FROM flow.care_event GROUP BY ALL")
    )
    assert {"inpatient", "emergency", "outpatient", "gp_appointment"} <= set(families)
    assert {"asc_service", "community_contact"} & set(families)
    assert _query(tmp_path, "SELECT count(DISTINCT person_id) FROM flow.care_event")[0][0] <= 111
    assert _query(tmp_path, "SELECT sum(cost) FROM flow.care_event")[0][0] > 0
    assert _query(tmp_path, "SELECT count(*) FROM flow.hri_cohort")[0][0] > 0


def test_synthea_uk(tmp_path):
    config = _economy("synthea_uk", tmp_path)
    ended = flow_pipeline("run", config, "--json")
    assert ended.code == 0, ended.err
    told = json.loads(ended.out)
    assert told["people"] <= 1000
    assert _is_balanced(tmp_path)
    classes = told["rows_by_class"]
    assert sum(classes.values()) == 46571 + 1000
    assert told["events_by_family"]["gp_appointment"] == classes["accepted"] - 1000


def test_artificial_hes(tmp_path):
    config = _economy("artificial_hes", tmp_path)
    ended = flow_pipeline("run", config)
    assert ended.code == 0, ended.err
    assert _is_balanced(tmp_path)
    assert "1800" not in ended.out
