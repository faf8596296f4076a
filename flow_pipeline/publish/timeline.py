"""A journey as a timeline: who, when, what was waited for, who handed over, why each event belongs.

It names units and times only: no person, journey or event id stands in it. The rules that it
tells are those of docs/journeys.md.
"""

import datetime as dt
from collections.abc import Mapping

import polars as pl

from flow_pipeline.contracts.families import BED_FAMILIES, STEP_FAMILIES
from flow_pipeline.errors import ConfigurationError
from flow_pipeline.journeys import with_bridge_ends
from flow_pipeline.publish.explain import Scans, Section
from flow_pipeline.publish.summary import in_words

COLUMNS = ("Step", "When", "What", "Who", "Waited", "Hand-off", "Why it belongs")
Row = Mapping[str, object]


def journey_timeline(store: Scans, journey_id: str, gap_days: int) -> list[Section]:
    """The journey in numbers, its events in order of start, its measured waits and its flags.

    ``gap_days``: the gap rule that the journeys were made with. An event that is no step of its
    own has no step number. Raises ConfigurationError for an id that is none.
    """
    journey = store.scan("journey").filter(pl.col("journey_id").eq(journey_id)).collect()
    if journey.is_empty():
        raise ConfigurationError("No journey has this id. Table flow.journey lists them.")
    steps = store.scan("journey_step").filter(pl.col("journey_id").eq(journey_id)).collect()
    by_event = {row["event_id"]: row for row in steps.iter_rows(named=True)}
    told, reached = [], None
    for event in _events(store, journey_id).iter_rows(named=True):
        step = by_event.get(event["event_id"])
        told.append(_line(event, step, _reason(event, reached, gap_days, is_step=bool(step))))
        if event["is_bridging"]:
            reached = max(filter(None, (reached, _until(event))))
    return [
        _facts(journey.row(0, named=True)),
        Section("Timeline", COLUMNS, tuple(told)),
        _delays(store, journey_id),
        _failures(store, journey_id),
    ]


def _delays(store: Scans, journey_id: str) -> Section:
    rows = (
        store.scan("delay")
        .filter(pl.col("journey_id").eq(journey_id))
        .sort("start_at", "measure")
        .select("measure", "start_at", "minutes", "end_kind")
        .collect()
    )
    told = tuple(
        (measure.replace("_", " "), _moment(start, "date"), _length(minutes), kind or "no wait")
        for measure, start, minutes, kind in rows.iter_rows()
    )
    return Section("Measured waits", ("Measure", "Since", "Length", "Ended in"), told)


def _failures(store: Scans, journey_id: str) -> Section:
    source = ("source_sector", "source_organisation_code", "source_basis")
    rows = (
        store.scan("failure_demand")
        .filter(pl.col("journey_id").eq(journey_id))
        .group_by("measure", *source)
        .len()
        .sort("measure", *source)
        .collect()
    )
    told = tuple(
        (measure, n, " ".join(filter(None, (sector, organisation))) or "unknown", basis or "")
        for measure, sector, organisation, basis, n in rows.iter_rows()
    )
    columns = ("Flag", "Events", "Goes back to", "By the rule")
    return Section("Failure demand (proxies, no judgement of care)", columns, told)


def _length(minutes: int | None) -> str:
    return "" if minutes is None else in_words(minutes)


def _events(store: Scans, journey_id: str) -> pl.DataFrame:
    """Events in order; on one day those without a time come last."""
    members = store.scan("care_event").filter(pl.col("journey_id").eq(journey_id))
    own = store.scan("event").join(members, on="event_id", how="semi")
    bridging = with_bridge_ends(own, store.scan("spell_draft"), store.scan("spell_member"))
    more = bridging.select("event_id", "role", "is_bridging", "counted_end_at")
    no_time = pl.col("start_precision") != "minute"
    return (
        members.join(more, on="event_id", how="left")
        .sort(pl.col("start_at").dt.date(), no_time, "start_at", "event_id")
        .collect()
    )


def _facts(journey: Row) -> Section:
    names = {
        "anchor_type": "Anchor",
        "start_at": "From",
        "end_at": "To",
        "end_reason": "Ends by",
        "n_events": "Events",
        "n_steps": "Steps",
        "n_handoffs": "Hand-offs",
        "care_days": "Days of care",
        "total_wait_days": "Days of recorded waiting",
        "unattributed_days": "Days that are neither",
        "n_failure_demand": "Events flagged as failure demand",
    }
    rows = tuple((words, journey[name]) for name, words in names.items())
    return Section("Journey", ("", "Value"), rows)


def _line(event: Row, step: Row | None, reason: str) -> tuple[object, ...]:
    what = str(event["event_family"]).replace("_", " ")
    kind = f"{what}: {event['event_type']}" if event["event_type"] else what
    who = [str(event[name]) for name in ("sector", "organisation_code", "team_code") if event[name]]
    return (
        step["step_number"] if step else None,
        _when(event),
        kind,
        " ".join(who),
        _waited(step) if step else "",
        (step["handoff_type"] or "") if step else "",
        reason,
    )


def _when(event: Row) -> str:
    start = _moment(event["start_at"], event["start_precision"])
    if event["is_open"]:
        return f"{start} – still going on"
    end = _moment(event["end_at"], event["end_precision"])
    if len(end) > len("2024-05-01") and end[:10] == start[:10]:
        return start if end == start else f"{start} – {end[11:]}"
    return start if end in ("", start) else f"{start} – {end}"


def _moment(at: object, precision: object) -> str:
    if not isinstance(at, dt.datetime):
        return ""
    return f"{at:%Y-%m-%d %H:%M}" if precision == "minute" else f"{at:%Y-%m-%d}"


def _waited(step: Row) -> str:
    """The wait before a step, and since what; the gap between two steps is no wait."""
    minutes, basis = step["wait_minutes"], step["wait_basis"]
    if step["is_concurrent"]:
        return "at the same time"
    if not isinstance(minutes, int):
        return ""
    told = f"{in_words(minutes)} after the step before"
    since = step["clock_wait_minutes"]
    return f"{told}; waited for {in_words(since)} ({basis})" if isinstance(since, int) else told


def _until(event: Row) -> dt.date | None:
    """Until when the event holds the journey together: its start unless it is an interval."""
    at = event["counted_end_at"] if event["role"] == "interval" else event["start_at"]
    return at.date() if isinstance(at, dt.datetime) else None


def _reason(event: Row, reached: dt.date | None, gap_days: int, *, is_step: bool) -> str:
    """Why the event is in this journey, and what it is there."""
    start = event["start_at"]
    if not isinstance(start, dt.datetime):
        return ""
    if not event["is_bridging"]:
        return f"did not take place or is administrative: within {gap_days} days of the journey"
    if reached is None:
        return _as_member("first event of the journey", event, is_step)
    days = (start.date() - reached).days
    if days <= 0:
        return _as_member("begins by the day on which all before it had ended", event, is_step)
    rule = f"begins {days} {'day' if days == 1 else 'days'} after the end of all before it"
    return _as_member(f"{rule} (at most {gap_days})", event, is_step)


def _as_member(rule: str, event: Row, is_step: bool) -> str:
    if is_step:
        return f"{rule}; counts by its start alone" if event["role"] == "context" else rule
    if event["event_family"] in BED_FAMILIES:
        return f"{rule}; part of a stay that another line tells"
    joined = event["event_family"] in STEP_FAMILIES
    return f"{rule}; goes on with the step before" if joined else f"{rule}; no step"
