"""Rows of several files taken together: pseudonymised in one go, because each go has a fixed cost,
and written apart, a part per file and go, because a file is what a later run may take again.

Rows in clear exist here only in memory, as many as two goes hold: while one is pseudonymised, the
next is read and judged, and what was made of the one before is written.
"""

from collections import defaultdict, deque
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

import polars as pl

from flow_pipeline.ingest.intake import Judged
from flow_pipeline.ingest.package import Parts
from flow_pipeline.orchestration.economy_run import EconomyRun
from flow_pipeline.orchestration.reference import deprivation, postcodes
from flow_pipeline.pseudonymise import Known, places, pseudonymise
from flow_pipeline.store import Store
from flow_pipeline.tables import table

IN_PARTS = ("record_token", "record_identity", "quarantine", "row_status")
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


def file_of(part: str) -> str:
    """The file that a part is of (ingest.submissions.file_id)."""
    return part.partition("-")[0]


class Batch:
    """Judged rows waiting to be pseudonymised and written, and what was written of each file."""

    def __init__(self, run: EconomyRun) -> None:
        self._making = _Making(run)
        self._waiting: list[_Waiting] = []
        self._n_waiting = 0
        self._maker = ThreadPoolExecutor(max_workers=1)
        self._writer = ThreadPoolExecutor(max_workers=1)
        self._goes: deque[_Go] = deque()
        self._written: dict[str, Parts] = {}

    @property
    def unwritten(self) -> set[str]:
        """Files of which rows wait or are being written."""
        waiting = {one.file_id for one in self._waiting}
        return waiting.union(*(go.files for go in self._goes))

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
        """Begin to write what waits, once what was pseudonymised last is and the one before it is
        written: so many rows are in memory and no more."""
        self._gather(but=1)
        for go in self._goes:
            wait([go.made])
        waiting, self._waiting, self._n_waiting = self._waiting, [], 0
        made = self._maker.submit(self._making.made, waiting)
        written = self._writer.submit(lambda: self._making.written(made.result()))
        self._goes.append(_Go(frozenset(one.file_id for one in waiting), made, written))

    def finish(self) -> None:
        """Write all that waits."""
        self.flush()
        self._gather()

    def close(self) -> None:
        """Wait for what is being written, without asking how it went."""
        self._maker.shutdown(wait=True)
        self._writer.shutdown(wait=True)

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

    def _gather(self, *, but: int = 0) -> None:
        """Wait for what is being written, the last ``but`` goes left out."""
        while len(self._goes) > but:
            _merge(self._written, self._goes.popleft().written.result())


@dataclass(frozen=True)
class _Go:
    """Rows of some files on their way: pseudonymised by one thread, then written by another."""

    files: frozenset[str]
    made: "Future[list[_Made]]"
    written: Future[dict[str, Parts]]


@dataclass(frozen=True)
class _Made:
    """Rows of one part of a table, which hold nothing in clear."""

    file_id: str
    table: str
    part: str
    rows: pl.DataFrame


class _Making:
    """Pseudonymises and writes rows in clear, which end here."""

    def __init__(self, run: EconomyRun) -> None:
        self.store: Store = run.store
        self._keys = run.keys
        self._places = places(postcodes(run), deprivation(run))
        self._known = Known()

    def made(self, waiting: list["_Waiting"]) -> list[_Made]:
        """Rows of each part of each table, pseudonymised."""
        alike: dict[tuple[str, ...], list[_Waiting]] = defaultdict(list)
        for one in waiting:
            alike[one.kind].append(one)
        made = []
        for kind, those in alike.items():
            part_of = {
                submission_id: (one.file_id, "-".join((one.part, *kind)))
                for one in those
                for submission_id in one.judged.parsed.tally.submissions["submission_id"]
            }
            for name, rows in self._tables([one.judged for one in those]).items():
                for (file_id, part), own in _by_part(rows, part_of).items():
                    made.append(_Made(file_id, name, part, own))
        return made

    def written(self, made: list[_Made]) -> dict[str, Parts]:
        """Write the parts; how many rows of each file each has, by table."""
        written: dict[str, Parts] = {}
        while made:
            one = made.pop()  # and forget it
            n_rows = self.store.write_part(table(one.table), one.part, one.rows)
            _merge(written, {one.file_id: {one.table: {one.part: n_rows}}})
        return written

    def _tables(self, judged: list[Judged]) -> dict[str, pl.DataFrame]:
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
