"""The report to a sender: its rows, its words, its page, and what must never be in it."""

import csv
import datetime as dt
import io
import itertools
import re
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flow_pipeline.contracts import all_contracts, contract
from flow_pipeline.ingest import checks
from flow_pipeline.quality.feedback import feedback, of_sender, senders_of
from flow_pipeline.quality.feedback_page import (
    PAGE,
    TABLE,
    feedback_page,
    write_feedback,
)
from flow_pipeline.quality.feedback_table import feedback_csv
from flow_pipeline.quality.feedback_words import Reader
from flow_pipeline.quality.mending import advice, has_advice
from flow_pipeline.quality.refusal_page import (
    Refusal,
    folder_of,
    remove_refusals,
    write_refusals,
)
from flow_pipeline.tables import table

_TABLES = (
    "submission",
    "row_status",
    "settled",
    "quarantine",
    "rule_count",
    "manifest",
    "control_total",
    "reconciliation",
)
_MAY, _JUNE = dt.datetime(2024, 6, 20), dt.datetime(2024, 7, 20)


def _submission(submission_id, received, n_rows=100, sender="RXA"):
    month = received.month - 1
    return {
        "submission_id": submission_id,
        "source": "apc",
        "organisation_code": sender,
        "received_at": received,
        "period_derived_start": dt.date(2024, month, 1),
        "period_derived_end": dt.date(2024, month, 28),
        "n_rows": n_rows,
    }


def _fired(submission_id, rule, n_rows, severity="quarantine", column="arrival_date"):
    return {
        "submission_id": submission_id,
        "source": "apc",
        "contract": "ecds_attendance",
        "organisation_code": "RXA",
        "rule": rule,
        "column": column,
        "severity": severity,
        "n_rows": n_rows,
    }


def _fault(fired, row_number, shape="9999.99.99"):
    kept = {k: v for k, v in fired.items() if k != "n_rows"}
    return {**kept, "row_number": row_number, "shape": shape}


def _followed_by(new, old):
    return {
        "submission_id": new,
        "source": "apc",
        "contract": "ecds_attendance",
        "organisation_code": "RXA",
        "previous_submission_id": old,
        "measure": "rows",
        "value": 100.0,
        "previous_value": 100.0,
        "relative_change": 0.0,
        "verdict": "alike",
    }


def _told(**rows):
    made = {n: pl.LazyFrame(rows.get(n, []), schema=table(n).schema()) for n in _TABLES}
    return feedback(made)


_BAD_DATE = "V09 not_a_date"
_TWO_MONTHS = {
    "submission": [_submission("may", _MAY), _submission("june", _JUNE)],
    "reconciliation": [_followed_by("june", "may")],
}


@pytest.mark.parametrize(
    ("may", "june", "trend"),
    [
        (0, 3, "new"),
        (3, 0, "resolved"),
        (50, 52, "alike"),
        (5, 60, "more"),
        (60, 5, "less"),
    ],
)
def test_trend(may, june, trend):
    fired = [_fired(s, _BAD_DATE, n) for s, n in (("may", may), ("june", june)) if n]
    told = _told(**_TWO_MONTHS, rule_count=fired).findings
    (row,) = told.filter(pl.col("submission_id") == "june").to_dicts()
    assert (row["trend"], row["n_rows"]) == (trend, june)
    assert told.filter(pl.col("submission_id") == "may")["trend"].to_list() == ["first"] * (may > 0)


def test_refusals_come_first_then_what_is_most():
    fired = [
        _fired("may", "C02 expected_missing", 90, "count", "postcode"),
        _fired("may", "V05 code_not_listed", 5, "warn", "acuity"),
        _fired("may", _BAD_DATE, 1),
        _fired("may", "C01 required_missing", 2),
    ]
    told = _told(submission=[_submission("may", _MAY)], rule_count=fired).findings
    assert told["n_rows"].to_list() == [2, 1, 5, 90]
    assert told["n_of"].to_list() == [100] * 4


