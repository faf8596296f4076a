"""Tables of costs and cohorts: who the few people are for whom half of the money is spent."""

from flow_pipeline.contracts.families import EVENT_FAMILIES
from flow_pipeline.tables.language import (
    Column,
    Table,
    boolean,
    integer,
    money,
    number,
    text,
)

EVENT_COST = Table(
    name="event_cost",
    stage="cohorts",
    grain="one row per costed event",
    meaning="Costs, each with its method and price base.",
    columns=(
        text("event_id", "Event, or the first episode of a spell.", nullable=False),
        money("amount", "Cost; null where the level is costed but no cost is known."),
        text("method", "supplied, unit_cost, open_bed_day, planned_units or missed_appointment."),
        text("price_base", "Financial year of the prices."),
        text("rate_version", "Version of the unit costs, where one was used."),
    ),
    key=("event_id",),
)


def _per_family() -> tuple[Column, ...]:
    columns = []
    for family in EVENT_FAMILIES:
        name = family.name
        columns += [
            integer(f"n_{name}", f"Events: {family.meaning}", unit="events"),
            integer(f"bed_days_{name}", f"Bed days: {family.meaning}", unit="days"),
            money(f"cost_{name}", f"Cost: {family.meaning}"),
        ]
    return tuple(columns)


PERSON_YEAR = Table(
    name="person_year",
    stage="cohorts",
    grain="one row per resident and financial year",
    meaning="What each resident used and cost in a year, service user or not.",
    columns=(
        text("person_id", "Person.", nullable=False),
        text("financial_year", "April to March, for instance 2024/25.", nullable=False),
        integer("age", "Completed years at 30 September.", unit="years"),
        text("area_code", "Small area at 30 September, else the nearest known in the year."),
        *_per_family(),
        integer("unplanned_bed_days", "Bed days of emergency continuous spells.", unit="days"),
        money("total_cost", "Cost of all costed families."),
        money("mapped_cost", "Cost of the families in the cost scope."),
        integer("cost_rank", "1 for the highest mapped cost in the economy."),
        number("cumulative_cost_share", "Share of mapped cost down to this rank, 0 to 1."),
        boolean("is_hri_cost50", "Among those who account for the first half of mapped cost."),
        boolean("is_hri_top2pct", "Among the 2 % with the highest mapped cost."),
        boolean("was_hri_previous_year", "cost50 in the year before; null in the first year."),
        text("demographic_segment", "Segment by age and conditions."),
        text("service_use_segment", "Family with the highest cost."),
    ),
    key=("person_id", "financial_year"),
)

HRI_COHORT = Table(
    name="hri_cohort",
    stage="cohorts",
    grain="one row per high-resource individual, year, area level, area and rule",
    meaning="High-resource individuals, at each area level and by each rule.",
    columns=(
        text("person_id", "Person.", nullable=False),
        text("financial_year", "April to March.", nullable=False),
        text("area_level", "economy, council, locality or practice.", nullable=False),
        text("area_code", "Area.", nullable=False),
        text("rule", "cost50 or top2pct.", nullable=False),
        integer("rank", "1 for the highest mapped cost in the area."),
        money("cost", "Mapped cost in the year."),
        number("cumulative_cost_share", "Share of the area's mapped cost down to this rank."),
        boolean("is_new", "Not flagged the year before; null in the first year."),
        boolean("is_persistent", "Flagged the year after too; null in the last year."),
    ),
    key=("person_id", "financial_year", "area_level", "area_code", "rule"),
)


def _measure(name: str, meaning: str) -> Column:
    return number(name, meaning, counted_by="n_people")


HRI_SUMMARY = Table(
    name="hri_summary",
    stage="cohorts",
    grain="one row per year, area and rule",
    meaning="How many high-resource individuals there are and what they account for.",
    columns=(
        text("financial_year", "April to March.", nullable=False),
        text("area_level", "economy, council, locality or practice.", nullable=False),
        text("area_code", "Area.", nullable=False),
        text("rule", "cost50 or top2pct.", nullable=False),
        integer("n_people", "People flagged.", unit="people", counted_by="n_people"),
        integer("n_tied", "People tied at the cut.", unit="people", counted_by="n_tied"),
        _measure("share_of_population", "Share of residents, 0 to 1."),
        _measure("share_of_cost", "Share of mapped cost, 0 to 1."),
        _measure("share_of_unplanned_bed_days", "Share of unplanned bed days, 0 to 1."),
        _measure("share_aged_75_plus", "Share of those flagged aged 75 or over, 0 to 1."),
        _measure("persistence", "Share flagged again in the next year; null in the last year."),
        _measure("persistence_survivors", "The same among those alive and resident to its end."),
        _measure("turnover", "Share not flagged the year before; null in the first year."),
    ),
    key=("financial_year", "area_level", "area_code", "rule"),
    release_class="aggregate",
)

TABLES = (EVENT_COST, PERSON_YEAR, HRI_COHORT, HRI_SUMMARY)
