"""Which records those that came or went reach: what else is to be linked again.

A record's link can change for one of three reasons only: its identity is now another person's or
held there by another link; its local identifier is said to be somebody else, or by others; or its
parent's link has changed.
"""

from typing import NamedTuple

import polars as pl

from flow_pipeline.link.anchors import anchors_of
from flow_pipeline.link.references import LOCAL_ANCHORS
from flow_pipeline.link.registry import ANCHOR

_PROVIDED = ("anchor", "reference_token", "is_identity_record", "valid_from", "valid_to")


class Stood(NamedTuple):
    """What the last run came to. ``person_link``, ``link_refusal``, ``record_anchor``: the tables
    of those names as it wrote them; of the first no more is read than is asked. ``held``: table
    linked_identity. ``came``: table record_told of records that it has not seen, ``went``:
    record_key of those that it has seen and that are no more."""

    person_link: pl.LazyFrame
    link_refusal: pl.DataFrame
    record_anchor: pl.DataFrame
    held: pl.DataFrame
    came: pl.LazyFrame
    went: pl.DataFrame

    def without(self, records: pl.Series) -> "Stood":
        """The same but for links and refusals of these records (record_key)."""
        # Looking up a few keys costs less than a join, and leaves rows in their order.
        is_there = ~pl.col("record_key").is_in(records.implode())
        return self._replace(
            person_link=self.person_link.filter(is_there),
            link_refusal=self.link_refusal.filter(is_there),
        )

    def persons_by_themselves(self) -> pl.LazyFrame:
        """person_id of persons who are known by a local identifier, a parent or a record alone:
        all whom records can be linked to while no identity stands for them."""
        alone = self.person_link.filter(method="local_only")
        return alone.select("person_id").unique()


class Records(NamedTuple):
    """Rows of table record_anchor: of records that stayed, came and went, and of all that are there
    now. ``others``: of those that stayed and have no identity of their own."""

    stayed: pl.DataFrame
    came: pl.DataFrame
    went: pl.DataFrame
    now: pl.DataFrame
    others: pl.DataFrame

    @classmethod
    def of(cls, stood: Stood, told: pl.DataFrame) -> "Records":
        """``told``: table record_told of the records that came."""
        came = anchors_of(told.lazy()).collect()
        has_gone = pl.col("record_key").is_in(stood.went["record_key"].implode())
        went, stayed = stood.record_anchor.clear(), stood.record_anchor
        if not stood.went.is_empty():
            went, stayed = stayed.filter(has_gone), stayed.filter(~has_gone)
        others = stayed.filter(pl.col("identity_anchor").is_null())
        return cls(stayed, came, went, pl.concat([stayed, came]), others)

    @property
    def moved(self) -> pl.Series:
        """Anchors of identities of which records came or went."""
        moved = pl.concat([self.came["identity_anchor"], self.went["identity_anchor"]])
        return moved.drop_nulls().unique()

    def linked_before(self, anew: pl.DataFrame) -> pl.Series:
        """record_key of those among ``anew`` that the last run saw, and of those that went."""
        has_come = pl.col("record_key").is_in(self.came["record_key"].implode())
        return pl.concat([anew.filter(~has_come)["record_key"], self.went["record_key"]])

    def of_identities(self, changed: pl.Series) -> pl.DataFrame:
        """Records of these identities, and all that came with one of their own."""
        own = self.stayed.filter(pl.col("identity_anchor").is_in(changed.implode()))
        return pl.concat([own, self.came.filter(pl.col("identity_anchor").is_not_null())])


