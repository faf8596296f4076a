"""What stands for a person: identities, and where none is known local identifiers, parents or the
record itself."""

import polars as pl

from flow_pipeline.link.identities import SLIM, anchor
from flow_pipeline.link.mentions import RECEIVED
from flow_pipeline.link.references import LOCAL_ANCHORS, Resolved
from flow_pipeline.tables.linkage import RECORD_ANCHOR

_SEED_OF_STATE = 20_267
_ANCHOR = ("unit", "anchor_kind", "anchor_token")


def anchors_of(record_told: pl.LazyFrame) -> pl.LazyFrame:
    """Table record_anchor, in no order, of records (table record_told): what may stand for their
    persons."""
    own = pl.when("has_own_identity").then(anchor())
    state = pl.struct(SLIM).hash(_SEED_OF_STATE).reinterpret(signed=True)
    return RECORD_ANCHOR.shaped(record_told.with_columns(identity_anchor=own, state=state))


def _of_identities(identities: pl.DataFrame) -> pl.DataFrame:
    """unit, anchor_kind, anchor_token and RECEIVED of identities (whose.Whose.identities)."""
    return identities.select(
        "unit",
        pl.lit("identity").alias("anchor_kind"),
        pl.col("anchor").alias("anchor_token"),
        *RECEIVED,
    )


def standing(
    identities: pl.DataFrame,
    others: pl.DataFrame,
    rest: Resolved,
    registry: pl.DataFrame | None,
) -> pl.DataFrame:
    """What stands for each person, each with its first record: as ``registry.registered`` asks.

    In:  ``identities``: whose.Whose.identities. ``others``: records without an identity of their
         own, ``rest``: whose they are. ``registry``: table person_registry of the last run.
    """
    linked = others.join(rest.links.select("record_key", "unit"), on="record_key")
    local = linked.join(rest.anchors, on="unit").select(*_ANCHOR, *RECEIVED)
    frames = [_of_identities(identities), local]
    if registry is not None:
        # What stands for a person without identity now is not somebody else's because one of its
        # records has found its person by another way.
        once = _once_local(linked, registry)
        frames.append(once.join(local, on=("anchor_kind", "anchor_token"), how="anti"))
    return (
        pl.concat(frames)
        .sort(*RECEIVED, nulls_last=True)
        .unique(["anchor_kind", "anchor_token"], keep="first", maintain_order=True)
    )


def _once_local(linked: pl.DataFrame, registry: pl.DataFrame) -> pl.DataFrame:
    """What stood for a person without identity in an earlier run: who it has turned out to be."""
    before = registry.select("anchor_kind", "anchor_token")
    found = [
        linked.select("unit", token.alias("anchor_token"), *RECEIVED).join(
            before.filter(pl.col("anchor_kind") == kind), on="anchor_token"
        )
        for kind, token in LOCAL_ANCHORS.items()
    ]
    return pl.concat(found).select(*_ANCHOR, *RECEIVED)
