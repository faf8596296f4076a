"""Persons keep their id from run to run: what stood for a person once stands for it again."""

import hashlib
import hmac
from typing import NamedTuple

import polars as pl

from flow_pipeline.tables.linkage import PERSON_HISTORY, PERSON_REGISTRY

ANCHOR = ("anchor_kind", "anchor_token")
_FOUNDED = ("founded_at", "founding_submission_id", "founding_row_number")
_RECEIVED = ("received_at", "submission_id", "row_number")


class Registered(NamedTuple):
    """``persons``: unit, person_id. ``registry``: table person_registry, new and old anchors.
    ``history``: table person_history of this run."""

    persons: pl.DataFrame
    registry: pl.DataFrame
    history: pl.DataFrame


class Ids(NamedTuple):
    """From what persons have their ids: ``registry`` of the last run, key, and this run."""

    registry: pl.DataFrame | None
    person_key: str
    run_id: str

    def given(self, anchors: pl.DataFrame, in_use: pl.LazyFrame | None = None) -> Registered:
        """``registry.registered``, which says what goes in and comes out."""
        how = {"person_key": self.person_key, "run_id": self.run_id}
        return registered(anchors, self.registry, in_use=in_use, **how)


def registered(
    anchors: pl.DataFrame,
    registry: pl.DataFrame | None,
    *,
    person_key: str,
    run_id: str,
    in_use: pl.LazyFrame | None = None,
) -> Registered:
    """Give every person of this run its id: the one it had, or one of its founding record.

    In:  ``anchors``: one row per anchor: unit, anchor_kind, anchor_token, and record_key,
         received_at, submission_id, row_number of its first record. ``registry``: as left by the
         run before. ``in_use``: person_id of persons none of whose anchors are among these.
    A person that the registry knows under several ids keeps the oldest (merge); an id whose
    anchors now belong to several persons stays with the founding one (split). A new id is 128 bits
    of HMAC(person_key, record_key of the first record that stands for the person).
    Anchors that this run does not see stay, under the id that their person now has.
    Source: domain.md §3.7 "Ids", design.md §7 "Ids stay".
    """
    before = PERSON_REGISTRY.empty().collect() if registry is None else registry
    ordered = anchors.sort(*_RECEIVED, "record_key", *ANCHOR, nulls_last=True)
    known = ordered.join(before, on=ANCHOR, how="left", maintain_order="left")
    kept = _kept(known)
    founders = ordered.unique("unit", keep="first", maintain_order=True)
    fresh = founders.join(kept, on="unit", how="anti")
    made = fresh.select("unit", person_id=_new_ids(fresh, kept, before, in_use, person_key))
    persons = pl.concat([kept.select("unit", "person_id"), made]).sort("unit")
    changes = _changes(known, persons)
    after = _after(known, before, persons, founders, changes, run_id)
    history = changes.with_columns(run_id=pl.lit(run_id))
    return Registered(
        persons,
        PERSON_REGISTRY.conform(after.lazy()).collect(),
        PERSON_HISTORY.conform(history.lazy()).collect(),
    )


def _kept(known: pl.DataFrame) -> pl.DataFrame:
    """unit and person_id of persons that had an id before. ``known`` is in order of receipt."""
    owners = (
        known.filter(pl.col("person_id").is_not_null())
        .sort("is_founding", descending=True, nulls_last=True, maintain_order=True)
        .unique("person_id", keep="first", maintain_order=True)
    )
    oldest = owners.sort(*_FOUNDED, "person_id", nulls_last=True)
    return oldest.unique("unit", keep="first", maintain_order=True).select("unit", "person_id")


def _new_ids(
    fresh: pl.DataFrame,
    kept: pl.DataFrame,
    before: pl.DataFrame,
    in_use: pl.LazyFrame | None,
    person_key: str,
) -> pl.Series:
    """An id per founding record; numbered on where a former person of that record holds it."""
    founders = fresh["record_key"].to_list()
    first = pl.Series("person_id", [_person_id(person_key, f, 1) for f in founders], pl.String)
    # What is held was given once, and is in the registry: mostly there is nothing to look up.
    are_known = first.is_in(before["person_id"].unique().implode()).any()
    taken = set(kept["person_id"]) if are_known else set()
    if are_known and in_use is not None:
        taken.update(in_use.select("person_id").collect()["person_id"])
    ids = []
    for record_key in founders:
        attempt = 1
        while (person_id := _person_id(person_key, record_key, attempt)) in taken:
            attempt += 1
        taken.add(person_id)
        ids.append(person_id)
    return pl.Series("person_id", ids, dtype=pl.String)


