"""The fast journeys against the slow, obvious ones, on random histories."""

import datetime as dt
import random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flow_pipeline.calendar import to_utc
from flow_pipeline.journeys import Journeys, make_journeys
from flow_pipeline.tables.journeys import EVENT_CLOCK
from flow_pipeline_tests.unit.journeys import slow_journeys as slow
from flow_pipeline_tests.unit.journeys.histories import (
    NO_DEATHS,
    NO_STAYS,
    PARAMETERS,
    event_table,
    journeys_of,
)

DAYS = [dt.date(2024, 3, 28), dt.date(2024, 10, 24)]  # both reach over a clock change
TIMES = ["", " 00:00", " 00:30", " 02:10", " 09:00", " 09:01", " 23:59"]
UNITS = [  # with codes missing
    ("emergency", "RXA", "acute", None),
    ("ward_stay", "RXA", "acute", "W1"),
    ("ward_stay", "RXA", "acute", "W2"),
    ("outpatient", "RXB", "acute", None),
    ("community_referral", "RYC", "community", "T"),
    ("community_contact", "RYC", "community", "T"),
    ("community_contact", "RYC", None, "U"),
    ("gp_appointment", "G1", "gp", None),
    ("gp_appointment", None, "gp", None),
    ("community_contact", None, None, "T"),
    ("asc_request", "999", "council", None),
    ("asc_assessment", "999", "council", None),
]
moments = st.tuples(
    st.sampled_from(DAYS), st.integers(0, 4) | st.integers(0, 75), st.sampled_from(TIMES)
)


@st.composite
def events(draw: st.DrawFn) -> dict[str, str | None]:
    family, organisation, sector, team = draw(st.sampled_from(UNITS))
    base, offset, time = draw(moments)
    start = f"{base + dt.timedelta(days=offset)}{time}"
    end = None
    if family in ("emergency", "ward_stay"):
        longer = draw(st.integers(0, 40))
        last = f"{base + dt.timedelta(days=offset + longer)}{draw(st.sampled_from(TIMES))}"
        end = start if longer == 0 else last
    return {
        "person_id": draw(st.sampled_from("pq")),
        "event_family": family,
        "organisation_code": organisation,
        "sector": sector,
        "team_code": team,
        "start": start,
        "end": end,
        "outcome_class": draw(st.sampled_from([None, None, None, "dna"])),
        "event_type": draw(st.sampled_from(["first", "follow_up"])),
    }


def _numbered(rows: list[dict[str, str | None]]) -> list[dict[str, str | None]]:
    return [{**row, "event_id": f"e{n:02}"} for n, row in enumerate(rows)]


@settings(deadline=None, max_examples=60)
@given(st.lists(events(), min_size=1, max_size=14))
def test_fast_and_slow_agree(rows: list[dict[str, str | None]]) -> None:
    event = event_table(_numbered(rows))
    made = journeys_of(event)
    ids = pl.col("event_id").sort()
    fast = made.journey_member.group_by("journey_id").agg(ids).collect()
    by_person: dict[str, list[dict[str, object]]] = {}
    for row in event.collect().rows(named=True):
        by_person.setdefault(row["person_id"], []).append(row)
    expected = [
        chain
        for person in by_person.values()
        for chain in slow.journeys(person, PARAMETERS.gap_days)
    ]
    groups = [sorted(str(r["event_id"]) for r in chain) for chain in expected]
    assert sorted(fast["event_id"].to_list()) == sorted(groups)
    assert _walks(made.journey_step.collect()) == sorted(
        [_walk_of(chain) for chain in expected if slow.steps(chain)]
    )


def _walk_of(chain: list[dict[str, object]]) -> list[tuple[object, ...]]:
    ordered = slow.steps(chain)
    named = {p.event_id: p for p in ordered}
    return [
        (
            step.event_id,
            str(step.before and named[step.before].organisation),
            str(step.before and named[step.before].team),
            step.is_concurrent,
            str(step.wait_minutes),
            str(step.handoff_type),
        )
        for step in slow.walk(ordered)
    ]


def _walks(steps: pl.DataFrame) -> list[list[tuple[object, ...]]]:
    names = ("from_organisation_code", "from_team_code", "wait_minutes", "handoff_type")
    walks: dict[str, list[tuple[object, ...]]] = {}
    for row in steps.sort("journey_id", "step_number").rows(named=True):
        before, team, wait, kind = (str(row[n]) for n in names)
        step = (row["event_id"], before, team, row["is_concurrent"], wait, kind)
        walks.setdefault(row["journey_id"], []).append(step)
    return sorted(walks.values())