@given(st.sets(st.integers(1, 40), min_size=1))
def test_ranges_hold_every_row_number_once(numbers):
    fired = _fired("may", _BAD_DATE, len(numbers))
    told = _told(
        submission=[_submission("may", _MAY)],
        rule_count=[fired],
        quarantine=[_fault(fired, n) for n in sorted(numbers, reverse=True)],
    ).findings
    ranges = [r.split("-") for r in told["row_numbers"][0].split(", ")]
    found = [n for r in ranges for n in range(int(r[0]), int(r[-1]) + 1)]
    assert found == sorted(numbers)
    # as short as can be: between two ranges at least one row is sound
    assert all(int(b[0]) - int(a[-1]) > 1 for a, b in itertools.pairwise(ranges))


def test_shapes_are_the_most_seen():
    fired = _fired("may", _BAD_DATE, 9)
    shapes = ["A", "9", "9", ".", ".", ".", "AA", "AA", "AA"]
    told = _told(
        submission=[_submission("may", _MAY)],
        rule_count=[fired],
        quarantine=[_fault(fired, n, s) for n, s in enumerate(shapes, 1)],
    ).findings
    assert told["shapes"].to_list() == [". (3), AA (3), 9 (2)"]


def test_rows_of_a_submission_add_up():
    status = [(1, 5, "accepted"), (6, 7, "quarantined"), (8, 8, "out_of_period")]
    common = {"submission_id": "may", "source": "apc", "contract": "apc_episode", "stage": "ingest"}
    told = _told(
        submission=[_submission("may", _MAY, 8)],
        row_status=[
            {**common, "row_number": first, "last_row_number": last, "class": c}
            for first, last, c in status
        ],
        settled=[
            {"record_key": c, "submission_id": "may", "source": "apc", "contract": "a", "class": c}
            for c in ("duplicate", "superseded")
        ],
    ).summary
    (row,) = told.to_dicts()
    assert [row[c] for c in ("accepted", "quarantined", "out_of_period")] == [3, 2, 1]
    assert (row["duplicate"], row["superseded"], row["is_newest"]) == (1, 1, True)


def test_each_sender_sees_its_own():
    told = _told(
        submission=[_submission("may", _MAY), _submission("june", _JUNE, sender=None)],
        rule_count=[_fired("may", _BAD_DATE, 1)],
    )
    assert senders_of(told) == ["RXA", None]
    assert of_sender(told, None).summary["submission_id"].to_list() == ["june"]
    assert of_sender(told, "RXA").findings.height == 1
    assert of_sender(told, None).findings.is_empty()


@pytest.mark.parametrize(
    ("stated", "found", "kept"), [(8, 8, True), (9, 8, False), (None, 8, True)]
)
def test_a_manifest_is_kept_or_not(stated, found, kept):
    said = {
        "submission_id": "may",
        "source": "apc",
        "stated_n_rows": stated,
        "found_n_rows": found,
    }
    told = _told(submission=[_submission("may", _MAY)], manifest=[said]).summary
    assert told["is_manifest_kept"].to_list() == [kept]


_READER = Reader(
    economy="Test <b>borough",
    code="RXA",
    name="A & B",
    made_on=dt.date(2024, 8, 1),
    files={"may": "may.csv", "june": "june.csv"},
    contracts={"apc": "ecds_attendance"},
)


def _whole():
    fired = [
        _fired("may", _BAD_DATE, 3),
        _fired("june", "V05 code_not_listed", 4, "warn", "emergency_care_attendance_category"),
    ]
    return _told(
        **_TWO_MONTHS,
        rule_count=fired,
        quarantine=[_fault(fired[1], n, "AA") for n in (4, 5, 6, 9)],
        manifest=[
            {"submission_id": "june", "source": "apc", "stated_n_rows": 9, "found_n_rows": 8}
        ],
    )


