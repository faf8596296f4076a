"""Assets of ingest: delivered files → core rows, tokens, quarantine; every row accounted for.

Rows in clear exist here only in memory, between reading and pseudonymising one file.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping

import dagster as dg
import polars as pl

from flow_pipeline.contracts import contract
from flow_pipeline.errors import InputRefused
from flow_pipeline.ingest import settle
from flow_pipeline.ingest.intake import Taken
from flow_pipeline.ingest.package import is_package
from flow_pipeline.ingest.replacing import with_replaced
from flow_pipeline.orchestration.batch import IN_PARTS, Batch
from flow_pipeline.orchestration.economy_run import EconomyRun
from flow_pipeline.orchestration.feedback import tell_refusals
from flow_pipeline.orchestration.landing import Known, Landed, Landing, plain_rows
from flow_pipeline.orchestration.packages import take_package
from flow_pipeline.orchestration.reference import version_of
from flow_pipeline.orchestration.step import code_digest, materialise, result, sealed, specs
from flow_pipeline.orchestration.taking import take_file
from flow_pipeline.store import Written, store_errors
from flow_pipeline.tables import all_tables, table

_OWNER = "team:data-engineers"
WHOLE = ("submission", "file_count", "rule_count", "manifest", "control_total")


def ingest_assets(contracts: tuple[str, ...]) -> dg.AssetsDefinition:
    """Core tables of these contracts, and what ingest knows of rows, files and records."""
    cores = tuple(contract(name).core_table for name in contracts)
    outputs = (*cores, *IN_PARTS, *WHOLE, "settled")

    @dg.multi_asset(
        name="ingest",
        specs=specs(outputs, group="ingest", deps=(), owner=_OWNER),
    )
    def _ingest(economy_run: dg.ResourceParam[EconomyRun]) -> Iterator[dg.MaterializeResult]:
        """Take every delivered file that has changed, then say which records hold."""
        run = economy_run
        with sealed("ingest"), store_errors(run.store.root):
            taken = take_files(run)
            written = _compose(run, taken, (*cores, *IN_PARTS))
            written += _whole_tables(run, taken)
        yield from (result(one) for one in written)
        yield from materialise(
            run,
            "settle",
            outputs=("settled",),
            inputs=("record_token", "submission"),
            build=lambda: {
                "settled": settle(run.store.scan("record_token"), run.store.scan("submission"))
            },
        )

    return _ingest


def take_files(run: EconomyRun) -> list[Known]:
    """What each delivered file gave, taken now where it has changed.

    Raises InputRefused with a line for every file that cannot be taken; the others are remembered,
    and the senders of the refused are told.
    """
    taking = _Taking(run)
    files = list(taking.landing.files(run.economy.sources, verify=run.verify))
    try:
        for position, landed in enumerate(files, start=1):
            run.progress(f"ingest: file {position} of {len(files)}")
            taking.take(landed)
        taking.finish()
    finally:
        taking.batch.close()
        taking.landing.keep(files)
    if taking.refused:
        tell_refusals(run, taking.refused)
        raise InputRefused("\n".join(str(refusal) for _, refusal in taking.refused))
    known = {name: taking.landing.known[name] for name in map(taking.landing.name_of, files)}
    _refuse_taken_twice(known)
    return list(known.values())


def _refuse_taken_twice(known: Mapping[str, Known]) -> None:
    """Raise InputRefused where two files hold the same submission: a package beside its extract, or
    one package twice. Copies of an extract are told apart and settled row by row."""
    holders: dict[object, str] = {}
    for name, one in known.items():
        for row in one.rows["submission"]:
            first = holders.setdefault(row["submission_id"], name)
            if first != name:
                raise InputRefused(
                    f"{name} holds the same submission as {first}: one was made of the other, or "
                    f"they are copies of one package. Take one of them away."
                )


class _Taking:
    """Files being taken: those read but not all written yet, and those that were refused."""

    def __init__(self, run: EconomyRun) -> None:
        self.run = run
        self.landing = Landing(run.store, run.economy.config_dir)
        self.batch = Batch(run)
        self.refused: list[tuple[Landed, InputRefused]] = []
        self._read: list[tuple[Landed, str, Taken]] = []

    def take(self, landed: Landed) -> None:
        """Take a file unless what was made of it is current."""
        made_from = _made_from(self.run, landed)
        if self.landing.current(landed, made_from) is not None:
            return
        try:
            if is_package(landed.path):
                self.landing.note(landed, made_from, *take_package(self.run, landed))
            else:
                self._read.append(
                    (landed, made_from, take_file(self.run, landed, self.batch, made_from))
                )
        except InputRefused as refusal:
            self.refused.append((landed, refusal))
        self._note_written()

    def finish(self) -> None:
        self.batch.finish()
        self._note_written()

    def _note_written(self) -> None:
        """Remember files that are written in whole: a run that dies later need not take them."""
        unwritten = self.batch.unwritten
        for landed, made_from, one in self._read:
            if one.file_id not in unwritten:
                parts = self.batch.parts(one.file_id)
                self.landing.note(landed, made_from, plain_rows(one), parts)
        self._read = [read for read in self._read if read[2].file_id in unwritten]


def _made_from(run: EconomyRun, landed: Landed) -> str:
    """Fingerprint of all that shapes what becomes of a file."""
    economy = run.economy
    told = {
        "code": code_digest(),
        "digest": landed.digest,
        "manifest": landed.manifest,
        "copy": landed.copy,
        "sources": [source.digest for source in landed.sources],
        "organisations": [o.code for o in economy.organisations],
        "period": [str(economy.period_start), str(economy.period_end)],
        "max_unselected": economy.max_unselected,
        "key": run.keys.key_id,
        "purpose": economy.purpose,
        "references": [version_of(run, name) for name in ("postcodes", "deprivation")],
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _compose(run: EconomyRun, taken: list[Known], names: tuple[str, ...]) -> list[Written]:
    """Name the parts that make each table now."""
    parts: dict[str, dict[str, int]] = defaultdict(dict)
    origin: dict[str, list[str]] = defaultdict(list)
    for known in taken:
        for name, own in known.parts.items():
            parts[name].update(own)
            origin[name].append(known.made_from)
    return [
        run.store.compose(table(name), parts[name], made_from=_digest(sorted(origin[name])))
        for name in names
    ]


def _whole_tables(run: EconomyRun, taken: list[Known]) -> list[Written]:
    rows = {name: [row for known in taken for row in known.rows[name]] for name in WHOLE}
    frames = {name: _frame(name, one) for name, one in rows.items()}
    # Which submission another replaces shows only when all of them are known.
    frames["submission"] = with_replaced(frames["submission"], frames["manifest"])
    digests = {name: _digest(one) for name, one in rows.items()}
    digests["submission"] = _digest([rows["submission"], rows["manifest"]])
    return [
        run.store.write(table(name), frame, made_from=digests[name])
        for name, frame in frames.items()
    ]


def _frame(name: str, rows: list[dict[str, object]]) -> pl.LazyFrame:
    """Rows of a note as the table: dates and times were written as text."""
    schema = all_tables()[name].schema()
    as_text = {
        column: pl.String() if kind.is_temporal() else kind for column, kind in schema.items()
    }
    frame = pl.LazyFrame(rows, schema=as_text, orient="row")
    dates = [n for n, kind in schema.items() if kind == pl.Date]
    times = [n for n, kind in schema.items() if isinstance(kind, pl.Datetime)]
    return frame.with_columns(
        *(pl.col(n).str.to_date() for n in dates),
        *(pl.col(n).str.to_datetime(time_unit="us") for n in times),
    )


def _digest(told: object) -> str:
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
