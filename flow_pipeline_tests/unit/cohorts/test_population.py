"""Official populations as denominators: of ranks and of shares."""

import polars as pl

from flow_pipeline.cohorts.hri import TOP2PCT, hri_cohort, hri_summary
from flow_pipeline.cohorts.population import denominators
from flow_pipeline_tests.drawn import drawn
from flow_pipeline_tests.unit.cohorts.test_hri import AREAS, PERSON_YEARS, RESIDENTS, YEARS

FILE = drawn(
    """
    area_level | area_code | financial_year | age_band | sex    | population
    economy    | Anyshire  |                | 0-64     | male   | 60
    economy    | Anyshire  |                | 0-64     | female | 70
    economy    | Anyshire  |                | 65+      | male   | 10
    economy    | Anyshire  |                | 65+      | female | 11
    economy    | Anyshire  | 2024/25        |          |        | 160
    locality   | L1        |                | 0-64     |        | 50
    locality   | L1        |                | 65+      |        | 5
    locality   | L1        |                |          |        | 56
    locality   | L2        |                | 0-64     | male   | 7
    locality   | L2        |                | 0-64     | female | 8
    locality   | L2        | 2024/25        | 65+      |        | 3
    locality   | L2        | 2024/25        | 0-64     | male   | 20
    locality   | L2        | 2024/25        | 0-64     | female | 21
    practice   | P1        | 2019/20        |          |        | 9
    """,
    population=pl.Int64(),
)


def test_a_total_is_taken_before_a_sum_and_a_years_own_before_every_years():
    found = (
        denominators(FILE, YEARS, "ANY").sort("area_level", "area_code", "financial_year").collect()
    )
    assert found.rows() == [
        ("2023/24", "economy", "ANY", 151),
        ("2024/25", "economy", "ANY", 160),
        ("2023/24", "locality", "L1", 56),
        ("2024/25", "locality", "L1", 56),
        ("2023/24", "locality", "L2", 15),
        ("2024/25", "locality", "L2", 44),
    ]


def test_without_a_file_there_are_none():
    assert denominators(None, YEARS, "ANY").collect().is_empty()


def test_ranks_and_shares_are_of_the_official_population():
    told = {"economy": "ANY", "years": YEARS, "rules": (TOP2PCT,), "population": FILE}
    cohort = hri_cohort(PERSON_YEARS, RESIDENTS, AREAS, **told)
    summary = hri_summary(cohort, PERSON_YEARS, RESIDENTS, AREAS, **told).collect()
    rows = {
        (r["financial_year"], r["area_level"], r["area_code"]): r
        for r in summary.iter_rows(named=True)
    }
    # 2 % of 151, rounded up, is 4; of the five seen it would be 1
    first = rows["2023/24", "economy", "ANY"]
    assert (first["n_people"], first["n_residents"]) == (4, 151)
    assert first["share_of_population"] == 4 / 151
    assert rows["2024/25", "economy", "ANY"]["n_residents"] == 160
    assert rows["2023/24", "locality", "L1"]["n_people"] == 2
    # areas that the file leaves out keep those whom the records show
    assert ("2023/24", "council", "999") in rows
    assert rows["2023/24", "council", "999"]["n_residents"] == 4
    assert rows["2023/24", "practice", "P1"]["n_residents"] == 3
