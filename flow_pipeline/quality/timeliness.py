"""Whether what is expected has come, and in time."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from flow_pipeline.quality.results import Result, result

LATE = 2  # days after the due day that warn
TOO_LATE = 10  # days after the due day at which what has not come blocks
MUCH = 0.10  # share of a contract's rows whose absence blocks
_BULK = 3  # a submission longer than so many intervals holds each of them
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_DAYS = {"day": 1, "week": 7}


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """What a source is expected to deliver. ``due_day``: days after an interval's end.

    ``judged_from``: the first interval whose files are judged by when they came; None for a
    backfill, of which only absence can be told.
    """

    source: str
    contract: str
    every: str  # day, week, month, quarter, year
    due_day: int
    is_bound_to_period: bool
    judged_from: dt.date | None = None


@dataclass(frozen=True)
class Interval:
    """One interval in which something is expected, and when."""

    start: dt.date
    end: dt.date
    due: dt.date


Span = tuple[dt.date | None, dt.date | None]


@dataclass(frozen=True)
class _Came:
    """One submission: the days it covers, and when it came."""

    start: dt.date
    end: dt.date
    received: dt.date


def intervals(every: str, due_day: int, start: dt.date, end: dt.date) -> list[Interval]:
    """The whole intervals between two dates; months, quarters and years are those of ``start``.

    Each is due ``due_day`` days after its end: a month's file on that day of the next month.
    """
    found: list[Interval] = []
    first = start
    while True:
        after = _after(first, every)
        last = after - dt.timedelta(days=1)
        if last > end:
            return found
        found.append(Interval(first, last, last + dt.timedelta(days=due_day)))
        first = after


def _after(day: dt.date, every: str) -> dt.date:
    if every in _DAYS:
        return day + dt.timedelta(days=_DAYS[every])
    months = day.year * 12 + day.month - 1 + _MONTHS[every]
    return dt.date(months // 12, months % 12 + 1, 1)


def timeliness_results(
    expectations: Sequence[Expectation],
    submission: pl.LazyFrame,
    organisation: pl.LazyFrame,
    *,
    period: tuple[dt.date, dt.date],
    as_of: dt.date,
) -> list[Result]:
    """C11 and T01: what is expected of a contract and sender, and has not come, or late.

    In:  tables submission and organisation: a sender is not expected to send of a time when it was
         not open. ``period``: first and last date of the economy. ``as_of``: the
         day of judgement; it bears on sources with ``judged_from`` alone.
    Out: by contract (as source) and sender. C11: intervals of the economy's period without a
         submission, of those that were due when the latest file of all came. T01: the most days by
         which anything was late, for intervals from ``judged_from``. It blocks where something is
         missing more than TOO_LATE days after it was due, and the sender usually has more than MUCH
         of the contract's rows. A sender is expected once it has sent anything.
    Source of the definition: domain.md §5, C11 and T01; §6.1, "Lateness".
    """
    rows = submission.sort("received_at", "submission_id").collect().to_dicts()
    if not rows:
        return []
    latest = max(row["received_at"].date() for row in rows if row["received_at"])
    results = []
    shares = _shares(expectations, rows)
    life = _open_times(organisation)
    for (contract, sender), (told, came) in sorted(_by_sender(expectations, rows).items()):
        bound = [e for e in told if e.is_bound_to_period]
        if bound:
            due = [
                i for i in _expected(bound, _shared(period, life.get(sender))) if i.due <= latest
            ]
            missing = [i for i in due if not _first_of(i, came)]
            results.append(_missing(contract, sender, len(due), len(missing)))
        judged = [e for e in bound if e.judged_from is not None]
        if judged:
            share = shares.get((contract, sender), 0.0)
            own = _shared(period, life.get(sender))
            results += _late(contract, sender, judged, came, own, as_of, share)
    return results


_Key = tuple[str, str]


def _by_sender(
    expectations: Sequence[Expectation], rows: Iterable[Mapping[str, object]]
) -> dict[_Key, tuple[list[Expectation], list[_Came]]]:
    """What is expected and what came, by contract and sender: a sender that changes its system has
    two sources for one contract."""
    by_source = {e.source: e for e in expectations}
    found: dict[_Key, tuple[list[Expectation], list[_Came]]] = defaultdict(lambda: ([], []))
    for row in rows:
        told = by_source.get(str(row["source"]))
        if told is None or row["organisation_code"] is None:
            continue
        expected, came = found[told.contract, str(row["organisation_code"])]
        if told not in expected:
            expected.append(told)
        start = row["period_derived_start"] or row["period_stated_start"]
        end = row["period_derived_end"] or row["period_stated_end"]
        received = row["received_at"]
        if isinstance(start, dt.date) and isinstance(end, dt.date):
            assert isinstance(received, dt.datetime)
            came.append(_Came(start, end, received.date()))
    return found


def _open_times(organisation: pl.LazyFrame) -> dict[str, Span]:
    """First and last day of each organisation; null where it has none."""
    spans = organisation.group_by("organisation_code").agg(
        pl.col("valid_from").min(),
        pl.when(pl.col("valid_to").null_count() == 0).then(pl.col("valid_to").max()),
    )
    return {code: (first, last) for code, first, last in spans.collect().iter_rows()}


def _shared(period: tuple[dt.date, dt.date], life: Span | None) -> tuple[dt.date, dt.date]:
    """The economy's period as far as a sender was open in it; the month it opened or closed in is
    whole time of neither."""
    first, last = life or (None, None)
    start, end = period
    if first is not None and first > start:
        start = _after(first.replace(day=1), "month")
    return start, end if last is None else min(end, last)


def _shares(
    expectations: Sequence[Expectation], rows: Iterable[Mapping[str, object]]
) -> dict[_Key, float]:
    """The share of a contract's rows that each sender has delivered."""
    contracts = {e.source: e.contract for e in expectations}
    counts: dict[_Key, int] = defaultdict(int)
    totals: dict[str, int] = defaultdict(int)
    for row in rows:
        contract = contracts.get(str(row["source"]))
        if contract is not None:
            counts[contract, str(row["organisation_code"])] += int(str(row["n_rows"]))
            totals[contract] += int(str(row["n_rows"]))
    return {key: n / totals[key[0]] for key, n in counts.items() if totals[key[0]]}


