"""Every contract can be read by the machine that runs it: names, lists, conditions, events."""

import datetime as dt
import re
from collections.abc import Iterator

import polars as pl
import pytest

from flow_pipeline.contracts import all_contracts, contract
from flow_pipeline.contracts.codes import code_lists
from flow_pipeline.contracts.families import EVENT_FAMILIES
from flow_pipeline.contracts.language import (
    At,
    ClassOf,
    Clock,
    Contract,
    EventMap,
    Field,
    FirstOf,
    Key,
)

_PROMISED = """
apc_episode apc_ward_stay ecds_attendance op_attendance csds_referral csds_care_contact csds_mpi
gp_registration gp_appointment cld_event death person_index
csds_gp community_hospital_spell gp_event gp_prescription_issue gp_referral mh_referral
mh_care_contact mh_hospital_spell mh_ward_stay ambulance_incident urgent_care_contact
care_home_residency prescribed_item delayed_discharge intermediate_care virtual_ward hospice_care
homelessness_application waiting_list_entry
"""
TYPES: dict[str, pl.DataType] = {
    "text": pl.String(),
    "code": pl.String(),
    "date": pl.Date(),
    "time": pl.String(),
    "datetime": pl.Datetime("us"),
    "integer": pl.Int64(),
    "decimal": pl.Float64(),
    "boolean": pl.Boolean(),
}
VALUES = (
    "event_type",
    "event_subtype",
    "setting",
    "planned",
    "outcome_class",
    "organisation_code",
    "site_code",
    "team_code",
    "specialty_code",
    "reason_code",
    "destination_class",
    "cost",
)
SETTINGS = {
    "acute_bed",
    "ed",
    "clinic",
    "home",
    "gp",
    "care_home",
    "community_bed",
    "mental_health_bed",
    "remote",
    "none",
}

every_contract = pytest.mark.parametrize("one", all_contracts().values(), ids=lambda c: c.name)


def _rows(one: Contract) -> pl.LazyFrame:
    """One row of nulls, typed as the contract says."""
    return pl.LazyFrame({f.name: [None] for f in one.fields}).with_columns(
        pl.col(f.name).cast(TYPES[f.type]) for f in one.fields
    )


def _type_of(one: Contract, sql: str) -> pl.DataType:
    """The type that an expression has over the contract's fields; evaluated, not only parsed."""
    frame = _rows(one).select(pl.sql_expr(sql).alias("_")).collect()
    return frame.schema["_"]


def _conditions(one: Contract) -> Iterator[str]:
    yield from (r.condition for r in one.rules)
    yield from (k.where for k in one.natural_key if k.where)
    yield from (e.where for e in one.events if e.where)
    for field in one.fields:
        yield from filter(None, (field.required_when, field.applies_when))


def test_every_promised_contract_is_there():
    assert set(all_contracts()) >= set(_PROMISED.split())


@every_contract
def test_every_condition_is_sql_that_is_true_false_or_null(one):
    for condition in _conditions(one):
        assert _type_of(one, condition) in {pl.Boolean(), pl.Null()}, condition


@every_contract
def test_code_lists_that_are_named_exist(one):
    named = {f.codes for f in one.fields if f.codes}
    named |= {
        choice.codes
        for event in one.events
        for value in (getattr(event, name) for name in VALUES)
        for choice in _classes_of(value)
    }
    assert named <= code_lists().keys()


@every_contract
def test_patterns_and_limits_go_with_their_types(one):
    for field in one.fields:
        if field.pattern:
            re.compile(field.pattern)
            assert field.type in {"text", "code"}
        if field.minimum is not None or field.maximum is not None:
            assert field.type in {"integer", "decimal"}
        if field.codes:
            assert field.type == "code"


@every_contract
def test_no_direct_identifier_goes_further_than_ingest(one):
    for field in one.fields:
        if field.identifier == "direct":
            assert field.treatment != "keep", field.name


@every_contract
def test_periods_and_validity_are_dates_of_the_contract(one):
    for name in (one.period_start, one.period_end, one.valid_from, one.valid_to):
        if name:
            assert one.field(name).type in {"date", "datetime"}


@every_contract
def test_a_parent_has_the_fields_by_which_it_is_found(one):
    parents = [one.parent, *(e.parent for e in one.events)]
    for parent in filter(None, parents):
        theirs = contract(parent.contract)
        for name in parent.on:
            assert one.field(name).id_domain == theirs.field(name).id_domain


@every_contract
def test_identity_can_be_found_in_the_way_the_contract_says(one):
    if {"row", "reference"} & set(one.identity):
        assert one.in_role("local_patient_identifier")
    if "parent" in one.identity:
        assert one.parent


def _classes_of(value: object) -> tuple[ClassOf, ...]:
    if isinstance(value, FirstOf):
        return value.choices
    return (value,) if isinstance(value, ClassOf) else ()


def _moments(event: EventMap) -> Iterator[At]:
    yield event.start
    yield from filter(None, (event.end, event.ready))
    yield from (clock.at for clock in event.clocks)


