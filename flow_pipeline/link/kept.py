"""What a run keeps of linkage for the next one, as tables of the linkage zone."""

import json
from collections.abc import Mapping

import polars as pl

from flow_pipeline.link.comparisons import COMPARISONS
from flow_pipeline.link.weighing import Kept, Model
from flow_pipeline.tables.linkage import LINK_IDENTITY, LINK_MENTION, LINK_MODEL, LINK_PAIR

KEPT_TABLES = tuple(t.name for t in (LINK_MODEL, LINK_IDENTITY, LINK_PAIR, LINK_MENTION))


def as_tables(kept: Kept, **told: object) -> dict[str, pl.LazyFrame]:
    """Tables link_model, link_identity, link_pair and link_mention.

    ``told``: further columns of link_model.
    """
    row = {**vars(kept.model), "parameters": json.dumps(kept.model.parameters), **told}
    schema = LINK_MODEL.schema()
    return {
        LINK_MODEL.name: pl.LazyFrame([{name: row[name] for name in schema}], schema=schema),
        LINK_IDENTITY.name: LINK_IDENTITY.conform(kept.identities.lazy()),
        LINK_PAIR.name: LINK_PAIR.conform(kept.pairs.lazy()),
        LINK_MENTION.name: LINK_MENTION.conform(kept.mentions.lazy()),
    }


def from_tables(tables: Mapping[str, pl.LazyFrame]) -> Kept:
    """The inverse of ``as_tables``. In: the four tables by name, link_model with its one row."""
    row = tables[LINK_MODEL.name].collect().row(0, named=True)
    told = {name: row[name] for name in Model.__dataclass_fields__}
    levels = [pl.col(f"{c.name}_level").cast(pl.Int8) for c in COMPARISONS]
    return Kept(
        Model(**{**told, "parameters": json.loads(row["parameters"])}),
        tables[LINK_IDENTITY.name].collect(),
        tables[LINK_PAIR.name].with_columns(levels).collect(),
        tables[LINK_MENTION.name].collect(),
    )
