"""Files that could be read but are evidently not what the source says: refused whole."""

import dataclasses
import os
from pathlib import Path

import polars as pl
import pytest

from flow_pipeline.config import load_economy
from flow_pipeline.errors import InputRefused
from flow_pipeline.ingest.intake import sources_by_file
from flow_pipeline_tests.unit.ingest.deliveries import TODAY, Whole, each_row, ingest_file

_HEADER = (
    "organisation_identifier_code_of_provider,outpatient_attendance_identifier,"
    "first_attendance_code,attended_or_did_not_attend_code,appointment_date,"
    "activity_treatment_function_code,nhs_number,local_patient_identifier,person_family_name,"
    "person_given_name,person_birth_date,person_stated_gender_code,postcode_of_usual_address"
)
_CONFIG = """\
economy: Testborough
purpose: test
period: {start: 2023-04-01, end: 2024-03-31}
storage: {root: ./data}
publish: duckdb:///data/flow.duckdb
pseudonymisation: {key_file: ./keys/active.key}
organisations:
  - {code: RXA, name: First, sector: acute}
  - {code: RXB, name: Second, sector: acute}
sources:
  - contract: op_attendance
    organisation: SENDER
    files: extracts/*.csv
governance:
  purposes:
    - {code: test, description: trying}
"""
_MANY = "{column: organisation_identifier_code_of_provider, known: listed}"


def _row(n: int, sender: str = "RXA", person: int | None = None) -> list[str]:
    who = n if person is None else person
    born = f"19{40 + who % 50}-0{1 + who % 9}-1{who % 10}"
    return [sender, f"A{n}", "1", "5", f"2023-05-{1 + n % 28:02d}", "100", "", f"p{who}", "Smith",
            "Ann", born, "2", "AY1 1AA"]  # fmt: skip


def _taken(
    folder: Path, rows: list[list[str]], sender: str = "RXA", header: str = _HEADER, **more: int
) -> Whole:
    (folder / "extracts").mkdir(exist_ok=True)
    path = folder / "extracts" / "op.csv"
    path.write_text("\n".join([header, *(",".join(row) for row in rows)]) + "\n")
    os.utime(path, (1_700_000_000, 1_700_000_000))
    config = folder / "economy.yaml"
    config.write_text(_CONFIG.replace("SENDER", sender))
    read = load_economy(config)
    [(path, sources)] = sources_by_file(read.sources).items()
    period = (read.period_start, read.period_end)
    return ingest_file(path, sources, period=period, today=TODAY, **more)


def test_a_few_rows_of_another_organisation_are_quarantined(tmp_path):
    taken = _taken(tmp_path, [_row(n, "RXB" if n < 3 else "RXA01") for n in range(30)])
    status = each_row(taken.intakes[0].parsed.status)
    told = status.group_by("class", "rule").len().sort("class").rows()
    assert told == [("accepted", None, 27), ("quarantined", "organisation_not_expected", 3)]


def test_a_file_of_another_organisation_is_refused(tmp_path):
    with pytest.raises(InputRefused, match="30 of 30 rows are those of another organisation"):
        _taken(tmp_path, [_row(n, "RXB") for n in range(30)])


def test_each_of_many_senders_has_a_submission_of_its_own(tmp_path):
    rows = [_row(n, ("RXA", "RXB", "RZZ")[n % 3 if n < 20 else 0]) for n in range(40)]
    taken = _taken(tmp_path, rows, _MANY)
    submissions = taken.taken.submissions.sort("organisation_code", nulls_last=True)
    counted = submissions.select("organisation_code", "n_rows").rows()
    assert counted == [("RXA", 27), ("RXB", 7), (None, 6)]
    assert submissions["submission_id"].n_unique() == 3
    status = each_row(taken.intakes[0].parsed.status)
    refused = status.filter(pl.col("class") == "quarantined")
    assert refused["rule"].unique().to_list() == ["organisation_not_listed"]
    assert refused["organisation_code"].to_list() == [None] * 6


def test_a_file_mostly_of_senders_that_are_not_expected_is_refused(tmp_path):
    rows = [_row(n, "RZZ" if n < 16 else "RXA") for n in range(30)]
    with pytest.raises(InputRefused, match="16 of 30 rows are of no organisation that is listed"):
        _taken(tmp_path, rows, _MANY)


@pytest.mark.parametrize("at", range(len(_HEADER.split(","))))
@pytest.mark.parametrize("way", ["right", "left"])
def test_columns_that_have_shifted_by_one_are_refused_wherever_it_begins(tmp_path, at, way):
    """From column ``at`` on, each value stands one column to the side."""
    rows = []
    for n in range(40):
        row = _row(n)
        moved = [*row[:at], "", *row[at:-1]] if way == "right" else [*row[:at], *row[at + 1 :], ""]
        rows.append(moved)
    last = len(_HEADER.split(",")) - 1
    if at == last:  # only the last value is gone: nothing stands where it should not
        taken = _taken(tmp_path, rows)
        assert taken.intakes[0].parsed.accepted.collect().height == 40
        return
    with pytest.raises(InputRefused):
        _taken(tmp_path, rows)


