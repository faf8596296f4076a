"""Checks of tables: each passes on sound tables and fails where its fault is planted."""

import polars as pl
import pytest

from flow_pipeline.quality.event_checks import (
    after_death_results,
    cost_results,
    crowded_result,
    link_results,
    missing_month_results,
    near_duplicate_results,
    net_negative_results,
)
from flow_pipeline.quality.table_checks import (
    REFERENCES,
    disclosure_results,
    ledger_results,
    person_results,
    refusal_results,
    table_results,
)
from flow_pipeline.tables import all_tables, published_tables, table
from flow_pipeline.tables.cohorts import EVENT_COST, PERSON_YEAR
from flow_pipeline.tables.ingest import ROW_LEDGER
from flow_pipeline.tables.journeys import CARE_EVENT, EVENT, JOURNEY_STEP, SPELL
from flow_pipeline.tables.linkage import PERSON_LINK, RECORD_TOKEN
from flow_pipeline.tables.persons import PERSON
from flow_pipeline_tests.drawn import drawn

PEOPLE = drawn("person_id | linkage_method\np1 | nhs_number\np2 | nhs_number", PERSON)


def failed(results) -> dict[str, int]:
    """Rows that failed, by check and source, of checks that did."""
    return {f"{r.check_id}: {r.source}": r.n_failed for r in results if r.n_failed}


def events(text: str) -> pl.LazyFrame:
    return drawn(text, EVENT)


def test_every_published_table_passes_without_rows():
    assert failed(table_results({t.name: t.empty() for t in published_tables()})) == {}


@pytest.mark.parametrize("reference", REFERENCES, ids="-".join)
def test_references_name_columns_that_exist(reference):
    child, column, parent, key = reference

    assert column in all_tables()[child].column_names
    assert key in all_tables()[parent].column_names


def test_a_repeated_key_fails():
    twice = drawn("person_id | linkage_method\np1 | x\np1 | x", PERSON)

    assert failed(table_results({"person": twice})) == {
        "U01 key: person": 1,
        "U08 one_row_per_person: person": 1,
    }


def test_a_repeated_key_with_an_empty_part_fails():
    ledger = drawn(
        """
        submission_id | source | stage | class | rule | n_rows
        s | a | ingest | accepted | | 1
        s | a | ingest | accepted | | 2
        """,
        ROW_LEDGER,
    )

    assert failed(table_results({"row_ledger": ledger})) == {"U01 key: row_ledger": 1}


def test_a_missing_column_a_wrong_type_and_a_stranger_fail():
    wrong = PEOPLE.drop("sex").with_columns(n_records=pl.lit("3"), surname=pl.lit("x"))

    assert failed(table_results({"person": wrong}))["V01 columns: person"] == 3


def test_a_null_where_none_may_be_fails():
    people = drawn("person_id | linkage_method\np1 |\np2 | x", PERSON)

    assert failed(table_results({"person": people})) == {
        "V01 no_nulls_where_none_may_be: person": 1
    }


def test_a_reference_to_nowhere_fails():
    care_event = drawn(
        """
        event_id | person_id | event_family | start_at
        e1 | p1 | outpatient | 2024-05-01 10:00
        e2 | p9 | outpatient | 2024-05-01 10:00
        """,
        CARE_EVENT,
    )
    steps = drawn(
        "journey_id | step_number | event_id\nj1 | 1 | e1\nj1 | 2 | e9\nj1 | 3 |", JOURNEY_STEP
    )
    tables = {"person": PEOPLE, "care_event": care_event, "journey_step": steps}

    assert failed(table_results(tables)) == {
        "V01 person_id_is_in_person: care_event": 1,
        "V01 event_id_is_in_care_event: journey_step": 1,
    }


LEDGER = """
submission_id | source | contract | stage | class | rule | n_rows
f1 | f1 |     | file   | read            |   | 11
f1 | f1 |     | file   | selected_once   |   | 10
f1 | f1 |     | file   | selected_by_none |  | 1
f1 | a  | death | ingest | selected      |   | 10
f1 | a  | death | ingest | accepted      |   | 2
f1 | a  | death | ingest | quarantined   | C01 x | 6
f1 | a  | death | link   | opted_out     |   | 2
"""
TWO_DEATHS = drawn("event_id\nd1\nd2", table("core_death"))


def test_a_balanced_ledger_passes():
    ledger = drawn(LEDGER, ROW_LEDGER)

    assert failed(ledger_results(ledger, {"death": TWO_DEATHS})) == {}


def test_a_lost_row_fails_the_row_law():
    file_lost = drawn(LEDGER.replace("| 11", "| 12"), ROW_LEDGER)
    row_lost = drawn(LEDGER.replace("x | 6", "x | 5"), ROW_LEDGER)
    not_kept = ledger_results(drawn(LEDGER, ROW_LEDGER), {"death": TWO_DEATHS.head(1)})

    assert failed(ledger_results(file_lost, {})) == {"R03 files_balance: row_ledger": 1}
    assert failed(ledger_results(row_lost, {})) == {"R03 sources_balance: row_ledger": 1}
    assert failed(not_kept) == {"R03 accepted_rows_are_in_the_core_table: death": 1}


def test_refused_rows_are_a_share_by_source_and_poor_submissions_are_counted():
    results = {r.check_id: r for r in refusal_results(drawn(LEDGER, ROW_LEDGER))}

    assert results["R01 refused_rows"].observed == 0.6
    assert results["R01 poor_submissions"].n_failed == 1
    assert not results["R01 refused_rows"].row()["passed"]
    assert failed(refusal_results(drawn(LEDGER.replace("x | 6", "x | 0"), ROW_LEDGER))) == {}


