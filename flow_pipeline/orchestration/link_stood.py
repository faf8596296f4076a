"""What the last linkage came to, while it stands but for records that came or went since."""

from collections.abc import Mapping
from typing import NamedTuple

import polars as pl

from flow_pipeline.link import Linked
from flow_pipeline.link.anchors import anchors_of
from flow_pipeline.link.kept import KEPT_TABLES
from flow_pipeline.link.reach import Stood
from flow_pipeline.orchestration.economy_run import EconomyRun
from flow_pipeline.orchestration.link_model import n_accepted
from flow_pipeline.orchestration.link_tokens import accepted_in
from flow_pipeline.tables.linkage import LINKED_IDENTITY, LINKED_PART, LINKED_SUBMISSION

SEEN_TABLES = (LINKED_PART.name, LINKED_SUBMISSION.name, LINKED_IDENTITY.name)
_CAME_TO = ("person_link", "link_refusal", "record_anchor")
_TOKENS = "record_token"


def seen(run: EconomyRun, digests: Mapping[str, str], linked: Linked) -> dict[str, pl.LazyFrame]:
    """Tables that tell a later run what this one saw: those of SEEN_TABLES.

    In:  ``digests``: of the parts of table record_token. ``linked``: what linkage came to.
    """
    parts = pl.LazyFrame({"digest": sorted(set(digests.values()))}, schema=LINKED_PART.schema())
    return {
        LINKED_PART.name: parts,
        LINKED_SUBMISSION.name: _received(run),
        LINKED_IDENTITY.name: linked.held.lazy(),
    }


def stood(run: EconomyRun, digests: Mapping[str, str]) -> Stood | None:
    """What the last run of linkage came to; None where it does not stand.

    In:  ``digests``: of the parts of table record_token now.
    It stands while all submissions were received when they were and no record has come back that
    had given way to another. Records of parts that are there byte for byte are as they were; of
    the others those are looked at that say otherwise than before.
    """
    scan = run.store.scan
    if not run.store.made_together((*KEPT_TABLES, *SEEN_TABLES, *_CAME_TO)):
        return None
    moved = scan(LINKED_SUBMISSION.name).join(
        _received(run), on=LINKED_SUBMISSION.column_names, how="anti", nulls_equal=True
    )
    if not moved.collect().is_empty():
        return None
    told = ("link_refusal", "record_anchor", LINKED_IDENTITY.name)
    refusal, anchor, held = (scan(name).collect() for name in told)
    before = set(scan(LINKED_PART.name).collect()["digest"])
    parts = _Parts.of(digests, before)
    new = run.store.scan_parts(_TOKENS, parts.new)
    came = accepted_in(run, parts.new).collect()
    went = pl.concat([_settled(run, anchor), _lost(run, anchor, parts, new)])
    same = anchors_of(came.lazy()).select("record_key", "state").collect()
    same = same.join(went, on=["record_key", "state"], how="semi")
    came = came.join(same, on="record_key", how="anti")
    went = went.join(same, on="record_key", how="anti").select("record_key").unique()
    if anchor.height - went.height + came.height != n_accepted(run):
        return None
    return Stood(scan("person_link"), refusal, anchor, held, came.lazy(), went)


class _Parts(NamedTuple):
    """Parts of table record_token: those that were linked and those that are new, and whether some
    that were linked are no more."""

    linked: list[str]
    new: list[str]
    some_lost: bool

    @classmethod
    def of(cls, digests: Mapping[str, str], before: set[str]) -> "_Parts":
        linked = [part for part, digest in digests.items() if digest in before]
        new = [part for part, digest in digests.items() if digest not in before]
        return cls(linked, new, bool(before - set(digests.values())))


def _settled(run: EconomyRun, anchor: pl.DataFrame) -> pl.DataFrame:
    """Linked records (table record_anchor) that have given way to others."""
    settled = run.store.scan("settled").select("record_key").collect()["record_key"]
    return anchor.filter(pl.col("record_key").is_in(settled.implode()))


def _lost(run: EconomyRun, anchor: pl.DataFrame, parts: _Parts, new: pl.LazyFrame) -> pl.DataFrame:
    """Linked records of parts that are no more.

    A part that was made anew holds records of the same submissions, and a submission that has gone
    takes its records along; what is neither is noticed by the number of records.
    """
    if not parts.some_lost:
        return anchor.clear()
    again = new.select("submission_id").unique().collect()
    there = _received(run).select("submission_id").collect()
    # Looking up a few submissions costs less than a join.
    is_again = pl.col("submission_id").is_in(again["submission_id"].implode())
    is_there = pl.col("submission_id").is_in(there["submission_id"].implode())
    in_question = anchor.filter(is_again | ~is_there)
    kept = run.store.scan_parts(_TOKENS, parts.linked).select("record_key", "submission_id")
    return in_question.join(kept.filter(is_again).collect(), on="record_key", how="anti")


def _received(run: EconomyRun) -> pl.LazyFrame:
    told = run.store.scan("submission").select("submission_id", "received_at")
    return told.unique("submission_id")
