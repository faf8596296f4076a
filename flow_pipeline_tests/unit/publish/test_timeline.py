# ruff: noqa: E501  (drawn tables are wide)
"""A journey as a timeline: every line says who, when, what wait and why, and no identifier."""

from dataclasses import asdict

import polars as pl
import pytest

from flow_pipeline.errors import ConfigurationError
from flow_pipeline.publish.timeline import COLUMNS, journey_timeline
from flow_pipeline.tables import all_tables
from flow_pipeline_tests.drawn import drawn

_TABLES = {
    "journey": """
journey_id | person_id | anchor_type         | n_events | n_steps | end_reason
JJJJ       | PPPP      | unplanned_admission | 8        | 6       | gap
""",
    "care_event": """
event_id | person_id | journey_id | event_family       | event_type | sector    | organisation_code | team_code | start_at         | end_at           | start_precision | end_precision | is_open
EEE1     | PPPP      | JJJJ       | emergency          | 01         | acute     | RXA               |           | 2024-05-01 10:00 | 2024-05-01 14:00 | minute          | minute        | false
EEE2     | PPPP      | JJJJ       | inpatient          | emergency  | acute     | RXA               |           | 2024-05-01 14:00 | 2024-05-05 12:00 | minute          | minute        | false
EEE3     | PPPP      | JJJJ       | ward_stay          | base       | acute     | RXA               | Ward 9    | 2024-05-01 14:00 | 2024-05-05 12:00 | minute          | minute        | false
EEE4     | PPPP      | JJJJ       | community_referral | nursing    | community | RYC               | T         | 2024-05-04 00:00 | 2024-09-01 00:00 | date            | date          | false
EEE5     | PPPP      | JJJJ       | community_contact  | home       | community | RYC               | T         | 2024-06-04 00:00 | 2024-06-04 00:00 | date            | date          | false
EEE6     | PPPP      | JJJJ       | community_contact  | home       | community | RYC               | T         | 2024-06-05 00:00 | 2024-06-05 00:00 | date            | date          | false
EEE7     | PPPP      | JJJJ       | community_contact  | home       | community | RYC               | T         | 2024-06-08 00:00 | 2024-06-08 00:00 | date            | date          | false
EEE8     | PPPP      | JJJJ       | asc_service        | st_max     | council   | 999               |           | 2024-06-20 00:00 |                  | date            |               | true
""",
    "event": """
event_id | role     | is_bridging | counted_end_at
EEE1     | interval | true        | 2024-05-01 14:00
EEE2     | interval | true        | 2024-05-05 12:00
EEE3     | interval | true        | 2024-05-05 12:00
EEE4     | context  | true        | 2024-09-01 00:00
EEE5     | point    | true        | 2024-06-04 00:00
EEE6     | point    | true        | 2024-06-05 00:00
EEE7     | point    | false       | 2024-06-08 00:00
EEE8     | interval | true        | 2025-03-31 00:00
""",
    "journey_step": """
journey_id | step_number | event_id | wait_minutes | wait_basis | clock_wait_minutes | is_concurrent | handoff_type
JJJJ       | 1           | EEE1     |              |            |                    | false         |
JJJJ       | 2           | EEE3     | 0            | decision   | 0                  | false         | unknown
JJJJ       | 3           | EEE4     | 0            | gap        |                    | true          | sector
JJJJ       | 4           | EEE5     | 43200        | referral   | 1440               | false         |
JJJJ       | 5           | EEE8     | 21600        | gap        |                    | false         | sector
""",
    "delay": """
measure                   | person_id | journey_id | from_event_id | start_at         | minutes | end_kind
referral_to_first_contact | PPPP      | JJJJ       | EEE4          | 2024-05-04 00:00 | 44640   | event
ready_to_home_support     | PPPP      | JJJJ       | EEE2          | 2024-05-03 00:00 |         |
""",
    "failure_demand": """
measure              | person_id | journey_id | event_id | source_event_id | source_organisation_code | source_sector | source_basis
fd_dna               | PPPP      | JJJJ       | EEE7     | EEE7            | RYC                      | community     | booking_service
fd_ppa               | PPPP      | JJJJ       | EEE2     |                 |                          |               |
""",
}  # fmt: skip


class _Drawn:
    def scan(self, name: str) -> pl.LazyFrame:
        table = all_tables()[name]
        return drawn(_TABLES[name], table) if name in _TABLES else table.empty()


def _timeline() -> list[dict[str, object]]:
    [section] = [s for s in journey_timeline(_Drawn(), "JJJJ", 30) if s.title == "Timeline"]
    assert section.columns == COLUMNS
    return [dict(zip(COLUMNS, row, strict=True)) for row in section.rows]


def test_events_stand_in_order_with_the_number_of_their_step():
    steps = [line["Step"] for line in _timeline()]
    assert steps == [1, None, 2, 3, 4, None, None, 5]


def test_each_line_says_when_and_who():
    lines = _timeline()
    assert lines[0]["When"] == "2024-05-01 10:00 – 14:00"
    assert lines[2]["Who"] == "acute RXA Ward 9"
    assert lines[4]["When"] == "2024-06-04"
    assert lines[7]["When"] == "2024-06-20 – still going on"


def test_waits_are_told_with_their_clock_and_a_gap_is_no_clock():
    waits = [line["Waited"] for line in _timeline() if line["Step"]]
    assert waits == [
        "",
        "0 minutes after the step before; waited for 0 minutes (decision)",
        "at the same time",
        "30.0 days after the step before; waited for 1.0 days (referral)",
        "15.0 days after the step before",
    ]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (0, "first event of the journey"),
        (1, "part of a stay that another line tells"),
        (2, "begins by the day on which all before it had ended"),
        (3, "counts by its start alone"),
        (4, "begins 30 days after the end of all before it (at most 30)"),
        (5, "begins 1 day after the end of all before it (at most 30); goes on with the step"),
        (6, "did not take place or is administrative"),
    ],
)
def test_each_line_says_why_the_event_belongs(line, why):
    assert why in str(_timeline()[line]["Why it belongs"])


def test_waits_and_flags_are_told_with_unknown_sources():
    sections = {s.title: s.rows for s in journey_timeline(_Drawn(), "JJJJ", 30)}
    assert sections["Measured waits"] == (
        ("ready to home support", "2024-05-03", "", "no wait"),
        ("referral to first contact", "2024-05-04", "31.0 days", "event"),
    )
    [flags] = [rows for title, rows in sections.items() if title.startswith("Failure demand")]
    assert flags == (
        ("fd_dna", 1, "community RYC", "booking_service"),
        ("fd_ppa", 1, "unknown", ""),
    )


def test_no_identifier_is_told():
    told = str([asdict(section) for section in journey_timeline(_Drawn(), "JJJJ", 30)])
    assert not any(text in told for text in ("JJJJ", "PPPP", "EEE"))


def test_an_id_that_is_none_is_an_error_of_usage():
    with pytest.raises(ConfigurationError, match="journey"):
        journey_timeline(_Drawn(), "none", 30)
