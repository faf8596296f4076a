"""Linkage on data that is missing or lopsided: it ends soon and says what it did."""

import datetime as dt
from functools import cache

import duckdb
import polars as pl
import pytest

from flow_pipeline.contracts import contract
from flow_pipeline.link import Linked, link
from flow_pipeline.link.blocks import blocked
from flow_pipeline.link.comparisons import BLOCKS
from flow_pipeline.link.identities import identities
from flow_pipeline.link.mentions import RECEIVED
from flow_pipeline.pseudonymise import pseudonymise
from flow_pipeline_tests.benchmarks.linkage_sets import drawn_set
from flow_pipeline_tests.benchmarks.paired import judged, rates
from flow_pipeline_tests.unit.link.people import PERSON_KEY
from flow_pipeline_tests.unit.pseudonymise.drawn_rows import KEYS

GIVEN, FAMILY = "person_given_name", "person_family_name"
BORN, POSTCODE, NUMBER = "person_birth_date", "postcode_of_usual_address", "nhs_number"
SAID = (GIVEN, FAMILY, BORN, POSTCODE, NUMBER, "person_stated_gender_code")
FILLED_IN = {BORN: dt.date(1970, 1, 1), FAMILY: "Nwosu", POSTCODE: "AB1 1AA", NUMBER: "9990000018"}


@cache
def people(n: int = 3_000) -> pl.DataFrame:
    """Two senders' records of families, one person in three and a bit told of by both."""
    return drawn_set(n)


def tokens_of(rows: pl.DataFrame) -> pl.LazyFrame:
    return pseudonymise(rows.drop("truth").lazy(), contract("person_index"), KEYS).record_told


def linked(rows: pl.DataFrame) -> Linked:
    with duckdb.connect() as connection:
        return link(
            tokens_of(rows), None, person_key=PERSON_KEY, connection=connection, run_id="run"
        )


def precision_and_recall(rows: pl.DataFrame, result: Linked) -> tuple[float, float]:
    """Of pairs of records."""
    found = result.person_link.select("row_number", cluster="person_id").collect()
    labels = rows.select("row_number", "truth").join(found, on="row_number")
    precision, recall, _ = rates(judged(labels).sums.sum(axis=0))
    return float(precision), float(recall)


def without(*names: str) -> pl.DataFrame:
    rows = people()
    return rows.with_columns(pl.lit(None, rows.schema[name]).alias(name) for name in names)


def with_a_tenth(name: str, value: object, *, n: int = 3_000) -> pl.DataFrame:
    """The people with one value filled in for one record in ten."""
    hit = pl.int_range(pl.len()).hash(7) % 10 == 0
    return people(n).with_columns(pl.when(hit).then(pl.lit(value)).otherwise(name).alias(name))


# Recall that is left of 0.96; without a birth date numbers alone link, borne out by names, for
# father and son of one name at one address are told apart by nothing else.
@pytest.mark.parametrize(
    ("name", "recall"),
    [(GIVEN, 0.80), (FAMILY, 0.85), (BORN, 0.65), (POSTCODE, 0.85), (SAID[-1], 0.94)],
)
def test_a_field_that_nobody_has_costs_recall_and_merges_nobody(name: str, recall: float):
    rows = without(name)
    result = linked(rows)
    precision, found = precision_and_recall(rows, result)
    assert precision >= 0.99
    assert found >= recall
    assert result.notes["records"] == rows.height


def test_without_any_number_people_are_found_by_what_else_is_said():
    rows = without(NUMBER)
    result = linked(rows)
    precision, recall = precision_and_recall(rows, result)
    assert precision >= 0.98
    assert recall >= 0.85
    assert result.notes["pairs_linked_by_number"] == 0
    assert result.notes["records_by_nhs_number"] == 0


def test_an_extract_with_nothing_but_the_number_links_equal_numbers():
    rows = without(*(name for name in SAID if name != NUMBER))
    said = rows.filter(pl.col(NUMBER).is_not_null())
    result = linked(said)
    assert precision_and_recall(said, result) == (1.0, 1.0)
    assert result.kept.model.source == "shipped"  # nothing there to learn from


def test_bare_numbers_link_to_the_people_who_say_more_if_they_are_traced():
    full = people().filter(pl.col(NUMBER).is_not_null())
    traced = full.with_columns(nhs_number_status_indicator_code=pl.lit("01"))
    is_bare = pl.col("organisation_code") == "SENDER1"
    rows = traced.with_columns(
        pl.when(~is_bare).then(name).alias(name) for name in SAID if name != NUMBER
    )
    precision, recall = precision_and_recall(rows, linked(rows))
    assert precision == 1.0
    assert recall >= 0.99


@pytest.mark.parametrize(
    ("name", "told", "recall"),
    [
        (BORN, "placeholder_birth_dates", 0.88),
        (POSTCODE, "placeholder_postcodes", 0.93),
        (NUMBER, "implausible_numbers", 0.92),
        (FAMILY, None, 0.90),
    ],
)
def test_a_value_filled_in_for_a_tenth_links_nobody(name: str, told: str | None, recall: float):
    rows = with_a_tenth(name, FILLED_IN[name])
    result = linked(rows)
    precision, found = precision_and_recall(rows, result)
    assert precision >= 0.99
    assert found >= recall
    named = ("placeholder_birth_dates", "placeholder_postcodes", "implausible_numbers")
    assert {n: result.notes[n] for n in named} == {n: int(n == told) for n in named}


def test_a_number_filled_in_links_nobody_where_no_birth_date_gives_it_away():
    rows = with_a_tenth(NUMBER, FILLED_IN[NUMBER]).with_columns(pl.lit(None, pl.Date).alias(BORN))
    result = linked(rows)
    assert result.notes["implausible_numbers"] == 1
    assert precision_and_recall(rows, result)[0] >= 0.99


def pairs_by_rule(frame: pl.DataFrame) -> list[float]:
    """How many pairs each rule of blocking gives."""
    found = []
    for block in BLOCKS:
        names = block.columns
        left = frame.group_by(key=names["l"]).len("l").drop_nulls()
        right = frame.group_by(key=names.get("r", names["l"])).len("r").drop_nulls()
        sizes = left.join(right, on="key")
        found.append(float((sizes["l"] * sizes["r"]).sum()) / 2)
    return found


def test_a_hundred_thousand_people_of_one_name_give_no_more_pairs_than_can_be_compared():
    rows = people(100_000).with_columns(pl.lit("Nwosu").alias(FAMILY))
    records = tokens_of(rows).collect().sort(*RECEIVED, nulls_last=True)
    distinct = identities(records).distinct
    found = blocked(distinct)
    assert max(pairs_by_rule(found.identities)) <= 1_000_000
    assert found.n_large > 100
    assert found.n_uncompared == 0  # rarer blocks hold them all


def test_people_of_one_name_are_still_told_apart():
    rows = people(20_000).with_columns(pl.lit("Nwosu").alias(FAMILY))
    result = linked(rows)
    precision, recall = precision_and_recall(rows, result)
    assert precision >= 0.99
    assert recall >= 0.90
    assert result.notes["identities_in_such_blocks_alone"] == 0


def test_a_local_identifier_that_all_have_makes_no_pairs():
    rows = people(20_000).with_columns(
        pl.lit("UNKNOWN").alias("local_patient_identifier"),
        pl.lit("RXA").alias("organisation_identifier_local_patient_identifier"),
    )
    records = tokens_of(rows).collect().sort(*RECEIVED, nulls_last=True)
    found = blocked(identities(records).distinct)
    assert found.identities["reference_tokens"].null_count() == found.identities.height
