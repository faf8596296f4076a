"""A key is renewed, exchanged or lost: persons keep their ids, or the run says why not."""

import json
import os
import shutil
from pathlib import Path

import polars as pl
import pytest

from flow_pipeline.governance.key_file import make_key
from flow_pipeline.lock import run_lock
from flow_pipeline.store import Store
from flow_pipeline.tables.linkage import IDENTITY_TOKENS
from flow_pipeline.tables.record_told import record_told
from flow_pipeline_tests.acceptance.commands import Ended, flow_pipeline

KEY = Path("keys") / "active.key"


def _persons(folder: Path) -> dict[str, str]:
    """person_id by record_key."""
    links = Store(folder / "data").scan("person_link").select("record_key", "person_id")
    return dict(links.collect().iter_rows())


def _tokens(folder: Path) -> set[int]:
    """All tokens of identities and local identifiers."""
    scan = Store(folder / "data").scan
    told = record_told(scan("record_token"), scan("record_identity"))
    rows = told.select(*IDENTITY_TOKENS, "reference_token", "parent_token").collect()
    return set().union(*(rows[name].drop_nulls().unique().to_list() for name in rows.columns))


def _events(folder: Path) -> set[tuple[str, ...]]:
    path = folder / "data" / "analytic" / "care_event.parquet"
    names = ["event_id", "person_id", "spell_id", "continuous_spell_id", "journey_id"]
    return set(pl.read_parquet(path, columns=names).iter_rows())


def _history(folder: Path) -> int:
    return pl.read_parquet(folder / "data" / "linkage" / "person_history.parquet").height


@pytest.fixture(scope="module")
def rotated(published, tmp_path_factory) -> tuple[Path, Ended, Ended]:
    """An economy after a rotation and the run that followed."""
    folder = tmp_path_factory.mktemp("rotated") / "economy"
    shutil.copytree(published, folder, symlinks=True)
    rotation = flow_pipeline("keys", "rotate", folder / "economy.yaml")
    assert rotation.code == 0, rotation.err
    ended = flow_pipeline("run", folder / "economy.yaml")
    assert ended.code == 0, ended.err
    return folder, rotation, ended


def test_persons_events_and_journeys_keep_their_ids(published, rotated):
    folder, _, _ = rotated
    assert _persons(folder) == _persons(published)
    assert _history(folder) == _history(published)
    assert _events(folder) == _events(published)


def test_no_token_is_left_of_the_old_key(published, rotated):
    folder, _, _ = rotated
    assert len(_tokens(published)) > 5_000
    assert not _tokens(published) & _tokens(folder)
    registry = pl.read_parquet(folder / "data" / "linkage" / "person_registry.parquet")
    renewed = registry.filter(pl.col("anchor_kind") != "record")["anchor_token"]
    before = pl.read_parquet(published / "data" / "linkage" / "person_registry.parquet")
    assert registry.height == before.height
    assert not set(renewed) & set(before["anchor_token"])


def test_what_was_done_is_said_and_noted(published, rotated):
    folder, rotation, ended = rotated
    old, new = (
        flow_pipeline("keys", "show-id", one / "economy.yaml").out.strip()
        for one in (published, folder)
    )
    assert old in rotation.out
    assert new in rotation.out
    kept = folder / KEY.parent / f"active.key.{old}"
    assert kept.read_bytes() == (published / KEY).read_bytes()
    assert f"Key {old} was replaced by {new}" in ended.out
    note = json.loads((folder / "data" / "linkage" / "key.json").read_text())
    [noted] = note["rotations"]
    assert (noted["from"], noted["to"], note["key_id"]) == (old, new, new)
    assert noted["n_renewed"] > 500
    assert noted["n_left"] == 0


def test_another_run_changes_nothing(rotated):
    folder, _, _ = rotated
    before = _persons(folder)
    ended = flow_pipeline("run", folder / "economy.yaml")
    assert ended.code == 0, ended.err
    assert "Nothing has changed" in ended.out
    assert "was replaced by" not in ended.out
    assert _persons(folder) == before


