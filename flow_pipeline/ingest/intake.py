"""Takes one delivered file: read once, for all sources that it serves."""

import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from flow_pipeline.errors import InputRefused
from flow_pipeline.ingest.mapping import IS_RAGGED, NoText, is_selected, text_rows
from flow_pipeline.ingest.parsing import Parsed, judge
from flow_pipeline.ingest.periods import derived_period
from flow_pipeline.ingest.reading import Delivered, read_delivered
from flow_pipeline.ingest.refusals import refuse_missing_columns, refuse_wrong_formats
from flow_pipeline.tables.ingest import FILE_COUNT, SUBMISSION

if TYPE_CHECKING:
    from flow_pipeline.config import Source

_ID_LENGTH = 16


@dataclass(frozen=True)
class SourceIntake:
    """What one source took of one file: its row of table submission, and its rows."""

    source: "Source"
    submission_id: str
    submission: pl.LazyFrame
    parsed: Parsed


@dataclass(frozen=True)
class FileIntake:
    """One delivered file, taken. ``file_counts`` is of table file_count."""

    path: Path
    digest: str
    received_at: dt.datetime  # UTC, naive: when the file was last changed
    n_rows: int
    file_counts: pl.LazyFrame
    intakes: tuple[SourceIntake, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Selection:
    """How many rows were taken by one source, by several, and by none."""

    once: int
    several: int
    unshared: int  # of ``several``: those that a source took that does not share
    none: int


def submission_id_of(source_name: str, digest: str, copy: int = 0) -> str:
    """The id of what a source takes of a file: the same content is the same submission.

    ``copy`` counts earlier files of the same bytes: sent twice, each is accounted for.
    """
    told = f"{source_name}|{digest}" + (f"|{copy}" if copy else "")
    return hashlib.sha256(told.encode()).hexdigest()[:_ID_LENGTH]


def sources_by_file(sources: Iterable["Source"]) -> dict[Path, tuple["Source", ...]]:
    """Every delivered file once, in path order, with the sources it serves as configured."""
    found: dict[Path, list[Source]] = {}
    for source in sources:
        for path in source.files:
            found.setdefault(path, []).append(source)
    return {path: tuple(found[path]) for path in sorted(found)}


def ingest_file(
    path: Path,
    sources: Sequence["Source"],
    *,
    period: tuple[dt.date, dt.date],
    today: dt.date,
    max_unselected: int = 0,
    copy: int = 0,
) -> FileIntake:
    """Read a file once and make of it the rows of every source it serves.

    In:  ``sources``: all sources of the economy whose files include this one. ``period``: first
         and last date of the economy. ``today``: dates up to it, or up to the day the file was
         received where that is later, can have happened. ``copy``: how many files of the same
         bytes were taken before this one.
    Out: counts of the file, and per source its submission and parsed rows; every row read is
         taken by one source, by several or by none. A ragged row that no source takes is
         quarantined by the first.
    Raises InputRefused for a file that is no table (see reading.read_delivered), lacks a column
    that is needed, has nearly all dates of a column in another format, has more than
    ``max_unselected`` rows that no source takes, or rows that several take without sharing.
    """
    delivered = read_delivered(path)
    refuse_missing_columns(path, delivered.columns, [(s.name, s.map) for s in sources])
    selection = _selection(path, delivered, sources)
    _refuse_selection(path, selection, sources, max_unselected)
    received = dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC).replace(tzinfo=None)
    taking = _Taking(path, delivered, received, period, max(today, received.date()), copy)
    intakes = [
        taking.take(source, texts, typed_fields)
        for source, (texts, typed_fields) in zip(
            sources, _texts(path, delivered, sources), strict=True
        )
    ]
    return FileIntake(
        path=path,
        digest=delivered.digest,
        received_at=received,
        n_rows=delivered.n_rows,
        file_counts=_file_counts(delivered, sources, copy, selection),
        intakes=tuple(intakes),
        notes=delivered.notes,
    )


def _selection(path: Path, delivered: Delivered, sources: Sequence["Source"]) -> _Selection:
    if len(sources) == 1 and sources[0].where is None:
        return _Selection(delivered.n_rows, 0, 0, 0)
    taken = [is_selected(s.where).cast(pl.UInt16) for s in sources]
    unshared = [is_selected(s.where) for s in sources if not s.shared]
    n = pl.sum_horizontal(taken)
    n = pl.when(pl.col(IS_RAGGED) & (n == 0)).then(pl.lit(1, pl.UInt16)).otherwise(n)
    alone = pl.any_horizontal(unshared) if unshared else pl.lit(False)
    counted = delivered.frame.select(n=n, alone=alone).select(
        once=(pl.col("n") == 1).sum(),
        several=(pl.col("n") > 1).sum(),
        unshared=((pl.col("n") > 1) & pl.col("alone")).sum(),
        none=(pl.col("n") == 0).sum(),
    )
    return _Selection(**_collected(path, sources, [counted])[0].row(0, named=True))