def _person_id(person_key: str, record_key: str, attempt: int) -> str:
    text = record_key if attempt == 1 else f"{record_key}|{attempt}"
    return hmac.new(person_key.encode(), text.encode(), hashlib.sha256).hexdigest()[:32]


def _changes(known: pl.DataFrame, persons: pl.DataFrame) -> pl.DataFrame:
    """change, old_person_id, new_person_id wherever an anchor now has another person."""
    survivors = persons["person_id"].to_list()
    moved = known.filter(pl.col("person_id").is_not_null()).join(persons, on="unit", suffix="_now")
    return (
        moved.filter(pl.col("person_id") != pl.col("person_id_now"))
        .select(
            pl.when(pl.col("person_id").is_in(survivors))
            .then(pl.lit("split"))
            .otherwise(pl.lit("merge"))
            .alias("change"),
            pl.col("person_id").alias("old_person_id"),
            pl.col("person_id_now").alias("new_person_id"),
        )
        .unique()
        .sort("change", "old_person_id", "new_person_id")
    )


def _after(
    known: pl.DataFrame,
    before: pl.DataFrame,
    persons: pl.DataFrame,
    founders: pl.DataFrame,
    changes: pl.DataFrame,
    run_id: str,
) -> pl.DataFrame:
    """The registry after this run."""
    seen = known.drop("unit_right", strict=False).join(persons, on="unit", suffix="_now")
    same = pl.col("person_id") == pl.col("person_id_now")
    now = seen.select(
        *ANCHOR,
        pl.col("person_id_now").alias("person_id"),
        pl.when(same).then("is_founding").alias("was_founding"),
        "first_run",
        "unit",
    )
    return pl.concat(
        [_with_founders(now, before, founders, run_id), _unseen(known, before, changes)]
    )


def _with_founders(
    now: pl.DataFrame, before: pl.DataFrame, founders: pl.DataFrame, run_id: str
) -> pl.DataFrame:
    """Anchors of this run with the founding of their person, which never changes."""
    old = before.select("person_id", *_FOUNDED).unique("person_id")
    new = founders.select(
        "unit",
        *(pl.col(a).alias(f"{b}_new") for a, b in zip(_RECEIVED, _FOUNDED, strict=True)),
        *(pl.col(name).alias(f"{name}_new") for name in ANCHOR),
    )
    joined = now.join(old, on="person_id", how="left").join(new, on="unit")
    is_new = pl.col("founding_submission_id").is_null()
    is_first = pl.all_horizontal(pl.col(name) == pl.col(f"{name}_new") for name in ANCHOR)
    founded = [pl.when(is_new).then(f"{n}_new").otherwise(n).alias(n) for n in _FOUNDED]
    is_founding = pl.when(is_new).then(is_first).otherwise(pl.col("was_founding").fill_null(False))
    return joined.select(
        *ANCHOR,
        "person_id",
        is_founding.alias("is_founding"),
        *founded,
        pl.col("first_run").fill_null(run_id),
    )


def _unseen(known: pl.DataFrame, before: pl.DataFrame, changes: pl.DataFrame) -> pl.DataFrame:
    """Anchors of earlier runs that this one does not see, following merges of their persons."""
    merges = changes.filter(pl.col("change") == "merge").unique("old_person_id", keep="first")
    into = dict(merges.select("old_person_id", "new_person_id").rows())
    founded = before.select("person_id", *_FOUNDED).unique("person_id")
    absent = before.join(known.select(ANCHOR), on=ANCHOR, how="anti")
    followed = absent.with_columns(
        pl.col("person_id").replace(into),
        (pl.col("is_founding") & ~pl.col("person_id").is_in(list(into))),
    )
    return followed.drop(_FOUNDED).join(founded, on="person_id", how="left").select(before.columns)
