"""What the checks of linkage say of drawn figures."""

import polars as pl
import pytest

from flow_pipeline.quality.linkage_checks import (
    blocking_results,
    crowd_results,
    difference_results,
    hidden_number_results,
    history_results,
    registry_results,
    review_results,
    sensitivity_results,
    subgroup_results,
    truth_results,
)
from flow_pipeline.quality.results import Result, quality_result
from flow_pipeline.tables.link_quality import (
    IMPOSSIBLE_HISTORY,
    LINK_BLOCKING,
    LINK_DECISION,
    LINK_DIFFERENCE,
    LINK_GAP,
    LINK_REVIEW,
    LINK_SENSITIVITY,
    LINK_THRESHOLD,
)
from flow_pipeline.tables.linkage import LINKAGE_QUALITY, PERSON_LINK, PERSON_REGISTRY
from flow_pipeline_tests.drawn import drawn


def judged(results: list[Result]) -> dict[str, tuple[str, bool]]:
    """Severity and whether it passed, by check."""
    rows = quality_result(results).collect()
    return {row["check_id"]: (row["severity"], row["passed"]) for row in rows.to_dicts()}


@pytest.mark.parametrize(
    ("precision", "recall", "says"),
    [
        (0.999, 0.99, {"L03 true_precision": True, "L03 true_recall": True}),
        (0.994, 0.99, {"L03 true_precision": False, "L03 true_recall": True}),
        (0.999, 0.96, {"L03 true_precision": True, "L03 true_recall": False}),
    ],
)
def test_by_the_truth_a_shortfall_blocks(precision, recall, says):
    text = f"""
        run_id | basis         | subgroup | subgroup_value | n_records | precision   | recall
        r      | truth         | all      | all            | 1000      | {precision} | {recall}
        r      | hidden_number | all      | all            | 1000      | 0.5         | 0.5
    """
    found = judged(truth_results(drawn(text, LINKAGE_QUALITY)))
    assert {name: passed for name, (_, passed) in found.items()} == says
    assert all(severity == "block" for severity, passed in found.values() if not passed)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("4 | 0.999 | 0.9999 | 0.99 | 0.995 | 900", [("warn", True), ("warn", True)]),
        ("4 | 0.990 | 0.9960 | 0.96 | 0.975 | 900", [("warn", False), ("warn", False)]),
        ("4 | 0.990 | 0.9940 | 0.96 | 0.969 | 900", [("block", False), ("block", False)]),
        ("4 | 0.500 | 0.6000 | 0.50 | 0.600 | 199", []),
        ("4 |       |        |      |       |    ", []),
    ],
)
def test_an_estimated_shortfall_warns_and_blocks_where_it_is_sure(line, says):
    head = "threshold | precision | precision_high | recall | recall_high | n_effective | is_chosen"
    other = "2 | 0.1 | 0.1 | 0.1 | 0.1 | 900 | false"
    table = drawn(f"{head}\n{line} | true\n{other}", LINK_THRESHOLD)
    assert list(judged(hidden_number_results(table)).values()) == says


def test_a_subgroup_that_is_surely_missed_more_warns():
    text = """
        basis         | subgroup | subgroup_value | gap_standardised | counts
        hidden_number | sex      | female         | -0.03            | true
        hidden_number | sex      | male           | 0.03             | true
        hidden_number | sex      | unknown        | -0.30            | true
        hidden_number | age_band | 85+            | -0.03            | false
    """
    found = judged(subgroup_results(drawn(text, LINK_GAP)))
    assert found == {
        "L02 recall_by_age_band": ("warn", True),
        "L02 recall_by_sex": ("warn", False),
    }


def test_what_hangs_on_the_threshold_is_told():
    text = """
        threshold | is_in_use | n_persons | n_without | n_matched
        2         | false     | 990       | 100       | 97
        4         | true      | 1000      | 100       | 95
        6         | false     | 1015      | 100       | 90
    """
    found = judged(sensitivity_results(drawn(text, LINK_SENSITIVITY)))
    assert found == {
        "L07 n_persons_a_band_away": ("warn", True),
        "L07 n_matched_a_band_away": ("warn", False),
    }
    assert sensitivity_results(LINK_SENSITIVITY.empty()) == []


@pytest.mark.parametrize(("n_apart", "passes"), [(0, True), (2, True), (10, False)])
def test_reviewers_agree_beyond_chance_or_it_is_told(n_apart, passes):
    head = "record_key | other_record_key | decision | who"
    words = ("same", "different")
    lines = [
        f"{pair} | x | {words[(pair + (who == 'b' and pair < n_apart)) % 2]} | {who}"
        for pair in range(40)
        for who in "ab"
    ]
    table = drawn("\n".join([head, *lines]), LINK_DECISION)
    assert judged(review_results(table)) == {"L04 reviewers_agree": ("warn", passes)}
    assert review_results(table.filter(pl.col("who") == "a")) == []


