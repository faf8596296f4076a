"""An economy in which another body has pseudonymised what one trust sends, run in whole."""

from pathlib import Path

import duckdb
import polars as pl
import pytest

from flow_pipeline.governance.key_file import make_key
from flow_pipeline.synthetic import generate
from flow_pipeline_tests.acceptance.commands import flow_pipeline
from flow_pipeline_tests.acceptance.test_against_the_truth import _linked_with_truth, _ours, _pairs

FOREIGN_SENDER = "RXB"


@pytest.fixture(scope="module")
def national(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("national") / "economy"
    generate(folder, people=500, years=1, seed=11, profile="national")
    make_key(folder / "keys" / "active.key")
    ended = flow_pipeline("run", folder / "economy.yaml")
    assert ended.code == 0, ended.err
    return folder


@pytest.fixture(scope="module")
def linked(national) -> pl.DataFrame:
    """Linked records of the trust with their true person, contract and method."""
    keys = ["submission_id", "row_number", "contract"]
    links = _ours(national, "linkage", "person_link").select(*keys, "organisation_code", "method")
    found = _linked_with_truth(national).join(links, on=keys)
    return found.filter(pl.col("organisation_code") == FOREIGN_SENDER)


def test_its_records_link_by_pseudonym_as_numbers_do(linked):
    assert linked.height > 200
    n_right = _pairs(linked, ["person_id", "true_person"])
    assert n_right / _pairs(linked, ["person_id"]) >= 0.995
    assert n_right / _pairs(linked, ["true_person"]) >= 0.97
    methods = dict(linked.group_by("method").len().iter_rows())
    assert methods["foreign_pseudonym"] / linked.height >= 0.95
    assert methods.keys() <= {"foreign_pseudonym", "local_only"}


def test_rows_without_a_pseudonym_are_refused_and_accounted_for(national):
    faults = pl.read_parquet(national / "data" / "quarantine" / "quarantine" / "**" / "*.parquet")
    refused = faults.filter(
        (pl.col("organisation_code") == FOREIGN_SENDER) & (pl.col("rule") == "C01 identity_missing")
    )
    assert refused.height > 0
    assert set(refused["contract"]) <= {"apc_episode", "ecds_attendance", "op_attendance"}


def test_its_events_are_published_with_age_and_birth_month(national):
    database = national / "data" / "anyborough.duckdb"
    with duckdb.connect(str(database), read_only=True) as connection:
        sql = f"""
            SELECT e.event_family, count(*), count(e.age_at_event), count(p.birth_month)
            FROM flow.care_event e JOIN flow.person p USING (person_id)
            WHERE e.organisation_code LIKE '{FOREIGN_SENDER}%' GROUP BY ALL ORDER BY ALL
        """
        rows = connection.execute(sql).fetchall()
    families = [row[0] for row in rows]
    assert {"emergency", "inpatient"} <= set(families)
    for _, n_events, n_ages, n_births in rows:
        assert n_ages / n_events > 0.95
        assert n_births / n_events > 0.95


def test_no_delivered_pseudonym_is_written_anywhere(national):
    delivered = set()
    for path in (national / "extracts" / "acute").glob(f"*_{FOREIGN_SENDER}_20*.csv"):
        rows = pl.read_csv(path, infer_schema=False, separator=_delimiter(path))
        if "PSEUDO_NHS_NUMBER" in rows.columns:
            delivered |= set(rows["PSEUDO_NHS_NUMBER"].drop_nulls()) - {"INVALID"}
    assert len(delivered) > 20
    searched = [p for p in (national / "data").rglob("*") if p.is_file()]
    assert len(searched) > 50
    written = [p.read_bytes().lower() for p in searched]
    planted = [p.encode().lower() for p in sorted(delivered)[:20]]
    assert not [1 for text in written for one in planted if one in text]


def _delimiter(path: Path) -> str:
    header = path.open(encoding="utf-8-sig").readline()
    return max(",;|\t", key=header.count)
