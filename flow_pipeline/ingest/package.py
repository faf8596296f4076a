"""What a sender makes of an extract on its own systems: tokens and payload, ready to be taken.

A package is a zip file without compression: ``pseudonymised.json``, which says what it is, and one
Parquet file for each part of each table. It holds what a run would have made of the extract, so
nothing in it is in clear, and a run takes it in place of the extract.
"""

import hashlib
import json
import re
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

import polars as pl

from flow_pipeline.errors import InputRefused
from flow_pipeline.tables import all_tables

HEADER = "pseudonymised.json"
FORMAT = 1
_CHUNK = 1 << 20
_PART = re.compile(r"[A-Za-z0-9_.-]{1,200}")

Rows = dict[str, list[dict[str, object]]]  # table → rows
Parts = dict[str, dict[str, int]]  # table → part → rows


@dataclass(frozen=True, kw_only=True)
class Made:
    """What a package says of itself.

    ``sources``: contract by source. ``rows``: of tables that are written whole. ``parts``: rows by
    table and part. ``digests``: SHA-256 by name in the package.
    """

    key_id: str
    purpose: str
    period: tuple[str, str]
    sources: Mapping[str, str]
    rows: Rows
    parts: Parts
    digests: Mapping[str, str]
    format: int = FORMAT


class _OtherTables(Exception):
    """A part has not the columns that its table has now."""


def is_package(path: Path) -> bool:
    """Whether a delivered file was pseudonymised by its sender."""
    try:
        with zipfile.ZipFile(path) as packed:
            return HEADER in packed.namelist()
    except (OSError, zipfile.BadZipFile):
        return False


def write_package(
    out: Path,
    files: Iterable[tuple[str, str, Path]],
    rows: Rows,
    parts: Parts,
    **said: Any,
) -> None:
    """Write a package, whole or not at all.

    In: ``files``: table, part and Parquet file of everything in it. ``said``: key_id, purpose,
    period and sources of Made.
    """
    draft = out.with_name(out.name + ".part")
    try:
        with zipfile.ZipFile(draft, "w", zipfile.ZIP_STORED) as packed:
            digests = {}
            for table, part, path in files:
                name = _member(table, part)
                packed.write(path, name)
                with path.open("rb") as file:
                    digests[name] = hashlib.file_digest(file, "sha256").hexdigest()
            made = Made(rows=rows, parts=parts, digests=digests, **said)
            packed.writestr(HEADER, json.dumps(asdict(made)))
        draft.replace(out)
    finally:
        draft.unlink(missing_ok=True)


def read_header(path: Path) -> Made:
    """What a package says of itself. Raises InputRefused where it is none that we know."""
    try:
        with zipfile.ZipFile(path) as packed:
            told = json.loads(packed.read(HEADER))
        if told["format"] != FORMAT:
            raise InputRefused(
                f"{path}: was made by another version of flow-pipeline (format {told['format']!r}, "
                f"this one reads {FORMAT}). Ask the sender to make it again with this version."
            )
        made = Made(**{**told, "period": tuple(told["period"])})
    except (OSError, zipfile.BadZipFile, ValueError, KeyError, TypeError):
        raise InputRefused(f"{path}: is cut off or damaged. Ask the sender for it again.") from None
    _refuse_foreign_parts(path, made)
    return made


def unpack(path: Path, made: Made, places: Mapping[tuple[str, str], Path]) -> None:
    """Write every part of a package to its place, each checked against digest and table.

    Raises InputRefused for a part that is missing, changed, or not of its table; what was written
    before belongs to no table and is overwritten by the next try.
    """
    try:
        with zipfile.ZipFile(path) as packed:
            for (table, part), place in places.items():
                _unpack_one(packed, made, table, part, place)
    except _OtherTables:
        raise InputRefused(
            f"{path}: was made by another version of flow-pipeline, whose tables differ. "
            f"Ask the sender to make it again with this version."
        ) from None
    except (zipfile.BadZipFile, KeyError, pl.exceptions.PolarsError, ValueError):
        raise InputRefused(
            f"{path}: a part of it is missing, damaged or not what it is said to be. Ask the "
            f"sender for it again."
        ) from None


def _unpack_one(packed: zipfile.ZipFile, made: Made, table: str, part: str, place: Path) -> None:
    name = _member(table, part)
    place.parent.mkdir(parents=True, exist_ok=True)
    draft = place.with_suffix(".part")
    try:
        with packed.open(name) as source, draft.open("wb") as target:
            if _copied(source, target) != made.digests[name]:
                raise ValueError(name)
        _check_table(draft, table, made.parts[table][part])
        draft.replace(place)
    finally:
        draft.unlink(missing_ok=True)


def _check_table(path: Path, table: str, n_rows: int) -> None:
    """Raise ValueError for a file that has not just the columns, types and rows it should. A part
    lacks columns in which it has no value (Store.write_part), never one that must have one."""
    frame = pl.scan_parquet(path)
    found, declared = frame.collect_schema(), all_tables()[table]
    lacking = [c.name for c in declared.columns if c.name not in found]
    nullable = {c.name for c in declared.columns if c.nullable}
    expected = {n: kind for n, kind in declared.schema().items() if n in found}
    if found != pl.Schema(expected) or not nullable.issuperset(lacking):
        raise _OtherTables
    if frame.select(pl.len()).collect().item() != n_rows:
        raise ValueError(table)


def _copied(source: IO[bytes], target: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while chunk := source.read(_CHUNK):
        digest.update(chunk)
        target.write(chunk)
    return digest.hexdigest()


def _member(table: str, part: str) -> str:
    return f"parts/{table}/{part}.parquet"


def _refuse_foreign_parts(path: Path, made: Made) -> None:
    """A part's name becomes the name of a file here, so it must be one that we give."""
    names = [part for parts in made.parts.values() for part in parts]
    if set(made.parts) - set(all_tables()) or not all(_PART.fullmatch(name) for name in names):
        raise InputRefused(
            f"{path}: holds parts that no version of flow-pipeline makes. Ask the sender for it "
            f"again."
        )
