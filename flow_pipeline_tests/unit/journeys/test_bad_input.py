"""Rows that no history should hold: none crashes, none is lost without being counted."""

import datetime as dt
import time

import polars as pl
import pytest

from flow_pipeline.journeys import linked_rows, make_events, make_journeys, person_buckets
from flow_pipeline.tables.journeys import EVENT, EVENT_CLOCK
from flow_pipeline.tables.publish import ORGANISATION
from flow_pipeline_tests.unit.journeys.histories import (
    NO_DEATHS,
    NO_STAYS,
    PARAMETERS,
    core,
    drawn_events,
    event_table,
    history,
    journeys_of,
    links,
)

STAY = "id|person|org|spell|n|admitted|start|end|left|how|to|method|from|class"
VISIT = "id|person|org|booked|due|status"


def test_a_stay_that_ends_before_it_starts_is_kept_and_flagged() -> None:
    made = history(
        apc_episode=f"""{STAY}
a|p|RXA|S1|1|2024-06-03|2024-06-03|2024-05-01|2024-05-01|1|19|21|19|1
b|p|RXA|S2|1|2024-07-03|2024-07-03|2024-07-05|2024-07-05|1|19|11|19|1"""
    )
    assert dict(made.event.select("event_id", "dq_flags").rows()) == {
        "a": ["end_before_start"],
        "b": [],
    }
    assert made.spell.sort("admitted_at")["nights"].to_list() == [0, 2]
    assert made.journey["care_days"].sum() == 2


def test_a_person_without_any_date_is_counted_as_left_out() -> None:
    made = history(gp_appointment=f"{VISIT}\na|p|G1|||attended\nb|p|G1|||attended")
    assert made.event.is_empty()
    assert made.journey.is_empty()
    assert made.step.is_empty()
    dropped = made.events.event_dropped.collect()
    assert dropped.select("rule", "n_rows").rows() == [("no_start", 2)]


def test_events_all_at_one_instant_are_one_journey_in_an_order_of_its_own() -> None:
    rows = [f"e{n}|gp_appointment|G{n}|gp||2024-05-01 09:00" for n in range(9)]
    head = "id|family|org|sector|team|start"
    one = journeys_of(drawn_events("\n".join([head, *rows])))
    two = journeys_of(drawn_events("\n".join([head, *reversed(rows)])))
    steps = one.journey_step.collect()
    assert steps.equals(two.journey_step.collect())
    assert steps["event_id"].to_list() == [f"e{n}" for n in range(9)]
    assert not steps["is_concurrent"].any()
    assert one.journey_draft.collect().row(0, named=True)["care_days"] == 0


def test_a_family_without_any_end_stays_open_and_says_so() -> None:
    rows = "\n".join(
        f"a{n}|p{n}|RXA|S{n}|1|2024-06-0{n}|2024-06-0{n}|||||21|19|1" for n in range(1, 6)
    )
    made = history(apc_episode=f"{STAY}\n{rows}")
    assert made.event["end_status"].to_list() == ["open"] * 5
    assert made.spell["is_open"].all()
    assert made.spell["nights"].null_count() == 5
    assert made.journey["end_reason"].to_list() == ["open"] * 5
    assert made.delay.filter(pl.col("measure") == "discharge_delay").is_empty()


def test_unknown_codes_link_nothing_and_lose_nothing() -> None:
    made = history(
        apc_episode=f"""{STAY}
a|p|RXA|S1|1|2024-06-03|2024-06-03|2024-06-05|2024-06-05|Q|QQ|QQ|QQ|Q
b|p|RXB|S2|1|2024-06-05|2024-06-05|2024-06-07|2024-06-07|Q|QQ|QQ|QQ|Q""",
        gp_appointment=f"{VISIT}\nc|p|G1||2024-06-06 09:00|never_heard_of",
    )
    assert made.grouped("continuous_spell_id") == ["a", "b"]
    assert made.grouped("journey_id") == ["a,b,c"]
    assert made.event.filter(event_id="c")["outcome_class"].to_list() == ["unknown"]
    assert made.step["event_id"].to_list() == ["a", "b"]


def test_a_row_of_a_kind_that_nobody_knows_is_counted_as_no_event() -> None:
    rows = [f"q{n}|p|999|{kind}|2024-05-0{n}|" for n, kind in enumerate(KINDS, start=1)]
    made = history(cld_event="\n".join(["id|person|org|kind|began|ended", *rows]))
    assert made.event["event_id"].to_list() == ["q1", "q3"]
    dropped = made.events.event_dropped.collect()
    assert dropped.select("contract", "event_family", "rule", "n_rows").rows() == [
        ("cld_event", "unknown", "no_such_kind", 2)
    ]


