from pathlib import Path

import pytest

from flow_pipeline.errors import ExitCode, KeyOrPurposeError
from flow_pipeline.governance.key_file import make_key, read_key


def test_a_made_key_is_private_and_is_read_back(tmp_path: Path):
    path = tmp_path / "keys" / "active.key"
    make_key(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(read_key(path)) == 32


def test_two_keys_differ(tmp_path: Path):
    make_key(tmp_path / "a")
    make_key(tmp_path / "b")
    assert read_key(tmp_path / "a") != read_key(tmp_path / "b")


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
        read_key(path)


@pytest.mark.parametrize("content", ["", "not a key at all", "ab" * 16, "schlüssel"])
def test_a_file_that_holds_no_key_is_refused_without_quoting_it(tmp_path: Path, content: str):
    path = tmp_path / "active.key"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(KeyOrPurposeError) as refused:
        read_key(path)
    assert str(path) in str(refused.value)
    assert not content or content not in str(refused.value)
    assert refused.value.exit_code == ExitCode.KEY_OR_PURPOSE


def test_no_key_says_how_to_make_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(KeyOrPurposeError, match="keys new"):
        read_key(tmp_path / "absent.key")
    with pytest.raises(KeyOrPurposeError, match="keys new"):
        read_key()
    monkeypatch.delenv("SOME_KEY", raising=False)
    with pytest.raises(KeyOrPurposeError, match="SOME_KEY"):
        read_key(variable="SOME_KEY")


def test_a_key_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SOME_KEY", "cd" * 32)
    assert read_key(variable="SOME_KEY") == b"\xcd" * 32
