"""Records that do not say who they are about find it: by local identifier, then by parent.

Everything happens on tokens and after identities have been linked to persons. A person is named
by ``unit`` here: a number of this run for a group of identities or for a local identifier.
"""

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
# What stands for a person of whom no identity is known, by kind of anchor.
LOCAL_ANCHORS = {
    "reference": pl.col("reference_token"),
    "parent": pl.col("child_of_token"),
    # Of a record with nothing but itself: 64 bits of its key, which is a keyed hash already.
    "record": pl.col("record_key")
    .str.head(16)
    .str.to_integer(base=16, dtype=pl.UInt64, strict=False)
    .reinterpret(signed=True),
}
_LINK = ("unit", "method", "score", "reason")


class Resolved(NamedTuple):
    """``links``: record_key, unit, method, score, reason, in no order. ``anchors``: unit,
    anchor_kind and anchor_token of persons known by a local identifier only. ``refused``:
    record_key, rule."""

    links: pl.DataFrame
    anchors: pl.DataFrame
    refused: pl.DataFrame


def resolved(own: pl.DataFrame, others: pl.DataFrame) -> Resolved:
    """Find the person of every record without an identity of its own.

    In:  ``own``: records with identity (table record_token) with unit, method, score, reason.
         ``others``: the remaining records (table record_token).
    A local identifier is looked up among identity records of its issuer that are valid on the
    record's date, else among all of them, else among other records that carry it and say who they
    are about. Nobody found: the parent's person; nobody there either: a person of its own, the
    same for every record with that local identifier (or, without one, that parent). Two people
    found: refused. Source: design.md §4 "Identity".
    """
    asked = others.join(
        _by_reference(own, others), on=["reference_token", "seen_on"], how="left", nulls_equal=True
    )
    linked = asked.filter(pl.col("n_people") == 1)
    refused = _refused(asked, TWO_BY_REFERENCE)
    unknown = asked.filter(pl.col("n_people").is_null()).select(others.columns)
    local = _persons_of(unknown, "reference", start=_after(own["unit"]))
    at_parent = unknown.join(
        _by_parent(own, others, linked, local), on="child_of_token", how="left"
    ).with_columns(has_reference=pl.col("reference_token").is_not_null())
    # A parent that nobody knows either says no more than the record's own local identifier.
    says_more = ~pl.col("has_reference") | ~pl.col("unit").is_in(local["unit"].implode())
    by_parent = at_parent.filter((pl.col("n_people") == 1) & says_more)
    two_parents = _refused(at_parent.filter(~pl.col("has_reference")), TWO_BY_PARENT)
    settled = pl.concat([by_parent.select("record_key"), two_parents.select("record_key")])
    start = _after(pl.concat([own["unit"], local["unit"]]))
    alone, anchors = _alone(unknown.join(settled, "record_key", "anti"), local, start=start)
    named = [frame.select("record_key", *_LINK) for frame in (linked, by_parent, alone)]
    return Resolved(pl.concat(named), anchors, pl.concat([refused, two_parents]))


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


def _after(units: pl.Series) -> int:
    """The first unit that is not taken."""
    return int(units.max() or 0) + 1  # type: ignore[arg-type]


def _persons_of(records: pl.DataFrame, kind: str, *, start: int) -> pl.DataFrame:
    """A unit for every distinct token of one kind: unit, anchor_kind, anchor_token."""
    tokens = records.select(LOCAL_ANCHORS[kind].alias("anchor_token")).drop_nulls().unique()
    return tokens.sort("anchor_token").select(
        pl.int_range(start, start + pl.len(), dtype=pl.Int64).alias("unit"),
        pl.lit(kind).alias("anchor_kind"),
        "anchor_token",
    )


def _by_parent(
    own: pl.DataFrame, others: pl.DataFrame, linked: pl.DataFrame, local: pl.DataFrame
) -> pl.DataFrame:
    """Per child_of_token: n_people among the parent records, and the link if it is one."""
    parents = others.filter(pl.col("parent_token").is_not_null())
    known = linked.filter(pl.col("parent_token").is_not_null()).select(
        "parent_token", "unit", "method", "score"
    )
    unknown = parents.join(linked, "record_key", "anti").join(
        local, left_on="reference_token", right_on="anchor_token"
    )
    as_local = unknown.select(
        "parent_token", "unit", method=pl.lit("local_only"), score=pl.lit(1.0)
    )
    named = own.filter(pl.col("parent_token").is_not_null())
    people = pl.concat([named.select("parent_token", "unit", "method", "score"), known, as_local])
    return (
        people.sort("unit", "score", "method", descending=[False, True, False])
        .group_by(pl.col("parent_token").alias("child_of_token"))
        .agg(pl.col("unit").n_unique().alias("n_people"), pl.col("unit", "method", "score").first())
        .with_columns(reason=pl.lit("parent record"))
    )


def _alone(
    records: pl.DataFrame, local: pl.DataFrame, *, start: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Links of records that nobody is found for, and the anchors of the persons so made."""
    by_reference = pl.col("reference_token").is_not_null()
    has_parent = pl.col("child_of_token").is_not_null()
    groups = [
        ("reference", records.filter(by_reference), local, "nobody known by the local identifier"),
        ("parent", records.filter(~by_reference & has_parent), None, "nobody known by the parent"),
        ("record", records.filter(~by_reference & ~has_parent), None, "nothing to find anybody by"),
    ]
    links, anchors = [], []
    for kind, members, persons, reason in groups:
        if persons is None:
            persons = _persons_of(members, kind, start=start)
            start += persons.height
        found = members.with_columns(LOCAL_ANCHORS[kind].alias("anchor_token")).join(
            persons, on="anchor_token"
        )
        links.append(
            found.select(
                "record_key",
                "unit",
                method=pl.lit("local_only"),
                score=pl.lit(1.0),
                reason=pl.lit(reason),
            )
        )
        anchors.append(persons.join(found.select("unit").unique(), on="unit", how="semi"))
    return pl.concat(links), pl.concat(anchors).sort("unit")
