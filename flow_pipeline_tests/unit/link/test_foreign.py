"""Equal foreign pseudonyms link exactly, where something bears them out or nothing gainsays."""

from flow_pipeline_tests.unit.link.people import ANNA, linked, persons, tokens

HEADER = (
    "foreign_pseudonym | foreign_pseudonym_namespace | given | family | born | "
    "birth_date_precision | sex | number | postcode | sender"
)


def drawn(*rows: str):
    return linked(tokens("\n".join([HEADER, *rows])))


def methods(result) -> list[str]:
    return result.person_link.sort("row_number").collect()["method"].to_list()


def test_a_pseudonym_with_a_birth_month_links():
    result = drawn(
        "A1B2 | dscro | | | 1950-03-01 | month | 2 | | | RXB",
        "A1B2 | dscro | | | 1950-03-01 | month | 2 | | | RXC",
        "A1B2 | dscro | | | 1950-03-01 | month |   | | | RXD",
        "C3D4 | dscro | | | 1950-03-01 | month | 2 | | | RXB",
    )
    assert persons(result) == ["a", "a", "a", "b"]
    assert methods(result) == ["foreign_pseudonym"] * 4
    reasons = result.person_link.sort("row_number").collect()["reason"].to_list()
    assert reasons[2:] == [
        "foreign pseudonym; birth date agrees",
        "foreign pseudonym; only identity with it",
    ]
    assert result.notes["pairs_linked_by_pseudonym"] == 1


def test_a_year_of_birth_bears_out_a_date():
    result = drawn(
        "A1B2 | dscro | | | 1950-01-01 | year  | 2 | | | RXB",
        "A1B2 | dscro | | | 1950-03-01 | month | 2 | | | RXC",
        "A1B2 | dscro | | | 1951-03-01 | month | 2 | | | RXD",
    )
    assert persons(result) == ["a", "a", "b"]


def test_two_namespaces_meet_by_demographics_alone():
    result = drawn(
        "A1B2 | dscro | Anna | Archer | 1950-03-04 | | 2 | | AB1 2CD | RXB",
        "A1B2 | other | Anna | Archer | 1950-03-04 | | 2 | | AB1 2CD | RXC",
        "A1B2 | third |      |        | 1950-03-04 | | 2 | |         | RXD",
    )
    assert persons(result) == ["a", "a", "b"]
    assert methods(result) == ["probabilistic", "probabilistic", "foreign_pseudonym"]


def test_two_pseudonyms_of_one_namespace_speak_against_a_pair():
    alike = "| | Archer | 1950-03-04 | | 2 | |"
    same = drawn(f"A1B2 | dscro {alike} | RXB", f"E5F6 | other {alike} | RXC")
    two = drawn(f"A1B2 | dscro {alike} | RXB", f"E5F6 | dscro {alike} | RXC")
    assert persons(same) == ["a", "a"]
    assert persons(two) == ["a", "b"]


def test_a_pseudonym_that_nothing_bears_out_does_not_link():
    result = drawn(
        "A1B2 | dscro | | | 1950-03-01 | month | 2 | | | RXB",
        "A1B2 | dscro | | | 1981-11-01 | month | 1 | | | RXC",
    )
    assert persons(result) == ["a", "b"]
    assert result.notes["uncorroborated_pseudonym_pairs"] == 1


def test_a_bare_pseudonym_links_where_one_person_alone_uses_it():
    someone = "A1B2 | dscro | | | 1950-03-01 | month | 2 | | | RXB"
    bare = "A1B2 | dscro | | | | | | | | RXC"
    another = "A1B2 | dscro | | | 1981-11-01 | month | 1 | | | RXD"
    assert persons(drawn(someone, bare)) == ["a", "a"]
    assert persons(drawn(someone, bare, another)) == ["a", "b", "c"]
    assert persons(drawn(bare, bare.replace("RXC", "RXD"))) == ["a", "a"]


def test_a_pseudonym_that_many_share_counts_as_missing():
    people = [f"A1B2 | dscro | | | 19{year}-03-01 | month | 2 | | | RXB" for year in range(50, 60)]
    result = drawn(*people, people[0].replace("RXB", "RXC"))
    assert result.notes["implausible_pseudonyms"] == 1
    assert len(set(persons(result))) >= 10
    assert result.notes["pairs_linked_by_pseudonym"] == 0


def test_a_record_with_number_and_pseudonym_joins_both():
    result = drawn(
        f"A1B2 | dscro | Anna | Archer | 1950-03-04 |       | 2 | {ANNA} | | RXA",
        "A1B2  | dscro |      |        | 1950-03-01 | month | 2 |        | | RXB",
        f"     |       | Anna | Archer | 1950-03-04 |       | 2 | {ANNA} | | RXC",
    )
    assert persons(result) == ["a", "a", "a"]
    assert methods(result)[1:] == ["foreign_pseudonym", "nhs_number"]
