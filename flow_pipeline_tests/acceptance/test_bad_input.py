"""Bad input gets one clear message and its exit code, and the last release stays as it was."""

import errno
import gzip
import json
import os
import socket
import subprocess
from pathlib import Path

import polars as pl
import pytest

from flow_pipeline import store
from flow_pipeline_tests.acceptance.commands import flow_pipeline


def _episodes(folder: Path) -> Path:
    return max(folder.glob("extracts/acute/apc_episode_RXA_*.csv"))


def _edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def _no_configuration(folder):
    (folder / "economy.yaml").unlink()


def _wrong_key(folder):
    _edit(folder / "economy.yaml", "\neconomy:", "\neconomie:")


def _pattern_matches_nothing(folder):
    for path in folder.glob("extracts/**/apc_episode_*"):
        path.unlink()


def _empty_file(folder):
    _episodes(folder).write_bytes(b"")


def _header_without_rows(folder):
    path = _episodes(folder)
    path.write_text(path.read_text().splitlines()[0] + "\n")


def _missing_required_column(folder):
    _edit(_episodes(folder), "episode_number", "something_else")


def _wrong_delimiter(folder):
    path = _episodes(folder)
    path.write_text(path.read_text().replace(",", "<>"))


def _wrong_date_format(folder):
    path = _episodes(folder)
    rows = pl.read_csv(path, infer_schema=False)
    column = "start_date_consultant_episode"
    rows.with_columns(pl.col(column).str.to_date().dt.strftime("%d.%m.%y")).write_csv(path)


def _unreadable_encoding(folder):
    path = _episodes(folder)
    path.write_bytes(path.read_bytes().replace(b"2025", b"2\0\0\0", 1))


