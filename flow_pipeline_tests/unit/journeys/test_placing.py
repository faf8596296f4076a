"""Records are placed as grouping and joining by the ids themselves would place them."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from flow_pipeline.journeys import linkage_of_persons, person_buckets, placed, places_in

_METHODS = ("nhs_number", "probabilistic", "local_only")
_CONTRACTS = ("death", "gp_appointment")
_LINK = st.tuples(
    st.sampled_from(_CONTRACTS),
    st.sampled_from([f"person {n}" for n in range(6)]),
    st.sampled_from(_METHODS),
    st.sampled_from([0.9, 1.0]),
)


@given(links=st.lists(_LINK, min_size=1, max_size=30), at_once=st.integers(1, 12))
def test_records_are_placed_with_their_persons(
    links: list[tuple[str, str, str, float]], at_once: int
) -> None:
    named = ["contract", "person_id", "method", "score"]
    link = pl.DataFrame(links, schema=named, orient="row").with_columns(
        record_key=pl.format("record {}", pl.int_range(pl.len()))
    )
    found = placed(link.lazy(), at_once)
    persons = person_buckets(linkage_of_persons(link.lazy()), at_once).collect()
    assert found.persons.rows(named=True) == persons.select(found.persons.columns).rows(named=True)
    for contract in _CONTRACTS:
        of_contract = link.filter(contract=contract)
        rows = pl.concat([of_contract, of_contract.with_columns(record_key=pl.lit("nobody's"))])
        rows = rows.sample(fraction=1, shuffle=True, seed=1).select("record_key")
        places = places_in(rows.lazy(), found.records.filter(contract=contract).drop("contract"))
        expected = (
            rows.with_row_index("row")
            .join(of_contract, on="record_key")
            .join(persons, on="person_id")
            .sort("row")
            .select("row", "bucket", "person_number", "score")
        )
        assert places.rows() == expected.rows()
