import polars as pl
import pytest
from polars.testing import assert_frame_equal

from flow_pipeline.cohorts.hri import COST50, TOP2PCT, HriRule, hri_cohort, hri_summary
from flow_pipeline.tables.cohorts import PERSON_YEAR, RESIDENT_YEAR
from flow_pipeline.tables.publish import AREA
from flow_pipeline_tests.drawn import drawn

YEARS = ("2023/24", "2024/25")
AREAS = drawn(
    """
    area_code | area_level | parent_code
    E1  | msoa     | L1
    E2  | msoa     | L2
    L1  | locality | 999
    L2  | locality | 999
    999 | council  |
    """,
    AREA,
)
# 2023/24: 500 + 300 + 100 + 100 = 1,000. 500 is exactly half: A alone is flagged by cost50.
# 2024/25: 400 + 400 + 200 = 1,000: A takes 400, B would cross the half.
PEOPLE = """
person_id | financial_year | age | mapped_cost | unplanned_bed_days | area_code | gp_practice_code | is_resident_30_september | is_resident_to_end
A | 2023/24 | 80 | 500.00 | 30 | E1 | P1 | true  | true
B | 2023/24 | 74 | 300.00 | 10 | E1 | P1 | true  | true
C | 2023/24 | 75 | 100.00 | 0  | E2 | P1 | true  | true
D | 2023/24 | 20 | 100.00 |    | E2 |    | false | true
E | 2023/24 | 20 |        |    |    |    | true  | true
A | 2024/25 | 81 | 400.00 | 3  | E1 | P1 | true  | false
B | 2024/25 | 75 | 400.00 | 1  | E1 | P1 | true  | true
C | 2024/25 | 76 | -5.00  | 0  | E2 | P1 | true  | true
D | 2024/25 | 21 | 200.00 | 0  | E2 |    | true  | true
"""  # noqa: E501
PERSON_YEARS = drawn(
    PEOPLE,
    PERSON_YEAR,
    gp_practice_code=pl.String(),
    is_resident_30_september=pl.Boolean(),
    is_resident_to_end=pl.Boolean(),
).select(PERSON_YEAR.column_names)
RESIDENTS = drawn(
    PEOPLE, RESIDENT_YEAR, mapped_cost=pl.Float64(), unplanned_bed_days=pl.Int64()
).select(RESIDENT_YEAR.column_names)


def cohort(rules=(COST50, TOP2PCT), people=PERSON_YEARS):
    return hri_cohort(people, RESIDENTS, AREAS, economy="ANY", years=YEARS, rules=rules)


def summary(rules=(COST50, TOP2PCT), people=PERSON_YEARS):
    return hri_summary(
        cohort(rules, people), people, RESIDENTS, AREAS, economy="ANY", years=YEARS, rules=rules
    )


def flagged(frame: pl.LazyFrame, **where: str) -> list[str]:
    return frame.filter(**where).sort("rank").collect()["person_id"].to_list()


def row(frame: pl.LazyFrame, **where: str) -> dict:
    found = frame.filter(**where).collect()
    assert found.height == 1
    return found.to_dicts()[0]


def test_the_first_half_of_cost_may_be_reached_but_not_crossed():
    economy = cohort().filter(area_level="economy", rule="cost50")

    assert flagged(economy, financial_year="2023/24") == ["A"]
    assert flagged(economy, financial_year="2024/25") == ["A"]


def test_variant_a_takes_the_crossing_person_in():
    both = cohort((HriRule("cost", 50, "a"),)).filter(area_level="economy")

    assert flagged(both, financial_year="2023/24") == ["A"]  # 500 is reached, not crossed
    assert flagged(both, financial_year="2024/25") == ["A", "B"]
    assert both.collect()["rule"].unique().to_list() == ["cost50a"]


