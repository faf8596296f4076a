"""Takes one delivered file: read once, batch by batch, for all sources that it serves."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from flow_pipeline.contracts import choose_version, versions
from flow_pipeline.contracts.language import Contract
from flow_pipeline.errors import InputRefused
from flow_pipeline.ingest.manifest import (
    Manifest,
    manifest_beside,
    manifest_rows,
    refuse_unfit,
)
from flow_pipeline.ingest.mapping import NoText, SourceMap, text_rows
from flow_pipeline.ingest.parsing import Parsed, judge
from flow_pipeline.ingest.periods import Period, period_of_months, period_rule
from flow_pipeline.ingest.reading import Delivered, open_delivered
from flow_pipeline.ingest.refusals import refuse_wrong_formats
from flow_pipeline.ingest.selection import (
    Selection,
    refuse_selection,
    selection_frame,
    stray_ragged,
    takes_all,
)
from flow_pipeline.ingest.submissions import Delivery, file_id
from flow_pipeline.ingest.tally import Tally, added
from flow_pipeline.ingest.text_rows import ROWS_AT_ONCE
from flow_pipeline.ingest.version_choice import version_by_codes
from flow_pipeline.ingest.wrong_files import refuse_slipped_rows, refuse_wrong_file
from flow_pipeline.ingest.wrong_headers import (
    known_columns,
    refuse_wrong_header,
    unused_columns,
)
from flow_pipeline.tables.ingest import FILE_COUNT, SUBMISSION

if TYPE_CHECKING:
    from flow_pipeline.config import Source


@dataclass(frozen=True, repr=False)
class Judged:
    """What became of the rows that one source took of one batch."""

    source: "Source"
    contract: Contract  # in the version that the file was read under
    parsed: Parsed


@dataclass(frozen=True)
class Taken:
    """What is known of a delivered file once all of it was read.

    ``submissions``, ``file_counts``, ``rules``, ``manifests`` and ``control_totals`` are rows of
    the tables submission, file_count, rule_count, manifest and control_total.
    """

    file_id: str
    received_at: dt.datetime  # UTC, naive: when the file was last changed
    n_rows: int
    submissions: pl.DataFrame
    file_counts: pl.DataFrame
    rules: pl.DataFrame
    manifests: pl.DataFrame
    control_totals: pl.DataFrame
    notes: tuple[str, ...]

    def tables(self) -> dict[str, pl.DataFrame]:
        """Its rows of each table that says what was delivered."""
        return {
            "submission": self.submissions,
            "file_count": self.file_counts,
            "rule_count": self.rules,
            "manifest": self.manifests,
            "control_total": self.control_totals,
        }


def sources_by_file(sources: Iterable["Source"]) -> dict[Path, tuple["Source", ...]]:
    """Every delivered file once, in path order, with the sources it serves as configured."""
    found: dict[Path, list[Source]] = {}
    for source in sources:
        for path in source.files:
            found.setdefault(path, []).append(source)
    return {path: tuple(found[path]) for path in sorted(found)}


@dataclass(kw_only=True, repr=False)  # it holds rows in clear
class FileIntake:
    """One delivered file while it is taken: iterate ``batches``, then ask for ``taken``.

    ``sources``: all sources of the economy whose files include this one. ``digest``: SHA-256 of
    its bytes. ``period``: first and last date of the economy. ``today``: dates up to it, or up to
    the day the file was received where that is later, can have happened. ``copy``: how many files
    of the same bytes were taken before this one.
    Memory does not grow with the file. What a batch holds counts only once ``taken`` has not
    raised: whoever writes batches takes back what was written when it does.
    """

    path: Path
    sources: Sequence["Source"]
    digest: str
    period: tuple[dt.date, dt.date]
    today: dt.date
    max_unselected: int = 0
    copy: int = 0
    rows_at_once: int = ROWS_AT_ONCE
    received_at: dt.datetime = field(init=False)
    manifest: Manifest | None = field(init=False)
    _reading: Delivered = field(init=False)
    _readers: list["_SourceIntake"] = field(init=False)
    _selection: Selection = field(init=False, default=Selection())

    def __post_init__(self) -> None:
        modified = self.path.stat().st_mtime
        self.received_at = dt.datetime.fromtimestamp(modified, dt.UTC).replace(tzinfo=None)
        self.manifest = manifest_beside(self.path)
        known = {name for s in self.sources for name in known_columns(s.map)}
        self._reading = open_delivered(self.path, self.sources[0].layout, known=known)
        self._readers = [self._reader(source) for source in self.sources]
        if self.manifest is not None:
            contracts = [r.map.contract for r in self._readers]
            refuse_unfit(self.path, self.manifest, self.sources[0].sender.code, contracts)
        refuse_wrong_header(self.path, self._reading.columns, self._named())

    @property
    def file_id(self) -> str:
        return file_id((s.name for s in self.sources), self.digest, self.copy)

    def batches(self) -> Iterator[tuple[Judged, ...]]:
        """The rows of the file in order, judged, a batch at a time: one item for each source.

        A ragged row that no source takes is quarantined by the first. Raises InputRefused for
        what is found late: bytes that are no text, or an expression that fails on a value.
        """
        for rows in self._reading.batches(self.rows_at_once):
            yield self._judged(rows)

    def taken(self) -> Taken:
        """What the batches add up to.

        Raises InputRefused for more than ``max_unselected`` rows that no source takes, rows that
        several take without sharing, dates in another format, and a file that is evidently
        another one.
        """
        refuse_selection(self.path, self._selection, self.sources, self.max_unselected)
        for reader in self._readers:
            reader.refuse()
        submissions = pl.concat(reader.submissions() for reader in self._readers)
        manifests, totals = self._manifest_rows(submissions)
        return Taken(
            file_id=self.file_id,
            received_at=self.received_at,
            n_rows=self._selection.read,
            submissions=submissions,
            file_counts=self._file_counts(),
            rules=pl.concat(reader.tally.rules for reader in self._readers),
            manifests=manifests,
            control_totals=totals,
            notes=(*self._reading.notes, *unused_columns(self._reading.columns, self._named())),
        )

    def _reader(self, source: "Source") -> "_SourceIntake":
        contract = self._version(source)
        return _SourceIntake(self, source, replace(source.map, contract=contract))

    def _version(self, source: "Source") -> Contract:
        """The version of the source's contract that this file follows."""
        told = self.manifest.contract_version if self.manifest else None
        try:
            return choose_version(
                source.contract.name,
                {*self._reading.columns, *source.map.columns},
                stated=source.version or told,
                on=self.received_at.date(),
                jurisdiction=source.contract.jurisdiction,
            )
        except ValueError:  # its text quotes the manifest
            known = versions(source.contract.name, source.contract.jurisdiction)
            told = ", ".join(repr(c.version) for c in known)
            raise InputRefused(
                f"{self.path}: the version of {source.contract.name} that its manifest or the "
                f"source's `version` states is none; there are {told}. Correct it, or leave it out."
            ) from None

    def _judged(self, rows: pl.DataFrame) -> tuple[Judged, ...]:
        try:
            for reader in self._readers:
                reader.settle_version(rows)
            bare = self._reading.bare
            frames = [
                text_rows(rows.lazy(), r.map, also=stray_ragged(r.source, self.sources), bare=bare)
                for r in self._readers
            ]
            lazy = [frame for frame, _ in frames]
            if takes_all(self.sources):
                texts = pl.collect_all(lazy, engine="in-memory")
                self._selection += Selection(read=rows.height, once=rows.height)
            else:
                counts = selection_frame(rows.lazy(), self.sources)
                *texts, counted = pl.collect_all([*lazy, counts], engine="in-memory")
                self._selection += Selection(**counted.row(0, named=True))
        except NoText as name:
            raise InputRefused(
                f"{self.path}: the column of field {name} holds lists or bytes, not values. Ask "
                f"the sender for plain columns."
            ) from None
        except pl.exceptions.PolarsError:  # its text quotes values
            raise self._failing_expression() from None
        return tuple(
            reader.judged(text, typed)
            for reader, text, (_, typed) in zip(self._readers, texts, frames, strict=True)
        )

    def _failing_expression(self) -> InputRefused:
        names = ", ".join(s.name for s in self.sources)
        return InputRefused(
            f"{self.path}: an expression under `where` or `columns` of its sources ({names}) fails "
            f"on at least one row. Use TRY_CAST for CAST, and let the contract read dates and "
            f"numbers."
        )

    def _named(self) -> list[tuple[str, SourceMap]]:
        return [(r.source.name, r.map) for r in self._readers]

    def _file_counts(self) -> pl.DataFrame:
        names = "+".join(s.name for s in self.sources)
        counts = self._selection.by_class().items()
        rows = [(self.file_id, names, row_class, n) for row_class, n in counts]
        return pl.DataFrame(rows, schema=FILE_COUNT.schema(), orient="row")

    def _manifest_rows(self, submissions: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        if self.manifest is None:
            return manifest_rows(Manifest(), [], n_rows=0, digest="", totals={})
        totals: dict[str, Decimal | float | None] = {}
        for reader in self._readers:
            for name, total in reader.tally.totals.items():
                totals[name] = (totals.get(name) or 0) + total  # type: ignore[operator]
        named = submissions.select("submission_id", "source", "organisation_code").rows()
        return manifest_rows(
            self.manifest,
            named,
            n_rows=self._selection.read,
            digest=self.digest,
            totals=totals,
        )


@dataclass(repr=False)
class _SourceIntake:
    """What one source takes of the file, batch by batch."""

    intake: FileIntake
    source: "Source"
    map: SourceMap
    _tallies: list[Tally] = field(default_factory=list)

    @property
    def delivery(self) -> Delivery:
        is_of_many = self.source.sender.code is None
        return Delivery(self.source.name, self.intake.digest, self.intake.copy, is_of_many)

    @property
    def tally(self) -> Tally:
        self._tallies = [added(self._tallies)]
        return self._tallies[0]

    def settle_version(self, first: pl.DataFrame) -> None:
        """Read the file under the version that its first rows follow, unless one is stated."""
        manifest = self.intake.manifest
        is_stated = self.source.version or (manifest and manifest.contract_version)
        if not self._tallies and not is_stated:
            self.map = replace(self.map, contract=version_by_codes(first, self.map))

    def judged(self, texts: pl.DataFrame, typed_fields: frozenset[str]) -> Judged:
        intake = self.intake
        parsed = judge(
            texts,
            self.map,
            self.delivery,
            typed_fields=typed_fields,
            period=intake.period,
            today=max(intake.today, intake.received_at.date()),
            totals=tuple(intake.manifest.control_totals) if intake.manifest else (),
        )
        if not self._tallies:
            rows = parsed.accepted.collect()
            refuse_slipped_rows(intake.path, self.source.name, self.map, rows)
        self._tallies.append(parsed.tally)
        return Judged(self.source, self.map.contract, parsed)

    def refuse(self) -> None:
        """Raise InputRefused where the file is evidently not what the source says."""
        path, name, tally = self.intake.path, self.source.name, self.tally
        refuse_wrong_formats(path, name, self.map, tally.unread.values())
        refuse_wrong_file(path, name, self.map, self.intake._reading.columns, tally)

    def submissions(self) -> pl.DataFrame:
        """Rows of table submission: one, or one for each sender."""
        own = self.tally.submissions.group_by("submission_id", maintain_order=True).agg(
            pl.col("organisation_code").first(),
            pl.col("n_rows").sum(),
            pl.col("stated_start").min(),
            pl.col("stated_end").max(),
        )
        rows = [self._submission(row) for row in own.iter_rows(named=True)]
        if not rows:  # a file of which the source took no row is a submission all the same
            rows = [self._submission(self._nothing())]
        return pl.DataFrame(rows, schema=SUBMISSION.schema(), orient="row")

    def _nothing(self) -> dict[str, object]:
        told: dict[str, object] = dict.fromkeys(("stated_start", "stated_end"))
        code = self.source.sender.code
        return {
            **told,
            "submission_id": self.delivery.submission_id(),
            "organisation_code": code,
            "n_rows": 0,
        }

    def _submission(self, counted: Mapping[str, object]) -> dict[str, object]:
        intake, submission_id = self.intake, counted["submission_id"]
        stated: Period = (counted["stated_start"], counted["stated_end"])  # type: ignore[assignment]
        if stated == (None, None) and intake.manifest is not None:
            stated = (intake.manifest.period_start, intake.manifest.period_end)
        months = self.tally.months.filter(submission_id=submission_id)
        derived = period_of_months(
            months,
            period_rule(self.map.contract),
            stated=stated,
            received=intake.received_at.date(),
        )
        is_of_many = self.delivery.is_of_many
        return {
            "submission_id": submission_id,
            "source": self.source.name,
            "organisation_code": counted["organisation_code"]
            if is_of_many
            else self.source.sender.code,
            "received_at": intake.received_at,
            "digest": intake.digest,
            "period_stated_start": stated[0],
            "period_stated_end": stated[1],
            "period_derived_start": derived[0],
            "period_derived_end": derived[1],
            "n_rows": counted["n_rows"] if is_of_many else intake._selection.read,
            "supersedes": None,
        }
