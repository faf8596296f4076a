import datetime as dt

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from flow_pipeline.publish.masking import masked
from flow_pipeline.tables import table
from flow_pipeline_tests.unit.publish.published import small_flow


@pytest.fixture(scope="module")
def shown() -> dict[str, pl.DataFrame]:
    result = masked(small_flow())
    return {name: table(name).conform(frame).collect() for name, frame in result.items()}


def _rows(frame: pl.DataFrame, *columns: str, **where: object) -> list[tuple[object, ...]]:
    wanted = [pl.col(name).eq_missing(value) for name, value in where.items()]
    kept = frame.filter(wanted) if wanted else frame
    return kept.select(columns).rows()


def test_a_death_carries_its_month_only(shown):
    first = dt.datetime(2024, 6, 1)
    columns = ("start_at", "end_at", "start_at_utc", "end_at_utc")
    assert _rows(shown["care_event"], *columns, event_id="E4") == [(first,) * 4]
    precision = _rows(shown["care_event"], "start_precision", "end_precision", event_id="E4")
    assert precision == [("month", "month")]
    assert _rows(shown["detail_death"], "person_death_date") == [(dt.date(2024, 6, 1),)]


@pytest.mark.parametrize("event", ["E5", "E6", "E7"])
def test_a_birth_and_the_hospital_stay_around_it_carry_the_month_only(shown, event):
    first = dt.datetime(2024, 7, 1)
    rows = _rows(shown["care_event"], "start_at", "end_at", "start_precision", event_id=event)
    assert rows == [(first, first, "month")]


def test_spells_of_a_birth_carry_the_month_and_keep_their_length(shown):
    first = dt.datetime(2024, 7, 1)
    spells = _rows(shown["spell"], "admitted_at", "discharged_at", "nights", person_id="P2")
    assert sorted(spells) == [(first, first, 2), (first, first, 3)]
    whole = _rows(shown["continuous_spell"], "admitted_at", "discharged_at", person_id="P2")
    assert whole == [(first, first)]


def test_details_of_a_birth_hold_neither_its_day_nor_its_hour(shown):
    columns = (
        "start_date_hospital_provider_spell",
        "start_time_hospital_provider_spell",
        "discharge_date_hospital_provider_spell",
    )
    month = dt.date(2024, 7, 1)
    assert _rows(shown["detail_apc_episode"], *columns, event_id="E5") == [(month, None, month)]


def test_a_date_of_death_stated_by_any_sender_is_reduced(shown):
    rows = _rows(shown["detail_apc_episode"], "person_death_date", event_id="E2")
    assert rows == [(dt.date(2024, 6, 1),)]


def test_other_events_keep_day_and_hour(shown):
    before = small_flow()
    for event in ("E1", "E2", "E8", "E9"):
        was = before["care_event"].filter(pl.col("event_id") == event).collect()
        assert_frame_equal(shown["care_event"].filter(pl.col("event_id") == event), was)
    was = before["spell"].filter(pl.col("spell_id") == "S1").collect()
    assert_frame_equal(shown["spell"].filter(pl.col("spell_id") == "S1"), was)


def test_an_end_imputed_from_a_death_is_reduced_and_its_start_is_not(shown):
    rows = _rows(shown["care_event"], "start_at", "end_at", "end_precision", event_id="E3")
    assert rows == [(dt.datetime(2024, 5, 12), dt.datetime(2024, 6, 1), "month")]


def test_sums_and_waits_of_a_journey_do_not_give_the_day_back(shown):
    columns = ("start_at", "end_at", "care_days", "unattributed_days")
    assert _rows(shown["journey"], *columns, journey_id="J2") == [
        (dt.datetime(2024, 7, 1), dt.datetime(2024, 8, 1), None, None)
    ]
    for column in ("wait_minutes", "clock_wait_minutes"):
        assert _rows(shown["journey_step"], column, journey_id="J2") == [(None,)] * 3
    assert _rows(shown["journey"], "start_at", journey_id="J4") == [(dt.datetime(2024, 6, 1),)]
    kept = _rows(shown["journey"], "start_at", "care_days", journey_id="J3")
    assert kept == [(dt.datetime(2024, 8, 2, 9, 0), 0.0)]


