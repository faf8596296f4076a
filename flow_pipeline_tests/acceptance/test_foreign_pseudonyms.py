"""An economy in which another body has pseudonymised what one trust sends, run in whole."""

import json
import re
import shutil
from pathlib import Path

import duckdb
import polars as pl
import pytest
from ruamel.yaml import YAML

from flow_pipeline.governance.key_file import make_key
from flow_pipeline.store import Store
from flow_pipeline.synthetic import generate
from flow_pipeline.synthetic.recording import FOREIGN_NAMESPACE
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
    faults = Store(national / "data").scan("quarantine").collect()
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


ANOTHER = "dscro-2025"


def _spoken_of(folder: Path) -> pl.DataFrame:
    """pseudonym and nhs_number of the people that the trust's rows are truly about."""
    truth = pl.read_parquet(folder / "truth" / "person_record.parquet")
    numbers = pl.read_parquet(folder / "truth" / "person.parquet").select("person_id", "nhs_number")
    found = []
    for path in (folder / "extracts" / "acute").glob(f"*_{FOREIGN_SENDER}_20*.csv"):
        rows = pl.read_csv(path, infer_schema=False, separator=_delimiter(path))
        if "PSEUDO_NHS_NUMBER" in rows.columns:
            numbered = rows.select(
                pseudonym="PSEUDO_NHS_NUMBER",
                row_number=pl.int_range(1, pl.len() + 1, dtype=pl.Int64),
                file=pl.lit(path.relative_to(folder).as_posix()),
            )
            found.append(numbered.join(truth, on=["file", "row_number"]))
    of = pl.concat(found).filter(pl.col("pseudonym").str.len_chars() > 10)
    people = of.group_by("pseudonym").agg(pl.col("person_id").mode().sort().first())
    return people.join(numbers, on="person_id").select("pseudonym", "nhs_number").sort("pseudonym")


def _write_bridges(folder: Path) -> None:
    """Between the trust's two namespaces, and from the newer to numbers; with what is no use."""
    people = _spoken_of(folder)
    between = people.select(
        namespace=pl.lit(FOREIGN_NAMESPACE),
        pseudonym="pseudonym",
        other_namespace=pl.lit(ANOTHER),
        other_pseudonym="pseudonym",
    )
    numbers = between.with_columns(
        other_namespace=pl.lit("nhs_number"), other_pseudonym=people["nhs_number"]
    )
    no_use = between.head(3).with_columns(pseudonym=pl.lit("INVALID"))
    pl.concat([between, no_use]).write_csv(folder / "between.csv")
    numbers.write_csv(folder / "numbers.csv")


@pytest.fixture(scope="module")
def bridged(national, tmp_path_factory) -> Path:
    """The economy again; outpatients come under another namespace, and bridges join all."""
    folder = tmp_path_factory.mktemp("bridged") / "economy"
    shutil.copytree(national, folder, symlinks=True)
    _write_bridges(folder)
    yaml = YAML()
    config = folder / "economy.yaml"
    document = yaml.load(config)
    for source in document["sources"]:
        if source["contract"] == "op_attendance" and "identity" in source:
            source["identity"]["namespace"] = ANOTHER
    document["linkage"] = {"bridges": ["between.csv", "numbers.csv"]}
    with config.open("w") as file:
        yaml.dump(document, file)
    ended = flow_pipeline("run", config)
    assert ended.code == 0, ended.err
    return folder


def _found(folder: Path) -> tuple[float, float]:
    """Precision and recall of pairs of a record of the trust and one of another sender."""
    keys = ["submission_id", "row_number", "contract"]
    links = _ours(folder, "linkage", "person_link").select(*keys, "organisation_code")
    records = _linked_with_truth(folder).join(links, on=keys)
    is_own = pl.col("organisation_code") == FOREIGN_SENDER

    def across(by: list[str]) -> int:
        parts = (records, records.filter(is_own), records.filter(~is_own))
        whole, own, others = (_pairs(part, by) for part in parts)
        return whole - own - others

    n_right = across(["person_id", "true_person"])
    return n_right / max(across(["person_id"]), 1), n_right / across(["true_person"])


def test_without_a_bridge_the_trust_is_apart(national):
    assert _found(national)[1] < 0.05


def test_bridges_join_namespaces_and_senders_who_write_numbers(bridged):
    precision, recall = _found(bridged)
    assert precision >= 0.995
    assert recall >= 0.95


def test_entries_of_bridges_are_counted(bridged):
    notes = json.loads((bridged / "data" / "linkage" / "model.json").read_text())["notes"]
    n_people = _spoken_of(bridged).height
    assert notes["bridge_entries_used"] == 2 * n_people
    assert notes["bridge_entries_incomplete"] == 3


def test_nothing_of_a_bridge_is_written_anywhere(bridged):
    people = _spoken_of(bridged)
    planted = [*people["pseudonym"].head(20), *people["nhs_number"].head(20)]
    for path in (bridged / "data").rglob("*"):
        if path.is_file():
            text = path.read_bytes()
            assert not [1 for one in planted if one.encode() in text], path.name
    table = pl.read_parquet(bridged / "data" / "linkage" / "foreign_bridge.parquet").write_json()
    assert not [1 for one in planted if one in table]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("namespace,pseudonym\na,b\n", r"between.csv:1: expected the columns namespace"),
        (
            "namespace,pseudonym,other_namespace,other_pseudonym\n"
            f"{FOREIGN_NAMESPACE},x,nhs_number,y\nelsewhere,SECRET,{FOREIGN_NAMESPACE},y\n",
            r"between.csv:3: expected two different namespaces out of",
        ),
        ("", r"between.csv: cannot be read"),
    ],
)
def test_a_bridge_that_cannot_be_used_is_said_with_its_line(bridged, tmp_path, text, says):
    folder = tmp_path / "economy"
    shutil.copytree(bridged, folder, symlinks=True)
    (folder / "between.csv").write_text(text)
    ended = flow_pipeline("run", folder / "economy.yaml", "--only", "link")
    assert ended.code == 3
    assert re.search(says, ended.err.replace("\n", ""))
    assert "SECRET" not in ended.err
