"""The period a file covers, by the 2 % rule, and the council's own rule."""

import datetime as dt

import polars as pl
import pytest

from flow_pipeline.contracts import contract
from flow_pipeline.ingest.periods import MONTHS, derived_period, months_of, period_of_months
from flow_pipeline.ingest.periods import period_rule as rule_of

_KINDS = ("Request", "Assessment", "Service", "Review")
_STATED = (dt.date(2024, 4, 1), dt.date(2024, 6, 30))


def _months(*rows):
    """Rows of (month of 2024, kind, how many)."""
    dated = [(dt.date(2024, month, 1), kind, n) for month, kind, n in rows]
    return pl.DataFrame(dated, schema=MONTHS, orient="row")


@pytest.mark.parametrize(
    ("months", "expected"),
    [
        #  Jan    Feb    Mar    Apr
        ({1: 1, 2: 50, 3: 49}, (2, 3)),  # 1 % in January: strays
        ({1: 2, 2: 50, 3: 48}, (1, 3)),  # 2 % are a month
        ({1: 50, 3: 50}, (1, 3)),  # a month without rows lies within
    ],
)
def test_months_of_at_least_2_percent_make_the_period(months, expected):
    found = period_of_months(_months(*((m, None, n) for m, n in months.items())))
    first, last = expected
    assert found == (dt.date(2024, first, 1), dt.date(2024, last + 1, 1) - dt.timedelta(days=1))


def test_many_months_of_less_than_2_percent_span_the_period():
    days = [dt.date(2015 + n // 12, 1 + n % 12, 15) for n in range(60)]
    assert derived_period(pl.Series(days)) == (dt.date(2015, 1, 1), dt.date(2019, 12, 31))
    assert derived_period(pl.Series([], dtype=pl.Date)) == (None, None)


def test_batches_add_up():
    halves = pl.concat([_months((1, None, 60)), _months((1, None, 39), (2, None, 1))])
    assert period_of_months(halves) == (dt.date(2024, 1, 1), dt.date(2024, 1, 31))


def test_client_level_data_counts_events_that_end_by_type():
    rows = pl.DataFrame(
        {
            "event_end_date": [dt.date(2024, 4, 3), dt.date(2024, 4, 9), None],
            "event_type": ["Request", "Request", "Service"],
        }
    )
    counted = months_of(rows, rule_of(contract("cld_event")))
    assert counted.rows() == [(dt.date(2024, 4, 1), "Request", 2)]


def test_a_month_of_fewer_than_three_event_types_does_not_count():
    rule = rule_of(contract("cld_event"))
    full = [(m, kind, 20) for m in (4, 5) for kind in _KINDS]
    poor = [(3, kind, 20) for kind in _KINDS[:2]]
    found = period_of_months(_months(*poor, *full), rule, stated=_STATED)
    assert found == (dt.date(2024, 4, 1), dt.date(2024, 5, 31))


def test_the_month_of_receipt_and_later_ones_do_not_count():
    rule = rule_of(contract("cld_event"))
    rows = [(m, kind, 40) for m in (4, 5, 6, 7) for kind in _KINDS]
    found = period_of_months(_months(*rows), rule, received=dt.date(2024, 6, 20))
    assert found == (dt.date(2024, 4, 1), dt.date(2024, 5, 31))


def test_with_fewer_than_100_events_the_stated_dates_hold():
    rule = rule_of(contract("cld_event"))
    few = _months(*((4, kind, 24) for kind in _KINDS))
    assert period_of_months(few, rule, stated=_STATED) == _STATED
    assert period_of_months(few, rule) == (dt.date(2024, 4, 1), dt.date(2024, 4, 30))


def test_a_contract_without_dates_has_no_months():
    assert months_of(pl.DataFrame({"a": ["x"]}), rule_of(contract("csds_mpi"))).is_empty()
