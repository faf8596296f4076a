"""The contracts. A further kind of extract is one new module here that exposes ``CONTRACTS``.

``CONTRACTS`` may hold several versions of one name, and the same name for another jurisdiction.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import cast, get_args

from flow_pipeline.contracts.identity import identified_in
from flow_pipeline.contracts.language import Contract, Jurisdiction
from flow_pipeline.contracts.versions import asked_as, choose, newest_first, union

_NOT_CONTRACTS = {
    "language",
    "codes",
    "codes_council",
    "codes_housing",
    "codes_mental_health",
    "codes_out_of_hospital",
    "codes_scotland",
    "codes_urgent_care",
    "identity",
    "id_domains",
    "families",
    "clock_change",
    "reference",
    "referred_care",
    "versions",
}
HOME: Jurisdiction = "england"
JURISDICTIONS = get_args(Jurisdiction)


@cache
def _declared() -> dict[tuple[str, str], tuple[Contract, ...]]:
    """Every version, newest first, by name and jurisdiction."""
    modules = sorted(m.name for m in iter_modules(__path__) if m.name not in _NOT_CONTRACTS)
    found: dict[tuple[str, str], list[Contract]] = defaultdict(list)
    for module in modules:
        for one in import_module(f"{__name__}.{module}").CONTRACTS:
            found[one.name, one.jurisdiction].append(one)
    return {key: newest_first(found[key]) for key in sorted(found)}


@cache
def all_contracts() -> dict[str, Contract]:
    """Every contract by name, in name order: its newest version with the fields of all versions.

    Core and detail tables, events and checks of core rows are made of these.
    """
    return {name: _whole(name) for name in sorted({name for name, _ in _declared()})}


def _whole(name: str) -> Contract:
    countries = {country: made for (n, country), made in _declared().items() if n == name}
    first = HOME if HOME in countries else min(countries)
    elsewhere = [c for country, made in countries.items() if country != first for c in made]
    return union(countries[first], elsewhere)


def contract(name: str, jurisdiction: str = HOME) -> Contract:
    """The contract of that name, as ``all_contracts`` has it.

    For another jurisdiction its own variant, with the fields of all its versions; a contract that
    has none there is the same everywhere, but for the number that identifies people. Raises
    KeyError for a name that is none.
    """
    if jurisdiction == HOME:
        return all_contracts()[name]
    return _variant(name, jurisdiction)


@cache
def _variant(name: str, jurisdiction: str) -> Contract:
    own = _declared().get((name, jurisdiction))
    country = cast(Jurisdiction, jurisdiction)
    return identified_in(union(own) if own else all_contracts()[name], country)


@cache
def core_contract(name: str, jurisdiction: str) -> Contract:
    """What core rows of a jurisdiction promise: all fields and core codes, asked for as it asks.

    Raises KeyError for a name that is none.
    """
    whole, own = all_contracts()[name], contract(name, jurisdiction)
    return whole if jurisdiction == HOME else asked_as(whole, own)


@cache
def versions(name: str, jurisdiction: str = HOME) -> tuple[Contract, ...]:
    """Every version of a contract, newest first. Raises KeyError for a name that is none."""
    declared = _declared()
    made = declared.get((name, jurisdiction)) or next(
        (made for (n, _), made in declared.items() if n == name), None
    )
    found = made or _unknown(name)
    country = cast(Jurisdiction, jurisdiction)
    return found if country == HOME else tuple(identified_in(c, country) for c in found)


def choose_version(
    name: str,
    delivered: Collection[str],
    *,
    stated: str | None = None,
    on: dt.date,
    jurisdiction: str = HOME,
) -> Contract:
    """The version whose promise a delivered file makes.

    In:  ``delivered``: contract fields that the file has, by name, after mapping. ``stated``: the
         version that the configuration or the manifest names. ``on``: a date of the period the
         file is about.
    Out: the stated version; else the newest in force whose required fields are all delivered, an
         older one where the sender has not moved on yet.
    Raises ValueError, naming the versions there are, for a stated version that is none, and
    KeyError for a name that is none.
    """
    known = versions(name, jurisdiction)
    if stated is None:
        return choose(known, delivered, on)
    for one in known:
        if one.version == stated:
            return one
    told = ", ".join(c.version for c in known)
    raise ValueError(f"{name} has no version {stated!r}; there are {told}")


def _unknown(name: str) -> tuple[Contract, ...]:
    raise KeyError(name)
