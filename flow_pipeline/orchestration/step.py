"""How every asset is materialised: skipped when nothing it is made from has changed, sealed so that
no value of a person can reach Dagster's log through an exception."""

import hashlib
import json
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import dagster as dg
import polars as pl

import flow_pipeline
from flow_pipeline.errors import FlowError
from flow_pipeline.orchestration.economy_run import EconomyRun
from flow_pipeline.store import Written, store_errors
from flow_pipeline.tables import all_tables


@dataclass(frozen=True)
class Added:
    """Rows that come to those that a table has. ``lost``: keys of those that hold no more."""

    rows: pl.LazyFrame
    lost: pl.Series


Tables = Mapping[str, pl.LazyFrame]
Made = Mapping[str, pl.LazyFrame | Added]


@cache
def code_digest() -> str:
    """Digest of the package's own code: other code, other results."""
    root = Path(flow_pipeline.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def made_from(run: EconomyRun, step: str, inputs: tuple[str, ...], parameters: object) -> str:
    """Fingerprint of all that a step's results depend on."""
    digests = {name: run.store.digest(name) for name in inputs}
    told = json.dumps([code_digest(), step, parameters, digests], sort_keys=True, default=str)
    return hashlib.sha256(told.encode()).hexdigest()


@contextmanager
def sealed(step: str) -> Iterator[None]:
    """Let only errors of ours out of a step.

    A library's exception may quote a value of a person. What leaves instead names the step, the
    kind of exception and the place in our code: enough to mend it, nothing to leak.
    """
    try:
        yield
    except (FlowError, KeyboardInterrupt):
        raise
    except Exception as error:
        place = _own_place(error)
        kind = type(error).__name__
        raise FlowError(
            f"A fault of ours in step {step}: {kind} at {place}. Nothing was published. Please "
            f"report this line; its details are withheld because they may hold personal data."
        ) from None


def _own_place(error: BaseException) -> str:
    root = Path(flow_pipeline.__file__).parent
    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if Path(f.filename).is_relative_to(root)]
    if not own:
        return "an unknown place"
    return f"{Path(own[-1].filename).relative_to(root).as_posix()}:{own[-1].lineno}"


def materialise(
    run: EconomyRun,
    step: str,
    *,
    outputs: tuple[str, ...],
    inputs: tuple[str, ...],
    build: Callable[[], Made],
    parameters: object = None,
) -> Iterator[dg.MaterializeResult]:
    """Write the step's tables, or find them current; yield one result with counts for each.

    ``build`` is called only when a table is missing or was made from something else. It reads
    ``inputs`` through the store and returns one frame, or rows to add, per output.
    """
    fingerprint = made_from(run, step, inputs, parameters)
    known = [run.store.current(name, fingerprint) for name in outputs]
    if all(known):
        yield from (result(written, unchanged=True) for written in known if written)
        return
    run.progress(step)
    with sealed(step), store_errors(run.store.root):
        frames = build()
        written = [_written(run, name, frames[name], fingerprint) for name in outputs]
    yield from (result(one) for one in written)


def _written(run: EconomyRun, name: str, made: pl.LazyFrame | Added, fingerprint: str) -> Written:
    if isinstance(made, Added):
        return run.store.add(all_tables()[name], made.rows, made_from=fingerprint, lost=made.lost)
    return run.store.write(all_tables()[name], made, made_from=fingerprint)


def result(written: Written, *, unchanged: bool = False) -> dg.MaterializeResult:
    """What Dagster is told of a table: counts and digest, never a row."""
    return dg.MaterializeResult(
        asset_key=written.table,
        metadata={"dagster/row_count": written.n_rows, "unchanged": unchanged},
        data_version=dg.DataVersion(written.digest),
    )


def specs(
    names: tuple[str, ...], *, group: str, deps: tuple[str, ...], owner: str
) -> list[dg.AssetSpec]:
    """Asset specs of tables: named, described and owned as declared."""
    return [
        dg.AssetSpec(
            name,
            group_name=group,
            deps=list(deps),
            owners=[owner],
            description=f"{all_tables()[name].meaning} One row: {all_tables()[name].grain}.",
            kinds={"polars", "parquet"},
        )
        for name in names
    ]
