"""Every table of ours, declared once. A further table is one declaration in its stage's module."""

from functools import cache

from flow_pipeline.contracts import all_contracts
from flow_pipeline.tables import (
    cohorts,
    flow,
    ingest,
    journeys,
    link_quality,
    linkage,
    persons,
    publish,
    quality,
)
from flow_pipeline.tables.core import core_table, detail_table
from flow_pipeline.tables.language import Table

# The published schemas: rows with pseudonyms, and what may go to anybody.
FLOW = "flow"
FLOW_RELEASE = "flow_release"

_MODULES = (ingest, linkage, link_quality, persons, journeys, cohorts, flow, quality, publish)


@cache
def all_tables() -> dict[str, Table]:
    """Every table by name: declared ones, and core and detail tables of every contract."""
    declared = [table for module in _MODULES for table in module.TABLES]
    contracts = all_contracts().values()
    core = [core_table(c) for c in contracts]
    detail = [detail_table(c) for c in contracts if c.events]
    return {t.name: t for t in (*declared, *core, *detail)}


def table(name: str) -> Table:
    """The table of that name. Raises KeyError for a name that is none."""
    return all_tables()[name]


@cache
def published_tables() -> tuple[Table, ...]:
    """The tables of schema ``flow``, in name order."""
    tables = [t for t in all_tables().values() if t.release_class != "internal"]
    return tuple(sorted(tables, key=lambda t: t.name))


@cache
def released_tables() -> tuple[Table, ...]:
    """The tables of schema ``flow_release``: aggregates with flags, and reference tables."""
    tables = [t for t in published_tables() if t.release_class in ("aggregate", "reference")]
    return tuple(t.released() for t in tables)


def schema_tables() -> dict[str, tuple[Table, ...]]:
    """The tables of each published schema, in name order."""
    return {FLOW: published_tables(), FLOW_RELEASE: released_tables()}
