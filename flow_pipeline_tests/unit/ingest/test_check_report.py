"""The report a sender can make of its own files before sending them."""

from flow_pipeline.ingest.checking import check_sources
from flow_pipeline_tests.unit.ingest.deliveries import HEADER, economy

_SPOILT = f"""{HEADER}
a1,P1,2023-05-01T10:00:00,attended,p1
a2,P1,2023-05-02T10:00:00,attended,p2
a3,P1,2023-13-03T10:00:00,attended,p3
"""


def _spoilt(folder):
    config = economy(folder)
    next((folder / "extracts").glob("*.csv")).write_text(_SPOILT)
    return config


def test_the_report_is_that_of_a_run(tmp_path):
    found = check_sources(_spoilt(tmp_path), out=tmp_path / "told")
    assert [page.parent.name for page in found.reports] == ["P1"]
    page = found.reports[0].read_text()
    assert "The date cannot be read" in page
    assert "2023-13-03" not in page
    assert str(found.reports[0]) in found.verdict
    told = next(row for row in found.as_json()["found"] if row["rule"] == "V09 not_a_date")
    assert told["mend"].startswith("Write every date")


def test_a_note_of_many_files_is_told_once(tmp_path):
    config = _spoilt(tmp_path)
    for name in ("one.csv", "two.csv"):
        (tmp_path / "extracts" / name).write_text(f"Made by hand\n{_SPOILT}")
    told = check_sources(config).notes
    assert "one.csv and 1 more: 1 lines before the header were left out" in told


def test_nothing_is_written_unless_asked(tmp_path):
    config = _spoilt(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    assert check_sources(config).reports == ()
    assert sorted(tmp_path.rglob("*")) == before


def test_a_refused_file_is_told_too(tmp_path):
    config = _spoilt(tmp_path)
    (tmp_path / "extracts" / "other.csv").write_text("x,y\n1,2\n")
    [refusal] = check_sources(config, out=tmp_path / "told").refusals
    assert "other.csv" in refusal
    told = (tmp_path / "told" / "P1" / "refused.html").read_text()
    assert "other.csv" in told
    assert str(tmp_path) not in told
    assert (tmp_path / "told" / "P1" / "feedback.html").exists()
