"""Persons, residence and the assembled tables."""

import dataclasses
import datetime as dt

import polars as pl

from flow_pipeline.journeys import (
    care_event,
    journey,
    linkage_of_persons,
    linked_rows,
    person,
    residence,
    spell,
)
from flow_pipeline.tables.cohorts import EVENT_COST
from flow_pipeline_tests.drawn import drawn
from flow_pipeline_tests.unit.journeys.histories import PARAMETERS, WARD, core, history, links

REGISTRATIONS = """id|person|org|registration_start_date|registration_end_date|registration_type|\
general_medical_practice_code_patient_registration|area_code|person_stated_gender_code|birth_month
a|p|G1|2020-04-01||regular|G1|M1|1|1950-01-01
b|p|G2|2024-06-01||regular|G2|M2|1|1950-01-01
c|q|G1|2020-04-01|2024-05-31|regular|G1|M1|2|1950-02-01
d|r|G1|2024-05-01|2024-05-31|temporary|G1|M1|2|1960-02-01
e|s|G1|2020-04-01||regular|G1|M1|1|1930-01-01
f|s|G1|2020-04-02|2020-04-03|temporary|G1||2|1930-02-01"""
DEATHS = "id|person|org|person_death_date\nx|s|REG|2024-12-25"


def _residence(population: str | None = None) -> list[tuple[object, ...]]:
    cores = {
        "gp_registration": core("gp_registration", REGISTRATIONS),
        "death": core("death", DEATHS),
    }
    parameters = dataclasses.replace(PARAMETERS, population_from=population)
    rows = residence(linked_rows(cores, links(cores)), parameters).collect()
    return rows.select("person_id", "valid_from", "valid_to", "gp_practice_code").rows()


def test_residence_follows_regular_registrations_until_death_or_the_end() -> None:
    day = dt.date
    assert _residence() == [
        ("p", day(2020, 4, 1), day(2024, 5, 31), "G1"),
        ("p", day(2024, 6, 1), day(2025, 3, 31), "G2"),
        ("q", day(2020, 4, 1), day(2024, 5, 31), "G1"),
        ("s", day(2020, 4, 1), day(2024, 12, 25), "G1"),
    ]


def test_a_person_is_what_most_records_say() -> None:
    cores = {
        "gp_registration": core("gp_registration", REGISTRATIONS),
        "death": core("death", DEATHS),
    }
    home = residence(linked_rows(cores, links(cores)), PARAMETERS)
    linkage = linkage_of_persons(links(cores))
    people = person(linked_rows(cores, links(cores)), linkage, home, PARAMETERS).collect()
    names = ("person_id", "sex", "gp_practice_code", "area_code", "is_registered", "n_records")
    assert people.select(names).rows() == [
        ("p", "male", "G2", "M2", True, 2),
        ("q", "female", "G1", "M1", False, 1),
        ("r", "female", "G1", "M1", None, 1),
        ("s", None, "G1", "M1", False, 3),  # the records disagree evenly on sex
    ]
    assert people["death_month"].to_list() == [None, None, None, dt.date(2024, 12, 1)]


def test_costs_reach_spell_and_journey_and_missed_appointments_do_not() -> None:
    made = history(
        apc_episode="""id|person|org|spell|n|admitted|start|end|left|how|to|method|from|class
a1|p|RXA|S1|1|2024-05-01|2024-05-01|2024-05-10|2024-05-10|1|19|21|19|1""",
        ecds_attendance=f"""id|person|org|arrival|arrived|departure|departed|goes
e1|p|RXA|2024-05-01|08:00:00|2024-05-01|12:00:00|{WARD}""",
        gp_appointment="""id|person|org|booked|due|status
g1|p|G1||2024-05-12 09:30|did_not_attend""",
    )
    cost = drawn(
        """event_id|amount|method
a1|1000.10|supplied
e1|200.20|unit_cost
g1|30|missed_appointment""",
        EVENT_COST,
    )
    member = made.journeys.journey_member
    events = care_event(made.events.event, made.stays.spell_member, member, cost).collect()
    parents = dict(events.select("event_id", "parent_event_id").rows())
    assert parents == {"a1": "e1", "e1": None, "g1": None}
    assert events["journey_id"].n_unique() == 1
    assert set(events.drop_nulls("spell_id")["event_id"]) == {"e1", "a1"}
    assert str(spell(made.stays.spell_draft, cost).collect()["cost"].item()) == "1000.10"
    whole = journey(
        made.journeys.journey_draft, member, cost, made.delay.lazy(), made.failure_demand.lazy()
    ).collect()
    assert str(whole["cost"].item()) == "1200.30"
    assert whole["n_failure_demand"].item() == 1


def test_everybody_known_belongs_where_no_source_says_who_does() -> None:
    cores = {"death": core("death", DEATHS)}
    rows = residence(linked_rows(cores, links(cores)), PARAMETERS).collect()
    assert rows["person_id"].to_list() == ["s"]
    assert rows.select(pl.col("valid_to")).item() == dt.date(2024, 12, 25)
