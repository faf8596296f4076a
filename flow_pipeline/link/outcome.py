"""What linkage comes to, whichever records it looked at: links, refusals, persons, counts."""

from typing import NamedTuple

import polars as pl

from flow_pipeline.contracts import all_contracts
from flow_pipeline.link.reach import Stood
from flow_pipeline.link.references import LINK
from flow_pipeline.link.registry import Registered
from flow_pipeline.link.weighing import Kept
from flow_pipeline.link.whose import Whose
from flow_pipeline.tables.linkage import LINK_REFUSAL, LINKED_IDENTITY, PERSON_LINK

_NO_COLUMN = "local_patient_identifier"
_METHODS = ("nhs_number", "foreign_pseudonym", "probabilistic", "local_only")
# What links and refusals say of a record itself.
RECORD = (
    "record_key",
    "submission_id",
    "source",
    "contract",
    "organisation_code",
    "row_number",
)


class Linked(NamedTuple):
    """What linkage found.

    ``person_link``, in no order, ``person_registry``, ``person_history``: the tables of those
    names. Where only what is touched was linked, ``person_link`` has no other rows, and those of
    ``lost`` (record_key) among the last run's hold no more.
    ``refusals``: table link_refusal, rows that find two people. ``decisions``: table
    link_decision. ``held``: table linked_identity. ``kept``: for the next run. ``notes``: counts.
    """

    person_link: pl.LazyFrame
    person_registry: pl.LazyFrame
    person_history: pl.LazyFrame
    refusals: pl.LazyFrame
    decisions: pl.LazyFrame
    held: pl.DataFrame
    kept: Kept
    notes: dict[str, int]
    lost: pl.Series


class Beside(NamedTuple):
    """What stands beside records that were linked anew. ``left``: what of the last run still holds,
    ``lost``: record_key of its links that do not."""

    left: Stood
    lost: pl.Series


def outcome(
    links: pl.DataFrame,
    refusals: pl.DataFrame,
    who: Whose,
    known: Registered,
    beside: Beside | None = None,
) -> Linked:
    """In: rows of table person_link that were made now and all of link_refusal, and what they came
    from. ``beside``: where these are not all links."""
    return Linked(
        person_link=PERSON_LINK.shaped(links.lazy()),  # whoever writes it puts it in order
        person_registry=known.registry.lazy(),
        person_history=known.history.lazy(),
        refusals=LINK_REFUSAL.conform(refusals.lazy()),
        decisions=who.decisions.lazy(),
        held=held_by(who, known),
        kept=who.kept,
        notes=who.notes
        | _notes(who, known.history)
        | _counted(links, refusals, known.persons, beside.left if beside else None),
        lost=beside.lost if beside else links["record_key"].clear(),
    )


def held_by(who: Whose, known: Registered) -> pl.DataFrame:
    """Table linked_identity."""
    held = who.identities.join(known.persons, on="unit")
    return LINKED_IDENTITY.conform(held.lazy()).collect()


def link_rows(records: pl.DataFrame, links: pl.DataFrame, persons: pl.DataFrame) -> pl.DataFrame:
    """Rows of table person_link, in the order of ``records``.

    In:  ``records``: at least RECORD. ``links``: record_key, unit, method, score and reason of
         those that are not refused. ``persons``: unit, person_id.
    Raises ValueError for a unit without a person, which would lose its records.
    """
    told = links.select("record_key", *LINK).join(persons, on="unit")
    if told.height != links.height:
        raise ValueError(f"{links.height - told.height} records have no person")
    linked = records.select(*RECORD).join(told, on="record_key", maintain_order="left")
    return linked.select(PERSON_LINK.column_names)


def refusal_rows(records: pl.DataFrame, refused: pl.DataFrame) -> pl.DataFrame:
    """Rows of table link_refusal. In: records; record_key and rule of those that are refused."""
    found = records.select(*RECORD).join(refused, on="record_key")
    return found.with_columns(
        pl.col("contract").replace_strict(_reference_fields(), default=_NO_COLUMN).alias("column"),
        pl.lit("quarantine").alias("severity"),
        pl.lit(None, pl.String).alias("shape"),
    ).select(LINK_REFUSAL.column_names)


def _reference_fields() -> dict[str, str]:
    fields = {
        name: contract.in_role("local_patient_identifier")
        for name, contract in all_contracts().items()
    }
    return {name: field.name for name, field in fields.items() if field is not None}


def _notes(who: Whose, history: pl.DataFrame) -> dict[str, int]:
    known = who.kept.mentions.filter(pl.col("reference_token").is_not_null()).join(
        who.identities.select("anchor", "unit"), on="anchor"
    )
    people = known.group_by("reference_token").agg(pl.col("unit").n_unique().alias("n"))
    return {
        "local_identifiers_of_two_people": people.filter(pl.col("n") > 1).height,
        "merges": history.filter(pl.col("change") == "merge").height,
        "splits": history.filter(pl.col("change") == "split").height,
    }


def _counted(
    links: pl.DataFrame, refusals: pl.DataFrame, persons: pl.DataFrame, left: Stood | None
) -> dict[str, int]:
    """Records and persons; ``left``: links that hold beside those that were made now."""
    methods = links.group_by("method").len()
    ids = persons["person_id"]
    if left is not None:
        methods = pl.concat([methods, left.person_link.group_by("method").len().collect()])
        ids = pl.concat([ids, left.persons_by_themselves().collect()["person_id"]])
    by_method = dict(methods.group_by("method").agg(pl.col("len").sum()).rows())
    return {
        "records": sum(by_method.values()) + refusals.height,
        "records_refused": refusals.height,
        "persons": ids.n_unique(),
        **{f"records_by_{name}": by_method.get(name, 0) for name in _METHODS},
    }
