"""No wait ends before it starts, on random histories of everything that starts or ends one."""

import datetime as dt

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from flow_pipeline_tests.unit.journeys.histories import history

BASE = dt.date(2024, 6, 1)
USER = "Service User"
HEADS = {
    "cld_event": "id|person|org|kind|began|ended|client_type|service|part|outcome|route",
    "csds_referral": "id|person|org|ref|received|referral_request_received_time|closed|team",
    "csds_care_contact": "id|person|org|ref|contact|care_contact_time|team|attended",
    "apc_episode": "id|person|org|spell|n|admitted|start|end|left|how|to|method|from|class|ready",
    "delayed_discharge": "id|person|org|discharge_ready_date|delay_end_date",
    "ecds_attendance": "id|person|org|arrival|arrived|departure|departed|goes|category",
    "gp_appointment": "id|person|org|booked|due|status",
    "death": "id|person|org|person_death_date",
}
OUTCOMES = ["Progress to Assessment", "Progress to Support Planning / Services", "NFA - Other", ""]
SERVICES = [
    "Short Term Support: ST-Max|Reablement",
    "Long Term Support: Community|Home Support",
]
ROUTES = ["Discharge from hospital", "Prison"]
days = st.integers(0, 30)
lengths = st.sampled_from([0, 0, 1, 2, 5, 12])
times = st.sampled_from(["", "09:00:00", "14:00:00"])


def _on(day: int) -> str:
    return f"{BASE + dt.timedelta(days=day)}"


@st.composite
def council(draw: st.DrawFn) -> tuple[str, str]:
    kind = draw(st.sampled_from(["Request", "Assessment", "Service"]))
    began = draw(days)
    ended = _on(began + draw(lengths)) if draw(st.booleans()) else ""
    service = draw(st.sampled_from(SERVICES)) if kind == "Service" else "|"
    outcome, route = draw(st.sampled_from(OUTCOMES)), draw(st.sampled_from(ROUTES))
    cells = (kind, _on(began), ended, USER, service, outcome, route)
    return "cld_event", f"999|{'|'.join(cells)}"


@st.composite
def referrals(draw: st.DrawFn) -> tuple[str, str]:
    received = draw(days)
    closed = draw(st.sampled_from(["", _on(received + draw(lengths))]))
    return "csds_referral", f"RYC|R1|{_on(received)}|{draw(times)}|{closed}|T"


@st.composite
def contacts(draw: st.DrawFn) -> tuple[str, str]:
    return "csds_care_contact", f"RYC|R1|{_on(draw(days))}|{draw(times)}|T|5"


@st.composite
def stays(draw: st.DrawFn) -> tuple[str, str]:
    came, nights = draw(days), draw(lengths)
    left = _on(came + nights)
    ready = draw(st.sampled_from(["", "", _on(came + draw(st.integers(0, nights)))]))
    how, method = draw(st.sampled_from(["1", "1", "4"])), draw(st.sampled_from(["11", "21"]))
    span = f"{_on(came)}|{_on(came)}|{left}|{left}"
    return "apc_episode", f"RXA||1|{span}|{how}|19|{method}|19|1|{ready}"


@st.composite
def listed(draw: st.DrawFn) -> tuple[str, str]:
    ready = draw(days)
    ended = draw(st.sampled_from(["", _on(ready + draw(lengths))]))
    return "delayed_discharge", f"RXA|{_on(ready)}|{ended}"


@st.composite
def attendances(draw: st.DrawFn) -> tuple[str, str]:
    came = draw(days)
    return "ecds_attendance", (
        f"RXA|{_on(came)}|09:00:00|{_on(came + draw(st.integers(0, 1)))}|14:00:00|306689006|1"
    )


@st.composite
def appointments(draw: st.DrawFn) -> tuple[str, str]:
    due = draw(days)
    status = draw(st.sampled_from(["attended", "did_not_attend"]))
    return "gp_appointment", f"G1|{_on(due - draw(lengths))} 09:00|{_on(due)} 09:30|{status}"


@st.composite
def deaths(draw: st.DrawFn) -> tuple[str, str]:
    return "death", f"REG|{_on(draw(days))}"


families = (council(), council(), referrals(), contacts(), stays(), listed())
anything = st.one_of(*families, attendances(), appointments())


@settings(deadline=None, max_examples=60)
@given(st.lists(anything, min_size=2, max_size=14), st.none() | deaths())
def test_no_wait_ends_before_it_starts(rows: list[tuple[str, str]], death) -> None:
    tables: dict[str, list[str]] = {}
    for number, (name, row) in enumerate([*rows, *([death] if death else [])]):
        tables.setdefault(name, [HEADS[name]]).append(f"e{number:02}|p|{row}")
    waits = history(**{name: "\n".join(lines) for name, lines in tables.items()}).delay
    for wait in waits.filter(pl.col("end_at").is_not_null()).rows(named=True):
        assert wait["start_at"].date() <= wait["end_at"].date(), wait
        assert wait["minutes"] >= 0, wait
