"""Versions and jurisdictions of contracts: each can be run, and together they make one table."""

import datetime as dt
from dataclasses import replace

import polars as pl
import pytest

from flow_pipeline.contracts import (
    JURISDICTIONS,
    all_contracts,
    choose_version,
    contract,
    versions,
)
from flow_pipeline.contracts.codes import code_lists
from flow_pipeline.contracts.language import Code, CodeList, Contract, Field, Key, Supersede
from flow_pipeline.contracts.versions import choose, newest_first, union
from flow_pipeline_tests.drawn import drawn
from flow_pipeline_tests.unit.contracts.test_contracts import TYPES

EVERY_VERSION = [
    one
    for name in all_contracts()
    for country in JURISDICTIONS
    for one in versions(name, country)
    if country == "england" or contract(name, country).standard != contract(name).standard
]
every_version = pytest.mark.parametrize(
    "one", EVERY_VERSION, ids=lambda c: f"{c.name}-{c.jurisdiction}-{c.version}"
)


def _nulls(one: Contract) -> pl.LazyFrame:
    return pl.LazyFrame(
        {f.name: [None] for f in one.fields}, schema={f.name: TYPES[f.type] for f in one.fields}
    )


@every_version
def test_every_condition_of_a_version_is_over_its_own_fields(one):
    conditions = [r.condition for r in one.rules]
    conditions += [k.where for k in one.natural_key if k.where]
    conditions += [one.supersede.deletes] if one.supersede.deletes else []
    for field in one.fields:
        conditions += filter(None, (field.required_when, field.applies_when, field.expected_when))
    rows = _nulls(one)
    for condition in conditions:
        found = rows.select(pl.sql_expr(condition).alias("_")).collect().schema["_"]
        assert found in {pl.Boolean(), pl.Null()}, condition
    if one.supersede.precedence:
        every_field = _nulls(contract(one.name))
        rank = every_field.select(pl.sql_expr(one.supersede.precedence).cast(pl.Int64)).collect()
        assert rank.height == 1


@every_version
def test_what_core_rows_hold_instead_of_a_code_is_a_code_of_the_whole_contract(one):
    for field in one.fields:
        if field.codes:
            core = set(code_lists()[field.codes].core_codes().values())
            whole = contract(one.name).field(field.name)
            assert whole.codes is not None
            assert core <= set(code_lists()[whole.codes].allowed), field.name


@every_version
def test_a_code_and_the_code_that_says_the_same_have_one_class(one):
    for field in one.fields:
        codes = code_lists()[field.codes] if field.codes else None
        whole = contract(one.name).field(field.name).codes
        if codes is None or whole is None:
            continue
        theirs, ours = codes.classes(), code_lists()[whole].classes()
        for code, core in codes.core_codes().items():
            assert theirs.get(code) == ours.get(core), (field.name, code)


@every_version
def test_every_field_of_a_version_is_a_column_of_the_whole(one):
    whole = contract(one.name)
    for field in one.fields:
        assert whole.field(field.name).type == field.type
        assert whole.field(field.name).treatment == field.treatment


_FIELD = Field(name="a", meaning="A.", required="required")


def _version(version: str, first: str, last: str | None, *fields: Field) -> Contract:
    return Contract(
        name="visit",
        family="acute",
        meaning="Visits.",
        grain="one row per visit",
        version=version,
        effective_from=dt.date.fromisoformat(first),
        effective_to=dt.date.fromisoformat(last) if last else None,
        standard="none",
        standard_version=version,
        fields=(_FIELD, *fields),
        natural_key=(Key(fields=("a",)),),
    )


def _field(name: str, required: str = "optional") -> Field:
    return Field(name=name, meaning="Something.", required=required)  # type: ignore[arg-type]


VISITS = newest_first(
    [
        _version("1", "2020-01-01", "2021-12-31", _field("old")),
        _version("3", "2023-01-01", None, _field("new", "required"), _field("more")),
        _version("2", "2022-01-01", None, _field("mid", "expected")),
    ]
)

