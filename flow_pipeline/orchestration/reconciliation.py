"""The asset ``reconciliation``: each submission against those before it."""

from collections.abc import Iterator

import dagster as dg
import polars as pl

from flow_pipeline.contracts import contract
from flow_pipeline.orchestration.economy_run import EconomyRun
from flow_pipeline.orchestration.step import Tables, materialise, specs
from flow_pipeline.quality import measured, reconciled
from flow_pipeline.quality.reconciliation import Limits


def reconciliation_asset(contracts: tuple[str, ...]) -> dg.AssetsDefinition:
    """The asset for an economy whose sources keep these contracts. It needs no linkage, so that a
    sender is told though the run stops later."""
    cores = tuple(contract(name).core_table for name in contracts)
    inputs = ("submission", "record_token", "organisation", *cores)

    @dg.multi_asset(
        name="reconcile",
        specs=specs(("reconciliation",), group="ingest", deps=inputs, owner="team:data-engineers"),
    )
    def _reconcile(economy_run: dg.ResourceParam[EconomyRun]) -> Iterator[dg.MaterializeResult]:
        """Compare submissions with those before them and those they replace."""
        run = economy_run
        yield from materialise(
            run,
            "reconcile",
            outputs=("reconciliation",),
            inputs=inputs,
            build=lambda: _reconciled(run, contracts),
            parameters=[run.economy.contract_by_source, dict(run.economy.changes)],
        )

    return _reconcile


def _reconciled(run: EconomyRun, contracts: tuple[str, ...]) -> Tables:
    scan = run.store.scan
    by_source = run.economy.contract_by_source
    submission = scan("submission").collect().lazy()
    measures = [
        measured(
            contract(name),
            scan(contract(name).core_table),
            scan("record_token").filter(pl.col("contract") == name),
            submission.filter(
                pl.col("source").is_in([s for s, own in by_source.items() if own == name])
            ),
        ).collect()  # one contract at a time: each reads a file for every submission
        for name in contracts
    ]
    found = reconciled(
        submission,
        by_source,
        pl.concat(measures).lazy(),
        scan("record_token"),
        Limits.told(**run.economy.changes),
        organisations=scan("organisation"),
    )
    return {"reconciliation": found}
