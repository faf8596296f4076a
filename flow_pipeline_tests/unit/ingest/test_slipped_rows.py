"""Columns that have slipped by a row where every person has one row."""

import numpy as np
import polars as pl
import pytest

from flow_pipeline.contracts import contract
from flow_pipeline.ingest.slipped_rows import slipped_by_a_row

_WOMEN = ("ANN", "EVE", "IDA", "JOY", "MAY", "SUE")
_MEN = ("BEN", "DAN", "GUY", "IAN", "JIM", "TOM")


def _people(seed: int, n: int = 400) -> pl.DataFrame:
    """Names go with sex, and the practice with the site; all else goes with nothing."""
    random = np.random.default_rng(seed)
    sex = random.integers(0, 2, n)
    name = [(_MEN, _WOMEN)[s][k] for s, k in zip(sex, random.integers(0, 6, n), strict=True)]
    near = random.integers(0, 3, n)
    return pl.DataFrame(
        {
            "person_given_name": name,
            "person_family_name": [f"NAME{k}" for k in random.integers(0, 40, n)],
            "person_stated_gender_code": [str(2 - s) if s else "2" for s in sex],
            "person_birth_date": np.datetime64("1930-01-01") + random.integers(0, 30_000, n),
            "ethnic_category": random.choice(list("ABCZ"), n),
            "general_medical_practice_code_patient_registration": [f"Y9000{k}" for k in near],
            "organisation_site_identifier_of_treatment": [f"RXA0{k}" for k in near],
            "priority_type_code": random.choice(["1", "2", "3"], n),
        }
    )


def _slipped(rows: pl.DataFrame, names: list[str], by: int) -> pl.DataFrame:
    return rows.with_columns(pl.concat([rows[n].tail(by), rows[n].head(-by)]) for n in names)


_PERSON = [
    "person_given_name",
    "person_family_name",
    "person_stated_gender_code",
    "person_birth_date",
    "ethnic_category",
    "general_medical_practice_code_patient_registration",
]


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["person_given_name"], ("person_given_name", "person_stated_gender_code")),
        (["person_stated_gender_code"], ("person_given_name", "person_stated_gender_code")),
        (_PERSON, ("organisation_site", "general_medical_practice")),
    ],
)
@pytest.mark.parametrize("by", [1, 399])  # down, and up
def test_a_slip_by_a_row_is_told(names, told, by):
    found = slipped_by_a_row(contract("op_attendance"), _slipped(_people(1), names, by))
    assert found is not None
    assert all(any(one.startswith(start) for one in found) for start in told)


@pytest.mark.parametrize("seed", range(30))
def test_right_rows_are_no_slip_in_whatever_order(seed):
    rows = _people(seed)
    declared = contract("op_attendance")
    assert slipped_by_a_row(declared, rows) is None
    for name in rows.columns:
        assert slipped_by_a_row(declared, rows.sort(name, maintain_order=True)) is None


def test_what_goes_with_nothing_is_not_seen_to_slip():
    rows = _slipped(_people(2), ["person_family_name", "ethnic_category"], 1)
    assert slipped_by_a_row(contract("op_attendance"), rows) is None


def test_of_few_rows_nothing_is_told():
    rows = _slipped(_people(3, n=99), ["person_given_name"], 1)
    assert slipped_by_a_row(contract("op_attendance"), rows) is None
