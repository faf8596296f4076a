"""Rows of one version or jurisdiction in the terms of the core table, which serves all of them."""

import polars as pl

from flow_pipeline.contracts import all_contracts
from flow_pipeline.contracts.codes import code_lists
from flow_pipeline.contracts.language import Contract
from flow_pipeline.tables.core import FIELD_COLUMN_TYPES
from flow_pipeline.tables.language import POLARS_TYPES


def in_core_terms(typed: pl.LazyFrame, contract: Contract) -> pl.LazyFrame:
    """``typed`` with every field that any version of the contract has, and core codes.

    In:  rows with the fields of ``contract``, typed and in clear. Out: the same rows in the same
         order; a code that another version's or country's list calls otherwise is replaced by the
         code that says the same (contracts.language.Code.core); fields of other versions are null.
    Ids and hashes made of these rows do not depend on the version that delivered them.
    """
    replaced = [
        pl.col(f.name).replace(core)
        for f in contract.fields
        if f.codes and (core := code_lists()[f.codes].core_codes())
    ]
    whole = all_contracts().get(contract.name, contract)
    present = set(typed.collect_schema().names())
    absent = [
        pl.lit(None, POLARS_TYPES[FIELD_COLUMN_TYPES[f.type]]).alias(f.name)
        for f in whole.fields
        if f.name not in present
    ]
    return typed.with_columns(*replaced, *absent)
