"""Quality: checks as data, and the gate. Great Expectations is in ``quality.expectations``."""

from flow_pipeline.quality.event_checks import event_results
from flow_pipeline.quality.gate import Verdict, require_passed, verdict
from flow_pipeline.quality.measures import measured
from flow_pipeline.quality.overrides import Override, overridden
from flow_pipeline.quality.reconciliation import newest, reconciled
from flow_pipeline.quality.results import Result, quality_result, result
from flow_pipeline.quality.submission_checks import (
    change_results,
    duplicate_results,
    manifest_results,
    period_results,
    rule_results,
)
from flow_pipeline.quality.table_checks import (
    disclosure_results,
    ledger_results,
    person_results,
    refusal_results,
    table_results,
)
from flow_pipeline.quality.timeliness import Expectation, timeliness_results

__all__ = [
    "Expectation",
    "Override",
    "Result",
    "Verdict",
    "change_results",
    "disclosure_results",
    "duplicate_results",
    "event_results",
    "ledger_results",
    "manifest_results",
    "measured",
    "newest",
    "overridden",
    "period_results",
    "person_results",
    "quality_result",
    "reconciled",
    "refusal_results",
    "require_passed",
    "result",
    "rule_results",
    "table_results",
    "timeliness_results",
    "verdict",
]
