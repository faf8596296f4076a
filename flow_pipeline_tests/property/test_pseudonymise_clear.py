"""Nothing in clear survives pseudonymisation, and neither key nor row order shows."""

import datetime as dt

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from flow_pipeline.contracts import all_contracts, contract
from flow_pipeline.contracts.language import Contract, Field
from flow_pipeline.pseudonymise import KeyRing, Pseudonymised, pseudonymise
from flow_pipeline_tests.unit.pseudonymise.drawn_rows import KEYS, TYPES

# Letters that no code list, column name or hexadecimal digest has, so that a find is a leak.
MARK = "Qž"
HIDDEN = {"token", "hmac", "area", "birth_month", "drop"}
marked = st.text(alphabet="ghijkxyz", min_size=6, max_size=12).map(lambda text: MARK + text)
numbers = st.from_regex(r"999[0-9]{7}", fullmatch=True)
# Not the first of a month, which is what the birth month legitimately is.
born = st.builds(dt.date, st.integers(1900, 1949), st.integers(1, 12), st.integers(2, 28))


def value(field: Field) -> st.SearchStrategy:
    if (field.role or field.name) == "nhs_number":
        return numbers
    if field.treatment not in HIDDEN:
        return st.none()
    return {"date": born, "text": marked, "code": marked}[field.type]


def rows_of(declared: Contract) -> st.SearchStrategy[pl.DataFrame]:
    row = st.fixed_dictionaries({f.name: value(f) for f in declared.fields})
    schema = {f.name: TYPES[f.type] for f in declared.fields}
    return st.lists(row, min_size=1, max_size=4).map(lambda rows: pl.DataFrame(rows, schema=schema))


def run(frame: pl.DataFrame, declared: Contract, keys: KeyRing = KEYS) -> Pseudonymised:
    lineage = [
        pl.lit(v).alias(n)
        for n, v in [("submission_id", "sub"), ("source", "src"), ("organisation_code", "RXA")]
    ]
    rows = frame.with_columns(*lineage, pl.lit([], pl.List(pl.String)).alias("dq_flags"))
    if "row_number" not in rows.columns:
        rows = rows.with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("row_number"))
    return pseudonymise(rows.lazy(), declared, keys)


@pytest.mark.parametrize("name", sorted(all_contracts()))
@settings(max_examples=3, deadline=None)
@given(data=st.data())
def test_no_identifier_survives_in_any_column(name: str, data: st.DataObject):
    declared = contract(name)
    frame = data.draw(rows_of(declared))
    written = "".join(out.collect().write_json() for out in run(frame, declared))
    hidden = [f.name for f in declared.fields if f.treatment in HIDDEN]
    for row in frame.select(hidden).rows(named=True):
        for text in {str(v) for v in row.values() if v is not None}:
            assert text not in written
            assert text.upper() not in written


@settings(max_examples=5, deadline=None)
@given(data=st.data())
def test_two_keys_give_nothing_in_common(data: st.DataObject):
    declared = contract("person_index")
    frame = data.draw(rows_of(declared))
    one = run(frame, declared).record_told.collect()
    other = run(frame, declared, KeyRing(bytes(32), "testing")).record_told.collect()
    assert not hashes(one) & hashes(other)


def hashes(frame: pl.DataFrame) -> set:
    columns = [c for c in frame.columns if c.endswith("_token") or c == "record_key"]
    return {v for c in columns for v in frame[c].drop_nulls().to_list()}


@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_what_becomes_of_a_row_does_not_depend_on_the_others(data: st.DataObject):
    declared = contract("apc_episode")
    frame = data.draw(rows_of(declared))
    numbered = frame.with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("row_number"))
    for one, other in zip(run(numbered, declared), run(numbered.reverse(), declared), strict=True):
        assert_frame_equal(one, other.reverse())
