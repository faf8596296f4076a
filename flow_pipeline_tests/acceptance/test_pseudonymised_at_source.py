"""Extracts that their senders pseudonymise give the same tables as extracts sent in clear."""

import json
import shutil
import zipfile
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from flow_pipeline.config import load_economy
from flow_pipeline.governance.key_file import make_key
from flow_pipeline.orchestration.packages import pseudonymise_sources
from flow_pipeline_tests.acceptance.commands import flow_pipeline
from flow_pipeline_tests.acceptance.test_twice_is_once import _digests as digests


@pytest.fixture(scope="module")
def packaged(extracts: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The economy whose every source is a package, the extracts gone."""
    folder = tmp_path_factory.mktemp("packaged") / "economy"
    shutil.copytree(extracts, folder)
    config = folder / "economy.yaml"
    (folder / "packages").mkdir()
    names = [source.name for source in load_economy(config).sources]
    for name in names:
        pseudonymise_sources(config, [name], folder / "packages" / f"{name}.pseudonymised")
    shutil.rmtree(folder / "extracts")
    yaml = YAML()
    document = yaml.load(config)
    for node, name in zip(document["sources"], names, strict=True):
        node["name"] = name
        node["files"] = f"packages/{name}.pseudonymised"
    with config.open("w") as file:
        yaml.dump(document, file)
    return folder


def test_the_published_tables_are_the_same(published, packaged):
    ended = flow_pipeline("run", packaged / "economy.yaml")
    assert ended.code == 0, ended.err
    central, at_source = digests(published), digests(packaged)
    assert len(central) > 40
    assert {table for table in central if central[table] != at_source[table]} == set()


def test_a_package_holds_tokens_and_payload_only(extracts, packaged):
    names = {
        line.split(",")[17]
        for path in extracts.glob("extracts/acute/op_attendance_RXA_*.csv")
        for line in path.read_text().splitlines()[1:]
    }
    long = {name.encode() for name in names if len(name) > 5}
    assert len(long) > 20
    for path in (packaged / "packages").glob("op_attendance*"):
        data = path.read_bytes()
        assert not [name for name in long if name in data]


def test_a_check_says_that_packages_were_checked_by_their_senders(packaged):
    ended = flow_pipeline("check", packaged / "economy.yaml")
    assert ended.code == 0, ended.err
    assert "more: pseudonymised by its sender, so checked there" in ended.out


def _one(folder: Path) -> Path:
    return next((folder / "packages").glob("op_attendance*"))


def _not_run(packaged: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "economy"
    shutil.copytree(packaged, folder, symlinks=True)
    shutil.rmtree(folder / "data", ignore_errors=True)
    return folder


def _key_id(folder: Path) -> str:
    return flow_pipeline("keys", "show-id", folder / "economy.yaml").out.strip()


def test_another_key_is_said_not_silently_unlinked(packaged, tmp_path):
    folder = _not_run(packaged, tmp_path)
    (folder / "keys" / "active.key").unlink()
    make_key(folder / "keys" / "active.key")
    ended = flow_pipeline("run", folder / "economy.yaml")
    assert ended.code == 6
    assert "nothing in it would link" in ended.err
    assert f"with key {_key_id(packaged)}, this economy uses {_key_id(folder)}" in ended.err


def test_another_purpose_is_said_too(packaged, tmp_path):
    folder = _not_run(packaged, tmp_path)
    config = folder / "economy.yaml"
    config.write_text(config.read_text().replace("whole-system-flow-2026", "another-purpose"))
    ended = flow_pipeline("run", config)
    assert ended.code == 6
    assert "'whole-system-flow-2026'" in ended.err
    assert "'another-purpose': nothing in it would link" in ended.err


def test_after_a_rotation_packages_are_to_be_made_again(packaged, tmp_path):
    folder = _not_run(packaged, tmp_path)
    assert flow_pipeline("keys", "rotate", folder / "economy.yaml").code == 0
    ended = flow_pipeline("run", folder / "economy.yaml")
    assert ended.code == 6
    assert f"with key {_key_id(packaged)}, this economy uses {_key_id(folder)}" in ended.err
    assert "where the key was rotated, packages made before need that too" in ended.err


@pytest.mark.parametrize("damage", ["cut", "part", "rows"])
def test_a_damaged_package_is_refused(packaged, tmp_path, damage):
    folder = tmp_path / "economy"
    shutil.copytree(packaged, folder, symlinks=True)
    path = _one(folder)
    if damage == "cut":
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    else:
        _rewritten(path, damage)
    ended = flow_pipeline("run", folder / "economy.yaml")
    assert ended.code == 3, ended.err
    assert "Traceback" not in ended.err


def _rewritten(path: Path, damage: str) -> None:
    with zipfile.ZipFile(path) as packed:
        members = {name: packed.read(name) for name in packed.namelist()}
    name = next(n for n in members if n.startswith("parts/record_token"))
    if damage == "part":
        members[name] = members[name][:-1] + b"?"
    else:
        said = json.loads(members["pseudonymised.json"])
        part = next(iter(said["parts"]["record_token"]))
        said["parts"]["record_token"][part] += 1
        members["pseudonymised.json"] = json.dumps(said).encode()
    with zipfile.ZipFile(path, "w") as packed:
        for member, data in members.items():
            packed.writestr(member, data)


def test_a_package_beside_itself_is_said_not_counted_twice(packaged, tmp_path):
    folder = tmp_path / "economy"
    shutil.copytree(packaged, folder, symlinks=True)
    package = _one(folder)
    shutil.copy(package, package.with_name(f"again_{package.name}"))
    config = folder / "economy.yaml"
    config.write_text(
        config.read_text().replace(f"packages/{package.name}", f"packages/*{package.name}")
    )
    ended = flow_pipeline("run", config)
    assert ended.code == 3
    assert "holds the same submission as" in ended.err
