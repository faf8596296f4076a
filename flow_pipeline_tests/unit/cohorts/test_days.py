import polars as pl
from polars.testing import assert_frame_equal

from flow_pipeline.cohorts.days import cost_by_year, days_by_year
from flow_pipeline_tests.drawn import drawn

YEARS = ("2023/24", "2024/25")
DATES = {"from_date": pl.Date(), "to_date": pl.Date()}


def test_bed_days_belong_to_the_year_of_their_date():
    stays = drawn(
        """
        person_id | from_date | to_date
        over      | 2024-03-30 | 2024-04-03
        last      | 2024-03-31 | 2024-04-01
        first     | 2024-04-01 | 2024-04-02
        outside   | 2025-04-01 | 2025-04-09
        """,
        **DATES,
    )

    assert_frame_equal(
        days_by_year(stays, YEARS)
        .select("person_id", "financial_year", "n_days")
        .sort("person_id", "financial_year")
        .collect(),
        drawn(
            """
            person_id | financial_year | n_days
            first     | 2024/25 | 1
            last      | 2023/24 | 1
            over      | 2023/24 | 2
            over      | 2024/25 | 2
            """,
            n_days=pl.Int64(),
        ).collect(),
    )


def test_a_cost_is_split_by_days_and_its_parts_add_up_to_it():
    costs = drawn(
        """
        event_id | started_on | pence
        stay     | 2024-03-30 | 1001
        broken   | 2024-03-30 | 900
        none     | 2024-03-31 | 700
        nothing  | 2024-03-31 |
        before   | 2023-03-31 | 500
        earlier  | 2023-03-30 | 400
        """,
        started_on=pl.Date(),
        pence=pl.Int64(),
    )
    days = drawn(
        """
        event_id | from_date | to_date
        stay    | 2024-03-30 | 2024-04-03
        broken  | 2024-03-31 | 2024-04-01
        broken  | 2024-04-10 | 2024-04-12
        none    | 2024-03-31 | 2024-03-31
        earlier | 2023-03-30 | 2023-04-03
        """,
        **DATES,
    )

    assert_frame_equal(
        cost_by_year(costs, days, YEARS)
        .select("event_id", "financial_year", "pence")
        .sort("event_id", "financial_year")
        .collect(),
        drawn(
            """
            event_id | financial_year | pence
            broken   | 2023/24 | 300
            broken   | 2024/25 | 600
            earlier  | 2023/24 | 200
            none     | 2023/24 | 700
            nothing  | 2023/24 |
            stay     | 2023/24 | 501
            stay     | 2024/25 | 500
            """,
            pence=pl.Int64(),
        ).collect(),
    )
