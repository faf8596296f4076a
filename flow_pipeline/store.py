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
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from flow_pipeline.errors import StoreError
from flow_pipeline.tables import all_tables
from flow_pipeline.tables.language import Table

OWNER_ONLY = 0o700
# How Parquet is written. What is mostly keyed hashes takes longer to compress than to write, gains
# nothing by trying harder, and statistics of it tell nothing.
_SMALL: Mapping[str, Any] = {}
_QUICK: Mapping[str, Any] = {"compression_level": 1, "statistics": False}
PLAIN: Mapping[str, Any] = {"compression": "uncompressed", "statistics": False}
_SPARK = "spark"  # what linkage on Spark had no room for in memory
BUCKETS = ".buckets"  # rows on their way, bucket by bucket
_LOST = "lost"  # which rows of a table's parts hold no more
_PLACE = "place_in_parts"
_NO_KEYS = pl.Series(dtype=pl.String)
_MOST_ADDED = 40  # parts of a table that rows are added to, before it is written whole again
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
    """What stands beside a table: what it was made from and what came of it. ``lost``: the file
    beside its parts that names rows of them that hold no more; empty where all hold."""

    made_from: str
    n_rows: int
    digest: str
    parts: tuple[str, ...]
    lost: str = ""

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
        if not note.lost:
            return self.scan_parts(table, note.parts)
        lost = self._lost_places(table, note)
        return self._placed(table, note).filter(~pl.col(_PLACE).is_in(lost.implode())).drop(_PLACE)

    def _placed(self, table: str, note: "_Note") -> pl.LazyFrame:
        """Rows of a table's parts, those that hold no more too, with their place from 0."""
        return self.scan_parts(table, note.parts).with_row_index(_PLACE)

    def _lost_places(self, table: str, note: "_Note") -> pl.Series:
        if not note.lost:
            return pl.Series(_PLACE, dtype=pl.get_index_type())
        return pl.read_parquet(self.part_path(table, note.lost))[_PLACE]

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
        how = PLAIN if table.zone == "linkage" else _SMALL
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
        write_parquet(path, shaped, _QUICK if self.is_sent else PLAIN)
        return rows.height

    def add(
        self, table: Table, rows: pl.LazyFrame, *, made_from: str, lost: pl.Series = _NO_KEYS
    ) -> Written:
        """Add rows to those that a table has, as they come: in a part of their own.

        ``lost``: keys (of one column) whose rows hold no more. A reader sees the table before or
        after, never between. Parts stay as they were written: ``scan`` alone leaves lost rows out.
        """
        note = self._in_parts(table)
        if len(note.parts) >= _MOST_ADDED:
            left = self.scan(table.name).filter(~pl.col(*table.key).is_in(lost.implode()))
            return self.write(table, pl.concat([left, table.shaped(rows)]), made_from=made_from)
        path = self.part_path(table.name, f"{len(note.parts):06d}")
        write_parquet(path, table.shaped(rows), PLAIN)
        told = [digest_file(path)] if (n_added := count_rows(path)) else []
        now = self._without(table, note, lost)
        if now.lost != note.lost:
            told.append(digest_file(self.part_path(table.name, now.lost)))
        # What is as it was has the digest that it had, whatever it was made from.
        digest = hashlib.sha256(json.dumps([note.digest, told]).encode()).hexdigest()
        digest, parts = digest if told else note.digest, (*note.parts, path.stem)
        return self._composed(
            table, _Note(made_from, now.n_rows + n_added, digest, parts, now.lost)
        )

    def _without(self, table: Table, note: _Note, keys: pl.Series) -> _Note:
        """The note of a table without the rows of these keys, whose places are written down."""
        lost = self._lost_places(table.name, note)
        is_lost = pl.col(*table.key).is_in(keys.implode())
        found = self._placed(table.name, note).filter(is_lost).select(_PLACE).collect()[_PLACE]
        places = pl.concat([lost, found]).unique().sort()
        if places.len() == lost.len():
            return note
        name = f"{len(note.parts):06d}-{_LOST}"
        write_parquet(self.part_path(table.name, name), places.to_frame().lazy(), PLAIN)
        return replace(note, n_rows=note.n_rows + lost.len() - places.len(), lost=name)

    def _in_parts(self, table: Table) -> _Note:
        """What stands beside a table; of a table that is one file, with that file as a part."""
        note = self._note(table.name) or _Note("", 0, "", ())
        if note.parts or not note.digest:  # in parts already, or never written
            return note
        first = self.part_path(table.name, f"{0:06d}")
        with store_errors(first.parent):
            first.parent.mkdir(parents=True, exist_ok=True, mode=OWNER_ONLY)
            first.unlink(missing_ok=True)
            first.hardlink_to(self.path(table.name))
        return replace(note, parts=(first.stem,))

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
        return self._composed(table, _Note(made_from, sum(parts.values()), digest, names))

    def _composed(self, table: Table, note: _Note) -> Written:
        """From now on the table is what the note says."""
        self._write_note(table.name, note)
        self._remove_parts_but(table, (*note.parts, note.lost))
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
        needed = {*note.parts, note.lost} - {""}
        return note if there >= needed else None

    def prepare(self) -> None:
        """Make the zones' folders, those that hold persons readable by their owner only.

        Raises StoreError when the root cannot be made or written.
        """
        with store_errors(self.root):
            for zone in ("linkage", "analytic", "quarantine"):
                (self.root / zone).mkdir(parents=True, exist_ok=True, mode=OWNER_ONLY)
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
        path.parent.mkdir(parents=True, exist_ok=True, mode=OWNER_ONLY)
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


def remove_leftovers(root: Path) -> None:
    """Remove what a run that died left half-written."""
    with store_errors(root):
        for folder in (BUCKETS, _SPARK):
            shutil.rmtree(root / "linkage" / folder, ignore_errors=True)
        for leftover in root.rglob("*.part"):
            leftover.unlink(missing_ok=True)
        for partial in root.glob("releases/*.partial"):
            shutil.rmtree(partial)
