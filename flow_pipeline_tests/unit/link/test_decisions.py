"""What reviewers decide is obeyed, but not against verified numbers."""

import duckdb
import polars as pl
import pytest

from flow_pipeline.errors import ExitCode, InputRefused
from flow_pipeline.link import link
from flow_pipeline.link.identities import identities
from flow_pipeline.link.review import uncertain_pairs
from flow_pipeline.orchestration.link_decisions import read_decisions
from flow_pipeline_tests.unit.link.people import ANNA, BERT, PERSON_KEY, persons, tokens

# Anna at two senders, twice the same person by number; Bert; and somebody like Anna without number.
RECORDS = f"""
    given | family | born       | postcode | number | status | local | sender
    Anna  | Smith  | 1950-02-03 | LS1 4AP  | {ANNA} | 01     | 1     | RXA
    Anna  | Smith  | 1950-02-03 | LS1 4AP  | {ANNA} | 01     | 2     | RXB
    Bert  | Jones  | 1961-07-08 | LS6 2AB  | {BERT} | 01     | 3     | RXA
    Zoe   | Brown  | 1988-11-12 | LS9 9ZZ  |        | 03     | 4     | RXC
    Anna  | Smith  | 1950-02-03 | LS1 4AP  |        | 03     | 5     | RXC
"""
EACH_ALONE = ["a", "a", "b", "c", "a"]


def decide(*decided: tuple[int, int, str, str]):
    records = tokens(RECORDS)
    keys = dict(records.select("row_number", "record_key").collect().iter_rows())
    rows = [
        (keys.get(one, "0" * 32), keys.get(other, "0" * 32), what, who, None)
        for one, other, what, who in decided
    ]
    names = ["record_key", "other_record_key", "decision", "who"]
    schema = dict.fromkeys(names, pl.String) | {"decided_on": pl.Date}
    with duckdb.connect() as connection:
        made = link(
            records,
            None,
            person_key=PERSON_KEY,
            connection=connection,
            run_id="r",
            decisions=pl.DataFrame(rows, schema=schema, orient="row"),
        )
    return persons(made), made.decisions.collect()["outcome"].to_list()


@pytest.mark.parametrize(
    ("decided", "people", "outcome"),
    [
        ([], EACH_ALONE, []),
        ([(1, 4, "same", "x")], ["a", "a", "b", "a", "a"], ["obeyed"]),
        ([(5, 1, "different", "x")], ["a", "a", "b", "c", "d"], ["obeyed"]),
        ([(1, 3, "same", "x")], EACH_ALONE, ["refused_two_numbers"]),
        ([(1, 2, "different", "x")], EACH_ALONE, ["refused_one_identity"]),
        ([(1, 2, "same", "x")], EACH_ALONE, ["already_so"]),
        ([(1, 4, "different", "x")], EACH_ALONE, ["already_so"]),
        ([(1, 9, "same", "x")], EACH_ALONE, ["unknown_record"]),
        ([(1, 4, "same", "x"), (4, 1, "different", "y")], EACH_ALONE, ["refused_disputed"] * 2),
        ([(1, 4, "same", "x"), (1, 4, "same", "y")], ["a", "a", "b", "a", "a"], None),
    ],
)
def test_decisions_are_obeyed_where_numbers_do_not_forbid_it(decided, people, outcome):
    found, told = decide(*decided)
    assert found == people
    assert outcome is None or told == outcome


def test_a_chain_of_decisions_does_not_join_two_numbers():
    found, told = decide((1, 4, "same", "x"), (3, 4, "same", "x"))
    assert found in (["a", "a", "b", "a", "a"], ["a", "a", "b", "b", "a"])
    assert sorted(told) == ["obeyed", "refused_two_numbers"]


def test_decisions_that_say_the_same_of_three_stand_against_one_that_parts_them():
    _, told = decide((1, 4, "same", "x"), (4, 5, "same", "x"), (1, 5, "different", "x"))
    assert sorted(told) == ["already_so", "obeyed", "refused_by_another"] or sorted(told) == [
        "obeyed",
        "obeyed",
        "refused_by_another",
    ]


HEADER = "record_key,other_record_key,decision,who,decided_on"
LINE = f"{'a' * 32},{'b' * 32},same,somebody,2026-04-01"


def test_decisions_are_read(tmp_path):
    path = tmp_path / "decisions.csv"
    path.write_text(f"{HEADER}\n{LINE}\n")
    [row] = read_decisions(path).rows()
    assert row[2:4] == ("same", "somebody")
    path.write_text(f"{HEADER}\n")
    assert read_decisions(path).is_empty()
    assert read_decisions(None).is_empty()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("record_key,decision\na,same\n", ":1: expected the columns"),
        (f"{HEADER}\n{LINE.replace('same', 'perhaps')}\n", ":2: expected decision"),
        (f"{HEADER}\n{LINE.replace('a' * 32, '9990000018')}\n", ":2: expected two record keys"),
        (f"{HEADER}\n{LINE.replace('somebody', ' ')}\n", ":2: expected who"),
        (f"{HEADER}\n{LINE.replace('2026-04-01', 'May')}\n", ":2: expected decided_on"),
        (f"{HEADER}\n{LINE}\n{LINE}\n", ":3: expected a pair once of each reviewer"),
        (f"{HEADER}\n{'a' * 32}\n", ":2: expected two record keys"),
    ],
)
def test_what_is_wrong_with_decisions_is_told_with_its_line(tmp_path, text, says):
    path = tmp_path / "decisions.csv"
    path.write_text(text)
    with pytest.raises(InputRefused, match=says) as raised:
        read_decisions(path)
    assert raised.value.exit_code == ExitCode.INPUT_REFUSED
    assert "9990000018" not in str(raised.value)


PARTED = pl.DataFrame(
    schema={
        **dict.fromkeys(("a", "b"), pl.Int64),
        **dict.fromkeys(("weight", "score"), pl.Float64),
        "reason": pl.String,
    }
)


def grouping(*groups: int, score: float = 0.9) -> pl.DataFrame:
    n = len(groups)
    return pl.DataFrame(
        {
            "unique_id": range(1, n + 1),
            "group": groups,
            "score": [score] * n,
            "reason": ["given same"] * n,
            "method": ["probabilistic"] * n,
        }
    )


def test_pairs_that_the_threshold_decides_about_are_listed_by_record():
    found = identities(tokens(RECORDS).collect())
    n = found.distinct.height
    together, apart = grouping(*([1] * n)), grouping(*range(1, n + 1))
    review = uncertain_pairs(found, lower=together, now=apart, higher=apart, parted=PARTED)
    assert review.height == n - 1
    assert not review["is_linked"].any()
    assert set(review["agreement"]) == {"given same"}
    one = {"lower": together, "now": together, "higher": together}
    assert uncertain_pairs(found, **one, parted=PARTED).is_empty()


def test_pairs_parted_from_a_crowd_are_listed_once_beside_uncertain_ones():
    found = identities(tokens(RECORDS).collect())
    n = found.distinct.height
    together, apart = grouping(*([1] * n)), grouping(*range(1, n + 1))
    given_up = pl.DataFrame([(1, 2, 9.0, 0.998, "birth same")], schema=PARTED.schema, orient="row")
    review = uncertain_pairs(found, lower=together, now=apart, higher=apart, parted=given_up)
    assert review.height == n - 1  # one of the uncertain pairs is the one that was parted
    told = review.filter(reason="too_many_people")
    assert told.select("agreement", "is_linked").rows() == [("birth same", False)]
    assert review.filter(reason="near_threshold").height == n - 2
