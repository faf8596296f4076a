"""Until when events hold journeys together where their own end does not say."""

import polars as pl
import pytest

from flow_pipeline.journeys import gap_sensitivity, with_bridge_ends
from flow_pipeline_tests.unit.journeys.histories import History, history

EPISODE = "id|person|org|spell|n|admitted|start|end|left|how|to|method|from|class|ready"
WARDS = "id|person|org|spell|since|until|ward_code"
ED = "id|person|org|arrival|arrived|departure|departed|goes|category"
APPOINTMENT = "id|person|org|booked|due|status"
LATER = f"{APPOINTMENT}\ng1|p|G1|2024-12-12 09:00|2024-12-12 09:00|attended"
STAY = "a1|p|RXA|S1|1|2024-05-01|2024-05-01|2024-05-10|2024-05-10|1|19|21|19|1|"
ELSEWHERE = "b1|p|RXB|S2|1|2024-07-01|2024-07-01|2024-07-05|2024-07-05|1|19|21|19|1|"
DEATH = "id|person|org|person_death_date\nd|p|REG|2025-02-01"


def _spans(made: History) -> list[tuple[str, str, float, str]]:
    """From when to when each journey runs, days of care in it, and why it ended."""
    rows = made.journey.sort("start_at").select("start_at", "end_at", "care_days", "end_reason")
    return [(f"{a:%m-%d}", f"{b:%m-%d}", round(c, 1), why) for a, b, c, why in rows.rows()]


@pytest.mark.parametrize(
    ("rule", "tables", "expected"),
    [
        (
            "an episode without an end lasts as long as its spell",
            {"apc_episode": STAY.replace("|2024-05-10|2024-05-10|", "||2024-05-10|")},
            [("05-01", "05-10", 9.0, "gap"), ("12-12", "12-12", 0.0, "gap")],
        ),
        (
            "and no longer where somebody died much later",
            {
                "apc_episode": STAY.replace("|2024-05-10|2024-05-10|", "||2024-05-10|"),
                "death": DEATH,
            },
            [
                ("05-01", "05-10", 9.0, "gap"),
                ("12-12", "12-12", 0.0, "gap"),
                ("02-01", "02-01", 0.0, "death"),
            ],
        ),
        (
            "a ward stay without an end lasts until the next, the last as long as the spell",
            {
                "apc_episode": STAY,
                "apc_ward_stay": f"""{WARDS}
w1|p|RXA|S1|2024-05-01 10:00||W1
w2|p|RXA|S1|2024-05-03 10:00||W2""",
            },
            [("05-01", "05-10", 8.6, "gap"), ("12-12", "12-12", 0.0, "gap")],
        ),
        (
            "an attendance without a departure is over when the person is admitted",
            {
                "ecds_attendance": f"{ED}\ne1|p|RXA|2024-05-01|10:00:00||||1",
                "apc_episode": STAY,
            },
            [("05-01", "05-10", 8.6, "gap"), ("12-12", "12-12", 0.0, "gap")],
        ),
        (
            "be it much later, and elsewhere",
            {
                "ecds_attendance": f"{ED}\ne1|p|RXA|2024-05-01|10:00:00||||1",
                "apc_episode": ELSEWHERE,
            },
            [("05-01", "07-05", 64.6, "gap"), ("12-12", "12-12", 0.0, "gap")],
        ),
        (
            "a missing episode in the middle of a spell does not break its journey",
            {
                "apc_episode": "\n".join(
                    f"a{n}|p|RXA|S1|{n}|2024-05-01|2024-{start}|2024-{end}|2024-07-05|1|19|21|19|1|"
                    for n, start, end in [(1, "05-01", "05-10"), (3, "07-01", "07-05")]
                )
            },
            [("05-01", "07-05", 65.0, "gap"), ("12-12", "12-12", 0.0, "gap")],
        ),
    ],
)
def test_until_when_events_bridge(rule, tables, expected) -> None:
    drawn = {n: f"{EPISODE}\n{t}" if n == "apc_episode" else t for n, t in tables.items()}
    made = history(gp_appointment=LATER, **drawn)
    assert _spans(made) == expected, rule
    told = {"event": made.event.lazy(), "spell_draft": made.spell.lazy()}
    rules = gap_sensitivity([{**told, "spell_member": made.stays.spell_member}], [30]).collect()
    bridging = [span for span in expected if span[3] != "death"]
    assert rules["n_journeys"].to_list() == [len(bridging)], rule


VIRTUAL = "id|person|org|care_start_date\nv1|p|RYC|2024-05-01"


@pytest.mark.parametrize(
    ("rule", "admitted", "left", "ends"),
    [
        ("over on that day", "2024-05-01", "2024-05-01", "03-31"),
        ("over before", "2024-04-30", "2024-04-30", "03-31"),
        ("the next, elsewhere", "2024-06-01", "2024-06-03", "06-01"),
    ],
)
def test_only_an_admission_that_came_after_ends_what_has_no_end(rule, admitted, left, ends):
    stay = f"a1|p|RXA|S1|1|{admitted}|{admitted}|{left}|{left}|1|19|11|19|1|"
    made = history(apc_episode=f"{EPISODE}\n{stay}", virtual_ward=VIRTUAL)
    held = with_bridge_ends(made.event.lazy(), made.spell.lazy(), made.stays.spell_member)
    until = held.filter(pl.col("event_id") == "v1").collect()["counted_end_at"].item()
    assert f"{until:%m-%d}" == ends, rule


def test_an_attendance_in_the_evening_is_not_over_with_the_day_case_of_the_morning() -> None:
    stay = "a1|p|RXA|S1|1|2024-05-01|2024-05-01|2024-05-01|2024-05-01|1|19|11|19|2|"
    times = "start_time_hospital_provider_spell|start_time_episode|end_time_episode"
    made = history(
        apc_episode=f"{EPISODE}|{times}\n{stay}|08:00:00|08:00:00|10:00:00",
        ecds_attendance=f"{ED}\ne1|p|RXA|2024-05-01|20:00:00||||1",
    )
    assert made.journey["end_reason"].to_list() == ["open"]
