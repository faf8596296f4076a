"""Releases: everything published is made beside the last release and switched in one step."""

import contextlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import sqlalchemy as sa

from flow_pipeline.errors import FlowError, StoreError
from flow_pipeline.publish.digests import digest_in_order, scan
from flow_pipeline.publish.duckdb_store import write_database
from flow_pipeline.publish.masking import masked
from flow_pipeline.publish.reference import code, data_dictionary, pipeline_run, team
from flow_pipeline.store import store_errors
from flow_pipeline.tables import FLOW, FLOW_RELEASE, schema_tables, table
from flow_pipeline.tables.language import Table

CURRENT = "current"
_PARTIAL = ".partial"
_NOTE = "release.json"
_FOLDER_OF_ALL, _FOLDER_OF_ANALYSTS, _FOLDER_OF_OWNER = 0o755, 0o750, 0o700
_FILE_OF_ALL, _FILE_OF_ANALYSTS = 0o644, 0o640
# Not the note: exact row counts and digests of small tables are for analysts.
_TOLD_OF_ALL = {FLOW_RELEASE, "flow_release.duckdb", "aggregates.duckdb"}
# DuckDB calls a database after the file that a link leads to, and takes ``flow.person`` for
# ambiguous where both a database and a schema are called flow: so no real file is called so.
_REAL_FILES = {FLOW: "economy.duckdb", FLOW_RELEASE: "aggregates.duckdb"}

Source = Path | pl.LazyFrame


@dataclass(frozen=True)
class PublishedTable:
    schema: str
    table: str
    n_rows: int
    digest: str


@dataclass(frozen=True)
class Release:
    """A release as it was published. ``tables``: by schema, then name."""

    release_id: str
    path: Path
    tables: tuple[PublishedTable, ...]


def publish_release(
    flow: Mapping[str, Source],
    released: Mapping[str, Source],
    *,
    releases: Path,
    release_id: str,
    link: Path | None,
    release_info: Mapping[str, Any],
    extras: Mapping[str, Path] | None = None,
    keep: int = 3,
) -> Release:
    """Write a release whole, then make it the current one in one step.

    In: ``flow``, the exact tables by name, as Parquet (a file or a folder of them) or frames;
    ``released``, the aggregate tables after disclosure control. Names that are not published are
    left alone. Days of births and deaths are masked here. ``code``, ``data_dictionary``, ``team``
    and ``pipeline_run`` are always made here, the last from ``release_info``: its columns
    by name, and whatever else ``release.json`` shall say. Reference tables of ``flow_release``
    are those of ``flow``. Tables that a later version fills, and detail tables of contracts that
    no source uses, may be missing: they are published empty. ``extras``: folders or files to copy
    into the release, by name there. ``keep``: releases kept, the new one included.

    Out: what was published. Until the last step readers see the release before; a run that died
    leaves a ``.partial`` folder that the next one removes. ``link`` becomes a link to the current
    ``flow.duckdb``.

    Raises StoreError when disk or folder fail, or the release exists; FlowError when a table that
    must be published is missing.
    """
    partial, final = releases / f"{release_id}{_PARTIAL}", releases / release_id
    with _store_errors(releases):
        _make_room(releases, release_id, link)
        try:
            published = _write(partial, flow, released, release_id, release_info, extras or {})
            _protect(partial)
            partial.rename(final)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
        _sync(releases)
        _switch(releases / CURRENT, Path(release_id))
        if link is not None:
            _switch(link, _target_of(link, releases))
        _prune(releases, keep=keep, current=release_id)
    return Release(release_id, final, published)


def current_release(releases: Path) -> str | None:
    """The id of the release that readers see, or None before the first."""
    link = releases / CURRENT
    return os.readlink(link) if link.is_symlink() and link.exists() else None


def release_note(releases: Path, release_id: str | None = None) -> dict[str, Any]:
    """What ``release.json`` says of a release, the current one when not told which."""
    with _store_errors(releases):
        text = (releases / (release_id or CURRENT) / _NOTE).read_text(encoding="utf-8")
    return dict(json.loads(text))


def _make_room(releases: Path, release_id: str, link: Path | None) -> None:
    releases.mkdir(parents=True, exist_ok=True)
    for leftover in releases.glob(f"*{_PARTIAL}"):
        shutil.rmtree(leftover)
    if current_release(releases) == release_id:
        raise StoreError(
            f"{releases / release_id}: this release is published already. "
            "Publish under a new release id."
        )
    if (releases / release_id).exists():  # whole, but its run died before the switch
        shutil.rmtree(releases / release_id)
    if link is not None and link.exists() and not link.is_symlink():
        raise StoreError(
            f"{link}: publishing puts a link here, but there is a file. "
            "Move it away, or name another file under publish in the configuration."
        )


def _write(
    partial: Path,
    flow: Mapping[str, Source],
    released: Mapping[str, Source],
    release_id: str,
    info: Mapping[str, Any],
    extras: Mapping[str, Path],
) -> tuple[PublishedTable, ...]:
    partial.mkdir(mode=_FOLDER_OF_OWNER)  # until it is whole and protected
    parquet = partial / "parquet"
    published = []
    for schema, frames in _frames(flow, released).items():
        for declared in schema_tables()[schema]:
            if declared.name != "pipeline_run":
                frame = frames[declared.name]
                published.append(_write_table(parquet, schema, declared, frame))
    run = pipeline_run(info, release_id=release_id, **_by_table(published))
    published.append(_write_table(parquet, FLOW, table("pipeline_run"), run))
    only_released = {FLOW_RELEASE: schema_tables()[FLOW_RELEASE]}
    for name, schemas in ((FLOW, schema_tables()), (FLOW_RELEASE, only_released)):
        write_database(partial / _REAL_FILES[name], schemas, parquet)
        (partial / f"{name}.duckdb").symlink_to(_REAL_FILES[name])
    for name, source in extras.items():
        copy = shutil.copytree if source.is_dir() else shutil.copyfile
        copy(source, partial / name)
    in_order = tuple(sorted(published, key=lambda p: (p.schema, p.table)))
    note = {**info, "release_id": release_id, "tables": [asdict(p) for p in in_order]}
    (partial / _NOTE).write_text(json.dumps(note, indent=2, sort_keys=True, default=str) + "\n")
    return in_order