@st.composite
def waited_for(draw: st.DrawFn) -> tuple[list[dict[str, str | None]], pl.DataFrame]:
    """Events, some led to by others, and recorded clocks of some."""
    rows = _numbered(draw(st.lists(events(), min_size=1, max_size=12)))
    clocks = []
    for row in rows:
        kin = [r["event_id"] for r in rows if r["person_id"] == row["person_id"]]
        row["parent_event_id"] = draw(
            st.sampled_from([None, *(k for k in kin if k != row["event_id"])])
        )
        for name in draw(st.lists(st.sampled_from(["received", "booked"]), unique=True)):
            time, days = draw(st.sampled_from(TIMES)), draw(st.integers(-1, 20))  # before it
            day = dt.date.fromisoformat(str(row["start"])[:10]) - dt.timedelta(days=days)
            at = dt.datetime.fromisoformat(f"{day}{time}")
            clocks.append((row["event_id"], name, at, "minute" if time else "date"))
    frame = pl.DataFrame(
        clocks,
        schema={
            "event_id": pl.String,
            "clock": pl.String,
            "at": pl.Datetime("us"),
            "precision": pl.String,
        },
        orient="row",
    )
    return rows, frame.with_columns(to_utc(pl.col("at")).alias("at_utc"))


@settings(deadline=None, max_examples=80)
@given(waited_for())
def test_waits_and_accounts_agree(drawn: tuple[list[dict[str, str | None]], pl.DataFrame]) -> None:
    rows, clock = drawn
    event = event_table(rows)
    made = make_journeys(event, EVENT_CLOCK.shaped(clock.lazy()), NO_STAYS, NO_DEATHS, PARAMETERS)
    clocks = {
        (r["event_id"], r["clock"]): slow.Moment(r["at"], r["at_utc"], r["precision"])
        for r in clock.rows(named=True)
    }
    everything = event.collect().rows(named=True)
    bases, accounts = {}, {}
    for person in "pq":
        own = [r for r in everything if r["person_id"] == person]
        for chain in slow.journeys(own, PARAMETERS.gap_days):
            told = slow.steps_and_events(chain)
            for number, (step, events_of) in enumerate(told):
                known = slow.clocked(step, events_of, own, clocks)
                bases[step.event_id] = (known[0] if known else "gap") if number else None
            accounts[min(str(r["event_id"]) for r in chain)] = slow.account(chain, own, clocks)
    assert dict(made.journey_step.collect().select("event_id", "wait_basis").rows()) == bases
    parts = ("care_days", "total_wait_days", "longest_wait_days", "unattributed_days")
    names = made.journey_member.group_by("journey_id").agg(pl.col("event_id").min()).collect()
    told = made.journey_draft.collect().join(names, on="journey_id")
    fast = {name: row for name, *row in told.select("event_id", *parts).rows()}
    assert fast.keys() == accounts.keys()
    for name, row in fast.items():
        one = accounts[name]
        assert row == pytest.approx([one.care, one.wait, one.longest, one.rest], abs=1e-5), name
    assert _clocked_days(made) == pytest.approx(sum(one.wait for one in accounts.values()), abs=0.1)


def _clocked_days(made: Journeys) -> float:
    """Recorded waiting of all steps, each in whole minutes."""
    waits = made.journey_step.collect().select("wait_basis", "clock_wait_minutes")
    told = waits.filter(pl.col("clock_wait_minutes").is_not_null())
    assert told.height == waits.filter(pl.col("wait_basis") != "gap").height
    return float(told["clock_wait_minutes"].sum()) / 1440


@settings(deadline=None, max_examples=30)
@given(st.lists(events(), min_size=1, max_size=14), st.randoms(use_true_random=False))
def test_what_always_holds(rows: list[dict[str, str | None]], chance: random.Random) -> None:
    numbered = _numbered(rows)
    made = journeys_of(event_table(numbered))
    journey = made.journey_draft.collect()
    assert sorted(made.journey_member.collect()["event_id"].to_list()) == [
        str(row["event_id"]) for row in numbered
    ]
    counts = journey.select("n_handoffs", "n_organisation_handoffs", "n_sector_handoffs")
    assert all(a >= b >= c for a, b, c in counts.rows())
    _whole(journey)
    shuffled = chance.sample(numbered, len(numbered))
    other = {**numbered[0], "event_id": "z", "person_id": "z"}
    again = journeys_of(event_table([other, *shuffled]))
    kept = again.journey_draft.collect().filter(pl.col("person_id") != "z")
    assert kept.equals(journey)
    ids = journey["journey_id"].to_list()
    steps = again.journey_step.collect().filter(pl.col("journey_id").is_in(ids))
    assert steps.equals(made.journey_step.collect())


def _whole(journey: pl.DataFrame) -> None:
    """Care, recorded waits and the rest make the journey: no part is negative, none is left."""
    parts = ("care_days", "total_wait_days", "unattributed_days")
    for row in journey.rows(named=True):
        total = sum(row[p] for p in parts)
        length = (row["end_at"] - row["start_at"]).total_seconds() / 86_400
        assert all(row[p] >= 0 for p in parts)
        assert abs(total - length) <= 1 / 24 + 1e-5  # an hour where a clock change lies between
