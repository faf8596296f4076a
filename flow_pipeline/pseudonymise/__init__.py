"""Identifiers become keyed tokens: the one place that sees both, and writes only the latter."""

from flow_pipeline.pseudonymise.areas import places
from flow_pipeline.pseudonymise.identities import Known
from flow_pipeline.pseudonymise.keys import KeyRing
from flow_pipeline.pseudonymise.stage import Pseudonymised, pseudonymise

__all__ = ["KeyRing", "Known", "Pseudonymised", "places", "pseudonymise"]
