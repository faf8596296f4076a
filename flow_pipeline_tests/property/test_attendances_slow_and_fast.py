"""The fast re-attendances against the slow, obvious ones, on random histories."""

import dataclasses
import datetime as dt

from hypothesis import given, settings
from hypothesis import strategies as st

from flow_pipeline_tests.unit.journeys import slow_attendances as slow
from flow_pipeline_tests.unit.journeys.histories import HOME, history
from flow_pipeline_tests.unit.journeys.slow_stays import When

HEAD = "id|person|org|site|arrival|arrived|departure|departed|goes|category"
# beside clock changes, and where the data ends
DAYS = [dt.date(2024, 6, 1), dt.date(2024, 10, 26), dt.date(2025, 3, 29)]
TIMES = st.sampled_from([None, dt.time(0, 30), dt.time(1, 10), dt.time(1, 50), dt.time(9)])


@st.composite
def visits(draw: st.DrawFn) -> slow.Visit:
    """With and without departure and times, backwards, planned, of two departments."""
    day = draw(st.sampled_from(DAYS)) + dt.timedelta(days=draw(st.integers(0, 8)))
    stayed = draw(st.sampled_from([None, None, 0, 0, 1, -1]))
    org, site = draw(st.sampled_from([("RXA", "SA"), ("RXA", None), ("RXB", "SB")]))
    return slow.Visit(
        id="",
        org=org,
        site=site,
        came=When(day, draw(TIMES)),
        left=None if stayed is None else When(day + dt.timedelta(days=stayed), draw(TIMES)),
        category=draw(st.sampled_from(["1", "1", "2", "4", "X"])),
    )


def drawn(rows: list[slow.Visit], goes: str = HOME) -> str:
    """The table of the attendances."""
    lines = []
    for row in rows:
        left = (row.left.date, row.left.time) if row.left else (None, None)
        came = (row.came.date, row.came.time)
        cells = [row.id, "p", row.org, row.site, *came, *left, goes, row.category]
        lines.append("|".join("" if cell is None else str(cell) for cell in cells))
    return "\n".join([HEAD, *lines])


def numbered(rows: list[slow.Visit]) -> list[slow.Visit]:
    return [dataclasses.replace(row, id=f"v{number}") for number, row in enumerate(rows)]


@settings(deadline=None, max_examples=30)
@given(rows=st.lists(visits(), min_size=1, max_size=7))
def test_reattendances_agree(rows: list[slow.Visit]) -> None:
    rows = numbered(rows)
    flags = history(ecds_attendance=drawn(rows)).failure_demand
    for measure, same in (
        ("fd_ed_reattend_7d", False),
        ("fd_ed_reattend_7d_same_department", True),
    ):
        found = flags.filter(measure=measure).select("event_id", "source_event_id")
        assert dict(found.rows()) == slow.reattendances(rows, same_department=same), measure
