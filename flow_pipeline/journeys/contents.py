"""What events carry beside their shape: codes in order, and the contract's own fields."""

from collections.abc import Mapping

import polars as pl

from flow_pipeline.contracts import all_contracts
from flow_pipeline.contracts.language import EventCodes
from flow_pipeline.journeys.event_rows import mapped
from flow_pipeline.tables.core import detail_table
from flow_pipeline.tables.journeys import EVENT_CODE


def event_code(core: Mapping[str, pl.LazyFrame], event: pl.LazyFrame) -> pl.LazyFrame:
    """The table event_code: the codes of each event, blanks left out, positions kept."""
    kept = event.select("record_key")
    frames = [EVENT_CODE.empty()]
    for contract in all_contracts().values():
        for mapping in contract.events if contract.name in core else ():
            rows = mapped(contract, mapping, core[contract.name])
            rows = rows.join(kept, on="record_key", how="semi")
            frames += [_codes(rows, codes) for codes in mapping.codes]
    return EVENT_CODE.conform(pl.concat(frames))


def _codes(rows: pl.LazyFrame, codes: EventCodes) -> pl.LazyFrame:
    positions = {name: place for place, name in enumerate(codes.fields, start=1)}
    long = rows.select("event_id", *codes.fields).unpivot(
        index="event_id", variable_name="field", value_name="code"
    )
    return long.drop_nulls("code").select(
        "event_id",
        pl.col("field").replace_strict(positions, return_dtype=pl.Int64).alias("position"),
        pl.lit(codes.code_system).alias("code_system"),
        "code",
    )


def details(core: Mapping[str, pl.LazyFrame], event: pl.LazyFrame) -> dict[str, pl.LazyFrame]:
    """detail_<contract> by contract name, for the contracts in ``core`` that make events."""
    kept = event.select("record_key")
    return {
        contract.name: detail_table(contract).conform(
            core[contract.name].join(kept, on="record_key", how="semi")
        )
        for contract in all_contracts().values()
        if contract.events and contract.name in core
    }