def test_an_id_that_the_registry_does_not_hold_blocks():
    links = drawn("person_id\np\nq", PERSON_LINK)
    registry = drawn("person_id\np", PERSON_REGISTRY)
    assert judged(registry_results(links, registry)) == {
        "L08 persons_are_registered": ("block", False)
    }
    both = drawn("person_id\np\nq\nr", PERSON_REGISTRY)
    assert judged(registry_results(links, both)) == {"L08 persons_are_registered": ("block", True)}


def test_people_of_a_group_taken_apart_warn_until_they_are_settled():
    links = drawn("record_key | person_id\na | p\nb | q\nc | r\nd | p", PERSON_LINK)
    pairs = "record_key | other_record_key | reason"
    asked = drawn(f"{pairs}\na | b | too_many_people\nc | d | near_threshold", LINK_REVIEW)
    (found,) = crowd_results(asked, links)
    assert (found.n_rows, found.n_failed) == (3, 2)
    assert judged([found]) == {"L05 groups_taken_apart": ("warn", False)}
    settled = crowd_results(LINK_REVIEW.empty(), links)
    assert judged(settled) == {"L05 groups_taken_apart": ("warn", True)}


@pytest.mark.parametrize(
    ("asked", "decided", "says"),
    [
        ("", "", [("warn", True), ("block", False)]),
        ("b | a | two_beds", "", [("warn", False), ("block", True)]),
        ("b | a | near_threshold", "", [("warn", True), ("block", False)]),
        ("b | a | too_many_people", "", [("warn", True), ("block", False)]),
        ("", "b | a | same", [("warn", True), ("block", True)]),
    ],
)
def test_histories_that_cannot_be_are_asked_about_until_they_are_settled(asked, decided, says):
    links = drawn("record_key | person_id\na | p\nb | p\nc | q\nd | r", PERSON_LINK)
    pairs = "record_key | other_record_key"
    tables = [
        drawn(f"{pairs} | reason_code\na | b | two_beds\nc | d | two_deaths", IMPOSSIBLE_HISTORY),
        drawn(f"{pairs} | reason\n{asked}".rstrip(), LINK_REVIEW),
        drawn(f"{pairs} | decision\n{decided}".rstrip(), LINK_DECISION),
    ]
    found = judged(history_results(*tables, links))
    assert [found[f"L06 histories_{name}"] for name in ("to_be_settled", "are_asked_about")] == says


@pytest.mark.parametrize(
    ("difference", "n", "says"),
    [
        (-0.2, 2000, (False, 0.2)),
        (0.2, 2000, (False, 0.2)),
        (0.08, 20000, (True, 0.08)),
        (0.2, 200, (True, 0.0)),
    ],
    ids=["fewer", "more", "little", "chance"],
)
def test_who_is_linked_differs_from_who_is_not(difference, n, says):
    text = f"""
        subgroup | subgroup_value | n_linked | n_unlinked | standardised_difference
        sex      | female         | {n}      | {n}        | {difference}
        sex      | male           | 0        | 0          |
        age_band | 85+            | 100      | 0          |
    """
    rows = quality_result(difference_results(drawn(text, LINK_DIFFERENCE))).collect().to_dicts()
    assert [row["check_id"] for row in rows] == ["L09 linked_and_unlinked_by_sex"]
    assert (rows[0]["passed"], rows[0]["observed"]) == says
    assert rows[0]["severity"] == "warn"


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ("truth | all | 1000 | 990", {"L10 pairs_are_compared_by_truth": ("warn", True)}),
        ("truth | all | 1000 | 970", {"L10 pairs_are_compared_by_truth": ("warn", False)}),
        ("truth | all | 99 | 0", {}),
        (
            "verified_number | all | 1000 | 970\nverified_number | reference | 1000 | 0",
            {"L10 pairs_are_compared_by_verified_number": ("warn", False)},
        ),
        (
            "verified_number | all | 1000 | 970\ntruth | all | 1000 | 990",
            {"L10 pairs_are_compared_by_truth": ("warn", True)},
        ),
    ],
)
def test_pairs_that_no_rule_finds_are_told(lines, says):
    table = drawn(f"basis | rule | n_pairs | n_found\n{lines}", LINK_BLOCKING)
    assert judged(blocking_results(table)) == says
