"""Assets of quality: what was checked, what came of it, and whether publishing may go on."""

from collections.abc import Iterator

import dagster as dg
import polars as pl

from flow_pipeline.contracts import contract
from flow_pipeline.governance.disclosure import leaks, released, undeclared_columns
from flow_pipeline.orchestration.economy_run import EconomyRun
from flow_pipeline.orchestration.reference import latest_dates, version_of
from flow_pipeline.orchestration.step import Tables, materialise, specs
from flow_pipeline.publish.releases import CURRENT
from flow_pipeline.quality import (
    Expectation,
    Result,
    change_results,
    disclosure_results,
    duplicate_results,
    event_results,
    ledger_results,
    manifest_results,
    newest,
    overridden,
    period_results,
    person_results,
    quality_result,
    refusal_results,
    rule_results,
    table_results,
    timeliness_results,
)
from flow_pipeline.quality.expectations import run_suites
from flow_pipeline.quality.linkage_checks import (
    blocking_results,
    crowd_results,
    difference_results,
    hidden_number_results,
    history_results,
    registry_results,
    review_results,
    sensitivity_results,
    subgroup_results,
    truth_results,
)
from flow_pipeline.quality.match_rates import match_rate_results
from flow_pipeline.quality.reconciliation import Limits
from flow_pipeline.quality.reference_checks import reference_age_results
from flow_pipeline.tables import published_tables, table
from flow_pipeline.tables.language import Table

_DUE_DAY = 20
_MADE_LATER = {"quality_result", "pipeline_run", "data_dictionary", "code", "team"}
_EVENT_INPUTS = ("event", "spell_draft", "event_cost", "person_year")
_LINK_INPUTS = (
    "person_link",
    "record_token",
    "row_ledger",
    "person_registry",
    "link_threshold",
    "link_gap",
    "link_sensitivity",
    "link_difference",
    "link_blocking",
    "link_decision",
    "link_review",
    "impossible_history",
)
_SUBMISSION_INPUTS = (
    "submission",
    "rule_count",
    "manifest",
    "control_total",
    "settled",
    "reconciliation",
)


def checked_tables(contracts: tuple[str, ...]) -> tuple[str, ...]:
    """The published tables that exist before the gate, for an economy with these contracts."""
    details = {f"detail_{name}" for name in contracts}
    return tuple(
        t.name
        for t in published_tables()
        if t.later is None
        and t.name not in _MADE_LATER
        and (not t.name.startswith("detail_") or t.name in details)
    )


def quality_assets(contracts: tuple[str, ...]) -> dg.AssetsDefinition:
    """The asset ``quality_result`` for an economy whose sources keep these contracts."""
    cores = tuple(contract(name).core_table for name in contracts)
    tables = checked_tables(contracts)
    inputs = (*cores, *tables, *_EVENT_INPUTS, *_LINK_INPUTS, *_SUBMISSION_INPUTS)

    @dg.multi_asset(
        name="quality",
        specs=specs(
            ("quality_result",),
            group="quality",
            deps=(*dict.fromkeys(inputs), "feedback"),  # senders are told before the gate
            owner="team:governance",
        ),
    )
    def _quality(economy_run: dg.ResourceParam[EconomyRun]) -> Iterator[dg.MaterializeResult]:
        """Great Expectations suites per contract, and our own counts on every table."""
        run = economy_run
        yield from materialise(
            run,
            "quality",
            outputs=("quality_result",),
            inputs=inputs,
            build=lambda: _checked(run, contracts, tables),
            parameters=_parameters(run),
        )

    return _quality


def _checked(run: EconomyRun, contracts: tuple[str, ...], tables: tuple[str, ...]) -> Tables:
    scan = run.store.scan
    linked = scan("person_link").select("record_key")
    core = {
        name: scan(contract(name).core_table).join(linked, on="record_key", how="semi")
        for name in contracts
    }
    results = run_suites(core, run.store.root / "analytic" / "data_docs", run.economy.jurisdiction)
    results += table_results({name: scan(name) for name in tables})
    results += reference_age_results(latest_dates(run), run.economy.period_end)
    results += ledger_results(scan("row_ledger"), core)
    results += refusal_results(scan("row_ledger"))
    results += person_results(scan("person_link"), scan("record_token"))
    results += _of_linkage(run)
    results += event_results(*(scan(name) for name in _EVENT_INPUTS))
    results += _of_submissions(run)
    results += _disclosure(run)
    today = run.started_at.date()
    return {"quality_result": overridden(quality_result(results), run.economy.overrides, today)}


def _parameters(run: EconomyRun) -> dict[str, object]:
    """What the results depend on beside tables: today's date only where something is judged by
    it, so that the same extracts give the same results."""
    today = run.started_at.date()
    expected = expectations(run)
    return {
        **run.economy.parameters(),
        "references": [version_of(run, name) for name in ("organisations", "postcodes")],
        "overrides": [one.told(today) for one in run.economy.overrides],
        "expected": [repr(one) for one in expected],
        "as_of": str(today) if any(one.judged_from for one in expected) else None,
    }


