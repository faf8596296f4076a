"""What a run found, in a dozen numbers a newcomer understands."""

import datetime as dt
from collections.abc import Callable
from dataclasses import asdict, dataclass

import polars as pl

_DAY_MINUTES = 1_440
_WAITS = {
    "discharge_delay": "Ready for discharge until discharged",
    "ready_to_home_support": "Ready for discharge until support at home",
    "referral_to_first_contact": "Community referral until first contact",
    "ed_arrival_to_departure": "Emergency department, arrival until departure",
    "request_to_service": "Council request until service",
}


@dataclass(frozen=True)
class Wait:
    measure: str
    meaning: str
    n_ended: int
    n_not_ended: int
    median_minutes: float | None  # by cumulative incidence; None: not reached


@dataclass(frozen=True)
class HighResource:
    financial_year: str
    rule: str
    n_people: int
    share_of_population: float | None
    share_of_cost: float | None
    share_of_unplanned_bed_days: float | None


@dataclass(frozen=True)
class Summary:
    people: int
    events: int
    journeys: int
    journeys_with_admission: int
    events_by_family: dict[str, int]
    high_resource: tuple[HighResource, ...]
    waits: tuple[Wait, ...]
    failure_demand: dict[str, int]
    rows_by_class: dict[str, int]
    refused_by_rule: dict[str, int]
    checks_failed: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def summarise(scan: Callable[[str], pl.LazyFrame], period_end: dt.date) -> Summary:
    """Sum up published tables, read through ``scan`` by name."""
    events = scan("care_event")
    journeys = scan("journey")
    ledger = scan("row_ledger").filter(pl.col("stage") != "file", pl.col("class") != "selected")
    return Summary(
        people=_count(scan("person")),
        events=_count(events),
        journeys=_count(journeys),
        journeys_with_admission=_count(journeys.filter("has_admission")),
        events_by_family=_counts(events, "event_family"),
        high_resource=_high_resource(scan("hri_summary"), period_end),
        waits=_waits(scan("wait_summary")),
        failure_demand=_counts(scan("failure_demand"), "measure"),
        rows_by_class=_sums(ledger, "class"),
        refused_by_rule=_sums(ledger.filter(pl.col("class") == "quarantined"), "rule"),
        checks_failed=_checks_failed(scan("quality_result")),
    )


def _count(frame: pl.LazyFrame) -> int:
    return int(frame.select(pl.len()).collect().item())


def _counts(frame: pl.LazyFrame, by: str) -> dict[str, int]:
    rows = frame.group_by(by).len("n").sort("n", by, descending=[True, False]).collect()
    return dict(rows.iter_rows())


def _sums(frame: pl.LazyFrame, by: str) -> dict[str, int]:
    rows = frame.group_by(by).agg(pl.sum("n_rows")).sort("n_rows", by, descending=[True, False])
    return {str(key): n for key, n in rows.collect().iter_rows()}


def _high_resource(summary: pl.LazyFrame, period_end: dt.date) -> tuple[HighResource, ...]:
    economy = summary.filter(
        pl.col("area_level") == "economy",
        pl.col("financial_year").str.slice(0, 4).cast(pl.Int64) < period_end.year,
    )
    latest = economy.filter(pl.col("financial_year") == pl.col("financial_year").max())
    columns = list(HighResource.__dataclass_fields__)
    rows = latest.sort("rule").select(columns).collect()
    return tuple(HighResource(**row) for row in rows.iter_rows(named=True))


def _waits(wait_summary: pl.LazyFrame) -> tuple[Wait, ...]:
    """Of all who waited, ended or not: the median is when half of them had got there."""
    ended = pl.col("end_kind") == "event"
    rows = (
        wait_summary.filter(pl.col("measure").is_in(list(_WAITS)))
        .group_by("measure")
        .agg(
            pl.col("n_waits").filter(ended).sum().alias("n_ended"),
            pl.col("n_waits").filter(~ended).sum().alias("n_not_ended"),
            pl.col("median_minutes").filter(ended).first(),
        )
        .collect()
    )
    by_measure = {row["measure"]: row for row in rows.iter_rows(named=True)}
    return tuple(
        Wait(meaning=meaning, **by_measure[measure])
        for measure, meaning in _WAITS.items()
        if measure in by_measure
    )


def _checks_failed(results: pl.LazyFrame) -> tuple[str, ...]:
    failed = results.filter(~pl.col("passed")).group_by("check_id", "severity").len("n")
    rows = failed.sort("severity", "check_id").collect()
    return tuple(f"{check} ({severity}, {n} ×)" for check, severity, n in rows.iter_rows())


def in_words(minutes: float | None) -> str:
    """A length of time as a person would say it."""
    if minutes is None:
        return "not reached"
    if minutes >= _DAY_MINUTES:
        return f"{minutes / _DAY_MINUTES:.1f} days"
    return f"{minutes / 60:.1f} hours" if minutes >= 90 else f"{minutes:.0f} minutes"
