"""What was made of values met before is what would be made of them anew."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flow_pipeline.contracts import contract
from flow_pipeline.pseudonymise import Known, Pseudonymised, pseudonymise
from flow_pipeline.pseudonymise.known_values import KnownValues
from flow_pipeline_tests.unit.pseudonymise.drawn_rows import KEYS, typed_rows

_CELL = st.one_of(st.none(), st.sampled_from(["", "a", "b", "Ä", "a\x1fb", " a"]))


def _lengths(values: pl.DataFrame) -> pl.DataFrame:
    """Something that follows from the values of a row, null among them."""
    told = [pl.col(name).fill_null("none") for name in values.columns]
    return values.select(made=pl.concat_str(told, separator="|") + "!")


@given(st.lists(st.lists(st.tuples(_CELL, _CELL), max_size=6), max_size=5), st.integers(1, 5))
def test_the_same_is_made_however_often_values_come(batches, most):
    known = KnownValues(most)
    for rows in batches:
        values = pl.DataFrame(rows, schema={"x": pl.String, "y": pl.String}, orient="row")
        for asked in (values, values.select("x"), values.select("y")):
            use = tuple(asked.columns)
            assert known.made(use, asked, _lengths).equals(_lengths(asked))


def test_each_value_is_made_once_for_each_use():
    seen: list[object] = []

    def make(values: pl.DataFrame) -> pl.DataFrame:
        seen.extend(values["x"].to_list())
        return _lengths(values)

    known = KnownValues()
    for _ in range(3):
        known.made("one", pl.DataFrame({"x": ["a", "b", "a", None]}), make)
    assert sorted(map(str, seen)) == ["None", "a", "b"]
    known.made("two", pl.DataFrame({"x": ["a"]}), make)
    assert seen.count("a") == 2


def test_dates_are_told_apart_from_each_other():
    days = pl.DataFrame({"x": ["1950-01-02", None, "1949-12-31"]}).select(pl.col("x").str.to_date())

    def make(values: pl.DataFrame) -> pl.DataFrame:
        return values.select(year=pl.col("x").dt.year())

    known = KnownValues()
    assert known.made("year", days, make)["year"].to_list() == [1950, None, 1949]
    assert known.made("year", days.reverse(), make)["year"].to_list() == [1949, None, 1950]


@pytest.mark.parametrize("name", ["op_attendance", "person_index"])
def test_tokens_do_not_depend_on_what_came_before(name):
    rows = typed_rows(
        name,
        """
        nhs_number | person_given_name | person_family_name | local_patient_identifier
        9990000018 | ANN               | LEE                | a1
        9990000018 | Ann               | O'Neill            | A1
                   | BABY              | LEE                |
        1111111111 |                   |                    | a1
        """,
    )
    declared, known = contract(name), Known()
    alone = _told(pseudonymise(rows, declared, KEYS))
    first = pseudonymise(rows, declared, KEYS, known=known)
    assert _told(first) == alone
    again = pseudonymise(rows, declared, KEYS, known=known)
    assert again.record_identity.collect().is_empty()  # the submission has told all of them
    assert _told(again._replace(record_identity=first.record_identity)) == alone


def _told(made: Pseudonymised) -> list[list[tuple]]:
    return [frame.collect().rows() for frame in (made.core, made.record_told, made.record_token)]
