"""Histories that cannot be one person's, and those that look as if they could not: each drawn."""

import polars as pl
import pytest

from flow_pipeline.journeys import linked_rows, make_events, make_stays
from flow_pipeline.quality.joint_histories import impossible_histories
from flow_pipeline.tables.link_quality import IMPOSSIBLE_HISTORY
from flow_pipeline.tables.publish import ORGANISATION
from flow_pipeline_tests.unit.journeys.histories import PARAMETERS, core, links

STAY = "id|person|org|spell|n|admitted|start|end|left|how|to|method|from|class"
CONTACT = "id|person|org|contact|attended"
WARD = "id|person|org|spell|since|until"
SAID = "id|person|org|birth_month|person_stated_gender_code"
DEATH = "id|person|org|person_death_date"
IN_PRACTICE = "id|person|org|birth_month|person_stated_gender_code|person_death_date"


def stay(name: str, sender: str, start: str, end: str, more: str = "1|19|21|19|1") -> str:
    """A stay of one episode; ``more``: how it ended, where to, how and whence it began, class."""
    return f"{name}|p|{sender}|{name}|1|{start}|{start}|{end}|{end}|{more}"


def found(**tables: str) -> set[tuple[str, ...]]:
    """What is found: the last parts of both record keys, in order, and the code."""
    cores = {name: core(name, text) for name, text in tables.items()}
    linked = linked_rows(cores, links(cores))
    made = make_events(linked, ORGANISATION.empty(), PARAMETERS)
    stays = make_stays(made.event, cores, PARAMETERS)
    table = impossible_histories(
        linked.core,
        event=made.event,
        spell_draft=stays.spell_draft,
        out_of_life=made.out_of_life,
    ).collect()
    assert table.schema == IMPOSSIBLE_HISTORY.schema()
    short = [pl.col(c).str.split("-").list.last() for c in ("record_key", "other_record_key")]
    rows = table.select(*short, "reason_code").rows()
    return {(*sorted(keys), code) for *keys, code in rows}


def stays(*rows: str) -> set[tuple[str, ...]]:
    return found(apc_episode="\n".join([STAY, *rows]))


def test_two_beds_on_the_same_nights_cannot_be_one_persons():
    rows = (
        stay("a", "RXA", "2024-05-01", "2024-05-10"),
        stay("b", "RXB", "2024-05-06", "2024-05-20"),
    )
    assert stays(*rows) == {("a", "b", "two_beds")}


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param(
            (
                stay("a", "RXA", "2024-05-01", "2024-05-06", "1|51|21|19|1"),
                stay("b", "RXB", "2024-05-06", "2024-05-20", "1|19|81|51|1"),
            ),
            id="transfer on one day",
        ),
        pytest.param(
            (
                stay("a", "RXA", "2024-05-01", "2024-05-08"),
                stay("b", "RXB", "2024-05-06", "2024-05-20"),
            ),
            id="closed two nights late",
        ),
        pytest.param(
            (
                stay("a", "RXA", "2024-05-01", "2024-05-12", "1|51|21|19|1"),
                stay("b", "RXB", "2024-05-06", "2024-05-20", "1|19|81|51|1"),
            ),
            id="closed late, and the codes say that it was a transfer",
        ),
        pytest.param(
            (
                stay("a", "RXA", "2024-05-01", "2024-05-30"),
                stay("b", "RXB", "2024-05-06", "2024-05-20"),
            ),
            id="nested: the bed was kept",
        ),
        pytest.param(
            (
                stay("a", "RXA", "2024-05-01", "2024-05-10"),
                stay("b", "RXB", "2024-05-01", "2024-05-20"),
            ),
            id="nested, from one day on",
        ),
        pytest.param(
            (
                stay("a", "RXA", "2024-05-01", "2024-05-10"),
                stay("b", "RXA", "2024-05-06", "2024-05-20"),
            ),
            id="one provider",
        ),
        pytest.param(
            (
                stay("a", "RXA", "2024-05-01", "", "||21|19|1"),
                stay("b", "RXB", "2024-05-06", "2024-05-20"),
            ),
            id="the end of one was never recorded",
        ),
        pytest.param(
            (
                stay("a", "RXA", "2024-05-01", "2024-05-10", "1|19|21|19|3"),
                stay("b", "RXB", "2024-05-06", "2024-05-20"),
            ),
            id="regular attender",
        ),
        pytest.param(
            (
                stay("a", "RXA", "2024-05-01", "2024-05-10"),
                stay("b", "RXB", "2024-05-06", "2024-05-20").replace("|p|", "|q|"),
            ),
            id="two people",
        ),
    ],
)
def test_stays_that_one_person_can_have(rows):
    assert stays(*rows) == set()


def test_a_stay_is_held_against_the_one_that_lasts_longest_so_far():
    rows = (
        stay("a", "RXA", "2024-05-01", "2024-05-30"),
        stay("b", "RXB", "2024-05-03", "2024-05-05"),
        stay("c", "RXC", "2024-05-20", "2024-06-20"),
    )
    assert stays(*rows) == {("a", "c", "two_beds")}


def test_ward_stays_are_parts_of_a_stay():
    apc = "\n".join([STAY, stay("a", "RXA", "2024-05-01", "2024-05-10")])
    wards = f"""{WARD}
w1|p|RXA|a|2024-05-01 10:00|2024-05-08 10:00
w2|p|RXA|a|2024-05-03 10:00|2024-05-10 10:00"""
    assert found(apc_episode=apc, apc_ward_stay=wards) == set()


