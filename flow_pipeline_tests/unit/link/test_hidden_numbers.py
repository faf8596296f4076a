"""Numbers are hidden on one side, from people like those without one, and linked again without."""

import datetime as dt
import random

import duckdb
import polars as pl
import polars.selectors as cs
import pytest

from flow_pipeline.link.hidden_numbers import (
    NUMBER_COLUMNS,
    hidden,
    relinked,
    trials,
    with_added_errors,
)
from flow_pipeline.link.identities import identities
from flow_pipeline.link.matched_sample import ATTRIBUTES, drawn, labelled, units
from flow_pipeline.link.mentions import RECEIVED
from flow_pipeline_tests.unit.link.people import tokens

SENDERS = ("GP1", "RXA", "RXB")
_GIVEN = ["Ann", "Bob", "Cleo", "Dan", "Eve", "Finn", "Gus", "Hal", "Ida", "Joe"]
_FAMILY = ["Ash", "Birch", "Cedar", "Elm", "Fir", "Hazel", "Larch", "Maple", "Oak", "Pine"]


def number(n: int) -> str:
    """The n-th valid NHS number of the 999 range, or the next that is valid."""
    while True:
        digits = f"999{n:06d}"
        check = 11 - sum(int(d) * w for d, w in zip(digits, range(10, 1, -1), strict=True)) % 11
        if check != 10:
            return digits + str(check % 11)
        n += 500_000


def people(n: int, *, without: float) -> pl.DataFrame:
    """Records of n people at every sender, whole but for the numbers that one sender lacks."""
    chance = random.Random(7)
    lines = ["given | family | born | sex | postcode | number | status | local | sender"]
    for i in range(n):
        given, family = chance.choice(_GIVEN), chance.choice(_FAMILY)
        born = dt.date(1930, 1, 1) + dt.timedelta(days=chance.randrange(30_000))
        for sender in SENDERS:
            has = sender != "RXB" or chance.random() >= without
            said = f"{number(i)} | 01" if has else " | 03"
            lines.append(
                f"{given} | {family} | {born} | {1 + i % 2} | AB{i % 9 + 1} {i % 10}XY | {said} | "
                f"{sender}{i} | {sender}"
            )
    made = tokens("\n".join(lines)).collect()
    named = pl.format("{}-{}", "organisation_code", "row_number").alias("record_key")
    return made.with_columns(named).sort(*RECEIVED, nulls_last=True)


@pytest.fixture(scope="module")
def whole():
    records = labelled(identities(people(400, without=0.2)))
    attributes = records.select("record_key", *(pl.lit("x").alias(a) for a in ATTRIBUTES))
    told = units(records, attributes)
    return records, told, drawn(told.described)


def test_units_are_what_a_sender_knows_of_a_person(whole):
    records, told, _ = whole
    kinds = dict(told.described.group_by("kind").len().iter_rows())
    n_without = records.filter(pl.col("nhs_number_token").is_null()).height
    assert kinds == {"candidate": 1_200 - n_without, "unnumbered": n_without}
    assert n_without > 50


def test_the_sample_is_of_the_sender_that_lacks_numbers_and_stands_for_all_of_them(whole):
    _, told, sample = whole
    n_without = told.described.filter(kind="unnumbered").height
    assert set(sample["organisation_code"]) == {"RXB"}
    assert sample["known_person"].is_unique().all()
    assert sample["weight"].sum() == pytest.approx(n_without)


def test_who_is_drawn_depends_on_the_units_alone(whole):
    _, told, sample = whole
    shuffled = told.described.sample(fraction=1, shuffle=True, seed=3)
    assert drawn(shuffled)["unit"].to_list() == sample["unit"].to_list()


def test_numbers_are_hidden_on_one_side_only(whole):
    records, told, sample = whole
    without = hidden(records, told.of_records, sample)
    gone = without.filter(pl.col("hidden_unit").is_not_null())
    assert gone["record_key"].n_unique() == sample["n_records"].sum()
    assert all(gone[name].null_count() == gone.height for name in NUMBER_COLUMNS)
    assert not gone["is_number_verified"].any()
    others = without.filter(pl.col("known_person").is_in(gone["known_person"].implode()))
    kept = others.filter(pl.col("hidden_unit").is_null())
    assert kept["nhs_number_token"].null_count() == 0
    assert set(kept["organisation_code"]) == {"GP1", "RXA"}
    same = records.join(kept.select("record_key"), on="record_key")
    assert same["nhs_number_token"].to_list() == kept["nhs_number_token"].to_list()


def test_whoever_says_more_than_those_it_stands_for_is_made_to_say_as_little(whole):
    records, _, _ = whole
    is_bare = pl.col("nhs_number_token").is_null()
    bare = records.with_columns(
        pl.when(~is_bare).then(name).alias(name)
        for name in records.columns
        if name.startswith("postcode_")
    )
    attributes = bare.select("record_key", *(pl.lit("x").alias(a) for a in ATTRIBUTES))
    told = units(bare, attributes)
    sample = drawn(told.described)
    assert sample.height
    assert not sample["pattern"].str.contains("postcode").any()
    gone = hidden(bare, told.of_records, sample).filter(pl.col("hidden_unit").is_not_null())
    assert gone["postcode_token"].null_count() == gone.height
    assert gone["given_token"].null_count() == 0


def test_links_are_judged_against_what_was_hidden(whole):
    records, told, sample = whole
    without = hidden(records, told.of_records, sample).drop("unique_id", "anchor")
    with duckdb.connect() as connection:
        made = relinked(without, connection, seed=1)
    found = trials(made, sample, thresholds=[4.0, 500.0])
    by_threshold = found.group_by("threshold").agg(pl.col("n_true", "n_found", "n_right").sum())
    low, none = by_threshold.sort("threshold").rows(named=True)
    assert low["n_true"] == none["n_true"] >= sample.height
    assert low["n_right"] / low["n_true"] > 0.9
    assert low["n_right"] / low["n_found"] > 0.95
    assert none["n_found"] == none["n_right"] == 0


def test_added_errors_change_hidden_records_only_and_nothing_that_is_missing(whole):
    records, told, sample = whole
    changed_one = pl.when(organisation_code="RXA").then(pl.col("given_token") + 1)
    differing = records.with_columns(given_token=changed_one.otherwise("given_token"))
    before = hidden(differing, told.of_records, sample)
    after = with_added_errors(before)
    is_hidden = pl.col("hidden_unit").is_not_null()
    tokens_only = cs.ends_with("_token")
    assert (
        after.filter(~is_hidden)
        .select("given_token")
        .equals(before.filter(~is_hidden).select("given_token"))
    )
    changed = before.filter(is_hidden)["given_token"] != after.filter(is_hidden)["given_token"]
    assert changed.sum() > 0.3 * changed.len()
    same = (
        before.filter(is_hidden)["birth_date_token"] == after.filter(is_hidden)["birth_date_token"]
    )
    assert same.all()
    assert after.select(tokens_only).null_count().equals(before.select(tokens_only).null_count())


def test_without_anybody_to_stand_for_nobody_is_drawn():
    records = labelled(identities(people(30, without=0.0)))
    attributes = records.select("record_key", *(pl.lit("x").alias(a) for a in ATTRIBUTES))
    assert drawn(units(records, attributes).described).is_empty()


def test_without_verified_numbers_nobody_is_drawn():
    records = people(30, without=0.5).with_columns(is_number_verified=pl.lit(False))
    named = labelled(identities(records))
    attributes = named.select("record_key", *(pl.lit("x").alias(a) for a in ATTRIBUTES))
    assert drawn(units(named, attributes).described).is_empty()
