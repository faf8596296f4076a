"""How long journeys take, from core tables to the tables that are published, and how much memory.

    python -m flow_pipeline_tests.benchmarks.bench_journeys [--people 100000] [--times 10]

A synthetic economy of one year is taken and linked first, then stands there ``--times`` over, each
time as other people. Beside it, in the same run, what Polars takes to sort the event table by
person and time and write it as Parquet: machines differ and are shared, so compare ratios; where
others work on the machine at the same time, those of processor time, which waits for nobody. To
reach for 1,000,000 people: 8 times as long, 6 GB at the peak.
"""

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import polars as pl

from flow_pipeline.orchestration.economy_run import EconomyRun, economy_run
from flow_pipeline.store import Store
from flow_pipeline.tables import table
from flow_pipeline_tests.benchmarks.bench_demo import measured

_OTHERS = ("record_key", "event_id", "person_id")  # what tells one time's people from another's
_REFERENCE = """\
import sys
import time
import polars as pl
start = time.perf_counter()
events = pl.scan_parquet(sys.argv[1:-1]).sort("person_id", "start_at")
events.sink_parquet(sys.argv[-1])
print(time.perf_counter() - start)
"""


def multiply(run: EconomyRun, times: int) -> None:
    """Let the linked core rows stand there ``times`` over, each time of other people."""
    link = table("person_link")
    whole = [_as_others(run.store.scan("person_link"), n) for n in range(times)]
    run.store.write(link, pl.concat(whole), made_from="multiplied")
    for name in run.contracts:
        core = table(f"core_{name}")
        parts = {
            f"x{n:02}": run.store.write_part(
                core, f"x{n:02}", _as_others(run.store.scan(core.name), n).collect()
            )
            for n in range(times)
        }
        run.store.compose(core, parts, made_from="multiplied")


def _as_others(rows: pl.LazyFrame, number: int) -> pl.LazyFrame:
    ids = [c for c in _OTHERS if c in rows.collect_schema().names()]
    other = [
        pl.concat_str(pl.col(c).str.slice(0, 16), pl.lit(f"{number:02}"), pl.col(c).str.slice(18))
        for c in ids
    ]
    return rows.with_columns(e.alias(c) for e, c in zip(other, ids, strict=True))


def prepared(folder: Path, people: int, times: int) -> Path:
    """An economy whose linked core rows are there, and nothing after them; its configuration."""
    program = [sys.executable, "-m", "flow_pipeline.cli"]
    config, size = folder / "economy.yaml", ["--people", str(people), "--years", "1"]
    for arguments in (
        ["synth", *size, "--out", str(folder)],
        ["keys", "new", str(folder / "keys" / "active.key")],
        ["run", str(config), "--only", "ingest"],
        ["run", str(config), "--only", "link"],
    ):
        subprocess.run([*program, *arguments], check=True, stdout=subprocess.DEVNULL)
    with economy_run(config) as run:
        multiply(run, times)
    return config


def reference_seconds(store: Store, folder: Path) -> float:
    """Seconds that Polars takes to sort all events by person and time and write them."""
    files = [store.part_path("event", part) for part in store.parts("event")]
    names = [str(path) for path in files or [store.path("event")]]
    command = [sys.executable, "-c", _REFERENCE, *names, str(folder / "sorted.parquet")]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def processor_seconds() -> float:
    """Processor time of all commands that were run so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--folder", type=Path)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = chosen.folder or Path(temporary) / "economy"
        config = folder / "economy.yaml"
        if not config.exists():
            prepared(folder, chosen.people, chosen.times)
        run_journeys = [sys.executable, "-m", "flow_pipeline.cli", "run", str(config)]
        store = Store(folder / "data")
        for _ in range(chosen.repeats):
            forget(store)
            began = processor_seconds()
            seconds, gigabytes = measured([*run_journeys, "--only", "journeys"])
            halfway = processor_seconds()
            reference = reference_seconds(store, Path(temporary))
            worked, reference_worked = halfway - began, processor_seconds() - halfway
            print(
                f"{store.n_rows('event'):,} events in {max(len(store.parts('event')), 1)} buckets: "
                f"{seconds:.0f} s, {gigabytes:.2f} GB at its peak; "
                f"Polars sorts and writes them in {reference:.1f} s; "
                f"ratio {seconds / reference:.1f}; "
                f"processor {worked:.0f} s and {reference_worked:.1f} s, "
                f"ratio {worked / reference_worked:.1f}",
                flush=True,
            )


def forget(store: Store) -> None:
    """Let the tables of journeys be as never made: to replace a file, a disk may be waited for."""
    notes = {path: json.loads(path.read_text())["made_from"] for path in _notes(store)}
    of_journeys = {made for path, made in notes.items() if path.stem in ("event", "care_event")}
    for path, made_from in notes.items():
        if made_from in of_journeys:
            path.unlink()
            shutil.rmtree(store.part_path(path.stem, "any").parent, ignore_errors=True)


def _notes(store: Store) -> list[Path]:
    """What stands beside the tables of the zone that journeys are in: what they were made from."""
    return list((store.folder("event") / ".made").glob("*.json"))


if __name__ == "__main__":
    main()
