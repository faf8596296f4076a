"""Links anew what records that came or went touch, where all else stands as it was.

A record's link can change for one of three reasons only: its identity is now another person's or
held there by another link; its local identifier is said to be somebody else, or by others; or its
parent's link has changed. What none of these reaches is taken from the last run.
"""

from collections.abc import Iterable
from typing import NamedTuple

import polars as pl

from flow_pipeline.link.anchors import anchors_of, of_identities, standing
from flow_pipeline.link.identities import SLIM, TOLD, Identities, anchor, numbered
from flow_pipeline.link.mentions import RECEIVED, mentions, merged
from flow_pipeline.link.outcome import Linked, link_rows, outcome, refusal_rows
from flow_pipeline.link.references import LOCAL_ANCHORS, Resolved, resolved
from flow_pipeline.link.registry import ANCHOR, Registered, registered
from flow_pipeline.link.weighing import Kept
from flow_pipeline.link.whose import LINK, Matching, Whose, whose
from flow_pipeline.tables.linkage import RECORD_TOKEN

_PROVIDED = ("anchor", "reference_token", "is_identity_record", "valid_from", "valid_to")
_POINTERS = ("reference_token", "child_of_token")
_HELD = ("person_id", "method", "score", "reason")


class Stood(NamedTuple):
    """What the last run came to. ``person_link``, ``link_refusal``, ``record_anchor``: the tables
    of those names as it wrote them. ``came``: table record_token of records that it has not seen,
    ``went``: record_key of those that it has seen and that are no more."""

    person_link: pl.DataFrame
    link_refusal: pl.DataFrame
    record_anchor: pl.DataFrame
    came: pl.LazyFrame
    went: pl.DataFrame

    def without(self, records: pl.DataFrame) -> "Stood":
        """The same but for links and refusals of these records."""
        keys = records.select("record_key")
        link, refusal = (
            told.join(keys, on="record_key", how="anti")
            for told in (self.person_link, self.link_refusal)
        )
        return self._replace(person_link=link, link_refusal=refusal)


class Ids(NamedTuple):
    """From what persons have their ids: ``registry`` of the last run, key, and this run."""

    registry: pl.DataFrame | None
    person_key: str
    run_id: str

    def given(self, anchors: pl.DataFrame, in_use: Iterable[str] = ()) -> Registered:
        """``registry.registered``, which says what goes in and comes out."""
        how = {"person_key": self.person_key, "run_id": self.run_id}
        return registered(anchors, self.registry, in_use=in_use, **how)


def relinked(
    record_token: pl.LazyFrame, before: Kept, stood: Stood, how: Matching, ids: Ids
) -> Linked:
    """As stage.link, which says what goes in and comes out, and to the same end.

    In:  ``record_token``: all records; read only where records of an identity went.
    """
    told = RECORD_TOKEN.shaped(stood.came).with_columns(anchor()).collect()
    records = _Records.of(stood, told)
    found = _found(record_token, before, records, told)
    who = whose(found, how, before)
    last = _last(before.mentions, stood.person_link)
    changed = _changed(last, who, ids.given(of_identities(who.identities)))
    start = _Reach.of(records, before.mentions, found.mentions)
    while True:
        reach = start.with_identities(records, found.mentions, changed)
        touched = _touched(records, reach, changed, ids.registry)
        anew = pl.concat([records.of_identities(changed), touched])
        left = stood.without(pl.concat([anew, records.went]))
        rest = _resolved(records, touched, found.mentions, who)
        anchors = standing(who.identities, touched, rest, ids.registry)
        given = ids.given(anchors, left.person_link["person_id"].unique())
        more = _changed(last, who, given)
        if more.is_in(changed.implode()).all():
            break
        changed = pl.concat([changed, more]).unique()
    own = who.links(anew.rename({"identity_anchor": "anchor"}).drop_nulls("anchor"))
    links = pl.concat([own.select("record_key", *LINK), rest.links])
    return outcome(
        pl.concat([left.person_link, link_rows(anew, links, given.persons)]),
        pl.concat([left.link_refusal, refusal_rows(touched, rest.refused)]),
        who,
        given,
    )


class _Records(NamedTuple):
    """Rows of table record_anchor: of records that stayed, came and went, and of all that are there
    now."""

    stayed: pl.DataFrame
    came: pl.DataFrame
    went: pl.DataFrame
    now: pl.DataFrame

    @classmethod
    def of(cls, stood: Stood, told: pl.DataFrame) -> "_Records":
        """``told``: table record_token of the records that came."""
        came = anchors_of(told.lazy()).collect()
        went = stood.record_anchor.join(stood.went, on="record_key", how="semi")
        stayed = stood.record_anchor.join(stood.went, on="record_key", how="anti")
        return cls(stayed, came, went, pl.concat([stayed, came]))

    @property
    def moved(self) -> pl.Series:
        """Anchors of identities of which records came or went."""
        moved = pl.concat([self.came["identity_anchor"], self.went["identity_anchor"]])
        return moved.drop_nulls().unique()

    def of_identities(self, changed: pl.Series) -> pl.DataFrame:
        """Records of these identities, and all that came with one of their own."""
        own = self.stayed.filter(pl.col("identity_anchor").is_in(changed.implode()))
        return pl.concat([own, self.came.filter(pl.col("identity_anchor").is_not_null())])