def test_a_journey_that_a_death_ended_keeps_its_start_and_its_waits(shown):
    columns = ("start_at", "end_at", "care_days")
    started, ended = dt.datetime(2024, 5, 3, 13, 30), dt.datetime(2024, 6, 1)
    assert _rows(shown["journey"], *columns, journey_id="J1") == [(started, ended, None)]
    waits = _rows(shown["journey_step"], "wait_minutes", "clock_wait_minutes", journey_id="J1")
    assert waits == [(None, None), (0, 0), (2880, 2880)]


def test_a_wait_that_a_death_ended_shows_neither_end_nor_length(shown):
    columns = ("start_at", "end_at", "minutes")
    rows = _rows(shown["delay"], *columns, measure="referral_to_first_contact")
    assert rows == [(dt.datetime(2024, 5, 12), dt.datetime(2024, 6, 1), None)]


def test_a_wait_within_a_birth_keeps_its_length_and_one_out_of_it_does_not(shown):
    within = _rows(shown["delay"], "minutes", measure="discharge_delay", person_id="P2")
    out = _rows(shown["delay"], "start_at", "minutes", measure="discharge_to_gp_contact")
    assert within == [(1440,)]
    assert out == [(dt.datetime(2024, 7, 1), None)]


def test_other_waits_are_as_they_were(shown):
    rows = _rows(shown["delay"], "minutes", measure="ed_arrival_to_departure")
    assert rows == [(280,)]
    assert _rows(shown["delay"], "end_at", measure="request_to_service") == [(None,)]


def test_no_row_is_lost_or_doubled_and_no_column_comes_or_goes(shown):
    before = small_flow()
    for name, frame in before.items():
        was = frame.collect()
        assert shown[name].height == was.height
        assert shown[name].columns == list(table(name).column_names)


def test_nothing_of_the_masked_days_is_left_in_any_table(shown):
    """A second opinion: search every date and time of every table for the days themselves."""
    days = {dt.date(2024, 6, 20), dt.date(2024, 7, 9)}
    for name, frame in shown.items():
        times = [c.name for c in table(name).columns if c.type in ("date", "datetime")]
        for column in times:
            found = set(frame.get_column(column).cast(pl.Date).drop_nulls())
            assert not found & days, f"{name}.{column}"


def test_a_death_that_only_another_record_tells_of_is_masked_too():
    flow = small_flow()
    of_death = pl.col("event_family") == "death"
    flow["care_event"] = flow["care_event"].filter(~of_death)
    month = pl.when(pl.col("person_id") == "P1").then(dt.date(2024, 6, 1)).alias("death_month")
    flow["person"] = flow["person"].with_columns(month)
    delays = masked(flow)["delay"].collect()
    rows = _rows(delays, "end_at", "minutes", measure="referral_to_first_contact")
    assert rows == [(dt.datetime(2024, 6, 1), None)]


def test_a_day_that_a_death_gave_to_a_stay_is_not_told_by_it_nor_by_the_wait_after_it():
    """P1's stay was never left, and the death stands in; a step of two days later follows it."""
    flow = small_flow()
    died, imputed = dt.datetime(2024, 6, 20), pl.lit("imputed_death")
    of_stay, after = pl.col("event_id") == "E2", pl.col("event_id") == "E3"
    later = died + dt.timedelta(days=2)
    flow["care_event"] = flow["care_event"].with_columns(
        pl.when(of_stay)
        .then(imputed)
        .when(after)
        .then(pl.lit("recorded"))
        .otherwise("end_status")
        .alias("end_status"),
        pl.when(of_stay).then(died).when(after).then(later).otherwise("end_at").alias("end_at"),
        pl.when(after).then(later).otherwise("start_at").alias("start_at"),
    )
    for name, key in (("spell", "S1"), ("continuous_spell", "C1")):
        its = pl.col(f"{name}_id") == key
        left = pl.when(its).then(died).otherwise("discharged_at").alias("discharged_at")
        flow[name] = flow[name].with_columns(left)
    shown = {name: frame.collect() for name, frame in masked(flow).items()}
    for name in ("spell", "continuous_spell"):
        rows = _rows(shown[name], "discharged_at", "nights", person_id="P1")
        assert rows == [(dt.datetime(2024, 6, 1), None)]
    assert _rows(shown["journey_step"], "wait_minutes", event_id="E3") == [(None,)]
    waits = ("total_wait_days", "longest_wait_days", "delay_days")
    assert _rows(shown["journey"], *waits, journey_id="J1") == [(None,) * 3]
