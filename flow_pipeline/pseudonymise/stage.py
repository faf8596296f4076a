"""From typed rows in clear to core rows, tokens and record keys that hold nothing in clear."""

from typing import NamedTuple

import polars as pl

from flow_pipeline.contracts import all_contracts
from flow_pipeline.contracts.language import Contract
from flow_pipeline.pseudonymise import attributes, ids
from flow_pipeline.pseudonymise.areas import with_areas
from flow_pipeline.pseudonymise.core_terms import in_core_terms
from flow_pipeline.pseudonymise.keys import KeyRing
from flow_pipeline.pseudonymise.tokens import with_tokens
from flow_pipeline.tables.core import core_table
from flow_pipeline.tables.linkage import RECORD_TOKEN

RECORD_INDEX_COLUMNS = (
    "record_key",
    "submission_id",
    "source",
    "contract",
    "organisation_code",
    "row_number",
    "event_id",
    "alternate_id",
    "row_hash",
    "precedence",
    "is_deletion",
)


class Pseudonymised(NamedTuple):
    """Three lazy frames over one input: collect them together (``pl.collect_all``)."""

    core: pl.LazyFrame  # table core_<contract>
    record_token: pl.LazyFrame  # table record_token
    record_index: pl.LazyFrame  # table record_index


def pseudonymise(
    typed: pl.LazyFrame,
    contract: Contract,
    keys: KeyRing,
    *,
    postcodes: pl.LazyFrame | None = None,
    deprivation: pl.LazyFrame | None = None,
    verified_numbers: bool = False,
) -> Pseudonymised:
    """Replace every identifier of accepted rows by keyed hashes, tokens and coarse attributes.

    In:  ``typed``, one row per accepted row of one contract: the fields of ``contract``, which
         may be one version or a jurisdiction's variant, in clear under their own names (text,
         code, time String; date Date; datetime Datetime; integer Int64; decimal Float64; boolean
         Boolean), submission_id, source, organisation_code, row_number (Int64), dq_flags (list of
         String) and, if known, received_at. ``postcodes``: postcode, area_code (MSOA), lsoa_code.
         ``deprivation``: lsoa_code, imd_decile.
         ``verified_numbers``: whether the source declares its NHS numbers traced.
    Out: three frames with the same rows: core (tables.core.core_table of the contract with the
         fields of all versions; codes as Code.core has them), record_token
         (tables.linkage.RECORD_TOKEN) and record_index (keys of the record, ids, row_hash,
         precedence and is_deletion).
         No value of the input's identifying fields is in any of them.
    Row order is that of the tables. Raises KeyOrPurposeError through KeyRing only.
    Source of the definition: design.md §2, domain.md §3.7 "Ids", linkage.md §5.
    """
    rows = _prepared(in_core_terms(typed, contract), contract, keys)
    tokens = with_tokens(rows, contract, keys, verified_numbers=verified_numbers)
    index = rows.with_columns(
        alternate_id=ids.alternate_id(contract, keys),
        row_hash=ids.row_hash(contract, keys),
        precedence=ids.precedence(contract),
        is_deletion=ids.is_deletion(contract),
        contract=pl.lit(contract.name),
    )
    return Pseudonymised(
        core=_core(rows, contract, keys, postcodes=postcodes, deprivation=deprivation),
        record_token=RECORD_TOKEN.conform(tokens),
        record_index=index.select(RECORD_INDEX_COLUMNS).sort("record_key"),
    )


def _prepared(typed: pl.LazyFrame, contract: Contract, keys: KeyRing) -> pl.LazyFrame:
    """The rows with what several outputs need, computed once."""
    return typed.with_columns(
        record_key=ids.record_key(keys),
        event_id=ids.event_id(contract, keys),
        bare_postcode=attributes.bare_postcode(contract),
        nhs_number_validity=attributes.number_validity(contract),
    )


def _core(
    rows: pl.LazyFrame,
    contract: Contract,
    keys: KeyRing,
    *,
    postcodes: pl.LazyFrame | None,
    deprivation: pl.LazyFrame | None,
) -> pl.LazyFrame:
    has_postcode = contract.in_role("postcode_of_usual_address") is not None
    placed = with_areas(
        rows, postcodes=postcodes if has_postcode else None, deprivation=deprivation
    )
    local_ids = {f.name: ids.local_id(f, keys) for f in contract.fields_treated("hmac")}
    described = placed.with_columns(
        **local_ids,
        birth_month=attributes.birth_month(contract),
        age_at_event=attributes.age_at_event(contract),
        is_no_fixed_abode=attributes.is_no_fixed_abode(contract),
        dq_flags=attributes.flags(pl.col("nhs_number_validity")),
    )
    return core_table(all_contracts().get(contract.name, contract)).conform(described)
