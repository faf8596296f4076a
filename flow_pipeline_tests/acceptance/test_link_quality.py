"""``flow-pipeline link-quality``: what it prints, and the pages it writes."""

import json
import re

import polars as pl

from flow_pipeline_tests.acceptance.commands import flow_pipeline

MPI = "extracts/community/csds_mpi_*.csv"
FETCHES = re.compile(r"""(?:src|href)\s*=\s*["']?(?:https?:)?//|@import|url\(\s*["']?https?:""")


def test_it_tells_how_good_linkage_is_by_the_truth_too(ran):
    ended = flow_pipeline("link-quality", ran / "economy.yaml", "--truth", ran / "truth", "--json")
    assert ended.code == 0, ended.err
    sections = {section["title"]: section for section in json.loads(ended.out)}
    [overall] = (s for title, s in sections.items() if title.startswith("Links of records"))
    truth = dict(zip(overall["columns"], overall["rows"][0], strict=True))
    assert truth["By"] == "the truth"
    assert float(truth["Precision"].rstrip("%")) > 95
    [blocking] = (s for title, s in sections.items() if title.startswith("Pairs of one person"))
    by_truth = dict(zip(blocking["columns"], blocking["rows"][0], strict=True))
    assert by_truth["By"] == "the truth"
    assert float(by_truth["Compared"].rstrip("%")) > 98


def test_its_pages_need_nothing_but_themselves(ran):
    ended = flow_pipeline("link-quality", ran / "economy.yaml")
    assert ended.code == 0, ended.err
    pages = {path.name: path for path in (ran / "data" / "analytic").glob("linkage_*.html")}
    assert set(pages) == {"linkage_quality.html", "linkage_model.html"}
    told = {name: path.read_text() for name, path in pages.items()}
    assert "<script" not in told["linkage_quality.html"]
    assert "href='linkage_model.html'" in told["linkage_quality.html"]
    for name, text in told.items():
        assert not FETCHES.search(_without_scripts(text)), name
    # the scripts that draw Splink's chart are in it, and so is the model
    chart = told["linkage_model.html"]
    assert len(chart) > 500_000
    assert '"log2_bayes_factor"' in chart
    assert not re.search(r"<script[^>]*\bsrc=", chart)


def _without_scripts(page: str) -> str:
    return re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)


def test_identifiers_that_lead_nowhere_any_more_are_no_release(ran):
    """The community provider sends its index with other identifiers than its contacts have."""
    paths = list(ran.glob(MPI))
    assert paths
    for path in paths:
        rows = pl.read_csv(path, infer_schema=False, separator=";")
        other = pl.lit("X") + pl.col("local_patient_identifier")
        rows.with_columns(local_patient_identifier=other).write_csv(path, separator=";")
    ended = flow_pipeline("run", ran / "economy.yaml")
    assert ended.code == 8, ended.err
    assert "L01 match_rate on csds_care_contact of RYA" in ended.err
    assert "Traceback" not in ended.err
