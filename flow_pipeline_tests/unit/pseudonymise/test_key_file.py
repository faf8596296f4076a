from pathlib import Path

import pytest

from flow_pipeline.errors import ExitCode, KeyOrPurposeError
from flow_pipeline.governance.key_file import make_key, read_key, rotate_key

KEY = "ab" * 32


def test_a_made_key_is_private_and_is_read_back(tmp_path: Path):
    path = tmp_path / "keys" / "active.key"
    make_key(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(read_key("p", path).secret) == 32


def test_two_keys_differ(tmp_path: Path):
    make_key(tmp_path / "a")
    make_key(tmp_path / "b")
    assert read_key("p", tmp_path / "a").key_id != read_key("p", tmp_path / "b").key_id


def test_a_key_is_never_overwritten(tmp_path: Path):
    path = tmp_path / "active.key"
    make_key(path)
    before = path.read_text()
    with pytest.raises(KeyOrPurposeError, match="never overwritten"):
        make_key(path)
    assert path.read_text() == before


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_key_that_others_can_read_is_refused(tmp_path: Path, mode: int):
    path = tmp_path / "active.key"
    make_key(path)
    path.chmod(mode)
    with pytest.raises(KeyOrPurposeError, match="chmod 600"):
        read_key("p", path)


@pytest.mark.parametrize(
    "content",
    ["", "not a key at all", "ab" * 16, "ab" * 64, "schlüssel", f"{KEY} ids", f"{KEY} ids beef"],
)
def test_a_file_that_holds_no_key_is_refused_without_quoting_it(tmp_path: Path, content: str):
    path = tmp_path / "active.key"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(KeyOrPurposeError) as refused:
        read_key("p", path)
    assert str(path) in str(refused.value)
    assert not content or content not in str(refused.value)
    assert refused.value.exit_code == ExitCode.KEY_OR_PURPOSE


def test_no_key_says_how_to_make_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(KeyOrPurposeError, match="keys new"):
        read_key("p", tmp_path / "absent.key")
    with pytest.raises(KeyOrPurposeError, match="keys new"):
        read_key("p")
    monkeypatch.delenv("SOME_KEY", raising=False)
    with pytest.raises(KeyOrPurposeError, match="SOME_KEY"):
        read_key("p", variable="SOME_KEY")


def test_a_key_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SOME_KEY", "cd" * 32)
    assert read_key("p", variable="SOME_KEY").secret == b"\xcd" * 32


def test_a_rotation_keeps_the_old_key_beside_the_new_one(tmp_path: Path):
    path = tmp_path / "active.key"
    make_key(path)
    old = read_key("p", path)
    kept = rotate_key(path, old)
    new = read_key("p", path)
    assert new.key_id != old.key_id
    assert new.ids_key_id == old.ids_key_id
    assert read_key("p", kept).key_id == old.key_id
    assert {p.stat().st_mode & 0o777 for p in (path, kept)} == {0o600}
    assert sorted(tmp_path.iterdir()) == [path, kept]


def test_a_rotation_that_died_is_done_again(tmp_path: Path):
    path = tmp_path / "active.key"
    make_key(path)
    old = read_key("p", path)
    (tmp_path / "active.key.new").write_text("half of a k")
    (tmp_path / f"active.key.{old.key_id}").hardlink_to(path)
    kept = rotate_key(path, old)
    assert read_key("p", kept).key_id == old.key_id
    assert read_key("p", path).ids_key_id == old.ids_key_id
    assert not (tmp_path / "active.key.new").exists()


def test_a_rotated_key_comes_from_the_environment_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path = tmp_path / "active.key"
    make_key(path)
    rotate_key(path, read_key("p", path))
    monkeypatch.setenv("SOME_KEY", path.read_text())
    assert read_key("p", variable="SOME_KEY").key_id == read_key("p", path).key_id
