"""What contracts say of an event beyond care_event: kept fields and coded content."""

from collections.abc import Mapping

import polars as pl

from flow_pipeline.contracts import all_contracts
from flow_pipeline.contracts.language import Contract, EventCodes
from flow_pipeline.journeys.event_rows import mapped, of_events
from flow_pipeline.journeys.runs import begins_group
from flow_pipeline.tables.core import detail_table
from flow_pipeline.tables.journeys import EVENT_CODE


def details(core: Mapping[str, pl.LazyFrame], event: pl.LazyFrame) -> dict[str, pl.LazyFrame]:
    """The tables detail_<contract>, by contract: kept fields of the rows that became events."""
    return {
        contract.name: detail_table(contract).shaped(
            of_events(core[contract.name], event, contract)
        )
        for contract in _with_events(core)
    }


def event_code(core: Mapping[str, pl.LazyFrame], event: pl.LazyFrame) -> pl.LazyFrame:
    """The table event_code: position is the place among the codes of one system that are there."""
    frames = []
    for contract in _with_events(core):
        coded = [(mapping, codes) for mapping in contract.events for codes in mapping.codes]
        if coded:
            rows = of_events(core[contract.name], event, contract)
            frames += [_coded(mapped(contract, m, rows), codes) for m, codes in coded]
    if not frames:
        return EVENT_CODE.empty()
    ordered = pl.concat(frames).sort("event_id", "code_system", "place")
    row = pl.int_range(pl.len(), dtype=pl.Int64)
    first = pl.when(begins_group(pl.struct("event_id", "code_system"))).then(row).forward_fill()
    return EVENT_CODE.shaped(ordered.with_columns((row - first + 1).alias("position")))


def _with_events(core: Mapping[str, pl.LazyFrame]) -> list[Contract]:
    return [c for c in all_contracts().values() if c.events and c.name in core]


def _coded(rows: pl.LazyFrame, codes: EventCodes) -> pl.LazyFrame:
    """record_key, event_id, code_system, place and code, one row per code that is there."""
    places = {name: place for place, name in enumerate(codes.fields)}
    return (
        rows.select("record_key", "event_id", *codes.fields)
        .unpivot(on=list(codes.fields), index=["record_key", "event_id"], value_name="code")
        .drop_nulls("code")
        .select(
            "record_key",
            "event_id",
            pl.lit(codes.code_system).alias("code_system"),
            pl.col("variable").replace_strict(places, return_dtype=pl.Int64).alias("place"),
            "code",
        )
    )
