"""The fast stays against the slow, obvious ones, on random histories."""

import dataclasses
import datetime as dt

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flow_pipeline.journeys import Parameters, Stays, linked_rows, make_events, make_stays
from flow_pipeline.journeys.continuous import OVERLAP
from flow_pipeline.tables.publish import ORGANISATION
from flow_pipeline_tests.unit.journeys import slow_stays as slow
from flow_pipeline_tests.unit.journeys.histories import PARAMETERS, core, links

HEAD = (
    "id|person|org|spell|n|admitted|start_time_hospital_provider_spell|start|start_time_episode|"
    "end|end_time_episode|left|discharge_time_hospital_provider_spell|how|to|method|from|class"
)
DAYS = [dt.date(2024, 6, 1), dt.date(2024, 3, 28), dt.date(2024, 10, 24)]  # over clock changes
TIMES = [dt.time(h, m) for h, m in ((0, 0), (0, 30), (1, 10), (1, 50), (9, 0), (23, 59))]
codes = {
    "how": st.sampled_from([None, "1", "1", "4", "8", "9"]),
    "to": st.sampled_from([None, "19", "19", "49", "51", "84"]),
    "method": st.sampled_from([None, "11", "21", "2B", "81"]),
    "source": st.sampled_from([None, "19", "51", "87"]),
    "classification": st.sampled_from(["1", "1", "1", None, "3"]),
}


@st.composite
def episodes(draw: st.DrawFn, within_days: int = 9, timed: bool = True) -> slow.Episode:
    """Nested, overlapping, touching, of no length, without end or codes, backwards; with times and
    without, at midnight, in hours that come twice or not at all."""
    admitted = draw(st.sampled_from(DAYS)) + dt.timedelta(days=draw(st.integers(0, within_days)))
    start = admitted + dt.timedelta(days=draw(st.sampled_from([0, 0, 0, 1, 2])))
    length = draw(st.sampled_from([None, 0, 0, 1, 2, 5, 9, -1]))
    end = None if length is None else start + dt.timedelta(days=length)
    gone = end is not None and length is not None and length >= 0 and draw(st.booleans())
    time = st.sampled_from([None, *TIMES]) if timed else st.none()
    came = slow.When(admitted, draw(time))
    began = came if start == admitted and draw(st.booleans()) else slow.When(start, draw(time))
    ended = end and slow.When(end, draw(time))
    return slow.Episode(
        id="",
        org=draw(st.sampled_from(["RXA", "RXB"])),
        spell=draw(st.sampled_from([None, None, "S1", "S2"])),
        n=draw(st.sampled_from([None, 1, 2])),
        admitted=came,
        start=began,
        end=ended,
        left=ended if gone else None,
        **{name: draw(code) for name, code in codes.items()},
    )


@st.composite
def one_after_another(draw: st.DrawFn) -> list[slow.Episode]:
    """Whole stays of a few days, each so long after the one before that a rule is at its edge."""
    day, rows = draw(st.sampled_from([*DAYS, dt.date(2024, 4, 2)])), []
    time = st.sampled_from([None, *TIMES])
    for _ in range(draw(st.integers(2, 5))):
        came = slow.When(day, draw(time))
        gone = slow.When(day + dt.timedelta(days=draw(st.sampled_from([0, 0, 1, 2]))), draw(time))
        row = draw(episodes())
        ends = {"how": draw(st.sampled_from(["1", "1", "4"])), "to": "19", "classification": "1"}
        moments = {"admitted": came, "start": came, "end": gone, "left": gone}
        method = draw(st.sampled_from(["21", "21", "11"]))
        org = draw(st.sampled_from(["RXA", "RXA", "RXB"]))
        ends |= {"method": method, "org": org, "spell": None}
        rows.append(dataclasses.replace(row, **moments, **ends))
        day = gone.date + dt.timedelta(days=draw(st.sampled_from([0, 0, 0, 1, 2, 3, 28, 29, 30])))
    return rows


@st.composite
def begun_together(draw: st.DrawFn) -> list[slow.Episode]:
    """Whole stays of one or two days of admission, some at one moment: over on the day, short,
    long, as long as each other, open."""
    rows = []
    for number in range(draw(st.integers(2, 5))):
        day = draw(st.sampled_from(DAYS)) + dt.timedelta(days=draw(st.sampled_from([0, 0, 3])))
        came = slow.When(day, draw(st.sampled_from([None, None, dt.time(9)])))
        length = draw(st.sampled_from([None, 0, 2, 2, 4, 9]))
        gone = None if length is None else slow.When(day + dt.timedelta(days=length))
        row = draw(episodes())
        moments = {"admitted": came, "start": came, "end": gone, "left": gone}
        how = None if gone is None else "1"
        other = {"spell": f"S{number}", "how": how}
        rows.append(dataclasses.replace(row, **moments, **other))
    return rows


def _drawn(rows: list[slow.Episode], person: str = "p") -> str:
    return "\n".join([HEAD, *_lines(rows, person)])


def _lines(rows: list[slow.Episode], person: str) -> list[str]:
    return ["|".join([row.id, person, *_cells(row)]) for row in rows]


def _cells(row: slow.Episode) -> list[str]:
    """What is drawn of an episode: a moment is a date and a time."""
    cells: list[object] = []
    for field in dataclasses.fields(row)[1:]:
        value = getattr(row, field.name)
        if field.name in ("admitted", "start", "end", "left"):
            cells += [value and value.date, value and value.time]
        else:
            cells.append(value)
    return ["" if v is None else str(v) for v in cells]


