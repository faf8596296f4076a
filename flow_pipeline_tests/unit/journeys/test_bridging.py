"""Until when events hold journeys together where their own end does not say."""

import pytest

from flow_pipeline.journeys import gap_sensitivity
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
