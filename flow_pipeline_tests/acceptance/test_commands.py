"""The commands that other acceptance tests do not reach."""

import json
import signal
import stat
import subprocess
import sys
import time

from flow_pipeline_tests.acceptance.commands import flow_pipeline


def test_help_reads_well_and_names_the_exit_codes():
    ended = flow_pipeline("--help")
    assert ended.code == 0
    for command in ("demo", "init", "synth", "check", "run", "explain", "keys"):
        assert command in ended.out
    assert "130 interrupted" in ended.out


def test_keys_new_writes_a_private_key_once(tmp_path):
    key = tmp_path / "keys" / "active.key"
    assert flow_pipeline("keys", "new", key).code == 0
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    content = key.read_text()
    again = flow_pipeline("keys", "new", key)
    assert again.code == 6
    assert key.read_text() == content
    assert content.strip() not in again.err


def test_keys_show_id_does_not_show_the_key(economy):
    ended = flow_pipeline("keys", "show-id", economy / "economy.yaml")
    assert ended.code == 0
    assert 8 <= len(ended.out.strip()) <= 16
    assert ended.out.strip() not in (economy / "keys" / "active.key").read_text()


def test_run_as_json_holds_the_summary(ran):
    ended = flow_pipeline("run", ran / "economy.yaml", "--json")
    assert ended.code == 0, ended.err
    told = json.loads(ended.out)
    assert told["people"] > 0
    assert told["release_id"]
    assert sum(told["rows_by_class"].values()) > told["events"]


def test_run_only_a_stage_publishes_nothing(ran):
    ended = flow_pipeline("run", ran / "economy.yaml", "--only", "link")
    assert ended.code == 0, ended.err
    assert "nothing was published" in ended.out


def test_check_counts_faults_without_a_value(economy):
    ended = flow_pipeline("check", economy / "economy.yaml", "--json")
    assert ended.code == 0, ended.err
    assert json.loads(ended.out)
    assert not (economy / "data").exists()


def test_check_tells_of_all_files_also_where_some_cannot_be_taken(economy):
    (economy / "extracts" / "council" / "cld_event_999_2099-Q1.csv").write_text("a,b\n1,2\n")
    ended = flow_pipeline("check", economy / "economy.yaml", "--source", "cld_event")
    assert ended.code == 3
    assert "cld_event_999_2099-Q1.csv" in ended.err
    assert "cld_event\n" in ended.out
    assert "A field that we expect is empty: " in ended.out
    assert "selected" in ended.out


def test_init_writes_an_economy_that_runs_and_is_not_overwritten(tmp_path):
    assert flow_pipeline("init", tmp_path / "mine").code == 0
    again = flow_pipeline("init", tmp_path / "mine")
    assert again.code == 2
    assert "exists" in again.err


def test_synth_writes_extracts_and_truth(tmp_path):
    ended = flow_pipeline("synth", "--people", 300, "--years", 1, "--out", tmp_path / "made")
    assert ended.code == 0, ended.err
    assert (tmp_path / "made" / "truth" / "person.parquet").exists()
    assert list((tmp_path / "made" / "extracts").rglob("*.csv"))


def test_an_interrupted_run_says_so_and_lets_go_of_the_lock(economy):
    command = [sys.executable, "-m", "flow_pipeline.cli", "run", str(economy / "economy.yaml")]
    process = subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    )
    lock = economy / "data" / "run.lock"
    _wait_for(lambda: lock.exists() and any((economy / "data").rglob("*.parquet")))
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "Interrupted" in err
    assert "Traceback" not in err
    assert not lock.exists()
    assert flow_pipeline("run", economy / "economy.yaml").code == 0


def _wait_for(happened, seconds=60):
    until = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < until
        time.sleep(0.05)
