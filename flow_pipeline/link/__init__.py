"""Tokens become persons, with a confidence and a stable id."""

from flow_pipeline.link.outcome import Linked
from flow_pipeline.link.persons import THRESHOLD
from flow_pipeline.link.stage import link

__all__ = ["THRESHOLD", "Linked", "link"]
