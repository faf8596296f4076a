"""Anyborough: a synthetic health and care economy whose truth is known.

Written without the rest of the package, so that it cannot share its mistakes.
"""

from flow_pipeline.synthetic.economy import SyntheticSummary, generate

__all__ = ["SyntheticSummary", "generate"]
