"""Where tables lie on disk: one Parquet file each, by zone, written whole or not at all.

The store knows no rule of the domain. Beside each file it keeps a small note of what the file was
made from, so that a later run does again only what has changed.
"""

import errno
import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import polars as pl

from flow_pipeline.errors import StoreError
from flow_pipeline.tables import all_tables
from flow_pipeline.tables.language import Table

_OWNER_ONLY = 0o700
# How Parquet is written. What is mostly keyed hashes takes longer to compress than to write, gains
# nothing by trying harder, and statistics of it tell nothing.
_SMALL: Mapping[str, Any] = {}
_QUICK: Mapping[str, Any] = {"compression_level": 1, "statistics": False}
_PLAIN: Mapping[str, Any] = {"compression": "uncompressed", "statistics": False}
_SPARK = "spark"  # what linkage on Spark had no room for in memory
_BUCKETS = ".buckets"  # rows on their way, bucket by bucket
_OS_ERROR = re.compile(r"os error (\d+)")  # how Polars passes on the number of an errno
_QUARANTINE_TABLES = {
    "quarantine",
    "row_status",
    "rule_count",
    "file_count",
    "submission",
    "manifest",
    "control_total",
}


@dataclass(frozen=True)
class Written:
    """A table as it was written."""

    table: str
    n_rows: int
    digest: str


@dataclass(frozen=True)
class _Note:
    """What stands beside a table: what it was made from and what came of it."""

    made_from: str
    n_rows: int
    digest: str
    parts: tuple[str, ...]

    def written(self, table: str) -> Written:
        return Written(table, self.n_rows, self.digest)


