import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import duckdb
import polars as pl
import pytest

from flow_pipeline.errors import ExitCode, FlowError, StoreError
from flow_pipeline.publish import duckdb_store
from flow_pipeline.publish import releases as module
from flow_pipeline.publish.duckdb_store import connect
from flow_pipeline.publish.releases import current_release, publish_release, release_note
from flow_pipeline.tables import published_tables, released_tables, table
from flow_pipeline_tests.unit.publish.published import small_flow, small_released

INFO = {
    "run_id": "run-1",
    "economy": "Anyborough",
    "purpose": "whole-system-flow-2026",
    "code_version": "0.1.0",
    "parameters": {"gap_days": 30},
}


def _publish(root: Path, release_id: str, **more: object) -> module.Release:
    settings = {
        "releases": root / "releases",
        "link": root / "flow.duckdb",
        "release_info": INFO,
    }
    flow = more.pop("flow", None) or small_flow()
    return publish_release(flow, small_released(), release_id=release_id, **{**settings, **more})


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("economy")
    _publish(root, "r1")
    return root


@pytest.fixture
def few_tables(monkeypatch):
    """Enough tables to see how releases come and go; all of them take a second each time."""
    wanted = {"person", "care_event", "spell", "pipeline_run", "code"}
    few = {
        schema: tuple(t for t in tables if t.name in wanted)
        for schema, tables in module.schema_tables().items()
    }
    monkeypatch.setattr(module, "schema_tables", lambda: few)
    monkeypatch.setattr(duckdb_store, "view_statements", lambda: ())


def _query(path: Path, sql: str) -> list[tuple]:
    with connect(path) as connection:
        return connection.execute(sql).fetchall()


def test_both_schemas_hold_every_table(root):
    sql = "SELECT table_name FROM duckdb_tables() WHERE schema_name = '{}' ORDER BY 1"
    flow = _query(root / "flow.duckdb", sql.format("flow"))
    assert [name for (name,) in flow] == [t.name for t in published_tables()]
    released = [t.name for t in released_tables()]
    for file in ("flow.duckdb", "flow_release.duckdb"):
        found = _query(root / "releases/current" / file, sql.format("flow_release"))
        assert [name for (name,) in found] == released


def test_the_released_database_holds_no_row_of_a_person(root):
    with duckdb.connect(str(root / "releases/current/flow_release.duckdb"), read_only=True) as c:
        tables = {
            name for (name,) in c.execute("SELECT table_name FROM duckdb_tables()").fetchall()
        }
        columns = c.execute("SELECT DISTINCT column_name FROM duckdb_columns()").fetchall()
    assert "care_event" not in tables
    assert ("person_id",) not in columns


def test_every_table_and_column_says_what_it_means(root):
    sql = """
        SELECT count(*), count(c.comment), count(t.comment)
        FROM duckdb_columns() AS c
        JOIN duckdb_tables() AS t USING (database_name, schema_name, table_name)
        WHERE schema_name IN ('flow', 'flow_release')
    """
    [(columns, with_comment, in_table_with_comment)] = _query(root / "flow.duckdb", sql)
    assert columns == with_comment == in_table_with_comment > 500
    wait = """
        SELECT comment FROM duckdb_columns()
        WHERE table_name = 'journey_step' AND column_name = 'wait_minutes'
    """
    [(comment,)] = _query(root / "flow.duckdb", wait)
    assert comment == "From the predecessor's end to this start. Unit: minutes."


def test_a_release_holds_what_it_should_and_nothing_else(root):
    names = {p.name for p in (root / "releases/current").iterdir()}
    linked = {"economy.duckdb", "aggregates.duckdb"}
    assert names == {"flow.duckdb", "flow_release.duckdb", "parquet", "release.json"} | linked


def test_types_are_those_declared(root):
    sql = "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = 'care_event'"
    types = dict(_query(root / "flow.duckdb", sql))
    assert types["cost"] == "DECIMAL(16,2)"
    assert types["dq_flags"] == "VARCHAR[]"
    assert types["start_at"] == "TIMESTAMP"
    assert types["age_at_event"] == "BIGINT"


def test_database_and_parquet_hold_the_same_rows_in_the_same_order(root):
    for declared in published_tables():
        file = root / "releases/current/parquet/flow" / declared.name
        parquet = pl.scan_parquet(file / "*.parquet").collect()
        stored = _query(root / "flow.duckdb", f'SELECT * FROM flow."{declared.name}"')
        assert stored == parquet.rows(), declared.name
        assert parquet.schema == declared.schema()


def test_days_of_births_and_deaths_are_masked_before_anything_is_written(root):
    sql = "SELECT DISTINCT day(start_at) FROM care_event WHERE event_id IN ('E4', 'E5')"
    assert _query(root / "flow.duckdb", sql) == [(1,)]


def test_the_run_and_the_note_say_what_was_published(root):
    sql = "SELECT run_id, release_id, parameters, row_counts, content_digests FROM pipeline_run"
    [(run_id, release_id, parameters, counts, digests)] = _query(root / "flow.duckdb", sql)
    assert (run_id, release_id, json.loads(parameters)) == ("run-1", "r1", {"gap_days": 30})
    assert json.loads(counts)["flow.care_event"] == 9
    note = release_note(root / "releases")
    told = {f"{t['schema']}.{t['table']}": t["digest"] for t in note["tables"]}
    assert told.items() >= json.loads(digests).items()
    assert note["economy"] == "Anyborough"


