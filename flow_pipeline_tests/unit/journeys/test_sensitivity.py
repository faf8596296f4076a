"""Journeys under other gap rules: each rule gives what the journeys themselves are under it."""

from dataclasses import replace

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from flow_pipeline.journeys import gap_sensitivity
from flow_pipeline_tests.property.test_journeys_slow_and_fast import events
from flow_pipeline_tests.unit.journeys.histories import (
    NO_STAYS,
    PARAMETERS,
    drawn_events,
    event_table,
    journeys_of,
)

_HISTORY = """
id | family         | start      | end        | outcome
a  | gp_appointment | 2024-05-01 |            |
b  | gp_appointment | 2024-05-08 |            |
c  | emergency      | 2024-05-23 | 2024-05-25 |
d  | gp_appointment | 2024-06-24 |            |
x  | gp_appointment | 2024-06-01 |            | dna
e  | gp_appointment | 2024-12-01 |            |
"""


def _without_stays(event: pl.LazyFrame) -> dict[str, pl.LazyFrame]:
    stays = {"spell_draft": NO_STAYS.spell_draft, "spell_member": NO_STAYS.spell_member}
    return {"event": event, **stays}


def test_wider_rules_join_more():
    # gaps of 7, 15, 30 and over 90 days; what was missed does not count
    told = gap_sensitivity([_without_stays(drawn_events(_HISTORY))]).collect()
    assert told.select("gap_days", "n_journeys", "n_people").rows() == [
        (7, 4, 1),
        (14, 4, 1),
        (28, 3, 1),
        (30, 2, 1),
        (60, 2, 1),
        (90, 2, 1),
    ]
    assert told["median_days"].to_list() == [1.0, 1.0, 0.0, 27.0, 27.0, 27.0]
    assert told["share_of_one_event"].to_list() == [0.75, 0.75, 2 / 3, 0.5, 0.5, 0.5]


@settings(deadline=None, max_examples=25)
@given(st.lists(events(), min_size=1, max_size=14), st.sampled_from([7, 14, 28, 30, 60, 90]))
def test_each_rule_counts_the_journeys_it_makes(rows, gap_days):
    event = event_table([{**row, "event_id": f"e{n:02}"} for n, row in enumerate(rows)])
    made = journeys_of(event, replace(PARAMETERS, gap_days=gap_days))
    bridging = event.filter("is_bridging").join(made.journey_member, on="event_id")
    sizes = bridging.group_by("journey_id").len().collect()["len"]
    rules = [7, gap_days] if gap_days != 7 else [7]
    told = gap_sensitivity([_without_stays(event)], rules).collect()
    row = told.row(by_predicate=pl.col("gap_days") == gap_days, named=True)
    assert row["n_journeys"] == len(sizes)
    assert row["events_per_journey"] == (sizes.mean() if len(sizes) else None)
