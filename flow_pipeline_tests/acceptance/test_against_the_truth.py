"""What the pipeline finds in the synthetic economy, beside what is true of it."""

import hashlib
from pathlib import Path

import polars as pl
import pytest

from flow_pipeline.governance.key_file import make_key
from flow_pipeline.synthetic import generate
from flow_pipeline_tests.acceptance.commands import flow_pipeline


@pytest.fixture(scope="module")
def clean(tmp_path_factory) -> Path:
    """An economy whose senders make no errors, run."""
    folder = tmp_path_factory.mktemp("clean") / "economy"
    generate(folder, people=1_500, years=1, seed=3, profile="clean")
    make_key(folder / "keys" / "active.key")
    ended = flow_pipeline("run", folder / "economy.yaml")
    assert ended.code == 0, ended.err
    return folder


def _ours(folder: Path, zone: str, name: str) -> pl.DataFrame:
    return pl.read_parquet(folder / "data" / zone / f"{name}.parquet")


def _true(folder: Path, name: str) -> pl.DataFrame:
    return pl.read_parquet(folder / "truth" / f"{name}.parquet")


def _counted(stays: pl.DataFrame, organisation: str) -> dict[tuple, int]:
    """How many stays there are of each provider, admission day and discharge day."""
    counts = stays.group_by(
        pl.col(organisation).alias("provider"),
        pl.col("admitted_at").dt.date().alias("from"),
        pl.col("discharged_at").dt.date().alias("to"),
    ).len()
    return {tuple(row[:3]): row[3] for row in counts.iter_rows()}


def test_provider_spells_of_clean_extracts_are_the_true_ones(clean):
    # the truth of stays in mental-health hospitals stands among the events
    found = _ours(clean, "analytic", "spell").filter(event_family="inpatient")
    ours = _counted(found, "organisation_code")
    true = _counted(_true(clean, "spell"), "organisation_code")
    assert sum(true.values()) > 300
    assert ours == true


def test_continuous_spells_of_clean_extracts_are_the_true_ones(clean):
    elsewhere = _ours(clean, "analytic", "spell").filter(event_family="mh_spell")
    ours = _ours(clean, "analytic", "continuous_spell").join(
        elsewhere, on="continuous_spell_id", how="anti"
    )
    true = _true(clean, "continuous_spell")
    assert ours.height == true.height
    assert sorted(ours["n_spells"]) == sorted(true["n_spells"])


def test_attendances_by_ambulance_have_their_incident_and_its_handover(clean):
    events = _ours(clean, "analytic", "care_event")
    incidents = events.filter(event_family="ambulance")
    true = _true(clean, "event").filter(event_family="ambulance")
    assert _times(incidents) == _times(true)
    led = events.filter(pl.col("parent_event_id").is_in(incidents["event_id"].implode()))
    assert set(led["event_family"]) == {"emergency"}
    assert led.height == incidents.height > 100
    handovers = _ours(clean, "analytic", "delay").filter(measure="ambulance_handover")
    assert handovers.height == incidents.height
    assert handovers["minutes"].is_between(4, 240).all()


@pytest.mark.parametrize("family", ["mh_referral", "mh_contact", "mh_spell"])
def test_mental_health_care_of_clean_extracts_is_the_true_one(clean, family):
    ours = _ours(clean, "analytic", "care_event").filter(event_family=family)
    true = _true(clean, "event").filter(event_family=family)
    starts = [sorted(frame["start_at"]) for frame in (ours, true)]
    assert starts[0] == starts[1]
    assert ours.filter(family != "mh_referral")["parent_event_id"].null_count() == 0


def _times(events: pl.DataFrame) -> list[tuple]:
    return sorted(events.select("start_at", "end_at").rows())


@pytest.mark.parametrize("economy", ["clean", "published"])
def test_records_are_linked_to_the_people_they_are_of(economy, request):
    folder = request.getfixturevalue(economy)
    linked = _linked_with_truth(folder)
    n_true = _pairs(linked, ["true_person"])
    n_found = _pairs(linked, ["person_id"])
    n_right = _pairs(linked, ["person_id", "true_person"])
    assert linked.height > 5_000
    assert n_right / n_found >= 0.995
    assert n_right / n_true >= 0.97


def _linked_with_truth(folder: Path) -> pl.DataFrame:
    """Linked records, each with the person it is truly of."""
    digests = [
        {"file": path.relative_to(folder).as_posix(), "digest": _digest(path)}
        for path in (folder / "extracts").rglob("*")
        if path.is_file()
    ]
    submissions = _ours(folder, "quarantine", "submission").select("submission_id", "digest")
    files = pl.DataFrame(digests).join(submissions, on="digest")
    truth = _true(folder, "person_record").join(files, on="file")
    link = _ours(folder, "linkage", "person_link").select(
        "submission_id", "row_number", "contract", "person_id"
    )
    return link.join(
        truth.select("submission_id", "row_number", "contract", true_person="person_id"),
        on=["submission_id", "row_number", "contract"],
    ).unique(["submission_id", "row_number", "contract"])


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _pairs(records: pl.DataFrame, by: list[str]) -> int:
    sizes = records.group_by(by).len()["len"].cast(pl.Int64)
    return int((sizes * (sizes - 1) // 2).sum())
