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
        text(
            "method",
            "supplied, unit_cost, open_bed_day, planned_units or missed_appointment; null: none.",
        ),
        text("price_base", "Financial year of the prices."),
        text("rate_version", "Version of the unit costs, where one was used."),
    ),
    key=("event_id",),
)


UNIT_COST = Table(
    name="unit_cost",
    stage="cohorts",
    grain="one row per event family, type, subtype and setting priced",
    meaning="Costs of a unit of care, used where no cost is supplied; a local file replaces ours.",
    columns=(
        text("event_family", "Family.", nullable=False),
        text("event_type", "Type it is for; null for all."),
        text("event_subtype", "Subtype it is for; null for all."),
        text("setting", "Setting it is for; null for all."),
        text("unit", "event, day (of a service) or bed_day.", nullable=False),
        money("amount", "Cost of a unit.", nullable=False),
        text("price_base", "Financial year of the prices."),
        text("source", "Where the cost was published."),
        text("assumption", "What it rests on, where that is not plain."),
    ),
    key=("event_family", "event_type", "event_subtype", "setting", "unit"),
    release_class="internal",
)

RESIDENT_YEAR = Table(
    name="resident_year",
    stage="cohorts",
    grain="one row per person resident on at least one day of a financial year",
    meaning="The population by which ranks, shares and rates are judged.",
    columns=(
        text("person_id", "Person.", nullable=False),
        text("financial_year", "April to March.", nullable=False),
        integer("age", "Completed years at 30 September.", unit="years"),
        text("area_code", "Small area at 30 September, else the nearest known in the year."),
        text("gp_practice_code", "Practice at 30 September, else the nearest known in the year."),
        boolean("is_resident_30_september", "Resident on 30 September."),
        boolean("is_resident_to_end", "Alive and resident on 31 March."),
    ),
    key=("person_id", "financial_year"),
    release_class="internal",
)


def _per_family() -> tuple[Column, ...]:
    columns = []
    for family in EVENT_FAMILIES:
        name = family.name
        columns += [
            integer(f"n_{name}", f"Events that took place: {family.meaning}", unit="events"),
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


def _share(name: str, meaning: str, **more: str) -> Column:
    return number(name, meaning, unit="share", **({"counted_by": "n_people"} | more))


def _people(name: str, meaning: str) -> Column:
    return integer(name, meaning, unit="people", counted_by=name)


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
        _people("n_people", "People flagged."),
        _people("n_tied", "People of equal cost, some flagged and some not, at the cut."),
        _people(
            "n_residents",
            "The denominator: the official population, else people resident on at least one day.",
        ),
        _people("n_residents_30_september", "People resident on 30 September."),
        _share("share_of_population", "Share of residents, 0 to 1.", share_of="n_residents"),
        _share("share_of_cost", "Share of mapped cost, 0 to 1."),
        _people("n_with_unplanned_bed_days", "People flagged who have unplanned bed days."),
        _share(
            "share_of_unplanned_bed_days",
            "Share of unplanned bed days, 0 to 1.",
            counted_by="n_with_unplanned_bed_days",
        ),
        _share(
            "share_aged_75_plus",
            "Share of those flagged aged 75 or over, 0 to 1.",
            share_of="n_people",
        ),
        _share(
            "persistence",
            "Share flagged again in the next year; null in the last year.",
            share_of="n_people",
        ),
        _people(
            "n_survivors",
            "People flagged who were alive and resident to the end of the next year; null in the "
            "last year.",
        ),
        _share(
            "persistence_survivors",
            "Share flagged again, among those alive and resident to the end of the next year.",
            counted_by="n_survivors",
            share_of="n_survivors",
        ),
        _share(
            "turnover",
            "Share not flagged the year before; null in the first year.",
            share_of="n_people",
        ),
    ),
    key=("financial_year", "area_level", "area_code", "rule"),
    release_class="aggregate",
    margin=("financial_year", "area_level", "rule"),
)

TABLES = (UNIT_COST, EVENT_COST, RESIDENT_YEAR, PERSON_YEAR, HRI_COHORT, HRI_SUMMARY)
