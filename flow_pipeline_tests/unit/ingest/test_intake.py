"""One delivered file, taken for all the sources it serves."""

import datetime as dt
import os
from pathlib import Path

import polars as pl
import pytest

from flow_pipeline.config import load_economy
from flow_pipeline.errors import InputRefused
from flow_pipeline.ingest.checking import check_sources
from flow_pipeline.ingest.intake import sources_by_file
from flow_pipeline.ingest.periods import derived_period
from flow_pipeline_tests.unit.ingest.deliveries import (
    CONFIG,
    HEADER,
    TODAY,
    Whole,
    each_row,
    economy,
    ingest_file,
)

_SECOND = """\
  - name: missed
    contract: gp_appointment
    organisation: P1
    files: extracts/*.csv
    where: appointment_status = 'dna'
    columns:
      local_patient_identifier: who
"""


def _take(folder: Path, config: str = CONFIG, max_unselected: int = 0) -> Whole:
    """Take the one file of an economy whose configuration may have been changed."""
    read = load_economy(economy(folder, config))
    [(path, sources)] = sources_by_file(read.sources).items()
    return ingest_file(
        path,
        sources,
        period=(read.period_start, read.period_end),
        today=TODAY,
        max_unselected=max_unselected,
    )


def _retake(folder: Path, text: str, config: str = CONFIG) -> Whole:
    """Take the file with other content."""
    read = load_economy(economy(folder, config))
    [(path, sources)] = sources_by_file(read.sources).items()
    path.write_text(text)
    return ingest_file(path, sources, period=(read.period_start, read.period_end), today=TODAY)


def _two_sources(first: str, shared: str = "") -> str:
    """The configuration with a second source that takes missed appointments."""
    head, tail = CONFIG.split("governance:")
    head = head.replace("    columns:", f"    where: {first}\n{shared}    columns:")
    second = _SECOND.replace("    columns:", f"{shared}    columns:")
    return f"{head}{second}governance:{tail}"


def _counts(intake: Whole) -> dict[str, int]:
    return dict(intake.file_counts.select("class", "n_rows").collect().iter_rows())


def _rows(statuses: list[str]) -> str:
    rows = [f"a{n},P1,2023-05-0{n}T10:00,{s},p{n}" for n, s in enumerate(statuses, start=1)]
    return "\n".join([HEADER, *rows]) + "\n"


def test_a_file_of_one_source(tmp_path):
    taken = _take(tmp_path)
    assert taken.n_rows == 4
    assert _counts(taken) == {
        "read": 4,
        "selected_once": 4,
        "selected_by_several": 0,
        "selected_by_none": 0,
    }
    [one] = taken.intakes
    row = one.submission.collect().row(0, named=True)
    assert row["submission_id"] == one.submission_id
    assert row["organisation_code"] == "P1"
    assert row["n_rows"] == 4
    assert (row["period_derived_start"], row["period_derived_end"]) == (
        dt.date(2023, 5, 1),
        dt.date(2023, 5, 31),
    )
    assert one.parsed.accepted.collect().height == 4


def test_the_same_bytes_are_the_same_submission_and_others_are_not(tmp_path):
    first = _take(tmp_path).intakes[0].submission_id
    assert _take(tmp_path).intakes[0].submission_id == first
    assert _retake(tmp_path, _rows(["attended"])).intakes[0].submission_id != first


def test_receipt_is_when_the_file_was_last_changed(tmp_path):
    economy(tmp_path)
    path = tmp_path / "extracts" / "appointments.csv"
    os.utime(path, (1_700_000_000, 1_700_000_000))
    read = load_economy(tmp_path / "economy.yaml")
    taken = ingest_file(path, read.sources, period=(TODAY, TODAY), today=TODAY)
    assert taken.taken.received_at == dt.datetime(2023, 11, 14, 22, 13, 20)


def test_one_file_may_serve_several_sources(tmp_path):
    config = _two_sources("appointment_status = 'attended'")
    taken = _retake(tmp_path, _rows(["attended", "dna", "attended"]), config)
    assert _counts(taken)["selected_once"] == 3
    assert [each_row(i.parsed.status)["row_number"].to_list() for i in taken.intakes] == [
        [1, 3],
        [2],
    ]
    assert len({i.submission_id for i in taken.intakes}) == 2


def test_rows_that_no_source_takes_are_refused_beyond_what_is_allowed(tmp_path):
    config = CONFIG.replace("    columns:", "    where: who = 'p1'\n    columns:")
    with pytest.raises(InputRefused, match="3 rows are taken by none"):
        _take(tmp_path, config)
    assert _counts(_take(tmp_path, config, max_unselected=3))["selected_by_none"] == 3


def test_rows_that_several_sources_take_are_refused_unless_they_share(tmp_path):
    rows = _rows(["dna", "attended"])
    with pytest.raises(InputRefused, match="1 rows are taken by several"):
        _retake(tmp_path, rows, _two_sources("who IS NOT NULL"))
    shared = _two_sources("who IS NOT NULL", shared="    shared: true\n")
    taken = _retake(tmp_path, rows, shared)
    assert _counts(taken) == {
        "read": 2,
        "selected_once": 1,
        "selected_by_several": 1,
        "selected_by_none": 0,
    }