@pytest.mark.parametrize(
    ("deaths", "codes"),
    [
        ("x|p|ONS|2024-05-01\ny|p|ONS|2024-05-09", {("x", "y", "two_deaths")}),
        ("x|p|ONS|2024-05-01\ny|p|ONS|2024-05-08", set()),
        ("x|p|ONS|2024-05-01\ny|p|ONS|2024-05-01", set()),
        ("x|p|ONS|2024-05-01\ny|q|ONS|2024-11-01", set()),
    ],
    ids=["two", "a week apart", "registered twice", "two people"],
)
def test_two_deaths_are_two_people(deaths, codes):
    assert found(death=f"{DEATH}\n{deaths}") == codes


@pytest.mark.parametrize(
    ("told", "codes"),
    [("2024-06-01", set()), ("2024-06-02", {("g", "x", "two_deaths")}), ("", set())],
)
def test_a_death_that_a_practice_knows_of_may_be_a_month_off(told, codes):
    practice = f"{IN_PRACTICE}\ng|p|P1|1950-02-01|1|{told}"
    assert found(death=f"{DEATH}\nx|p|ONS|2024-05-01", gp_registration=practice) == codes


@pytest.mark.parametrize(
    ("contact", "codes"),
    [
        ("2024-06-01|5", {("c", "x", "after_death")}),
        ("2024-05-31|5", set()),
        ("2024-06-01|3", set()),
        ("2024-04-30|5", set()),
    ],
    ids=["long after", "within thirty days", "did not attend", "before"],
)
def test_care_long_after_death_is_somebody_elses(contact, codes):
    tables = {
        "death": f"{DEATH}\nx|p|ONS|2024-05-01",
        "csds_care_contact": f"{CONTACT}\nc|p|RYC|{contact}",
    }
    assert found(**tables) == codes


@pytest.mark.parametrize(
    ("end", "codes"),
    [("2024-06-01", {("a", "x", "after_death")}), ("2024-05-31", set()), ("", set())],
    ids=["long after", "closed late", "never closed"],
)
def test_a_stay_that_lasts_long_after_death_is_somebody_elses(end, codes):
    row = stay("a", "RXA", "2024-04-20", end, "1|19|21|19|1" if end else "||21|19|1")
    tables = {"death": f"{DEATH}\nx|p|ONS|2024-05-01", "apc_episode": f"{STAY}\n{row}"}
    assert found(**tables) == codes


def test_of_each_sender_the_first_care_after_death_is_named():
    tables = {
        "death": f"{DEATH}\nx|p|ONS|2024-05-01",
        "csds_care_contact": f"{CONTACT}\nd|p|RYC|2024-08-01|5\nc|p|RYC|2024-07-01|5\n"
        "e|p|RYD|2024-09-01|5",
    }
    assert found(**tables) == {("c", "x", "after_death"), ("e", "x", "after_death")}


@pytest.mark.parametrize(
    ("contact", "codes"),
    [("2023-05-01", {("c", "g", "before_birth")}), ("2024-04-20", set())],
    ids=["a year before", "a day and month exchanged may do it"],
)
def test_care_long_before_birth_is_somebody_elses(contact, codes):
    tables = {
        "gp_registration": f"{SAID}\ng|p|P1|2024-06-01|1",
        "csds_care_contact": f"{CONTACT}\nc|p|RYC|{contact}|5",
    }
    assert found(**tables) == codes


def said(*rows: str) -> set[tuple[str, ...]]:
    lines = [
        f"{name}|p|P{n}|{row}" for n, (name, row) in enumerate(zip("abcdef", rows, strict=False))
    ]
    somebody_else = f"{CONTACT}\nz|z|RYC|2024-05-01|5"
    return found(gp_registration="\n".join([SAID, *lines]), csds_care_contact=somebody_else)


@pytest.mark.parametrize(
    ("rows", "codes"),
    [
        (("1950-02-01|1", "1950-02-01|1", "1981-07-01|1"), {("a", "c", "two_births")}),
        (("1950-02-01|1", "1950-02-01|1", "1960-02-01|1"), set()),
        (("1950-02-01|1", "1950-02-01|1", "1950-03-01|1"), set()),
        (("1950-02-01|1", "1950-02-01|1", "1900-01-01|1"), set()),
        (("1950-02-01|1", "1950-02-01|1", "|1"), set()),
        (("1950-02-01|1", "1950-02-01|1", "1950-02-01|2"), set()),
        (("1950-02-01|1", "1950-02-01|1", "1950-03-01|2"), {("a", "c", "two_sexes")}),
        (("1950-02-01|1", "1950-02-01|1", "1950-03-01|9"), set()),
        (
            ("1950-02-01|1", "1950-02-01|1", "1981-07-01|2"),
            {("a", "c", "two_sexes"), ("a", "c", "two_births")},
        ),
        (("1950-02-01|", "1950-02-01|", "1950-03-01|2"), set()),
    ],
)
def test_births_and_sexes_that_cannot_be_one_persons(rows, codes):
    assert said(*rows) == codes


def test_parts_of_the_people_give_what_all_do():
    rows = [
        row.replace("|p|", f"|{person}|").replace("x", person)
        for person in "pqr"
        for row in (
            stay(f"{person}1", "RXA", "2024-05-01", "2024-05-10"),
            stay(f"{person}2", "RXB", "2024-05-06", "2024-05-20"),
        )
    ]
    apart = [stays(*(row for row in rows if f"|{person}|" in row)) for person in "pqr"]
    assert stays(*rows) == set.union(*apart)
    assert len(stays(*rows)) == 3
