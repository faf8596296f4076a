"""Tokens made anew: the registry follows, record by record."""

import polars as pl
from polars.testing import assert_frame_equal

from flow_pipeline.contracts import contract
from flow_pipeline.link import Linked
from flow_pipeline.link.anchors import anchors_of
from flow_pipeline.link.renewed import Renewed, renewed
from flow_pipeline.pseudonymise import KeyRing, pseudonymise
from flow_pipeline_tests.unit.link.people import ANNA, BERT, linked
from flow_pipeline_tests.unit.pseudonymise.drawn_rows import KEYS, typed_rows

ROTATED = KeyRing(bytes(range(1, 33)), KEYS.purpose, KEYS.secret_of_ids)
PEOPLE = f"""
    nhs_number | person_given_name | person_birth_date | local_patient_identifier
    {ANNA}     | Anna              | 1950-03-04        | 1
    {BERT}     | Bert              | 1961-07-09        | 2
               | Cara              | 1972-12-24        | 3
"""
CONTACTS = """
    appointment_id | local_patient_identifier | organisation_code
    x              | 7                        | Y90001
    y              |                          | Y90001
"""


def tokens(keys: KeyRing) -> pl.LazyFrame:
    """Three people who are told of and two records that nobody is known by."""
    drawn = {"person_index": PEOPLE, "gp_appointment": CONTACTS}
    made = [
        pseudonymise(typed_rows(name, text), contract(name), keys).record_told
        for name, text in drawn.items()
    ]
    return pl.concat(made)


def again(first: Linked, before: pl.LazyFrame, now: pl.LazyFrame) -> Renewed:
    return renewed(
        first.person_registry.collect(),
        anchors_of(before).collect(),
        anchors_of(now).collect(),
        run_id="run-2",
    )


def ids(result: Linked) -> list[str]:
    return result.person_link.sort("record_key").collect()["person_id"].to_list()


def test_another_key_makes_other_anchors_and_leaves_every_person():
    first = linked(tokens(KEYS))
    found = again(first, tokens(KEYS), tokens(ROTATED))
    assert (found.n_renewed, found.n_left, found.history.height) == (4, 0, 0)
    second = linked(tokens(ROTATED), registry=found.registry.lazy(), run_id="run-2")
    assert ids(second) == ids(first)
    assert second.person_history.collect().is_empty()
    assert second.person_registry.collect().height == first.person_registry.collect().height
    kept = ["person_id", "is_founding", "first_run"]
    assert_frame_equal(
        second.person_registry.select(kept).collect(),
        first.person_registry.select(kept).collect(),
        check_row_order=False,
    )


def test_a_record_that_was_away_meanwhile_comes_back_as_who_it_was():
    first = linked(tokens(KEYS))
    gone = pl.col("row_number") > 1
    now = tokens(ROTATED).filter(gone)
    found = again(first, tokens(KEYS), now)
    assert found.n_left == 2  # the first row of each contract
    back = linked(tokens(ROTATED), registry=found.registry.lazy(), run_id="run-3")
    assert ids(back) == ids(first)


def test_a_registry_that_is_renewed_already_stays():
    first = linked(tokens(KEYS))
    once = again(first, tokens(KEYS), tokens(ROTATED))
    twice = renewed(
        once.registry,
        anchors_of(tokens(KEYS)).collect(),
        anchors_of(tokens(ROTATED)).collect(),
        run_id="run-2",
    )
    assert twice.n_renewed == 0
    assert_frame_equal(twice.registry, once.registry)


def test_anchors_that_become_one_stand_for_the_older_person():
    """Other rules of making tokens may find two people to be one."""
    first = linked(tokens(KEYS))
    before = anchors_of(tokens(KEYS)).collect()
    now = before.with_columns(identity_anchor=pl.col("identity_anchor") * 0 + 5)
    found = renewed(first.person_registry.collect(), before, now, run_id="run-2")
    identities = found.registry.filter(pl.col("anchor_kind") == "identity")
    assert identities.height == 1
    assert found.history["change"].to_list() == ["merge", "merge"]
    assert set(found.history["new_person_id"]) == set(identities["person_id"])