def test_top_percent_is_of_all_residents_and_rounded_up():
    # 2 % of five people is 0.1 of a person, so one; 40 % of five is two, of four is 1.6, so two.
    top = cohort((TOP2PCT, HriRule("top", 40))).filter(area_level="economy")

    assert flagged(top, financial_year="2023/24", rule="top2pct") == ["A"]
    assert flagged(top, financial_year="2023/24", rule="top40pct") == ["A", "B"]
    assert flagged(top, financial_year="2024/25", rule="top40pct") == ["A", "B"]


def test_each_area_has_a_cohort_of_its_own_at_the_levels_it_is_known_at():
    found = cohort().filter(rule="cost50", financial_year="2023/24")

    assert flagged(found, area_code="999") == ["A"]
    assert flagged(found, area_code="L1") == []  # A has 500 of 800
    assert flagged(found, area_code="L2") == ["C"]  # one of two with 100 each
    assert flagged(found, area_code="P1") == []  # A has 500 of 900
    assert set(found.collect()["area_level"]) == {"economy", "council", "locality"}


def test_ties_are_broken_by_person_and_counted():
    l2 = row(summary(), area_code="L2", financial_year="2023/24", rule="cost50")
    economy = row(summary(), area_code="ANY", financial_year="2024/25", rule="cost50")
    untied = row(summary(), area_code="ANY", financial_year="2023/24", rule="cost50")

    assert (l2["n_people"], l2["n_tied"]) == (1, 2)
    assert (economy["n_people"], economy["n_tied"]) == (1, 2)
    assert (untied["n_people"], untied["n_tied"]) == (1, 0)


def test_summary_of_the_economy_by_hand():
    first = row(summary(), area_code="ANY", financial_year="2023/24", rule="cost50")

    assert first == {
        "financial_year": "2023/24",
        "area_level": "economy",
        "area_code": "ANY",
        "rule": "cost50",
        "n_people": 1,
        "n_tied": 0,
        "n_residents": 5,
        "n_residents_30_september": 4,
        "share_of_population": 0.2,
        "share_of_cost": 0.5,
        "n_with_unplanned_bed_days": 1,
        "share_of_unplanned_bed_days": 0.75,
        "share_aged_75_plus": 1.0,
        "persistence": 1.0,
        "n_survivors": 0,  # A did not stay to the end of 2024/25
        "persistence_survivors": None,
        "turnover": None,  # no year before
    }


def test_the_last_year_knows_no_persistence_and_the_first_no_turnover():
    last = row(summary(), area_code="ANY", financial_year="2024/25", rule="cost50")
    people = cohort().filter(area_level="economy", rule="cost50").collect()

    assert last["persistence"] is None
    assert last["n_survivors"] is None
    assert last["turnover"] == 0.0
    assert people["is_new"].to_list() == [None, False]
    assert people["is_persistent"].to_list() == [True, None]


def test_a_total_of_nothing_flags_nobody_and_the_row_says_so():
    nobody = PERSON_YEARS.with_columns(mapped_cost=pl.lit(0).cast(pl.Decimal(16, 2)))
    found = summary(people=nobody).collect()

    assert cohort(people=nobody).collect().is_empty()
    assert found["n_people"].sum() == 0
    assert found["share_of_cost"].null_count() == found.height
    assert found["share_aged_75_plus"].null_count() == found.height


def test_net_negative_and_unknown_costs_count_nothing():
    economy = cohort((HriRule("top", 100),)).filter(area_level="economy")

    assert flagged(economy, financial_year="2024/25") == ["A", "B", "D"]
    assert flagged(economy, financial_year="2023/24") == ["A", "B", "C", "D"]


def test_the_order_of_rows_changes_nothing():
    backwards = hri_cohort(
        PERSON_YEARS.reverse(), RESIDENTS.reverse(), AREAS.reverse(), economy="ANY", years=YEARS
    )

    assert_frame_equal(cohort().collect(), backwards.collect())


@pytest.mark.parametrize(
    ("rule", "name"),
    [(COST50, "cost50"), (TOP2PCT, "top2pct"), (HriRule("top", 10), "top10pct")],
)
def test_rules_are_named_by_what_they_take(rule, name):
    assert rule.name == name
