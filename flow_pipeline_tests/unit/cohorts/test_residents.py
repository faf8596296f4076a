import polars as pl
from polars.testing import assert_frame_equal

from flow_pipeline.cohorts.areas import ancestors
from flow_pipeline.cohorts.residents import resident_year
from flow_pipeline.tables.cohorts import RESIDENT_YEAR
from flow_pipeline.tables.persons import PERSON, RESIDENCE
from flow_pipeline.tables.publish import AREA
from flow_pipeline_tests.drawn import drawn


def test_one_day_makes_a_resident_and_the_area_is_that_nearest_to_30_september():
    residence = drawn(
        """
        person_id | valid_from | valid_to   | area_code | gp_practice_code
        moved     | 2020-01-01 | 2023-09-30 | E1 | P1
        moved     | 2023-10-01 | 2025-03-31 | E2 |
        late      | 2024-03-31 | 2024-03-31 | E3 | P3
        unknown   | 2023-04-01 | 2024-03-31 |    |
        gone      | 2020-01-01 | 2023-03-31 | E1 | P1
        two       | 2023-04-01 | 2023-09-20 | E5 | P5
        two       | 2023-10-10 | 2024-03-31 | E6 | P6
        """,
        RESIDENCE,
    )
    person = drawn(
        """
        person_id | birth_month | death_month
        moved     | 1950-10-01 |
        late      | 2024-01-01 |
        unknown   |            | 2024-03-01
        two       | 1950-09-01 | 2024-04-01
        """,
        PERSON,
    )

    assert_frame_equal(
        resident_year(residence, person, ["2023/24"]).collect(),
        drawn(
            """
            person_id | financial_year | age | area_code | gp_practice_code | is_resident_30_september | is_resident_to_end
            late      | 2023/24 | 0  | E3 | P3 | false | true
            moved     | 2023/24 | 72 | E1 | P1 | true  | true
            two       | 2023/24 | 73 | E5 | P5 | false | true
            unknown   | 2023/24 |    |    |    | true  | false
            """,  # noqa: E501
            RESIDENT_YEAR,
        ).collect(),
    )


def test_a_year_without_a_known_area_takes_the_one_beside_it_in_that_year_only():
    residence = drawn(
        """
        person_id | valid_from | valid_to   | area_code | gp_practice_code
        p | 2023-04-01 | 2023-12-31 |    | P1
        p | 2024-01-01 | 2024-06-30 | E2 |
        p | 2024-07-01 | 2025-03-31 |    |
        """,
        RESIDENCE,
    )
    found = resident_year(residence, PERSON.empty(), ["2023/24", "2024/25"]).collect()

    assert found["area_code"].to_list() == ["E2", "E2"]
    assert found["gp_practice_code"].to_list() == ["P1", None]


def test_areas_lead_to_their_locality_and_council_where_the_reference_knows_them():
    area = drawn(
        """
        area_code | area_level | parent_code
        E1  | msoa     | L1
        E2  | msoa     | 999
        E3  | msoa     |
        L1  | locality | 999
        999 | council  |
        """,
        AREA,
    )

    assert_frame_equal(
        ancestors(area).filter(pl.col("small_area").str.starts_with("E")).collect(),
        drawn(
            """
            small_area | area_level | area_code
            E1 | council  | 999
            E1 | locality | L1
            E2 | council  | 999
            """
        ).collect(),
        check_row_order=False,
    )
