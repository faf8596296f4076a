"""Days of care: over which dates a cost is spread, and which financial year they fall into."""

from collections.abc import Sequence

import polars as pl

from flow_pipeline.calendar import financial_year_of
from flow_pipeline.cohorts.money import share_of_pence
from flow_pipeline.cohorts.residents import years_frame


def cost_days(
    event: pl.LazyFrame, spell_draft: pl.LazyFrame, bed_day: pl.LazyFrame
) -> pl.LazyFrame:
    """Over which dates costs are spread: spells over bed days, council services over their days.

    In: ``event``, ``spell_draft``, ``bed_day``. Out: event_id (of a spell, its first episode),
    from_date, to_date (excluded); a spell may have several rows or, of no nights, none.
    """
    spells = bed_day.join(spell_draft.select("spell_id", "first_event_id"), on="spell_id")
    days = spells.select(pl.col("first_event_id").alias("event_id"), "from_date", "to_date")
    return pl.concat([days, service_days(event)])


def service_days(event: pl.LazyFrame) -> pl.LazyFrame:
    """The dates of council services: event_id, from_date, to_date (excluded).

    First and last date both count; an open service ends where ``counted_end_at`` says.
    """
    start = pl.col("start_at").dt.date()
    last = pl.coalesce(pl.col("counted_end_at"), pl.col("start_at")).dt.date()
    return event.filter(pl.col("event_family") == "asc_service").select(
        "event_id",
        start.alias("from_date"),
        pl.max_horizontal(last.dt.offset_by("1d"), start).alias("to_date"),
    )


def n_days() -> pl.Expr:
    return (pl.col("to_date") - pl.col("from_date")).dt.total_days()


def days_before(day: str) -> pl.Expr:
    """Days of the interval from_date to to_date (excluded) that lie before the column ``day``."""
    end = pl.min_horizontal("to_date", day)
    return (end - pl.col("from_date")).dt.total_days().clip(0)


def days_by_year(stays: pl.LazyFrame, years: Sequence[str]) -> pl.LazyFrame:
    """Split intervals at 1 April: the same rows once per year they touch, plus n_days.

    In: from_date and to_date (excluded), any other columns. Out: financial_year and n_days (> 0).
    """
    return (
        stays.join(_bounds(years), how="cross")
        .with_columns((days_before("next_start") - days_before("year_start")).alias("n_days"))
        .filter(pl.col("n_days") > 0)
        .drop("year_start", "next_start")
    )


def cost_by_year(
    costs: pl.LazyFrame, cost_days: pl.LazyFrame, years: Sequence[str]
) -> pl.LazyFrame:
    """Split costs over financial years: those with days by days, the rest by start date.

    In: costs (event_id, started_on, pence, any other columns) and the days over which some are
    spread (event_id, from_date, to_date excluded; several intervals an event, not overlapping).
    Out: the costs' rows once per year they touch, with financial_year and pence; the parts of a
    cost add up to it over all years, also those not asked for. Null pence stays null.
    """
    totals = (
        cost_days.filter(n_days() > 0).group_by("event_id").agg(n_days().sum().alias("all_days"))
    )
    spread = (
        cost_days.join(totals, on="event_id", how="inner")
        .join(_bounds(years), how="cross")
        .group_by("event_id", "financial_year")
        .agg(
            pl.col("all_days").first(),
            days_before("year_start").sum().alias("days_until"),
            days_before("next_start").sum().alias("days_through"),
        )
        .filter(pl.col("days_through") > pl.col("days_until"))
    )
    split = costs.join(spread, on="event_id", how="inner").with_columns(
        (_part("days_through") - _part("days_until")).alias("pence")
    )
    year = financial_year_of(pl.col("started_on")).alias("financial_year")
    point = costs.join(totals, on="event_id", how="anti").with_columns(year)
    point = point.filter(pl.col("financial_year").is_in(list(years)))
    columns = [*costs.collect_schema().names(), "financial_year"]
    return pl.concat([split.select(columns), point.select(columns)])


def _part(days: str) -> pl.Expr:
    return share_of_pence(pl.col("pence"), pl.col(days), pl.col("all_days"))


def _bounds(years: Sequence[str]) -> pl.LazyFrame:
    return years_frame(years).select(
        "financial_year", "year_start", pl.col("year_end").dt.offset_by("1d").alias("next_start")
    )
