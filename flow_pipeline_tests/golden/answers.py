"""What a golden history is asked, and its answer as one line of text."""

from collections.abc import Callable

import polars as pl

from flow_pipeline_tests.unit.journeys.histories import History


def _groups(key: str) -> Callable[[History], str]:
    def answer(made: History) -> str:
        return " | ".join(ids.replace(",", " ") for ids in made.grouped(key))

    return answer


def _steps(made: History) -> str:
    """Steps in order: event, hand-off, wait in minutes and since when; journeys apart."""
    frame = made.step.join(
        made.journey.select("journey_id", "person_id", "start_at"), on="journey_id"
    )
    ordered = frame.sort("person_id", "start_at", "journey_id", "step_number")
    told: dict[str, list[str]] = {}
    for row in ordered.rows(named=True):
        told.setdefault(row["journey_id"], []).append(_step(row))
    return " | ".join("; ".join(steps) for steps in told.values())


def _step(row: dict[str, object]) -> str:
    if row["wait_minutes"] is None:
        return str(row["event_id"])
    kind = row["handoff_type"] or "same unit"
    if row["is_concurrent"]:
        return f"{row['event_id']} ({kind}, concurrent)"
    return f"{row['event_id']} ({kind}, {row['wait_minutes']} {row['wait_basis']})"


def _of_stays(column: str) -> Callable[[History], str]:
    def answer(made: History) -> str:
        return _listed(made.spell.sort("person_id", "admitted_at", "spell_id")[column])

    return answer


def _of_continuous(column: str) -> Callable[[History], str]:
    def answer(made: History) -> str:
        ordered = made.continuous.sort("person_id", "admitted_at", "continuous_spell_id")
        return _listed(ordered[column])

    return answer


def _of_journeys(column: str) -> Callable[[History], str]:
    def answer(made: History) -> str:
        return _listed(made.journey.sort("person_id", "start_at", "journey_id")[column])

    return answer


def _listed(values: pl.Series) -> str:
    told = (v.to_list() if isinstance(v, pl.Series) else v for v in values.to_list())
    return " | ".join(" ".join(v) if isinstance(v, list) else _told(v) for v in told)


def _told(value: object) -> str:
    return "unknown" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _flags(made: History) -> str:
    rows = made.failure_demand.select("measure", "event_id").sort("measure", "event_id").rows()
    return " | ".join(f"{measure} {event}" for measure, event in rows)


def _delays(made: History) -> str:
    rows = made.delay.sort("measure", "from_event_id").rows(named=True)
    return " | ".join(f"{r['measure']} {r['end_kind']} {_told(r['minutes'])}" for r in rows)


def _not_counted(made: History) -> str:
    """Waits that the published method of their measure leaves out, and why."""
    rows = made.delay.drop_nulls("left_out").sort("measure", "from_event_id").rows(named=True)
    return " | ".join(f"{r['measure']} {r['from_event_id']} {r['left_out']}" for r in rows)


def _dropped(made: History) -> str:
    rows = made.events.event_dropped.collect().select("rule", "n_rows").sort("rule").rows()
    return " | ".join(f"{rule} {n}" for rule, n in rows)


def _event_flags(made: History) -> str:
    rows = made.event.sort("event_id").select("event_id", "dq_flags").rows()
    return " | ".join(f"{event} {' '.join(flags)}" for event, flags in rows if flags)


ANSWERS: dict[str, Callable[[History], str]] = {
    "spells": _groups("spell_id"),
    "continuous spells": _groups("continuous_spell_id"),
    "journeys": _groups("journey_id"),
    "steps": _steps,
    "spell source": _of_stays("spell_source"),
    "nights": _of_stays("nights"),
    "flags of stays": _of_stays("dq_flags"),
    "link reason": _of_continuous("link_reason"),
    "bed days": _of_continuous("bed_days"),
    "readmission": _of_continuous("is_readmission_30d"),
    "readmitted": _of_continuous("readmitted_30d"),
    "anchor": _of_journeys("anchor_type"),
    "journey ends by": _of_journeys("end_reason"),
    "care days": _of_journeys("care_days"),
    "wait days": _of_journeys("total_wait_days"),
    "unattributed days": _of_journeys("unattributed_days"),
    "failure demand": _flags,
    "delays": _delays,
    "waits not counted": _not_counted,
    "left out": _dropped,
    "flags of events": _event_flags,
}
