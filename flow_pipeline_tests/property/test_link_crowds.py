"""Groups that are taken apart, whatever links there are."""

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from flow_pipeline.link.clusters import join_in_order
from flow_pipeline.link.crowds import MOST, MOST_OF_BOTH, SAID, plausible_groups
from flow_pipeline.link.identities import identities
from flow_pipeline.link.mentions import RECEIVED
from flow_pipeline.link.persons import THRESHOLD, grouped
from flow_pipeline.link.weighing import Weighed, weighed
from flow_pipeline_tests.unit.link.people import tokens

MEMBERS = list(range(1, 31))
member = st.sampled_from(MEMBERS)
value = st.none() | st.integers(1, 12)
people = st.lists(st.tuples(value, value, value), min_size=30, max_size=30)
links = st.lists(st.tuples(member, member), min_size=20, max_size=60)
verified = st.dictionaries(member, st.sampled_from([100, 200]), max_size=4)


def table(said: list[tuple[int | None, ...]]) -> pl.DataFrame:
    rows = [(m, *told) for m, told in zip(MEMBERS, said, strict=True)]
    return pl.DataFrame(rows, dict.fromkeys(("unique_id", *SAID), pl.Int64), orient="row")


@settings(max_examples=60, deadline=None)
@given(people, links, verified)
def test_no_group_is_more_than_one_person(said, edges, numbers):
    found = plausible_groups(table(said), edges, numbers)
    groups = found.joined.group_of
    for group in set(groups.values()):
        inside = [told for m, told in zip(MEMBERS, said, strict=True) if groups[m] == group]
        n = [len({values[i] for values in inside} - {None}) for i in range(len(SAID))]
        assert all(count <= most for count, most in zip(n, MOST.values(), strict=True))
        assert min(n[0], n[1]) <= MOST_OF_BOTH
    assert found.joined.accepted == [groups[a] == groups[b] for a, b in edges]


@settings(max_examples=60, deadline=None)
@given(people, links, verified)
def test_groups_are_parts_of_what_links_join_and_all_of_it_where_nothing_speaks_against(
    said, edges, numbers
):
    before = join_in_order(MEMBERS, edges, numbers).group_of
    found = plausible_groups(table(said), edges, numbers)
    after = found.joined.group_of
    assert len({(after[m], before[m]) for m in MEMBERS}) == len(set(after.values()))
    n_more = len(set(after.values())) - len(set(before.values()))
    assert (n_more == 0) == (found.n_taken_apart == 0)
    assert len(found.parted) >= n_more


@pytest.fixture(scope="module")
def namesakes() -> Weighed:
    """Twelve birth dates under one local identifier: all pairs link."""
    rows = [f"Anna | Archer | 1950-01-{day:02} | AB1 2CD | 7" for day in range(1, 13)]
    records = tokens("given | family | born | postcode | local\n" + "\n".join(rows))
    found = identities(records.sort(*RECEIVED, nulls_last=True).collect())
    with duckdb.connect() as connection:
        return weighed(found, connection, seed=1)


@settings(max_examples=15, deadline=None)
@given(st.permutations(range(66)), st.integers(0, 100))
def test_the_order_in_which_pairs_of_different_weight_are_given_does_not_matter(
    namesakes, weights, seed
):
    pairs = namesakes.pairs.with_columns(
        weight=pl.Series(weights, dtype=pl.Float64) / 10 + THRESHOLD
    )
    shuffled = pairs.sample(fraction=1, shuffle=True, seed=seed)
    once, again = (grouped(namesakes._replace(pairs=p), THRESHOLD) for p in (pairs, shuffled))
    assert once.notes["groups_of_too_many_people"] == 1
    assert_frame_equal(once.identities, again.identities)
    assert_frame_equal(once.parted, again.parted)