def _found(
    record_token: pl.LazyFrame, before: Kept, records: _Records, told: pl.DataFrame
) -> Identities:
    """The identities that are there now; ``told``: table record_token of those that came."""
    own = told.filter("has_own_identity").sort(*RECEIVED, nulls_last=True)
    again = records.went["identity_anchor"].drop_nulls().unique().implode()
    left = records.stayed.filter(pl.col("identity_anchor").is_in(again))
    has_moved = pl.col("anchor").is_in(records.moved.implode())
    added_to = has_moved & ~pl.col("anchor").is_in(again)
    moved = merged(
        pl.concat(
            [
                before.mentions.filter(added_to),
                mentions(_read(record_token, left)),
                mentions(own),
            ]
        )
    )
    spoken = pl.concat([before.mentions.filter(~has_moved), moved]).sort(*RECEIVED, nulls_last=True)
    known = before.identities.join(spoken, on="anchor", how="semi").select("anchor", *TOLD)
    new = own.unique("anchor", keep="first", maintain_order=True).join(known, "anchor", "anti")
    with_identity = records.now.filter(pl.col("identity_anchor").is_not_null())
    return numbered(
        with_identity.select("record_key", anchor="identity_anchor"),
        pl.concat([known, new.select("anchor", *TOLD)]),
        spoken,
    )


def _read(record_token: pl.LazyFrame, records: pl.DataFrame) -> pl.DataFrame:
    """Tokens of these records but for those of who they are about, with anchor."""
    if records.is_empty():  # not to look through all of them for none
        record_token = RECORD_TOKEN.empty()
    keys = records.lazy().select("record_key")
    there = record_token.join(keys, on="record_key", how="semi")
    return there.select(*SLIM, anchor()).collect()


def _last(spoken: pl.DataFrame, person_link: pl.DataFrame) -> pl.DataFrame:
    """anchor, person_id, method, score, reason: what each identity's records were linked to."""
    first = spoken.unique("anchor", keep="first").select("record_key", "anchor")
    return first.join(person_link, on="record_key").select("anchor", *_HELD)


def _changed(last: pl.DataFrame, who: Whose, given: Registered) -> pl.Series:
    """Anchors of identities whose records are linked otherwise now."""
    now = who.identities.join(given.persons, on="unit").select("anchor", *_HELD)
    both = last.join(now, on="anchor", suffix="_now")
    return both.filter(
        pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"{name}_now")) for name in _HELD)
    )["anchor"]


class _Reach(NamedTuple):
    """What something else is known about now: local identifiers, parents, and records that have
    neither (their keys, as LOCAL_ANCHORS puts them)."""

    references: pl.Series
    parents: pl.Series
    lone: pl.Series

    @classmethod
    def of(cls, records: _Records, before: pl.DataFrame, now: pl.DataFrame) -> "_Reach":
        """By records that came and went. ``before``, ``now``: how records speak of identities."""
        parents = [records.came["parent_token"], records.went["parent_token"]]
        none = pl.Series(dtype=pl.Int64)
        return cls(_once([_otherwise(before, now, records.moved)]), _once(parents), none)

    def with_identities(
        self, records: _Records, spoken: pl.DataFrame, changed: pl.Series
    ) -> "_Reach":
        """And by identities that are linked otherwise."""
        has_changed = pl.col("anchor").is_in(changed.implode())
        own = records.now.filter(pl.col("identity_anchor").is_in(changed.implode()))
        return self._replace(
            references=_once([self.references, spoken.filter(has_changed)["reference_token"]]),
            parents=_once([self.parents, own["parent_token"]]),
        )

    def with_persons(
        self, touched: pl.DataFrame, changed: pl.Series, registry: pl.DataFrame
    ) -> "_Reach":
        """And by all else that stood for the persons of these records and identities: who of them
        keeps the id shows in all of it together."""
        claimed = [_anchors("identity", changed)]
        for kind, token in LOCAL_ANCHORS.items():
            claimed.append(_anchors(kind, touched.select(anchor_token=token).to_series()))
        persons = registry.join(pl.concat(claimed), on=ANCHOR, how="semi")["person_id"]
        theirs = registry.filter(pl.col("person_id").is_in(persons.unique().implode()))
        stood = {kind: theirs.filter(anchor_kind=kind)["anchor_token"] for kind in LOCAL_ANCHORS}
        return _Reach(
            _once([self.references, stood["reference"]]),
            _once([self.parents, stood["parent"]]),
            _once([self.lone, stood["record"]]),
        )

    @property
    def size(self) -> int:
        return sum(tokens.len() for tokens in self)

    def records(self, records: _Records) -> pl.DataFrame:
        """Those without an identity of their own that are within reach, or came, and what is below
        them in turn."""
        came = records.came.filter(pl.col("identity_anchor").is_null())
        others = records.stayed.filter(pl.col("identity_anchor").is_null())
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


def _touched(
    records: _Records, reach: _Reach, changed: pl.Series, registry: pl.DataFrame | None
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


def _with_parents(records: _Records, below: pl.DataFrame) -> pl.DataFrame:
    """Records, and those without an identity of their own above them, which tell whose they are."""
    others = records.now.filter(pl.col("identity_anchor").is_null())
    found, lowest = below, below
    while not lowest.is_empty():
        asked = lowest["child_of_token"].drop_nulls().unique()
        parents = others.filter(pl.col("parent_token").is_in(asked.implode()))
        lowest = parents.join(found, on="record_key", how="anti")
        found = pl.concat([found, lowest])
    return found


def _resolved(
    records: _Records, touched: pl.DataFrame, spoken: pl.DataFrame, who: Whose
) -> Resolved:
    """Whose the records without an identity of their own are, by all who can tell."""
    asked = {name: touched[name].drop_nulls().unique().implode() for name in _POINTERS}
    named = spoken.filter(pl.col("reference_token").is_in(asked["reference_token"]))
    parents = records.now.filter(
        pl.col("identity_anchor").is_not_null()
        & pl.col("parent_token").is_in(asked["child_of_token"])
    ).select("parent_token", anchor="identity_anchor")
    own = pl.concat([named, parents], how="diagonal")
    return resolved(who.links(own), touched, next_unit=who.next_unit)
