import json
import os
import socket
import subprocess
import sys

import pytest

from flow_pipeline.errors import ExitCode, Locked, StoreError
from flow_pipeline.lock import run_lock


def _held_by(root, pid, host=None):
    holder = {"host": host or socket.gethostname(), "pid": pid, "since": "2026-01-01T00:00:00"}
    (root / "run.lock").write_text(json.dumps(holder))


def _dead_pid():
    finished = subprocess.Popen([sys.executable, "-c", ""])
    finished.wait()
    return finished.pid


def test_the_lock_names_its_holder_and_is_gone_afterwards(tmp_path):
    with run_lock(tmp_path):
        assert json.loads((tmp_path / "run.lock").read_text())["pid"] == os.getpid()
    assert list(tmp_path.iterdir()) == []


def test_a_second_run_is_refused_while_the_first_lives(tmp_path):
    with run_lock(tmp_path), pytest.raises(Locked, match="process") as refused, run_lock(tmp_path):
        pass
    assert refused.value.exit_code == ExitCode.LOCKED


def test_the_lock_of_a_dead_holder_is_taken_over(tmp_path):
    _held_by(tmp_path, _dead_pid())
    with run_lock(tmp_path):
        assert json.loads((tmp_path / "run.lock").read_text())["pid"] == os.getpid()


def test_the_lock_of_another_host_counts_as_held(tmp_path):
    _held_by(tmp_path, 1, host="elsewhere")
    with pytest.raises(Locked, match="elsewhere"), run_lock(tmp_path):
        pass
    assert (tmp_path / "run.lock").exists()


def test_a_root_that_cannot_be_made_is_a_store_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError), run_lock(tmp_path / "file" / "root"):
        pass
