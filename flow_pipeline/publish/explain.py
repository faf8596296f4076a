"""Why: the fate of a delivered row, the records that made a person, the events of a journey.

Every answer is a list of sections, to be printed or written as JSON. None holds a token, an
identifier or a delivered value.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import polars as pl

from flow_pipeline.contracts import all_contracts
from flow_pipeline.errors import ConfigurationError


class Scans(Protocol):
    """A store, as far as it is needed here: tables by name, empty where never written."""

    def scan(self, table: str) -> pl.LazyFrame: ...


@dataclass(frozen=True)
class Section:
    """Part of an answer: a table with a title."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]


def explain_record(store: Scans, submission_id: str, row_number: int) -> list[Section]:
    """Where a delivered row went and why: its file, its class, its faults, its person, its events.

    ``row_number``: 1 for the first data row. Raises ConfigurationError for a submission or a row
    that does not exist.
    """
    submission = _of(store.scan("submission"), submission_id=submission_id).collect()
    if submission.is_empty():
        raise ConfigurationError(
            "No submission has this id. Table flow.submission lists them; each file has one."
        )
    n_rows = _last_row(store, submission, submission_id)
    if not 1 <= row_number <= n_rows:
        raise ConfigurationError(f"This submission has rows 1 to {n_rows}.")
    row: dict[str, object] = {"submission_id": submission_id, "row_number": row_number}
    faults = pl.concat(
        [_of(store.scan(name), **row).select(_FAULT) for name in ("quarantine", "link_refusal")]
    )
    accepted = _accepted(store, row)
    link = _of(store.scan("person_link"), **row)
    events = store.scan("care_event").join(
        accepted.lazy().select("event_id"), on="event_id", how="semi"
    )
    return [
        _section("File", submission.lazy(), _FILE),
        _fate(store, accepted, row),
        _section("Other deliveries of the same", _same_thing(store, row), _DELIVERY),
        _section("Faults found in the row", faults.sort(_FAULT)),
        _section("Person it was linked to", link, _LINK),
        _section("Event it became", events.sort("start_at", "event_id"), _EVENT),
    ]


def _last_row(store: Scans, submission: pl.DataFrame, submission_id: str) -> int:
    """The largest row number it can have: rows of many senders keep those of their file."""
    taken = _of(store.scan("row_status"), submission_id=submission_id)
    numbers = taken.select("last_row_number").collect().get_column("last_row_number")
    last = pl.concat([numbers, submission.get_column("n_rows")]).max()
    return int(last or 0)  # type: ignore[arg-type]


def explain_person(store: Scans, person_id: str) -> list[Section]:
    """The records that made a person, by source, with method, reason and score; no token.

    An id that was merged or split since is followed to what it is now. Raises ConfigurationError
    for an id that never was.
    """
    history = store.scan("person_history").collect()
    now = _resolved(person_id, history)
    persons = store.scan("person").filter(pl.col("person_id").is_in(now)).sort("person_id")
    links = store.scan("person_link").filter(pl.col("person_id").is_in(now))
    if persons.collect().is_empty() and links.collect().is_empty():
        raise ConfigurationError("No person has this id. Table flow.person lists them.")
    sources = store.scan("submission").select("submission_id", "source").unique("submission_id")
    by = ["person_id", "source", "contract", "organisation_code", "method", "reason"]
    records = (
        links.join(sources, on="submission_id", how="left")
        .group_by(by)
        .agg(pl.len().alias("n_records"), pl.min("score").alias("lowest_score"))
        .sort(by, nulls_last=True)
    )
    involved = {person_id, *now}
    changes = history.lazy().filter(
        pl.col("old_person_id").is_in(involved) | pl.col("new_person_id").is_in(involved)
    )
    return [
        _section("Person", persons),
        _section("Records that made the person", records),
        _section("Merges and splits", changes.sort("run_id", "change", "old_person_id")),
        _section("Events", _events_by_family(store, now)),
        _section("Journeys", _in_time(_journeys_of(store, now), "journey_id"), _JOURNEY),
    ]


def explain_journey(store: Scans, journey_id: str) -> list[Section]:
    """The steps of a journey in order, with waits and hand-offs; the events that are no steps;
    its delays and failure demand. Raises ConfigurationError for an id that is none."""
    journey = _of(store.scan("journey"), journey_id=journey_id)
    if journey.collect().is_empty():
        raise ConfigurationError("No journey has this id. Table flow.journey lists them.")
    events = _of(store.scan("care_event"), journey_id=journey_id)
    steps = _of(store.scan("journey_step"), journey_id=journey_id)
    told = events.select("event_id", "event_family", "event_type", "start_at", "end_at")
    joined = steps.join(told, on="event_id", how="left").sort("step_number")
    other = events.join(steps.select("event_id"), on="event_id", how="anti")
    delays = _of(store.scan("delay"), journey_id=journey_id)
    failures = _of(store.scan("failure_demand"), journey_id=journey_id)
    return [
        _section("Journey", journey),
        _section("Steps", joined, _STEP),
        _section("Other events", _in_time(other, "event_id"), _EVENT),
        _section("Delays", delays.sort("start_at", "measure", "from_event_id"), _DELAY),
        _section("Failure demand", failures.sort("measure", "event_id"), _FAILURE),
    ]