@dataclass(frozen=True)
class Store:
    """The folders of one economy below ``storage.root``.

    ``is_sent``: parts are to travel, so they are made small. Those that stay are not: they are
    mostly keyed hashes, which take longer to compress than to write.
    """

    root: Path
    is_sent: bool = False

    def folder(self, table: str) -> Path:
        """The zone's folder of a table: linkage, quarantine or analytic."""
        if table in _QUARANTINE_TABLES:
            return self.root / "quarantine"
        declared = all_tables().get(table)
        return self.root / ("linkage" if declared and declared.zone == "linkage" else "analytic")

    def path(self, table: str) -> Path:
        return self.folder(table) / f"{table}.parquet"

    def part_path(self, table: str, part: str) -> Path:
        """The file of one part (a batch of a delivered file) of a table that is kept in parts."""
        return self.folder(table) / table / f"{part}.parquet"

    def _part_paths(self, table: str, parts: Iterable[str]) -> list[Path]:
        folder = self.folder(table) / table  # asked once: a table may have thousands of parts
        return [folder / f"{part}.parquet" for part in parts]

    def scan(self, table: str) -> pl.LazyFrame:
        """A table as it was last written, whole or in parts; empty where it never was."""
        note = self._note(table)
        if note is None:
            return all_tables()[table].empty()
        if not note.parts:
            return pl.scan_parquet(self.path(table))
        return self.scan_parts(table, note.parts)

    def parts(self, table: str) -> tuple[str, ...]:
        """Names of the parts that make a table, in order; none where it is one file."""
        note = self._note(table)
        return note.parts if note else ()

    def scan_parts(self, table: str, parts: Sequence[str]) -> pl.LazyFrame:
        """These parts of a table that is kept in parts; empty where there are none."""
        if not parts:
            return all_tables()[table].empty()
        schema = all_tables()[table].schema()
        paths = self._part_paths(table, parts)
        return pl.scan_parquet(paths, schema=schema, missing_columns="insert")

    def scan_part(self, table: str, number: int) -> pl.LazyFrame:
        """The part of that number, from 0, of a table that is kept in parts."""
        return self.scan_parts(table, [self.parts(table)[number]])

    def write(self, table: Table, frame: pl.LazyFrame, *, made_from: str) -> Written:
        """Write a table whole and note what it was made from.

        In: a frame that can be conformed to the table. Out: rows and digest of the file.
        Raises StoreError when the disk is full or the folder cannot be written.
        """
        path = self.path(table.name)
        how = _PLAIN if table.zone == "linkage" else _SMALL
        write_parquet(path, table.conform(frame), how)
        note = _Note(made_from, count_rows(path), digest_file(path), ())
        self._write_note(table.name, note)
        self._remove_parts_but(table, ())
        return note.written(table.name)

    def write_part(self, table: Table, part: str, rows: pl.DataFrame) -> int:
        """Write one part of a table that is kept in parts, rows as they come; returns how many.

        It belongs to the table once ``compose`` has named it. Columns without any value are left
        out; ``scan`` puts them back.
        """
        empty = [n for n in table.column_names if 0 < rows.height == rows[n].null_count()]
        shaped = table.shaped(rows.lazy()).drop(empty)
        path = self.part_path(table.name, part)
        write_parquet(path, shaped, _QUICK if self.is_sent else _PLAIN)
        return rows.height

    def add(self, table: Table, rows: pl.LazyFrame, *, made_from: str) -> Written:
        """Add rows to those that a table has, as they come: in a part of their own.

        A reader sees the table before or after, never between.
        """
        parts = self._as_parts(table)
        path = self.part_path(table.name, f"{len(parts):06d}")
        write_parquet(path, table.shaped(rows), _PLAIN)
        return self.compose(table, {**parts, path.stem: count_rows(path)}, made_from=made_from)

    def _as_parts(self, table: Table) -> dict[str, int]:
        """Parts of a table with their rows; of a table that is one file, that file as a part."""
        note = self._note(table.name)
        if note is None:
            return {}
        if note.parts:
            return {part: count_rows(self.part_path(table.name, part)) for part in note.parts}
        first = self.part_path(table.name, f"{0:06d}")
        with store_errors(first.parent):
            first.parent.mkdir(parents=True, exist_ok=True, mode=_OWNER_ONLY)
            first.unlink(missing_ok=True)
            first.hardlink_to(self.path(table.name))
        return {first.stem: note.n_rows}

    def remove_part(self, table: str, part: str) -> None:
        """Take back a part that belongs to no table yet."""
        self.part_path(table, part).unlink(missing_ok=True)

    def has_part(self, table: str, part: str) -> bool:
        return self.part_path(table, part).exists()

    def compose(self, table: Table, parts: Mapping[str, int], *, made_from: str) -> Written:
        """Say which parts, with how many rows, make the table now. Other parts are removed."""
        if not parts:
            return self.write(table, table.empty(), made_from=made_from)
        names = tuple(sorted(parts))
        digest = hashlib.sha256(json.dumps([made_from, names]).encode()).hexdigest()
        note = _Note(made_from, sum(parts.values()), digest, names)
        self._write_note(table.name, note)
        self._remove_parts_but(table, names)
        self.path(table.name).unlink(missing_ok=True)
        return note.written(table.name)

    def _remove_parts_but(self, table: Table, wanted: tuple[str, ...]) -> None:
        for path in self.part_path(table.name, "x").parent.glob("*.parquet"):
            if path.stem not in wanted:
                path.unlink()

    def current(self, table: str, made_from: str) -> Written | None:
        """The table as written, if it was made from just this; else None."""
        note = self._note(table)
        return note.written(table) if note and note.made_from == made_from else None

    def made_together(self, tables: Iterable[str]) -> bool:
        """Whether all of these tables stand, written by one and the same making of a step."""
        notes = [self._note(table) for table in tables]
        return all(notes) and len({note.made_from for note in notes if note}) == 1

    def part_digests(self, table: str) -> dict[str, str]:
        """Digest of every part of a table that is kept in parts."""
        parts = self.parts(table)
        paths = self._part_paths(table, parts)
        return {part: digest_file(path) for part, path in zip(parts, paths, strict=True)}

    def digest(self, table: str) -> str:
        """Digest of a written table; empty where it was never written."""
        note = self._note(table)
        return note.digest if note else ""

    def n_rows(self, table: str) -> int:
        """Rows of a written table; 0 where it was never written."""
        note = self._note(table)
        return note.n_rows if note else 0

    def _note_path(self, table: str) -> Path:
        return self.folder(table) / ".made" / f"{table}.json"

    def _write_note(self, table: str, note: "_Note") -> None:
        write_text(self._note_path(table), json.dumps(asdict(note)))

    def _note(self, table: str) -> "_Note | None":
        path = self._note_path(table)
        if not path.exists():
            return None
        read = json.loads(path.read_text())
        note = _Note(**{**read, "parts": tuple(read["parts"])})
        if not note.parts:
            return note if self.path(table).exists() else None
        there = {path.stem for path in (self.folder(table) / table).glob("*.parquet")}
        return note if there.issuperset(note.parts) else None

    def prepare(self) -> None:
        """Make the zones' folders, those that hold persons readable by their owner only.

        Raises StoreError when the root cannot be made or written.
        """
        with store_errors(self.root):
            for zone in ("linkage", "analytic", "quarantine"):
                (self.root / zone).mkdir(parents=True, exist_ok=True, mode=_OWNER_ONLY)
            (self.root / "releases").mkdir(exist_ok=True)  # each release says who may read what
            probe = self.root / ".writable"
            probe.write_bytes(b"")
            probe.unlink()


