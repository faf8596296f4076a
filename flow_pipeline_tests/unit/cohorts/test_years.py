from decimal import Decimal

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from flow_pipeline.cohorts.years import COST_SCOPES, person_year
from flow_pipeline.tables.cohorts import EVENT_COST, RESIDENT_YEAR
from flow_pipeline.tables.journeys import BED_DAY, EVENT, EVENT_CODE, SPELL_DRAFT
from flow_pipeline.tables.persons import PERSON
from flow_pipeline_tests.drawn import drawn

YEARS = ("2023/24", "2024/25")
RESIDENTS = drawn(
    """
    person_id | financial_year | age | area_code
    ann | 2023/24 | 80 | E1
    ann | 2024/25 | 81 | E1
    bob | 2023/24 | 17 | E1
    bob | 2024/25 | 18 | E2
    cat | 2024/25 | 40 | E2
    """,
    RESIDENT_YEAR,
)
PEOPLE = drawn(
    """
    person_id | death_month
    ann | 2025-03-01
    bob |
    cat |
    """,
    PERSON,
)
EVENTS = drawn(
    """
    event_id | person_id | event_family | outcome_class | start_at | counted_end_at
    i1 | ann | inpatient | attended | 2024-03-30 10:00 | 2024-04-03 10:00
    i2 | bob | inpatient | attended | 2024-03-31 10:00 | 2024-03-31 12:00
    o1 | bob | outpatient | dna     | 2024-05-01 10:00 |
    o2 | bob | outpatient | attended | 2024-05-02 10:00 |
    s1 | ann | asc_service | progressed | 2024-03-31 00:00 | 2024-04-01 00:00
    o3 | gone | outpatient | attended | 2024-05-02 10:00 |
    """,
    EVENT,
)
SPELLS = drawn(
    """
    spell_id | first_event_id
    S1 | i1
    S2 | i2
    """,
    SPELL_DRAFT,
)
BED_DAYS = drawn(
    """
    person_id | spell_id | event_family | is_unplanned | from_date | to_date
    ann | S1 | inpatient | true | 2024-03-30 | 2024-04-03
    """,
    BED_DAY,
)
COSTS = drawn(
    """
    event_id | amount | method
    i1 | 400.00 | supplied
    i2 | 33.00  | supplied
    o1 | 500.00 | missed_appointment
    o2 |        |
    s1 | 100.00 | planned_units
    o3 | 900.00 | supplied
    """,
    EVENT_COST,
)
CODES = drawn(
    """
    event_id | position | code_system | code
    i1 | 1 | ICD-10 | F03X
    i2 | 1 | ICD-10 | J45.9
    """,
    EVENT_CODE,
)


def years(**changed: object) -> pl.DataFrame:
    arguments: dict = {"years": YEARS, "event_code": CODES} | changed
    return person_year(
        RESIDENTS,
        PEOPLE,
        EVENTS,
        arguments.pop("event_code"),
        COSTS,
        SPELLS,
        BED_DAYS,
        **arguments,
    ).collect()


def column(name: str, **changed: object) -> dict:
    rows = years(**changed).select("person_id", "financial_year", name).iter_rows()
    return {f"{person} {year}": value for person, year, value in rows}


def test_there_is_one_row_per_resident_and_year_service_user_or_not():
    found = years()

    assert_frame_equal(
        found.select("person_id", "financial_year"),
        RESIDENTS.select("person_id", "financial_year").collect(),
    )
    assert found.filter(person_id="cat")["total_cost"].to_list() == [Decimal("0.00")]


def test_costs_and_bed_days_fall_into_the_years_of_their_days():
    assert column("cost_inpatient") == {
        "ann 2023/24": Decimal("200.00"),
        "ann 2024/25": Decimal("200.00"),
        "bob 2023/24": Decimal("33.00"),  # no nights: the year of admission
        "bob 2024/25": Decimal("0.00"),
        "cat 2024/25": Decimal("0.00"),
    }
    assert column("unplanned_bed_days")["ann 2023/24"] == 2
    assert column("bed_days_inpatient")["ann 2024/25"] == 2
    assert column("cost_asc_service")["ann 2024/25"] == Decimal("50.00")


def test_missed_appointments_are_neither_counted_nor_in_totals_and_unknown_is_not_nothing():
    assert column("n_outpatient")["bob 2024/25"] == 1
    assert column("cost_outpatient")["bob 2024/25"] is None
    assert column("cost_outpatient")["bob 2023/24"] == Decimal("0.00")
    assert column("total_cost")["bob 2024/25"] == Decimal("0.00")


def test_a_family_that_nobody_sent_is_null_and_one_that_carries_no_cost_too():
    assert set(column("n_emergency").values()) == {None}
    assert set(column("cost_emergency").values()) == {None}
    assert set(column("bed_days_outpatient").values()) == {None}


def test_mapped_cost_holds_the_families_in_scope():
    assert column("mapped_cost")["ann 2024/25"] == Decimal("200.00")
    assert column("total_cost")["ann 2024/25"] == Decimal("250.00")
    everything = column("mapped_cost", cost_scope=COST_SCOPES["all"])
    assert everything["ann 2024/25"] == Decimal("250.00")


def test_ranks_and_flags_are_those_of_the_economy():
    assert column("cost_rank") == {
        "ann 2023/24": 1,
        "bob 2023/24": 2,
        "ann 2024/25": 1,
        "bob 2024/25": 2,
        "cat 2024/25": 3,
    }
    assert column("is_hri_cost50")["ann 2023/24"] is False  # 200 of 233: crosses the half
    assert column("is_hri_top2pct")["ann 2023/24"] is True
    assert column("cumulative_cost_share")["ann 2024/25"] == 1.0
    was = column("was_hri_previous_year")
    assert was["ann 2023/24"] is None
    assert was["cat 2024/25"] is False


def test_a_single_year_has_no_year_before():
    only = years(years=("2024/25",)).filter(financial_year="2024/25")

    assert only["was_hri_previous_year"].to_list() == [None, None, None]


def test_segments_take_the_first_rule_that_applies():
    assert column("demographic_segment") == {
        "ann 2023/24": "frailty",
        "ann 2024/25": "end_of_life",
        "bob 2023/24": "low_complex",
        "bob 2024/25": "low_complex",  # recorded the year before
        "cat 2024/25": "healthy_low_user",
    }
    without_codes = column("demographic_segment", event_code=EVENT_CODE.empty())
    assert without_codes["ann 2023/24"] == "adult_major"
    assert without_codes["bob 2023/24"] == "child_major"
    use = column("service_use_segment")
    assert use["ann 2024/25"] == "inpatient"
    assert use["cat 2024/25"] == "none"


@pytest.mark.parametrize("name", ["cost_rank", "cumulative_cost_share", "mapped_cost"])
def test_the_order_of_rows_changes_nothing(name):
    backwards = person_year(
        RESIDENTS.reverse(),
        PEOPLE.reverse(),
        EVENTS.reverse(),
        CODES.reverse(),
        COSTS.reverse(),
        SPELLS.reverse(),
        BED_DAYS.reverse(),
        years=YEARS,
    )
    assert_frame_equal(years().select(name), backwards.select(name).collect())