def _by_table(published: list[PublishedTable]) -> dict[str, dict[str, Any]]:
    return {
        "row_counts": {f"{p.schema}.{p.table}": p.n_rows for p in published},
        "content_digests": {f"{p.schema}.{p.table}": p.digest for p in published},
    }


def _frames(
    flow: Mapping[str, Source], released: Mapping[str, Source]
) -> dict[str, dict[str, pl.LazyFrame]]:
    """The frame of every table of both schemas, days masked."""
    ours = {**_opened(flow), "code": code(), "data_dictionary": data_dictionary()}
    if "care_event" in ours:
        ours["team"] = team(ours["care_event"])
    references = {t.name for t in schema_tables()[FLOW_RELEASE] if t.release_class == "reference"}
    shared = {name: frame for name, frame in ours.items() if name in references}
    wanted = schema_tables()
    exact = {t.name: _given(ours, FLOW, t) for t in wanted[FLOW] if t.name != "pipeline_run"}
    theirs = {**shared, **_opened(released)}
    safe = {t.name: _given(theirs, FLOW_RELEASE, t) for t in wanted[FLOW_RELEASE]}
    return {FLOW: masked(exact), FLOW_RELEASE: safe}


def _opened(sources: Mapping[str, Source]) -> dict[str, pl.LazyFrame]:
    return {n: scan(s) if isinstance(s, Path) else s for n, s in sources.items()}


def _given(frames: Mapping[str, pl.LazyFrame], schema: str, declared: Table) -> pl.LazyFrame:
    if declared.name in frames:
        return frames[declared.name]
    if declared.later or declared.name.startswith("detail_"):
        return declared.empty()
    raise FlowError(
        f"Table {schema}.{declared.name} was not made, so nothing was published. "
        "This is a fault of ours: run again from the first stage, and report it if it stays."
    )


def _write_table(
    parquet: Path, schema: str, declared: Table, frame: pl.LazyFrame
) -> PublishedTable:
    folder = parquet / schema / declared.name
    folder.mkdir(parents=True)
    file = folder / f"{declared.name}.parquet"
    declared.conform(frame).sink_parquet(file)
    n_rows = int(scan(file).select(pl.len()).collect().item())
    return PublishedTable(schema, declared.name, n_rows, digest_in_order(scan(file), declared))


def _protect(folder: Path) -> None:
    """Modes by who may read, and everything on the disk before anything points to it."""
    for path in [folder, *folder.rglob("*")]:
        inside = path.relative_to(folder).parts
        of_all = not inside or inside == ("parquet",) or bool(_TOLD_OF_ALL & set(inside))
        if path.is_dir():
            path.chmod(_FOLDER_OF_ALL if of_all else _FOLDER_OF_ANALYSTS)
        else:
            path.chmod(_FILE_OF_ALL if of_all else _FILE_OF_ANALYSTS)
        _sync(path)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _switch(link: Path, target: Path) -> None:
    """Make ``link`` point at ``target``, in one step whatever it pointed at before."""
    link.parent.mkdir(parents=True, exist_ok=True)
    new = link.with_name(f"{link.name}.new")
    new.unlink(missing_ok=True)
    new.symlink_to(target)
    os.replace(new, link)
    _sync(link.parent)


def _target_of(link: Path, releases: Path) -> Path:
    """Where the link points, relative so that it holds when both are moved or mounted together."""
    current = releases.resolve() / CURRENT
    return Path(os.path.relpath(current, link.parent.resolve())) / "flow.duckdb"


def _prune(releases: Path, *, keep: int, current: str) -> None:
    """Remove the oldest releases beyond ``keep``, never the current one."""
    others = [p for p in releases.iterdir() if (p / _NOTE).exists() and not p.is_symlink()]
    others = [p for p in others if p.name != current]
    others.sort(key=lambda p: ((p / _NOTE).stat().st_mtime_ns, p.name), reverse=True)
    for old in others[max(keep - 1, 0) :]:
        shutil.rmtree(old)


@contextlib.contextmanager
def _store_errors(releases: Path) -> Iterator[None]:
    """Faults of disk, folder and database as a StoreError that holds no value: what the libraries
    say may quote rows."""
    with store_errors(releases):
        try:
            yield
        except (duckdb.Error, sa.exc.SQLAlchemyError) as error:
            kind = type(getattr(error, "orig", None) or error).__name__
            raise StoreError(
                f"{releases}: the database could not be written ({kind}). Check free disk space "
                "and permissions and run again; the last release stands."
            ) from None
        except pl.exceptions.PolarsError as error:
            if "os error" in str(error).lower():
                raise  # of the disk: told by the block around this one
            raise FlowError(
                f"A table could not be published ({type(error).__name__}); the last release "
                "stands. This is a fault of ours: please report it."
            ) from None
