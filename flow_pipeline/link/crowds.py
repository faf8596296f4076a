"""Groups that say too much to be one person: taken apart at their weakest links."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import polars as pl

from flow_pipeline.link.clusters import Joined, join_in_order, root
from flow_pipeline.link.numbers import MOST_BIRTH_DATES

# How many different values one person may have gathered over years of moves and mistakes. The
# number of identities says nothing: somebody much travelled has many, all of one name and birth
# date. Given names count by their first letters, because a mistyped name is a new name each time.
_BIRTH, _GIVEN, _NUMBER = "birth_date_token", "given_initials_token", "nhs_number_token"
MOST = {_BIRTH: MOST_BIRTH_DATES, _GIVEN: 8, _NUMBER: 3}
# Mistakes gather in one field; birth dates and given names that differ alike are several people.
MOST_OF_BOTH = 4
SAID = tuple(MOST)


class Plausible(NamedTuple):
    """``joined``: groups of at most one person each. ``n_taken_apart``: groups that were more.
    ``parted``: of the links that were taken away, by their places, the strongest between each two
    of the groups that were left."""

    joined: Joined
    n_taken_apart: int
    parted: list[int]


def plausible_groups(
    identities: pl.DataFrame, links: Sequence[tuple[int, int]], verified: dict[int, int]
) -> Plausible:
    """Join as clusters.join_in_order does; take apart what is too many people to be one.

    In:  ``identities``: unique_id and the columns of SAID. ``links``: the strongest first.
    A group beyond MOST or MOST_OF_BOTH is joined anew, without the links that would take it beyond:
    so the weakest are given up, and no group beyond stays. Linear in identities and links.
    Source of the definition: domain.md §5 L05; the limits are judgement.
    """
    joined = join_in_order(identities["unique_id"].to_list(), links, verified)
    crowded = _crowded(identities, joined.group_of)
    if crowded.is_empty():
        return Plausible(joined, 0, [])
    said = {row[0]: Said.of(row[1:]) for row in crowded.select("unique_id", *SAID).iter_rows()}
    held = [i for i, (a, _) in enumerate(links) if joined.accepted[i] and a in said]
    anew = _joined_anew(said, [links[i] for i in held])
    group_of = {**joined.group_of, **anew}
    accepted = [group_of[a] == group_of[b] for a, b in links]
    given_up: dict[frozenset[int], int] = {}
    for i in held:
        if not accepted[i]:
            given_up.setdefault(frozenset(group_of[end] for end in links[i]), i)
    return Plausible(
        Joined(group_of, accepted, joined.n_refused),
        crowded["group"].n_unique(),
        list(given_up.values()),
    )


class Said:
    """The different values that a group's members give, in the order of SAID."""

    def __init__(self, values: tuple[frozenset[int], ...]) -> None:
        self.values = values

    @classmethod
    def of(cls, row: Iterable[int | None]) -> "Said":
        return cls(tuple(frozenset() if v is None else frozenset([v]) for v in row))

    def with_all_of(self, other: "Said") -> "Said":
        return Said(tuple(a | b for a, b in zip(self.values, other.values, strict=True)))

    @property
    def is_one_person(self) -> bool:
        n = {name: len(values) for name, values in zip(SAID, self.values, strict=True)}
        is_within = all(n[name] <= most for name, most in MOST.items())
        return is_within and min(n[_BIRTH], n[_GIVEN]) <= MOST_OF_BOTH


def _crowded(identities: pl.DataFrame, group_of: dict[int, int]) -> pl.DataFrame:
    """The identities of groups that are more than one person, with ``group``."""
    groups = pl.Series("group", list(group_of.values()), dtype=pl.Int64)
    placed = (
        identities.select("unique_id", *SAID)
        .with_columns(groups)
        .filter(pl.len().over("group") > min(MOST.values()))
    )
    n = {name: pl.col(name).drop_nulls().n_unique().over("group") for name in SAID}
    beyond = pl.any_horizontal(n[name] > most for name, most in MOST.items())
    in_both = pl.min_horizontal(n[_BIRTH], n[_GIVEN]) > MOST_OF_BOTH
    return placed.filter(beyond | in_both)


def _joined_anew(said: dict[int, Said], links: list[tuple[int, int]]) -> dict[int, int]:
    """The smallest member of each member's group, where a link that makes a crowd is given up."""
    parent = {member: member for member in said}
    told = dict(said)
    for a, b in links:
        low, high = sorted((root(parent, a), root(parent, b)))
        both = told[low].with_all_of(told[high])
        if low != high and both.is_one_person:
            parent[high] = low
            told[low] = both
    return {member: root(parent, member) for member in parent}