def test_two_verified_numbers_in_one_person_fail():
    links = drawn("record_key | person_id\nr1 | p1\nr2 | p1\nr3 | p1\nr4 | p2", PERSON_LINK)
    tokens = drawn(
        """
        record_key | is_number_verified | nhs_number_token
        r1 | true  | 1
        r2 | true  | 2
        r3 | false | 3
        r4 | true  | 2
        """,
        RECORD_TOKEN,
    )

    assert failed(person_results(links, tokens)) == {"L05 two_verified_nhs_numbers: person_link": 1}
    assert failed(person_results(links, tokens.filter(pl.col("record_key") != "r2"))) == {}


def test_a_month_without_events_between_others_fails():
    received = events(
        """
        event_id | event_family | organisation_code | start_at
        a | outpatient | RXA | 2023-12-31 10:00
        b | outpatient | RXA | 2024-02-01 10:00
        c | emergency  | RXA | 2024-02-01 10:00
        d | outpatient | RXB | 2024-05-01 10:00
        """
    )

    assert failed(missing_month_results(received)) == {"C11 provider_months: outpatient": 1}


def test_events_of_one_minute_and_persons_with_too_many_events_fail():
    rows = [f"e{n} | p | gp_appointment | G1 | 2024-05-01 10:00 | minute | true" for n in range(5)]
    rows += [
        f"f{n} | q | outpatient | RXA | 2024-05-01 10:{n:02} | minute | true" for n in range(9)
    ]
    rows += [f"d{n} | q | outpatient | RXA | 2024-05-02 00:00 | date | true" for n in range(9)]
    head = "event_id | person_id | event_family | organisation_code | start_at | start_precision"
    drawn_events = events("\n".join([f"{head} | is_received", *rows]))
    assert failed(near_duplicate_results(drawn_events)) == {
        "U03 near_duplicates: gp_appointment": 4
    }
    assert failed([crowded_result(drawn_events)]) == {}
    many = pl.concat([drawn_events.filter(pl.col("person_id") == "q")] * 60)
    assert failed([crowded_result(many)]) == {"P13 events_of_a_person: event": 1}


STAYS = drawn(
    """
    spell_id | person_id | admitted_at | admission_method
    s1 | p1 | 2024-05-01 12:00 | 21
    s2 | p2 | 2024-05-01 00:00 | 21
    s3 | p1 | 2024-06-01 12:00 | 11
    """,
    SPELL,
)
ATTENDANCES = """
event_id | person_id | event_family | start_at | end_at | destination_class
a1 | p1 | emergency | 2024-05-01 10:00 | 2024-05-01 14:00 | admitted
a2 | p2 | emergency | 2024-05-01 10:00 | 2024-05-01 14:00 | admitted
a3 | p1 | emergency | 2024-05-20 10:00 | 2024-05-20 14:00 | home
"""


def test_admitted_attendances_and_emergency_stays_find_each_other():
    assert failed(link_results(events(ATTENDANCES), STAYS)) == {}


def test_an_attendance_without_a_stay_and_a_stay_without_an_attendance_fail():
    alone = link_results(events(ATTENDANCES), STAYS.filter(pl.col("spell_id") != "s1"))
    without = link_results(events(ATTENDANCES.replace("a1 | p1", "a1 | p3")), STAYS)

    assert failed(alone) == {"X01 admitted_attendance_has_stay: emergency": 1}
    assert failed(without) == {
        "X01 admitted_attendance_has_stay: emergency": 1,
        "X02 emergency_stay_has_attendance: inpatient": 1,
    }
    assert link_results(EVENT.empty(), STAYS) == []


def test_an_event_a_week_after_death_fails():
    lives = """
    event_id | person_id | event_family | start_at
    d | p1 | death | 2024-05-01 00:00
    a | p1 | outpatient | 2024-05-08 10:00
    b | p1 | outpatient | 2024-05-0{} 10:00
    """

    assert failed(after_death_results(events(lives.format(9)))) == {
        "K12 nothing_after_death: outpatient": 1
    }
    assert failed(after_death_results(events(lives.format(7)))) == {}


def test_costs_unknown_zero_and_negative_are_counted_and_missed_appointments_left_out():
    costs = drawn(
        """
        event_id | amount | method
        a |       |
        b | 0.00  | supplied
        c | -1.00 | supplied
        d |       | missed_appointment
        """,
        EVENT_COST,
    )
    happened = events(
        "event_id | event_family\na | outpatient\nb | outpatient\nc | outpatient\nd | outpatient"
    )

    assert failed(cost_results(costs, happened)) == {
        "P11 cost_is_known: outpatient": 1,
        "P11 cost_is_not_zero: outpatient": 1,
        "P11 cost_is_not_negative: outpatient": 1,
    }


def test_people_of_net_negative_cost_are_counted():
    years = drawn("person_id | mapped_cost\np1 | -0.01\np2 | 0.00\np3 |", PERSON_YEAR)

    assert failed(net_negative_results(years)) == {
        "P11 mapped_cost_is_not_negative: person_year": 1
    }


def test_leaks_and_strangers_fail():
    results = disclosure_results({"hri_summary": 2}, {"hri_summary": 0, "handoff_matrix": 1})

    assert failed(results) == {
        "D01 no_small_number: hri_summary": 2,
        "D02 declared_columns_only: handoff_matrix": 1,
    }