@pytest.mark.usefixtures("few_tables")
def test_the_same_content_has_the_same_digests_in_another_release(tmp_path):
    shuffled = {name: f.reverse() for name, f in small_flow().items()}
    one, two = _publish(tmp_path, "r1"), _publish(tmp_path, "r2", flow=shuffled)
    other = ("pipeline_run",)  # says the release in which it stands
    digests = [[t for t in r.tables if t.table not in other] for r in (one, two)]
    assert digests[0] == digests[1]


def test_analysts_alone_may_read_rows(root):
    current = root / "releases/current"
    modes = {p: stat.S_IMODE(p.stat().st_mode) for p in current.rglob("*")}
    assert modes[current / "flow.duckdb"] == 0o640
    assert modes[current / "parquet/flow"] == 0o750
    assert modes[current / "parquet/flow/person/person.parquet"] == 0o640
    assert modes[current / "release.json"] == 0o640
    assert modes[current / "flow_release.duckdb"] == 0o644
    assert modes[current / "parquet/flow_release/code/code.parquet"] == 0o644


@pytest.mark.usefixtures("few_tables")
def test_a_new_release_is_switched_to_and_old_ones_are_kept_as_told(tmp_path):
    releases = tmp_path / "releases"
    for release_id in ("r1", "r2", "r3", "r4"):
        _publish(tmp_path, release_id, keep=2)
        assert current_release(releases) == release_id
        assert _query(tmp_path / "flow.duckdb", "SELECT release_id FROM pipeline_run") == [
            (release_id,)
        ]
    assert sorted(p.name for p in releases.iterdir()) == ["current", "r3", "r4"]
    assert (tmp_path / "flow.duckdb").is_symlink()


@pytest.mark.usefixtures("few_tables")
def test_a_reader_keeps_its_release_until_it_reopens(tmp_path):
    _publish(tmp_path, "r1")
    with connect(tmp_path / "flow.duckdb") as reader:
        _publish(tmp_path, "r2", keep=1)
        sql = "SELECT release_id FROM pipeline_run"
        assert reader.execute(sql).fetchall() == [("r1",)]
        assert _query(tmp_path / "flow.duckdb", sql) == [("r2",)]


def _bytes_below(folder: Path) -> dict[str, bytes]:
    return {str(p): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.mark.usefixtures("few_tables")
def test_a_disk_that_fills_up_half_way_leaves_the_last_release(tmp_path, monkeypatch):
    _publish(tmp_path, "r1")
    before = _bytes_below(tmp_path)

    def full(path: Path, *_: object) -> None:
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "write_database", full)
    with pytest.raises(StoreError, match="disk is full") as error:
        _publish(tmp_path, "r2")
    assert error.value.exit_code == ExitCode.STORE
    assert _bytes_below(tmp_path) == before
    assert current_release(tmp_path / "releases") == "r1"


_LIMITED = """
import resource, sys
from pathlib import Path
from flow_pipeline.errors import StoreError
from flow_pipeline_tests.unit.publish.test_releases import _publish
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
try:
    _publish(Path(sys.argv[1]), "r2")
except StoreError as error:
    print(error)
    sys.exit(error.exit_code)
"""


@pytest.mark.parametrize("limit", [200, 100_000], ids=["parquet", "database"])
def test_a_file_that_cannot_grow_is_a_store_error_and_leaves_the_last_release(tmp_path, limit):
    """The operating system refuses to write on, once within Parquet and once within DuckDB."""
    _publish(tmp_path, "r1")
    before = _bytes_below(tmp_path)
    run = [sys.executable, "-c", _LIMITED, str(tmp_path), str(limit)]
    ended = subprocess.run(run, capture_output=True, text=True, check=False)
    assert ended.returncode == ExitCode.STORE, ended.stderr
    assert "run again" in ended.stdout
    assert _bytes_below(tmp_path) == before


@pytest.mark.usefixtures("few_tables")
def test_what_a_killed_run_left_is_removed_by_the_next(tmp_path):
    leftover = tmp_path / "releases" / "r0.partial" / "parquet"
    leftover.mkdir(parents=True)
    (leftover / "half.parquet").write_bytes(b"half")
    _publish(tmp_path, "r1")
    assert not leftover.parent.exists()


_KILLED = """
import os, signal, sys
from pathlib import Path
from flow_pipeline.publish import releases
from flow_pipeline_tests.unit.publish.test_releases import _publish
write = releases.write_database
def write_and_die(path, *rest):
    write(path, *rest)
    os.kill(os.getpid(), signal.SIGKILL)
releases.write_database = write_and_die
_publish(Path(sys.argv[1]), "r2")
"""


