"""Figures of linkage as tables and charts: what stands there, and what is left out."""

import polars as pl
import pytest

from flow_pipeline.publish.link_quality_page import page
from flow_pipeline.publish.link_quality_tables import Figures, sections
from flow_pipeline.tables.link_quality import (
    LINK_BLOCKING,
    LINK_DIFFERENCE,
    LINK_GAP,
    LINK_SENSITIVITY,
    LINK_THRESHOLD,
)
from flow_pipeline.tables.linkage import LINKAGE_QUALITY
from flow_pipeline_tests.drawn import drawn

QUALITY = """
    basis | subgroup | subgroup_value | n_records | match_rate | precision | recall | f1 | interval
    hidden_number | all | all | 2000 | 0.9 | 0.999 | 0.98 | 0.989 | 0.9800 to 0.9950
    truth | all | all | 300 | 0.9 | 1 | 0.97 | 0.985 |
    truth | sex | female | 100 | 0.9 | 1 | 0.97 | 0.985 |
"""
GAPS = """
    basis|subgroup|subgroup_value|n_persons|recall|gap|gap_standardised|low|high|counts
    hidden_number | sex | female | 900 | 0.96 | -0.02 | -0.03 | -0.05 | -0.011 | true
    truth | sex | female | 200 | 0.97 | -0.01 | -0.01 | -0.40 | 0.38 | false
    truth | sex | unknown | 200 | 0.97 | -0.01 | -0.01 | -0.05 | 0.03 | false
"""
THRESHOLDS = "threshold | is_chosen | reason\n4 | true | shipped"
SENSITIVITY = (
    "threshold | is_in_use | n_persons | n_without | n_matched\n4 | true | 1000 | 100 | 95"
)
BLOCKING = (
    "basis | rule | n_pairs | n_found\ntruth | all | 1000 | 990\ntruth | nhs number | 1000 | 500"
)
DIFFERENCES = """
    subgroup | subgroup_value | n_unlinked | share_linked | share_unlinked | standardised_difference
    sex      | female         | 20         | 0.5          | 0.2            | -0.66
    care_home | yes           | 0          | 1            |                |
    age_band | 85+            | 7          | 0.1          | 0.2            | 0.28
"""
PARAMETERS = {"sex": {"same": [0.9, 0.45], "else": [0.1, 0.55]}}


def figures(**more: object) -> Figures:
    told = {
        "quality": drawn(QUALITY, LINKAGE_QUALITY).collect(),
        "gaps": drawn(GAPS, LINK_GAP).collect(),
        "thresholds": drawn(THRESHOLDS, LINK_THRESHOLD).collect(),
        "sensitivity": drawn(SENSITIVITY, LINK_SENSITIVITY).collect(),
        "blocking": drawn(BLOCKING, LINK_BLOCKING).collect(),
        "differences": drawn(DIFFERENCES, LINK_DIFFERENCE).collect(),
        "reviewed": {"near_threshold": 12, "two_beds": 1},
        "decisions": {"obeyed": 3},
    }
    return Figures(**{**told, **more})


def rows(start: str, **more: object) -> list[tuple[str, ...]]:
    """The rows of the one section whose title starts so; none where there is no such section."""
    found = [s.rows for s in sections(figures(**more)) if s.title.startswith(start)]
    assert len(found) <= 1
    return list(found[0]) if found else []


@pytest.mark.parametrize(
    ("title", "told"),
    [
        (
            "Links of records",
            [
                ("the truth", "300", "90.00%", "100.00%", "97.00%", "98.50%", "–"),
                ("hidden numbers*", "2,000", "90.00%", "99.90%", "98.00%", "98.90%", "98.0–99.5%"),
            ],
        ),
        (
            "Recall by the truth",
            [("sex female", "200", "97.00%", "-1.00", "-1.00 (-40.0 to +38.0)")],
        ),
        (
            "Recall by hidden numbers",
            [("sex female", "900", "96.00%", "-2.00", "-3.00 (-5.0 to -1.1) counts")],
        ),
        ("Pairs of one person", [("the truth", "1,000", "99.00%")]),
        ("Who is linked", [("sex female", "50.00%", "20.00%", "-0.66")]),
        (
            "Review",
            [
                ("to be reviewed: two beds", "1"),
                ("to be reviewed: near threshold", "12"),
                ("decided: obeyed", "3"),
            ],
        ),
    ],
)
def test_what_is_known_is_told(title, told):
    assert rows(title) == told


def test_what_nobody_can_judge_is_left_out():
    nothing = {
        "quality": LINKAGE_QUALITY.empty().collect(),
        "gaps": LINK_GAP.empty().collect(),
        "blocking": LINK_BLOCKING.empty().collect(),
        "differences": LINK_DIFFERENCE.empty().collect(),
        "reviewed": {},
        "decisions": {},
    }
    titles = [section.title for section in sections(figures(**nothing))]
    assert titles == ["Thresholds tried on hidden numbers", "What hangs on the threshold"]
    assert "<svg" in page("X", sections(figures(**nothing)), nothing["gaps"], PARAMETERS, "m.html")


def test_the_page_draws_gaps_and_weights():
    told = figures()
    html = page("A & B", sections(told), told.gaps, PARAMETERS, "model.html")
    assert "A &amp; B" in html
    assert html.count("<circle") == 2  # not the unknown
    assert html.count(">sex: female<") == 1  # named once, for both bases
    assert html.count("#a2231d") == 3  # the key, and dot and line of the one that counts
    assert "+1.0</text>" in html  # log2(.9 / .45)
    assert "href='model.html'" in html


def test_an_interval_beyond_the_axis_is_cut_at_its_edge():
    wide = figures().gaps.filter(pl.col("subgroup_value") == "female", basis="truth")
    html = page("X", sections(figures()), wide, PARAMETERS, "model.html")
    assert 'x1="250.0" x2="870.0"' in html
