"""Adding records compares what is new, and comes to the same as comparing everything."""

import duckdb
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from flow_pipeline.link.comparisons import COMPARISONS
from flow_pipeline.link.identities import Identities, identities
from flow_pipeline.link.kept import as_tables, from_tables
from flow_pipeline.link.mentions import RECEIVED
from flow_pipeline.link.weighing import Kept, Model, Weighed, weighed
from flow_pipeline.tables.linkage import COMPARED
from flow_pipeline_tests.unit.link.people import linked, persons
from flow_pipeline_tests.unit.link.test_hidden_numbers import people


def found_in(records: pl.DataFrame) -> Identities:
    return identities(records.sort(*RECEIVED, nulls_last=True))


def weigh(
    records: pl.DataFrame, *, before: Kept | None = None, known: Model | None = None
) -> Weighed:
    with duckdb.connect() as connection:
        return weighed(found_in(records), connection, seed=1, before=before, known=known)


@pytest.fixture(scope="module")
def records() -> pl.DataFrame:
    """What three senders say of 150 people, now and then without a number or mistaken."""
    whole = people(150, without=0.3).with_row_index("n")
    wrong = (pl.col("n") % 11 == 0) & (pl.col("organisation_code") == "RXB")
    mistaken = pl.when(wrong).then(pl.col("birth_date_token") + 1).otherwise("birth_date_token")
    identity = pl.when(wrong).then(pl.col("identity_token") + 1).otherwise("identity_token")
    return whole.with_columns(birth_date_token=mistaken, identity_token=identity)


@pytest.fixture(scope="module")
def most(records: pl.DataFrame) -> pl.DataFrame:
    return records.filter(pl.col("n") % 20 > 0)


def test_what_is_added_weighs_as_if_all_were_compared_by_the_same_model(records, most):
    before = weigh(most).kept()
    after = weigh(records, before=before)
    whole = weigh(records, known=before.model)
    assert 0 < after.n_new < 0.2 * whole.n_new
    assert_frame_equal(after.pairs, whole.pairs)
    assert after.model == before.model


def test_nothing_is_compared_where_nothing_is_new(records):
    before = weigh(records)
    again = weigh(records, before=before.kept())
    assert again.n_new == 0
    assert_frame_equal(again.pairs, before.pairs)


def test_pairs_of_what_has_gone_are_gone(records, most):
    after = weigh(most, before=weigh(records).kept())
    assert_frame_equal(after.pairs, weigh(most, known=after.model).pairs)


def test_an_identity_is_compared_anew_when_its_number_turns_out_to_be_a_placeholder(records):
    before = weigh(records).kept()
    number = records["nhs_number_token"].drop_nulls()[0]
    many = records.filter(pl.col("nhs_number_token") != number).head(40)
    shared = many.with_columns(
        nhs_number_token=pl.lit(number), identity_token=pl.col("identity_token") + 7
    ).with_columns(record_key=pl.format("more-{}", "record_key"))
    more = pl.concat([records, shared])
    after = weigh(more, before=before)
    assert after.n_new > found_in(shared).distinct.height
    assert_frame_equal(after.pairs, weigh(more, known=before.model).pairs)


def test_what_is_kept_can_be_stored(records):
    kept = weigh(records).kept()
    read = from_tables(
        as_tables(
            kept,
            n_records=1,
            learned_by="r",
            code="c",
            key_id="k",
            bridge="b",
            configured_threshold=None,
        )
    )
    assert read.model == kept.model
    assert_frame_equal(read.identities, kept.identities)
    assert_frame_equal(read.pairs, kept.pairs)


def test_the_table_of_pairs_has_a_level_for_every_comparison():
    assert tuple(c.name for c in COMPARISONS) == COMPARED


def test_persons_are_the_same_whether_a_month_is_added_or_all_is_linked(records, most):
    names = [name for name in records.columns if name != "n"]
    first = linked(most.select(names).lazy())
    added = linked(
        records.select(names).lazy(),
        registry=first.person_registry,
        run_id="run-2",
        before=first.kept,
    )
    anew = linked(records.select(names).lazy(), registry=first.person_registry, run_id="run-2")
    assert persons(added) == persons(anew)
    assert added.notes["identities_weighed"] < 0.2 * anew.notes["identities_weighed"]
