"""The national number of a row: an NHS number, else a CHI number, and what is told of it."""

import datetime as dt

import pytest

from flow_pipeline_tests.unit.pseudonymise.chi_numbers import chi_number
from flow_pipeline_tests.unit.pseudonymise.drawn_rows import column, pseudonymised

BORN = dt.date(1950, 3, 4)
WOMAN, MAN = chi_number(BORN, "female"), chi_number(BORN, "male", modulus=10)
ENGLISH = "9990000018"


def of(*rows: str, contract: str = "ecds_attendance"):
    header = "nhs_number | chi_number | person_stated_gender_code"
    return pseudonymised(contract, "\n".join([header, *rows]))


def test_verdicts_and_flags_say_which_number_is_at_fault():
    made = of(
        f" | {WOMAN} | 2",
        f" | {MAN[1:]} | 1",
        f" | {WOMAN} | 1",
        " | 3102501234 | ",
        " | 0000000000 | ",
        f"{ENGLISH} | | 2",
        "9990000019 | | 2",
        " | | 2",
    )
    assert column(made.core, "nhs_number_validity") == [
        *("valid", "valid", "invalid", "invalid", "sentinel", "valid", "invalid", "missing")
    ]
    assert column(made.core, "dq_flags") == [
        *([], ["V13"], ["V04"], ["V04"], ["V03"], [], ["V02"], [])
    ]


def test_a_chi_number_is_one_number_in_whichever_field_and_form():
    made = of(f" | {WOMAN} | 2", f" | {WOMAN[1:]} | 2", f" | {WOMAN[:6]} {WOMAN[6:]} |")
    first, without_zero, spaced = column(made.record_told, "nhs_number_token")
    assert first == without_zero == spaced is not None


def test_an_nhs_number_is_taken_before_a_chi_number():
    tokens = column(
        of(f"{ENGLISH} | {WOMAN} | 2", f"{ENGLISH} | | 2", f" | {WOMAN} | 2").record_told,
        "nhs_number_token",
    )
    assert tokens[0] == tokens[1] != tokens[2]


def test_only_numbers_that_can_be_relied_on_have_a_token():
    made = of(f" | {WOMAN} | 1", " | 3102501234 |", " | 0000000000 |").record_told
    assert column(made, "nhs_number_token") == [None] * 3


@pytest.mark.parametrize("contract", ["death", "person_index"])
def test_a_record_is_known_by_its_chi_number(contract):
    rows = [f" | {WOMAN} | 2", f" | {WOMAN[1:]} | 2", f" | {MAN} | 1"]
    first, again, other = column(of(*rows, contract=contract).record_token, "event_id")
    if contract == "person_index":
        assert first == again
    assert first != other


def test_another_bodys_pseudonym_stands_in_the_numbers_place():
    rows = "foreign_pseudonym | foreign_pseudonym_namespace\nA1B2 | a\nINVALID | a\n |"
    made = pseudonymised("ecds_attendance", rows).core
    assert column(made, "nhs_number_validity") == ["foreign", "missing", "missing"]


def test_no_number_goes_further():
    for frame in of(f" | {WOMAN} | 2"):
        assert WOMAN not in frame.collect().write_json()
        assert "chi_number" not in frame.collect_schema().names()


def test_people_without_a_number_of_their_own_are_no_one_record():
    rows = "\n".join(
        [
            "nhs_number | foreign_pseudonym | foreign_pseudonym_namespace | person_family_name",
            "0000000000 | | | Archer",
            "0000000000 | | | Baker",
            "           | INVALID | a | Archer",
            "           | INVALID | a | Baker",
            "           | A1B2    | a | Archer",
            "           | a1b2    | a | Baker",
        ]
    )
    ids = column(pseudonymised("person_index", rows).record_token, "event_id")
    assert len(set(ids[:4])) == 4
    assert ids[4] == ids[5]