@contextmanager
def store_errors(where: Path) -> Iterator[None]:
    """Turn errors of disk and permission into one StoreError that holds no value."""
    try:
        yield
    except OSError as error:
        raise StoreError(_explained(error, where)) from None
    except pl.exceptions.ComputeError as error:
        number = _OS_ERROR.search(str(error))
        if number is None:
            raise
        raise StoreError(_explained(OSError(int(number[1]), ""), where)) from None


def _explained(error: OSError, where: Path) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"{where}: the disk is full. Free some space and run again; nothing was published."
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"{where}: not writable by this user. Correct the permissions and run again."
    reason = os.strerror(error.errno) if error.errno else "input/output error"
    return f"{where}: {reason}. Mend this and run again; nothing was published."


def write_parquet(path: Path, frame: pl.LazyFrame, how: Mapping[str, Any] = _SMALL) -> None:
    """Write a frame so that a reader sees the old file or the new one, never half of it.

    ``how``: arguments of ``LazyFrame.sink_parquet``.
    """
    with _replacing(path) as draft:
        frame.sink_parquet(draft, **how)


@contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    """A draft to be written, which takes the place of ``path`` at the end."""
    with store_errors(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True, mode=_OWNER_ONLY)
        draft = path.with_name(path.name + ".part")
        try:
            yield draft
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a small file so that a reader sees the old text or the new one."""
    with _replacing(path) as draft:
        draft.write_text(text)


def count_rows(path: Path) -> int:
    return int(pl.scan_parquet(path).select(pl.len()).collect().item())


def digest_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def split_in_buckets(
    root: Path, frames: Mapping[str, pl.LazyFrame], key: str
) -> Iterator[Callable[[int], dict[str, pl.LazyFrame]]]:
    """Rows of frames by the number in column ``key``, on disk while the context lasts.

    Gives a function of a number that returns the frames, without ``key``, of the rows that have
    it. The files hold what the linkage zone holds, lie there, and are removed at the end.
    """
    folder = root / "linkage" / _BUCKETS
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=_OWNER_ONLY)
    schemas = {}
    try:
        for name, frame in frames.items():
            schemas[name] = pl.Schema({c: t for c, t in frame.collect_schema().items() if c != key})
            by_key = pl.PartitionBy(folder / name, key=key, include_key=False)
            frame.sink_parquet(by_key, mkdir=True, **_QUICK)

        def of(number: int) -> dict[str, pl.LazyFrame]:
            return {
                name: _scan_all(folder / name / f"{key}={number}", schema)
                for name, schema in schemas.items()
            }

        yield of
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _scan_all(folder: Path, schema: pl.Schema) -> pl.LazyFrame:
    files = sorted(folder.glob("*.parquet"))
    return pl.scan_parquet(files, hive_partitioning=False) if files else pl.LazyFrame(schema=schema)


def remove_leftovers(root: Path) -> None:
    """Remove what a run that died left half-written."""
    with store_errors(root):
        for folder in (_BUCKETS, _SPARK):
            shutil.rmtree(root / "linkage" / folder, ignore_errors=True)
        for leftover in root.rglob("*.part"):
            leftover.unlink(missing_ok=True)
        for partial in root.glob("releases/*.partial"):
            shutil.rmtree(partial)
