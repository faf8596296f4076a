"""The fast stays against the slow, obvious ones, on random histories."""

import dataclasses
import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flow_pipeline.journeys import Parameters, Stays, linked_rows, make_events, make_stays
from flow_pipeline.tables.publish import ORGANISATION
from flow_pipeline_tests.unit.journeys import slow_stays as slow
from flow_pipeline_tests.unit.journeys.histories import PARAMETERS, core, links

HEAD = "id|person|org|spell|n|admitted|start|end|left|how|to|method|from|class"
DAY = dt.date(2024, 6, 1)
codes = {
    "how": st.sampled_from([None, "1", "1", "4", "8", "9"]),
    "to": st.sampled_from([None, "19", "19", "49", "51", "84"]),
    "method": st.sampled_from([None, "11", "21", "2B", "81"]),
    "source": st.sampled_from([None, "19", "51", "87"]),
    "classification": st.sampled_from(["1", "1", "1", None, "3"]),
}


@st.composite
def episodes(draw: st.DrawFn) -> slow.Episode:
    """Nested, overlapping, touching, of no length, without end or codes, backwards."""
    admitted = DAY + dt.timedelta(days=draw(st.integers(0, 9)))
    start = admitted + dt.timedelta(days=draw(st.sampled_from([0, 0, 0, 1, 2])))
    length = draw(st.sampled_from([None, 0, 0, 1, 2, 5, 9, -1]))
    end = None if length is None else start + dt.timedelta(days=length)
    gone = end is not None and length is not None and length >= 0 and draw(st.booleans())
    return slow.Episode(
        id="",
        org=draw(st.sampled_from(["RXA", "RXB"])),
        spell=draw(st.sampled_from([None, None, "S1", "S2"])),
        n=draw(st.sampled_from([None, 1, 2])),
        admitted=admitted,
        start=start,
        end=end,
        left=end if gone else None,
        **{name: draw(code) for name, code in codes.items()},
    )


def _drawn(rows: list[slow.Episode], person: str = "p") -> str:
    return "\n".join([HEAD, *_lines(rows, person)])


def _lines(rows: list[slow.Episode], person: str) -> list[str]:
    cells = [(row.id, person, *dataclasses.astuple(row)[1:]) for row in rows]
    return ["|".join("" if v is None else str(v) for v in row) for row in cells]


def _stays(drawn: str, parameters: Parameters = PARAMETERS) -> Stays:
    cores = {"apc_episode": core("apc_episode", drawn)}
    linked = linked_rows(cores, links(cores))
    event = make_events(linked, ORGANISATION.empty(), parameters).event
    return make_stays(event, cores, parameters)


@pytest.mark.parametrize("variant", ["nhsd", "che"])
@settings(deadline=None, max_examples=40)
@given(rows=st.lists(episodes(), min_size=1, max_size=7))
def test_fast_and_slow_agree(variant: str, rows: list[slow.Episode]) -> None:
    rows = [dataclasses.replace(row, id=f"e{number}") for number, row in enumerate(rows)]
    stays = _stays(_drawn(rows), dataclasses.replace(PARAMETERS, cips_variant=variant))
    member = stays.spell_member.collect()
    assert sorted(member["event_id"]) == sorted(row.id for row in rows)  # each in exactly one
    spells = slow.spells(rows)
    assert _grouped(member, "spell_id") == sorted(spell.ids for spell in spells)
    ids = dict(member.select("event_id", "spell_id").rows())
    expected = slow.continuous(spells, variant, key=lambda spell: ids[spell.ids[0]])
    assert _grouped(member, "continuous_spell_id") == expected


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


def _grouped(member, key: str) -> list[list[str]]:
    return sorted(sorted(ids) for ids in member.group_by(key).agg("event_id")["event_id"])
