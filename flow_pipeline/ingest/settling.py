"""Records that are the same thing sent again: which one holds."""

from collections.abc import Collection

import polars as pl

from flow_pipeline.contracts import all_contracts
from flow_pipeline.contracts.language import Contract, Supersede
from flow_pipeline.tables.ingest import SETTLED

_THING = ("contract", "thing")
_SLOTS = 3  # what contracts may compare, one after the other
_LAST = ("submission_id", "row_number")
_READ = (
    *("record_key", "submission_id", "source", "contract", "row_number"),
    *("event_id", "alternate_id", "row_hash", "precedence", "is_deletion"),
)


def settle(record_token: pl.LazyFrame, submissions: pl.LazyFrame) -> pl.LazyFrame:
    """The records that gave way to another record of the same thing.

    In:  table record_token (event_id: the keyed natural key; row_hash: the whole row; precedence
         and is_deletion by the contract) and table submission. Out: table settled: only records
         that do not hold; a record that is not in it holds. Every record of a submission that
         another replaces as a whole is ``superseded``. Of equal rows of one submission the first
         holds, the others are ``duplicate``. Of what is left of one thing that record holds which
         the contract's rule puts first (contracts.language.Supersede), the others are
         ``superseded``; where it is a deletion, it is superseded too and nothing holds.
    Independent of row order. Source of the definition: design.md §7, "Nothing is lost";
    domain.md §2.3 and §2.6.
    """
    record_token = record_token.select(_READ)
    replaced = submissions.select(pl.col("supersedes").alias("submission_id")).drop_nulls().unique()
    gone = record_token.join(replaced, on="submission_id", how="semi")
    standing = _with_things(record_token.join(replaced, on="submission_id", how="anti"))
    contested = standing.filter((pl.len().over(_THING) > 1) | pl.col("is_deletion"))
    records = contested.join(_dated(submissions), on="submission_id", how="left")
    same_row = ("submission_id", *_THING, "row_hash")
    records = records.with_columns(
        is_copy=pl.col("row_number") > pl.col("row_number").min().over(same_row)
    )
    held = _held(records).filter(~pl.col("is_deletion"))
    left = records.join(held.select("record_key"), on="record_key", how="anti")
    row_class = pl.when("is_copy").then(pl.lit("duplicate")).otherwise(pl.lit("superseded"))
    classed = [
        left.with_columns(row_class.alias("class")).select(SETTLED.column_names),
        gone.with_columns(pl.lit("superseded").alias("class")).select(SETTLED.column_names),
    ]
    return SETTLED.conform(pl.concat(classed))


def _with_things(index: pl.LazyFrame) -> pl.LazyFrame:
    """Adds ``thing``: the event id, or that of the record known by this key and a better one.

    Of several such records the one with the smallest id names the thing. Only contracts that
    compare their keys are looked at in this way; they are few and the others large.
    """
    names = [c.name for c in all_contracts().values() if c.supersede.by_any_key]
    is_compared = pl.col("contract").is_in(names)
    compared = index.filter(is_compared)
    better = (
        compared.filter(pl.col("alternate_id").is_not_null())
        .group_by("contract", pl.col("alternate_id").alias("event_id"))
        .agg(pl.col("event_id").min().alias("better_id"))
    )
    found = compared.join(better, on=["contract", "event_id"], how="left")
    named = found.with_columns(thing=pl.coalesce("better_id", "event_id")).drop("better_id")
    return pl.concat([index.filter(~is_compared).with_columns(thing=pl.col("event_id")), named])


def _dated(submissions: pl.LazyFrame) -> pl.LazyFrame:
    """submission_id, received_at, and the end of the period by either belief."""
    stated, derived = pl.col("period_stated_end"), pl.col("period_derived_end")
    return submissions.select(
        "submission_id",
        "received_at",
        stated=pl.coalesce(stated, derived),
        derived=pl.coalesce(derived, stated),
    )


def _held(records: pl.LazyFrame) -> pl.LazyFrame:
    """Of each thing the record that its contract's rule puts first; copies are left out."""
    slots = {f"slot_{n}": _compared(n) for n in range(_SLOTS)}
    ordered = records.with_columns(**slots).sort(
        (*slots, *_LAST), descending=True, nulls_last=True, maintain_order=True
    )
    return ordered.filter(~pl.col("is_copy")).unique(_THING, keep="first", maintain_order=True)


def _compared(slot: int) -> pl.Expr:
    """What is compared in this place, as a number: by contract, for contracts differ in it."""
    value = _value(Supersede(), slot, is_identity_record=False)
    for rule, is_identity_record, names in _rules():
        own = _value(rule, slot, is_identity_record=is_identity_record)
        value = pl.when(pl.col("contract").is_in(list(names))).then(own).otherwise(value)
    return value


def _rules() -> list[tuple[Supersede, bool, Collection[str]]]:
    """The rules that are not the usual one, with the contracts that have them."""
    found: dict[tuple[Supersede, bool], list[str]] = {}
    for one in all_contracts().values():
        found.setdefault(_rule(one), []).append(one.name)
    found.pop((Supersede(), False), None)
    return [(rule, is_identity, names) for (rule, is_identity), names in found.items()]


def _rule(contract: Contract) -> tuple[Supersede, bool]:
    return contract.supersede, contract.is_identity_record


def _value(rule: Supersede, slot: int, *, is_identity_record: bool) -> pl.Expr:
    """A record of persons has no date of its own: its submission's period is else its receipt."""
    if slot >= len(rule.order):
        return pl.lit(None, pl.Int64)
    period = pl.col(rule.period)
    if is_identity_record:
        period = pl.coalesce(period, pl.col("received_at").dt.date())
    values = {
        "period": period.to_physical().cast(pl.Int64),
        "precedence": pl.col("precedence"),
        "received": pl.col("received_at").to_physical(),
    }
    return values[rule.order[slot]]
