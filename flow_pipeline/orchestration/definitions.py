"""The Dagster code location. Assembly only: no asset, check or resource is defined here.

It reads the configuration that FLOW_PIPELINE_CONFIG names; without it, that of the demo where there
is one; else it loads with one asset that says what to set.
"""

import os
from collections.abc import Callable
from pathlib import Path

import dagster as dg

from flow_pipeline.config import load_economy
from flow_pipeline.errors import FlowError
from flow_pipeline.orchestration import (
    cohorts,
    flow,
    ingest,
    journeys,
    link,
    link_review,
    reference,
)
from flow_pipeline.orchestration.economy_run import contracts_of, economy_resource
from flow_pipeline.orchestration.feedback import feedback_asset
from flow_pipeline.orchestration.jobs import JOBS, SCHEDULES
from flow_pipeline.orchestration.link_quality import link_quality_assets
from flow_pipeline.orchestration.publish import release_asset
from flow_pipeline.orchestration.quality import core_checks, quality_assets
from flow_pipeline.orchestration.reconciliation import reconciliation_asset
from flow_pipeline.orchestration.unconfigured import unconfigured

_VARIABLE = "FLOW_PIPELINE_CONFIG"
_DEMO = Path("anyborough") / "economy.yaml"


def build_definitions(
    config: Path | None,
    *,
    progress: Callable[[str], None] = lambda _: None,
    verify: bool = False,
) -> dg.Definitions:
    """The definitions of one economy. Raises ConfigurationError for a configuration with faults."""
    if config is None:
        return unconfigured(f"Set {_VARIABLE} to the path of an economy.yaml, then reload.")
    contracts = contracts_of(load_economy(config))
    return dg.Definitions(
        assets=[
            *reference.ASSETS,
            ingest.ingest_assets(contracts),
            reconciliation_asset(contracts),
            feedback_asset,
            *link.ASSETS,
            *link_quality_assets(contracts),
            *journeys.journey_assets(contracts),
            *link_review.ASSETS,
            *cohorts.ASSETS,
            *flow.ASSETS,
            quality_assets(contracts),
            release_asset(contracts),
        ],
        asset_checks=[core_checks(contracts)],
        jobs=JOBS,
        schedules=SCHEDULES,
        resources={"economy_run": economy_resource(config, progress=progress, verify=verify)},
        executor=dg.in_process_executor,
    )


def configured_definitions() -> dg.Definitions:
    """Those of the environment; faults of its configuration are shown among the assets."""
    named = os.environ.get(_VARIABLE)
    config = Path(named) if named else _DEMO if _DEMO.exists() else None
    try:
        return build_definitions(config)
    except FlowError as error:
        return unconfigured(f"{error}\nMend this, then reload.")


defs = configured_definitions()
