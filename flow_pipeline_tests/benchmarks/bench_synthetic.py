"""Time and peak memory of the synthetic economy, and its calibration table.

python -m flow_pipeline_tests.benchmarks.bench_synthetic                  10,000 people, 3 years
python -m flow_pipeline_tests.benchmarks.bench_synthetic --large          1,000,000 people, 1 year
python -m flow_pipeline_tests.benchmarks.bench_synthetic --calibration    docs/synthetic.md's table
"""

import argparse
import resource
import tempfile
import time
from pathlib import Path

from flow_pipeline.synthetic import generate
from flow_pipeline.synthetic.calibration import read_truth
from flow_pipeline.synthetic.targets import measure_all, table

SEEDS = (1, 2, 3)
PEOPLE, YEARS = 10_000, 3
LARGE = 1_000_000


def measured(people: int, years: int) -> None:
    """Generates once and prints what it took."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        summary = generate(Path(folder), people=people, years=years, progress=print)
        seconds = time.monotonic() - began
        size = sum(p.stat().st_size for p in Path(folder).rglob("*") if p.is_file())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rows = sum(summary.rows.values())
    print(
        f"{people:,} people x {years} years: {seconds:.1f} s, peak {peak:,.0f} MiB, "
        f"{rows:,} rows in {summary.files} files, {size / 2**20:,.0f} MiB on disk"
    )


def calibration() -> str:
    """The table of targets and of what three seeds give."""
    values = {}
    for seed in SEEDS:
        with tempfile.TemporaryDirectory() as folder:
            generate(Path(folder), people=PEOPLE, years=YEARS, seed=seed, profile="clean")
            values[seed] = measure_all(read_truth(Path(folder) / "truth"))
    return table(values)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--years", type=int, default=YEARS)
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--calibration", action="store_true")
    chosen = parser.parse_args()
    if chosen.calibration:
        print(calibration())
    elif chosen.large:
        measured(LARGE, 1)
    else:
        measured(chosen.people, chosen.years)


if __name__ == "__main__":
    main()
