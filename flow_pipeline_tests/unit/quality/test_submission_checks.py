"""What is said of a sender's submissions: manifest, periods, copies, rules."""

import datetime as dt

import polars as pl
import pytest

from flow_pipeline.quality.submission_checks import (
    duplicate_results,
    manifest_results,
    period_results,
    rule_results,
)
from flow_pipeline.tables import table


def _frame(name, *rows):
    return pl.LazyFrame(list(rows), schema=table(name).schema())


def _submissions(*rows):
    return _frame(
        "submission",
        *(
            {"submission_id": s, "source": "apc", "organisation_code": code, "n_rows": n, **more}
            for s, code, n, more in rows
        ),
    )


def _manifest(submission_id="s1", **more):
    said = {
        "submission_id": submission_id,
        "source": "apc",
        "organisation_code": "RXA",
        "stated_n_rows": 10,
        "found_n_rows": 10,
    }
    return {**said, **more}


def _failed(results):
    return {r.check_id: (r.n_failed, r.n_rows) for r in results}


@pytest.mark.parametrize(
    ("said", "totals", "expected"),
    [
        ({}, [], {"R02 record_count": (0, 1)}),
        ({"found_n_rows": 9}, [], {"R02 record_count": (1, 1)}),
        ({"stated_n_rows": None}, [], {}),
        ({"is_digest_same": False}, [], {"R02 record_count": (0, 1), "R02 digest": (1, 1)}),
        ({}, [(5.0, 5.004)], {"R02 record_count": (0, 1), "R02 control_totals": (0, 1)}),
        ({}, [(5.0, 5.0), (5.0, 5.01)], {"R02 record_count": (0, 1), "R02 control_totals": (1, 1)}),
    ],
)
def test_a_file_is_what_its_manifest_says(said, totals, expected):
    sums = [
        {"submission_id": "s1", "source": "apc", "name": str(n), "stated": a, "found": b}
        for n, (a, b) in enumerate(totals)
    ]
    results = manifest_results(
        _frame("manifest", _manifest(**said)),
        _frame("control_total", *sums),
        _frame("reconciliation"),
    )
    assert _failed(results) == expected
    assert all(r.row()["severity"] == "block" for r in results)


def test_a_wrong_manifest_of_what_was_replaced_is_forgiven():
    replaced = {
        "submission_id": "s2",
        "previous_submission_id": "s1",
        "measure": "deleted_events",
        "source": "apc",
        "contract": "apc_episode",
        "value": 0.0,
        "verdict": "alike",
    }
    wrong, right = _manifest(found_n_rows=1), _manifest("s2")
    results = manifest_results(
        _frame("manifest", wrong, right),
        _frame("control_total"),
        _frame("reconciliation", replaced),
    )
    assert _failed(results) == {"R02 record_count": (0, 1)}


_APRIL = (dt.date(2024, 4, 1), dt.date(2024, 4, 30))
_TO_MAY = (dt.date(2024, 4, 10), dt.date(2024, 5, 31))


@pytest.mark.parametrize(
    ("stated", "derived", "expected"),
    [
        (_APRIL, _APRIL, (0, 1)),
        ((dt.date(2024, 4, 3), dt.date(2024, 4, 28)), _APRIL, (0, 1)),  # months are compared
        (_APRIL, _TO_MAY, (1, 1)),
        ((None, None), _APRIL, None),
    ],
)
def test_the_period_stated_is_that_of_the_rows(stated, derived, expected):
    dates = {
        "period_stated_start": stated[0],
        "period_stated_end": stated[1],
        "period_derived_start": derived[0],
        "period_derived_end": derived[1],
    }
    results = period_results(_submissions(("s1", "RXA", 5, dates)))
    assert _failed(results).get("T02 stated_and_derived_period") == expected


def test_copies_are_a_share_of_what_was_sent():
    copy = {"record_key": "k", "submission_id": "s1", "source": "apc", "class": "duplicate"}
    replaced = {**copy, "record_key": "l", "class": "superseded"}
    sent = _submissions(("s1", "RXA", 1000, {}), ("s2", "RXB", 10, {}))
    results = duplicate_results(_frame("settled", copy, replaced), sent)
    assert [(r.organisation_code, r.n_failed, r.row()["passed"]) for r in results] == [
        ("RXA", 1, True),
        ("RXB", 0, True),
    ]


def _counts(*rows):
    return _frame(
        "rule_count",
        *(
            {
                "submission_id": "s1",
                "source": "apc",
                "contract": "apc_episode",
                "organisation_code": "RXA",
                "rule": rule,
                "column": column,
                "severity": severity,
                "n_rows": n,
            }
            for rule, column, severity, n in rows
        ),
    )


@pytest.mark.parametrize(
    ("fired", "told"),
    [
        (("V05 code_not_listed", "sex", "warn", 11), ["V05 sex"]),
        (("V05 code_not_listed", "sex", "warn", 10), []),  # 1 % is allowed
        (("V05 valid_default_code", "sex", "count", 500), []),  # valid
        (("V09 not_a_date", "day", "quarantine", 500), []),  # refused: not among what was taken
        (("C02 expected_missing", "sex", "count", 500), []),  # judged of accepted rows
        (("C10 placeholder_text", "sex", "count", 1), ["C10 placeholder_text"]),
        (("K02 ready_within_the_stay", "ready", "warn", 50), ["K02 ready_within_the_stay"]),
        (("V03 of_its_own", "nhs_number", "warn", 1), []),  # one row is no pattern
    ],
)
def test_what_is_flagged_too_often_is_told_by_sender(fired, told):
    results = rule_results(_counts(fired), _submissions(("s1", "RXA", 1000, {})))
    assert [r.check_id for r in results] == told
    assert all((r.source, r.organisation_code) == ("apc", "RXA") for r in results)


def test_ways_of_being_wrong_in_one_field_add_up():
    fired = [("V13 not_of_its_type", "n", "warn", 4), ("V13 out_of_range", "n", "warn", 3)]
    (one,) = rule_results(_counts(*fired), _submissions(("s1", "RXA", 1000, {})))
    assert (one.check_id, one.n_failed) == ("V13 n", 7)
