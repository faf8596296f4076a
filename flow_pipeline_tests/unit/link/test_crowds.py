import polars as pl
import pytest

from flow_pipeline.link.crowds import SAID, plausible_groups
from flow_pipeline_tests.unit.link.people import linked, tokens


def said(*rows: tuple[int | None, int | None, int | None]) -> pl.DataFrame:
    """Identities 1 to n by what they say: birth date, given name, number."""
    return pl.DataFrame(
        [(i, *row) for i, row in enumerate(rows, start=1)],
        schema=dict.fromkeys(("unique_id", *SAID), pl.Int64),
        orient="row",
    )


def chain(n: int) -> list[tuple[int, int]]:
    return [(i, i + 1) for i in range(1, n)]


@pytest.mark.parametrize(
    ("rows", "n_groups"),
    [
        ([(1, 1, 1)] * 300, 1),  # many identities that say the same are one person
        ([(i, 1, None) for i in range(8)], 1),
        ([(i, 1, None) for i in range(9)], 2),
        ([(1, i, None) for i in range(9)], 2),
        ([(None, None, i) for i in range(3)], 1),
        ([(None, None, i) for i in range(4)], 2),
        ([(i, i, None) for i in range(4)], 1),
        ([(i, i, None) for i in range(5)], 2),  # birth dates and names that differ alike
        ([(i % 4, i, None) for i in range(8)], 1),
        ([(None, None, None)] * 50, 1),
    ],
)
def test_a_chain_of_too_many_people_is_taken_apart(rows, n_groups):
    found = plausible_groups(said(*rows), chain(len(rows)), {})
    assert len(set(found.joined.group_of.values())) == n_groups
    assert found.n_taken_apart == (n_groups > 1)
    assert len(found.parted) == n_groups - 1


def test_the_weakest_link_goes_and_the_strongest_of_those_given_up_is_told():
    rows = [(i // 2, i // 2, None) for i in range(10)]  # five people, each twice
    own = [(i, i + 1) for i in range(1, 10, 2)]
    between = [(8, 9), (6, 7), (2, 3), (4, 5), (3, 6)]
    found = plausible_groups(said(*rows), own + between, {})
    groups = found.joined.group_of
    assert {groups[i] for i in (5, 6, 7, 8, 9, 10)} == {5}
    assert {groups[i] for i in (1, 2, 3, 4)} == {1}
    assert found.joined.accepted == [True] * 8 + [False, False]
    assert found.parted == [8]


def test_verified_numbers_keep_apart_and_other_groups_stay_as_they_are():
    rows = [(i, i, None) for i in range(6)] + [(1, 1, 100), (1, 1, 200)]
    links = [*chain(6), (7, 8)]
    found = plausible_groups(said(*rows), links, {7: 100, 8: 200})
    assert found.joined.n_refused == 1
    assert found.joined.group_of[7] != found.joined.group_of[8]
    assert found.n_taken_apart == 1


def test_one_local_identifier_with_a_dozen_birth_dates_is_several_people():
    rows = [f"Anna | Archer | 1950-01-{day:02} | AB1 2CD | 7" for day in range(1, 13)]
    result = linked(tokens("given | family | born | postcode | local\n" + "\n".join(rows)))
    sizes = result.person_link.collect().group_by("person_id").len()["len"].to_list()
    assert sorted(sizes) == [4, 8]
    assert result.notes["groups_of_too_many_people"] == 1
    assert result.notes["groups_parted_from_them"] == 1
