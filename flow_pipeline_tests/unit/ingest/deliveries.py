"""A small economy on disk, for tests of ingest: one contract field more or less changes little."""

import datetime as dt
from pathlib import Path

import polars as pl

from flow_pipeline.contracts import contract
from flow_pipeline.ingest import Parsed, Sender, SourceMap, parse
from flow_pipeline.ingest.formats import Formats

TODAY = dt.date(2024, 6, 30)
PERIOD = (dt.date(2023, 4, 1), dt.date(2024, 3, 31))
HEADER = "appointment_id,practice_code,appointment_start_date_time,appointment_status,who"
ROW = "a{n},P1,2023-05-0{n}T10:00:00,attended,p{n}"

CONFIG = """\
economy: Testborough
purpose: test
period: {start: 2023-04-01, end: 2024-03-31}
storage: {root: ./data}
publish: duckdb:///data/flow.duckdb
pseudonymisation: {key_file: ./keys/active.key}
organisations:
  - {code: P1, name: First, sector: gp}
sources:
  - contract: gp_appointment
    organisation: P1
    files: extracts/*.csv
    columns:
      local_patient_identifier: who
governance:
  purposes:
    - {code: test, description: trying}
"""


def economy(folder: Path, config: str = CONFIG) -> Path:
    """Write a configuration and one good extract; returns the configuration."""
    (folder / "extracts").mkdir(exist_ok=True)
    good = folder / "extracts" / "appointments.csv"
    good.write_text("\n".join([HEADER, *(ROW.format(n=n) for n in range(1, 5))]) + "\n")
    path = folder / "economy.yaml"
    path.write_text(config)
    return path


def parsed(
    delivered: pl.LazyFrame,
    name: str,
    *,
    columns: dict[str, str] | None = None,
    where: str | None = None,
    formats: Formats | None = None,
    sender: Sender | None = None,
    today: dt.date = TODAY,
) -> Parsed:
    """Parse delivered rows under a contract, sent by P1 unless said otherwise."""
    source = SourceMap(
        contract=contract(name),
        sender=sender or Sender(code="P1"),
        where=where,
        columns=columns or {},
        formats=formats or Formats(),
    )
    return parse(
        delivered, source, submission_id="s1", source_name="src", period=PERIOD, today=today
    )


def classes(result: Parsed) -> list[tuple[int, str, str | None]]:
    """Row number, class and rule of every row, in row order."""
    status = result.status.collect().sort("row_number")
    return list(status.select("row_number", "class", "rule").iter_rows())


def faults(result: Parsed) -> list[tuple[int, str, str, str, str | None]]:
    """Row number, column, rule, severity and shape of every fault."""
    found = result.faults.collect().sort("row_number", "rule", "column")
    return list(found.select("row_number", "column", "rule", "severity", "shape").iter_rows())
