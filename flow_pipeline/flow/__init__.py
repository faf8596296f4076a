"""Flow: how the system as a whole moves: hand-offs between units and their waits."""
