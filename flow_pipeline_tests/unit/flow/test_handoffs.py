from polars.testing import assert_frame_equal

from flow_pipeline.flow.handoffs import handoff_matrix
from flow_pipeline.tables.flow import HANDOFF_MATRIX
from flow_pipeline.tables.journeys import EVENT, JOURNEY_STEP
from flow_pipeline_tests.drawn import drawn

EVENTS = drawn(
    """
    event_id | start_at
    e1 | 2024-05-01 10:00
    e2 | 2024-05-31 23:59
    e3 | 2024-05-20 10:00
    e4 | 2024-06-01 00:00
    e5 | 2024-05-02 10:00
    e6 | 2024-05-03 10:00
    """,
    EVENT,
)
STEPS = drawn(
    """
    journey_id | step_number | event_id | from_sector | from_organisation_code | to_sector | to_organisation_code | wait_minutes | clock_wait_minutes | wait_basis | is_concurrent | handoff_type
    j1 | 2 | e1 | acute | RXA | community | RYA | 5000 | 100 | referral | false | sector
    j1 | 3 | e2 | acute | RXA | community | RYA | 5000 | 300 | referral | false | sector
    j2 | 2 | e3 | acute | RXA | community | RYA | 9999 | | gap     | false | sector
    j2 | 3 | e4 | acute | RXA | community | RYA | 9999 | | gap     | false | sector
    j3 | 2 | e5 | acute | RXA | community | RYA | 7 | 7 | referral | true | sector
    j3 | 3 | e6 | acute | RXA | acute     | RXA | 7 | 7 | referral | false |
    """,  # noqa: E501
    JOURNEY_STEP,
)


def test_handoffs_are_counted_by_month_and_only_recorded_clocks_are_waits():
    found = handoff_matrix(STEPS, EVENTS).select(
        "month", "n_handoffs", "n_waits", "median_wait_minutes", "p90_wait_minutes"
    )

    assert_frame_equal(
        found.collect(),
        drawn(
            """
            month | n_handoffs | n_waits | median_wait_minutes | p90_wait_minutes
            2024-05-01 | 3 | 2 | 200 | 280
            2024-06-01 | 1 | 0 |     |
            """,
            **{
                name: dtype
                for name, dtype in HANDOFF_MATRIX.schema().items()
                if name in found.collect_schema()
            },
        ).collect(),
    )


def test_the_matrix_does_not_depend_on_the_order_of_rows():
    assert_frame_equal(
        handoff_matrix(STEPS, EVENTS).collect(),
        handoff_matrix(STEPS.reverse(), EVENTS.reverse()).collect(),
    )
