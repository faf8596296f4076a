"""Flow: how the system as a whole moves: hand-offs between units and their waits."""

from flow_pipeline.flow.handoffs import handoff_matrix
from flow_pipeline.flow.waits import cumulative_incidence, wait_summary

__all__ = ["cumulative_incidence", "handoff_matrix", "wait_summary"]
