"""Pseudonyms of two namespaces are one person's where a bridge table says so."""

import polars as pl
import pytest

from flow_pipeline.link import Linked
from flow_pipeline.link.bridges import bridged, judged
from flow_pipeline.pseudonymise.bridges import bridge_tokens
from flow_pipeline_tests.drawn import drawn
from flow_pipeline_tests.unit.link.people import ANNA, BERT, linked, persons, tokens
from flow_pipeline_tests.unit.pseudonymise.drawn_rows import KEYS

HEADER = "namespace | pseudonym | other_namespace | other_pseudonym"
PEOPLE = (
    "foreign_pseudonym | foreign_pseudonym_namespace | number | status | given | born | "
    "birth_date_precision | sex | sender"
)


def bridge(*entries: str) -> pl.DataFrame:
    """Table foreign_bridge of drawn entries ``a: A1 b: B1``."""
    rows = drawn("\n".join([HEADER, *entries])).with_columns(
        bridge=pl.lit("bridge.csv"), row_number=pl.int_range(1, pl.len() + 1, dtype=pl.Int64)
    )
    return judged(bridge_tokens(rows, KEYS).collect())


def link(records: list[str], *entries: str) -> Linked:
    return linked(bridged(tokens("\n".join([PEOPLE, *records])), bridge(*entries)))


MARCH = "| | | | 1950-03-01 | month | 2 |"
TWO_SENDERS = [f"A1 | a {MARCH} RXA", f"B1 | b {MARCH} RXB", f"B2 | b {MARCH} RXB"]


def test_equal_by_a_bridge_links_as_equal_pseudonyms_do():
    assert persons(link(TWO_SENDERS, "a | A9 | b | B9")) == ["a", "b", "c"]
    result = link(TWO_SENDERS, "b | B1 | a | A1")
    assert persons(result) == ["a", "a", "b"]
    links = result.person_link.sort("row_number").collect()
    assert links["method"].to_list() == ["foreign_pseudonym"] * 3
    assert links["reason"][0] == "foreign pseudonym; birth date agrees"
    assert links["score"][0] == 0.999


def test_a_bridge_needs_bearing_out_as_a_pseudonym_does():
    records = [
        "A1 | a | | | | 1950-03-01 | month | 2 | RXA",
        "B1 | b | | | | 1981-11-01 | month | 2 | RXB",
    ]
    result = link(records, "a | A1 | b | B1")
    assert persons(result) == ["a", "b"]
    assert result.notes["uncorroborated_pseudonym_pairs"] == 1


def test_what_nothing_bears_out_does_not_link_by_likeness_either():
    alike = "| | | {given} | {born} | | 2 | {sender}"
    one = f"A1 | a {alike.format(given='Anna', born='1950-03-04', sender='RXA')}"
    two = f"B1 | b {alike.format(given='Zoe', born='1981-11-30', sender='RXB')}"
    assert persons(link([one, two], "a | A1 | b | B1")) == ["a", "b"]


def test_a_pseudonym_that_stands_for_a_number_links_to_who_has_it():
    records = [
        f"A1 | a {MARCH} RXA",
        f"   |   | {ANNA} | 01 | Anna | 1950-03-04 | | 2 | RXC",
        f"   |   | {BERT} | 01 | Bert | 1950-03-09 | | 1 | RXC",
    ]
    result = link(records, f"a | A1 | nhs_number | {ANNA}")
    assert persons(result) == ["a", "a", "b"]
    assert result.person_link.sort("row_number").collect()["method"][0] == "nhs_number"


def test_namespaces_meet_along_a_chain_of_bridges():
    records = [f"A1 | a {MARCH} RXA", f"B1 | b {MARCH} RXB", f"C1 | c {MARCH} RXC"]
    by_chain = link(records, "a | A1 | b | B1", "b | B1 | c | C1")
    assert persons(by_chain) == ["a", "a", "a"]
    number = f"| | {ANNA} | | Anna | 1950-03-04 | | 2 | RXD"
    by_number = link([*records, number], "a | A1 | b | B1", f"b | B1 | nhs_number | {ANNA}")
    assert persons(by_number) == ["a", "a", "b", "a"]


@pytest.mark.parametrize(
    ("entries", "outcomes"),
    [
        (["a | A1 | b | B1", "b | B1 | a | A1"], ["used", "repeated"]),
        (["a | A1 | b | B1", "a | A1 | b | B2"], ["shared", "shared"]),
        (["a | A1 | b | B1", "a | A2 | b | B1", "a | A3 | b | B3"], ["shared", "shared", "used"]),
        (["a | NULL | b | B1", "a | A1 | b |", "a | A1 | b | B1"], ["incomplete"] * 2 + ["used"]),
        # What a placeholder was tied to keeps its own good entry.
        (
            ["a | Q7 | b | B1", "a | Q7 | b | B2", "a | Q7 | b | B3", "a | A1 | b | B1"],
            ["shared"] * 3 + ["used"],
        ),
        # Two of one namespace, tied by a third.
        (["a | A1 | b | B1", "b | B1 | c | C1", "c | C1 | a | A2"], ["shared"] * 3),
        (
            [f"a | A1 | nhs_number | {ANNA}", f"a | A2 | nhs_number | {ANNA}"],
            ["shared", "shared"],
        ),
        ([f"a | A1 | nhs_number | {ANNA}", f"a | A1 | nhs_number | {BERT}"], ["shared"] * 2),
    ],
)
def test_entries_that_say_nothing_or_too_much_are_told_and_not_used(entries, outcomes):
    assert bridge(*entries)["outcome"].to_list() == outcomes


def test_no_bridge_leaves_records_as_they_are():
    records = tokens("\n".join([PEOPLE, *TWO_SENDERS]))
    assert bridged(records, bridge("a | A1 | b | ")).collect().equals(records.collect())
