"""Identities told before are found again, whatever came between."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from flow_pipeline.contracts import contract
from flow_pipeline.pseudonymise import Known, pseudonymise
from flow_pipeline.pseudonymise.known_identities import KnownIdentities
from flow_pipeline_tests.unit.pseudonymise.drawn_rows import KEYS, typed_rows

_NUMBERS = st.lists(st.sampled_from([0, 1, 7, 2**32, 2**63, 2**64 - 1]), max_size=8)

_MAY, _JUNE = frozenset({"may"}), frozenset({"june"})


@given(st.lists(_NUMBERS, max_size=5), st.integers(1, 5))
def test_each_row_has_what_was_made_of_the_first_row_of_its_identity(batches, most):
    known, asked = KnownIdentities(most), []
    for numbers in batches:
        series = pl.Series(numbers, dtype=pl.UInt64)

        def make(first: pl.Series, series: pl.Series = series) -> pl.DataFrame:
            asked.append(first.to_list())
            return series[first].alias("made").to_frame()

        assert known.made("use", _MAY, series, make)["made"].to_list() == numbers
    assert all(first == sorted(first) for first in asked)


def test_an_identity_is_made_once_by_its_first_row():
    known, asked = KnownIdentities(), []

    def make(first: pl.Series) -> pl.DataFrame:
        asked.append(first.to_list())
        return pl.DataFrame({"made": [len(asked)] * len(first)})

    for numbers in ([5, 3, 5], [3, 9], [5, 3]):
        known.made("use", _MAY, pl.Series(numbers, dtype=pl.UInt64), make)
    assert asked == [[0, 1], [1]]


def test_identities_of_a_submission_that_is_over_are_let_go():
    known, numbers, asked = KnownIdentities(), pl.Series([5, 3], dtype=pl.UInt64), []

    def make(first: pl.Series) -> pl.DataFrame:
        asked.append(first.to_list())
        return pl.DataFrame({"made": [len(asked)] * len(first)})

    for submissions in (_MAY, _MAY | _JUNE, _JUNE, _MAY):
        known.made("use", submissions, numbers, make)
    assert asked == [[0, 1], [0, 1]]


def test_what_one_submission_told_another_tells_again():
    text = """
    submission_id | nhs_number | person_family_name
    may           | 9990000018 | LEE
    may           | 9990000018 | LEE
    june          | 9990000018 | LEE
    june          | 9990000018 | Lee
    june          |            |
    """
    rows = typed_rows("person_index", text)
    made = pseudonymise(rows, contract("person_index"), KEYS, known=Known())
    told = made.record_identity.collect()
    assert told["submission_id"].to_list() == ["may", "june", "june"]
    assert told["identity_key"].is_unique().all()
    assert told["family_token"].n_unique() == 1
    named = made.record_token.collect()["identity_key"].to_list()
    assert named == [*told["identity_key"][[0, 0, 1, 2]], None]
