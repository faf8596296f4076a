"""Tokens are made anew, under another key or by other rules: persons stay who they are.

A record is the same record whatever its tokens, so that records tie what stood for a person before
to what stands for it now.
"""

from typing import NamedTuple

import polars as pl

from flow_pipeline.link.registry import ANCHOR
from flow_pipeline.tables.linkage import PERSON_HISTORY

# What may stand for the person of a record, by kind of anchor: columns of record_anchor.
_KINDS = {
    "identity": "identity_anchor",
    "reference": "reference_token",
    "parent": "child_of_token",
}


class Renewed(NamedTuple):
    """``registry``: table person_registry with today's anchors where they are known. ``history``:
    table person_history, persons whose anchors all became another's. ``n_renewed``: anchors that
    changed; ``n_left``: those that could not, because none of their records is there."""

    registry: pl.DataFrame
    history: pl.DataFrame
    n_renewed: int
    n_left: int

    @property
    def counts(self) -> dict[str, int]:
        return {"anchors_renewed": self.n_renewed, "anchors_of_records_not_there": self.n_left}


def renewed(
    registry: pl.DataFrame, before: pl.DataFrame, now: pl.DataFrame, *, run_id: str
) -> Renewed:
    """The registry with its anchors as they are made now.

    In:  ``registry``: table person_registry. ``before``, ``now``: table record_anchor of the run
         that wrote it and of this one.
    An anchor that no record of this run had before stays as it is: its person is found again by
    other anchors alone. Where two anchors have become one, it stands for the older person. With a
    registry that is renewed already nothing changes.
    Source: design.md §2, domain.md §3.7 "Ids".
    """
    pairs = _pairs(before, now).join(registry.select(ANCHOR), on=ANCHOR, how="semi")
    moved = registry.join(pairs, on=ANCHOR).with_columns(anchor_token="new_token").drop("new_token")
    same = registry.join(pairs, on=ANCHOR, how="anti")
    order = ["founded_at", "founding_submission_id", "founding_row_number", "person_id"]
    claims = pl.concat([same, moved.select(same.columns)]).sort(*order, nulls_last=True)
    unique = claims.unique(ANCHOR, keep="first", maintain_order=True)
    first_of_person = pl.struct("person_id", "is_founding").is_first_distinct()
    after = unique.with_columns(pl.col("is_founding") & first_of_person).sort(*ANCHOR)
    there = {kind: now[column].drop_nulls().unique().implode() for kind, column in _KINDS.items()}
    n_left = sum(
        after.filter((pl.col("anchor_kind") == kind) & ~pl.col("anchor_token").is_in(tokens)).height
        for kind, tokens in there.items()
    )
    return Renewed(after, _ended(claims, after, run_id), pairs.height, n_left)


def _pairs(before: pl.DataFrame, now: pl.DataFrame) -> pl.DataFrame:
    """anchor_kind, anchor_token, new_token of anchors whose records say otherwise now."""
    both = before.join(now, on="record_key", suffix="_now")
    changed = [
        both.filter(pl.col(column) != pl.col(f"{column}_now")).select(
            anchor_kind=pl.lit(kind), anchor_token=column, new_token=f"{column}_now"
        )
        for kind, column in _KINDS.items()
    ]
    return pl.concat(changed).unique().sort(*ANCHOR, "new_token")


def _ended(claims: pl.DataFrame, after: pl.DataFrame, run_id: str) -> pl.DataFrame:
    """Merges of persons that have no anchor left into those that took the last."""
    gone = claims.join(after.select("person_id"), on="person_id", how="anti")
    merged = gone.join(after.select(*ANCHOR, new_person_id="person_id"), on=ANCHOR)
    rows = merged.unique("person_id", keep="first", maintain_order=True).select(
        run_id=pl.lit(run_id),
        change=pl.lit("merge"),
        old_person_id="person_id",
        new_person_id="new_person_id",
    )
    return PERSON_HISTORY.conform(rows.lazy()).collect()
