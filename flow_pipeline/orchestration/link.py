"""Assets of linkage: which record is whose, and the ledger that this completes."""

import json
from collections.abc import Iterator

import dagster as dg
import duckdb
import polars as pl

from flow_pipeline.ingest import row_ledger
from flow_pipeline.link import THRESHOLD, Linked, link
from flow_pipeline.link.anchors import anchors_of
from flow_pipeline.link.kept import KEPT_TABLES
from flow_pipeline.link.reach import Stood
from flow_pipeline.link.renewed import Renewed, renewed
from flow_pipeline.orchestration.bridges import bridge_asset, bridge_counts
from flow_pipeline.orchestration.economy_run import EconomyRun
from flow_pipeline.orchestration.key_note import note_first, note_linked
from flow_pipeline.orchestration.link_decisions import read_decisions
from flow_pipeline.orchestration.link_model import kept, to_keep
from flow_pipeline.orchestration.link_stood import SEEN_TABLES, seen, stood
from flow_pipeline.orchestration.link_tokens import accepted_tokens
from flow_pipeline.orchestration.spark import spark_session
from flow_pipeline.orchestration.step import Added, Made, materialise, specs
from flow_pipeline.store import write_text
from flow_pipeline.tables.linkage import PERSON_HISTORY

_OUTPUTS = (
    "person_link",
    "person_registry",
    "person_history",
    "link_refusal",
    "link_decision",
    *KEPT_TABLES,
    *SEEN_TABLES,
    "record_anchor",  # last: the registry must not be older than what ties it to its records
)
SEED = 1
_INPUTS = ("record_token", "record_identity", "settled", "foreign_bridge", "link_threshold")


@dg.multi_asset(
    name="link",
    specs=specs(_OUTPUTS, group="link", deps=_INPUTS, owner="team:linkage"),
)
def link_assets(economy_run: dg.ResourceParam[EconomyRun]) -> Iterator[dg.MaterializeResult]:
    """Persons from tokens. The registry of the last run, and what it kept of comparing, are read
    but are not part of what the result is made from: they say which ids there are and what need
    not be compared anew."""
    run = economy_run
    decisions = read_decisions(run.economy.link_decisions)
    counts: dict[str, int] = {}

    def build() -> Made:
        note_first(run.store, run.keys)
        before = kept(run)
        digests = run.store.part_digests("record_token")
        last = None if before is None else stood(run, digests)
        tokens = accepted_tokens(run)
        anchors = anchors_of(tokens if last is None else last.came).collect()
        again = _renewed(run, anchors if last is None else None)
        with duckdb.connect(":memory:") as connection, spark_session(run.economy) as session:
            linked = link(
                tokens,
                again.registry.lazy(),
                person_key=run.keys.sub_key("person"),
                connection=connection,
                run_id=run.run_id,
                seed=SEED,
                threshold=threshold_of(run),
                decisions=decisions,
                before=before,
                stood=last,
                session=session,
            )
        counts.update(linked.notes | again.counts | bridge_counts(run))
        model = {"model": vars(linked.kept.model), "notes": counts}
        write_text(run.store.root / "linkage" / "model.json", json.dumps(model, indent=2))
        # read before it is written over
        earlier = [run.store.scan("person_history"), again.history.lazy()]
        history = pl.concat([*earlier, linked.person_history]).collect()
        return {
            "person_link": _person_link(last, linked),
            "person_registry": linked.person_registry,
            "person_history": history.lazy(),
            "link_refusal": linked.refusals,
            "link_decision": linked.decisions,
            **to_keep(run, linked.kept, before),
            **seen(run, digests, linked),
            "record_anchor": _record_anchor(last, anchors),
        }

    yield from materialise(
        run,
        "link",
        outputs=_OUTPUTS,
        inputs=_INPUTS,
        build=build,
        parameters={
            "seed": SEED,
            "decisions": decisions.rows(),
            "key": run.keys.key_id,
        },
    )
    note_linked(run.store, run.keys, run.run_id, counts)


def _renewed(run: EconomyRun, anchors: pl.DataFrame | None) -> Renewed:
    """The registry of the last run, empty without one, with anchors as they are made now.

    ``anchors``: table record_anchor of now; None where no record's can have changed.
    """
    registry = run.store.scan("person_registry").collect()
    if anchors is None:
        return Renewed(registry, PERSON_HISTORY.empty().collect(), 0, 0)
    before = run.store.scan("record_anchor").collect()
    return renewed(registry, before, anchors, run_id=run.run_id)


def _person_link(last: Stood | None, linked: Linked) -> pl.LazyFrame | Added:
    """Table person_link."""
    if last is None:
        return linked.person_link
    return Added(linked.person_link.sort("record_key"), lost=linked.lost)


def _record_anchor(last: Stood | None, made: pl.DataFrame) -> pl.LazyFrame | Added:
    """Table record_anchor. ``made``: rows of the records that were read now."""
    if last is None:
        return made.lazy()
    return Added(made.lazy(), lost=last.went["record_key"])


def threshold_of(run: EconomyRun) -> float:
    """The match weight in bits from which a pair is one person, as it was chosen."""
    found = run.store.scan("link_threshold").filter("is_chosen").select("threshold").collect()
    return float(found.item()) if found.height else THRESHOLD


@dg.multi_asset(
    name="row_ledger",
    specs=specs(
        ("row_ledger",),
        group="link",
        deps=("row_status", "settled", "link_refusal", "file_count"),
        owner="team:data-engineers",
    ),
)
def row_ledger_asset(economy_run: dg.ResourceParam[EconomyRun]) -> Iterator[dg.MaterializeResult]:
    """Where each delivered row went."""
    scan = economy_run.store.scan
    inputs = ("file_count", "row_status", "settled", "link_refusal")
    yield from materialise(
        economy_run,
        "row_ledger",
        outputs=("row_ledger",),
        inputs=inputs,
        build=lambda: {"row_ledger": row_ledger(*(scan(name) for name in inputs))},
    )


ASSETS = [bridge_asset, link_assets, row_ledger_asset]
