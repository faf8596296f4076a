"""How long linkage takes when a month is added to three years, beside linking everything.

    python -m flow_pipeline_tests.benchmarks.bench_added_month [--people 20000] [--seed 1]

A synthetic economy is ingested but for its last month and linked, then with it and linked again,
then everything is linked as if for the first time. Seconds are those of the assets from hidden
numbers to figures of linkage, as a run does them, in one process. Besides: how many records have
another person than after linking everything. To reach: a tenth of the time.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import dagster as dg
import polars as pl

from flow_pipeline.orchestration.definitions import build_definitions
from flow_pipeline.orchestration.jobs import STAGE_JOBS
from flow_pipeline.orchestration.run import libraries_left_alone
from flow_pipeline.store import Store

_LAST, _BEFORE_LAST = "2026-03-31", "2026-02-28"
_STEPS = ("hidden_numbers", "link", "linkage_quality")


def made(folder: Path, people: int, seed: int) -> Path:
    config, size = folder / "economy.yaml", ["--people", str(people), "--years", "3"]
    for arguments in (
        ["synth", *size, "--seed", str(seed), "--out", str(folder)],
        ["keys", "new", str(folder / "keys" / "active.key")],
    ):
        _command(*arguments)
    return config


def _command(*arguments: str) -> None:
    command = [sys.executable, "-m", "flow_pipeline.cli", *arguments]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def ingested(config: Path, *, until: str) -> None:
    """Take the extracts up to a day."""
    text = config.read_text()
    for day in (_LAST, _BEFORE_LAST):
        text = text.replace(f"end: {day}", f"end: {until}")
    config.write_text(text)
    _command("run", str(config), "--only", "ingest")


def linked(config: Path) -> dict[str, float]:
    """Seconds of each step of linkage."""
    job = build_definitions(config).resolve_job_def(STAGE_JOBS["link"])
    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    with dg.DagsterInstance.ephemeral() as instance, libraries_left_alone():
        ended = job.execute_in_process(instance=instance, run_config=quiet)
    done = [event for event in ended.all_events if event.event_type_value == "STEP_SUCCESS"]
    took = {e.step_key: e.step_success_data.duration_ms / 1000 for e in done}
    return {name: took[name] for name in _STEPS}


def forget(store: Store) -> None:
    """Let the tables of linkage count as never made; persons keep their ids."""
    for name in ("link_model", "link_trial", "person_link", "linkage_quality"):
        (store.folder(name) / ".made" / f"{name}.json").unlink()


def told(label: str, took: dict[str, float]) -> None:
    parts = ", ".join(f"{name} {seconds:.1f}" for name, seconds in took.items())
    print(f"{label}: {sum(took.values()):.1f} s ({parts})", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="keep the economy here")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = chosen.folder or Path(temporary) / "economy"
        config = made(folder, chosen.people, chosen.seed)
        store = Store(folder / "data")
        ingested(config, until=_BEFORE_LAST)
        told("all but the last month", linked(config))
        before = store.n_rows("person_link")
        ingested(config, until=_LAST)
        added = linked(config)
        told("the last month added", added)
        links = store.scan("person_link").select("record_key", "person_id").collect()
        forget(store)
        whole = linked(config)
        told("everything", whole)
        print(f"ratio {sum(added.values()) / sum(whole.values()):.3f}")
        print(f"{links.height - before:,} records added to {before:,}; {_moved(store, links)}")


def _moved(store: Store, links: pl.DataFrame) -> str:
    whole = store.scan("person_link").select("record_key", whole="person_id").collect()
    both = links.join(whole, on="record_key")
    n = both.filter(pl.col("person_id") != pl.col("whole")).height
    return f"{n:,} have another person than when everything is linked"


if __name__ == "__main__":
    main()
