"""The contracts. A further kind of extract is one new module here that exposes ``CONTRACTS``."""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from flow_pipeline.contracts.language import Contract

_NOT_CONTRACTS = {"language", "codes", "identity", "families", "clock_change"}


@cache
def all_contracts() -> dict[str, Contract]:
    """Every contract by name, in name order."""
    modules = sorted(m.name for m in iter_modules(__path__) if m.name not in _NOT_CONTRACTS)
    found = [c for m in modules for c in import_module(f"{__name__}.{m}").CONTRACTS]
    return {c.name: c for c in sorted(found, key=lambda c: c.name)}


def contract(name: str) -> Contract:
    """The contract of that name. Raises KeyError for a name that is none."""
    return all_contracts()[name]
