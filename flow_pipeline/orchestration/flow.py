"""Assets of flow: hand-offs, waits by cumulative incidence, and what the gap rule does."""

from collections.abc import Iterator

import dagster as dg

from flow_pipeline.flow import handoff_matrix, wait_summary
from flow_pipeline.journeys import gap_sensitivity
from flow_pipeline.orchestration.buckets import stored_buckets
from flow_pipeline.orchestration.economy_run import EconomyRun
from flow_pipeline.orchestration.step import materialise, specs

_OWNER = "team:analysts"
_BRIDGING = ("event", "spell_draft", "spell_member")


@dg.multi_asset(
    name="handoffs",
    specs=specs(("handoff_matrix",), group="flow", deps=("journey_step", "event"), owner=_OWNER),
)
def handoff_assets(economy_run: dg.ResourceParam[EconomyRun]) -> Iterator[dg.MaterializeResult]:
    """Hand-offs between units and their waits."""
    scan = economy_run.store.scan
    yield from materialise(
        economy_run,
        "handoff_matrix",
        outputs=("handoff_matrix",),
        inputs=("journey_step", "event"),
        build=lambda: {"handoff_matrix": handoff_matrix(scan("journey_step"), scan("event"))},
    )


@dg.multi_asset(
    name="waits",
    specs=specs(("wait_summary",), group="flow", deps=("delay",), owner=_OWNER),
)
def wait_assets(economy_run: dg.ResourceParam[EconomyRun]) -> Iterator[dg.MaterializeResult]:
    """Measured waits by cumulative incidence."""
    begins = economy_run.economy.period_start
    delay = economy_run.store.scan("delay")
    yield from materialise(
        economy_run,
        "wait_summary",
        outputs=("wait_summary",),
        inputs=("delay",),
        build=lambda: {"wait_summary": wait_summary(delay, begins)},
        parameters=begins,
    )


@dg.multi_asset(
    name="gap_rules",
    specs=specs(("gap_sensitivity",), group="flow", deps=_BRIDGING, owner=_OWNER),
)
def gap_assets(economy_run: dg.ResourceParam[EconomyRun]) -> Iterator[dg.MaterializeResult]:
    """Journeys under other gap rules, of all persons together."""
    buckets = stored_buckets(economy_run, _BRIDGING)
    yield from materialise(
        economy_run,
        "gap_sensitivity",
        outputs=("gap_sensitivity",),
        inputs=_BRIDGING,
        build=lambda: {"gap_sensitivity": gap_sensitivity(tables() for tables in buckets)},
    )


ASSETS = [handoff_assets, wait_assets, gap_assets]
