"""Every query and view of ``sql/`` runs, says what it is for, and answers as it says."""

import re
from pathlib import Path

import duckdb
import pytest
import sqlglot

from flow_pipeline.publish.duckdb_store import connect
from flow_pipeline.publish.releases import publish_release
from flow_pipeline.tables import published_tables
from flow_pipeline_tests.unit.publish.published import small_flow, small_released

SQL = Path(__file__).parents[1] / "sql"
VIEWS = sorted((SQL / "views").glob("*.sql"))
ANALYSIS = sorted((SQL / "analysis").glob("*.sql"))
PROMISED = {"v_current_hri", "v_discharge_delays", "v_handoffs_by_pair", "v_anchor_window"}
INFO = {"run_id": "run-1", "economy": "Anyborough", "purpose": "p"}


def _published(root: Path, flow: dict) -> duckdb.DuckDBPyConnection:
    publish_release(
        flow,
        small_released(),
        releases=root / "releases",
        release_id="r1",
        link=root / "flow.duckdb",
        release_info=INFO,
    )
    return connect(root / "flow.duckdb")


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    with _published(tmp_path_factory.mktemp("small"), small_flow()) as connection:
        yield connection


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    flow = {t.name: t.empty() for t in published_tables()}
    with _published(tmp_path_factory.mktemp("empty"), flow) as connection:
        yield connection


def _rows(connection: duckdb.DuckDBPyConnection, sql: str) -> list[dict]:
    result = connection.execute(sql)
    names = [column[0] for column in result.description or ()]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def _answer(connection: duckdb.DuckDBPyConnection, number: int) -> list[dict]:
    [file] = [f for f in ANALYSIS if f.name.startswith(f"{number:02}_")]
    return _rows(connection, file.read_text())


def test_the_views_promised_are_there():
    assert {f.stem for f in VIEWS} >= PROMISED
    assert len(ANALYSIS) >= 8


@pytest.mark.parametrize("file", [*VIEWS, *ANALYSIS], ids=lambda f: f.stem)
def test_every_file_says_what_it_answers(file):
    assert file.read_text().startswith("-- ")


@pytest.mark.parametrize("file", [*VIEWS, *ANALYSIS], ids=lambda f: f.stem)
def test_every_file_is_one_statement_of_both_databases(file):
    """PostgreSQL itself is not at hand in every test run; its grammar is."""
    for dialect in ("postgres", "duckdb"):
        assert len(sqlglot.parse(file.read_text(), dialect=dialect)) == 1
    duckdb_only = r"(?i)\b(quantile_cont|median\(|list\(|struct|exclude|qualify|ifnull|strftime)"
    assert not re.search(duckdb_only, file.read_text())


@pytest.mark.parametrize("file", VIEWS, ids=lambda f: f.stem)
def test_every_view_answers_with_rows_and_without(file, small, empty):
    assert _rows(empty, f"SELECT * FROM {file.stem}") == []
    assert _rows(small, f"SELECT * FROM flow.{file.stem}")


@pytest.mark.parametrize("file", ANALYSIS, ids=lambda f: f.stem)
def test_every_query_answers_with_rows_and_without(file, small, empty):
    assert _rows(empty, file.read_text()) == []
    assert _rows(small, file.read_text())


def test_every_view_carries_its_comment(small):
    sql = "SELECT view_name, comment FROM duckdb_views() WHERE schema_name = 'flow'"
    comments = dict(small.execute(sql).fetchall())
    assert comments.keys() == {f.stem for f in VIEWS}
    assert comments["v_journey_story"].startswith("The steps of every journey in order")


def test_views_work_in_the_file_opened_directly(tmp_path):
    """Tables by schema and name, as on PostgreSQL; the queries after one USE."""
    _published(tmp_path, small_flow()).close()
    with duckdb.connect(str(tmp_path / "flow.duckdb"), read_only=True) as connection:
        assert connection.execute("SELECT count(*) FROM flow.person").fetchall() == [(3,)]
        assert connection.execute("SELECT count(*) FROM flow.v_current_hri").fetchall()
        connection.execute("USE flow")
        for file in ANALYSIS:
            assert connection.execute(file.read_text()).fetchall()


def test_current_high_resource_individuals_are_those_of_the_latest_year_and_the_economy(small):
    rows = _rows(small, "SELECT person_id, financial_year, age, sex FROM v_current_hri")
    assert rows == [
        {"person_id": "P1", "financial_year": "2024/25", "age": 81, "sex": "female"},
    ]


def test_discharge_delays_say_how_long_and_where_to(small):
    sql = "SELECT * FROM v_discharge_delays WHERE person_id = 'P1'"
    [row] = _rows(small, sql)
    assert (row["delay_days"], row["destination_class"], row["nights"]) == (2.0, "home", 7)
    assert row["organisation_code"] == "RXA"


def test_handoffs_by_pair_leave_out_concurrent_steps_and_waits_without_a_clock(small):
    rows = _rows(small, "SELECT * FROM v_handoffs_by_pair ORDER BY to_organisation_code")
    shown = [(r["to_organisation_code"], r["n_handoffs"], r["n_waits"]) for r in rows]
    assert shown == [("999", 1, 1), ("G01", 1, 0), ("RXB", 1, 0)]
    assert rows[0]["median_wait_minutes"] == 2880


def test_the_window_holds_what_happened_around_the_anchor(small):
    sql = "SELECT event_id, days_from_anchor, is_in_journey FROM v_anchor_window ORDER BY 1"
    rows = [tuple(row.values()) for row in _rows(small, sql)]
    assert rows == [("E1", 0, True), ("E2", 0, True), ("E3", 9, True)]


def test_waits_by_month_count_ends_by_kind(small):
    rows = {(r["measure"], r["month"].month): r for r in _answer(small, 1)}
    ended = rows["discharge_delay", 5]
    assert (ended["n_ended"], ended["median_days"]) == (1, 2.0)
    waiting = rows["request_to_service", 8]
    assert (waiting["n_not_ended"], waiting["median_days"]) == (1, None)


def test_emergency_waits_are_by_hour_of_arrival(small):
    [row] = _answer(small, 5)
    assert (row["arrival_hour"], row["median_minutes"], row["share_within_4_hours"]) == (
        13,
        280,
        0.0,
    )


def test_readmission_and_missed_appointments_are_shares(small):
    assert [float(r["readmission_rate"]) for r in _answer(small, 6)] == [0.0, 0.0]
    missed = {r["gp_practice_code"]: float(r["share_missed"]) for r in _answer(small, 7)}
    assert missed == {"G01": 0.0, "G02": 1.0}


def test_after_reablement_only_what_counts_and_is_over_counts(small):
    [row] = _answer(small, 11)
    assert (row["n_discharges"], row["n_died"], row["n_readmitted"]) == (2, 1, 0)
    assert float(row["share_in_community"]) == 0.5


def test_grants_give_analysts_both_schemas_and_readers_one():
    text = (SQL / "grants" / "postgresql.sql").read_text()
    code = "\n".join(line for line in text.splitlines() if not line.startswith("--"))
    grants = re.findall(r"GRANT (.+?) TO (.+?);", code)
    to_reader = [what for what, who in grants if "flow_reader" in who]
    assert to_reader == [
        "USAGE ON SCHEMA flow_release",
        "SELECT ON ALL TABLES IN SCHEMA flow_release",
    ]
    assert not re.search(r"GRANT\s+(ALL|INSERT|UPDATE|DELETE)", code)
