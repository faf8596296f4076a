"""Rows of a contract as events, by the contract's own event mapping."""

from collections.abc import Iterable, Mapping

import polars as pl

from flow_pipeline.contracts import all_contracts
from flow_pipeline.contracts.codes import code_lists
from flow_pipeline.contracts.id_domains import SHARED_BETWEEN_SENDERS
from flow_pipeline.contracts.language import At, ClassOf, Contract, EventMap, FirstOf, Value
from flow_pipeline.journeys.kept import computed, kept
from flow_pipeline.journeys.linked import LinkedRows
from flow_pipeline.journeys.moments import moment, precision, wall_clock

NOT_RECEIVED = (
    "dna",
    "cancelled_by_patient",
    "cancelled_by_provider",
    "rejected",
    "booked",
    "unknown",
)


def event_rows(linked: LinkedRows) -> pl.LazyFrame:
    """All linked rows as events, before times, organisations, parents and lives are settled."""
    maps = [(c, m) for c in linked.contracts for m in c.events]
    return pl.concat([_rows(c, m, linked.core[c.name]) for c, m in maps])


def value(given: Value | None) -> pl.Expr:
    """The expression of a mapping value over core columns."""
    if given is None:
        return pl.lit(None, pl.String)
    if isinstance(given, FirstOf):
        return pl.coalesce(value(choice) for choice in given.choices)
    if isinstance(given, ClassOf):
        return _class_of(given)
    return pl.sql_expr(given)


def _class_of(given: ClassOf) -> pl.Expr:
    code, default = pl.col(given.field), pl.lit(given.default, pl.String)
    unlisted = default if given.unlisted is None else pl.lit(given.unlisted)
    classes = code_lists()[given.codes].classes()
    listed = code.replace_strict(classes, default=unlisted, return_dtype=pl.String)
    return pl.when(code.is_null()).then(default).otherwise(listed)


def mapped(contract: Contract, mapping: EventMap, core: pl.LazyFrame) -> pl.LazyFrame:
    """The rows that the mapping takes."""
    return core if mapping.where is None else core.filter(pl.sql_expr(mapping.where))


def of_no_kind(linked: LinkedRows) -> pl.LazyFrame:
    """source and contract of the linked rows that no mapping of their contract takes: they say of
    no kind of event that we know that it happened."""
    none = pl.LazyFrame(schema={"source": pl.String, "contract": pl.String})
    frames = [none]
    for contract in linked.contracts:
        kinds = [m.where for m in contract.events if m.where is not None]
        if kinds and len(kinds) == len(contract.events):
            known = pl.any_horizontal(pl.sql_expr(kind) for kind in kinds).fill_null(False)
            rows = linked.core[contract.name].filter(~known)
            frames.append(rows.select("source", pl.lit(contract.name).alias("contract")))
    return pl.concat(frames)


def _rows(contract: Contract, mapping: EventMap, linked: pl.LazyFrame) -> pl.LazyFrame:
    return mapped(contract, mapping, linked).select(
        *_lineage(contract, mapping),
        *(e.cast(pl.String).alias(n) for n, e in _attributes(mapping).items()),
        *moment("start", mapping.start),
        *moment("end", mapping.end or mapping.start),
        *moment("ready", mapping.ready),
        pl.lit(mapping.end is not None and mapping.role != "point").alias("may_be_open"),
        pl.lit(mapping.is_relisted).alias("is_relisted"),
        value(mapping.cost).cast(pl.Float64).alias("supplied_cost"),
        "age_at_event",
        "linkage_score",
        "dq_flags",
    )


def _lineage(contract: Contract, mapping: EventMap) -> list[pl.Expr]:
    provider = value(mapping.organisation_code).cast(pl.String)
    return [
        *(pl.col(n) for n in ("event_id", "person_number", "person_id", "record_key")),
        *(pl.col(n) for n in ("submission_id", "source")),
        pl.col("row_number"),
        pl.lit(contract.name).alias("contract"),
        pl.lit(mapping.role).alias("role"),
        pl.lit(mapping.family).alias("event_family"),
        pl.lit(contract.sector, pl.String).alias("sector"),
        pl.col("organisation_code").alias("sender"),
        pl.coalesce(provider, "organisation_code").alias("organisation_code"),
        _reference(contract, _referred_to(contract)).alias("own_reference"),
        _parent_reference(mapping).alias("parent_reference"),
    ]


def _attributes(mapping: EventMap) -> dict[str, pl.Expr]:
    names = (
        "event_type",
        "event_subtype",
        "setting",
        "planned",
        "outcome_class",
        "site_code",
        "team_code",
        "specialty_code",
        "reason_code",
        "destination_class",
    )
    return {name: value(getattr(mapping, name)) for name in names}


def _referred_to(contract: Contract) -> tuple[str, ...]:
    """The fields by which events of other contracts name rows of this one as their parent."""
    named = {
        m.parent.on
        for c in all_contracts().values()
        for m in c.events
        if m.parent and m.parent.contract == contract.name
    }
    if len(named) > 1:
        raise ValueError(f"{contract.name}: named as a parent by different fields: {sorted(named)}")
    return named.pop() if named else ()


def _reference(contract: Contract, fields: Iterable[str]) -> pl.Expr:
    fields = tuple(fields)
    if not fields:
        return pl.lit(None, pl.String)
    domains = {contract.field(f).id_domain for f in fields}
    # a number that other bodies copy finds its row whoever sent either
    sender = [] if domains <= SHARED_BETWEEN_SENDERS else [pl.col("organisation_code")]
    parts = [pl.lit(contract.name), *sender, *(pl.col(f) for f in fields)]
    return pl.concat_str(parts, separator="|")


def _parent_reference(mapping: EventMap) -> pl.Expr:
    if mapping.parent is None:
        return pl.lit(None, pl.String)
    return _reference(all_contracts()[mapping.parent.contract], mapping.parent.on)


def clock_rows(core: Mapping[str, pl.LazyFrame], event: pl.LazyFrame) -> pl.LazyFrame:
    """event_id, clock, at, precision: every recorded moment beside start and end, as delivered,
    of the rows that became ``event``."""
    frames = []
    for contract in all_contracts().values():
        for mapping in contract.events if contract.name in core else ():
            clocks = {c.name: c.at for c in mapping.clocks}
            clocks |= {"ready": mapping.ready} if mapping.ready else {}
            rows = of_events(mapped(contract, mapping, core[contract.name]), event, contract)
            frames += [_clock(rows, name, at) for name, at in sorted(clocks.items())]
    return pl.concat([*frames, _no_clocks()])


def of_events(rows: pl.LazyFrame, event: pl.LazyFrame, contract: Contract) -> pl.LazyFrame:
    """The core rows of a contract that became events."""
    keys = kept(event.filter(pl.col("contract") == contract.name).select("record_key"))
    # where a row can become one event only, as many events as rows are all of them
    if len(contract.events) == 1 and _height(keys) == _height(rows):
        return rows
    return rows.join(keys, on="record_key", how="semi", maintain_order="left")


def _height(rows: pl.LazyFrame) -> int:
    return int(computed(rows.select(pl.len())).item())


def _clock(rows: pl.LazyFrame, name: str, at: At) -> pl.LazyFrame:
    return rows.select(
        "event_id",
        pl.lit(name).alias("clock"),
        wall_clock(at).alias("at"),
        precision(at).alias("precision"),
    ).drop_nulls("at")


def _no_clocks() -> pl.LazyFrame:
    return pl.LazyFrame(
        schema={
            "event_id": pl.String,
            "clock": pl.String,
            "at": pl.Datetime("us"),
            "precision": pl.String,
        }
    )
