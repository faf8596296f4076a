"""Extracts pseudonymised by their sender: made there, and taken here in their place."""

import datetime as dt
import secrets
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from flow_pipeline.config import Economy, Source, load_economy
from flow_pipeline.errors import ConfigurationError, InputRefused, KeyOrPurposeError
from flow_pipeline.governance.key_file import read_key
from flow_pipeline.ingest.intake import Taken, sources_by_file
from flow_pipeline.ingest.package import Made, Parts, Rows, read_header, unpack, write_package
from flow_pipeline.orchestration.batch import Batch
from flow_pipeline.orchestration.economy_run import EconomyRun
from flow_pipeline.orchestration.landing import Landed, Landing, plain_rows
from flow_pipeline.orchestration.step import sealed
from flow_pipeline.orchestration.taking import take_file
from flow_pipeline.store import Store, store_errors


def pseudonymise_sources(
    config: Path,
    names: Sequence[str],
    out: Path,
    *,
    progress: Callable[[str], None] = lambda _: None,
) -> Made:
    """Make a package of the files of one source, or of several that share files.

    Out: what the package says of itself. Nothing is written but the package and, while it is
    made, pseudonymised parts in a folder of their own that is removed.
    Raises ConfigurationError for a source that is none, or whose files serve others too;
    InputRefused with a line for every file that cannot be taken, and then writes nothing.
    """
    economy = load_economy(config)
    files = _files(economy, names)
    keys = read_key(economy.purpose, economy.key_file, variable=economy.key_env)
    with (
        store_errors(out.parent),
        tempfile.TemporaryDirectory(prefix=".pseudonymise-", dir=out.parent) as folder,
    ):
        store = Store(Path(folder), is_sent=True)
        started = dt.datetime.now(dt.UTC).replace(tzinfo=None)
        run = EconomyRun(economy, store, keys, secrets.token_hex(3), started, progress)
        rows, parts = _taken(run, files)
        write_package(
            out,
            (
                (table, part, store.part_path(table, part))
                for table, own in parts.items()
                for part in own
            ),
            rows,
            parts,
            **_said(run, [source for _, serving in files for source in serving]),
        )
    return read_header(out)


def take_package(run: EconomyRun, landed: Landed) -> tuple[Rows, Parts]:
    """Put the parts of a package where a run's own would be; returns what is known of it.

    Raises KeyOrPurposeError for another key or purpose, and InputRefused for a package of other
    sources or another period, or a damaged one.
    """
    made = read_header(landed.path)
    _refuse_key(run, landed.path, made)
    _refuse_other(run, landed, made)
    places = {
        (table, part): run.store.part_path(table, part)
        for table, parts in made.parts.items()
        for part in parts
    }
    unpack(landed.path, made, places)
    return made.rows, made.parts


def _files(economy: Economy, names: Sequence[str]) -> list[tuple[Path, tuple[Source, ...]]]:
    known = {source.name for source in economy.sources}
    if unknown := sorted(set(names) - known):
        raise ConfigurationError(
            f"No source {', '.join(unknown)}; there are {', '.join(sorted(known))}."
        )
    files = [
        (path, serving)
        for path, serving in sources_by_file(economy.sources).items()
        if any(source.name in names for source in serving)
    ]
    wanted = {source.name for _, serving in files for source in serving}
    if more := sorted(wanted - set(names)):
        raise ConfigurationError(
            f"The files of {', '.join(names)} also serve {', '.join(more)}. Name all of them, each "
            f"with --source: they go into one package."
        )
    return files


def _taken(run: EconomyRun, files: list[tuple[Path, tuple[Source, ...]]]) -> tuple[Rows, Parts]:
    landing = Landing(run.store, run.economy.config_dir)
    sources = list({source.name: source for _, own in files for source in own}.values())
    batch = Batch(run)
    taken: list[Taken] = []
    refusals: list[str] = []
    with sealed("pseudonymise"):
        try:
            for landed in landing.files(sources, verify=True):
                run.progress(f"pseudonymise: file {len(taken) + 1} of {len(files)}")
                try:
                    taken.append(take_file(run, landed, batch, landed.digest))
                except InputRefused as refusal:
                    refusals.append(str(refusal))
            batch.finish()
        finally:
            batch.close()
    if refusals:
        raise InputRefused("\n".join(refusals))
    rows: Rows = {}
    parts: Parts = {}
    for one in taken:
        for name, own in plain_rows(one).items():
            rows.setdefault(name, []).extend(own)
        for table, written in batch.parts(one.file_id).items():
            parts.setdefault(table, {}).update(written)
    return rows, parts


def _said(run: EconomyRun, sources: Sequence[Source]) -> dict[str, object]:
    economy = run.economy
    return {
        "key_id": run.keys.key_id,
        "purpose": economy.purpose,
        "period": (str(economy.period_start), str(economy.period_end)),
        "sources": {source.name: source.contract.name for source in sources},
    }


def _refuse_key(run: EconomyRun, path: Path, made: Made) -> None:
    if made.key_id != run.keys.key_id:
        raise KeyOrPurposeError(
            f"{path}: was pseudonymised with key {made.key_id}, this economy uses "
            f"{run.keys.key_id}: nothing in it would link. Give the sender this key and ask for it "
            f"again; where the key was rotated, packages made before need that too."
        )
    if made.purpose != run.economy.purpose:
        raise KeyOrPurposeError(
            f"{path}: was pseudonymised for purpose {made.purpose!r}, this run is for "
            f"{run.economy.purpose!r}: nothing in it would link. Ask the sender to make it again "
            f"for this purpose."
        )


def _refuse_other(run: EconomyRun, landed: Landed, made: Made) -> None:
    expected = {source.name: source.contract.name for source in landed.sources}
    if dict(made.sources) != expected:
        raise InputRefused(
            f"{landed.path}: was made for {_listed(made.sources)}, but is configured as "
            f"{_listed(expected)}. Name the sources alike on both sides."
        )
    period = (str(run.economy.period_start), str(run.economy.period_end))
    if made.period != period:
        raise InputRefused(
            f"{landed.path}: was made for the period {' to '.join(made.period)}, this economy "
            f"looks at {' to '.join(period)}. Ask the sender to make it again for this period."
        )


def _listed(sources: object) -> str:
    items = dict(sources).items()  # type: ignore[call-overload]
    return ", ".join(f"source {name} ({contract})" for name, contract in items)
