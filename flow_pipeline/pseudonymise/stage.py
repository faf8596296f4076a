"""From typed rows in clear to core rows, tokens and record keys that hold nothing in clear."""

from dataclasses import replace
from typing import NamedTuple

import polars as pl

from flow_pipeline.contracts import all_contracts
from flow_pipeline.contracts.identity import CHI_NUMBER, FOREIGN_NAMESPACE, FOREIGN_PSEUDONYM
from flow_pipeline.contracts.language import Contract
from flow_pipeline.pseudonymise import attributes, ids, person_number
from flow_pipeline.pseudonymise.core_terms import in_core_terms
from flow_pipeline.pseudonymise.identities import Known, identified
from flow_pipeline.pseudonymise.keys import KeyRing
from flow_pipeline.pseudonymise.tokens import record_tokens
from flow_pipeline.tables.core import core_table
from flow_pipeline.tables.linkage import RECORD_TOKEN
from flow_pipeline.tables.record_told import record_told

_OTHER_IDENTIFIERS = {CHI_NUMBER.name, FOREIGN_PSEUDONYM.name, FOREIGN_NAMESPACE.name}


class Pseudonymised(NamedTuple):
    """Lazy frames over one input: collect them together (``pl.collect_all``)."""

    core: pl.LazyFrame  # table core_<contract>
    record_token: pl.LazyFrame  # table record_token
    record_identity: pl.LazyFrame  # table record_identity

    @property
    def record_told(self) -> pl.LazyFrame:
        """Records with what they say of who they are about: tables.linkage.RECORD_TOLD."""
        return record_told(self.record_token, self.record_identity)


def pseudonymise(
    typed: pl.LazyFrame,
    contract: Contract,
    keys: KeyRing,
    *,
    places: pl.DataFrame | None = None,
    verified_numbers: bool = False,
    known: Known | None = None,
) -> Pseudonymised:
    """Replace every identifier of accepted rows by keyed hashes, tokens and coarse attributes.

    In:  ``typed``, one row per accepted row of one contract: the fields of ``contract``, which
         may be one version or a jurisdiction's variant, in clear under their own names (text,
         code, time String; date Date; datetime Datetime; integer Int64; decimal Float64; boolean
         Boolean), submission_id, source, organisation_code, row_number (Int64), dq_flags (list of
         String) and, if known, received_at. ``places``: as areas.places gives them.
         ``verified_numbers``: whether the source declares its NHS numbers traced. ``known``: what
         was made of rows before, to be added to; the result does not depend on it, but that an
         identity which was told by the same submission is not told again.
    Out: two frames with the same rows: core (tables.core.core_table of the contract with the
         fields of all versions; codes as Code.core has them) and record_token; and record_identity.
         No value of the input's identifying fields is in any of them.
    Rows are in the order they come. Collects once. Raises KeyOrPurposeError through KeyRing only.
    Source of the definition: design.md §2, domain.md §3.7 "Ids", linkage.md §5.
    """
    keyed = in_core_terms(typed, contract).with_columns(record_key=ids.record_key(keys))
    # In one piece: columns in different pieces are put together again at every turn.
    rows = keyed.collect(engine="in-memory").rechunk()
    delivered = _as_delivered(contract, rows)
    who = identified(rows, delivered, keys, known or Known(), places)
    rows = rows.hstack(who.rows)
    rows = rows.with_columns(event_id=ids.event_ids(rows, contract, keys))
    said = {
        **record_tokens(delivered, keys, verified_numbers=verified_numbers),
        "alternate_id": ids.alternate_id(contract, keys),
        "row_hash": ids.row_hash(rows, contract, keys),
        "precedence": ids.precedence(contract),
        "is_deletion": ids.is_deletion(contract),
    }
    if "received_at" not in rows.columns:
        said["received_at"] = pl.lit(None, pl.Datetime("us"))
    return Pseudonymised(
        core=_core(rows, contract, keys),
        record_token=RECORD_TOKEN.shaped(rows.lazy().with_columns(**said)),
        record_identity=who.identities.lazy(),
    )


def _as_delivered(contract: Contract, rows: pl.DataFrame) -> Contract:
    """The contract without identifiers that no row has: nothing is computed of them."""
    used = {name for key in contract.natural_key for name in key.fields}
    absent = {
        name
        for name in _OTHER_IDENTIFIERS - used
        if contract.has(name) and rows[name].null_count() == rows.height
    }
    return replace(contract, fields=tuple(f for f in contract.fields if f.name not in absent))


def _core(rows: pl.DataFrame, contract: Contract, keys: KeyRing) -> pl.LazyFrame:
    local_ids = {f.name: ids.local_id(rows, f, keys) for f in contract.fields_treated("hmac")}
    described = rows.lazy().with_columns(
        **local_ids,
        age_at_event=attributes.age_at_event(contract),
        dq_flags=person_number.flagged(rows, contract),
    )
    return core_table(all_contracts().get(contract.name, contract)).shaped(described)
