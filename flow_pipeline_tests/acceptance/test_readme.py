"""Everything in the README is run: commands, queries, links."""

import re
import shlex
from pathlib import Path

import duckdb
import polars as pl
import pytest

from flow_pipeline_tests.acceptance.commands import flow_pipeline

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README, flags=re.DOTALL)
COMMANDS = [line for kind, text in BLOCKS if kind == "bash" for line in text.splitlines()]
QUERIES = [text for kind, text in BLOCKS if kind == "sql"]
LINKS = sorted(set(re.findall(r"\]\(([^)#]+)\)", README)))

INSTALL = "python3 -m venv .venv && .venv/bin/pip install -c constraints.txt"
# What each line stands for is run elsewhere, in full: the two that install by .ci/run, Dagster's
# own server by test_dagster.
RUN_ELSEWHERE = (INSTALL, "FLOW_PIPELINE_CONFIG=")


def test_it_starts_with_the_two_commands():
    assert COMMANDS[0] == f"{INSTALL} . && .venv/bin/flow-pipeline demo"
    assert COMMANDS[1] == f"{INSTALL} '.[test]' && .venv/bin/pytest"


def test_ci_does_what_the_second_command_does():
    steps = (ROOT / ".ci" / "run").read_text()
    for step in COMMANDS[1].split(" && "):
        assert step.replace("install -c", "install -q -c") in steps, step


def test_every_command_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    named: dict[str, str] = {}
    for line in COMMANDS:
        if line.startswith(RUN_ELSEWHERE):
            continue
        program, *arguments = shlex.split(line)
        assert program == "flow-pipeline"
        if arguments[0] == "explain" and not named:
            named = _names(tmp_path / "my-economy")
        ended = flow_pipeline(*(named.get(a, a) for a in arguments))
        assert ended.code == 0, f"{line}: {ended.err}"
        assert ended.out


def _names(folder: Path) -> dict[str, str]:
    """Real ids for the words in capitals."""
    journey = pl.read_parquet(folder / "data" / "analytic" / "journey.parquet").row(0, named=True)
    link = pl.read_parquet(folder / "data" / "linkage" / "person_link.parquet").row(0, named=True)
    return {
        "JOURNEY_ID": journey["journey_id"],
        "PERSON_ID": journey["person_id"],
        "SUBMISSION_ID": link["submission_id"],
        "ROW_NUMBER": str(link["row_number"]),
    }


@pytest.mark.parametrize("query", QUERIES)
def test_every_query_finds_something(published, query):
    with duckdb.connect(str(published / "data" / "anyborough.duckdb"), read_only=True) as database:
        assert database.execute(query).fetchall()


@pytest.mark.parametrize("link", LINKS)
def test_every_link_leads_somewhere(link):
    assert (ROOT / link).exists()
