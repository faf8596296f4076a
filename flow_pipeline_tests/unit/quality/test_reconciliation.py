"""A submission against those before it: drawn months of a sender, and what is said of each."""

import datetime as dt

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flow_pipeline.quality.measures import MEASURES
from flow_pipeline.quality.reconciliation import Limits, newest, reconciled
from flow_pipeline.quality.submission_checks import change_results
from flow_pipeline.tables.ingest import SUBMISSION
from flow_pipeline.tables.linkage import RECORD_TOKEN

_CONTRACTS = {"apc": "apc_episode", "mpi": "csds_mpi"}


def _submission(
    submission_id, month, received=None, *, months=1, source="apc", supersedes=None, sender="RXA"
):
    start = dt.date(2024, month, 1)
    last = month + months
    end = dt.date(2024 + (last - 1) // 12, (last - 1) % 12 + 1, 1) - dt.timedelta(days=1)
    return {
        "submission_id": submission_id,
        "source": source,
        "organisation_code": sender,
        "digest": f"{month} {received}",
        "received_at": received or dt.datetime(2024, month, 28) + dt.timedelta(days=20),
        "period_derived_start": start,
        "period_derived_end": end,
        "n_rows": 0,
        "supersedes": supersedes,
    }


def _tables(submissions, values=(), events=()):
    """``values``: (submission, value, spread) of measure rows. ``events``: submission → events,
    each with the number of its content."""
    index = [
        {
            "record_key": f"{s}{n}",
            "submission_id": s,
            "source": "apc",
            "contract": "apc_episode",
            "organisation_code": "RXA",
            "row_number": n,
            "event_id": event[0],
            "row_hash": int(event[1]),
        }
        for s, held in dict(events).items()
        for n, event in enumerate(held)
    ]
    return (
        pl.LazyFrame(list(submissions), schema=SUBMISSION.schema()),
        pl.LazyFrame(
            [(s, "rows", float(v), float(w)) for s, v, w in values], schema=MEASURES, orient="row"
        ),
        pl.LazyFrame(index, schema=RECORD_TOKEN.schema()),
    )


def _verdicts(submissions, values):
    table, measures, index = _tables(submissions, values)
    found = reconciled(table, _CONTRACTS, measures, index).collect()
    return dict(zip(found["submission_id"], found["verdict"], strict=True))


@pytest.mark.parametrize(
    ("rows", "verdict"),
    [
        (10_400, "alike"),  # 4 %
        (10_700, "warn"),  # 7 %, against 4 % by chance
        (12_600, "block"),
        (7_500, "block"),
        (0, "block"),  # an empty file
    ],
)
def test_change_of_a_large_sender(rows, verdict):
    """May has as many days as July, so nothing else changes."""
    found = _verdicts(
        [_submission("may", 5), _submission("july", 7)],
        [("may", 10_000, 10_000), ("july", rows, rows)],
    )
    assert found == {"may": "first", "july": verdict}


def test_a_small_sender_may_vary():
    found = _verdicts(
        [_submission("may", 5), _submission("july", 7)], [("may", 40, 40), ("july", 28, 28)]
    )
    assert found["july"] == "chance"


@pytest.mark.parametrize(
    ("rows", "deviations", "verdict"),
    [
        (283, 5, "warn"),  # 26 %: 3.9 standard deviations, as happens once in thousands
        (283, 3, "block"),
        (190, 5, "block"),  # half of them gone
        (0, 5, "block"),
    ],
)
def test_a_sender_of_hundreds_blocks_only_beyond_what_hundreds_of_comparisons_show(
    rows, deviations, verdict
):
    table, measures, index = _tables(
        [_submission("may", 5), _submission("july", 7)], [("may", 382, 382), ("july", rows, rows)]
    )
    limits = Limits(deviations=deviations)
    found = reconciled(table, _CONTRACTS, measures, index, limits)
    told = dict(found.select("submission_id", "verdict").collect().rows())
    assert told["july"] == verdict
    (row,) = (r.row() for r in change_results(found, table, newest(table, _CONTRACTS), limits))
    assert not row["passed"]
    assert row["severity"] == verdict


def test_limits_are_as_configured():
    limits = Limits.told(warn_percent=10, block_percent=30, block_deviations=4)
    assert (limits.warn, limits.block, limits.deviations) == (0.1, 0.3, 4)


def test_rows_that_come_in_clusters_vary_more():
    """1,000 people with 10 rows each are 1,000 things, not 10,000."""
    months = [_submission("may", 5), _submission("july", 7)]
    alone = [("may", 10_000, 10_000), ("july", 9_000, 9_000)]
    together = [("may", 10_000, 100_000), ("july", 9_000, 90_000)]
    assert _verdicts(months, alone)["july"] == "warn"
    assert _verdicts(months, together)["july"] == "chance"


def test_february_is_no_fall():
    found = _verdicts(
        [_submission("january", 1), _submission("february", 2)],
        [("january", 310_000, 1), ("february", 290_000, 1)],
    )
    assert found["february"] == "alike"


def test_periods_of_other_length_are_not_compared():
    found = _verdicts(
        [_submission("backlog", 1, months=4), _submission("may", 5)],
        [("backlog", 400_000, 1), ("may", 50_000, 1)],
    )
    assert found["may"] == "other_length"


def test_a_quarter_of_which_the_second_half_is_missing_warns():
    quarters = [_submission("q1", 1, months=3), _submission("q2", 4, months=2)]
    found = _verdicts(quarters, [("q1", 9_000, 1), ("q2", 6_000, 1)])
    assert found["q2"] == "warn"


def test_only_the_newest_blocks():
    found = _verdicts(
        [_submission(n, m) for n, m in (("may", 5), ("july", 7), ("august", 8))],
        [("may", 10_000, 1), ("july", 5_000, 1), ("august", 5_000, 1)],
    )
    assert found == {"may": "first", "july": "warn", "august": "alike"}


def test_what_comes_late_of_an_old_period_is_compared_with_the_one_before_it():
    late = _submission("may", 5, received=dt.datetime(2024, 12, 1))
    table, measures, index = _tables(
        [_submission("april", 4), late, _submission("july", 7)],
        [("april", 300, 1), ("may", 310, 1), ("july", 310, 1)],
    )
    found = reconciled(table, _CONTRACTS, measures, index).collect()
    before = dict(zip(found["submission_id"], found["previous_submission_id"], strict=True))
    assert before == {"april": None, "may": "april", "july": "may"}
    assert newest(table, _CONTRACTS).collect()["submission_id"].to_list() == ["july"]


def test_registers_are_ordered_by_receipt():
    """The period of a register is as old as its oldest row."""
    found = _verdicts(
        [
            _submission("first", 3, dt.datetime(2024, 4, 5), source="mpi"),
            _submission("second", 1, dt.datetime(2024, 5, 5), source="mpi"),
        ],
        [("first", 10_000, 1), ("second", 2_000, 1)],
    )
    assert found == {"first": "first", "second": "block"}


def test_people_who_move_from_one_sender_of_a_file_to_another_are_no_loss():
    """A practice closes; another takes its people. Where they are nowhere, it blocks."""
    months = [_submission(f"{p}{m}", m, sender=p) for m in (5, 7) for p in ("P1", "P2")]
    before = [("P15", 5_000, 1), ("P25", 5_000, 1)]
    moved = _verdicts(months, [*before, ("P17", 9_000, 1), ("P27", 1_000, 1)])
    lost = _verdicts(months, [*before, ("P17", 5_000, 1), ("P27", 1_000, 1)])
    assert (moved["P17"], moved["P27"]) == ("warn", "warn")
    assert (lost["P17"], lost["P27"]) == ("alike", "block")


@pytest.mark.parametrize(
    ("merged_on", "into", "verdict"),
    [
        (dt.date(2024, 6, 30), "RXA", "warn"),
        (dt.date(2022, 6, 30), "RXA", "block"),  # long before
        (dt.date(2024, 6, 30), "RXB", "block"),  # into another
        (None, "RXA", "block"),  # has not closed
    ],
)
def test_a_jump_that_a_merger_explains_warns(merged_on, into, verdict):
    months = [_submission(f"m{m}", m) for m in (5, 7)]
    values = [("m5", 5_000, 1), ("m7", 9_000, 1)]
    organisations = pl.LazyFrame(
        {"organisation_code": ["RXC"], "successor_code": [into], "valid_to": [merged_on]},
        schema_overrides={"valid_to": pl.Date},
    )
    table, measures, index = _tables(months, values)
    found = reconciled(table, _CONTRACTS, measures, index, organisations=organisations).collect()
    assert found.filter(submission_id="m7")["verdict"].to_list() == [verdict]


def test_a_register_replaces_nothing_unless_it_says_so():
    same = [
        _submission(n, 1, dt.datetime(2024, m, 5), source="mpi") for n, m in (("a", 4), ("b", 5))
    ]
    table, measures, index = _tables(same, events={"a": ["x1", "y1"], "b": ["x1"]})
    assert reconciled(table, _CONTRACTS, measures, index).collect().is_empty()


#                     a content letter changes, b stays, c goes, d is new
_FIRST = ["a1", "b1", "c1"]
_AGAIN = ["a2", "b1", "d1"]


def test_a_resubmission_is_compared_event_by_event():
    again = _submission("again", 5, dt.datetime(2024, 7, 1))
    table, measures, index = _tables(
        [_submission("may", 5), again], events={"may": _FIRST, "again": _AGAIN}
    )
    found = reconciled(table, _CONTRACTS, measures, index).collect()
    told = {row["measure"]: (row["value"], row["verdict"]) for row in found.to_dicts()}
    assert told == {
        "inserted_events": (1.0, "alike"),
        "updated_events": (1.0, "alike"),
        "deleted_events": (1.0, "warn"),
    }
    assert found["previous_submission_id"].unique().to_list() == ["may"]
    newest_one = newest(table, _CONTRACTS)
    results = change_results(found.lazy(), table, newest_one)
    assert [(r.check_id, round(r.observed, 2)) for r in results] == [("R05 deleted_events", 0.33)]


def test_two_halves_of_a_month_replace_nothing():
    other = _submission("other", 5, dt.datetime(2024, 7, 1))
    table, measures, index = _tables(
        [_submission("may", 5), other], events={"may": _FIRST, "other": ["x1", "y1"]}
    )
    assert reconciled(table, _CONTRACTS, measures, index).collect().is_empty()


def test_what_is_said_to_be_superseded_is_so_though_it_shares_nothing():
    other = _submission("other", 5, dt.datetime(2024, 7, 1), supersedes="may")
    table, measures, index = _tables(
        [_submission("may", 5), other], events={"may": _FIRST, "other": ["x1"]}
    )
    found = reconciled(table, _CONTRACTS, measures, index).collect()
    deleted = found.filter(pl.col("measure") == "deleted_events")
    assert deleted["relative_change"].to_list() == [1.0]


def test_a_block_is_a_result_that_blocks_and_chance_is_one_that_passes():
    months = [_submission("may", 5), _submission("july", 7)]
    for rows, spread, passed, severity in ((5_000, 1, False, "block"), (5_000, 1e9, True, "warn")):
        table, measures, index = _tables(months, [("may", 10_000, spread), ("july", rows, spread)])
        found = reconciled(table, _CONTRACTS, measures, index)
        (row,) = (r.row() for r in change_results(found, table, newest(table, _CONTRACTS)))
        assert (row["passed"], row["severity"]) == (passed, severity)
        assert row["observed"] == 0.5


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=8))
def test_every_submission_gets_one_verdict_whatever_it_holds(counts):
    months = [_submission(str(n), n + 1) for n in range(len(counts))]
    found = _verdicts(months, [(str(n), v, v) for n, v in enumerate(counts)])
    assert set(found) == {str(n) for n in range(len(counts))}
    assert found["0"] == "first"
    assert [v for n, v in found.items() if n != str(len(counts) - 1)].count("block") == 0