def test_a_ragged_row_that_no_source_takes_is_quarantined_by_the_first(tmp_path):
    config = _two_sources("appointment_status = 'attended'")
    text = _rows(["attended", "dna"]) + "torn\n"
    taken = _retake(tmp_path, text, config)
    assert _counts(taken)["selected_once"] == 3
    status = each_row(taken.intakes[0].parsed.status)
    assert status.filter(row_number=3)["rule"].to_list() == ["V01 ragged_row"]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("appointment_status", "Zebedee", "missing required column 'appointment_status'"),
        ("who", "Zebedee", "columns.local_patient_identifier needs column 'who'"),
    ],
)
def test_a_missing_column_is_refused_by_name_and_a_strange_one_told_by_position(
    tmp_path, old, new, says
):
    with pytest.raises(InputRefused, match=says) as refusal:
        _retake(tmp_path, _rows(["attended"]).replace(old, new, 1))
    assert "Zebedee" not in str(refusal.value)
    assert "position" in str(refusal.value)


def test_a_file_without_a_header_row_does_not_leak_its_first_person(tmp_path):
    with pytest.raises(InputRefused, match="no header row") as refusal:
        _retake(tmp_path, "x1,Zebedee,9990000018\nx2,Dougal,9990000026\n")
    assert "Zebedee" not in str(refusal.value)
    assert "999" not in str(refusal.value)


def _dated(dates: list[str]) -> str:
    rows = [f"a{n},P1,{day},attended,p{n}" for n, day in enumerate(dates)]
    return "\n".join([HEADER, *rows]) + "\n"


def test_a_wrong_date_format_refuses_the_file_and_names_what_would_fit(tmp_path):
    with pytest.raises(InputRefused) as refusal:
        _retake(tmp_path, _dated(["20230501", "20230513", "20230520"]))
    said = str(refusal.value)
    assert "'appointment_start_date_time'" in said
    assert "look like 9+" in said
    assert "'%Y%m%d' fits" in said
    assert "20230501" not in said


def test_days_and_months_that_could_be_either_are_not_guessed(tmp_path):
    with pytest.raises(InputRefused, match="ambiguous") as refusal:
        _retake(tmp_path, _dated(["01/02/2023", "03/04/2023", "05/06/2023"]))
    assert "'%d/%m/%Y' and '%m/%d/%Y'" in str(refusal.value)


def test_years_of_two_digits_fit_no_format(tmp_path):
    with pytest.raises(InputRefused, match="No format known here fits"):
        _retake(tmp_path, _dated(["01.02.23", "13.04.23", "05.06.23"]))


def test_a_few_wrong_dates_do_not_refuse_the_file(tmp_path):
    days = [f"2023-05-{n:02}" for n in range(1, 9)]
    taken = _retake(tmp_path, _dated([*days, "08.05.23", "soon"]))
    status = each_row(taken.intakes[0].parsed.status)
    assert status["class"].to_list() == ["accepted"] * 8 + ["quarantined"] * 2


def test_an_expression_that_fails_on_a_value_is_refused_without_the_value(tmp_path):
    config = CONFIG.replace("who\n", "who\n      booking_method: CAST(who AS INTEGER)\n")
    with pytest.raises(InputRefused, match="TRY_CAST") as refusal:
        _take(tmp_path, config)
    assert "p1" not in str(refusal.value)
    assert refusal.value.__suppress_context__


def test_a_parquet_column_of_lists_is_refused(tmp_path):
    config = CONFIG.replace("*.csv", "*.parquet")
    (tmp_path / "extracts").mkdir()
    frame = pl.DataFrame({name: [["x"]] for name in HEADER.split(",")})
    frame.write_parquet(tmp_path / "extracts" / "a.parquet")
    with pytest.raises(InputRefused, match="lists"):
        _take(tmp_path, config)


def test_months_that_hold_few_rows_do_not_stretch_the_period():
    busy = [dt.date(2024, 1, day % 28 + 1) for day in range(100)]
    stray = [dt.date(2019, 5, 1), dt.date(2024, 2, 3), dt.date(2024, 2, 4), dt.date(2024, 2, 5)]
    assert derived_period(pl.Series("start", busy + stray)) == (
        dt.date(2024, 1, 1),
        dt.date(2024, 2, 29),
    )
    assert derived_period(pl.Series("start", [], dtype=pl.Date)) == (None, None)


def test_checking_counts_rules_and_shows_rows_and_shapes(tmp_path):
    config = economy(tmp_path)
    path = tmp_path / "extracts" / "appointments.csv"
    path.write_text(_rows(["attended", "slept", "attended"]).replace("05-03T", "05-33T"))
    found = check_sources(config)
    assert (
        "gp_appointment",
        "V09 not_a_date",
        "appointment_start_date_time",
        "refused",
        "1",
        "appointments.csv: 3",
        "9999.99.99A9",
    ) in found.rows
    assert found.totals == {"selected": 3, "accepted": 2, "quarantined": 1}
    assert "slept" not in str(found.as_json())
    assert "3 selected" in found.verdict


def test_checking_names_every_file_that_is_refused_and_tells_of_the_others(tmp_path):
    config = economy(tmp_path)
    for name in ("bad.csv", "worse.csv"):
        (tmp_path / "extracts" / name).write_text("")
    found = check_sources(config)
    told = " ".join(found.refusals)
    assert "bad.csv" in told
    assert "worse.csv" in told
    assert found.totals == {"selected": 4, "accepted": 4}