def _of_linkage(run: EconomyRun) -> list[Result]:
    scan = run.store.scan
    return [
        *truth_results(scan("linkage_quality")),
        *hidden_number_results(scan("link_threshold")),
        *subgroup_results(scan("link_gap")),
        *sensitivity_results(scan("link_sensitivity")),
        *match_rate_results(scan("match_rate"), _released(run, "match_rate")),
        *difference_results(scan("link_difference")),
        *blocking_results(scan("link_blocking")),
        *review_results(scan("link_decision")),
        *registry_results(scan("person_link"), scan("person_registry")),
        *crowd_results(scan("link_review"), scan("person_link")),
        *history_results(
            scan("impossible_history"),
            scan("link_review"),
            scan("link_decision"),
            scan("person_link"),
        ),
    ]


def _released(run: EconomyRun, name: str) -> pl.LazyFrame | None:
    """A table of ``flow`` as the last release has it; None where there is none."""
    folder = run.store.root / "releases" / CURRENT / "parquet" / "flow" / name
    return pl.scan_parquet(folder / "*.parquet") if folder.is_dir() else None


def _of_submissions(run: EconomyRun) -> list[Result]:
    scan = run.store.scan
    submission, reconciliation = scan("submission"), scan("reconciliation")
    economy = run.economy
    results = manifest_results(scan("manifest"), scan("control_total"), reconciliation)
    latest = newest(submission, run.economy.contract_by_source)
    results += change_results(reconciliation, submission, latest, Limits.told(**economy.changes))
    results += period_results(submission)
    results += duplicate_results(scan("settled"), submission)
    results += rule_results(scan("rule_count"), submission)
    results += timeliness_results(
        expectations(run),
        submission,
        scan("organisation"),
        period=(economy.period_start, economy.period_end),
        as_of=run.started_at.date(),
    )
    return results


def expectations(run: EconomyRun) -> list[Expectation]:
    """What the configuration expects of each source that says how often it is delivered."""
    return [
        Expectation(
            source=source.name,
            contract=source.contract.name,
            every=str(source.expected["every"]),
            due_day=int(source.expected.get("due_day") or _DUE_DAY),
            is_bound_to_period=source.contract.period_start is not None,
            judged_from=source.expected.get("judged_from"),
        )
        for source in run.economy.sources
        if source.expected.get("every")
    ]


def released_tables_of(run: EconomyRun) -> dict[str, pl.LazyFrame]:
    """The aggregate tables after disclosure control."""
    rule = {
        "suppress_below": run.economy.suppress_below,
        "round_to": run.economy.round_to,
    }
    return {t.name: released(t, run.store.scan(t.name), **rule) for t in _aggregates()}


def _aggregates() -> tuple[Table, ...]:
    return tuple(t for t in published_tables() if t.release_class == "aggregate")


def _disclosure(run: EconomyRun) -> list[Result]:
    frames = released_tables_of(run)
    small = {
        name: leaks(table(name), frame, suppress_below=run.economy.suppress_below)
        for name, frame in frames.items()
    }
    strangers = {
        name: len(undeclared_columns(table(name), frame.collect_schema().names()))
        for name, frame in frames.items()
    }
    return disclosure_results(small, strangers)


def core_checks(contracts: tuple[str, ...]) -> dg.AssetChecksDefinition:
    """One Dagster check per core table: the results of its suite, in counts."""
    cores = {contract(name).core_table: name for name in contracts}

    @dg.multi_asset_check(
        name="core_checks",
        specs=[
            dg.AssetCheckSpec(
                "contract_suite",
                asset=core,
                description=f"Every check that contract {name} gives rise to.",
                additional_deps=["quality_result"],
            )
            for core, name in cores.items()
        ],
    )
    def _checks(economy_run: dg.ResourceParam[EconomyRun]) -> Iterator[dg.AssetCheckResult]:
        results = economy_run.store.scan("quality_result").collect()
        for core, name in cores.items():
            yield _of_suite(core, results.filter(pl.col("source") == name))

    return _checks


def _of_suite(core: str, results: pl.DataFrame) -> dg.AssetCheckResult:
    failed = results.filter(~pl.col("passed"))
    blocking = failed.filter(pl.col("severity") != "warn").height
    return dg.AssetCheckResult(
        asset_key=core,
        check_name="contract_suite",
        passed=failed.is_empty(),
        severity=dg.AssetCheckSeverity.ERROR if blocking else dg.AssetCheckSeverity.WARN,
        metadata={
            "checks": results.height,
            "failed": failed.height,
            "blocking": blocking,
            "rows_failed": int(failed["n_failed"].sum()),
        },
    )
