"""Flow: how the system as a whole moves: hand-offs between units and their waits."""

from flow_pipeline.flow.handoffs import handoff_matrix

__all__ = ["handoff_matrix"]