def test_a_run_that_is_killed_half_way_leaves_the_last_release_and_can_be_run_again(tmp_path):
    _publish(tmp_path, "r1")
    run = [sys.executable, "-c", _KILLED, str(tmp_path)]
    ended = subprocess.run(run, capture_output=True, text=True, check=False)
    assert ended.returncode == -9, ended.stderr
    partial = tmp_path / "releases" / "r2.partial"
    assert (partial / "economy.duckdb").exists()
    assert stat.S_IMODE(partial.stat().st_mode) == 0o700
    sql = "SELECT release_id FROM pipeline_run"
    assert _query(tmp_path / "flow.duckdb", sql) == [("r1",)]
    _publish(tmp_path, "r2")
    assert not partial.exists()
    assert _query(tmp_path / "flow.duckdb", sql) == [("r2",)]


@pytest.mark.usefixtures("few_tables")
def test_a_run_killed_between_renaming_and_switching_can_be_run_again(tmp_path):
    _publish(tmp_path, "r1")
    (tmp_path / "releases" / "r2").mkdir()
    _publish(tmp_path, "r2")
    assert current_release(tmp_path / "releases") == "r2"


def test_a_release_is_never_overwritten(root):
    with pytest.raises(StoreError, match="published already"):
        _publish(root, "r1")
    assert current_release(root / "releases") == "r1"


def test_a_file_in_place_of_the_link_is_not_touched(tmp_path):
    (tmp_path / "flow.duckdb").write_text("somebody's work")
    with pytest.raises(StoreError, match="there is a file"):
        _publish(tmp_path, "r1")
    assert (tmp_path / "flow.duckdb").read_text() == "somebody's work"


def test_a_table_that_was_not_made_stops_publishing(tmp_path):
    flow = small_flow()
    del flow["journey"]
    with pytest.raises(FlowError, match=r"flow\.journey was not made"):
        _publish(tmp_path, "r1", flow=flow)
    assert current_release(tmp_path / "releases") is None


def test_tables_without_a_source_or_of_a_later_version_are_published_empty(tmp_path):
    flow = small_flow()
    made_here = ("code", "data_dictionary", "team", "pipeline_run")
    for name in ("detail_cld_event", "stage_wait", *made_here):
        del flow[name]
    flow["team"] = table("team").empty()
    _publish(tmp_path, "r1", flow=flow)
    assert _query(tmp_path / "flow.duckdb", "SELECT count(*) FROM stage_wait") == [(0,)]
    assert _query(tmp_path / "flow.duckdb", "SELECT count(*) > 100 FROM code") == [(True,)]
    teams = [("Team A",), ("Ward 9",)]
    assert _query(tmp_path / "flow.duckdb", "SELECT team_code FROM team") == teams
    assert _query(tmp_path / "flow.duckdb", "SELECT team_code FROM flow_release.team") == teams


@pytest.mark.usefixtures("few_tables")
def test_what_no_schema_publishes_is_left_alone(tmp_path):
    linked = pl.LazyFrame({"record_key": ["K"], "person_id": ["P1"]})
    released = _publish(tmp_path, "r1", flow={**small_flow(), "person_link": linked})
    assert "person_link" not in {t.table for t in released.tables}


@pytest.mark.usefixtures("few_tables")
def test_a_value_that_does_not_fit_is_not_quoted(tmp_path):
    wrong = small_flow()["person"].with_columns(pl.lit("4010232137").alias("imd_decile") + "x")
    with pytest.raises(FlowError) as error:
        _publish(tmp_path, "r1", flow={**small_flow(), "person": wrong})
    assert "4010232137" not in str(error.value)
    assert error.value.__suppress_context__


@pytest.mark.usefixtures("few_tables")
def test_further_documents_go_into_the_release(tmp_path):
    docs = tmp_path / "data_docs"
    docs.mkdir()
    (docs / "index.html").write_text("checks")
    _publish(tmp_path, "r1", extras={"data_docs": docs})
    assert (tmp_path / "releases/current/data_docs/index.html").read_text() == "checks"


def test_opening_what_was_never_published_says_so(tmp_path):
    with pytest.raises(StoreError, match="nothing is published"):
        connect(tmp_path / "flow.duckdb")


def test_the_link_may_lie_anywhere_also_below_a_linked_folder(tmp_path):
    (tmp_path / "real" / "deep").mkdir(parents=True)
    (tmp_path / "alias").symlink_to(tmp_path / "real" / "deep")
    _publish(tmp_path, "r1", link=tmp_path / "alias" / "anyborough.duckdb")
    sql = "SELECT count(*) FROM flow.person"
    assert _query(tmp_path / "alias" / "anyborough.duckdb", sql) == [(3,)]


def test_a_folder_that_cannot_be_written_is_a_store_error(tmp_path):
    (tmp_path / "releases").write_text("a file where the folder should be")
    with pytest.raises(StoreError):
        _publish(tmp_path, "r1")


@pytest.mark.usefixtures("few_tables")
def test_the_links_hold_when_the_economy_is_moved(tmp_path):
    (tmp_path / "here").mkdir()
    _publish(tmp_path / "here", "r1")
    os.rename(tmp_path / "here", tmp_path / "there")
    assert _query(tmp_path / "there" / "flow.duckdb", "SELECT count(*) FROM person") == [(3,)]
