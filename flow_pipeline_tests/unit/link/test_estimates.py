"""Precision, recall, subgroups and thresholds from drawn outcomes."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flow_pipeline.link.estimates import estimate, gaps, wilson, worth
from flow_pipeline.link.persons import BAND, THRESHOLD
from flow_pipeline.link.threshold import chosen, held_out, tried
from flow_pipeline_tests.drawn import drawn

_TYPES = {
    "person": pl.Int64(),
    "weight": pl.Float64(),
    "n_true": pl.Int64(),
    "n_found": pl.Int64(),
    "n_right": pl.Int64(),
}


def test_links_count_by_weight():
    outcomes = drawn(
        """
        person | weight | n_true | n_found | n_right
        1      | 2      | 1      | 1       | 1
        2      | 1      | 1      | 1       | 0
        3      | 1      | 1      | 0       | 0
        4      | 4      | 0      | 0       | 0
        """,
        **_TYPES,
    ).collect()
    found = estimate(outcomes)
    assert found is not None
    assert found.precision.value == pytest.approx(2 / 3)
    assert found.recall.value == pytest.approx(2 / 4)
    assert found.f1.value == pytest.approx(4 / 7)
    assert found.n_persons == 4
    assert found.n_effective == pytest.approx(9 / 5)


def test_where_nothing_is_to_be_found_nothing_is_said():
    outcomes = drawn("person | weight | n_true | n_found | n_right\n1|1|0|0|0", **_TYPES)
    assert estimate(outcomes.collect()) is None


def outcomes(n: int, *, missed: float = 0.0, wrong: float = 0.0, seed: int = 1) -> pl.DataFrame:
    chance = np.random.default_rng(seed)
    is_missed = chance.random(n) < missed
    is_wrong = ~is_missed & (chance.random(n) < wrong)
    return pl.DataFrame(
        {
            "person": np.arange(n),
            "identity": np.arange(n),
            "weight": 1.0,
            "n_true": 1,
            "n_found": (~is_missed).astype(int),
            "n_right": (~is_missed & ~is_wrong).astype(int),
            "pattern": "given family",
        }
    )


def test_the_interval_of_a_share_holds_it_about_as_often_as_it_says():
    held = 0
    for seed in range(40):
        found = estimate(outcomes(500, missed=0.1, seed=seed))
        assert found is not None
        held += found.recall.low <= 0.9 <= found.recall.high
    assert held >= 34


def test_all_right_of_a_few_is_not_certain():
    found = estimate(outcomes(40))
    assert found is not None
    assert found.precision.value == 1
    assert found.precision.low == pytest.approx(wilson(1.0, 40)[0])
    assert found.precision.low < 0.92


@given(st.floats(0, 1), st.floats(1, 1e6))
def test_wilson_holds_the_share(share, n):
    low, high = wilson(share, n)
    assert 0 <= low <= share + 1e-9
    assert share - 1e-9 <= high <= 1


@given(st.lists(st.floats(0.01, 100), min_size=1, max_size=50))
def test_weights_are_worth_no_more_than_their_number(weights):
    assert 1 - 1e-9 <= worth(np.array(weights)) <= len(weights) + 1e-6


def test_a_gap_that_is_there_counts_and_chance_does_not():
    worse = outcomes(1_500, missed=0.15, seed=1).with_columns(sex=pl.lit("female"))
    better = outcomes(1_500, missed=0.02, seed=2).with_columns(sex=pl.lit("male"))
    both = pl.concat([worse, better.with_columns(pl.col("person") + 1_500)])
    alike = both.with_columns(
        ethnic_group=(pl.col("person") % 2).replace_strict({0: "white", 1: "asian"})
    )
    found = {row["subgroup_value"]: row for row in gaps(alike, ["sex", "ethnic_group"]).to_dicts()}
    assert found["female"]["gap_standardised"] < -0.04
    assert found["male"]["gap_standardised"] > 0.04
    assert {name for name, row in found.items() if row["counts"]} == {"female", "male"}


def test_a_gap_that_missing_fields_explain_is_standardised_away():
    frames = []
    for value, n_bare in (("a", 800), ("b", 200)):
        bare = outcomes(n_bare, missed=0.5, seed=3).with_columns(pattern=pl.lit("family"))
        whole = outcomes(1_000 - n_bare, seed=4)
        start = sum(f.height for f in frames)
        both = (
            pl.concat([bare, whole])
            .with_row_index("row")
            .with_columns(person=pl.col("row").cast(pl.Int64) + start, group=pl.lit(value))
        )
        frames.append(both)
    found = {r["subgroup_value"]: r for r in gaps(pl.concat(frames), ["group"]).to_dicts()}
    assert found["a"]["gap"] < -0.1 < 0.1 < found["b"]["gap"]
    assert abs(found["a"]["gap_standardised"]) < 0.06
    assert not found["a"]["counts"]


def test_a_small_subgroup_of_which_nobody_was_missed_does_not_count():
    few = outcomes(40).with_columns(sex=pl.lit("x"))
    many = outcomes(2_000, missed=0.03).with_columns(sex=pl.lit("y"), person=pl.col("person") + 40)
    found = {r["subgroup_value"]: r for r in gaps(pl.concat([few, many]), ["sex"]).to_dicts()}
    assert found["x"]["recall"] == 1
    assert not found["x"]["counts"]


def _at(*steps: tuple[int, float, float, int]) -> pl.DataFrame:
    """Outcomes at thresholds: band from the shipped one, share missed, share wrong, people."""
    frames = [
        outcomes(n, missed=missed, wrong=wrong).with_columns(
            threshold=pl.lit(THRESHOLD + step * BAND, pl.Float64)
        )
        for step, missed, wrong, n in steps
    ]
    return pl.concat(frames)


@pytest.mark.parametrize(
    ("steps", "step", "reason"),
    [
        # precise all: the best F1 wins, if it is better by more than a tenth of a point
        ([(-1, 0.01, 0, 5_000), (0, 0.02, 0, 5_000), (1, 0.05, 0, 5_000)], -1, "proven"),
        ([(-1, 0.02, 0, 5_000), (0, 0.0201, 0, 5_000), (1, 0.05, 0, 5_000)], 0, "proven"),
        # a lower one finds more, but wrongly
        ([(-1, 0, 0.02, 5_000), (0, 0.02, 0, 5_000), (1, 0.05, 0, 5_000)], 0, "proven"),
        # too few to prove anything
        ([(0, 0.02, 0, 500)], 0, "likely"),
        ([(0, 0.02, 0, 100)], 0, "shipped"),
        # the shipped one is surely too imprecise
        ([(0, 0, 0.02, 2_000), (1, 0.02, 0, 1_000)], 1, "likely"),
        ([(0, 0, 0.04, 2_000), (1, 0, 0.02, 2_000)], 1, "refuted"),
    ],
)
def test_the_threshold_is_chosen_by_precision_then_f1(steps, step, reason):
    assert chosen(tried(_at(*steps))) == (THRESHOLD + step * BAND, reason)


def test_each_person_is_judged_at_the_threshold_that_the_others_choose():
    found = held_out(_at((-1, 0, 0.02, 5_000), (0, 0.02, 0, 5_000)))
    assert found["person"].is_unique().all()
    assert found.height == 5_000
    assert set(found["threshold"]) == {THRESHOLD}
