"""What every asset of a run shares: the economy, its store and keys, and the run's lock."""

import datetime as dt
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import dagster as dg

from flow_pipeline.config import Economy, load_economy
from flow_pipeline.governance.key_file import read_key
from flow_pipeline.lock import run_lock
from flow_pipeline.orchestration.key_note import refuse_other_key
from flow_pipeline.orchestration.spark import require_spark
from flow_pipeline.pseudonymise import KeyRing
from flow_pipeline.store import Store, remove_leftovers


@dataclass(frozen=True)
class EconomyRun:
    """One run on one economy."""

    economy: Economy
    store: Store
    keys: KeyRing
    run_id: str
    started_at: dt.datetime  # UTC, naive
    progress: Callable[[str], None]
    verify: bool = False

    @property
    def contracts(self) -> tuple[str, ...]:
        return contracts_of(self.economy)


def contracts_of(economy: Economy) -> tuple[str, ...]:
    """Names of the contracts that the economy's sources keep, in order."""
    return tuple(sorted({source.contract.name for source in economy.sources}))


@contextmanager
def economy_run(
    config: Path, *, progress: Callable[[str], None] = lambda _: None, verify: bool = False
) -> Iterator[EconomyRun]:
    """Read configuration and key, take the lock, and hold it while the run goes on."""
    economy = load_economy(config)
    keys = read_key(economy.purpose, economy.key_file, variable=economy.key_env)
    store = Store(economy.root)
    with run_lock(economy.root):
        store.prepare()
        refuse_other_key(store, keys)
        remove_leftovers(economy.root)
        started = dt.datetime.now(dt.UTC).replace(tzinfo=None)
        run_id = f"{started:%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
        yield EconomyRun(economy, store, keys, run_id, started, progress, verify)


def economy_resource(
    config: Path, *, progress: Callable[[str], None] = lambda _: None, verify: bool = False
) -> dg.ResourceDefinition:
    """The resource ``economy_run``: one lock for one run, whichever door it came by."""

    @dg.resource(description="The economy, its store and keys, under the run's lock.")
    def _resource(_: dg.InitResourceContext) -> Iterator[EconomyRun]:
        with economy_run(config, progress=progress, verify=verify) as run:
            require_spark(run.economy)
            yield run

    return _resource
