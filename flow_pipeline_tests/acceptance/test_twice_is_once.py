"""The same input gives the same content; ids stay when data is added."""

import json
import shutil

import polars as pl
from polars.testing import assert_frame_equal

from flow_pipeline.store import Store
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
    store = Store(economy / "data")
    added = store.scan("person_link").collect()
    assert {len(store.parts(name)) for name in ("person_link", "record_anchor")} == {2}
    (
        store.folder("linked_part") / ".made" / "linked_part.json"
    ).unlink()  # then all is linked again
    assert flow_pipeline("run", economy / "economy.yaml").code == 0
    assert not store.parts("person_link") + store.parts("record_anchor")
    assert_frame_equal(store.scan("person_link").collect(), added, check_row_order=False)


def _people_by_record(folder):
    return Store(folder / "data").scan("person_link").select("record_key", "person_id").collect()
