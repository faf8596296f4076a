from decimal import Decimal

import polars as pl
from polars.testing import assert_frame_equal

from flow_pipeline.cohorts.costs import cost_coverage, event_cost
from flow_pipeline.cohorts.rates import default_unit_costs
from flow_pipeline.tables import table
from flow_pipeline.tables.cohorts import EVENT_COST, UNIT_COST
from flow_pipeline.tables.journeys import BED_DAY, EVENT, SPELL_DRAFT, SPELL_MEMBER
from flow_pipeline_tests.drawn import drawn

EVENTS = drawn(
    """
    event_id | event_family | event_type | event_subtype | setting | outcome_class | start_at | counted_end_at | supplied_cost
    i1 | inpatient | emergency | | acute_bed | attended | 2024-03-30 10:00 | | 100.10
    i2 | inpatient | emergency | | acute_bed | attended | 2024-04-02 10:00 | | 50.05
    i3 | inpatient | elective  | | acute_bed | attended | 2024-05-01 08:00 | |
    i4 | inpatient | elective  | | acute_bed | attended | 2024-05-01 08:00 | | 999.00
    i5 | inpatient | elective  | | acute_bed | attended | 2024-05-01 08:00 | |
    w1 | ward_stay | base      | | acute_bed | attended | 2024-03-30 10:00 | | 7.00
    o1 | outpatient | first | | clinic | attended | 2024-05-01 08:00 | | 0
    o2 | outpatient | first | | clinic | dna      | 2024-05-01 08:00 | | 90.00
    o3 | outpatient | first | | clinic | attended | 2024-05-01 08:00 | |
    g1 | gp_appointment | remote | gp | gp | attended | 2024-05-01 08:00 | |
    g2 | gp_appointment | clinic | gp | gp | dna      | 2024-05-01 08:00 | |
    g3 | gp_appointment | clinic | gp | gp | cancelled_by_patient | 2024-05-01 08:00 | |
    g4 | gp_appointment |        |    | gp | unknown | 2024-05-01 08:00 | |
    s1 | asc_service | long_term | Long Term Nursing Care | care_home | progressed | 2024-03-30 00:00 | 2024-04-02 00:00 |
    s2 | asc_service | long_term | Home Support | home | progressed | 2024-04-01 00:00 | 2024-04-14 00:00 |
    s3 | asc_service | short_term | Equipment | home | progressed | 2024-04-01 00:00 | 2024-04-14 00:00 |
    s4 | asc_service | other | Meals | home | progressed | 2024-04-01 00:00 | 2024-04-14 00:00 |
    s5 | asc_service | long_term | Home Support | home | progressed | 2024-04-01 00:00 | 2024-04-14 00:00 |
    """,  # noqa: E501
    EVENT,
)
SPELLS = drawn(
    """
    spell_id | first_event_id | is_open
    S1 | i1 | false
    S2 | i3 | false
    S3 | i4 | true
    S4 | i5 | false
    """,
    SPELL_DRAFT,
)
MEMBERS = drawn(
    """
    event_id | spell_id | kind
    i1 | S1 | episode
    i2 | S1 | episode
    w1 | S1 | ward_stay
    i3 | S2 | episode
    i4 | S3 | episode
    i5 | S4 | episode
    """,
    SPELL_MEMBER,
)
BED_DAYS = drawn(
    """
    spell_id | from_date | to_date
    S1 | 2024-03-30 | 2024-04-05
    S2 | 2024-05-01 | 2024-05-03
    S3 | 2024-05-01 | 2024-05-11
    """,
    BED_DAY,
)
SERVICES = drawn(
    """
    event_id | unit_cost | cost_frequency_unit_type | planned_units_per_week
    s2 | 20.50 | Hourly   | 7
    s3 | 33.33 | One-off  |
    s5 | 20.50 | Hourly   |
    """,
    table("detail_cld_event"),
)


def costs(unit_costs: pl.LazyFrame | None = None) -> pl.LazyFrame:
    return event_cost(
        EVENTS,
        SPELLS,
        MEMBERS,
        BED_DAYS,
        default_unit_costs() if unit_costs is None else unit_costs,
        SERVICES,
        rate_version="test",
    )


def test_every_costed_level_is_costed_once_and_by_the_first_way_that_is_known():
    expected = drawn(
        """
        event_id | amount | method | price_base | rate_version
        g1 | 45.00   | unit_cost | 2024/25 | test
        g2 | 51.00   | missed_appointment | 2024/25 | test
        g4 | 51.00   | unit_cost | 2024/25 | test
        i1 | 150.15  | supplied  | 2023/24 |
        i3 | 790.00  | unit_cost | 2022/23 | test
        i4 | 3950.00 | open_bed_day | 2022/23 | test
        i5 |         |           |         |
        o1 | 0.00    | supplied  | 2024/25 |
        o2 | 90.00   | missed_appointment | 2024/25 |
        o3 |         |           |         |
        s1 | 690.64  | unit_cost | 2024/25 | test
        s2 | 287.00  | planned_units | 2024/25 |
        s3 | 33.33   | planned_units | 2024/25 |
        s4 |         |           |         |
        s5 | 863.80  | unit_cost | 2024/25 | test
        """,
        EVENT_COST,
    )

    assert_frame_equal(costs().collect(), expected.collect())


def test_a_local_file_of_unit_costs_replaces_ours():
    local = drawn(
        """
        event_family | unit | amount
        outpatient | event | 120.00
        """,
        amount=pl.Decimal(16, 2),
    )
    found = dict(costs(local).select("event_id", "amount").collect().iter_rows())

    assert found["o3"] == Decimal("120.00")
    assert found["g1"] is None
    assert found["i4"] is None  # an open stay without a rate is not known, whatever was supplied


def test_the_most_specific_unit_cost_wins():
    local = drawn(
        """
        event_family | event_type | event_subtype | setting | unit | amount
        gp_appointment |        |    |    | event | 1.00
        gp_appointment |        |    | gp | event | 2.00
        gp_appointment | remote |    |    | event | 3.00
        gp_appointment |        | gp |    | event | 4.00
        gp_appointment | video  | gp | gp | event | 5.00
        """,
        UNIT_COST,
    )
    found = dict(costs(local).select("event_id", "amount").collect().iter_rows())

    assert found["g1"] == Decimal("4.00")
    assert found["g4"] == Decimal("2.00")


def test_the_share_of_missing_cost_is_known_by_family():
    found = cost_coverage(costs(), EVENTS)

    assert_frame_equal(
        found.collect(),
        drawn(
            """
            event_family | n_costed | n_missing | share_missing
            asc_service | 5 | 1 | 0.2
            gp_appointment | 2 | 0 | 0
            inpatient | 4 | 1 | 0.25
            outpatient | 2 | 1 | 0.5
            """,
            n_costed=pl.Int64(),
            n_missing=pl.Int64(),
            share_missing=pl.Float64(),
        ).collect(),
    )


def test_default_unit_costs_all_name_their_source():
    defaults = default_unit_costs().collect()

    assert defaults["source"].null_count() == 0
    assert defaults["price_base"].null_count() == 0
    assert defaults.select(UNIT_COST.key).is_unique().all()
