"""What holds of all journeys of an economy, whatever befell its people."""

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from flow_pipeline.config import load_economy
from flow_pipeline.store import Store

HOUR = dt.timedelta(hours=1)  # that a clock change puts into a journey told in local times


@pytest.fixture(scope="module")
def tables(published: Path) -> dict[str, pl.DataFrame]:
    names = ("journey", "journey_step", "delay")
    store = Store(load_economy(published / "economy.yaml").root)
    return {name: store.scan(name).collect() for name in names}


def test_care_waiting_and_the_rest_make_each_journey(tables) -> None:
    journey = tables["journey"]
    parts = pl.sum_horizontal("care_days", "total_wait_days", "unattributed_days")
    length = (pl.col("end_at") - pl.col("start_at")).dt.total_seconds() / 86_400
    apart = journey.select((parts - length).abs().alias("apart"), length.alias("length"))
    assert apart["length"].min() >= 0
    assert apart["apart"].max() <= HOUR / dt.timedelta(days=1) + 1e-5


def test_journeys_of_a_person_lie_apart_by_more_than_the_gap(tables) -> None:
    held = tables["journey"].filter(pl.col("n_steps") > 0).sort("person_id", "start_at")
    since = pl.col("start_at").dt.date() - pl.col("end_at").dt.date().shift(1)
    gaps = held.filter(pl.col("person_id") == pl.col("person_id").shift(1))
    assert gaps.height > 50
    apart = held.select(pl.when(pl.col("person_id") == pl.col("person_id").shift(1)).then(since))
    assert apart.to_series().dt.total_days().min() > 30


def test_recorded_waiting_of_steps_adds_up_to_that_of_their_journey(tables) -> None:
    waits = (
        tables["journey_step"]
        .group_by("journey_id")
        .agg((pl.col("clock_wait_minutes").sum() / 1440).alias("days"), pl.len().alias("n_steps"))
    )
    held = tables["journey"].join(waits, on="journey_id")
    apart = (held["days"] - held["total_wait_days"]).abs() * 1440
    assert held["total_wait_days"].max() > 1
    assert (apart <= held["n_steps"]).all()  # each step's in whole minutes


def test_no_wait_ends_on_a_day_before_it_begins(tables) -> None:
    ended = tables["delay"].drop_nulls(["start_at", "end_at"])
    assert ended.height > 50
    assert ended.filter(pl.col("end_at").dt.date() < pl.col("start_at").dt.date()).is_empty()
