"""Groups of identities, against slow and obvious implementations."""

from hypothesis import given, settings
from hypothesis import strategies as st

from flow_pipeline.link.clusters import groups, join_in_order

MEMBERS = list(range(1, 13))
member = st.sampled_from(MEMBERS)
links = st.lists(st.tuples(member, member), max_size=25)
verified = st.dictionaries(member, st.sampled_from([100, 200, 300]), max_size=8)


@settings(max_examples=60, deadline=None)
@given(links)
def test_groups_are_connected_components(edges: list[tuple[int, int]]):
    label = {m: m for m in MEMBERS}
    for _ in MEMBERS:  # spread the smallest label until nothing can change
        for a, b in edges:
            label[a] = label[b] = min(label[a], label[b])
    assert groups(MEMBERS, edges) == label


@settings(max_examples=60, deadline=None)
@given(links, verified)
def test_no_group_ever_has_two_verified_numbers(
    edges: list[tuple[int, int]], numbers: dict[int, int]
):
    joined = join_in_order(MEMBERS, edges, numbers)
    held: dict[int, set[int]] = {}
    for m, number in numbers.items():
        held.setdefault(joined.group_of[m], set()).add(number)
    assert all(len(found) == 1 for found in held.values())
    ends = [joined.group_of[a] == joined.group_of[b] for a, b in edges]
    assert joined.accepted == ends


@settings(max_examples=60, deadline=None)
@given(links, verified)
def test_a_link_is_refused_only_where_it_would_join_two_numbers(
    edges: list[tuple[int, int]], numbers: dict[int, int]
):
    joined = join_in_order(MEMBERS, edges, numbers)
    for (a, b), accepted in zip(edges, joined.accepted, strict=True):
        if not accepted:
            both = [
                {n for m, n in numbers.items() if joined.group_of[m] == joined.group_of[end]}
                for end in (a, b)
            ]
            assert len(both[0] | both[1]) == 2