@pytest.mark.parametrize("name", ["nhs_number", "local_patient_identifier", "person_birth_date"])
def test_a_column_that_has_slipped_by_a_row_is_refused(tmp_path, name):
    rows = [_row(n, person=n // 2) for n in range(120)]
    for n, row in enumerate(rows):
        row[6] = f"999 000 {n // 2:04d}"
    assert _taken(tmp_path, rows).n_rows == 120
    at = _HEADER.split(",").index(name)
    values = [row[at] for row in rows]
    for row, value in zip(rows, [values[-1], *values[:-1]], strict=True):
        row[at] = value
    with pytest.raises(InputRefused, match="a column has slipped"):
        _taken(tmp_path, rows)


def test_a_local_list_beside_an_empty_column_is_no_shift(tmp_path):
    rows = [_row(n) for n in range(40)]
    for row in rows:
        row[11], row[12] = "female", ""  # gender in words, and no postcode
    assert _taken(tmp_path, rows).n_rows == 40


def test_codes_of_the_sender_beside_an_identifier_that_is_not_sent_are_no_shift(tmp_path):
    """Treatment functions by the sender's own numbers: as many digits, but they come again."""
    at = _HEADER.split(",").index("activity_treatment_function_code")
    rows = [_row(n) for n in range(200)]
    own = [[*row[:at], f"{10_000 + n % 40}", *row[at + 1 :]] for n, row in enumerate(rows)]
    assert _taken(tmp_path, own).taken.n_rows == 200


def test_an_empty_time_beside_codes_of_four_digits_is_no_shift(tmp_path):
    """Read as 11:30, every such code would be a time."""
    header = _HEADER.replace("appointment_date,", "appointment_date,appointment_time,")
    rows = [[*row[:5], "", "1130", *row[6:]] for row in (_row(n) for n in range(40))]
    for row in rows:
        assert len(row) == len(header.split(","))
    formats = 'RXA\n    formats: {time: "%H%M"}'
    assert _taken(tmp_path, rows, formats, header).n_rows == 40


def test_local_identifiers_of_two_senders_are_two_people(tmp_path):
    """Each practice numbers its patients from 1."""
    rows = [_row(2 * n + s, ("RXA", "RXB")[s]) for n in range(40) for s in (0, 1)]
    for n, row in enumerate(rows):
        row[7] = str(n // 2)
    taken = _taken(tmp_path, rows, _MANY)
    assert taken.intakes[0].parsed.accepted.collect().height == 80


def test_a_column_under_another_name_is_told_though_it_is_only_expected(tmp_path):
    header = _HEADER.replace("person_birth_date", "born")
    taken = _taken(tmp_path, [_row(n) for n in range(30)], header=header)
    [note] = taken.taken.notes
    assert "person_birth_date" in note
    assert "position 11" in note


@pytest.mark.parametrize(
    ("contract", "location", "is_taken"),
    [
        ("intermediate_care", "hospice", False),
        ("intermediate_care", "rehabilitation_unit", True),
        ("hospice_care", "rehabilitation_unit", False),
        ("hospice_care", "hospice", True),
        ("hospice_care", "home", True),
    ],
)
def test_beds_tell_which_kind_of_care_it_is(tmp_path, monkeypatch, contract, location, is_taken):
    monkeypatch.setitem(globals(), "_CONFIG", _CONFIG.replace("op_attendance", contract))
    header = "service_request_identifier,referral_request_received_date,care_start_date"
    header += ",care_location,local_patient_identifier"
    rows = [[f"R{n}", "2023-05-01", "2023-05-02", location, f"p{n}"] for n in range(30)]
    if is_taken:
        assert _taken(tmp_path, rows, header=header).taken.n_rows == 30
    else:
        with pytest.raises(InputRefused, match="beds of another kind of care"):
            _taken(tmp_path, rows, header=header)


def test_an_extract_of_another_contract_is_refused(tmp_path):
    header = _HEADER.replace("outpatient_attendance_identifier", "emergency_care_attendance")
    with pytest.raises(InputRefused, match="missing required column"):
        _taken(tmp_path, [_row(n) for n in range(30)], header=header)


def test_a_file_of_which_most_rows_would_be_refused_is_refused_whole(tmp_path):
    rows = [_row(n) for n in range(40)]
    for row in rows[:25]:
        row[1] = ""  # no attendance identifier
    told = r"25 of 40 rows would be refused, most .25. by rule C01"
    with pytest.raises(InputRefused, match=told):
        _taken(tmp_path, rows)


def test_no_message_quotes_a_value(tmp_path):
    rows = [[*_row(n)[:8], "Zq7name", *_row(n)[8:-1]] for n in range(40)]
    with pytest.raises(InputRefused) as refusal:
        _taken(tmp_path, rows)
    assert "Zq7" not in str(refusal.value)


@pytest.mark.parametrize("rows_at_once", [1, 7, 39, 40, 1000])
def test_what_becomes_of_a_file_does_not_depend_on_its_batches(tmp_path, rows_at_once):
    rows = [_row(n, ("RXA", "RXB", "RZZ")[n % 3 if n < 20 else 0]) for n in range(40)]
    rows[5][4], rows[6][11], rows[7][10] = "not a date", "?", "1850-01-01"
    whole = _taken(tmp_path, rows, _MANY)
    parts = _taken(tmp_path, rows, _MANY, rows_at_once=rows_at_once)
    for name, frame in whole.taken.tables().items():
        assert frame.equals(parts.taken.tables()[name]), name
    for field in dataclasses.fields(whole.intakes[0].parsed):
        one = getattr(whole.intakes[0].parsed, field.name)
        if isinstance(one, pl.LazyFrame):
            other = getattr(parts.intakes[0].parsed, field.name)
            if field.name == "status":  # stretches end with a batch
                one, other = each_row(one).lazy(), each_row(other).lazy()
            other = other.collect()
            order = ["row_number", *(c for c in ("column", "rule") if c in other.columns)]
            assert one.collect().sort(order).equals(other.sort(order)), field.name