_FILE = ("submission_id", "source", "organisation_code", "received_at", "n_rows", "supersedes")
_DELIVERY = ("submission_id", "source", "row_number")
_FAULT = ("source", "column", "rule", "severity", "shape")
_LINK = ("person_id", "contract", "method", "score", "reason")
_EVENT = (
    "event_id",
    "event_family",
    "event_type",
    "organisation_code",
    "team_code",
    "start_at",
    "end_at",
    "outcome_class",
    "journey_id",
)
_JOURNEY = (
    "journey_id",
    "anchor_type",
    "start_at",
    "end_at",
    "end_reason",
    "n_events",
    "n_steps",
    "n_handoffs",
)
_STEP = (
    "step_number",
    "event_family",
    "event_type",
    "to_sector",
    "to_organisation_code",
    "to_team_code",
    "start_at",
    "end_at",
    "wait_minutes",
    "wait_basis",
    "clock_wait_minutes",
    "is_concurrent",
    "handoff_type",
)
_DELAY = ("measure", "start_at", "end_at", "minutes", "end_kind", "match_quality")
_FAILURE = (
    "measure",
    "event_id",
    "source_event_id",
    "source_organisation_code",
    "source_sector",
    "source_basis",
)


def _of(frame: pl.LazyFrame, **values: object) -> pl.LazyFrame:
    return frame.filter([pl.col(name).eq(value) for name, value in values.items()])


def _in_time(frame: pl.LazyFrame, key: str) -> pl.LazyFrame:
    return frame.sort("start_at", key)


def _section(title: str, frame: pl.LazyFrame, columns: Sequence[str] | None = None) -> Section:
    rows = (frame.select(columns) if columns else frame).collect()
    return Section(title, tuple(rows.columns), tuple(rows.rows()))


def _accepted(store: Scans, row: dict[str, object]) -> pl.DataFrame:
    """contract, source, event_id and flags of the accepted rows that this delivered row became."""
    found = [
        _of(store.scan(contract.core_table), **row).select(
            pl.lit(contract.name).alias("contract"), "source", "event_id", "dq_flags"
        )
        for contract in all_contracts().values()
    ]
    return pl.concat(found).collect()


def _fate(store: Scans, accepted: pl.DataFrame, row: dict[str, object]) -> Section:
    """The row's class by source: as ingest decided, and what settling made of it after that.

    Rows that were opted out or excluded after linkage are known by class and number only, so the
    classes of the submission that it may have gone to are told.
    """
    kept = set(accepted.get_column("source"))
    number, whose = row["row_number"], {"submission_id": row["submission_id"]}
    there = pl.lit(number).is_between("row_number", "last_row_number")
    decided = _of(store.scan("row_status"), **whose).filter(there).sort("source").collect()
    rows: list[tuple[object, ...]] = []
    for status in decided.iter_rows(named=True):
        source, contract, cls = status["source"], status["contract"], status["class"]
        rows.append((source, contract, "ingest", cls, status["rule"]))
        if cls == "accepted":
            rows += _refused_by_linkage(store, row, source)
        if cls == "accepted" and source not in kept:
            rows += _settled(store, row, source)
    unselected: tuple[object, ...] = (None, None, "file", "selected_by_none", None)
    columns = ("source", "contract", "stage", "class", "rule")
    return Section("What became of it", columns, tuple(rows) or (unselected,))


def _refused_by_linkage(
    store: Scans, row: dict[str, object], source: str
) -> list[tuple[object, ...]]:
    refused = _of(store.scan("link_refusal"), **row, source=source).collect()
    return [
        (source, r["contract"], "link", "quarantined", r["rule"])
        for r in refused.iter_rows(named=True)
    ]


def _settled(store: Scans, row: dict[str, object], source: str) -> list[tuple[object, ...]]:
    """What became of a row that ingest accepted and that is no longer there."""
    gave_way = _of(store.scan("settled"), **row, source=source).collect()
    if not gave_way.is_empty():
        return [
            (source, r["contract"], "ingest", r["class"], None)
            for r in gave_way.iter_rows(named=True)
        ]
    known = ("selected", "accepted", "quarantined", "out_of_period", "superseded", "duplicate")
    submission = row["submission_id"]
    ledger = _of(store.scan("row_ledger"), submission_id=submission, source=source).filter(
        pl.col("stage") != "file", ~pl.col("class").is_in(known), pl.col("n_rows") > 0
    )
    return [
        (source, r["contract"], r["stage"], f"one of {r['n_rows']} rows {r['class']}", r["rule"])
        for r in ledger.sort("stage", "class", "rule").collect().iter_rows(named=True)
    ]


def _same_thing(store: Scans, row: dict[str, object]) -> pl.LazyFrame:
    """Other deliveries of what the row tells of: the ones that replaced it or that it replaced."""
    records = store.scan("record_token")
    same = records.join(_of(records, **row).select("event_id").unique(), on="event_id", how="semi")
    this = pl.all_horizontal([pl.col(name).eq(value) for name, value in row.items()])
    return same.filter(~this).sort("submission_id", "row_number")


def _resolved(person_id: str, history: pl.DataFrame) -> list[str]:
    """What an id is now: itself, or all that it became by merges and splits.

    On a split the old id lives on with the founding record, so it stays among them.
    """
    became: dict[str, list[str]] = {}
    merged = set()
    for change, old, new in history.select("change", "old_person_id", "new_person_id").rows():
        became.setdefault(old, []).append(new)
        if change == "merge" and old != new:
            merged.add(old)
    found, waiting = set(), [person_id]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += became.get(one, [])
    return sorted(found - merged) or [person_id]


def _events_by_family(store: Scans, persons: list[str]) -> pl.LazyFrame:
    events = store.scan("care_event").filter(pl.col("person_id").is_in(persons))
    return (
        events.group_by("event_family")
        .agg(
            pl.len().alias("n_events"),
            pl.min("start_at").alias("first_at"),
            pl.max("start_at").alias("last_at"),
        )
        .sort("event_family")
    )


def _journeys_of(store: Scans, persons: list[str]) -> pl.LazyFrame:
    return store.scan("journey").filter(pl.col("person_id").is_in(persons))