def _truncated_gzip(folder):
    path = _episodes(folder)
    packed = gzip.compress(path.read_bytes())
    path.write_bytes(packed[: len(packed) // 2])


def _not_a_table(folder):
    _episodes(folder).write_bytes(b"%PDF-1.7\n" + os.urandom(4000))


def _no_key(folder):
    (folder / "keys" / "active.key").unlink()


def _key_readable_by_others(folder):
    (folder / "keys" / "active.key").chmod(0o644)


def _short_key(folder):
    (folder / "keys" / "active.key").write_text("ab" * 16)


def _long_key(folder):
    (folder / "keys" / "active.key").write_text("ab" * 64)


def _lock_held(folder):
    holder = {"host": socket.gethostname(), "pid": os.getpid(), "since": "2026-01-01T00:00:00"}
    (folder / "data" / "run.lock").write_text(json.dumps(holder))


def _unknown_purpose(folder):
    config = folder / "economy.yaml"
    lines = config.read_text().splitlines()
    lines = ["purpose: another-one" if line.startswith("purpose:") else line for line in lines]
    config.write_text("\n".join(lines) + "\n")


CASES = {
    _no_configuration: (2, "economy.yaml"),
    _wrong_key: (2, "economie"),
    _pattern_matches_nothing: (2, "apc_episode"),
    _empty_file: (3, "empty"),
    _header_without_rows: (3, "no rows"),
    _missing_required_column: (3, "episode_number"),
    _wrong_delimiter: (3, "delimiter"),
    _wrong_date_format: (3, "start_date_consultant_episode"),
    _unreadable_encoding: (3, "zero byte"),
    _truncated_gzip: (3, "gzip"),
    _not_a_table: (3, "apc_episode"),
    _no_key: (6, "key"),
    _key_readable_by_others: (6, "chmod 600"),
    _short_key: (6, "holds 16 bytes, 32 are needed"),
    _long_key: (6, "holds 64 bytes, 32 are needed"),
    _unknown_purpose: (6, "purpose"),
    _lock_held: (7, "Another run"),
}


def _release(folder: Path) -> tuple[str, bytes]:
    current = folder / "data" / "releases" / "current"
    return os.readlink(current), (current / "release.json").read_bytes()


@pytest.mark.parametrize("damage", CASES, ids=lambda damage: damage.__name__.strip("_"))
def test_bad_input_is_refused_in_words_and_leaves_the_last_release(ran, damage):
    code, says = CASES[damage]
    before = _release(ran)
    damage(ran)
    ended = flow_pipeline("run", ran / "economy.yaml")
    assert ended.code == code, ended.err
    assert says in ended.err
    assert "Traceback" not in ended.err
    assert _release(ran) == before
    assert not list((ran / "data").rglob("*.part*"))


def test_poor_data_is_blocked_at_the_gate_and_leaves_the_last_release(ran):
    before = _release(ran)
    for path in ran.glob("extracts/acute/apc_episode_RXA_*.csv"):
        rows = pl.read_csv(path, infer_schema=False)
        most = pl.int_range(pl.len()) % 5 > 0
        left_out = pl.when(~most).then(pl.col("primary_diagnosis_icd"))
        rows.with_columns(left_out.alias("primary_diagnosis_icd")).write_csv(path)
    ended = flow_pipeline("run", ran / "economy.yaml")
    assert ended.code == 4, ended.err
    assert "primary_diagnosis_icd" in ended.err
    assert "apc_episode" in ended.err
    assert _release(ran) == before
    results = pl.read_parquet(ran / "data" / "analytic" / "quality_result.parquet")
    assert results.filter(~pl.col("passed"), pl.col("severity") == "block").height >= 1


def test_a_store_that_cannot_be_written_is_said(economy):
    (economy / "data").write_text("a file where the storage folder should be")
    ended = flow_pipeline("run", economy / "economy.yaml")
    assert ended.code == 5, ended.err
    assert "data" in ended.err


@pytest.mark.parametrize("writes", [1, 40])
def test_a_disk_that_fills_half_way_leaves_the_last_release(ran, monkeypatch, writes):
    before = _release(ran)
    path = _episodes(ran)
    path.write_text("\n".join(path.read_text().splitlines()[:-1]) + "\n")
    done = {"writes": 0}
    whole = store.write_parquet

    def full_after(path, frame, *how):
        done["writes"] += 1
        if done["writes"] > writes:
            with store.store_errors(path.parent):
                raise OSError(errno.ENOSPC, "No space left on device")
        whole(path, frame, *how)

    monkeypatch.setattr(store, "write_parquet", full_after)
    ended = flow_pipeline("run", ran / "economy.yaml")
    assert ended.code == 5, ended.err
    assert "disk is full" in ended.err
    assert _release(ran) == before
    monkeypatch.undo()
    assert flow_pipeline("run", ran / "economy.yaml").code == 0
    assert _release(ran) != before


@pytest.fixture
def small_disk(tmp_path):
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this machine does not let tests mount a small disk")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_disk_that_is_really_full_is_said(economy, small_disk):
    _edit(economy / "economy.yaml", "root: ./data", f"root: {small_disk}/data")
    ended = flow_pipeline("run", economy / "economy.yaml")
    assert ended.code == 5, ended.err
    assert "disk is full" in ended.err
    assert not (small_disk / "data" / "releases" / "current").exists()


def test_usage_errors_are_code_2():
    assert flow_pipeline("run", "--no-such-option").code == 2
    assert flow_pipeline("no-such-command").code == 2


def test_a_file_that_is_refused_when_it_is_taken_anew_leaves_what_was_made_of_it(ran):
    before = {
        path.relative_to(ran)
        for zone in ("analytic", "linkage", "quarantine")
        for path in (ran / "data" / zone).glob("*/*.parquet")
    }
    config = ran / "economy.yaml"
    _edit(config, 'formats: {date: "%Y-%m-%d"', 'formats: {date: "%d.%m.%Y"')
    ended = flow_pipeline("run", config)
    assert ended.code == 3, ended.err
    assert all((ran / path).exists() for path in before)
