"""The same input gives the same content; ids stay when data is added."""

import json
import shutil

import polars as pl
from polars.testing import assert_frame_equal

from flow_pipeline_tests.acceptance.commands import flow_pipeline


def _note(folder):
    return json.loads((folder / "data" / "releases" / "current" / "release.json").read_text())


def _digests(folder):
    return {
        (t["schema"], t["table"]): t["digest"]
        for t in _note(folder)["tables"]
        if t["table"] != "pipeline_run"
    }


def test_a_second_run_from_nothing_gives_the_same_content(published, economy):
    ended = flow_pipeline("run", economy / "economy.yaml")
    assert ended.code == 0, ended.err
    one, two = _digests(published), _digests(economy)
    assert len(one) > 40
    assert {k for k in one if one[k] != two[k]} == set()


def test_running_again_changes_nothing(ran):
    before = _note(ran)["release_id"]
    ended = flow_pipeline("run", ran / "economy.yaml")
    assert ended.code == 0, ended.err
    assert "Nothing has changed" in ended.out
    assert _note(ran)["release_id"] == before


def test_a_part_that_was_lost_is_made_again(ran):
    part = min((ran / "data" / "analytic" / "core_apc_episode").glob("*.parquet"))
    before, digests = pl.read_parquet(part), _digests(ran)
    part.unlink()
    ended = flow_pipeline("run", ran / "economy.yaml")
    assert ended.code == 0, ended.err
    assert pl.read_parquet(part).equals(before)
    assert _digests(ran) == digests


def test_person_ids_stay_when_a_month_is_added(published, economy):
    last = max(economy.glob("extracts/**/ecds_attendance_RXA_*"))
    held_back = economy.parent / last.name
    shutil.move(last, held_back)
    assert flow_pipeline("run", economy / "economy.yaml").code == 0
    before = _people_by_record(economy)
    shutil.move(held_back, last)
    assert flow_pipeline("run", economy / "economy.yaml").code == 0
    after = _people_by_record(economy)
    both = before.join(after, on="record_key", suffix="_after")
    assert after.height > before.height
    assert both.height == before.height
    assert both.filter(pl.col("person_id") != pl.col("person_id_after")).is_empty()
    linkage = economy / "data" / "linkage"
    assert len(list((linkage / "record_anchor").glob("*.parquet"))) == 2  # what came was added
    added = pl.read_parquet(linkage / "person_link.parquet")
    (linkage / ".made" / "linked_part.json").unlink()  # then every record is linked again
    assert flow_pipeline("run", economy / "economy.yaml").code == 0
    assert (linkage / "record_anchor.parquet").exists()
    assert_frame_equal(pl.read_parquet(linkage / "person_link.parquet"), added)


def _people_by_record(folder):
    return pl.read_parquet(folder / "data" / "linkage" / "person_link.parquet").select(
        "record_key", "person_id"
    )
