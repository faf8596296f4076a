"""Masking against a slow and obvious second opinion, on events nobody thought of."""

import datetime as dt

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from flow_pipeline.publish.masking import masked
from flow_pipeline.tables import table

_KINDS = [("inpatient", "birth"), ("inpatient", "emergency"), ("death", "home"), ("ward_stay", "a")]

_EVENT = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(_KINDS),
        "spell_id": st.sampled_from(["S1", "S2", "S3", None]),
        "journey_id": st.sampled_from(["J1", "J2", None]),
        "person_id": st.sampled_from(["P1", "P2"]),
        "day": st.dates(dt.date(2024, 1, 2), dt.date(2024, 3, 30)),
        "imputed": st.booleans(),
    }
)
_SPELL = st.tuples(st.sampled_from(["C1", "C2", None]), st.sampled_from(["21", "82", "81"]))


def _care_event(events: list[dict]) -> pl.LazyFrame:
    declared = table("care_event")
    rows = [
        dict.fromkeys(declared.column_names)
        | {
            "event_id": f"E{n}",
            "person_id": e["person_id"],
            "event_family": e["kind"][0],
            "event_type": e["kind"][1],
            "spell_id": e["spell_id"],
            "journey_id": e["journey_id"],
            "start_at": dt.datetime.combine(e["day"], dt.time(9)),
            "end_at": dt.datetime.combine(e["day"], dt.time(10)),
            "end_status": "imputed_death" if e["imputed"] else "recorded",
        }
        for n, e in enumerate(events)
    ]
    return pl.LazyFrame(rows, schema=declared.schema())


def _spells(spells: list[tuple]) -> pl.LazyFrame:
    declared = table("spell")
    rows = [
        dict.fromkeys(declared.column_names)
        | {
            "spell_id": f"S{n}",
            "continuous_spell_id": chain,
            "admission_method": method,
            "person_id": "P1",
            "admitted_at": dt.datetime(2024, 2, 9, 9),
        }
        for n, (chain, method) in enumerate(spells, start=1)
    ]
    return pl.LazyFrame(rows, schema=declared.schema())


def _of_a_birth(events: list[dict], spells: list[tuple]) -> set[str]:
    """Spells whose continuous spell, or that themselves, hold a birth."""
    born = {f"S{n}" for n, (_, method) in enumerate(spells, start=1) if method == "82"}
    born |= {e["spell_id"] for e in events if e["kind"] == ("inpatient", "birth")} - {None}
    chains = {spells[int(s[1]) - 1][0] for s in born} - {None}
    return born | {f"S{n}" for n, (chain, _) in enumerate(spells, start=1) if chain in chains}


@settings(deadline=None, max_examples=40)
@given(st.lists(_EVENT, min_size=1, max_size=8), st.lists(_SPELL, min_size=3, max_size=3))
def test_just_the_events_and_spells_of_births_and_deaths_are_masked(events, spells):
    born = _of_a_birth(events, spells)
    result = masked({"care_event": _care_event(events), "spell": _spells(spells)})
    shown = {r["event_id"]: r for r in result["care_event"].collect().iter_rows(named=True)}
    assert len(shown) == len(events)
    for n, event in enumerate(events):
        row = shown[f"E{n}"]
        is_birth = event["kind"] == ("inpatient", "birth") or event["spell_id"] in born
        hidden = is_birth or event["kind"][0] == "death"
        first = dt.datetime(event["day"].year, event["day"].month, 1)
        exact = dt.datetime.combine(event["day"], dt.time(9))
        assert row["start_at"] == (first if hidden else exact)
        ends_hidden = hidden or event["imputed"]
        assert row["end_at"] == (first if ends_hidden else exact + dt.timedelta(hours=1))
    masked_spells = result["spell"].filter(pl.col("admitted_at") == dt.datetime(2024, 2, 1))
    assert set(masked_spells.collect().get_column("spell_id")) == born
