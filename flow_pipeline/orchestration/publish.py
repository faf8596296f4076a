"""The last asset: the gate, then the release."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import polars as pl

import flow_pipeline
from flow_pipeline.contracts import contract
from flow_pipeline.errors import LinkageBlocked, QualityBlocked
from flow_pipeline.orchestration.economy_run import EconomyRun
from flow_pipeline.orchestration.quality import checked_tables, released_tables_of
from flow_pipeline.orchestration.reference import version_of
from flow_pipeline.orchestration.step import made_from, sealed
from flow_pipeline.publish.releases import current_release, publish_release, release_note
from flow_pipeline.quality import require_passed
from flow_pipeline.store import store_errors

_REFERENCES = ("organisations", "postcodes", "deprivation", "areas", "unit_costs")
_LINKAGE_CHECKS = ("L", "D")  # catalogue letters whose failure is of linkage or disclosure


def release_asset(contracts: tuple[str, ...]) -> dg.AssetsDefinition:
    """The asset ``release`` for an economy whose sources keep these contracts."""
    tables = (*checked_tables(contracts), "quality_result")

    @dg.multi_asset(
        name="publish",
        specs=[
            dg.AssetSpec(
                "release",
                group_name="publish",
                deps=list(tables),
                owners=["team:data-engineers"],
                description="DuckDB and Parquet of both schemas, switched in one step.",
                kinds={"duckdb", "parquet"},
            )
        ],
    )
    def _publish(economy_run: dg.ResourceParam[EconomyRun]) -> Iterator[dg.MaterializeResult]:
        """Publish, unless the gate blocks or nothing has changed."""
        run = economy_run
        parameters = run.economy.parameters()
        fingerprint = made_from(run, "publish", tables, parameters)
        with sealed("publish"), store_errors(run.store.root):
            pass_gate(run.store.scan("quality_result"))
            if not _is_published(run, fingerprint):
                run.progress("publish")
                _publish_new(run, contracts, tables, fingerprint)
        released = current_release(_releases(run))
        yield dg.MaterializeResult(asset_key="release", metadata={"release_id": released or ""})

    return _publish


def pass_gate(results: pl.LazyFrame) -> None:
    """Let publishing go on, or raise QualityBlocked, or LinkageBlocked where it is linkage or
    disclosure alone that blocks."""
    of_linkage = pl.col("check_id").str.slice(0, 1).is_in(_LINKAGE_CHECKS)
    require_passed(results.filter(~of_linkage))
    try:
        require_passed(results.filter(of_linkage))
    except QualityBlocked as blocked:
        raise LinkageBlocked(str(blocked)) from None


def _releases(run: EconomyRun) -> Path:
    return run.store.root / "releases"


def _is_published(run: EconomyRun, fingerprint: str) -> bool:
    if current_release(_releases(run)) is None:
        return False
    return release_note(_releases(run)).get("made_from") == fingerprint


def _publish_new(
    run: EconomyRun, contracts: tuple[str, ...], tables: tuple[str, ...], fingerprint: str
) -> None:
    economy = run.economy
    info = {
        "run_id": run.run_id,
        "made_from": fingerprint,
        "economy": economy.name,
        "purpose": economy.purpose,
        "started_at": run.started_at,
        "ended_at": dt.datetime.now(dt.UTC).replace(tzinfo=None),
        "code_version": flow_pipeline.__version__,
        "contract_versions": {name: contract(name).version for name in contracts},
        "key_id": run.keys.key_id,
        "reference_versions": {name: version_of(run, name) for name in _REFERENCES},
        "parameters": economy.parameters(),
    }
    publish_release(
        {name: run.store.scan(name) for name in tables},
        released_tables_of(run),
        releases=_releases(run),
        release_id=run.run_id,
        link=economy.publish_path,
        release_info=info,
        extras={"data_docs": run.store.root / "analytic" / "data_docs"},
    )