class Reach(NamedTuple):
    """What something else is known about now: local identifiers, parents, and records that have
    neither (their keys, as LOCAL_ANCHORS puts them)."""

    references: pl.Series
    parents: pl.Series
    lone: pl.Series

    @classmethod
    def of(cls, records: Records, before: pl.DataFrame, now: pl.DataFrame) -> "Reach":
        """By records that came and went. ``before``, ``now``: how records speak of identities."""
        parents = [records.came["parent_token"], records.went["parent_token"]]
        none = pl.Series(dtype=pl.Int64)
        return cls(_once([_otherwise(before, now, records.moved)]), _once(parents), none)

    def with_identities(
        self, records: Records, spoken: pl.DataFrame, changed: pl.Series
    ) -> "Reach":
        """And by identities that are linked otherwise."""
        has_changed = pl.col("anchor").is_in(changed.implode())
        own = records.now.filter(pl.col("identity_anchor").is_in(changed.implode()))
        return self._replace(
            references=_once([self.references, spoken.filter(has_changed)["reference_token"]]),
            parents=_once([self.parents, own["parent_token"]]),
        )

    def with_persons(
        self, touched: pl.DataFrame, changed: pl.Series, registry: pl.DataFrame
    ) -> "Reach":
        """And by all else that stood for the persons of these records and identities: who of them
        keeps the id shows in all of it together."""
        claimed = [_anchors("identity", changed)]
        for kind, token in LOCAL_ANCHORS.items():
            claimed.append(_anchors(kind, touched.select(anchor_token=token).to_series()))
        persons = registry.join(pl.concat(claimed), on=ANCHOR, how="semi")["person_id"]
        theirs = registry.filter(pl.col("person_id").is_in(persons.unique().implode()))
        stood = {kind: theirs.filter(anchor_kind=kind)["anchor_token"] for kind in LOCAL_ANCHORS}
        return Reach(
            _once([self.references, stood["reference"]]),
            _once([self.parents, stood["parent"]]),
            _once([self.lone, stood["record"]]),
        )

    @property
    def size(self) -> int:
        return sum(tokens.len() for tokens in self)

    def records(self, records: Records) -> pl.DataFrame:
        """Those without an identity of their own that are within reach, or came, and what is below
        them in turn."""
        came = records.came.filter(pl.col("identity_anchor").is_null())
        others = records.others
        is_lone = pl.col("reference_token").is_null() & pl.col("child_of_token").is_null()
        lone = others.filter(is_lone).filter(LOCAL_ANCHORS["record"].is_in(self.lone.implode()))
        parents = _once([self.parents, lone["parent_token"]])
        while True:
            found = others.filter(
                pl.col("reference_token").is_in(self.references.implode())
                | pl.col("child_of_token").is_in(parents.implode())
            )
            below = _once([parents, found["parent_token"]])
            if below.len() == parents.len():
                return pl.concat([lone, found, came])
            parents = below


def _anchors(kind: str, tokens: pl.Series) -> pl.DataFrame:
    told = tokens.drop_nulls().cast(pl.Int64).to_frame("anchor_token")
    return told.select(pl.lit(kind).alias("anchor_kind"), "anchor_token")


def _otherwise(before: pl.DataFrame, now: pl.DataFrame, moved: pl.Series) -> pl.Series:
    """Local identifiers of which others, or other dates, are told."""
    one, other = (
        told.filter(pl.col("anchor").is_in(moved.implode())).select(_PROVIDED).unique()
        for told in (before, now)
    )
    lost = one.join(other, on=_PROVIDED, how="anti", nulls_equal=True)
    new = other.join(one, on=_PROVIDED, how="anti", nulls_equal=True)
    return pl.concat([lost, new])["reference_token"]


def _once(tokens: list[pl.Series]) -> pl.Series:
    return pl.concat(tokens).drop_nulls().unique()


def touched_by(
    records: Records, reach: Reach, changed: pl.Series, registry: pl.DataFrame | None
) -> pl.DataFrame:
    """Records without an identity of their own that are to be linked anew."""
    while True:
        touched = _with_parents(records, reach.records(records))
        if registry is None:
            return touched
        wider = reach.with_persons(touched, changed, registry)
        if wider.size == reach.size:
            return touched
        reach = wider


def _with_parents(records: Records, below: pl.DataFrame) -> pl.DataFrame:
    """Records, and those without an identity of their own above them, which tell whose they are."""
    came = records.came.filter(pl.col("identity_anchor").is_null())
    others = pl.concat([records.others, came])
    found, lowest = below, below
    while not lowest.is_empty():
        asked = lowest["child_of_token"].drop_nulls().unique()
        parents = others.filter(pl.col("parent_token").is_in(asked.implode()))
        lowest = parents.join(found, on="record_key", how="anti")
        found = pl.concat([found, lowest])
    return found
