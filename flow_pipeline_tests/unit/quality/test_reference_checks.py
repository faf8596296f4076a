"""Reference files fit the records they are used for."""

import datetime as dt

import pytest

from flow_pipeline.quality.reference_checks import organisation_results, reference_age_results
from flow_pipeline.tables import table
from flow_pipeline_tests.drawn import drawn

DIRECTORY = drawn(
    """
    organisation_code | valid_from | valid_to   | successor_code
    RXA               | 2001-04-01 |            |
    RXB               | 2001-04-01 | 2023-06-30 | RXA
    RXC               |            |            |
    """,
    table("organisation"),
)


@pytest.mark.parametrize(
    ("organisation", "start", "n_rows", "n_failed"),
    [
        ("RXA", "2024-05-01 10:00", 1, 0),
        ("RXA", "2001-03-31 23:59", 1, 1),
        ("RXB", "2023-06-30 23:59", 1, 0),
        ("RXB", "2023-07-01 00:00", 1, 1),
        ("RXC", "2024-05-01 10:00", 0, 0),  # the directory knows no date of it
        ("RXD", "2024-05-01 10:00", 0, 0),  # nor of this one anything
    ],
)
def test_an_event_is_where_something_is_open(organisation, start, n_rows, n_failed):
    text = f"event_id | organisation_code | start_at\nE1 | {organisation} | {start}"
    [found] = organisation_results(drawn(text, table("care_event")), DIRECTORY)
    assert (found.check_id, found.n_rows, found.n_failed) == (
        "V06 organisation_open_on_event_date",
        n_rows,
        n_failed,
    )


def test_a_reference_file_may_be_ninety_days_old():
    on = dt.date(2026, 3, 31)
    latest = {
        "postcodes": on - dt.timedelta(days=90),
        "organisations": on - dt.timedelta(days=91),
        "areas": on,
    }
    passed = {r.source: r.row()["passed"] for r in reference_age_results(latest, on)}
    assert passed == {"areas": True, "organisations": False, "postcodes": True}