def _refuse_selection(
    path: Path, selection: _Selection, sources: Sequence["Source"], max_unselected: int
) -> None:
    names = ", ".join(s.name for s in sources)
    if selection.none > max_unselected:
        raise InputRefused(
            f"{path}: {selection.none} rows are taken by none of its sources ({names}); "
            f"{max_unselected} may be. Widen a `where`, add a source for them, or raise "
            f"quality.max_unselected."
        )
    if selection.unshared:
        raise InputRefused(
            f"{path}: {selection.unshared} rows are taken by several of its sources ({names}). "
            f"Narrow their `where`, or say `shared: true` at each source that may share rows."
        )


def _texts(
    path: Path, delivered: Delivered, sources: Sequence["Source"]
) -> list[tuple[pl.DataFrame, frozenset[str]]]:
    """Per source the rows it takes as text, all in one go."""
    try:
        mapped = [
            text_rows(delivered.frame, s.map, also=_stray_ragged(delivered, s, sources))
            for s in sources
        ]
    except NoText as field:
        raise InputRefused(
            f"{path}: the column of field {field} holds lists or bytes, not values. Ask the "
            f"sender for plain columns."
        ) from None
    except pl.exceptions.PolarsError:
        raise _failing_expression(path, sources) from None
    frames = _collected(path, sources, [frame for frame, _ in mapped])
    return list(zip(frames, (typed for _, typed in mapped), strict=True))


def _stray_ragged(
    delivered: Delivered, source: "Source", sources: Sequence["Source"]
) -> pl.Expr | None:
    """Ragged rows that no source takes, for the first source of the file."""
    if source is not sources[0] or not delivered.n_ragged or source.where is None:
        return None
    return pl.col(IS_RAGGED) & ~pl.any_horizontal(is_selected(s.where) for s in sources)


def _collected(
    path: Path, sources: Sequence["Source"], frames: list[pl.LazyFrame]
) -> list[pl.DataFrame]:
    try:
        return pl.collect_all(frames)
    except pl.exceptions.PolarsError:  # its text quotes values
        raise _failing_expression(path, sources) from None


def _failing_expression(path: Path, sources: Sequence["Source"]) -> InputRefused:
    names = ", ".join(s.name for s in sources)
    return InputRefused(
        f"{path}: an expression under `where` or `columns` of its sources ({names}) fails on at "
        f"least one row. Use TRY_CAST for CAST, and let the contract read dates and numbers."
    )


@dataclass(frozen=True)
class _Taking:
    """What all sources of one file share while their rows are taken."""

    path: Path
    delivered: Delivered
    received_at: dt.datetime
    period: tuple[dt.date, dt.date]
    today: dt.date
    copy: int

    def take(
        self, source: "Source", texts: pl.DataFrame, typed_fields: frozenset[str]
    ) -> SourceIntake:
        submission_id = submission_id_of(source.name, self.delivered.digest, self.copy)
        parsed = judge(
            texts,
            source.map,
            typed_fields=typed_fields,
            submission_id=submission_id,
            source_name=source.name,
            period=self.period,
            today=self.today,
        )
        refuse_wrong_formats(self.path, source.name, source.map, parsed.unread)
        submission = self._submission(submission_id, source, parsed)
        return SourceIntake(source, submission_id, submission, parsed)

    def _submission(self, submission_id: str, source: "Source", parsed: Parsed) -> pl.LazyFrame:
        derived = derived_period(parsed.starts)
        row = {
            "submission_id": submission_id,
            "source": source.name,
            "organisation_code": source.sender.code,
            "received_at": self.received_at,
            "digest": self.delivered.digest,
            "period_stated_start": parsed.stated[0],
            "period_stated_end": parsed.stated[1],
            "period_derived_start": derived[0],
            "period_derived_end": derived[1],
            "n_rows": self.delivered.n_rows,
            "supersedes": None,
        }
        return pl.LazyFrame([row], schema=SUBMISSION.schema())


def _file_counts(
    delivered: Delivered, sources: Sequence["Source"], copy: int, selection: _Selection
) -> pl.LazyFrame:
    name = "+".join(s.name for s in sources)
    file_id = submission_id_of(name, delivered.digest, copy)
    counts = {
        "read": delivered.n_rows,
        "selected_once": selection.once,
        "selected_by_several": selection.several,
        "selected_by_none": selection.none,
    }
    rows = [(file_id, name, row_class, n) for row_class, n in counts.items()]
    return pl.LazyFrame(rows, schema=FILE_COUNT.schema(), orient="row")
