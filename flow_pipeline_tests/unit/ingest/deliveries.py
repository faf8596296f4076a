"""A small economy on disk, for tests of ingest: one contract field more or less changes little."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from flow_pipeline.config import Source
from flow_pipeline.contracts import contract
from flow_pipeline.ingest import Parsed, Sender, SourceMap, parse
from flow_pipeline.ingest.formats import Formats
from flow_pipeline.ingest.intake import FileIntake, Taken
from flow_pipeline.ingest.reading import digest_of
from flow_pipeline.ingest.submissions import Delivery
from flow_pipeline.ingest.tally import added

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
    return parse(delivered, source, Delivery("src", "s1"), period=PERIOD, today=today)


@dataclass(frozen=True)
class SourceWhole:
    """What one source took of a whole file."""

    source: Source
    submission: pl.LazyFrame
    parsed: Parsed

    @property
    def submission_id(self) -> str:
        return str(self.submission.collect()["submission_id"][0])


@dataclass(frozen=True)
class Whole:
    """A delivered file, all batches together."""

    path: Path
    taken: Taken
    intakes: tuple[SourceWhole, ...]

    @property
    def n_rows(self) -> int:
        return self.taken.n_rows

    @property
    def file_counts(self) -> pl.LazyFrame:
        return self.taken.file_counts.lazy()


def ingest_file(
    path: Path,
    sources: Sequence[Source],
    *,
    period: tuple[dt.date, dt.date],
    today: dt.date,
    max_unselected: int = 0,
    rows_at_once: int = 100_000,
) -> Whole:
    """Take a file whole, as a run takes it batch by batch."""
    intake = FileIntake(
        path=path,
        sources=sources,
        digest=digest_of(path),
        period=period,
        today=today,
        max_unselected=max_unselected,
        rows_at_once=rows_at_once,
    )
    batches = list(intake.batches())
    taken = intake.taken()
    parts = [[batch[i].parsed for batch in batches] for i in range(len(sources))]
    return Whole(
        path,
        taken,
        tuple(
            SourceWhole(source, taken.submissions.lazy().filter(source=source.name), _together(own))
            for source, own in zip(sources, parts, strict=True)
        ),
    )


def _together(parsed: list[Parsed]) -> Parsed:
    return Parsed(
        pl.concat([one.accepted for one in parsed]),
        pl.concat([one.faults for one in parsed]),
        pl.concat([one.status for one in parsed]),
        added([one.tally for one in parsed]),
    )


def each_row(status: pl.LazyFrame) -> pl.DataFrame:
    """Table row_status, a row for each row that it tells of."""
    numbers = pl.int_ranges("row_number", pl.col("last_row_number") + 1)
    each = status.with_columns(row_number=numbers).drop("last_row_number")
    return each.explode("row_number").collect()


def classes(result: Parsed) -> list[tuple[int, str, str | None]]:
    """Row number, class and rule of every row, in row order."""
    status = each_row(result.status).sort("row_number")
    return list(status.select("row_number", "class", "rule").iter_rows())


def counted(result: Parsed) -> list[tuple[str, str, str, int]]:
    """Rule, column, severity and rows of every rule that fired or counts."""
    return list(result.tally.rules.select("rule", "column", "severity", "n_rows").iter_rows())


def faults(result: Parsed) -> list[tuple[int, str, str, str, str | None]]:
    """Row number, column, rule, severity and shape of every fault."""
    found = result.faults.collect().sort("row_number", "rule", "column")
    return list(found.select("row_number", "column", "rule", "severity", "shape").iter_rows())
