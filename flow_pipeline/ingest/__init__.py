"""Delivered files become accepted rows and faults, and every row is accounted for."""

from flow_pipeline.ingest.accounting import lost_rows, row_ledger, unbalanced
from flow_pipeline.ingest.mapping import Sender, SourceMap
from flow_pipeline.ingest.parsing import Parsed, parse
from flow_pipeline.ingest.settling import settle

__all__ = [
    "Parsed",
    "Sender",
    "SourceMap",
    "lost_rows",
    "parse",
    "row_ledger",
    "settle",
    "unbalanced",
]