def _expected(told: Sequence[Expectation], period: tuple[dt.date, dt.date]) -> list[Interval]:
    """The intervals of the sources of one contract and sender, each once."""
    every = sorted({(e.every, e.due_day) for e in told})
    found = {i for one in every for i in intervals(*one, *period)}
    return sorted(found, key=lambda i: (i.start, i.end, i.due))


def _first_of(interval: Interval, came: Sequence[_Came]) -> dt.date | None:
    """When the first submission of an interval came: one whose period ends in it, or one that is
    much longer and holds it whole."""
    n_days = (interval.end - interval.start).days + 1
    for one in came:
        ends_here = interval.start <= one.end <= interval.end
        is_bulk = (one.end - one.start).days + 1 > _BULK * n_days
        if ends_here or (is_bulk and one.start <= interval.start and interval.end <= one.end):
            return one.received
    return None


def _missing(contract: str, sender: str, n_due: int, n_missing: int) -> Result:
    return result(
        "C11",
        "expected_periods",
        contract,
        organisation_code=sender,
        n_rows=n_due,
        n_failed=n_missing,
    )


def _late(
    contract: str,
    sender: str,
    judged: Sequence[Expectation],
    came: Sequence[_Came],
    period: tuple[dt.date, dt.date],
    as_of: dt.date,
    share: float,
) -> list[Result]:
    since = min(e.judged_from for e in judged if e.judged_from is not None)
    due = [i for i in _expected(judged, period) if i.start >= since and i.due < as_of]
    if not due:
        return []
    received = [_first_of(i, came) for i in due]
    days = [((r or as_of) - i.due).days for i, r in zip(due, received, strict=True)]
    absent = [d for d, r in zip(days, received, strict=True) if r is None]
    return [
        result(
            "T01",
            "received_by_due_day",
            contract,
            organisation_code=sender,
            n_rows=len(due),
            n_failed=sum(d > LATE for d in days),
            threshold=LATE,
            seen=float(max(0, *days)),
            blocks=bool(absent) and max(absent) > TOO_LATE and share > MUCH,
        )
    ]
