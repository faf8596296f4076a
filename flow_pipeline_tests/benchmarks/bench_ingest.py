"""How long it takes to read, check and pseudonymise one large CSV extract, and how much memory.

    python -m flow_pipeline_tests.benchmarks.bench_ingest [--rows 10000000]

The extract is of outpatient attendances, every row with a whole identity block, spaced numbers and
24 columns. Beside it, in the same run, what Polars takes to read the same file as text and write
it as Parquet: machines differ and are shared, so compare ratios, and where others work at the same
time those of processor time. To reach: 3 times as long, under 2 GB whatever the length of the file.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

from flow_pipeline.synthetic.name_lists import FEMALE, MALE, SURNAME_ENDS, SURNAME_STARTS, SURNAMES
from flow_pipeline.synthetic.nhs_numbers import all_numbers
from flow_pipeline_tests.benchmarks.bench_demo import measured

_ROWS_WRITTEN = 500_000
_ROWS_A_PERSON = 8
_CONFIG = """\
economy: Large
purpose: benchmark
period: {start: 2023-04-01, end: 2026-03-31}
storage: {root: ./data}
publish: duckdb:///data/flow.duckdb
pseudonymisation: {key_file: ./active.key}
organisations:
  - {code: RXA, name: Hospital, sector: acute}
sources:
  - contract: op_attendance
    organisation: RXA
    files: extract.csv
    columns:
      nhs_number: REPLACE(NHS_NO, ' ', '')
governance:
  purposes:
    - {code: benchmark, description: how fast it is}
"""
_TAKE = """\
import sys
from pathlib import Path
import flow_pipeline.cli  # as the command does, it tells the allocator to keep memory
from flow_pipeline.orchestration.economy_run import economy_run
from flow_pipeline.orchestration.ingest import take_files
with economy_run(Path(sys.argv[1])) as run:
    take_files(run)
"""
_REFERENCE = """\
import sys
import polars as pl
pl.scan_csv(sys.argv[1], infer_schema=False).sink_parquet(sys.argv[2])
"""


def _people(n: int, random: np.random.Generator) -> pl.DataFrame:
    """Who is in the extract: one row each."""
    numbers = all_numbers(1)
    numbers = numbers[np.arange(n) % len(numbers)]
    given = [name for names in (*FEMALE.values(), *MALE.values()) for name in names.split()]
    family = [name for names in SURNAMES.values() for name in names.split()]
    family += [a + b for a in SURNAME_STARTS.split() for b in SURNAME_ENDS.split()]
    letters = [a + b for a in "ABDEFGHJLN" for b in "PQRSTUWXYZ"]
    born = np.datetime64("1930-01-01") + random.integers(0, 33_000, n)
    return pl.DataFrame(
        {
            "NHS_NO": numbers,
            "nhs_number_status_indicator_code": random.choice(["01", "02"], n, p=[0.95, 0.05]),
            "local_patient_identifier": np.arange(n) + 10_000_000,
            "person_family_name": random.choice(family, n),
            "person_given_name": random.choice(given, n),
            "person_birth_date": born,
            "person_stated_gender_code": random.choice(["1", "2"], n),
            "ethnic_category": random.choice(list("ABCDEFGHJKLMNPRSZ"), n),
            "place": random.integers(0, 60_000, n),
            "general_medical_practice_code_patient_registration": random.integers(90001, 90031, n),
        }
    ).with_columns(
        NHS_NO=pl.col("NHS_NO").cast(pl.String).str.replace(r"(...)(...)(....)", "$1 $2 $3"),
        local_patient_identifier=pl.format("RA{}", "local_patient_identifier"),
        general_medical_practice_code_patient_registration=pl.format(
            "Y{}", "general_medical_practice_code_patient_registration"
        ),
        postcode_of_usual_address=pl.format(
            "AY{} {}{}",
            pl.col("place") // 4000 + 1,
            pl.col("place") % 10,
            pl.lit(pl.Series(letters)).gather(pl.col("place") // 10 % 100),
        ),
    )


def _attendances(
    people: pl.DataFrame, start: int, n: int, random: np.random.Generator
) -> pl.DataFrame:
    """Rows of the extract, in order of their identifiers."""
    who = people[random.integers(0, people.height, n)].drop("place")
    day = np.datetime64("2023-04-01") + random.integers(0, 1095, n)
    hour, minute = random.integers(8, 18, n), random.integers(0, 12, n) * 5
    own = pl.DataFrame(
        {
            "organisation_identifier_code_of_provider": ["RXA"] * n,
            "outpatient_attendance_identifier": [f"O{start + i:09d}" for i in range(n)],
            "organisation_site_identifier_of_treatment": random.choice(["RXA01", "RXA02"], n),
            "referral_request_received_date": day - random.integers(10, 120, n),
            "source_of_referral_for_outpatients_code": random.choice(["03", "05"], n),
            "priority_type_code": random.choice(["1", "2", "3"], n),
            "first_attendance_code": random.choice(["1", "2", "3", "4"], n),
            "attended_or_did_not_attend_code": random.choice(["2", "3", "5", "6"], n),
            "appointment_date": day,
            "appointment_time": [f"{h:02d}:{m:02d}" for h, m in zip(hour, minute, strict=True)],
            "outcome_of_attendance_code": random.choice(["1", "2", "3"], n),
            "activity_treatment_function_code": random.choice(["100", "110", "130", "502"], n),
            "consultation_mechanism_code": random.choice(["01", "02"], n),
            "tariff_amount": random.integers(60, 400, n).astype(float),
        }
    )
    return pl.concat([own, who], how="horizontal")


def write_extract(path: Path, n_rows: int, seed: int = 1) -> None:
    """Write an extract of outpatient attendances."""
    random = np.random.default_rng(seed)
    people = _people(max(n_rows // _ROWS_A_PERSON, 1), random)
    with path.open("wb") as file:
        for start in range(0, n_rows, _ROWS_WRITTEN):
            n = min(_ROWS_WRITTEN, n_rows - start)
            _attendances(people, start, n, random).write_csv(file, include_header=start == 0)


def _timed(command: list[str]) -> tuple[float, float, float]:
    """Seconds on the clock, seconds of processors, and peak memory in GB."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    clock, gigabytes = measured(command)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return clock, used, gigabytes


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--repeats", type=int, default=3)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        extract, config = home / "extract.csv", home / "economy.yaml"
        write_extract(extract, chosen.rows)
        config.write_text(_CONFIG)
        program = [sys.executable, "-m", "flow_pipeline.cli"]
        subprocess.run([*program, "keys", "new", str(home / "active.key")], check=True)
        print(f"{chosen.rows:,} rows, {extract.stat().st_size / 1e9:.2f} GB")
        for _ in range(chosen.repeats):
            parquet = str(home / "x.parquet")
            reference, own, _ = _timed([sys.executable, "-c", _REFERENCE, str(extract), parquet])
            subprocess.run(["rm", "-rf", str(home / "data")], check=True)
            taken, used, gigabytes = _timed([sys.executable, "-c", _TAKE, str(config)])
            print(
                f"Polars {reference:.1f} s; taken in {taken:.1f} s, {gigabytes:.2f} GB at its "
                f"peak; ratio {taken / reference:.1f}; of processors {own:.1f} s and {used:.1f} s, "
                f"ratio {used / own:.1f}",
                flush=True,
            )
            time.sleep(1)


if __name__ == "__main__":
    main()
