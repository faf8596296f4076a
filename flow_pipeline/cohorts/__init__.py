"""Cohorts: events → costs → person years → high-resource individuals."""
