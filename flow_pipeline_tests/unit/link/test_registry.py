"""Persons keep their id; merges and splits are recorded."""

import datetime as dt

import polars as pl
from polars.testing import assert_frame_equal

from flow_pipeline.link import Linked
from flow_pipeline_tests.unit.link.people import ANNA, BERT, CARA, linked, tokens

MAY, JUNE = dt.datetime(2024, 5, 1), dt.datetime(2024, 6, 1)
OLD = tokens(
    f"""
    number | given | family | born       | local | sender | file
    {ANNA} | Anna  | Archer | 1950-03-04 | 1     | RXA    | may
    {BERT} | Bert  | Baker  | 1961-07-09 | 2     | RXA    | may
           | Cara  | Cole   | 1972-12-24 | 3     | RXA    | may
    """,
    received=MAY,
)


def ids(result: Linked, file: str) -> list[str]:
    links = result.person_link.filter(pl.col("submission_id") == file).sort("row_number")
    return links.collect()["person_id"].to_list()


def test_a_month_more_changes_no_id():
    first = linked(OLD)
    more = tokens(
        f"""
        number | given | family | born       | local | sender | file
        {CARA} | Dora  | Dean   | 1999-01-02 | 4     | RXA    | june
        {ANNA} | Anna  | Archer | 1950-03-04 | 9     | RXB    | june
        """,
        received=JUNE,
    )
    second = linked(OLD, more, registry=first.person_registry, run_id="run-2")
    assert ids(second, "may") == ids(first, "may")
    assert ids(second, "june")[1] == ids(first, "may")[0]
    assert ids(second, "june")[0] not in ids(first, "may")
    assert second.person_history.collect().is_empty()


def test_ids_survive_when_a_file_is_sent_again_under_another_name():
    first = linked(OLD)
    again = OLD.with_columns(
        submission_id=pl.lit("may again"), record_key=pl.col("record_key").str.reverse()
    )
    second = linked(again, registry=first.person_registry, run_id="run-2")
    assert ids(second, "may again") == ids(first, "may")


def test_ids_come_from_the_founding_record_and_differ_by_key():
    first = linked(OLD).person_registry.collect()
    assert first["person_id"].str.len_chars().unique().to_list() == [32]
    assert first["is_founding"].all()
    assert first["founding_row_number"].sort().to_list() == [1, 2, 3]
    assert set(first["first_run"]) == {"run-1"}


TWO_LOOKS = """
    number | given | family | born       | sex | postcode | local | sender | file
           | Anna  | Archer | 1950-03-04 | 2   | AB1 2CD  | 1     | RXA    | may
           | Anna  | Young  | 1985-11-30 | 2   | XY9 8ZZ  | 2     | RXB    | may
"""


def bridge() -> pl.LazyFrame:
    """Records with one number that tie both to each other."""
    return tokens(
        f"""
        number | given | family | born       | sex | postcode | local | sender | file
        {ANNA} | Anna  | Archer | 1950-03-04 | 2   | AB1 2CD  | 3     | RXC    | june
        {ANNA} | Anna  | Archer | 1985-11-30 | 2   | XY9 8ZZ  | 4     | RXD    | june
        {ANNA} | Anna  | Young  | 1985-11-30 | 2   | XY9 8ZZ  | 5     | RXD    | june
        """,
        received=JUNE,
    )


def test_a_merge_keeps_the_older_id_and_a_split_gives_it_back():
    before = tokens(TWO_LOOKS, received=MAY)
    apart = linked(before)
    older, newer = ids(apart, "may")
    assert older != newer
    together = linked(before, bridge(), registry=apart.person_registry, run_id="run-2")
    assert set(ids(together, "may") + ids(together, "june")) == {older}
    assert together.person_history.collect().rows() == [("run-2", "merge", newer, older)]
    again = linked(before, registry=together.person_registry, run_id="run-3")
    assert ids(again, "may")[0] == older
    assert ids(again, "may")[1] != older
    changes = again.person_history.collect().select("change", "old_person_id").rows()
    assert changes == [("split", older)]


def test_a_local_person_keeps_its_id_when_its_identity_arrives():
    contact = tokens(
        "local | appointment_id | sender | file\n7 | x | Y90001 | may",
        contract="gp_appointment",
        received=MAY,
    )
    first = linked(contact)
    identity = tokens(
        f"number | born | local | sender | file\n{ANNA} | 1950-03-04 | 7 | Y90001 | june",
        contract="gp_registration",
        received=JUNE,
    )
    second = linked(contact, identity, registry=first.person_registry, run_id="run-2")
    assert ids(second, "june") == ids(second, "may") == ids(first, "may")
    assert second.person_history.collect().is_empty()


def test_people_who_are_away_for_a_run_come_back_as_they_were():
    first = linked(OLD)
    nobody = linked(OLD.filter(pl.col("row_number") == 1), registry=first.person_registry)
    back = linked(OLD, registry=nobody.person_registry)
    assert ids(back, "may") == ids(first, "may")
    assert_frame_equal(back.person_registry, first.person_registry)
