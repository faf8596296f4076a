"""High-resource individuals against a slow second opinion, and what must hold of any cohort."""

import math
from fractions import Fraction

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from flow_pipeline.cohorts.days import cost_by_year
from flow_pipeline.cohorts.hri import HriRule, hri_cohort, hri_summary
from flow_pipeline.tables.cohorts import PERSON_YEAR, RESIDENT_YEAR
from flow_pipeline.tables.publish import AREA

YEARS = ("2022/23", "2023/24", "2024/25")
RULES = (HriRule("cost", 50), HriRule("cost", 50, "a"), HriRule("top", 2), HriRule("top", 30))
# Few distinct costs, so that ties are common; pence, so that halves are.
COSTS = st.sampled_from([None, -500, 0, 1, 50, 99, 100, 100, 150, 1000])
PERSON = st.fixed_dictionaries(
    {
        "cost": COSTS,
        "age": st.sampled_from([20, 74, 75, 90]),
        "bed_days": st.integers(0, 3),
        "stays": st.booleans(),
        "practice": st.sampled_from([None, "P1", "P2"]),
    }
)
POPULATION = st.dictionaries(
    st.tuples(st.sampled_from("ABCDEFGHIJ"), st.sampled_from(YEARS)), PERSON, max_size=24
)


def frames(population: dict) -> tuple[pl.LazyFrame, pl.LazyFrame]:
    rows = [
        {
            "person_id": person,
            "financial_year": year,
            "age": p["age"],
            "mapped_cost": None if p["cost"] is None else f"{p['cost'] / 100:.2f}",
            "unplanned_bed_days": p["bed_days"],
            "gp_practice_code": p["practice"],
            "is_resident_to_end": p["stays"],
            "is_resident_30_september": True,
        }
        for (person, year), p in population.items()
    ]
    schema = PERSON_YEAR.schema() | RESIDENT_YEAR.schema()
    wide = pl.DataFrame(rows, schema=dict.fromkeys(_NAMES, pl.String) | _TYPES, orient="row")
    wide = wide.with_columns(pl.lit(None, t).alias(n) for n, t in schema.items() if n not in _NAMES)
    return PERSON_YEAR.conform(wide.lazy()), RESIDENT_YEAR.conform(wide.lazy())


_TYPES = {
    "age": pl.Int64,
    "unplanned_bed_days": pl.Int64,
    "is_resident_to_end": pl.Boolean,
    "is_resident_30_september": pl.Boolean,
}
_NAMES = ("person_id", "financial_year", "mapped_cost", "gp_practice_code", *_TYPES)


def slow_areas(person: dict) -> list[tuple[str, str]]:
    practice = [("practice", person["practice"])] if person["practice"] else []
    return [("economy", "ANY"), *practice]


def slow_flagged(population: dict) -> dict[tuple, dict[str, int]]:
    """Who is flagged and at which rank, by year, area and rule: person after person."""
    groups: dict[tuple, dict[str, int]] = {}
    for (person, year), p in population.items():
        for level, area in slow_areas(p):
            groups.setdefault((year, level, area), {})[person] = max(p["cost"] or 0, 0)
    flagged = {}
    for group, costs in groups.items():
        ordered = sorted(costs, key=lambda person: (-costs[person], person))
        total = sum(costs.values())
        for rule in RULES:
            chosen: dict[str, int] = {}
            before = 0
            for rank, person in enumerate(ordered, start=1):
                own = costs[person]
                if rule.kind == "top":
                    reached = rank <= math.ceil(Fraction(rule.percent, 100) * len(costs))
                elif rule.variant == "a":
                    reached = Fraction(before) < Fraction(rule.percent, 100) * total
                else:
                    reached = Fraction(before + own) <= Fraction(rule.percent, 100) * total
                if own > 0 and reached:
                    chosen[person] = rank
                before += own
            flagged[(*group, rule.name)] = chosen
    return flagged


