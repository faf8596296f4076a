"""``flow-pipeline run``: the Dagster job, in this process, from first file to published release."""

import gc
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import dagster as dg

from flow_pipeline.config import load_economy
from flow_pipeline.errors import FlowError
from flow_pipeline.orchestration.definitions import build_definitions
from flow_pipeline.orchestration.jobs import EVERYTHING, STAGE_JOBS
from flow_pipeline.orchestration.key_note import read_note
from flow_pipeline.publish.releases import current_release
from flow_pipeline.publish.summary import Summary, summarise
from flow_pipeline.store import Store

_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass(frozen=True)
class Outcome:
    """What a run came to; ``rotation`` as key_note has it, where tokens were made anew."""

    release_id: str
    is_new: bool
    summary: Summary
    places: dict[str, str]
    rotation: dict[str, str | int] | None = None


def run_economy(
    config: Path,
    *,
    only: str | None = None,
    verify: bool = False,
    progress: Callable[[str], None] = lambda _: None,
) -> Outcome:
    """Materialise the economy's assets and say what came of it.

    The same assets, checks and lock as in Dagster's own interface. Raises the FlowError that
    stopped the run, with the last published release as it was.
    """
    economy = load_economy(config)
    store = Store(economy.root)
    before, rotated_before = current_release(economy.root / "releases"), _last_rotation(store)
    definitions = build_definitions(config, progress=progress, verify=verify)
    job = definitions.resolve_job_def(STAGE_JOBS[only] if only else EVERYTHING)
    with _instance() as instance, _own_errors(), libraries_left_alone():
        job.execute_in_process(instance=instance, run_config=_QUIET, raise_on_error=True)
    after = current_release(economy.root / "releases")
    rotated = _last_rotation(store)
    return Outcome(
        release_id=after or "",
        is_new=after != before,
        summary=summarise(store.scan, economy.period_end),
        places=_places(economy.root, economy.publish_path, config),
        rotation=rotated if rotated != rotated_before else None,
    )


@contextmanager
def libraries_left_alone() -> Iterator[None]:
    """Let Python not look for garbage among what is there already.

    That is Dagster, Splink and the like, some 300,000 objects that live as long as the process: to
    go through all of them takes a tenth of a second, which is much of a run to which little came.
    """
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _last_rotation(store: Store) -> dict[str, str | int] | None:
    note = read_note(store)
    return note.rotations[-1] if note and note.rotations else None


@contextmanager
def _own_errors() -> Iterator[None]:
    """Let our error out of the one that Dagster wraps round it."""
    try:
        yield
    except dg.DagsterExecutionInterruptedError:
        raise KeyboardInterrupt from None
    except dg.DagsterError as error:
        cause: BaseException | None = error
        while cause is not None and not isinstance(cause, FlowError):
            cause = cause.__cause__
        if cause is None:
            raise
        raise cause from None


def _instance() -> dg.DagsterInstance:
    """Dagster's own records where DAGSTER_HOME says, else none: the release keeps its own."""
    if os.environ.get("DAGSTER_HOME"):
        return dg.DagsterInstance.get()
    return dg.DagsterInstance.ephemeral()


def _places(root: Path, database: Path, config: Path) -> dict[str, str]:
    current = root / "releases" / "current"
    return {
        "database": str(database),
        "Parquet": str(current / "parquet"),
        "data docs": str(current / "data_docs" / "index.html"),
        "ask why": f"flow-pipeline explain person {config} PERSON_ID",
        "Dagster": f"FLOW_PIPELINE_CONFIG={config} dagster dev -w workspace.yaml",
    }