@every_contract
def test_events_are_of_known_families_and_begin_at_fields_of_the_contract(one):
    families = {f.name for f in EVENT_FAMILIES}
    for event in one.events:
        assert event.family in families
        for at in _moments(event):
            types = [
                one.field(name).type for name in (at.date, at.time, at.datetime) if name is not None
            ]
            assert types in (["date"], ["date", "time"], ["datetime"])
        assert len({c.name for c in event.clocks if isinstance(c, Clock)}) == len(event.clocks)


@every_contract
def test_event_columns_are_sql_over_the_contract_or_classes_of_its_codes(one):
    for event in one.events:
        for name in VALUES:
            value = getattr(event, name)
            for choice in _classes_of(value):
                assert one.has(choice.field)
            if isinstance(value, str):
                _type_of(one, value)


@every_contract
def test_event_codes_are_kept_fields(one):
    kept = {f.name for f in one.fields_treated("keep")}
    for event in one.events:
        for codes in event.codes:
            assert set(codes.fields) <= kept


def test_settings_are_those_of_care_event():
    found = set()
    for one in all_contracts().values():
        for event in one.events:
            for choice in _classes_of(event.setting):
                found |= set(code_lists()[choice.codes].classes().values())
                found |= {choice.default} - {None}
            if isinstance(event.setting, str) and event.setting.startswith("'"):
                found.add(event.setting.strip("'"))
    assert found <= SETTINGS


def test_no_list_has_a_code_twice():
    for codes in code_lists().values():
        assert len(set(codes.allowed)) == len(codes.codes), codes.name
        assert all(c.code and c.label for c in codes.codes)


def test_emergency_and_birth_admissions_are_those_of_the_definitions():
    classes = code_lists()["admission_method"].classes()
    emergency = {code for code, cls in classes.items() if cls == "emergency"}
    assert emergency == {"21", "22", "23", "24", "25", "28", "2A", "2B", "2D"}
    assert {code for code, cls in classes.items() if cls == "birth"} == {"2C", "82", "83"}


def test_an_unknown_contract_is_an_error():
    with pytest.raises(KeyError):
        contract("nothing")


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Field(name="a", meaning="A.", treatment="hmac"),
        lambda: Field(name="a", meaning="A.", id_domain="x"),
        lambda: Field(name="a", meaning="A.", identifier="direct"),
        lambda: At(),
        lambda: At(date="a", datetime="b"),
        lambda: _contract(fields=(_FIELD, _FIELD)),
        lambda: _contract(natural_key=(Key(fields=("nothing",)),)),
        lambda: _contract(period_start="nothing"),
    ],
)
def test_a_declaration_that_contradicts_itself_is_refused(wrong):
    with pytest.raises(ValueError, match=r"\w"):
        wrong()


_FIELD = Field(name="a", meaning="A.")


def _contract(**change: object) -> Contract:
    settings = {
        "name": "visit",
        "family": "acute",
        "meaning": "Visits.",
        "grain": "one row per visit",
        "version": "1",
        "effective_from": dt.date(2020, 1, 1),
        "standard": "none",
        "standard_version": "1",
        "fields": (_FIELD,),
        "natural_key": (Key(fields=("a",)),),
    }
    return Contract(**{**settings, **change})


OUTCOMES = {
    "attended", "dna", "cancelled_by_patient", "cancelled_by_provider", "rejected", "booked",
    "unknown", "open", "admitted", "discharged", "died", "left", "progressed", "continued",
    "ended", "nfa", "nfa_declined",
}  # fmt: skip
DESTINATIONS = {
    "home", "care_home_existing", "care_home_new", "community_bed", "other_hospital", "admitted",
    "died", "other",
}  # fmt: skip


def _classes(value: object) -> set[str]:
    """What a mapping value can be: classes of its codes, or the words that its SQL writes out."""
    if isinstance(value, FirstOf):
        return set().union(*(_classes(choice) for choice in value.choices))
    if isinstance(value, ClassOf):
        return set(code_lists()[value.codes].classes().values()) | ({value.default} - {None})
    return set(re.findall(r"(?:THEN|ELSE|^) ?'(\w+)'", value)) if isinstance(value, str) else set()


@every_contract
def test_what_became_of_an_event_is_told_in_the_same_words_by_every_family(one):
    for event in one.events:
        assert _classes(event.outcome_class) <= OUTCOMES
        assert _classes(event.destination_class) <= DESTINATIONS
        assert _classes(event.planned) <= {"elective", "unplanned", "not_applicable"}


def test_the_journey_roles_are_those_of_the_definitions():
    roles = {}
    for one in all_contracts().values():
        for event in one.events:
            roles.setdefault(event.family, set()).add(event.role)
    lasting = {"inpatient", "mh_spell", "community_spell", "ward_stay", "mh_ward_stay", "emergency"}
    assert {f for f in lasting if roles[f] != {"interval"}} == set()
    context = {"community_referral", "mh_referral", "gp_referral", "waiting_list", "care_home",
               "homelessness_application"}  # fmt: skip
    assert {f for f in context if roles[f] != {"context"}} == set()
    apart = {"death", "delayed_discharge", "gp_event", "prescribed_item"}
    assert {f for f in apart if roles[f] != {"administrative"}} == set()
