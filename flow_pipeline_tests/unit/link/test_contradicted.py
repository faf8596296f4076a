"""What reviewers are asked: impossible histories, uncertain pairs; nothing twice or settled."""

import datetime as dt

import polars as pl
import pytest

from flow_pipeline.link.contradicted import review
from flow_pipeline.link.mentions import RECEIVED
from flow_pipeline.orchestration.link_decisions import write_review
from flow_pipeline.tables.link_quality import (
    IMPOSSIBLE_HISTORY,
    LINK_DECISION,
    UNCERTAIN_PAIR,
)
from flow_pipeline.tables.linkage import PERSON_LINK
from flow_pipeline_tests.unit.link.people import ANNA, BERT, tokens

# Anna twice at one sender, once at another; Bert; and rows 5 and 6, which refer to Anna and Bert.
RECORDS = f"""
    given | family | born       | number | local | sender
    Anna  | Smith  | 1950-02-03 | {ANNA} | 1     | RXA
    Anna  | Smith  | 1950-02-03 | {ANNA} | 1     | RXA
    Ann   | Smith  | 1950-02-03 | {ANNA} | 7     | RXB
    Bert  | Jones  | 1961-07-08 | {BERT} | 2     | RXA
          |        |            |        | 1     | RXA
          |        |            |        | 2     | RXA
"""
PERSONS = {1: "p", 2: "p", 3: "p", 4: "q", 5: "p", 6: "q"}
DAY = dt.datetime(2026, 1, 1)


def asked(*, impossible=(), uncertain=(), decided=(), persons=PERSONS):
    """Pairs of rows that are asked about, with the reason."""
    records = tokens(RECORDS, received=DAY).sort(*RECEIVED).collect()
    keys = dict(records.select("row_number", "record_key").iter_rows())
    rows = {key: row for row, key in keys.items()}
    names = ("record_key", "organisation_code", "submission_id", "row_number")
    side = {row["row_number"]: row for row in records.select(names).iter_rows(named=True)}
    link = records.with_columns(
        person_id=pl.col("row_number").replace_strict(persons),
        method=pl.lit("nhs_number"),
        score=pl.lit(1.0),
        reason=pl.lit("birth same"),
    )

    def pairs(table, given, *names):
        told = [side[a] | {f"other_{n}": v for n, v in side[b].items()} for a, b, *_ in given]
        named = [
            {n: (t | dict(zip(names, rest, strict=True))).get(n) for n in table.column_names}
            for t, (_, _, *rest) in zip(told, given, strict=True)
        ]
        return pl.DataFrame(named, schema=table.schema())

    found = review(
        pairs(UNCERTAIN_PAIR, [(*pair, "near_threshold") for pair in uncertain], "reason"),
        pairs(IMPOSSIBLE_HISTORY, impossible, "reason_code"),
        records,
        PERSON_LINK.conform(link.lazy()).collect(),
        pairs(LINK_DECISION, decided, "outcome"),
    )
    sides = [sorted((rows[a], rows[b])) for a, b in found.select(found.columns[:2]).iter_rows()]
    return sorted(
        (*side, reason) for side, reason in zip(sides, found["reason"], strict=True)
    ), found


def test_an_impossible_history_is_asked_about_by_the_identities_behind_it():
    (told, found) = asked(impossible=[(2, 3, "two_beds"), (1, 3, "two_births")])
    assert told == [(1, 3, "two_beds two_births")]
    row = found.row(0, named=True)
    assert row["is_linked"]
    assert row["weight"] is None
    assert row["agreement"] == "birth same"
    assert {row["organisation_code"], row["other_organisation_code"]} == {"RXA", "RXB"}
    assert {row["row_number"], row["other_row_number"]} == {1, 3}


def test_a_record_that_refers_to_an_identity_stands_for_it():
    assert asked(impossible=[(5, 3, "after_death")])[0] == [(1, 3, "after_death")]


def test_two_records_of_one_identity_stand_for_themselves():
    assert asked(impossible=[(5, 2, "after_death")])[0] == [(2, 5, "after_death")]


def test_what_linkage_has_parted_since_is_not_asked():
    assert asked(impossible=[(1, 3, "two_beds")], persons={**PERSONS, 3: "r"})[0] == []


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        ("obeyed", []),
        ("refused_one_number", []),
        ("refused_disputed", [(1, 3, "two_beds")]),
    ],
)
def test_what_was_decided_of_the_identities_is_not_asked_again(outcome, told):
    assert asked(impossible=[(1, 3, "two_beds")], decided=[(3, 2, outcome)])[0] == told
    near = asked(uncertain=[(1, 3)], decided=[(3, 2, outcome)])[0]
    assert [pair[:2] for pair in near] == [pair[:2] for pair in told]


def test_a_pair_is_asked_about_once():
    told, _ = asked(impossible=[(2, 3, "two_beds")], uncertain=[(3, 1), (4, 1)])
    assert told == [(1, 3, "two_beds"), (1, 4, "near_threshold")]


def test_whether_an_uncertain_pair_is_one_person_is_told_as_it_is_now():
    _, found = asked(uncertain=[(3, 1), (4, 1)])
    assert dict(found.select("row_number", "is_linked").iter_rows()) == {3: True, 4: False}


def test_each_sender_is_told_its_own_rows_and_why(tmp_path):
    _, found = asked(impossible=[(2, 3, "two_beds")], uncertain=[(4, 1)])
    assert write_review(tmp_path / "review", found) == 2
    written = {p.parent.name: p.read_text().splitlines() for p in tmp_path.rglob("review.csv")}
    of_file = [line.split(",", 1)[1] for line in written["RXA"]]
    assert of_file == ["row_number,reason", "1,near_threshold two_beds", "4,near_threshold"]
    assert [line.split(",", 1)[1] for line in written["RXB"]] == ["row_number,reason", "3,two_beds"]


def test_nothing_to_ask_is_an_empty_table():
    told, found = asked()
    assert told == []
    assert found.is_empty()
