"""What is expected of a sender, drawn as months, and what is said when it does not come."""

import datetime as dt
import itertools

import polars as pl
import pytest

from flow_pipeline.quality.timeliness import Expectation, intervals, timeliness_results
from flow_pipeline.tables import table
from flow_pipeline.tables.ingest import SUBMISSION

_PERIOD = (dt.date(2024, 4, 1), dt.date(2024, 9, 30))
_APRIL = dt.date(2024, 4, 1)


def _expectation(judged_from=None, source="apc", **more):
    told = {"every": "month", "due_day": 20, "is_bound_to_period": True, **more}
    return Expectation(source=source, contract="apc_episode", judged_from=judged_from, **told)


def _frame(*rows):
    """(source, sender, first month, last month, received, rows)"""
    return pl.LazyFrame(
        [
            {
                "submission_id": str(n),
                "source": source,
                "organisation_code": sender,
                "received_at": received,
                "period_derived_start": dt.date(2024, first, 1),
                "period_derived_end": dt.date(2024, last + 1, 1) - dt.timedelta(days=1),
                "n_rows": n_rows,
            }
            for n, (source, sender, first, last, received, n_rows) in enumerate(rows)
        ],
        schema=SUBMISSION.schema(),
    )


def _in_time(month, sender="RXA", source="apc", n_rows=100):
    return source, sender, month, month, dt.datetime(2024, month + 1, 15), n_rows


def _open(**until):
    """Organisations with the day they closed on."""
    rows = [{"organisation_code": code, "valid_to": day} for code, day in until.items()]
    return pl.LazyFrame(rows, schema=table("organisation").schema())


def _results(expectations, frame, as_of=dt.date(2024, 10, 25), organisation=None):
    own = _open() if organisation is None else organisation
    found = timeliness_results(expectations, frame, own, period=_PERIOD, as_of=as_of)
    return {(r.check_id, r.organisation_code): r for r in found}


def test_a_month_is_due_in_the_next():
    first, second = intervals("month", 20, dt.date(2024, 1, 1), dt.date(2024, 3, 30))
    assert (first.end, first.due) == (dt.date(2024, 1, 31), dt.date(2024, 2, 20))
    assert (second.end, second.due) == (dt.date(2024, 2, 29), dt.date(2024, 3, 20))


@pytest.mark.parametrize(
    ("every", "n"), [("day", 366), ("week", 52), ("month", 12), ("quarter", 4), ("year", 1)]
)
def test_intervals_of_a_year(every, n):
    found = intervals(every, 1, dt.date(2024, 1, 1), dt.date(2024, 12, 31))
    assert len(found) == n
    assert all(b.start - a.end == dt.timedelta(days=1) for a, b in itertools.pairwise(found))


def test_a_month_that_never_came_is_missing_and_nothing_is_late():
    """A backfill: everything came at once, years later."""
    at_once = dt.datetime(2026, 1, 1)
    came = [("apc", "RXA", m, m, at_once, 100) for m in (4, 5, 7, 8, 9)]
    found = _results([_expectation()], _frame(*came))
    assert set(found) == {("C11 expected_periods", "RXA")}
    missing = found["C11 expected_periods", "RXA"]
    assert (missing.n_rows, missing.n_failed) == (6, 1)
    assert missing.row()["severity"] == "warn"


def test_a_sender_that_changed_its_system_has_two_sources_of_one_contract():
    came = [_in_time(m) for m in (4, 5, 6)] + [_in_time(m, source="pas2") for m in (7, 8, 9)]
    found = _results([_expectation(), _expectation(source="pas2")], _frame(*came))
    assert found["C11 expected_periods", "RXA"].n_failed == 0


def test_a_file_of_many_months_holds_each_of_them():
    bulk = ("apc", "RXA", 4, 9, dt.datetime(2024, 12, 1), 600)
    found = _results([_expectation()], _frame(bulk))
    assert found["C11 expected_periods", "RXA"].n_failed == 0


def test_what_is_not_yet_due_is_not_missing():
    found = _results([_expectation()], _frame(_in_time(4), _in_time(5)))
    missing = found["C11 expected_periods", "RXA"]
    assert (missing.n_rows, missing.n_failed) == (1, 0)  # April; June's file was not due in June


@pytest.mark.parametrize(
    ("received", "days", "passed"),
    [
        (dt.datetime(2024, 10, 20), 0, True),
        (dt.datetime(2024, 10, 22), 2, True),
        (dt.datetime(2024, 10, 23), 3, False),
    ],
)
def test_two_days_of_grace(received, days, passed):
    came = [_in_time(m) for m in (4, 5, 6, 7, 8)] + [("apc", "RXA", 9, 9, received, 100)]
    late = _results([_expectation(_APRIL)], _frame(*came))["T01 received_by_due_day", "RXA"]
    assert (late.observed, late.row()["passed"]) == (days, passed)
    assert late.row()["severity"] == "warn"


@pytest.mark.parametrize(
    ("as_of", "n_rows", "severity"),
    [
        (dt.date(2024, 10, 30), 100, "warn"),  # ten days after it was due
        (dt.date(2024, 10, 31), 100, "block"),
        (dt.date(2024, 10, 31), 10, "warn"),  # a small sender: 1 in 11 rows
    ],
)
def test_what_a_large_sender_leaves_out_blocks_after_ten_days(as_of, n_rows, severity):
    came = [_in_time(m, n_rows=n_rows) for m in (4, 5, 6, 7, 8)]
    others = [_in_time(m, sender="RXB") for m in (4, 5, 6, 7, 8, 9)]
    found = _results([_expectation(_APRIL)], _frame(*came, *others), as_of)
    late = found["T01 received_by_due_day", "RXA"]
    assert late.row()["severity"] == severity
    assert not late.row()["passed"]
    assert found["T01 received_by_due_day", "RXB"].row()["passed"]


def test_intervals_before_the_judgement_starts_are_a_backfill():
    came = [("apc", "RXA", m, m, dt.datetime(2024, 9, 1), 100) for m in (4, 5, 6, 7)]
    came += [_in_time(8), _in_time(9)]
    found = _results([_expectation(dt.date(2024, 8, 1))], _frame(*came))
    late = found["T01 received_by_due_day", "RXA"]
    assert (late.n_rows, late.n_failed) == (2, 0)


def test_registers_are_not_bound_to_intervals():
    assert not _results([_expectation(is_bound_to_period=False)], _frame(_in_time(4)))


def test_nothing_sent_is_nothing_expected():
    assert not timeliness_results([_expectation()], _frame(), _open(), period=_PERIOD, as_of=_APRIL)


def test_a_sender_that_closed_is_not_expected_any_more():
    came = [_in_time(m) for m in (4, 5)] + [_in_time(m, sender="RXB") for m in range(4, 10)]
    frame, told = _frame(*came), [_expectation(_APRIL)]
    closed = _results(told, frame, organisation=_open(RXA=dt.date(2024, 6, 12)))
    still = _results(told, frame, organisation=_open(RXA=None))
    for check in ("C11 expected_periods", "T01 received_by_due_day"):
        assert closed[check, "RXA"].row()["passed"]
        assert not still[check, "RXA"].row()["passed"]