def slow_summary(population: dict) -> dict[tuple, tuple]:
    """n_people, n_tied, persistence, survivors, persistence among them, turnover, aged 75+."""
    flagged = slow_flagged(population)
    summary = {}
    for (year, level, area, rule), people in flagged.items():
        n = YEARS.index(year)
        costs = {
            p: max(v["cost"] or 0, 0)
            for (p, y), v in population.items()
            if y == year and (level, area) in slow_areas(v)
        }
        later = flagged.get((YEARS[n + 1], level, area, rule), {}) if n < 2 else {}
        earlier = flagged.get((YEARS[n - 1], level, area, rule), {}) if n else {}
        ends = {p for p, y in population if n < 2 and y == YEARS[n + 1]}
        survivors = {p for p in people if p in ends and population[p, YEARS[n + 1]]["stays"]}
        cut = min((costs[p] for p in people), default=None)
        at_cut = [p for p, cost in costs.items() if cost == cut]
        split = any(p not in people for p in at_cut)

        def share(part: set, whole: set) -> float | None:
            return len(part) / len(whole) if whole else None

        who = set(people)
        summary[year, level, area, rule] = (
            len(who),
            len(at_cut) if people and split else 0,
            share(who & set(later), who) if n < 2 else None,
            len(survivors) if n < 2 else None,
            share(survivors & set(later), survivors) if n < 2 else None,
            share(who - set(earlier), who) if n else None,
            share({p for p in who if population[p, year]["age"] >= 75}, who),
        )
    return summary


def cohort_of(population: dict) -> pl.LazyFrame:
    return hri_cohort(*frames(population), AREA.empty(), economy="ANY", years=YEARS, rules=RULES)


@settings(deadline=None, max_examples=60)
@given(POPULATION)
def test_the_cohort_is_that_of_a_slow_and_plain_reading_of_the_rule(population):
    found: dict[tuple, dict[str, int]] = {}
    for row in cohort_of(population).collect().iter_rows(named=True):
        group = (row["financial_year"], row["area_level"], row["area_code"], row["rule"])
        found.setdefault(group, {})[row["person_id"]] = row["rank"]

    assert found == {group: who for group, who in slow_flagged(population).items() if who}


@settings(deadline=None, max_examples=60)
@given(POPULATION)
def test_the_summary_is_that_of_a_slow_and_plain_reading(population):
    person_year, resident_year = frames(population)
    summary = hri_summary(
        cohort_of(population),
        person_year,
        resident_year,
        AREA.empty(),
        economy="ANY",
        years=YEARS,
        rules=RULES,
    )
    names = (
        "n_people",
        "n_tied",
        "persistence",
        "n_survivors",
        "persistence_survivors",
        "turnover",
        "share_aged_75_plus",
    )
    found = {
        (row["financial_year"], row["area_level"], row["area_code"], row["rule"]): tuple(
            row[name] for name in names
        )
        for row in summary.collect().iter_rows(named=True)
    }

    assert found == slow_summary(population)


@settings(deadline=None, max_examples=25)
@given(POPULATION, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(population, random):
    shuffled = dict(random.sample(sorted(population.items()), k=len(population)))

    assert_frame_equal(cohort_of(population).collect(), cohort_of(shuffled).collect())


@settings(deadline=None, max_examples=60)
@given(
    st.integers(-10_000, 10_000_000),
    st.lists(st.tuples(st.integers(0, 900), st.integers(1, 200)), min_size=1, max_size=3),
)
def test_the_parts_of_a_cost_add_up_to_it_over_the_years_of_its_days(pence, runs):
    start = pl.date(2022, 4, 1)
    costs = pl.LazyFrame({"event_id": ["e"], "pence": [pence]}).with_columns(
        started_on=start.dt.offset_by(f"{runs[0][0]}d")
    )
    offsets, at = [], 0
    for gap, length in runs:  # one after the other, so that none overlap
        offsets.append((at + gap, at + gap + length))
        at += gap + length
    days = pl.LazyFrame(
        {"event_id": ["e"] * len(runs), "a": [a for a, _ in offsets], "b": [b for _, b in offsets]}
    ).select(
        "event_id",
        (pl.date(2022, 4, 1) + pl.duration(days="a")).alias("from_date"),
        (pl.date(2022, 4, 1) + pl.duration(days="b")).alias("to_date"),
    )
    years = [f"{y}/{(y + 1) % 100:02}" for y in range(2022, 2034)]
    parts = cost_by_year(costs, days, years).collect()

    assert parts["pence"].sum() == pence
    all_days = sum(length for _, length in runs)
    for year, part in parts.select("financial_year", "pence").iter_rows():
        first = pl.date(int(year[:4]), 4, 1)
        inside = days.select(
            (
                pl.min_horizontal("to_date", first.dt.offset_by("1y"))
                - pl.max_horizontal("from_date", first)
            )
            .dt.total_days()
            .clip(0)
            .sum()
        ).collect()
        assert abs(part - Fraction(pence * inside.item(), all_days)) <= 1
