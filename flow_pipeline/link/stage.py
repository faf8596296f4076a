"""From record tokens to persons with stable ids."""

from typing import TYPE_CHECKING, NamedTuple

import duckdb
import polars as pl

from flow_pipeline.contracts import all_contracts
from flow_pipeline.link.decisions import obeyed
from flow_pipeline.link.identities import RECEIVED, SLIM, anchor, identities, identities_beside
from flow_pipeline.link.persons import BAND, THRESHOLD, grouped
from flow_pipeline.link.references import LOCAL_ANCHORS, Resolved, resolved
from flow_pipeline.link.registry import registered
from flow_pipeline.link.weighing import LEAST_WEIGHT, Kept, weighed
from flow_pipeline.tables.ingest import QUARANTINE
from flow_pipeline.tables.link_quality import LINK_DECISION
from flow_pipeline.tables.linkage import (
    PERSON_LINK,
    RECORD_TOKEN,
)

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_LINK = ("unit", "method", "score", "reason")
_RECORD = ("record_key", "submission_id", "contract", "organisation_code", "row_number")
_POINTERS = ("reference_token", "child_of_token", "parent_token", "seen_on")
_NO_COLUMN = "local_patient_identifier"


class Linked(NamedTuple):
    """What linkage found.

    ``person_link``, ``person_registry``, ``person_history``: the tables of those names.
    ``refusals``: record_key and the columns of table quarantine, for rows that find two people.
    ``decisions``: table link_decision. ``kept``: model, identities and pairs, for the next run.
    ``notes``: counts.
    """

    person_link: pl.LazyFrame
    person_registry: pl.LazyFrame
    person_history: pl.LazyFrame
    refusals: pl.LazyFrame
    decisions: pl.LazyFrame
    kept: Kept
    notes: dict[str, int]


def link(
    record_token: pl.LazyFrame,
    registry: pl.LazyFrame | None,
    *,
    person_key: str,
    connection: duckdb.DuckDBPyConnection,
    run_id: str,
    seed: int = 1,
    threshold: float = THRESHOLD,
    decisions: pl.DataFrame | None = None,
    before: Kept | None = None,
    session: "SparkSession | None" = None,
) -> Linked:
    """Say of every accepted record whose it is.

    In:  ``record_token``: table record_token of all accepted rows, received_at filled where known.
         ``registry``: table person_registry of the last run, None on the first.
         ``person_key``: sub-key ``person`` of the purpose. ``connection``: a DuckDB connection,
         best in memory; used on one thread and left without tables. ``threshold``: match weight
         in bits from which a pair is one person. ``decisions``: those of clerical review
         (decisions.obeyed). ``before``: what an earlier run kept, of whose identities only those
         that are new or have changed are compared anew, by its model. ``session``: of Spark, where
         pairs are weighed instead of on the connection.
    Out: one row of person_link per record that is not refused, by record_key.
    The same input gives the same output, whatever its row order.
    Source of the definition: linkage.md §2 and §5, design.md §4 and §7, docs/linkage.md.
    """
    told = _whose(record_token, connection, session, seed, threshold, decisions, before)
    records, own = told.records, told.own
    others = records.filter(~pl.col("has_own_identity")).select(*_POINTERS, *RECEIVED)
    rest = resolved(own, others)
    known = registered(
        _anchors(own, others, rest, registry),
        None if registry is None else registry.collect(),
        person_key=person_key,
        run_id=run_id,
    )
    links = pl.concat([own.select("record_key", *_LINK), rest.links]).join(known.persons, on="unit")
    linked = records.select(*_RECORD).join(links, on="record_key", maintain_order="left")
    return Linked(
        person_link=PERSON_LINK.conform(linked.lazy()),
        person_registry=known.registry.lazy(),
        person_history=known.history.lazy(),
        refusals=_refusals(records, rest.refused).lazy(),
        decisions=told.decisions.lazy(),
        kept=told.kept,
        notes=told.notes | _notes(records, own, rest, linked, known.history),
    )


class _Whose(NamedTuple):
    """``records``: all, without identity tokens. ``own``: those with an identity of their own, with
    their unit."""

    records: pl.DataFrame
    own: pl.DataFrame
    decisions: pl.DataFrame
    kept: Kept
    notes: dict[str, int]


