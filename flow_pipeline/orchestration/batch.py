"""Rows of several files taken together: pseudonymised in one go, because each go has a fixed cost,
and written apart, a part per file and go, because a file is what a later run may take again.

Rows in clear exist here only in memory, as many as two goes hold: while one is pseudonymised and
written, the next is read and judged.
"""

from collections import defaultdict
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import polars as pl

from flow_pipeline.ingest.intake import Judged
from flow_pipeline.ingest.package import Parts
from flow_pipeline.orchestration.economy_run import EconomyRun
from flow_pipeline.orchestration.reference import deprivation, postcodes
from flow_pipeline.pseudonymise import KnownValues, places, pseudonymise
from flow_pipeline.store import Store
from flow_pipeline.tables import table

IN_PARTS = ("record_token", "record_index", "quarantine", "row_status")
ROWS_AT_ONCE = 200_000


@dataclass(frozen=True)
class _Waiting:
    """Rows of one source in one batch of a file."""

    file_id: str
    made_from: str
    number: int
    judged: Judged

    @property
    def part(self) -> str:
        """Names what it was made from: a file taken anew leaves alone what was made before."""
        return f"{self.file_id}-{self.made_from}-{self.number:04d}"

    @property
    def kind(self) -> tuple[str, ...]:
        """Rows of one kind are pseudonymised together; stands in the names of their parts."""
        made, source = self.judged.contract, self.judged.source
        trust = ("verified",) if source.verified_numbers else ()
        return (made.name, made.jurisdiction, made.version.replace("/", "_"), *trust)


class Batch:
    """Judged rows waiting to be pseudonymised and written, and what was written of each file."""

    def __init__(self, run: EconomyRun) -> None:
        self._making = _Making(run)
        self._waiting: list[_Waiting] = []
        self._n_waiting = 0
        self._worker = ThreadPoolExecutor(max_workers=1)
        self._writing: Future[dict[str, Parts]] | None = None
        self._in_flight: set[str] = set()
        self._written: dict[str, Parts] = {}

    @property
    def unwritten(self) -> set[str]:
        """Files of which rows wait or are being written."""
        return self._in_flight | {one.file_id for one in self._waiting}

    def add(self, file_id: str, made_from: str, number: int, judged: tuple[Judged, ...]) -> None:
        """Take rows of a file, the batch of that number; begins to write when it is enough.

        Goes end between batches of files, so that parts do not depend on what else is taken.
        """
        n_rows = sum(one.parsed.n_rows for one in judged)
        if self._waiting and self._n_waiting + n_rows > ROWS_AT_ONCE:
            self.flush()
        self._waiting += [_Waiting(file_id, made_from, number, one) for one in judged]
        self._n_waiting += n_rows

    def flush(self) -> None:
        """Begin to write what waits, once what is being written is."""
        self._gather()
        waiting, self._waiting, self._n_waiting = self._waiting, [], 0
        self._in_flight = {one.file_id for one in waiting}
        self._writing = self._worker.submit(self._making.written, waiting)

    def finish(self) -> None:
        """Write all that waits."""
        self.flush()
        self._gather()

    def close(self) -> None:
        """Wait for what is being written, without asking how it went."""
        self._worker.shutdown(wait=True)

    def parts(self, file_id: str) -> Parts:
        """What was written of a file that is no longer among ``unwritten``."""
        return self._written.get(file_id, {})

    def discard(self, file_id: str) -> None:
        """Take back what was written of a file that is refused after all."""
        self._waiting = [one for one in self._waiting if one.file_id != file_id]
        self._gather()
        for name, parts in self._written.pop(file_id, {}).items():
            for part in parts:
                self._making.store.remove_part(name, part)

    def _gather(self) -> None:
        writing, self._writing = self._writing, None
        if writing is not None:
            _merge(self._written, writing.result())
        self._in_flight = set()


class _Making:
    """Pseudonymises and writes rows in clear, which end here."""

    def __init__(self, run: EconomyRun) -> None:
        self.store: Store = run.store
        self._keys = run.keys
        self._places = places(postcodes(run), deprivation(run))
        self._known = KnownValues()

    def written(self, waiting: list["_Waiting"]) -> dict[str, Parts]:
        """Rows of each file in each table, by part."""
        alike: dict[tuple[str, ...], list[_Waiting]] = defaultdict(list)
        for one in waiting:
            alike[one.kind].append(one)
        written: dict[str, Parts] = {}
        for kind, those in alike.items():
            part_of = {
                submission_id: (one.file_id, "-".join((one.part, *kind)))
                for one in those
                for submission_id in one.judged.parsed.tally.submissions["submission_id"]
            }
            for name, rows in self._made([one.judged for one in those]).items():
                for (file_id, part), own in _by_part(rows, part_of).items():
                    n_rows = self.store.write_part(table(name), part, own)
                    _merge(written, {file_id: {name: {part: n_rows}}})
        return written

    def _made(self, judged: list[Judged]) -> dict[str, pl.DataFrame]:
        """The rows of one contract in each table in parts."""
        first = judged[0]
        made = pseudonymise(
            pl.concat([one.parsed.accepted for one in judged]),
            first.contract,
            self._keys,
            places=self._places,
            verified_numbers=first.source.verified_numbers,
            known=self._known,
        )
        faults = pl.concat([one.parsed.faults for one in judged])
        status = pl.concat([one.parsed.status for one in judged])
        frames = pl.collect_all([*made, faults, status], engine="in-memory")
        return dict(zip((first.contract.core_table, *IN_PARTS), frames, strict=True))


def _by_part(
    rows: pl.DataFrame, part_of: dict[str, tuple[str, str]]
) -> dict[tuple[str, str], pl.DataFrame]:
    """The rows of each part, in the order they have."""
    parts = set(part_of.values())
    if len(parts) == 1:
        return {parts.pop(): rows}
    found: dict[tuple[str, str], list[pl.DataFrame]] = defaultdict(list)
    for (submission_id,), own in rows.partition_by("submission_id", as_dict=True).items():
        found[part_of[str(submission_id)]].append(own)
    return {part: pl.concat(own) for part, own in found.items()}


def _merge(written: dict[str, Parts], more: dict[str, Parts]) -> None:
    for file_id, tables in more.items():
        for name, parts in tables.items():
            written.setdefault(file_id, {}).setdefault(name, {}).update(parts)
