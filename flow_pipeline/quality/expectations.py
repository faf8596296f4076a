"""Great Expectations: a suite per contract, derived from the contract, run on its core rows.

An edge. Great Expectations has no Polars source, so the columns that a suite looks at go to it as
a pandas frame, in types that it handles fast. Its results quote values unless told otherwise; see
RESULT_FORMAT. Nothing is written but the data docs: its context lives in memory and sends nothing
anywhere.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl
from polars import selectors as cs

from flow_pipeline.contracts import HOME, core_contract
from flow_pipeline.contracts.language import Contract
from flow_pipeline.errors import StoreError
from flow_pipeline.quality.contract_checks import (
    RowCheck,
    checkable,
    contract_checks,
    sender_results,
)
from flow_pipeline.quality.data_docs import remove_other_pages, write_index, write_page
from flow_pipeline.quality.results import Result

# With this, neither results nor data docs hold a value of a row.
RESULT_FORMAT = {"result_format": "BASIC", "partial_unexpected_count": 0}


def run_suites(
    core: Mapping[str, pl.LazyFrame], docs: Path, jurisdiction: str = HOME
) -> list[Result]:
    """Check the core rows of each contract and write the data docs.

    In: core rows by contract name; ``jurisdiction``: whose promises they are judged by. Out: one
    result per check, in contract and check order, then those by sender
    (contract_checks.sender_results); in ``docs`` a page per contract and an index,
    self-contained. A contract without rows has results of no rows. Raises StoreError where
    ``docs`` cannot be written, RuntimeError when Great Expectations could not evaluate a check
    (without its message, which may quote a value).
    """
    results: list[Result] = []
    try:
        docs.mkdir(parents=True, exist_ok=True)
        for name in sorted(core):
            results += _run_suite(core_contract(name, jurisdiction), core[name], docs)
        write_index(docs, results)
        remove_other_pages(docs, keep={r.source for r in results if r.n_rows})
        for name in sorted(core):
            results += sender_results(core_contract(name, jurisdiction), core[name])
    except OSError as error:
        raise StoreError(
            f"The data docs cannot be written to {docs}: {error.strerror}. Make the folder "
            "writable or free space, then run again."
        ) from None
    return results


def _run_suite(promised: Contract, core: pl.LazyFrame, docs: Path) -> list[Result]:
    name, checks = promised.name, contract_checks(promised)
    frame = checkable(core, checks).collect()
    if frame.is_empty():
        return [_result(check, name, 0, 0) for check in checks]
    outcome = _validated(name, frame, checks)
    found = {_check_id(one): one for one in outcome.results}
    if any("element_count" not in one.result for one in found.values()):
        raise RuntimeError(f"Great Expectations could not evaluate a check of {name}.")
    write_page(docs, name, outcome)
    return [_result(check, name, *_counts(check, found[check.check_id].result)) for check in checks]


def _validated(name: str, frame: pl.DataFrame, checks: tuple[RowCheck, ...]) -> Any:
    import great_expectations as gx

    context = _context()
    asset = context.data_sources.add_pandas("core").add_dataframe_asset(f"core_{name}")
    batch = asset.add_batch_definition_whole_dataframe("accepted rows")
    expectations = [_expectation(check) for check in checks]
    suite = context.suites.add(gx.ExpectationSuite(f"core_{name}", expectations=expectations))
    definition = gx.ValidationDefinition(name=f"core_{name}", data=batch, suite=suite)
    return context.validation_definitions.add(definition).run(
        batch_parameters={"dataframe": _as_pandas(frame)},
        result_format=RESULT_FORMAT,
    )


def _as_pandas(frame: pl.DataFrame) -> Any:
    """The rows in types that cost Great Expectations least.

    It takes a fingerprint of the whole frame first, which costs seconds on text and on nullable
    booleans: text goes as categories, the key as the number of its category, the rest as floats.
    """
    text = cs.string() - cs.by_name("event_id")
    return frame.with_columns(
        text.cast(pl.Categorical),
        cs.by_name("event_id").cast(pl.Categorical).to_physical(),
        (cs.boolean() | cs.integer()).cast(pl.Float64),
    ).to_pandas()


def _context() -> Any:
    """A context in memory: no files, no usage statistics, no progress bars."""
    import great_expectations as gx
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )

    return gx.get_context(
        project_config=DataContextConfig(
            store_backend_defaults=InMemoryStoreBackendDefaults(),
            analytics_enabled=False,
            progress_bars=ProgressBarsConfig(globally=False),
        )
    )


def _expectation(check: RowCheck) -> Any:
    import great_expectations.expectations as gxe

    common: dict[str, Any] = {
        "column": check.column,
        "meta": {"check_id": check.check_id},
        "description": f"{check.check_id}: {check.check.meaning}",
        "severity": "warning" if check.check.severity == "warn" else "critical",
        "mostly": 1 - check.check.threshold,
    }
    if check.kind == "filled":
        return gxe.ExpectColumnValuesToNotBeNull(**common)
    if check.kind == "in_list":
        return gxe.ExpectColumnValuesToBeInSet(**common, value_set=list(check.allowed))
    if check.kind == "matches":
        return gxe.ExpectColumnValuesToMatchRegex(**common, regex=check.pattern or "")
    if check.kind == "in_range":
        return gxe.ExpectColumnValuesToBeBetween(
            **common, min_value=check.minimum, max_value=check.maximum
        )
    if check.kind == "unique":
        return gxe.ExpectColumnValuesToBeUnique(**common)
    return gxe.ExpectColumnValuesToBeInSet(**common, value_set=[1])


def _check_id(outcome: Any) -> str:
    return str(outcome.expectation_config.meta["check_id"])


def _counts(check: RowCheck, outcome: Mapping[str, Any]) -> tuple[int, int]:
    """Rows looked at and rows that failed. A null is looked at only where it is the fault."""
    rows = int(outcome["element_count"])
    missing = 0 if check.kind == "filled" else int(outcome["missing_count"])
    return rows - missing, int(outcome["unexpected_count"])


def _result(check: RowCheck, source: str, n_rows: int, n_failed: int) -> Result:
    return Result(
        check=check.check, name=check.name, source=source, n_rows=n_rows, n_failed=n_failed
    )
