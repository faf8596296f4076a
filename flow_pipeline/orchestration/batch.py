"""Files taken together: pseudonymised in one go, because each go has a fixed cost, and written
apart, one part per submission, because that is what a later run may have to do again.

Rows in clear exist here only in memory, as many as a batch holds.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from flow_pipeline.contracts import contract
from flow_pipeline.ingest.intake import FileIntake, SourceIntake
from flow_pipeline.orchestration.economy_run import EconomyRun
from flow_pipeline.orchestration.landing import Landed
from flow_pipeline.orchestration.reference import deprivation, postcodes
from flow_pipeline.pseudonymise import pseudonymise
from flow_pipeline.tables import table

IN_PARTS = ("record_token", "record_index", "quarantine", "row_status")
_ROWS_AT_ONCE = 200_000

Parts = dict[str, dict[str, int]]  # submission_id → table → rows


@dataclass(frozen=True)
class Taken:
    """A delivered file, read and judged, and the fingerprint of how."""

    landed: Landed
    made_from: str
    intake: FileIntake


class Batch:
    """Files waiting to be pseudonymised and written."""

    def __init__(self, run: EconomyRun) -> None:
        self._store = run.store
        self._keys = run.keys
        self._taken: list[Taken] = []
        self._postcodes = _collected(postcodes(run))
        self._deprivation = _collected(deprivation(run))

    def add(self, taken: Taken) -> None:
        self._taken.append(taken)

    @property
    def is_full(self) -> bool:
        return sum(taken.intake.n_rows for taken in self._taken) >= _ROWS_AT_ONCE

    def written(self) -> Iterator[tuple[Taken, Parts]]:
        """Write what waits; each file with the rows its submissions have in each table."""
        taken, self._taken = self._taken, []
        alike: dict[tuple[str, bool], list[SourceIntake]] = defaultdict(list)
        for one in (one for file in taken for one in file.intake.intakes):
            alike[one.source.contract.name, one.source.verified_numbers].append(one)
        parts: Parts = defaultdict(dict)
        for (name, verified), intakes in alike.items():
            for frame_name, rows in self._made(name, verified, intakes).items():
                self._write(frame_name, rows, parts)
        for file in taken:
            own = (one.submission_id for one in file.intake.intakes)
            yield file, {submission_id: parts[submission_id] for submission_id in own}

    def _made(
        self, name: str, verified: bool, intakes: list[SourceIntake]
    ) -> dict[str, pl.DataFrame]:
        """The rows of one contract in each table in parts."""
        promised = contract(name)
        made = pseudonymise(
            pl.concat([one.parsed.accepted for one in intakes]),
            promised,
            self._keys,
            postcodes=self._postcodes,
            deprivation=self._deprivation,
            verified_numbers=verified,
        )
        faults = pl.concat([one.parsed.faults for one in intakes])
        status = pl.concat([one.parsed.status for one in intakes])
        frames = pl.collect_all([*made, faults, status])
        return dict(zip((promised.core_table, *IN_PARTS), frames, strict=True))

    def _write(self, name: str, rows: pl.DataFrame, parts: Parts) -> None:
        for (submission_id,), own in rows.partition_by("submission_id", as_dict=True).items():
            part = str(submission_id)
            parts[part][name] = self._store.write_part(table(name), part, own)


def _collected(frame: pl.LazyFrame | None) -> pl.LazyFrame | None:
    """A reference frame read once for all files."""
    return None if frame is None else frame.collect().lazy()
