"""What bridge files say, as tokens."""

import polars as pl

from flow_pipeline.pseudonymise.bridges import bridge_tokens
from flow_pipeline.tables.linkage import FOREIGN_BRIDGE
from flow_pipeline_tests.drawn import drawn
from flow_pipeline_tests.unit.link.people import ANNA, tokens
from flow_pipeline_tests.unit.pseudonymise.drawn_rows import KEYS

ENTRIES = f"""
    namespace  | pseudonym  | other_namespace | other_pseudonym
    dscro      | A1B2       | other           | 7Z
    dscro      |  a1b2      | nhs_number      | 999 000 0018
    nhs_number | {ANNA}     | dscro           | A1B2
    dscro      | INVALID    | other           | 78
    dscro      | A1B3       | other           |
    dscro      | A1B4       | nhs_number      | 9990000019
    dscro      | A1B5       | nhs_number      | 9999999999
"""


def made() -> pl.DataFrame:
    rows = drawn(ENTRIES).with_columns(
        bridge=pl.lit("bridge.csv"), row_number=pl.int_range(1, pl.len() + 1, dtype=pl.Int64)
    )
    return bridge_tokens(rows, KEYS).collect()


def test_tokens_are_those_of_extracts():
    rows = tokens(
        f"""
        number | foreign_pseudonym | foreign_pseudonym_namespace
        {ANNA} | A1B2              | dscro
               | 7Z                | other
        """
    ).collect()
    found = made()
    assert found["foreign_token"][:3].to_list() == [rows["foreign_token"][0]] * 3
    assert found["foreign_namespace_token"].unique().to_list() == [
        rows["foreign_namespace_token"][0]
    ]
    other = [rows["foreign_token"][1], *[rows["nhs_number_token"][0]] * 2]
    assert found["other_token"][:3].to_list() == other
    assert found["other_namespace_token"][:3].to_list() == [
        rows["foreign_namespace_token"][1],
        None,
        None,
    ]


def test_a_side_that_says_nothing_and_a_faulty_number_are_told():
    outcomes = made()["outcome"].to_list()
    assert outcomes == [None] * 3 + ["incomplete"] * 2 + ["invalid_number"] * 2


def test_nothing_in_clear_is_left():
    found = made()
    assert found.schema == FOREIGN_BRIDGE.schema()
    text = found.write_json()
    assert not [word for word in ("A1B2", "a1b2", ANNA, "dscro", '"7Z"') if word in text]
