"""Records that do not say who they are about find it: by local identifier, then by parent.

Everything happens on tokens and after identities have been linked to persons. A person is named
by ``unit`` here: a number of this run for a group of identities or for a local identifier.
"""

from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

TWO_BY_REFERENCE = "reference_finds_two_people"
TWO_BY_PARENT = "parent_finds_two_people"
_VALID, _OUTSIDE, _OTHER = 0, 1, 2  # an identity record valid on the day, another one, any record
_REASONS = {
    _VALID: "local identifier of an identity record",
    _OUTSIDE: "local identifier of an identity record, outside its dates",
    _OTHER: "local identifier of another record",
}
# What stands for a person of whom no identity is known, by kind of anchor: null for a record that
# says more.
_HAS_REFERENCE = pl.col("reference_token").is_not_null()
_HAS_PARENT = pl.col("child_of_token").is_not_null()
LOCAL_ANCHORS = {
    "reference": pl.col("reference_token"),
    "parent": pl.when(~_HAS_REFERENCE).then("child_of_token"),
    # Of a record with nothing but itself: 64 bits of its key, which is a keyed hash already.
    "record": pl.when(~_HAS_REFERENCE & ~_HAS_PARENT).then(
        pl.col("record_key")
        .str.head(16)
        .str.to_integer(base=16, dtype=pl.UInt64, strict=False)
        .reinterpret(signed=True)
    ),
}
_NOBODY = {
    "reference": "nobody known by the local identifier",
    "parent": "nobody known by the parent",
    "record": "nothing to find anybody by",
}
LINK = ("unit", "method", "score", "reason")  # whose a record is, how and how surely


class Resolved(NamedTuple):
    """``links``: record_key, unit, method, score, reason, in no order. ``anchors``: unit,
    anchor_kind and anchor_token of persons known by a local identifier only. ``refused``:
    record_key, rule."""

    links: pl.DataFrame
    anchors: pl.DataFrame
    refused: pl.DataFrame


def resolved(own: pl.DataFrame, others: pl.DataFrame, *, next_unit: int) -> Resolved:
    """Find the person of every record without an identity of its own.

    In:  ``own``: records with identity (table record_told) with unit, method, score, reason.
         ``others``: the remaining records (table record_told). ``next_unit``: from which units
         are free for persons of whom no identity is known.
    A local identifier is looked up among identity records of its issuer that are valid on the
    record's date, else among all of them, else among other records that carry it and say who they
    are about. Nobody found: the parent's person, which the parent may have from its own parent;
    nobody there either: a person of its own, the same for every record with that local identifier
    (or, without one, that parent) and for what is below it. Two people found: refused.
    Source: design.md §4 "Identity".
    """
    asked = others.join(
        _by_reference(own, others), on=["reference_token", "seen_on"], how="left", nulls_equal=True
    )
    linked = asked.filter(pl.col("n_people") == 1)
    unknown = asked.filter(pl.col("n_people").is_null()).select(others.columns)
    below = _below(unknown, [own, linked])
    # A parent that nobody knows either says no more than the record's own local identifier.
    local = _persons_of(below.left.filter(_HAS_REFERENCE), "reference", start=next_unit)
    below_local = _below(below.left.filter(~_HAS_REFERENCE), [local.links])
    alone = _alone(below_local.left, start=next_unit + local.anchors.height)
    links = [linked, below.links, local.links, below_local.links, alone.links]
    refused = [_refused(asked, TWO_BY_REFERENCE), below.refused, below_local.refused, alone.refused]
    return Resolved(
        pl.concat(frame.select("record_key", *LINK) for frame in links),
        pl.concat([local.anchors, alone.anchors]).sort("unit"),
        pl.concat(refused),
    )


def _refused(asked: pl.DataFrame, rule: str) -> pl.DataFrame:
    return asked.filter(pl.col("n_people") > 1).select("record_key", rule=pl.lit(rule))


def _by_reference(own: pl.DataFrame, others: pl.DataFrame) -> pl.DataFrame:
    """Per reference_token and seen_on: n_people that are found, and the link if it is one."""
    asked = others.filter(pl.col("reference_token").is_not_null())
    questions = asked.select("reference_token", "seen_on").unique()
    providers = _providers(own.join(questions, on="reference_token", how="semi"))
    candidates = questions.join(providers, on="reference_token").with_columns(_closeness())
    closest = candidates.filter(
        pl.col("closeness") == pl.col("closeness").min().over("reference_token", "seen_on")
    ).sort("unit", "score", "method", descending=[False, True, False])
    return closest.group_by("reference_token", "seen_on").agg(
        pl.col("unit").n_unique().alias("n_people"),
        pl.col("unit", "method", "score").first(),
        pl.col("closeness")
        .first()
        .replace_strict(_REASONS, return_dtype=pl.String)
        .alias("reason"),
    )


