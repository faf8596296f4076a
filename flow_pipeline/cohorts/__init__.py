"""Cohorts: events → costs → person years → high-resource individuals."""

from flow_pipeline.cohorts.costs import cost_coverage, event_cost
from flow_pipeline.cohorts.hri import RULES, HriRule, hri_cohort, hri_summary
from flow_pipeline.cohorts.rates import COST_UNITS, DEFAULT_RATE_VERSION, default_unit_costs
from flow_pipeline.cohorts.residents import resident_year
from flow_pipeline.cohorts.years import COST_SCOPES, HEALTH_SCOPE, person_year

__all__ = [
    "COST_SCOPES",
    "COST_UNITS",
    "DEFAULT_RATE_VERSION",
    "HEALTH_SCOPE",
    "RULES",
    "HriRule",
    "cost_coverage",
    "default_unit_costs",
    "event_cost",
    "hri_cohort",
    "hri_summary",
    "person_year",
    "resident_year",
]
