"""A service that was open and is missing from the council's next list has ended."""

import polars as pl

from flow_pipeline.journeys import linked_rows, listed_until, make_events
from flow_pipeline.tables.ingest import MANIFEST, SUBMISSION
from flow_pipeline.tables.publish import ORGANISATION
from flow_pipeline_tests.drawn import drawn
from flow_pipeline_tests.unit.journeys.histories import PARAMETERS, core, links

_SUBMISSIONS = """
submission_id | source    | organisation_code | period_stated_end | period_derived_end | supersedes
q1            | cld_event | 999               | 2023-06-30        | 2023-06-30         |
q2            | cld_event | 999               | 2023-12-31        | 2023-09-30         |
again         | cld_event | 999               |                   | 2023-12-31         | mistaken
mistaken      | cld_event | 999               |                   | 2024-03-31         |
other         | cld_event | 888               |                   | 2023-06-30         |
hospital      | op_rxa    | 999               |                   | 2024-03-31         |
"""

_SERVICES = """
person | id | org | submission_id | kind    | service                      | began      | ended
p1     | a  | 999 | q1            | Service | Long Term Support: Community | 2023-05-01 |
p1     | b  | 999 | q2            | Service | Long Term Support: Community | 2023-05-01 |
p1     | c  | 999 | again         | Service | Long Term Support: Community | 2023-05-01 |
p1     | d  | 999 | q1            | Service | Short Term Support: ST-Max   | 2023-05-01 | 2023-06-01
p1     | e  | 888 | other         | Service | Long Term Support: Community | 2023-05-01 |
p1     | f  | 999 | q1            | Service | Long Term Support: Prison    | 2023-08-01 |
"""


def _events(services: str = _SERVICES) -> dict[str, tuple[str, str, bool]]:
    """Of each event its end, how that is known, and whether it is open."""
    cores = {"cld_event": core("cld_event", services)}
    listed = listed_until(cores, drawn(_SUBMISSIONS, SUBMISSION))
    made = make_events(
        linked_rows(cores, links(cores)), ORGANISATION.empty(), PARAMETERS, listed=listed
    )
    rows = made.event.select(
        "event_id", pl.col("end_at").dt.date().cast(pl.String), "end_status", "is_open"
    )
    return {name: rest for name, *rest in rows.collect().rows()}  # type: ignore[misc]


def test_submissions_followed_by_a_later_period_of_the_same_sender():
    cores = {"cld_event": core("cld_event", _SERVICES)}
    found = listed_until(cores, drawn(_SUBMISSIONS, SUBMISSION)).sort("submission_id").collect()
    told = [(row[1], str(row[2])) for row in found.rows()]
    assert told == [("q1", "2023-06-30"), ("q2", "2023-09-30")]


def test_a_delta_ends_nothing():
    cores = {"cld_event": core("cld_event", _SERVICES)}
    manifest = drawn("submission_id | submission_type\nagain | delta\nq2 | full", MANIFEST)
    found = listed_until(cores, drawn(_SUBMISSIONS, SUBMISSION), manifest).collect()
    assert [(row[1], str(row[2])) for row in found.rows()] == [("q1", "2023-06-30")]


def test_an_open_service_not_listed_again_ends_with_the_last_period_that_lists_it():
    assert _events() == {
        "a": ["2023-06-30", "imputed_period_end", False],
        "b": ["2023-09-30", "imputed_period_end", False],
        "c": [None, "open", True],
        "d": ["2023-06-01", "recorded", False],
        "e": [None, "open", True],
        "f": ["2023-08-01", "imputed_period_end", False],  # never before it began
    }


def test_without_submissions_nothing_is_taken_to_have_ended():
    cores = {"cld_event": core("cld_event", _SERVICES)}
    made = make_events(linked_rows(cores, links(cores)), ORGANISATION.empty(), PARAMETERS)
    assert set(made.event.collect()["end_status"]) == {"open", "recorded"}


def test_contracts_that_do_not_list_again_have_no_such_submissions():
    rows = {
        "gp_appointment": core("gp_appointment", "person | id | due\np1 | a | 2023-05-01 10:00")
    }
    assert listed_until(rows, drawn(_SUBMISSIONS, SUBMISSION)).collect().is_empty()
