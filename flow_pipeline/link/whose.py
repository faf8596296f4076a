"""Whose identities are: weighed, grouped and corrected by reviewers."""

from typing import TYPE_CHECKING, NamedTuple

import duckdb
import polars as pl

from flow_pipeline.link.decisions import obeyed
from flow_pipeline.link.identities import Identities
from flow_pipeline.link.mentions import RECEIVED
from flow_pipeline.link.persons import BAND, THRESHOLD, grouped
from flow_pipeline.link.references import LINK
from flow_pipeline.link.weighing import LEAST_WEIGHT, Kept, weighed
from flow_pipeline.tables.link_quality import LINK_DECISION

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


class Matching(NamedTuple):
    """How identities are matched: as stage.link is told."""

    connection: duckdb.DuckDBPyConnection
    session: "SparkSession | None" = None
    seed: int = 1
    threshold: float = THRESHOLD
    decisions: pl.DataFrame | None = None


class Whose(NamedTuple):
    """``identities``: anchor, unit (a number of this run for a person), method, score, reason and
    RECEIVED of its first record. ``next_unit``: from which units are free. ``decisions``: table
    link_decision. ``kept``: for the next run. ``notes``: counts."""

    identities: pl.DataFrame
    next_unit: int
    decisions: pl.DataFrame
    kept: Kept
    notes: dict[str, int]

    def links(self, own: pl.DataFrame) -> pl.DataFrame:
        """Records with an anchor, with their unit, method, score and reason, in their order."""
        return own.join(self.identities.select("anchor", *LINK), on="anchor", maintain_order="left")


def whose(found: Identities, how: Matching, before: Kept | None) -> Whose:
    """Say of every identity whose it is. ``before``: what an earlier run kept of weighing."""
    pairs = weighed(
        found,
        how.connection,
        seed=how.seed,
        least_weight=min(how.threshold - BAND, LEAST_WEIGHT),
        before=before,
        session=how.session,
    )
    persons = grouped(pairs, how.threshold)
    groups, decided = persons.identities, LINK_DECISION.empty().collect()
    if how.decisions is not None and how.decisions.height:
        groups, decided = obeyed(found, groups, how.decisions)
    named = found.distinct.select("unique_id", "anchor", *RECEIVED).join(
        groups.rename({"group": "unit"}), on="unique_id"
    )
    last = named["unit"].max()
    return Whose(
        named.select("anchor", *LINK, *RECEIVED),
        int(last or 0) + 1,  # type: ignore[arg-type]
        decided,
        pairs.kept(),
        persons.notes,
    )