def _stays(drawn: str, parameters: Parameters = PARAMETERS) -> Stays:
    cores = {"apc_episode": core("apc_episode", drawn)}
    linked = linked_rows(cores, links(cores))
    event = make_events(linked, ORGANISATION.empty(), parameters).event
    return make_stays(event, cores, parameters)


@pytest.mark.parametrize("variant", ["nhsd", "che"])
@settings(deadline=None, max_examples=40)
@given(rows=st.lists(episodes(), min_size=1, max_size=7) | one_after_another() | begun_together())
def test_fast_and_slow_agree(variant: str, rows: list[slow.Episode]) -> None:
    rows = [dataclasses.replace(row, id=f"e{number}") for number, row in enumerate(rows)]
    stays = _stays(_drawn(rows), dataclasses.replace(PARAMETERS, cips_variant=variant))
    member = stays.spell_member.collect()
    assert sorted(member["event_id"]) == sorted(row.id for row in rows)  # each in exactly one
    spells = slow.spells(rows)
    assert _grouped(member, "spell_id") == sorted(spell.ids for spell in spells)
    ids = dict(member.select("event_id", "spell_id").rows())
    drafts = stays.spell_draft.collect().select("spell_id", "admitted_at", "counted_end_at")
    assert sorted(drafts.rows()) == sorted(
        (ids[spell.ids[0]], spell.admitted, spell.until) for spell in spells
    )

    def key(spell: slow.Spell) -> str:
        return str(ids[spell.ids[0]])

    expected = slow.continuous(spells, variant, key)
    assert _grouped(member, "continuous_spell_id") == expected
    flagged = stays.spell_draft.filter(pl.col("dq_flags").list.contains(OVERLAP)).collect()
    assert set(flagged["spell_id"]) == slow.overlapping(spells, variant, key)


@settings(deadline=None, max_examples=25)
@given(
    rows=st.lists(episodes(), min_size=1, max_size=7),
    others=st.lists(episodes(), max_size=4),
    chance=st.randoms(use_true_random=False),
)
def test_other_people_and_another_order_change_nothing(rows, others, chance) -> None:
    """Taken alone or with others, in whatever order: the same stays under the same ids."""
    rows = [dataclasses.replace(row, id=f"e{number}") for number, row in enumerate(rows)]
    others = [dataclasses.replace(row, id=f"x{number}") for number, row in enumerate(others)]
    together = [*_lines(rows, "p"), *_lines(others, "o")]
    alone = _stays(_drawn(rows))
    shuffled = _stays("\n".join([HEAD, *chance.sample(together, len(together))]))
    for name in ("spell_draft", "continuous_spell_draft", "bed_day"):
        mine = getattr(shuffled, name).collect().filter(person_id="p")
        assert mine.equals(getattr(alone, name).collect()), name


@settings(deadline=None, max_examples=60)
@given(
    rows=st.lists(episodes(within_days=60), min_size=1, max_size=7)
    | one_after_another()
    | begun_together()
)
def test_bed_days_and_readmissions_agree(rows: list[slow.Episode]) -> None:
    rows = [dataclasses.replace(row, id=f"e{number}") for number, row in enumerate(rows)]
    stays = _stays(_drawn(rows))
    member = stays.spell_member.collect()
    ids = dict(member.select("event_id", "spell_id").rows())
    wholes = dict(member.select("event_id", "continuous_spell_id").rows())
    spells = slow.spells(rows)

    def key(spell: slow.Spell) -> str:
        return str(ids[spell.ids[0]])

    def whole_key(spell: slow.Spell) -> str:
        return str(wholes[spell.ids[0]])

    claimed: dict[dt.date, str] = {}
    for row in stays.bed_day.collect().rows(named=True):
        for number in range((row["to_date"] - row["from_date"]).days):
            night = row["from_date"] + dt.timedelta(days=number)
            assert night not in claimed  # a person's bed days are distinct
            claimed[night] = row["spell_id"]
    assert claimed == slow.bed_days(spells, key)
    chains = slow.continuous_spells(spells, "nhsd", key)
    whole = stays.continuous_spell_draft.collect()
    told = whole.select("continuous_spell_id", "is_readmission_30d", "readmitted_30d").rows()
    assert {name: flags for name, *flags in told} == {
        name: list(flags) for name, flags in slow.readmissions(chains, whole_key).items()
    }
    picked = ("first_spell_id", "last_spell_id", "is_emergency")
    assert sorted(whole.select(picked).rows()) == sorted(
        (key(w.spells[0]), key(w.final), w.is_emergency) for w in map(slow.Whole, chains)
    )
    unplanned = stays.bed_day.select("spell_id", "is_unplanned").collect()
    assert dict(unplanned.rows()).items() <= {
        (key(spell), slow.Whole(chain).is_emergency) for chain in chains for spell in chain
    }
    nights = {
        key(chain[0]): sum(n in map(key, chain) for n in claimed.values()) for chain in chains
    }
    assert dict(whole.select("first_spell_id", "bed_days").rows()) == nights


def _grouped(member, key: str) -> list[list[str]]:
    return sorted(sorted(ids) for ids in member.group_by(key).agg("event_id")["event_id"])
