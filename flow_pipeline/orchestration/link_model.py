"""The linkage model from run to run: kept while records stay much the same, then learned anew."""

import polars as pl

from flow_pipeline.link.kept import KEPT_TABLES, as_tables, from_tables
from flow_pipeline.link.weighing import Kept
from flow_pipeline.orchestration.economy_run import EconomyRun
from flow_pipeline.orchestration.step import code_digest

# Records more, or fewer, than the model was learned from, before it is learned anew: a quarter in
# three years.
_MOST_GROWN = 0.1


def kept(run: EconomyRun) -> Kept | None:
    """What the last run kept of linkage, while it serves; None where all is to be done anew.

    It serves while code, key, bridge tables and configured threshold are the same and records are
    at most a tenth more or fewer than those that the model was learned from.
    """
    if not run.store.made_together(KEPT_TABLES):
        return None
    learned = run.store.scan("link_model").collect().row(0, named=True)
    now = _circumstances(run)
    is_same = all(learned[name] == now[name] for name in now)
    grown = abs(n_accepted(run) / max(learned["n_records"], 1) - 1)
    if not is_same or grown > _MOST_GROWN:
        return None
    return from_tables({name: run.store.scan(name) for name in KEPT_TABLES})


def to_keep(run: EconomyRun, made: Kept, before: Kept | None) -> dict[str, pl.LazyFrame]:
    """Tables for the next run. ``before``: what this run was given by ``kept``."""
    learned = {"n_records": n_accepted(run), "learned_by": run.run_id}
    if before is not None:
        learned = run.store.scan("link_model").select(*learned).collect().row(0, named=True)
    return as_tables(made, **learned, **_circumstances(run))


def learned_by(run: EconomyRun) -> str | None:
    """The run that learned the model in use."""
    told = run.store.scan("link_model").select("learned_by").collect()
    return None if told.is_empty() else str(told.item())


def n_accepted(run: EconomyRun) -> int:
    """Accepted records that no later ones have replaced."""
    return run.store.n_rows("record_token") - run.store.n_rows("settled")


def _circumstances(run: EconomyRun) -> dict[str, object]:
    return {
        "code": code_digest(),
        "key_id": run.keys.key_id,
        "configured_threshold": run.economy.link_threshold,
        # What was kept of an identity is looked up by what its own row says.
        "bridge": run.store.digest("foreign_bridge"),
    }
