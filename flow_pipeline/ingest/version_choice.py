"""Which of several live versions of a contract a file follows, where columns fit more than one."""

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from flow_pipeline.contracts import versions
from flow_pipeline.contracts.codes import code_lists
from flow_pipeline.contracts.language import Contract
from flow_pipeline.ingest.mapping import SourceMap, text_rows


def version_by_codes(rows: pl.DataFrame, source: SourceMap) -> Contract:
    """The version whose code lists know most of the values delivered; on ties the one chosen.

    In:  ``rows``: the first rows of the file as delivered. ``source``: its map, under the version
         that was chosen by the columns. Out: that version, or another whose required fields are
         delivered too and to whose lists fewer values are unknown.
    """
    chosen = source.contract
    sent = {*rows.columns, *source.columns}
    rivals = [
        other
        for other in versions(chosen.name, chosen.jurisdiction)
        if other.version != chosen.version
        and {f.name for f in other.fields if f.required == "required"} <= sent
        and _telling_fields((chosen, other))
    ]
    if not rivals:
        return chosen
    told = _telling_fields((chosen, *rivals))
    return min((chosen, *rivals), key=lambda one: _n_unknown(rows, source, one, told))


def _telling_fields(contracts: Sequence[Contract]) -> set[str]:
    """Fields whose codes differ between the versions."""
    known: dict[str, set[frozenset[str]]] = {}
    for one in contracts:
        for field in one.fields:
            if field.codes is not None:
                listed = code_lists()[field.codes].known_to(one.versions)
                known.setdefault(field.name, set()).add(frozenset(listed))
    return {name for name, lists in known.items() if len(lists) > 1}


def _n_unknown(rows: pl.DataFrame, source: SourceMap, contract: Contract, told: set[str]) -> int:
    """Values of telling fields that the version's lists do not know; a placeholder is as unknown
    to one as to the other."""
    texts, _ = text_rows(rows.lazy(), replace(source, contract=contract))
    delivered = set(texts.collect_schema().names())
    unknown = [
        (~pl.col(f.name).is_in(code_lists()[f.codes].known_to(contract.versions))).sum()
        for f in contract.fields
        if f.codes is not None and f.name in told & delivered
    ]
    if not unknown:
        return 0
    return int(texts.select(pl.sum_horizontal(unknown)).collect().item())