_CHOSEN = """
delivered   | on         | chosen
a,new       | 2024-05-01 | 3
a,new       | 2022-05-01 | 2
a           | 2024-05-01 | 2
a,mid       | 2024-05-01 | 2
a,old       | 2024-05-01 | 1
a,old,mid   | 2024-05-01 | 2
a,new,old   | 2024-05-01 | 3
a           | 2020-05-01 | 1
new         | 2024-05-01 | 3
a           | 2019-05-01 | 1
"""


@pytest.mark.parametrize(
    ("delivered", "on", "chosen"), drawn(_CHOSEN).collect().rows(), ids=lambda v: str(v)
)
def test_the_version_is_chosen_by_what_is_delivered_and_when(delivered, on, chosen):
    found = choose(VISITS, delivered.split(","), dt.date.fromisoformat(on))
    assert found.version == chosen


def test_the_stated_version_is_taken_whatever_is_delivered():
    one = choose_version("cld_event", (), stated="1", on=dt.date(2026, 1, 1))
    assert (one.version, one.stands_for) == ("1", ())


def test_an_unknown_stated_version_is_told_with_those_there_are():
    with pytest.raises(ValueError, match=r"cld_event has no version '7'; there are 2, 1"):
        choose_version("cld_event", (), stated="7", on=dt.date(2026, 1, 1))
    with pytest.raises(KeyError):
        versions("nothing")


def test_a_file_of_the_old_version_that_still_arrives_is_read_as_such():
    sent = {"service_request_identifier", "care_contact_identifier", "care_contact_date"}
    old = choose_version(
        "csds_care_contact", sent | {"attended_or_did_not_attend_code"}, on=dt.date(2024, 1, 1)
    )
    new = choose_version("csds_care_contact", sent | {"attendance_status"}, on=dt.date(2024, 1, 1))
    assert (old.version, new.version) == ("1.5", "1.6")


def test_the_whole_has_every_field_and_asks_no_more_than_every_version():
    whole = union(VISITS)
    asked = {f.name: f.required for f in whole.fields}
    assert asked == {
        "a": "required",
        "new": "expected",
        "more": "optional",
        "mid": "optional",
        "old": "optional",
    }
    assert (whole.version, whole.versions) == ("3", ("3", "2", "1"))


@pytest.mark.parametrize(
    "other",
    [
        replace(VISITS[0], effective_from=dt.date(2025, 1, 1)),
        replace(VISITS[0], version="4", natural_key=(Key(fields=("new",)),)),
        replace(VISITS[0], version="4", supersede=Supersede(order=("received",))),
    ],
    ids=["same version", "another key", "another rule"],
)
def test_versions_that_cannot_live_together_are_refused(other):
    with pytest.raises(ValueError, match="visit"):
        newest_first([*VISITS, other])


def test_a_jurisdiction_without_a_variant_has_the_same_contract():
    scotland, england = contract("csds_referral", "scotland"), contract("csds_referral")
    assert [f.name for f in scotland.fields] == [f.name for f in england.fields]
    assert contract("op_attendance", "scotland").standard.startswith("Scottish")


def test_a_code_list_knows_versions_dates_and_defaults():
    codes = CodeList(
        name="x",
        source="y",
        codes=(
            Code(code="1", label="One", versions=("1",)),
            Code(code="2", label="Two", effective_from=dt.date(2024, 1, 1), core="1"),
            Code(code="9", label="Not known", is_default=True, core="9"),
        ),
    )
    assert codes.known_to(("2",)) == ("2", "9")
    assert codes.known_to(("1", "2")) == codes.allowed
    assert [c.code for c in codes.dated()] == ["2"]
    assert codes.defaults() == ("9",)
    assert codes.core_codes() == {"2": "1"}


@pytest.mark.parametrize(
    "wrong",
    [lambda: Supersede(order=("precedence",)), lambda: Supersede(precedence="1")],
)
def test_a_rule_that_compares_what_it_does_not_have_is_refused(wrong):
    with pytest.raises(ValueError, match="precedence"):
        wrong()
