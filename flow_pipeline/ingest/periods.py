"""The period a delivered file covers, found from its rows."""

import datetime as dt
from dataclasses import dataclass

import polars as pl

from flow_pipeline.contracts.language import Contract

FEWEST_SHARE = 0.02
MONTHS = pl.Schema({"month": pl.Date, "kind": pl.String, "n_rows": pl.Int64})
Period = tuple[dt.date | None, dt.date | None]


@dataclass(frozen=True, kw_only=True)
class PeriodRule:
    """How the months of a contract's rows become a period.

    ``date``: the field that says in which month a row counts. ``kind``: the field of which a month
    must hold ``fewest_kinds`` different values. With fewer than ``fewest_rows`` rows the period
    that the sender states holds. ``until_receipt``: the month of receipt and later ones are not
    looked at.
    """

    date: str | None
    kind: str | None = None
    fewest_kinds: int = 1
    fewest_rows: int = 0
    until_receipt: bool = False


# Source of the definition: domain.md §2.6, "Derived reporting period".
_OWN_RULES = {
    "cld_event": PeriodRule(
        date="event_end_date",
        kind="event_type",
        fewest_kinds=3,
        fewest_rows=100,
        until_receipt=True,
    )
}


def period_rule(contract: Contract) -> PeriodRule:
    """The rule of a contract: its own, else months in which its rows begin."""
    own = _OWN_RULES.get(contract.name)
    return own or PeriodRule(date=contract.period_start or contract.valid_from)


def months_of(rows: pl.DataFrame, rule: PeriodRule) -> pl.DataFrame:
    """How many rows fall in each month, for adding up and for period_of_months.

    In: typed rows of a contract. Out: month (its first day), kind (null where the rule has none),
    n_rows; by month and kind. A row without the date does not count.
    """
    if rule.date is None or rule.date not in rows.columns:
        return pl.DataFrame(schema=MONTHS)
    kind = pl.lit(None, pl.String) if rule.kind is None else pl.col(rule.kind).cast(pl.String)
    dated = rows.select(day=pl.col(rule.date).cast(pl.Date), kind=kind).drop_nulls("day")
    by_day = dated.group_by("day", "kind").agg(n_rows=pl.len())  # far fewer than rows
    month = pl.col("day").dt.truncate("1mo").alias("month")
    counted = by_day.group_by(month, "kind").agg(pl.col("n_rows").sum())
    return counted.cast(MONTHS).sort("month", "kind")


def derived_period(starts: pl.Series) -> Period:
    """First and last date of the months that hold at least 2 % of the rows; see period_of_months.

    In: dates on which rows begin, in any order.
    """
    return period_of_months(months_of(starts.alias("start").to_frame(), PeriodRule(date="start")))


def period_of_months(
    months: pl.DataFrame,
    rule: PeriodRule | None = None,
    *,
    stated: Period = (None, None),
    received: dt.date | None = None,
) -> Period:
    """First and last date of the months that hold at least 2 % of the rows.

    In:  ``months``: month, n_rows, and kind where the rule wants kinds, in any order; the same
         month may come several times. ``stated`` and ``received``: for rules that need them.
    Out: the first day of the first such month and the last day of the last; the span of all months
         where none holds that share; nulls for no rows.
    Source of the definition: domain.md §5, T02; §2.6 for client level data.
    """
    rule = rule or PeriodRule(date=None)
    if rule.until_receipt and received is not None:
        months = months.filter(pl.col("month") < received.replace(day=1))
    n_rows = int(months["n_rows"].sum())
    if n_rows < rule.fewest_rows and stated != (None, None):
        return stated
    if months.is_empty():
        return None, None
    kinds = pl.col("kind").n_unique() if rule.kind is not None else pl.lit(1)
    by_month = months.group_by("month").agg(pl.col("n_rows").sum(), kinds=kinds)
    enough = (pl.col("n_rows") >= FEWEST_SHARE * n_rows) & (pl.col("kinds") >= rule.fewest_kinds)
    large = by_month.filter(enough)
    held = large if large.height else by_month
    first, last = held["month"].min(), held["month"].dt.month_end().max()
    return first, last  # type: ignore[return-value]
