"""Linking only what records that came or went touch comes to the same as linking all of them."""

import random
from collections.abc import Callable

import polars as pl
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from flow_pipeline.link import Linked
from flow_pipeline.link.anchors import anchors_of
from flow_pipeline.link.reach import Stood
from flow_pipeline_tests.unit.link.people import linked, tokens

GIVEN, FAMILY = ("Anna", "Ann", "Bert", "Cara", "Dora"), ("Archer", "Baker", "Cooper")
NUMBERS = ("9990000018", "9990000026", "9990001006", "9990020000")
SENDERS = ("RXA", "RXB")
WHO = "given | family | born | postcode | number | status | local | sender"
SPELL, REFERRAL = "hospital_provider_spell_identifier", "service_request_identifier"
TABLES = ("person_link", "person_registry", "person_history", "refusals", "decisions")


def _drawn(seed: int) -> pl.DataFrame:
    """Records of few people who are known in many ways: by identities, now and then mistaken, by
    local identifiers that are used again, and by parents of parents."""
    draw = _Draw(seed)
    drawn = [
        draw.rows("person_index", 14, WHO, lambda _: draw.who()),
        draw.rows(
            "gp_registration",
            10,
            f"{WHO} | registration_start_date | registration_end_date",
            lambda _: f"{draw.who()} | {draw.day()} | {draw.one_of((draw.day(), ''))}",
        ),
        draw.rows(
            "gp_appointment",
            20,
            "local | appointment_id | appointment_start_date_time | sender",
            lambda n: f"{draw.local()} | {n} | {draw.day()} 10:00 | {draw.sender()}",
        ),
        draw.rows(
            "apc_episode", 12, f"{WHO} | {SPELL}", lambda _: f"{draw.who()} | {draw.spell()}"
        ),
        draw.rows(
            "apc_ward_stay",
            12,
            f"{SPELL} | ward_stay_start_date_time | sender",
            lambda n: f"{draw.spell()} | 2024-05-{n + 1:02} 10:00 | {draw.sender()}",
        ),
        draw.rows(
            "mh_referral",
            8,
            f"{REFERRAL} | local | sender",
            lambda _: f"{draw.spell()} | {draw.local()} | {draw.sender()}",
        ),
        draw.rows(
            "mh_hospital_spell",
            8,
            f"{REFERRAL} | {SPELL} | local | sender",
            lambda _: f"{draw.spell()} | {draw.spell()} | | {draw.sender()}",
        ),
        draw.rows(
            "mh_ward_stay",
            12,
            f"{SPELL} | ward_stay_identifier | local | sender",
            lambda n: f"{draw.spell()} | {n} | {draw.one_of(('', draw.local()))} | {draw.sender()}",
        ),
    ]
    return pl.concat(drawn).collect().unique("record_key", maintain_order=True)


class _Draw:
    """Draws cells from few values, so that records meet."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self.one_of = self._random.choice
        self._people = [
            (self.one_of(GIVEN), self.one_of(FAMILY), f"19{50 + n}-03-0{n + 1}", NUMBERS[n % 4])
            for n in range(7)
        ]

    def rows(self, contract: str, n: int, header: str, row: Callable[[int], str]) -> pl.LazyFrame:
        return tokens("\n".join([header, *(row(k) for k in range(n))]), contract=contract)

    def who(self) -> str:
        given, family, born, number = self.one_of(self._people)
        number = number if self._random.random() < 0.6 else ""
        born = born if self._random.random() < 0.9 else "1950-03-01"
        told = f"{given} | {family} | {born} | AB1 2CD | {number} | {self.one_of(('01', '02'))}"
        return f"{told} | {self.local()} | {self.sender()}"

    def local(self) -> str:
        return str(self._random.randrange(6)) if self._random.random() < 0.8 else ""

    def sender(self) -> str:
        return self.one_of(SENDERS)

    def day(self) -> str:
        return f"202{self._random.randrange(3, 6)}-0{self._random.randrange(1, 9)}-01"

    def spell(self) -> int:
        return self._random.randrange(6)


def _stood(before: Linked, records: pl.DataFrame, now: pl.DataFrame) -> Stood:
    return Stood(
        before.person_link,
        before.refusals.collect(),
        anchors_of(records.lazy()).collect(),
        before.held,
        now.join(records, on="record_key", how="anti").lazy(),
        records.join(now, on="record_key", how="anti").select("record_key"),
    )


def _beside(touched: Linked, before: Linked) -> Linked:
    """With all links: those that were made anew, and those of the run before that still hold."""
    was = before.person_link.collect()
    assert set(touched.lost) <= {*was["record_key"], *before.refusals.collect()["record_key"]}
    left = was.filter(~pl.col("record_key").is_in(touched.lost.implode()))
    return touched._replace(person_link=pl.concat([left.lazy(), touched.person_link]))


def _same(one: Linked, other: Linked) -> None:
    for name in TABLES:
        a, b = getattr(one, name).collect(), getattr(other, name).collect()
        assert_frame_equal(a, b, check_row_order=False)
    assert_frame_equal(one.held, other.held)
    for name in ("identities", "pairs", "mentions"):
        assert_frame_equal(getattr(one.kept, name), getattr(other.kept, name))
    told = {name: n for name, n in other.notes.items() if name != "identities_weighed"}
    assert {name: one.notes[name] for name in told} == told


def _decided(some: random.Random, records: pl.DataFrame) -> pl.DataFrame:
    """What reviewers say of up to three pairs of records."""
    own = records.filter("has_own_identity")["record_key"].to_list()
    rows = [
        (*some.sample(own, 2), some.choice(("same", "different")), "reviewer", None)
        for _ in range(some.randrange(4))
        if len(own) > 1
    ]
    names = ("record_key", "other_record_key", "decision", "who")
    schema = dict.fromkeys(names, pl.String) | {"decided_on": pl.Date}
    return pl.DataFrame(rows, schema=schema, orient="row")


@pytest.mark.parametrize("seed", range(3))
@settings(max_examples=6, deadline=None, phases=(Phase.explicit, Phase.generate))
@given(st.data())
def test_what_is_touched_is_linked_as_if_all_were(seed, data):
    records = _drawn(seed)
    share = st.floats(0.0, 1.0)
    some = random.Random(data.draw(st.integers(0, 10_000)))
    first = records.filter([some.random() < 0.7 for _ in range(records.height)])
    made = linked(first.lazy())
    registry = made.person_registry
    for run_id in ("run-2", "run-3"):
        leave, come = data.draw(share) ** 2, data.draw(share) ** 2
        is_in = records["record_key"].is_in(first["record_key"].implode())
        stay = [some.random() >= leave if there else some.random() < come for there in is_in]
        now = records.filter(stay)
        how = {"registry": registry, "run_id": run_id, "before": made.kept}
        how["decisions"] = _decided(some, now)
        whole = linked(now.lazy(), **how)
        touched = _beside(linked(now.lazy(), **how, stood=_stood(made, first, now)), made)
        _same(touched, whole)
        told = pl.concat(
            frame.select("record_key") for frame in (touched.person_link, touched.refusals)
        )
        assert sorted(told.collect()["record_key"]) == sorted(now["record_key"])
        first, made, registry = now, touched, touched.person_registry
