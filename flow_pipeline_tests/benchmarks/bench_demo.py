"""How long ``flow-pipeline demo`` and the tests take, and how much memory, on this machine.

    python -m flow_pipeline_tests.benchmarks.bench_demo [--tests]

Beside them, in the same run, what Polars takes to read the same extracts and write them as Parquet:
machines differ and are shared, so compare ratios. To reach on two cores: demo 90 s and 2 GB,
imports included; tests 5 minutes.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import polars as pl


def as_from_a_shell() -> dict[str, str]:
    """The environment without what users do not have: settings of its allocator that Polars put
    there when it was imported here, and a developer's order to compile every module anew."""
    ours = ("_RJEM_MALLOC_CONF", "PYTHONDONTWRITEBYTECODE")
    return {name: value for name, value in os.environ.items() if name not in ours}


def measured(command: list[str], **more: object) -> tuple[float, float]:
    """Seconds on the clock and peak memory in GB of a command that must succeed."""
    start = time.perf_counter()
    process = subprocess.Popen(  # type: ignore[call-overload]
        command, stdout=subprocess.DEVNULL, **{"env": as_from_a_shell(), **more}
    )
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status):
        raise SystemExit(f"{command} failed with {os.waitstatus_to_exitcode(status)}")
    return time.perf_counter() - start, usage.ru_maxrss / 1e6


def reference_seconds(folder: Path) -> float:
    """Seconds that Polars takes to read every CSV extract and write it as Parquet."""
    start = time.perf_counter()
    for path in sorted(folder.glob("extracts/**/*.csv*")):
        rows = pl.read_csv(path, infer_schema=False, truncate_ragged_lines=True)
        rows.write_parquet(folder / "reference.parquet")
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", default="10000")
    parser.add_argument("--years", default="3")
    parser.add_argument("--tests", action="store_true")
    chosen = parser.parse_args()
    program = [sys.executable, "-m", "flow_pipeline.cli"]
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "anyborough"
        size = ["--people", chosen.people, "--years", chosen.years]
        seconds, gigabytes = measured([*program, "demo", *size, "--out", str(out)])
        again, _ = measured([*program, "run", str(out / "economy.yaml")])
        reference = reference_seconds(out)
    print(f"demo {' '.join(size)}: {seconds:.1f} s, {gigabytes:.2f} GB at its peak")
    print(f"the same economy run again, unchanged: {again:.1f} s")
    print(f"Polars, extracts to Parquet: {reference:.1f} s; ratio {seconds / reference:.1f}")
    if chosen.tests:
        seconds, _ = measured([sys.executable, "-m", "pytest", "-q"])
        print(f"tests: {seconds:.0f} s")
    print(f"this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")


if __name__ == "__main__":
    main()
