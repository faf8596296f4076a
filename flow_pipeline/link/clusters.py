"""Groups of identities that links join, none of them with two verified NHS numbers."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Joined(NamedTuple):
    """``group_of``: the smallest member of each member's group. ``accepted``: for each link, in
    order, whether both ends are one group in the end. ``n_refused``: links that would have joined
    two verified numbers."""

    group_of: dict[int, int]
    accepted: list[bool]
    n_refused: int


def groups(members: Iterable[int], links: Iterable[tuple[int, int]]) -> dict[int, int]:
    """The smallest member of each member's connected group."""
    return join_in_order(members, list(links), {}).group_of


def join_in_order(
    members: Iterable[int], links: Sequence[tuple[int, int]], verified: dict[int, int]
) -> Joined:
    """Join along links, the strongest first, but never two groups of different verified numbers.

    In:  ``links`` in the order in which they count, so that where a chain would tie two numbers
         together its weakest link is the one refused. ``verified``: number token by member.
    Linear in members and links; the outcome depends on nothing but the order of the links.
    """
    parent = {member: member for member in members}
    number = dict(verified)
    n_refused = 0
    for a, b in links:
        low, high = sorted((root(parent, a), root(parent, b)))
        if low == high:
            continue
        if low in number and high in number and number[low] != number[high]:
            n_refused += 1
            continue
        parent[high] = low
        if high in number:
            number[low] = number[high]
    group_of = {member: root(parent, member) for member in parent}
    return Joined(group_of, [group_of[a] == group_of[b] for a, b in links], n_refused)


def root(parent: dict[int, int], member: int) -> int:
    """The member that stands for the group of ``member``; shortens the way to it."""
    while parent[member] != member:
        parent[member] = parent[parent[member]]
        member = parent[member]
    return member