KINDS = ("Request", "Wish", "Review", "")


@pytest.mark.parametrize(
    ("code", "outcome", "steps"), [("5", "attended", 1), ("", "attended", 1), ("Q", "unknown", 0)]
)
def test_a_contact_of_an_unknown_code_is_not_known_to_have_taken_place(code, outcome, steps):
    head = "id|person|org|ref|contact|attended|team"
    made = history(csds_care_contact=f"{head}\nc1|p|RYC|R1|2024-05-01|{code}|T")
    assert made.event["outcome_class"].to_list() == [outcome]
    assert made.step.height == steps


def test_an_event_delivered_for_two_persons_is_one_event_and_counted() -> None:
    """Also where the persons are in different buckets: judged over everybody first."""
    twice = {
        "gp_appointment": core(
            "gp_appointment",
            f"{VISIT}|record_key\na|p|G1||2024-06-06 09:00|attended|k1\n"
            "a|q|G1||2024-06-06 09:00|attended|k2",
        )
    }
    made = make_events(linked_rows(twice, links(twice)), ORGANISATION.empty(), PARAMETERS)
    assert made.event.select("event_id", "person_id").collect().rows() == [("a", "p")]
    assert made.event_clock.collect().is_unique().all()
    assert made.event_dropped.collect()["rule"].to_list() == ["repeated_id"]


def test_buckets_keep_persons_whole_and_grow_with_the_largest_person() -> None:
    counts = {"a": 1, "b": 9, "c": 1, "d": 1, "e": 1}
    linkage = pl.LazyFrame({"person_id": list(counts), "n_records": list(counts.values())})
    found = person_buckets(linkage, 3).collect()
    assert found["bucket"].to_list() == [0, 0, 1, 1, 2]
    assert found["person_number"].to_list() == [0, 1, 0, 1, 0]
    assert person_buckets(linkage, 100).collect()["bucket"].unique().to_list() == [0]


@pytest.mark.parametrize("n_events", [100_000])
def test_very_many_events_of_one_person_take_no_more_than_those_of_many(n_events: int) -> None:
    """Everything looks back in steps that do not grow with the person."""
    start = dt.datetime(2024, 4, 1)
    template = event_table(
        [{"event_id": "e", "person_id": "p", "event_family": "emergency", "sector": "acute",
          "organisation_code": "RXA", "start": "2024-04-01 09:00"}]
    )  # fmt: skip
    number = pl.int_range(n_events)
    at = pl.lit(start) + pl.duration(minutes=number * 3 % 500_000)
    until = at + pl.duration(minutes=number % 600)
    many = template.select(pl.all().repeat_by(n_events).explode()).with_columns(
        pl.format("e{}", number).alias("event_id"),
        pl.format("R{}", number % 7).alias("organisation_code"),
        *(pl.lit(start).alias(c) for c in ("start_at", "start_at_utc")),
    )
    many = many.with_columns(
        *(at.alias(f"start_{p}") for p in ("at", "at_utc")),
        *(until.alias(f"{e}_{p}") for e in ("end", "counted_end") for p in ("at", "at_utc")),
        *(pl.lit("minute").alias(f"{e}_precision") for e in ("start", "end", "counted_end")),
    )  # fmt: skip
    took = {}
    for name, person in {"one": pl.lit("p"), "many": pl.format("p{}", number % 5_000)}.items():
        events = EVENT.conform(many.with_columns(person.alias("person_id"))).collect().lazy()
        began = time.perf_counter()
        made = make_journeys(events, EVENT_CLOCK.empty(), NO_STAYS, NO_DEATHS, PARAMETERS)
        assert made.journey_member.collect().height == n_events
        assert made.journey_step.collect().height > n_events / 2
        took[name] = time.perf_counter() - began
    assert took["one"] < 4 * took["many"] + 1


def test_very_many_attendances_of_one_person_are_not_paired_with_all_their_stays() -> None:
    day = [f"{dt.date(2015, 1, 1) + dt.timedelta(days=n)}" for n in range(3_000)]
    visits = "\n".join(f"e{n}|p|RXA|{d}|08:00:00|{d}|10:00:00|306706006" for n, d in enumerate(day))
    stays = "\n".join(f"a{n}|p|RXA|S{n}|1|{d}|{d}|{d}|{d}|1|19|21|19|1" for n, d in enumerate(day))
    made = history(
        ecds_attendance=f"id|person|org|arrival|arrived|departure|departed|goes\n{visits}",
        apc_episode=f"{STAY}\n{stays}",
    )
    led = made.spell.select("first_event_id", "emergency_event_id").rows()
    assert len(led) == 3_000
    assert all(stay[1:] == visit[1:] for stay, visit in led)