def _providers(own: pl.DataFrame) -> pl.DataFrame:
    """Who each local identifier is said to be; dates count for identity records alone."""
    dated = [
        pl.when("is_identity_record").then(name).alias(name) for name in ("valid_from", "valid_to")
    ]
    return own.select(
        "reference_token", "is_identity_record", *dated, "unit", "method", "score"
    ).unique()


def _closeness() -> pl.Expr:
    day = pl.col("seen_on")
    is_valid = (pl.col("valid_from") <= day).fill_null(True) & (
        pl.col("valid_to") >= day
    ).fill_null(True)
    return (
        pl.when(pl.col("is_identity_record") & is_valid)
        .then(_VALID)
        .when("is_identity_record")
        .then(_OUTSIDE)
        .otherwise(_OTHER)
        .alias("closeness")
    )


class _Below(NamedTuple):
    """``links``: records found through their parents, with unit, method, score, reason.
    ``refused``: record_key, rule. ``left``: records whose parent nobody knows."""

    links: pl.DataFrame
    refused: pl.DataFrame
    left: pl.DataFrame


def _below(records: pl.DataFrame, parents: Sequence[pl.DataFrame]) -> _Below:
    """Find records by their parents, and by those that are found so in turn.

    In:  ``records``: columns of table record_told. ``parents``: records with parent_token, unit,
         method and score.
    """
    links, refused = [], []
    people = _people(parents)
    while True:
        asked = records.join(people, on="child_of_token", how="left")
        found = asked.filter(pl.col("n_people") == 1)
        is_two = (pl.col("n_people") > 1) & pl.col("reference_token").is_null()
        links.append(found.select(*records.columns, *LINK))
        refused.append(_refused(asked.filter(is_two), TWO_BY_PARENT))
        is_left = pl.col("n_people").is_null() | ((pl.col("n_people") > 1) & ~is_two)
        records = asked.filter(is_left).select(records.columns)
        people = _people([found])
        if people.is_empty():
            return _Below(pl.concat(links), pl.concat(refused), records)


def _people(parents: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Per child_of_token: n_people among the parent records, and the link if it is one."""
    told = pl.concat(
        one.filter(pl.col("parent_token").is_not_null()).select(
            "parent_token", "unit", "method", "score"
        )
        for one in parents
    )
    return (
        told.sort("unit", "score", "method", descending=[False, True, False])
        .group_by(pl.col("parent_token").alias("child_of_token"))
        .agg(pl.col("unit").n_unique().alias("n_people"), pl.col("unit", "method", "score").first())
        .with_columns(reason=pl.lit("parent record"))
    )


class _Persons(NamedTuple):
    """Persons of whom no identity is known. ``links``: their records, with unit, method, score,
    reason. ``anchors``: unit, anchor_kind, anchor_token. ``refused``: record_key, rule."""

    links: pl.DataFrame
    anchors: pl.DataFrame
    refused: pl.DataFrame


def _persons_of(records: pl.DataFrame, kind: str, *, start: int) -> _Persons:
    """A person for every distinct token of one kind; ``records`` all have such a token."""
    told = records.with_columns(LOCAL_ANCHORS[kind].alias("anchor_token"))
    persons = (
        told.select("anchor_token")
        .unique()
        .sort("anchor_token")
        .select(
            pl.int_range(start, start + pl.len(), dtype=pl.Int64).alias("unit"),
            pl.lit(kind).alias("anchor_kind"),
            "anchor_token",
        )
    )
    links = told.join(persons, on="anchor_token").select(
        *records.columns,
        "unit",
        method=pl.lit("local_only"),
        score=pl.lit(1.0),
        reason=pl.lit(_NOBODY[kind]),
    )
    return _Persons(links, persons, links.select("record_key", rule=pl.lit("")).clear())


def _alone(records: pl.DataFrame, *, start: int) -> _Persons:
    """Persons of records without a local identifier whose parent nobody knows: one for each parent
    that was not sent, and what is below it goes with it."""
    made = []
    while True:
        top = records.join(records, left_on="child_of_token", right_on="parent_token", how="anti")
        top = records if top.is_empty() else top  # in a circle everybody is below somebody
        by_parent = _persons_of(top.filter(_HAS_PARENT), "parent", start=start)
        start += by_parent.anchors.height
        by_itself = _persons_of(top.filter(~_HAS_PARENT), "record", start=start)
        start += by_itself.anchors.height
        rest = records.join(top, on="record_key", how="anti")
        below = _below(rest, [by_parent.links, by_itself.links])
        found = _Persons(below.links, by_itself.anchors.clear(), below.refused)
        made += [by_parent, by_itself, found]
        records = below.left
        if records.is_empty():
            return _Persons(*(pl.concat(frames) for frames in zip(*made, strict=True)))
