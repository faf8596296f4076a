"""From record tokens to persons with stable ids."""

from typing import TYPE_CHECKING

import duckdb
import polars as pl

from flow_pipeline.link.anchors import standing
from flow_pipeline.link.identities import SLIM, Identities, anchor, identities, identities_beside
from flow_pipeline.link.mentions import RECEIVED
from flow_pipeline.link.outcome import Linked, link_rows, outcome, refusal_rows
from flow_pipeline.link.persons import THRESHOLD
from flow_pipeline.link.reach import Stood
from flow_pipeline.link.references import LINK, resolved
from flow_pipeline.link.registry import Ids
from flow_pipeline.link.touched import linked_again
from flow_pipeline.link.weighing import Kept
from flow_pipeline.link.whose import Matching, whose
from flow_pipeline.tables.linkage import RECORD_TOLD

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def link(
    record_told: pl.LazyFrame,
    registry: pl.LazyFrame | None,
    *,
    person_key: str,
    connection: duckdb.DuckDBPyConnection,
    run_id: str,
    seed: int = 1,
    threshold: float = THRESHOLD,
    decisions: pl.DataFrame | None = None,
    before: Kept | None = None,
    stood: Stood | None = None,
    session: "SparkSession | None" = None,
) -> Linked:
    """Say of every accepted record whose it is.

    In:  ``record_told``: table record_told of all accepted rows, received_at filled where known.
         ``registry``: table person_registry of the last run, None on the first.
         ``person_key``: sub-key ``person`` of the purpose. ``connection``: a DuckDB connection,
         best in memory; used on one thread and left without tables. ``threshold``: match weight
         in bits from which a pair is one person. ``decisions``: those of clerical review
         (decisions.obeyed). ``before``: what an earlier run kept, of whose identities only those
         that are new or have changed are compared anew, by its model. ``stood``: what that run came
         to, where it still stands but for records that came or went; only what these touch is
         linked again, to the same end. ``session``: of Spark, where pairs are weighed instead of
         on the connection.
    Out: one row of person_link per record that is not refused.
    The same input gives the same rows, whatever their order.
    Source of the definition: linkage.md §2 and §5, design.md §4 and §7, docs/linkage.md.
    """
    how = Matching(connection, session, seed, threshold, decisions)
    known = None if registry is None else registry.collect()
    ids = Ids(known, person_key, run_id)
    tokens = RECORD_TOLD.shaped(record_told)
    if before is not None and stood is not None:
        return linked_again(tokens, before, stood, how, ids)
    found, records = _read(tokens, before)
    who = whose(found, how, before)
    own = who.links(found.records)
    others = records.filter(~pl.col("has_own_identity"))
    rest = resolved(own, others, next_unit=who.next_unit)
    given = ids.given(standing(who.identities, others, rest, known))
    links = pl.concat([own.select("record_key", *LINK), rest.links])
    return outcome(
        link_rows(records, links, given.persons), refusal_rows(records, rest.refused), who, given
    )


def _read(tokens: pl.LazyFrame, before: Kept | None) -> tuple[Identities, pl.DataFrame]:
    """Identities, and all records without what they say of who they are about."""
    if before is not None:
        slim = tokens.select(*SLIM, anchor())
        records = slim.sort(*RECEIVED, nulls_last=True).collect()
        return identities_beside(records, tokens, before.identities).slim(), records
    whole = tokens.sort(*RECEIVED, nulls_last=True).collect()
    # A million records tell 300 MB, once each identity is known by itself.
    return identities(whole).slim(), whole.select(SLIM)
