"""The share of records that are linked, month by month, and when its fall is told."""

import datetime as dt

import polars as pl
import pytest

from flow_pipeline.link.match_rates import match_rates
from flow_pipeline.quality.match_rates import match_rate_results
from flow_pipeline.quality.results import quality_result
from flow_pipeline.tables.ingest import SUBMISSION
from flow_pipeline.tables.linkage import MATCH_RATE, PERSON_LINK, RECORD_TOKEN
from flow_pipeline_tests.drawn import drawn


def test_records_are_counted_by_source_sender_and_month():
    links = """
        record_key | submission_id | person_id | method
        a          | s             | p         | nhs_number
        b          | s             | p         | probabilistic
        c          | s             | q         | local_only
        d          | s             | r         | foreign_pseudonym
        e          | t             | p         | local_only
    """
    tokens = """
        record_key | source | organisation_code | seen_on
        a          | apc    | RXA               | 2025-04-01
        b          | apc    | RXA               | 2025-04-30
        c          | apc    | RXA               | 2025-04-02
        d          | apc    | RXA               | 2025-05-01
        e          | apc    | RXB               |
    """
    received = "submission_id | received_at\ns | 2025-06-01 00:00\nt | 2025-06-02 00:00"
    found = match_rates(
        drawn(links, PERSON_LINK), drawn(tokens, RECORD_TOKEN), drawn(received, SUBMISSION)
    )
    assert found.collect().rows() == [
        ("apc", "RXA", dt.date(2025, 4, 1), 3, 2, 2),
        ("apc", "RXA", dt.date(2025, 5, 1), 1, 1, 1),
        ("apc", "RXB", dt.date(2025, 6, 1), 1, 0, 1),
    ]


def drawn_rates(*months: tuple[str, int, int]) -> pl.LazyFrame:
    """Records, and linked ones, of as many people as records, by month."""
    return pl.LazyFrame(
        [
            {
                "source": "apc",
                "organisation_code": "RXA",
                "month": dt.date.fromisoformat(f"{month}-01"),
                "n_records": n,
                "n_linked": linked,
                "n_people": n,
            }
            for month, n, linked in months
        ],
        schema=MATCH_RATE.schema(),
    )


def judged(
    *months: tuple[str, int, int], released: pl.LazyFrame | None = None
) -> list[tuple[str, bool, float]]:
    """Severity, whether it passed and what was seen."""
    rows = quality_result(match_rate_results(drawn_rates(*months), released)).collect()
    assert set(rows["organisation_code"]) <= {"RXA"}
    return [(r["severity"], r["passed"], round(r["observed"], 3)) for r in rows.to_dicts()]


@pytest.mark.parametrize(
    ("linked", "says"),
    [
        (990, [("warn", True, 0.0)]),
        (965, [("warn", True, 0.025)]),
        (950, [("warn", False, 0.04)]),
        (880, [("block", False, 0.11)]),
        (1000, [("warn", True, 0.0)]),
    ],
)
def test_a_fall_warns_beyond_three_points_and_blocks_beyond_ten(linked, says):
    assert (
        judged(("2025-04", 5000, 4950), ("2025-05", 5000, 4950), ("2025-06", 1000, linked)) == says
    )


def test_a_fall_within_chance_is_none():
    assert judged(("2025-04", 50, 49), ("2025-05", 40, 36)) == [("warn", True, 0.0)]


def test_only_the_twelve_months_before_count():
    found = judged(("2024-04", 9000, 9000), ("2025-04", 5000, 4500), ("2025-05", 5000, 4500))
    assert found == [("warn", True, 0.0)]


def test_a_month_of_few_people_is_not_the_newest():
    found = judged(("2025-04", 5000, 4950), ("2025-05", 5000, 4700), ("2025-06", 19, 0))
    assert found == [("warn", False, 0.05)]


def test_a_sender_without_an_earlier_month_is_not_judged():
    assert judged(("2025-04", 5000, 2000)) == []
    assert judged(("2025-04", 10, 10), ("2025-05", 10, 0)) == []


@pytest.mark.parametrize(
    ("linked", "says"),
    [
        (5000, []),
        (4900, [("warn", True, 0.02)]),
        (4800, [("warn", False, 0.04)]),
        (4400, [("block", False, 0.12)]),
    ],
)
def test_what_the_last_release_had_is_held_against_the_same_months(linked, says):
    released = drawn_rates(("2025-04", 5000, 5000), ("2025-03", 100, 0))
    assert judged(("2025-04", 5000, linked), released=released) == says
    assert judged(("2025-05", 5000, linked), released=released) == []


def test_the_wider_fall_is_told_once():
    months = (("2025-04", 5000, 5000), ("2025-05", 5000, 4800))
    assert judged(*months, released=drawn_rates(("2025-05", 5000, 5000))) == [("warn", False, 0.04)]
    assert judged(*months, released=drawn_rates(("2025-04", 100, 0))) == [("warn", False, 0.04)]
