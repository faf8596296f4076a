"""Quality: checks as data, and the gate. Great Expectations is in ``quality.expectations``."""

from flow_pipeline.quality.event_checks import event_results
from flow_pipeline.quality.gate import Verdict, require_passed, verdict
from flow_pipeline.quality.results import Result, quality_result, result
from flow_pipeline.quality.table_checks import (
    disclosure_results,
    ledger_results,
    person_results,
    refusal_results,
    table_results,
)

__all__ = [
    "Result",
    "Verdict",
    "disclosure_results",
    "event_results",
    "ledger_results",
    "person_results",
    "quality_result",
    "refusal_results",
    "require_passed",
    "result",
    "table_results",
    "verdict",
]
