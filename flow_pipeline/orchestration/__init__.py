"""Dagster and nothing else: assets, checks, jobs, schedules, definitions."""
