"""The exact tier: when an equal NHS number makes one person."""

from flow_pipeline_tests.unit.link.people import ANNA, linked, persons, tokens


def test_a_number_with_birth_date_or_name_links():
    result = linked(
        tokens(
            f"""
            number | given | family   | born       | postcode | sender
            {ANNA} | Anna  | Archer   | 1950-03-04 | AB1 2CD  | RXA
            {ANNA} | Anna  | Baker    | 1950-03-04 | XY9 8ZZ  | RXB
            {ANNA} | Annie | Archer   | 1961-07-09 |          | RXC
            {ANNA} |       |          | 1950-04-03 |          | RXD
            """
        )
    )
    assert persons(result) == ["a"] * 4
    reasons = result.person_link.sort("row_number").collect()["reason"].to_list()
    assert reasons[3] == "nhs number; birth date agrees"


def test_a_number_that_nothing_bears_out_does_not_link():
    result = linked(
        tokens(
            f"""
            number | given | family | born       | postcode | sender
            {ANNA} | Anna  | Archer | 1950-03-04 | AB1 2CD  | RXA
            {ANNA} | Zoe   | Archer | 1981-11-30 | AB1 2CD  | RXB
            """
        )
    )
    assert persons(result) == ["a", "b"]
    assert result.notes["uncorroborated_number_pairs"] == 1


def test_a_twin_under_the_others_number_does_not_link():
    result = linked(
        tokens(
            f"""
            number | status | given | family | born       | postcode | sender
            {ANNA} | 01     | Anna  | Archer | 2010-03-04 | AB1 2CD  | RXA
            {ANNA} |        | Zoe   | Archer | 2010-03-04 | AB1 2CD  | RXB
            """
        )
    )
    assert persons(result) == ["a", "b"]


def test_a_bare_number_links_only_if_verified_and_of_one_person():
    someone = f"{ANNA} | 01 | Anna | Archer | 1950-03-04 | RXA"
    header = "number | status | given | family | born | sender"
    bare = f"{ANNA} | | | | | RXB"
    unverified = someone.replace("| 01 |", "| |")
    another = f"{ANNA} | | Zoe | Young | 1981-11-30 | RXC"
    assert persons(linked(tokens("\n".join([header, someone, bare])))) == ["a", "a"]
    assert persons(linked(tokens("\n".join([header, unverified, bare])))) == ["a", "b"]
    shared = persons(linked(tokens("\n".join([header, someone, bare, another]))))
    assert shared == ["a", "b", "c"]


def test_a_number_of_many_strangers_counts_as_missing():
    strangers = "\n".join(
        f"{ANNA} | 01 | {given} | {family} | {born} | RX{letter}"
        for given, family, born, letter in [
            ("Anna", "Archer", "1950-03-04", "A"),
            ("Zoe", "Young", "1981-11-30", "B"),
            ("Ivor", "Quill", "1967-08-15", "C"),
            ("Ivor", "Quill", "1967-08-15", "D"),
        ]
    )
    result = linked(tokens("number | status | given | family | born | sender\n" + strangers))
    assert result.notes["implausible_numbers"] == 1
    assert len(set(persons(result))) == 3 + (persons(result)[2] != persons(result)[3])
    assert "nhs_number" not in result.person_link.collect()["method"].to_list()


def test_sentinels_and_invalid_numbers_never_link():
    result = linked(
        tokens(
            """
            number     | given | family | born       | sender
            9999999999 | Anna  | Archer | 1950-03-04 | RXA
            9999999999 | Anna  | Young  | 1981-11-30 | RXB
            1234567890 | Anna  | Quill  | 1967-08-15 | RXC
            1234567890 | Anna  | Stone  | 1992-01-22 | RXD
            """
        )
    )
    assert persons(result) == ["a", "b", "c", "d"]