def test_a_file_that_was_away_comes_back_with_its_persons(ran, published, tmp_path):
    [away] = sorted(ran.glob("extracts/acute/op_attendance_*_2023-04*.csv"))[:1] or [
        max(ran.glob("extracts/acute/op_attendance_*.csv"))
    ]
    aside = tmp_path / away.name
    shutil.move(away, aside)
    assert flow_pipeline("keys", "rotate", ran / "economy.yaml").code == 0
    ended = flow_pipeline("run", ran / "economy.yaml", "--only", "ingest")
    assert ended.code == 0, ended.err
    ended = flow_pipeline("run", ran / "economy.yaml", "--only", "link")
    assert ended.code == 0, ended.err
    meanwhile, before = _persons(ran), _persons(published)
    assert 0 < len(meanwhile) < len(before)
    assert meanwhile == {record: before[record] for record in meanwhile}
    note = json.loads((ran / "data" / "linkage" / "key.json").read_text())
    assert note["rotations"][0]["n_left"] > 0  # what could not be read again is said
    shutil.move(aside, away)
    for stage in ("ingest", "link"):
        assert flow_pipeline("run", ran / "economy.yaml", "--only", stage).code == 0
    assert _persons(ran) == before


def test_a_run_that_dies_between_tokens_and_persons_loses_nobody(ran, published):
    assert flow_pipeline("keys", "rotate", ran / "economy.yaml").code == 0
    # Tokens are made anew and persons are not; then the key is renewed once more.
    assert flow_pipeline("run", ran / "economy.yaml", "--only", "ingest").code == 0
    assert flow_pipeline("keys", "rotate", ran / "economy.yaml").code == 0
    assert flow_pipeline("run", ran / "economy.yaml", "--only", "link").code == 0
    assert _persons(ran) == _persons(published)
    for stage in ("ingest", "link"):
        assert flow_pipeline("run", ran / "economy.yaml", "--only", stage).code == 0
    assert _persons(ran) == _persons(published)


@pytest.mark.parametrize("command", [("run",), ("keys", "rotate")])
def test_a_key_that_was_exchanged_is_said(ran, command):
    note = json.loads((ran / "data" / "linkage" / "key.json").read_text())
    (ran / KEY).unlink()
    make_key(ran / KEY)
    ended = flow_pipeline(*command, ran / "economy.yaml")
    assert ended.code == 6
    new = flow_pipeline("keys", "show-id", ran / "economy.yaml").out.strip()
    assert f"was made with key {note['key_id']}" in ended.err
    assert f"now names key {new}" in ended.err
    assert "keys rotate" in ended.err
    assert len(list((ran / "keys").iterdir())) == 1


def test_another_purpose_is_said(ran):
    config = ran / "economy.yaml"
    document = config.read_text()
    purpose = json.loads((ran / "data" / "linkage" / "key.json").read_text())["purpose"]
    config.write_text(document.replace(purpose, "another-purpose"))
    ended = flow_pipeline("run", config)
    assert ended.code == 6
    assert "Name another storage.root" in ended.err


def test_a_key_that_is_not_there_is_not_rotated(ran):
    (ran / KEY).unlink()
    ended = flow_pipeline("keys", "rotate", ran / "economy.yaml")
    assert ended.code == 6
    assert "does not exist" in ended.err
    assert ended.err.count("\n") <= 2


def test_no_rotation_while_another_run_goes_on(ran):
    before = (ran / KEY).read_bytes()
    with run_lock(ran / "data"):
        ended = flow_pipeline("keys", "rotate", ran / "economy.yaml")
    assert ended.code == 7
    assert (ran / KEY).read_bytes() == before


def test_a_key_in_the_environment_is_not_rotated_from_here(ran, monkeypatch):
    config = ran / "economy.yaml"
    monkeypatch.setenv("FLOW_KEY", (ran / KEY).read_text())
    told = config.read_text().replace("key_file: ./keys/active.key", "key_env: FLOW_KEY")
    config.write_text(told)
    assert "FLOW_KEY" in config.read_text()
    ended = flow_pipeline("keys", "rotate", config)
    assert ended.code == 6
    assert "environment variable FLOW_KEY" in ended.err
    assert os.environ["FLOW_KEY"] == (ran / KEY).read_text()