def test_the_page_says_what_where_how_many_and_how_to_mend():
    page = feedback_page(_whole(), _READER)
    for told in (
        "A &amp; B (RXA)",
        "Test &lt;b&gt;borough",
        "june.csv",
        "The code is not in the national list",
        "Map local codes",
        "4-6, 9",
        "of 100: 4.0%",
        "Mended since the file before",
        "does not agree with the file",
        "100 rows after 100",
        "Earlier files",
    ):
        assert told in page, told
    assert "<b>borough" not in page
    assert not re.search(r"https?://|<script|src=|@import|url\(", page)


def test_the_csv_holds_every_finding_with_all_row_numbers():
    rows = list(csv.DictReader(io.StringIO(feedback_csv(_whole(), _READER))))
    assert [(r["file"], r["effect"], r["trend"]) for r in rows] == [
        ("june.csv", "refused", "resolved"),
        ("june.csv", "flagged", "new"),
        ("may.csv", "refused", "first"),
    ]
    assert rows[1]["row_numbers"] == "4-6, 9"
    assert rows[1]["mend"].startswith("Map local codes")


def test_a_sender_without_faults_is_thanked():
    page = feedback_page(_told(submission=[_submission("may", _MAY)]), _READER)
    assert "Nothing was refused or flagged" in page


def test_both_files_are_written_and_only_they(tmp_path):
    write_feedback(tmp_path / "RXA", _whole(), _READER)
    assert sorted(p.name for p in (tmp_path / "RXA").iterdir()) == sorted((PAGE, TABLE))


def _rules_of_ingest():
    return sorted(
        value
        for name, value in vars(checks).items()
        if name.isupper()
        and isinstance(value, str)
        and re.match(r"[A-Z]\d\d |organisation_", value)
    )


def test_every_rule_of_ingest_has_words():
    assert len(_rules_of_ingest()) > 15
    assert [r for r in _rules_of_ingest() if not has_advice(r)] == []


@pytest.mark.parametrize("name", sorted(all_contracts()))
def test_every_rule_of_a_contract_has_words_and_a_way_to_mend(name):
    promised = contract(name)
    for rule in promised.rules:
        told = advice(f"{rule.rule_id} {rule.name}", rule.columns[0], promised)
        assert told.what
        assert told.mend == rule.mend or not rule.mend


def test_an_unknown_rule_is_told_as_well_as_it_can_be():
    assert advice("K09 unheard_of", "x", None).what.startswith("Broken: the moments")
    assert advice("parent_finds_two_people", "x", None).what == "parent finds two people"


def test_words_hold_no_gaps():
    for rule in _rules_of_ingest():
        told = advice(rule, "ethnic_category", contract("csds_mpi"))
        assert "{" not in told.what + told.mend


def test_a_refused_file_is_told_without_our_folders(tmp_path):
    landing = Path("/srv/landing/acute")
    refusals = [
        Refusal(
            path=landing / "apc.csv",
            source="apc",
            organisation_code=code,
            message=f"{landing}/apc.csv: missing required column 'x'. Ask for <it>.",
        )
        for code in ("RXA", None)
    ]
    pages = write_refusals(tmp_path, refusals, names={"RXA": "A Trust"}, today=dt.date(2024, 8, 1))
    assert [p.parent.name for p in pages] == ["RXA", "unnamed_apc"]
    told = pages[0].read_text()
    assert "missing required column" in told
    assert "A Trust (RXA)" in told
    assert "/srv" not in told + pages[0].with_suffix(".csv").read_text()
    remove_refusals(tmp_path)
    assert not list(tmp_path.glob("*/refused.*"))


@pytest.mark.parametrize(
    ("code", "folder"), [("RXA", "RXA"), ("../x", "___x"), ("", "unnamed"), (None, "unnamed")]
)
def test_a_folder_is_named_by_the_code(code, folder):
    assert folder_of(code) == folder