def _whose(
    record_token: pl.LazyFrame,
    connection: duckdb.DuckDBPyConnection,
    session: "SparkSession | None",
    seed: int,
    threshold: float,
    decisions: pl.DataFrame | None,
    before: Kept | None,
) -> _Whose:
    """Whose the records with an identity of their own are. Tokens of identities end here."""
    tokens = RECORD_TOKEN.shaped(record_token)
    if before is None:
        whole = tokens.sort(*RECEIVED, nulls_last=True).collect()
        found, records = identities(whole).slim(), whole.select(SLIM)
        del whole  # a million records tell 300 MB, once each identity is known by itself
    else:
        slim = tokens.select(*SLIM, anchor())
        records = slim.sort(*RECEIVED, nulls_last=True).collect()
        found = identities_beside(records, tokens, before.identities).slim()
    least = min(threshold - BAND, LEAST_WEIGHT)
    pairs = weighed(
        found, connection, seed=seed, least_weight=least, before=before, session=session
    )
    persons = grouped(found, pairs, threshold)
    units, decided = persons.identities, LINK_DECISION.empty().collect()
    if decisions is not None and decisions.height:
        units, decided = obeyed(found, units, decisions)
    own = found.records.join(units.rename({"group": "unit"}), on="unique_id", maintain_order="left")
    return _Whose(records.select(SLIM), own, decided, pairs.kept(), persons.notes)


def _anchors(
    own: pl.DataFrame, others: pl.DataFrame, rest: Resolved, registry: pl.LazyFrame | None
) -> pl.DataFrame:
    """What stands for each person, each with its first record: identities, local identifiers."""
    # Records are in the order of receipt, so that the first of each anchor is its founder.
    identity = own.unique("anchor", keep="first", maintain_order=True).select(
        "unit",
        pl.lit("identity").alias("anchor_kind"),
        pl.col("anchor").alias("anchor_token"),
        *RECEIVED,
    )
    linked = others.join(rest.links.select("record_key", "unit"), on="record_key")
    local = linked.join(rest.anchors, on="unit").select(
        "unit", "anchor_kind", "anchor_token", *RECEIVED
    )
    frames = [identity, local]
    if registry is not None:
        frames.append(_once_local(linked, registry))
    return (
        pl.concat(frames)
        .sort(*RECEIVED, nulls_last=True)
        .unique(["anchor_kind", "anchor_token"], keep="first", maintain_order=True)
    )


def _once_local(linked: pl.DataFrame, registry: pl.LazyFrame) -> pl.DataFrame:
    """What stood for a person without identity in an earlier run: who it has turned out to be."""
    before = registry.select("anchor_kind", "anchor_token").collect()
    found = []
    for kind, token in LOCAL_ANCHORS.items():
        known = before.filter(pl.col("anchor_kind") == kind)
        named = linked.select("unit", token.alias("anchor_token"), *RECEIVED)
        found.append(named.join(known, on="anchor_token"))
    return pl.concat(found).select("unit", "anchor_kind", "anchor_token", *RECEIVED)


def _refusals(records: pl.DataFrame, refused: pl.DataFrame) -> pl.DataFrame:
    """Refused rows as table quarantine describes them, with their record_key."""
    found = records.join(refused, on="record_key").with_columns(
        pl.col("contract").replace_strict(_reference_fields(), default=_NO_COLUMN).alias("column"),
        pl.lit("quarantine").alias("severity"),
        pl.lit(None, pl.String).alias("shape"),
    )
    return found.select("record_key", *QUARANTINE.column_names).sort("record_key", "rule")


def _reference_fields() -> dict[str, str]:
    fields = {
        name: contract.in_role("local_patient_identifier")
        for name, contract in all_contracts().items()
    }
    return {name: field.name for name, field in fields.items() if field is not None}


def _notes(
    records: pl.DataFrame,
    own: pl.DataFrame,
    rest: Resolved,
    linked: pl.DataFrame,
    history: pl.DataFrame,
) -> dict[str, int]:
    by_reference = own.filter(pl.col("reference_token").is_not_null()).group_by("reference_token")
    people = by_reference.agg(pl.col("unit").n_unique().alias("n"))
    methods = dict(linked.group_by("method").len().rows())
    return {
        "records": records.height,
        "records_refused": rest.refused.height,
        "persons": linked["person_id"].n_unique(),
        **{f"records_by_{name}": methods.get(name, 0) for name in _METHODS},
        "local_identifiers_of_two_people": people.filter(pl.col("n") > 1).height,
        "merges": history.filter(pl.col("change") == "merge").height,
        "splits": history.filter(pl.col("change") == "split").height,
    }


_METHODS = ("nhs_number", "foreign_pseudonym", "probabilistic", "local_only")
