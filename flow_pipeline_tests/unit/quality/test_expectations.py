"""Great Expectations at the edge: what it writes, what it must not, and what it is told."""

import io
import stat
from contextlib import redirect_stderr, redirect_stdout

import polars as pl
import pytest

from flow_pipeline.errors import StoreError
from flow_pipeline.quality import expectations
from flow_pipeline.quality.expectations import run_suites
from flow_pipeline.quality.results import quality_result
from flow_pipeline.tables import table
from flow_pipeline_tests.drawn import drawn

PLANTED = ("9990001235", "PLANTEDNAME", "987654")


@pytest.fixture(scope="module")
def planted():
    """Core rows in which every text but the sender's holds a planted value, and numbers too."""
    core = {}
    for name in ("apc_episode", "cld_event", "gp_registration"):
        declared = table(f"core_{name}")
        values = [
            pl.lit(PLANTED[i % 2] if dtype == pl.String else int(PLANTED[2]))
            .cast(dtype if dtype in (pl.String, pl.Int64, pl.Float64) else pl.Int64)
            .alias(column)
            for i, (column, dtype) in enumerate(declared.schema().items())
            if dtype in (pl.String, pl.Int64, pl.Float64)
        ]
        core[name] = (
            declared.empty()
            .collect()
            .clear(3)
            .lazy()
            .with_columns(values)
            .with_columns(source=pl.lit("acute"), organisation_code=pl.lit("RXA"))
        )
    return core


def test_no_planted_value_is_in_what_is_written_said_or_returned(planted, tmp_path):
    said = io.StringIO()
    with redirect_stdout(said), redirect_stderr(said):
        results = run_suites(planted, tmp_path / "docs")
    written = [f.read_text() for f in sorted((tmp_path / "docs").rglob("*")) if f.is_file()]
    returned = quality_result(results).collect().write_json()

    assert len(written) == 4
    assert all(results_of(results, name) > 0 for name in planted)
    for text in (*written, said.getvalue(), returned):
        assert not [value for value in PLANTED if value in text]
    assert said.getvalue() == ""


def results_of(results, name: str) -> int:
    return sum(r.n_failed for r in results if r.source == name)


def test_pages_open_from_disk_without_a_network_or_a_script(planted, tmp_path):
    run_suites(planted, tmp_path)

    for page in tmp_path.glob("*.html"):
        text = page.read_text()
        assert "http" not in text
        assert "<script" not in text
        assert "src=" not in text
    index = (tmp_path / "index.html").read_text()
    assert 'href="apc_episode.html"' in index
    assert "fingerprint" not in (tmp_path / "apc_episode.html").read_text()


def test_the_same_rows_make_the_same_pages(planted, tmp_path):
    run_suites({"cld_event": planted["cld_event"]}, tmp_path / "a")
    run_suites({"cld_event": planted["cld_event"]}, tmp_path / "b")

    for page in ("index.html", "cld_event.html"):
        assert (tmp_path / "a" / page).read_bytes() == (tmp_path / "b" / page).read_bytes()


def test_pages_of_extracts_no_longer_sent_go(planted, tmp_path):
    run_suites({"cld_event": planted["cld_event"]}, tmp_path)
    run_suites({"cld_event": table("core_cld_event").empty()}, tmp_path)

    assert [p.name for p in tmp_path.glob("*.html")] == ["index.html"]


def test_an_extract_without_rows_passes_and_is_listed(tmp_path):
    results = run_suites({"death": table("core_death").empty()}, tmp_path)

    assert {r.n_rows for r in results} == {0}
    assert quality_result(results).collect()["passed"].all()
    assert "death (no rows)" in (tmp_path / "index.html").read_text()


def test_a_check_that_cannot_be_evaluated_stops_the_run_without_its_message(tmp_path, monkeypatch):
    monkeypatch.setattr(
        expectations, "_as_pandas", lambda frame: frame.select("event_id").to_pandas()
    )
    core = {"person_index": drawn("event_id\n9990001235", table("core_person_index"))}

    with pytest.raises(RuntimeError, match="could not evaluate a check of person_index") as raised:
        run_suites(core, tmp_path)
    assert "9990001235" not in str(raised.value)
    assert raised.value.__cause__ is None


def test_a_folder_that_cannot_be_made_is_said_so(tmp_path):
    (tmp_path / "docs").write_text("a file where the folder should be")

    with pytest.raises(StoreError, match=r"data docs cannot be written to .*docs"):
        run_suites({}, tmp_path / "docs")
    assert stat.S_ISREG((tmp_path / "docs").stat().st_mode)
