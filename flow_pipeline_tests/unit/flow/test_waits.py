"""Cumulative incidence by hand, against a slow second opinion, and what a summary tells."""

import datetime as dt
from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flow_pipeline.flow import cumulative_incidence, wait_summary

START = dt.date(2024, 4, 1)
Wait = tuple[int, str, int]  # minutes, end kind, entered after


def _curve(waits: list[Wait]) -> pl.DataFrame:
    columns = ["minutes", "end_kind", "entered_after"]
    frame = pl.DataFrame(waits, schema=columns, orient="row").with_columns(cohort=pl.lit("c"))
    return cumulative_incidence(frame.lazy(), ["cohort"]).collect()


def _slow(waits: list[Wait]) -> list[tuple[int, int, Fraction, Fraction]]:
    """Length, number at risk and both incidences, straight from the definition."""
    surviving, event, competing = Fraction(1), Fraction(0), Fraction(0)
    told = []
    observed = [w for w in waits if w[0] > w[2] or w[2] == 0]
    for length in sorted({w[0] for w in observed}):
        at_risk = [w for w in observed if w[0] >= length and (w[2] < length or w[2] == 0)]
        ended = {k: sum(w[0] == length and w[1] == k for w in at_risk) for k in _KINDS}
        event += surviving * Fraction(ended["event"], len(at_risk))
        competing += surviving * Fraction(ended["competing"], len(at_risk))
        surviving *= 1 - Fraction(ended["event"] + ended["competing"], len(at_risk))
        told.append((length, len(at_risk), event, competing))
    return told


_KINDS = ("event", "competing", "censored")
_WAITS = st.lists(
    st.tuples(st.integers(0, 12), st.sampled_from(_KINDS), st.sampled_from([0, 0, 0, 1, 3, 7])),
    min_size=1,
    max_size=40,
)


@given(_WAITS)
def test_the_estimator_agrees_with_the_definition(waits):
    curve = _curve(waits)
    slow = _slow(waits)
    assert curve["minutes"].to_list() == [row[0] for row in slow]
    assert curve["n_at_risk"].to_list() == [row[1] for row in slow]
    for column, place in (("incidence_event", 2), ("incidence_competing", 3)):
        assert curve[column].to_list() == pytest.approx([float(row[place]) for row in slow])


@given(_WAITS)
def test_order_and_other_cohorts_change_nothing(waits):
    columns = ["minutes", "end_kind", "entered_after"]
    frame = pl.DataFrame(waits, schema=columns, orient="row")
    both = pl.concat([frame.reverse().with_columns(cohort=pl.lit(c)) for c in ("c", "d")]).sample(
        fraction=1, shuffle=True, seed=1
    )
    found = cumulative_incidence(both.lazy(), ["cohort"]).collect()
    assert found.filter(cohort="c").equals(_curve(waits))


@pytest.mark.parametrize(
    ("rule", "waits", "at", "incidence"),
    [
        ("no censoring: the share that ended", [(1, "event"), (3, "event")], 1, 0.5),
        ("a death takes its share for good", [(1, "competing"), (3, "event")], 3, 0.5),
        ("who is censored before leaves the rest", [(1, "censored"), (3, "event")], 3, 1.0),
        ("who is censored with an event was at risk", [(3, "censored"), (3, "event")], 3, 0.5),
        ("zero counts", [(0, "event"), (3, "censored")], 0, 0.5),
    ],
)
def test_incidence_by_hand(rule, waits, at, incidence):
    curve = _curve([(*wait, 0) for wait in waits])
    assert curve.filter(minutes=at)["incidence_event"].item() == incidence, rule


def test_who_enters_late_was_not_at_risk_before():
    curve = _curve([(1, "event", 0), (2, "event", 0), (5, "event", 3)])
    assert curve["n_at_risk"].to_list() == [2, 1, 1]
    assert curve["incidence_event"].to_list() == [0.5, 1.0, 1.0]


def _summary(*rows: tuple[int | None, str | None], start: str = "2024-05-01") -> pl.DataFrame:
    frame = pl.DataFrame(
        [("m", n, kind, dt.datetime.fromisoformat(start)) for n, kind in rows],
        schema={
            "measure": pl.String,
            "minutes": pl.Int64,
            "end_kind": pl.String,
            "start_at": pl.Datetime("us"),
        },
        orient="row",
    ).with_columns(pl.lit(None, pl.String).alias("left_out"))
    return wait_summary(frame.lazy(), START).collect()


def test_a_summary_tells_how_waits_ended_and_when_half_of_all_had():
    told = _summary((10, "event"), (20, "event"), (30, "event"), (5, "competing"), (None, None))
    rows = told.select("end_kind", "n_waits", "median_minutes", "p90_minutes").rows()
    assert rows == [
        ("censored", 0, None, None),
        ("competing", 1, None, None),
        ("event", 3, 20, None),  # nine tenths are never reached: a quarter died
    ]
    assert told.filter(end_kind="event")["completed_mean_minutes"].item() == 20


def test_waits_that_go_on_are_not_short():
    told = _summary((10, "event"), (500, "censored"), (500, "censored"))
    event = told.row(by_predicate=pl.col("end_kind") == "event", named=True)
    assert event["median_minutes"] is None
    assert event["completed_mean_minutes"] is None


def test_a_wait_over_before_the_data_began_is_not_counted():
    day = 1_440
    told = _summary((day, "event"), (3 * day, "event"), start="2024-03-30")
    assert told.filter(end_kind="event")["n_waits"].item() == 1
