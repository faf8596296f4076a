"""The same records give the same persons, in whatever order they come and however often."""

import random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from flow_pipeline.link import Linked
from flow_pipeline_tests.unit.link.people import ANNA, BERT, linked, tokens

TABLES = ("person_link", "person_registry", "person_history", "refusals")


def people() -> pl.LazyFrame:
    """Twenty people and their mistaken copies, some with numbers, some only referring."""
    given = ["Anna", "Bert", "Cara", "Dora", "Eric", "Faye", "Gwen", "Hugo", "Iris", "Jack"]
    family = ["Archer", "Baker", "Cole", "Dean"]
    rng = random.Random(4)
    rows = []
    for i in range(20):
        name, born = (given[i % 10], family[i % 4]), f"{1940 + i}-0{1 + i % 9}-1{i % 9}"
        number = {0: ANNA, 1: BERT}.get(i, "")
        local, sender = f"{i}", rng.choice(["RXA", "RXB"])
        rows.append(f"{number} | {name[0]} | {name[1]} | {born} | AB1 {i % 9}CD | {local} | RXA")
        rows.append(f"{number} | {name[0]} | {name[1]}e | {born} | AB1 {i % 9}CD | | {sender}")
        rows.append(f" | | | | | {local} | {sender}")
    return tokens("number | given | family | born | postcode | local | sender\n" + "\n".join(rows))


@pytest.fixture(scope="module")
def records() -> pl.LazyFrame:
    return people().collect().lazy()


@pytest.fixture(scope="module")
def once(records: pl.LazyFrame) -> Linked:
    return linked(records)


def assert_same(one: Linked, other: Linked) -> None:
    for table in TABLES:
        assert_frame_equal(getattr(one, table), getattr(other, table))
    assert one.notes == other.notes
    assert one.kept.model == other.kept.model
    assert_frame_equal(one.kept.identities, other.kept.identities)
    assert_frame_equal(one.kept.pairs, other.kept.pairs)


@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 1000))
def test_row_order_does_not_matter(records: pl.LazyFrame, once: Linked, seed: int):
    assert_same(once, linked(records.collect().sample(fraction=1, shuffle=True, seed=seed).lazy()))


def test_twice_gives_the_same_and_a_second_run_changes_nothing(records: pl.LazyFrame, once: Linked):
    assert_same(once, linked(records))
    again = linked(records, registry=once.person_registry, run_id="run-2")
    for table in TABLES:
        assert_frame_equal(getattr(once, table), getattr(again, table))


def test_every_record_is_linked_or_refused_once_with_a_reason(records: pl.LazyFrame, once: Linked):
    links, refused = once.person_link.collect(), once.refusals.collect()
    keys = links["record_key"].to_list() + refused["record_key"].to_list()
    assert sorted(keys) == sorted(records.collect()["record_key"])
    assert links.select("method", "score", "reason", "person_id").null_count().row(0) == (0,) * 4
    assert links["score"].is_between(0, 1).all()
