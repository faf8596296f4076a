"""Rows of a contract drawn as text: only the fields that matter, the others empty."""

import polars as pl

from flow_pipeline.contracts import contract
from flow_pipeline.contracts.language import FieldType
from flow_pipeline.pseudonymise import KeyRing, Pseudonymised, pseudonymise
from flow_pipeline_tests.drawn import drawn

KEYS = KeyRing(bytes(range(32)), "testing")
TYPES: dict[FieldType, pl.DataType] = {
    "text": pl.String(),
    "code": pl.String(),
    "time": pl.String(),
    "date": pl.Date(),
    "datetime": pl.Datetime("us"),
    "integer": pl.Int64(),
    "decimal": pl.Float64(),
    "boolean": pl.Boolean(),
}


def typed_rows(contract_name: str, text: str) -> pl.LazyFrame:
    """Typed rows of a contract. Lineage not drawn is made up, rows are numbered from 1."""
    declared = contract(contract_name)
    types = {f.name: TYPES[f.type] for f in declared.fields}
    frame = drawn(text, **{n: t for n, t in types.items() if n in _header(text)})
    header = _header(text)
    lineage = {
        "submission_id": "submission",
        "source": contract_name,
        "organisation_code": "RXA",
    }
    more = [pl.lit(None, t).alias(n) for n, t in types.items() if n not in header]
    more += [pl.lit(v).alias(n) for n, v in lineage.items() if n not in header]
    numbered = pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("row_number")
    return frame.with_columns(*more, numbered, pl.lit([], pl.List(pl.String)).alias("dq_flags"))


def pseudonymised(contract_name: str, text: str, **more: object) -> Pseudonymised:
    rows = typed_rows(contract_name, text)
    return pseudonymise(rows, contract(contract_name), KEYS, **more)  # type: ignore[arg-type]


def column(frame: pl.LazyFrame, name: str) -> list:
    """One column in the order of the delivered rows."""
    return frame.sort("row_number").collect()[name].to_list()


def _header(text: str) -> list[str]:
    return [cell.strip() for cell in text.strip().splitlines()[0].split("|")]
