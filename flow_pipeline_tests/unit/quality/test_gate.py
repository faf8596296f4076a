import polars as pl
import pytest

from flow_pipeline.errors import ExitCode, QualityBlocked
from flow_pipeline.quality.gate import Verdict, require_passed, verdict
from flow_pipeline.quality.results import quality_result, result
from flow_pipeline.tables.quality import QUALITY_RESULT


def results(*given) -> pl.LazyFrame:
    return quality_result(list(given))


FINE = result("U01", "key", "person", n_rows=9, n_failed=0)
WARNS = result("V05", "sex", "death", n_rows=100, n_failed=2)
BLOCKS = result("U01", "key", "journey", n_rows=9, n_failed=1)
ACCEPTED_BUT_BROKEN = result("K01", "ends", "death", n_rows=9, n_failed=1)


def test_blocking_failures_block_and_others_warn():
    assert verdict(results(FINE, WARNS, BLOCKS, ACCEPTED_BUT_BROKEN)) == Verdict(
        blocked=("K01 ends: death", "U01 key: journey"), warnings=("V05 sex: death",)
    )


def test_nothing_failed_is_nothing_said():
    assert verdict(results(FINE)) == Verdict(blocked=(), warnings=())
    assert require_passed(results(FINE, WARNS)).warnings == ("V05 sex: death",)


def test_what_blocks_is_said_with_what_was_seen_and_what_is_allowed():
    with pytest.raises(QualityBlocked) as raised:
        require_passed(results(BLOCKS, WARNS))

    assert raised.value.exit_code == ExitCode.QUALITY_BLOCKED
    assert "U01 key on journey: 1 seen, 0 allowed (1 of 9)" in str(raised.value)
    assert "V05" not in str(raised.value)


def test_a_waived_failure_warns():
    waived = results(BLOCKS).with_columns(override=pl.lit("waived by X until 2026-12-31: why"))

    assert verdict(waived) == Verdict(blocked=(), warnings=("U01 key: journey",))


@pytest.mark.parametrize(
    ("n_rows", "n_failed", "sender", "severity", "passed"),
    [
        (100, 5, "RXA", "warn", True),
        (100, 6, "RXA", "warn", False),
        (100, 20, "RXA", "warn", False),
        (100, 21, "RXA", "block", False),
        (100, 99, "RXA", "block", False),
        (100, 100, "RXA", "warn", False),  # never delivered
        (99, 90, "RXA", "warn", False),  # too few rows to say
        (100, 21, None, "warn", False),  # all senders together
    ],
)
def test_a_sender_whose_field_is_mostly_empty_blocks(n_rows, n_failed, sender, severity, passed):
    row = result(
        "C02", "ward", "death", n_rows=n_rows, n_failed=n_failed, organisation_code=sender
    ).row()

    assert (row["severity"], row["passed"]) == (severity, passed)
    assert row["threshold"] == (0.2 if severity == "block" else 0.05)


def test_results_are_the_table_and_their_order_is_settled():
    frame = results(WARNS, BLOCKS, FINE).collect()

    assert frame.schema == QUALITY_RESULT.schema()
    assert frame["check_id"].to_list() == ["U01 key", "U01 key", "V05 sex"]
    assert frame["source"].to_list() == ["journey", "person", "death"]


def test_no_rows_pass():
    assert result("V05", "sex", "death", n_rows=0, n_failed=0).row()["passed"]
