import datetime as dt
import json

import polars as pl

from flow_pipeline.contracts.codes import code_lists
from flow_pipeline.publish.reference import (
    area,
    code,
    data_dictionary,
    organisation,
    pipeline_run,
    team,
)
from flow_pipeline.tables import schema_tables, table
from flow_pipeline_tests.drawn import drawn
from flow_pipeline_tests.unit.publish.published import small_flow


def test_code_holds_every_code_once():
    codes = code().collect()
    assert codes.schema == table("code").schema()
    assert not codes.select("code_list", "code").is_duplicated().any()
    assert codes.height >= sum(len(c.codes) for c in code_lists().values())
    home = codes.row(by_predicate=pl.col("code") == "asc_request", named=True)
    assert home["code_list"] == "event_family"


def test_the_dictionary_has_every_table_and_column_of_both_schemas_in_order():
    told = data_dictionary().collect()
    wanted = [
        (schema, t.name, name)
        for schema, tables in sorted(schema_tables().items())
        for t in sorted(tables, key=lambda t: t.name)
        for name in ("", *t.column_names)
    ]
    assert told.select("schema_name", "table_name", "column_name").rows() == wanted


def test_the_dictionary_says_which_tables_a_later_version_fills():
    told = data_dictionary().filter(pl.col("note").is_not_null()).collect()
    expected = {t.name for tables in schema_tables().values() for t in tables if t.later}
    assert set(told.get_column("table_name")) == expected


def test_the_dictionary_marks_keys_and_units():
    rows = data_dictionary().filter(
        pl.col("table_name") == "journey_step", pl.col("schema_name") == "flow"
    )
    told = {r["column_name"]: r for r in rows.collect().iter_rows(named=True)}
    keys = {name for name, row in told.items() if row["is_key"]}
    assert keys == {"journey_id", "step_number"}
    assert told["wait_minutes"]["unit"] == "minutes"


def test_what_the_configuration_says_of_an_organisation_wins():
    configured = [{"code": "RXA", "name": "Anyborough Hospital", "sector": "acute"}]
    file = drawn(
        """
        organisation_code | name      | parent_code | successor_code
        RXA               | ANYBORO H | QXX         |
        G02               | Practice  |             | G01
        """
    )
    rows = organisation(configured, file).collect()
    assert rows.select("organisation_code", "name", "parent_code", "is_sender").rows() == [
        ("G02", "Practice", None, False),
        ("RXA", "Anyborough Hospital", "QXX", True),
    ]


def test_organisations_of_the_configuration_alone_are_enough():
    rows = organisation([{"code": "999", "name": "Council", "sector": "council"}]).collect()
    assert rows.schema == table("organisation").schema()
    assert rows.height == 1


def test_areas_come_from_the_reference_file_or_there_are_none():
    file = drawn("area_code | name | population\n E02 | Hill | 8000", population=pl.Int64())
    assert area(file).collect().select("area_code", "population").rows() == [("E02", 8000)]
    assert area().collect().is_empty()


def test_a_team_is_of_the_family_most_of_its_events_are_of_and_shows_no_birth():
    events = drawn(
        """
        event_id | event_family      | event_type | sector    | organisation_code | team_code | start_at
        E1       | community_contact | home       | community | RYY               | T1        | 2024-05-03 10:00
        E2       | community_contact | home       | community | RYY               | T1        | 2024-05-04 10:00
        E3       | outpatient        | first      | community | RYY               | T1        | 2024-06-04 10:00
        E4       | inpatient         | birth      | acute     | RXA               | T2        | 2024-06-04 10:00
        E5       | gp_appointment    |            | gp        | G01               |           | 2024-06-04 10:00
        """,  # noqa: E501
        table("care_event"),
    )
    expected = ("RYY", "T1", "community", "community_contact")
    days = (dt.date(2024, 5, 3), dt.date(2024, 6, 4))
    assert team(events).collect().rows() == [(*expected, *days)]
    assert team(events.reverse()).collect().rows() == [(*expected, *days)]


def test_teams_of_the_small_economy():
    shown = team(small_flow()["care_event"]).collect()
    assert shown.select("organisation_code", "team_code").rows() == [
        ("999", "Team A"),
        ("RXA", "Ward 9"),
    ]


def test_the_run_is_one_row_of_text_and_times():
    started = dt.datetime(2026, 11, 23, 2, 0)
    info = {"run_id": "r", "economy": "A", "purpose": "p", "started_at": started}
    more = {"contract_versions": {"b": "1", "a": "2"}, "not_a_column": 1}
    [row] = (
        pipeline_run(
            {**info, **more}, release_id="x", row_counts={"t": 1}, content_digests={"t": "0"}
        )
        .collect()
        .rows(named=True)
    )
    assert row["started_at"] == started
    assert row["contract_versions"] == '{"a": "2", "b": "1"}'
    assert json.loads(row["row_counts"]) == {"t": 1}
