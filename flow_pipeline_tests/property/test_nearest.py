"""What is nearest in time, against looking at every pair."""

import datetime as dt

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from flow_pipeline.journeys.nearest import latest_covering, neighbours

DAYS = [dt.date(2024, 5, 1) + dt.timedelta(days=n) for n in range(12)]
days, persons = st.sampled_from(DAYS), st.sampled_from("pq")
asked_rows = st.lists(st.tuples(persons, days), max_size=6)
offered_rows = st.lists(st.tuples(persons, days, st.none() | days), max_size=8)


def _asked(rows: list[tuple[str, dt.date]]) -> pl.LazyFrame:
    numbered = [(who, f"a{n}", day) for n, (who, day) in enumerate(rows)]
    schema = {"person_id": pl.String, "event_id": pl.String, "day": pl.Date}
    return pl.LazyFrame(numbered, schema=schema, orient="row")


def _offered(rows: list[tuple[str, dt.date, dt.date | None]]) -> pl.LazyFrame:
    numbered = [(who, f"o{n}", *span) for n, (who, *span) in enumerate(rows)]
    names = ("person_id", "offer_id", "since", "until")
    schema = dict(zip(names, (pl.String, pl.String, pl.Date, pl.Date), strict=True))
    return pl.LazyFrame(numbered, schema=schema, orient="row")


@settings(deadline=None, max_examples=60)
@given(asked=asked_rows, offered=offered_rows, same_day=st.booleans())
def test_the_latest_that_lasts_beyond_the_day(asked, offered, same_day) -> None:
    found = latest_covering(_asked(asked), _offered(offered), same_day=same_day).collect()
    expected = {}
    for number, (who, day) in enumerate(asked):
        fits = [
            (since, -place)
            for place, (other, since, until) in enumerate(offered)
            if other == who
            and (since < day or (same_day and since == day))
            and (until is None or until > day)
        ]
        if fits:
            expected[f"a{number}"] = f"o{-max(fits)[1]}"
    assert dict(found.select("event_id", "offer_id").rows()) == expected


@settings(deadline=None, max_examples=60)
@given(asked=asked_rows, offered=offered_rows)
def test_what_stands_next_to_it_in_time(asked, offered) -> None:
    found = neighbours(
        _asked(asked), "day", _offered(offered), "since", by=["person_id"], key="offer_id"
    ).collect()
    expected = []
    for number, (who, day) in enumerate(asked):
        own = [(since, n) for n, (other, since, _) in enumerate(offered) if other == who]
        before = max(((s, -n) for s, n in own if s <= day), default=None)
        after = min(((s, n) for s, n in own if s > day), default=None)
        expected += [(f"a{number}", f"o{-before[1]}")] if before else []
        expected += [(f"a{number}", f"o{after[1]}")] if after else []
    assert sorted(found.select("event_id", "offer_id").rows()) == sorted(expected)


def test_of_several_at_one_moment_it_is_the_one_of_the_lowest_key_each_time() -> None:
    offered = _offered([("p", DAYS[3], None) for _ in range(400)]).rename({"since": "near"})
    asked = _asked([("p", DAYS[4])])
    for turn in range(20):
        mixed = offered.collect().sample(fraction=1, shuffle=True, seed=turn).lazy()
        found = neighbours(asked, "day", mixed, "near", by=["person_id"], key="offer_id").collect()
        assert found["offer_id"].to_list() == ["o0"]
