"""Relatives are the danger: what lives together and is called alike is not one person."""

import pytest

from flow_pipeline_tests.unit.link.people import ANNA, BERT, linked, persons, tokens

HEADER = "number | status | given | family | born | sex | postcode | sender\n"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(
            "| | Anna | Archer | 2010-03-04 | 2 | AB1 2CD | RXA",
            "| | Zoe | Archer | 2010-03-04 | 2 | AB1 2CD | RXB",
            id="twins",
        ),
        pytest.param(
            "| | John | Archer | 1950-03-04 | 1 | AB1 2CD | RXA",
            "| | John | Archer | 1979-09-21 | 1 | AB1 2CD | RXB",
            id="father and son of one name",
        ),
        pytest.param(
            "| | Ann | Archer | 1952-03-04 | 2 | AB1 2CD | RXA",
            "| | Andrew | Archer | 1951-11-20 | 1 | AB1 2CD | RXB",
            id="a couple",
        ),
        pytest.param(
            "| | Anna | Archer | 2010-03-04 | 2 | AB1 2CD | RXA",
            "| | Hannah | Archer | 2011-08-14 | 2 | AB1 2CD | RXB",
            id="sisters",
        ),
    ],
)
def test_relatives_at_one_address_are_two_people(one: str, other: str):
    assert persons(linked(tokens(HEADER + one + "\n" + other))) == ["a", "b"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(
            "| | William | Archer | 1950-03-04 | 1 | AB1 2CD | RXA",
            "| | Bill | Archer | 1950-03-04 | 1 | AB1 2CD | RXB",
            id="short form",
        ),
        pytest.param(
            "| | Anna | Archer | 1950-03-04 | 2 | AB1 2CD | RXA",
            "| | Archer | Anna | 1950-03-04 | 2 | AB1 2CD | RXB",
            id="names exchanged",
        ),
        pytest.param(
            "| | Anna | Archer | 1950-03-04 | 2 | AB1 2CD | RXA",
            "| | Anna | Archer | 1950-04-03 | 2 | AB1 2CD | RXB",
            id="day and month exchanged",
        ),
        pytest.param(
            "| | Anna | Archer | 1950-03-04 | 2 | AB1 2CD | RXA",
            "| | Anna | Archer-Young | 1950-03-04 | 2 | AB1 2CD | RXB",
            id="double name",
        ),
        pytest.param(
            "| | Anna | Archer | 1950-03-04 | 2 | AB1 2CD | RXA",
            "| | Anna | Archer | 1950-03-04 | 2 | XY9 8ZZ | RXB",
            id="moved",
        ),
    ],
)
def test_one_person_written_twice_is_one(one: str, other: str):
    result = linked(tokens(HEADER + one + "\n" + other))
    assert persons(result) == ["a", "a"]
    assert set(result.person_link.collect()["method"]) == {"probabilistic"}
    assert result.kept.model.source == "shipped"


def test_two_verified_numbers_never_are_one_person():
    alike = "01 | Anna | Archer | 1950-03-04 | 2 | AB1 2CD"
    result = linked(tokens(f"{HEADER}{ANNA} | {alike} | RXA\n{BERT} | {alike} | RXB"))
    assert persons(result) == ["a", "b"]


def test_two_verified_numbers_are_kept_apart_through_a_third_record():
    # The third record carries no number and would link to both. It goes where it fits better.
    result = linked(
        tokens(
            f"""
            number | status | given | family | born       | sex | postcode | sender
            {ANNA} | 01     | Anna  | Archer | 1950-03-04 | 2   | AB1 2CD  | RXA
            {BERT} | 01     | Anne  | Archer | 1950-03-04 | 2   | AB1 2CD  | RXB
                   |        | Anna  | Archer | 1950-03-04 | 2   | AB1 2CD  | RXC
            """
        )
    )
    assert persons(result) == ["a", "b", "a"]
    assert result.notes["links_refused_for_two_verified_numbers"] == 1


def test_a_supplied_number_does_not_veto():
    result = linked(
        tokens(
            f"""
            number | status | given | family | born       | sex | postcode | sender
            {ANNA} | 01     | Anna  | Archer | 1950-03-04 | 2   | AB1 2CD  | RXA
            {BERT} |        | Anna  | Archer | 1950-03-04 | 2   | AB1 2CD  | RXB
            """
        )
    )
    assert persons(result) == ["a", "a"]


def test_two_people_of_one_name_and_birth_date_are_not_merged_for_it_alone():
    result = linked(
        tokens(
            """
            given | family | born       | local | sender
            John  | Smith  | 1950-03-04 | 1     | RXA
            John  | Smith  |            | 2     | RXB
            """
        )
    )
    assert persons(result) == ["a", "b"]
