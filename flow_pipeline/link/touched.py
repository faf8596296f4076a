"""Links again what records that came or went touch; all else stands as the last run left it."""

import polars as pl

from flow_pipeline.link.anchors import standing
from flow_pipeline.link.identities import SLIM, TOLD, Identities, anchor, numbered
from flow_pipeline.link.mentions import RECEIVED, mentions, merged
from flow_pipeline.link.outcome import Beside, Linked, held_by, link_rows, outcome, refusal_rows
from flow_pipeline.link.reach import Reach, Records, Stood, touched_by
from flow_pipeline.link.references import LINK, Resolved, resolved
from flow_pipeline.link.registry import Ids
from flow_pipeline.link.weighing import Kept
from flow_pipeline.link.whose import Matching, Whose, whose
from flow_pipeline.tables.linkage import RECORD_TOLD

_POINTERS = ("reference_token", "child_of_token")


def linked_again(
    record_told: pl.LazyFrame, before: Kept, stood: Stood, how: Matching, ids: Ids
) -> Linked:
    """As stage.link, which says what goes in and comes out, and to the same end.

    In:  ``record_told``: all records; read only where records of an identity went.
    """
    told = RECORD_TOLD.shaped(stood.came).with_columns(anchor()).collect()
    records = Records.of(stood, told)
    found = _found(record_told, before, records, told)
    who = whose(found, how, before)
    changed = _held_otherwise(stood.held, who)
    start = Reach.of(records, before.mentions, found.mentions)
    while True:
        reach = start.with_identities(records, found.mentions, changed)
        touched = touched_by(records, reach, changed, ids.registry)
        anew = pl.concat([records.of_identities(changed), touched])
        lost = records.linked_before(anew)
        left = stood.without(lost)
        rest = _resolved(records, touched, found.mentions, who)
        anchors = standing(who.identities, touched, rest, ids.registry)
        given = ids.given(anchors, left.persons_by_themselves())
        held = held_by(who, given)
        more = _changed(stood.held, held)
        if more.is_in(changed.implode()).all():
            break
        changed = pl.concat([changed, more]).unique()
    own = who.links(anew.rename({"identity_anchor": "anchor"}).drop_nulls("anchor"))
    links = pl.concat([own.select("record_key", *LINK), rest.links])
    return outcome(
        link_rows(anew, links, given.persons),
        pl.concat([left.link_refusal, refusal_rows(touched, rest.refused)]),
        who,
        given,
        Beside(left, lost),
    )


def _found(
    record_told: pl.LazyFrame, before: Kept, records: Records, told: pl.DataFrame
) -> Identities:
    """The identities that are there now; ``told``: table record_told of those that came."""
    own = told.filter("has_own_identity").sort(*RECEIVED, nulls_last=True)
    again = records.went["identity_anchor"].drop_nulls().unique().implode()
    left = records.stayed.filter(pl.col("identity_anchor").is_in(again))
    has_moved = pl.col("anchor").is_in(records.moved.implode())
    added_to = has_moved & ~pl.col("anchor").is_in(again)
    moved = merged(
        pl.concat(
            [
                before.mentions.filter(added_to),
                mentions(_read(record_told, left)),
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


def _read(record_told: pl.LazyFrame, records: pl.DataFrame) -> pl.DataFrame:
    """Tokens of these records but for those of who they are about, with anchor."""
    if records.is_empty():  # not to look through all of them for none
        record_told = RECORD_TOLD.empty()
    keys = records.lazy().select("record_key")
    there = record_told.join(keys, on="record_key", how="semi")
    return there.select(*SLIM, anchor()).collect()


def _changed(last: pl.DataFrame, held: pl.DataFrame) -> pl.Series:
    """Anchors of identities whose records are linked otherwise now."""
    both = last.join(held, on="anchor", suffix="_now")
    return both.filter(_differ("person_id", "method", "score", "reason"))["anchor"]


def _held_otherwise(last: pl.DataFrame, who: Whose) -> pl.Series:
    """Anchors of identities that are held otherwise, or with others, than they were: before it is
    known who keeps the id, all whose records may be linked otherwise now."""
    both = last.join(who.identities.select("anchor", *LINK), on="anchor", suffix="_now")
    merged = pl.col("person_id").n_unique().over("unit") > 1
    split = pl.col("unit").n_unique().over("person_id") > 1
    return both.filter(_differ("method", "score", "reason") | merged | split)["anchor"]


def _differ(*names: str) -> pl.Expr:
    return pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"{name}_now")) for name in names)


def _resolved(
    records: Records, touched: pl.DataFrame, spoken: pl.DataFrame, who: Whose
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
