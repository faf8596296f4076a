"""Reference tables: what codes, organisations, teams, areas, columns and runs are."""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from flow_pipeline.contracts.codes import code_lists
from flow_pipeline.contracts.families import EVENT_FAMILIES
from flow_pipeline.tables import schema_tables, table
from flow_pipeline.tables.language import Table

_OWN_LISTS = "event_family"


def code() -> pl.LazyFrame:
    """Table ``code``: every code list of the contracts, and the event families."""
    rows = [
        {"code_list": codes.name, "code": c.code, "label": c.label, "class": c.cls}
        for codes in code_lists().values()
        for c in codes.codes
    ]
    rows += [
        {"code_list": _OWN_LISTS, "code": f.name, "label": f.meaning, "class": f.costed}
        for f in EVENT_FAMILIES
    ]
    return _framed("code", rows)


def data_dictionary() -> pl.LazyFrame:
    """Table ``data_dictionary``: every table and column of both schemas; position 0 is the table
    itself. Tables that a later version fills say so in ``note``."""
    rows = [
        row
        for schema, tables in schema_tables().items()
        for declared in tables
        for row in _dictionary_rows(schema, declared)
    ]
    return _framed("data_dictionary", rows)


def _dictionary_rows(schema: str, declared: Table) -> list[dict[str, object]]:
    shared: dict[str, object] = {
        "schema_name": schema,
        "table_name": declared.name,
        "release_class": declared.release_class,
        "note": declared.later,
    }
    whole = {
        **shared,
        "column_name": "",
        "position": 0,
        "type": "table",
        "meaning": f"{declared.meaning} Grain: {declared.grain}.",
        "is_key": False,
    }
    columns: list[dict[str, object]] = [
        {
            **shared,
            "column_name": column.name,
            "position": position,
            "type": column.type,
            "unit": column.unit,
            "meaning": column.meaning,
            "is_key": column.name in declared.key,
        }
        for position, column in enumerate(declared.columns, start=1)
    ]
    return [whole, *columns]


def organisation(
    configured: Sequence[Mapping[str, Any]], file: pl.LazyFrame | None = None
) -> pl.LazyFrame:
    """Table ``organisation``: those of the configuration, and those of the reference file.

    In: ``configured``, mappings with code, name, sector, parent and successor; ``file``, one row
    per organisation with organisation_code and any further columns of the table. Out: one row per
    code; what the configuration says of a code wins, what it leaves open comes from the file.
    """
    declared = table("organisation")
    own = [
        {
            "organisation_code": str(o["code"]),
            "name": o.get("name"),
            "sector": o.get("sector"),
            "parent_code": o.get("parent"),
            "successor_code": o.get("successor"),
            "is_sender": True,
        }
        for o in configured
    ]
    ours = _framed("organisation", own)
    if file is None:
        return ours
    known = _filled(file, declared).with_columns(pl.col("is_sender").fill_null(False))
    return _first_known([ours, known], declared)


def area(file: pl.LazyFrame | None = None) -> pl.LazyFrame:
    """Table ``area``: the reference file's areas, or none.

    In: one row per area with area_code and any further columns of the table. Out: one row per
    area_code; the fullest value of each column where a code comes twice.
    """
    declared = table("area")
    return declared.empty() if file is None else _first_known([_filled(file, declared)], declared)


def team(care_event: pl.LazyFrame) -> pl.LazyFrame:
    """Table ``team``: organisations and teams seen in the events, births and deaths left out.

    In: ``care_event``. Out: one row per organisation_code and team_code; family and sector are
    those of most of its events (ties: first by name); valid_from and valid_to the first and last
    day of an event's start.
    """
    unit = ["organisation_code", "team_code"]
    day = pl.col("start_at").dt.date()
    shown = pl.col("event_type").ne_missing("birth") & (pl.col("event_family") != "death")
    seen = care_event.filter(shown & pl.all_horizontal(pl.col(unit).is_not_null()))
    counted = seen.group_by(*unit, "sector", "event_family").agg(
        pl.len().alias("n"), day.min().alias("valid_from"), day.max().alias("valid_to")
    )
    most = counted.sort("n", "sector", "event_family", descending=[True, False, False])
    teams = most.group_by(unit, maintain_order=True).agg(
        pl.first("sector", "event_family"), pl.min("valid_from"), pl.max("valid_to")
    )
    return table("team").conform(teams)


def pipeline_run(
    info: Mapping[str, Any],
    *,
    release_id: str,
    row_counts: Mapping[str, int],
    content_digests: Mapping[str, str],
) -> pl.LazyFrame:
    """Table ``pipeline_run``: the one row that says how this release was made.

    ``info`` holds the table's other columns by name: ``run_id``, ``economy`` and ``purpose`` at
    least; mappings are written as JSON with sorted keys.
    """
    declared = table("pipeline_run")
    row = {name: _cell(info.get(name)) for name in declared.column_names}
    row |= {
        "release_id": release_id,
        "row_counts": _cell(row_counts),
        "content_digests": _cell(content_digests),
    }
    return _framed("pipeline_run", [row])


def _cell(value: object) -> object:
    if value is None or isinstance(value, str | dt.datetime):
        return value
    return json.dumps(value, sort_keys=True, default=str)


def _framed(name: str, rows: Sequence[Mapping[str, object]]) -> pl.LazyFrame:
    declared = table(name)
    return declared.conform(pl.LazyFrame(rows, schema=declared.schema(), orient="row"))


def _filled(file: pl.LazyFrame, declared: Table) -> pl.LazyFrame:
    """The file with the table's columns; those it does not have are null."""
    delivered = file.collect_schema().names()
    missing = [n for n in declared.column_names if n not in delivered]
    return declared.conform(file.with_columns(pl.lit(None).alias(n) for n in missing))


def _first_known(frames: Sequence[pl.LazyFrame], declared: Table) -> pl.LazyFrame:
    """One row per key: of each column the first value that is known."""
    rest = [n for n in declared.column_names if n not in declared.key]
    first = pl.col(rest).drop_nulls().first()
    stacked = pl.concat([declared.conform(f) for f in frames])
    return declared.conform(stacked.group_by(declared.key, maintain_order=True).agg(first))
