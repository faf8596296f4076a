"""What must hold of any released table, whatever the figures."""

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from flow_pipeline.governance.disclosure import leaks, released
from flow_pipeline.tables.flow import HANDOFF_MATRIX

COUNTS = st.lists(st.integers(0, 40), min_size=1, max_size=8)


def table_of(counts: list[int]) -> pl.LazyFrame:
    n = len(counts)
    rows = pl.LazyFrame(
        {
            "month": ["2024-05-01"] * n,
            "handoff_type": ["sector"] * n,
            "from_team_code": [f"T{i}" for i in range(n)],
            "n_handoffs": counts,
            "n_waits": counts,
            "median_wait_minutes": [60.0 if c else None for c in counts],
        }
    ).with_columns(pl.col("month").str.to_date())
    given_ = rows.collect_schema().names()
    missing = [c for c in HANDOFF_MATRIX.column_names if c not in given_]
    return HANDOFF_MATRIX.conform(rows.with_columns(pl.lit(None).alias(n) for n in missing))


@settings(deadline=None, max_examples=60)
@given(COUNTS)
def test_nothing_small_is_visible_nor_the_only_one_withheld(counts):
    shown = released(HANDOFF_MATRIX, table_of(counts)).collect()
    visible = shown["n_handoffs"].drop_nulls().to_list()
    withheld = shown["n_handoffs_is_suppressed"].sum()

    assert leaks(HANDOFF_MATRIX, shown.lazy()) == 0
    assert all(v % 5 == 0 and v != 5 for v in visible)
    assert withheld != 1 or sum(c > 0 for c in counts) == 1
    assert shown["n_handoffs"].is_null().to_list() == shown["n_handoffs_is_suppressed"].to_list()


@settings(deadline=None, max_examples=60)
@given(COUNTS)
def test_what_is_shown_is_true_to_the_nearest_five(counts):
    shown = released(HANDOFF_MATRIX, table_of(counts)).collect()

    for true, seen in zip(counts, shown["n_handoffs"].to_list(), strict=True):
        assert seen is None or abs(seen - true) <= 2
        assert true != 0 or seen == 0
        assert not 1 <= true <= 7 or seen is None


@settings(deadline=None, max_examples=30)
@given(COUNTS, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(counts, random):
    rows = table_of(counts).collect()
    places = random.sample(range(rows.height), k=rows.height)

    assert_frame_equal(
        released(HANDOFF_MATRIX, rows.lazy()).collect(),
        released(HANDOFF_MATRIX, rows[places].lazy()).collect(),
    )
