"""Quality: checks as data, the gate, Great Expectations."""
