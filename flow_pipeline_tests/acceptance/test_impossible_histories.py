"""Two people taken for one: found by their stays, put up for review, parted as was decided."""

import csv
from pathlib import Path

import polars as pl
import pytest

from flow_pipeline.governance.key_file import make_key
from flow_pipeline.store import Store
from flow_pipeline_tests.acceptance.commands import flow_pipeline

CONFIG = """
economy: Two hospitals
purpose: flow
period: {start: 2025-04-01, end: 2026-03-31}
storage: {root: ./data}
publish: duckdb:///data/flow.duckdb
pseudonymisation: {key_file: ./active.key}
organisations:
  - {code: RXA, name: One, sector: acute}
  - {code: RXB, name: Other, sector: acute}
sources:
  - {contract: apc_episode, organisation: RXA, files: one.csv}
  - {contract: apc_episode, organisation: RXB, files: other.csv}
linkage: {decisions: decisions.csv}
governance: {purposes: [{code: flow, description: how people flow}]}
"""
HEAD = """organisation_identifier_code_of_provider,hospital_provider_spell_identifier,\
episode_number,last_episode_in_spell_indicator_code,patient_classification_code,\
admission_method_code_hospital_provider_spell,source_of_admission_code,\
start_date_hospital_provider_spell,start_date_consultant_episode,end_date_consultant_episode,\
activity_treatment_function_code,discharge_date_hospital_provider_spell,\
discharge_method_code_hospital_provider_spell,discharge_destination_code_hospital_provider_spell,\
nhs_number,nhs_number_status_indicator_code,local_patient_identifier,person_family_name,\
person_given_name,person_birth_date,person_stated_gender_code,postcode_of_usual_address"""
# Anna Smith, and another Anna Smith of that day in that house, whose number nobody asked for.
ANNA = "9990000018,01,L1,Smith,Anna,1950-02-03,2,LS1 4AP"
OTHER_ANNA = ",03,M7,Smith,Anna,1950-02-03,2,LS1 4AP"
BERT = "9990000026,01,L2,Jones,Bert,1961-07-08,1,LS6 2AB"
DECISIONS = "record_key,other_record_key,decision,who,decided_on"


def stay(provider: str, spell: str, start: str, end: str, who: str) -> str:
    return f"{provider},{spell},1,1,1,21,19,{start},{start},{end},300,{end},1,19,{who}"


@pytest.fixture(scope="module")
def economy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both Annas are in bed from the 6th to the 10th; Bert is moved from one hospital to the
    other."""
    folder = tmp_path_factory.mktemp("annas")
    (folder / "economy.yaml").write_text(CONFIG)
    make_key(folder / "active.key")
    files = {
        "one.csv": [
            stay("RXA", "S1", "2025-05-01", "2025-05-10", ANNA),
            stay("RXA", "S2", "2025-06-01", "2025-06-10", BERT),
        ],
        "other.csv": [
            stay("RXB", "T1", "2025-05-06", "2025-05-20", OTHER_ANNA),
            stay("RXB", "T2", "2025-06-10", "2025-06-20", BERT),
        ],
    }
    for name, rows in files.items():
        (folder / name).write_text("\n".join([HEAD, *rows]) + "\n")
    (folder / "decisions.csv").write_text(DECISIONS + "\n")
    return folder


def table(folder: Path, name: str) -> pl.DataFrame:
    return Store(folder / "data").scan(name).collect()


def lists(folder: Path) -> dict[str, list[tuple[str, str]]]:
    """What each sender is asked: row numbers and reasons."""
    paths = (folder / "data" / "linkage" / "review").glob("*/review.csv")
    return {
        path.parent.name: [(r["row_number"], r["reason"]) for r in csv.DictReader(path.open())]
        for path in paths
    }


def checks(folder: Path) -> dict[str, tuple[bool, int]]:
    results = pl.read_parquet(folder / "data" / "analytic" / "quality_result.parquet")
    of_histories = results.filter(pl.col("check_id").str.starts_with("L06"))
    rows = of_histories.select("check_id", "passed", "n_failed").iter_rows()
    return {name.removeprefix("L06 histories_"): told for name, *told in rows}


def run(folder: Path) -> None:
    ended = flow_pipeline("run", folder / "economy.yaml")
    assert ended.code == 0, ended.err


def n_people(folder: Path) -> int:
    return table(folder, "person_link")["person_id"].n_unique()


def test_a_reviewer_parts_whom_their_stays_gave_away(economy):
    run(economy)
    assert n_people(economy) == 2
    assert lists(economy) == {"RXA": [("1", "two_beds")], "RXB": [("1", "two_beds")]}
    assert checks(economy) == {"to_be_settled": [False, 1], "are_asked_about": [True, 0]}

    told = table(economy, "impossible_history")
    assert told.columns == ["record_key", "other_record_key", "reason_code"]
    keys = ",".join(table(economy, "link_review").row(0)[:2])
    decided = f"{DECISIONS}\n{keys},different,J. Clerk,2026-04-01\n"
    (economy / "decisions.csv").write_text(decided)
    run(economy)
    assert table(economy, "link_decision")["outcome"].to_list() == ["obeyed"]
    assert n_people(economy) == 3
    assert table(economy, "impossible_history").is_empty()
    assert lists(economy) == {}
    assert checks(economy) == {"to_be_settled": [True, 0], "are_asked_about": [True, 0]}


def test_one_that_the_senders_mend_is_settled_by_deciding_that_it_is_one_person(economy):
    (economy / "decisions.csv").write_text(DECISIONS + "\n")
    run(economy)
    keys = ",".join(table(economy, "link_review").row(0)[:2])
    decided = f"{DECISIONS}\n{keys},same,J. Clerk,2026-04-01\n"
    (economy / "decisions.csv").write_text(decided)
    run(economy)
    assert n_people(economy) == 2
    assert table(economy, "impossible_history").height == 1
    assert lists(economy) == {}
    assert checks(economy) == {"to_be_settled": [True, 0], "are_asked_about": [True, 0]}
