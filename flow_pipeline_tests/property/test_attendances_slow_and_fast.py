"""Re-attendances and the stays attendances led to, the fast against the slow, obvious ones, on
random histories."""

import dataclasses
import datetime as dt

from hypothesis import given, settings
from hypothesis import strategies as st

from flow_pipeline_tests.unit.journeys import slow_attendances as slow
from flow_pipeline_tests.unit.journeys.histories import HOME, WARD, history
from flow_pipeline_tests.unit.journeys.slow_stays import When

STAY = (
    "id|person|org|site|spell|n|admitted|start_time_hospital_provider_spell|start|end|left|how"
    "|method|class"
)
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


@st.composite
def near_a_clock_change(draw: st.DrawFn) -> tuple[list[slow.Visit], list[slow.Stay]]:
    """Attendances that end in admission, and stays, on days that have 23 or 25 hours or lie next
    to them."""
    change = draw(st.sampled_from([dt.date(2024, 10, 27), dt.date(2025, 3, 30)]))
    time = st.none() | st.builds(dt.time, st.sampled_from([0, 1, 2, 12]), st.sampled_from([5, 50]))
    place = st.sampled_from([("RXA", "SA"), ("RXA", None), ("RXB", "SB"), ("RXC", "SA")])
    day = st.sampled_from([change + dt.timedelta(days=n) for n in (-1, 0, 0, 1)])
    moment = st.builds(When, day, time)
    rows = st.builds(slow.Visit, st.just(""), st.just(""), st.none(), moment, moment, st.just("1"))
    visits = numbered(draw(st.lists(rows, min_size=1, max_size=4)))
    visits = [dataclasses.replace(v, **_at(draw(place))) for v in visits]
    beds = draw(st.lists(st.tuples(place, moment), min_size=1, max_size=4))
    return visits, [slow.Stay(f"s{n}", *where, came) for n, (where, came) in enumerate(beds)]


def _at(place: tuple[str, str | None]) -> dict[str, str | None]:
    return dict(zip(("org", "site"), place, strict=True))


def _beds(stays: list[slow.Stay]) -> str:
    """The table of the stays, each over the next week."""
    lines = [STAY]
    for stay in stays:
        day, time = stay.came.date, stay.came.time or ""
        left = day + dt.timedelta(days=7)
        where = f"{stay.id}|p|{stay.org}|{stay.site or ''}|{stay.id}|1"
        lines.append(f"{where}|{day}|{time}|{day}|{left}|{left}|1|21|1")
    return "\n".join(lines)


@settings(deadline=None, max_examples=60)
@given(drawn_rows=near_a_clock_change())
def test_what_attendances_led_to_agrees(drawn_rows) -> None:
    visits, stays = drawn_rows
    made = history(ecds_attendance=drawn(visits, WARD), apc_episode=_beds(stays)).stays
    member = made.spell_member.collect()
    ids = dict(member.filter(kind="episode").select("event_id", "spell_id").rows())
    named = [dataclasses.replace(stay, id=ids[stay.id]) for stay in stays]
    found = member.filter(kind="emergency").select("event_id", "spell_id")
    assert dict(found.rows()) == slow.led_to(visits, named)
