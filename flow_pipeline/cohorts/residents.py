"""Residents: who belonged to the economy in a financial year, how old, and where."""

import datetime as dt
from collections.abc import Sequence

import polars as pl

from flow_pipeline.calendar import financial_year_end, financial_year_start
from flow_pipeline.tables.cohorts import RESIDENT_YEAR


def years_frame(years: Sequence[str]) -> pl.LazyFrame:
    """financial_year, year_start (1 April), mid_year (30 September), year_end (31 March)."""
    starts = [financial_year_start(year) for year in years]
    return pl.LazyFrame(
        {
            "financial_year": list(years),
            "year_start": starts,
            "mid_year": [dt.date(start.year, 9, 30) for start in starts],
            "year_end": [financial_year_end(year) for year in years],
        },
        schema_overrides={"year_start": pl.Date, "mid_year": pl.Date, "year_end": pl.Date},
    )


def resident_year(
    residence: pl.LazyFrame, person: pl.LazyFrame, years: Sequence[str]
) -> pl.LazyFrame:
    """The table ``resident_year``: people resident in the economy on at least one day of a year.

    In: ``residence`` (person_id, valid_from, valid_to included, area_code,
    gp_practice_code) and ``person`` (birth_month, death_month). Out: one row per
    person and year. Area and practice are those at 30 September, else the nearest known in the
    year (of two equally near, the earlier). A person who died in or before the last month of the
    year is not resident to its end. Definition: domain, "High-resource individuals".
    """
    stays = _stays_in_years(residence, years)
    keys = ["person_id", "financial_year"]
    people = stays.group_by(keys).agg(
        pl.col("mid_year", "year_end").first(),
        (pl.col("days_from_mid_year") == 0).any().alias("is_resident_30_september"),
        (pl.col("valid_to") >= pl.col("year_end")).any().alias("is_resident_at_end"),
    )
    return RESIDENT_YEAR.conform(
        people.join(_nearest(stays, "area_code"), on=keys, how="left")
        .join(_nearest(stays, "gp_practice_code"), on=keys, how="left")
        .join(person.select("person_id", "birth_month", "death_month"), on="person_id", how="left")
        .with_columns(
            age_on(pl.col("mid_year")).alias("age"),
            (pl.col("is_resident_at_end") & _alive_after(pl.col("year_end"))).alias(
                "is_resident_to_end"
            ),
        )
    )


def age_on(day: pl.Expr) -> pl.Expr:
    """Completed years on a day, birth taken as the 1st of birth_month; 0 if born later."""
    birth = pl.col("birth_month")
    before_birthday = (day.dt.month() < birth.dt.month()).cast(pl.Int64)
    return (day.dt.year() - birth.dt.year() - before_birthday).cast(pl.Int64).clip(0)


def _alive_after(day: pl.Expr) -> pl.Expr:
    return pl.col("death_month").is_null() | (pl.col("death_month") > day)


def _stays_in_years(residence: pl.LazyFrame, years: Sequence[str]) -> pl.LazyFrame:
    """Residence intervals by year, with how many days each lies from 30 September."""
    after = (pl.col("valid_from") - pl.col("mid_year")).dt.total_days()
    before = (pl.col("mid_year") - pl.col("valid_to")).dt.total_days()
    return (
        residence.join(years_frame(years), how="cross")
        .filter(
            pl.col("valid_from") <= pl.col("year_end"), pl.col("valid_to") >= pl.col("year_start")
        )
        .with_columns(pl.max_horizontal(after, before, 0).alias("days_from_mid_year"))
    )


def _nearest(stays: pl.LazyFrame, column: str) -> pl.LazyFrame:
    """The value of ``column`` nearest to 30 September, for each person and year that has one."""
    keys = ["person_id", "financial_year"]
    return (
        stays.filter(pl.col(column).is_not_null())
        .group_by(keys)
        .agg(pl.col(column).sort_by("days_from_mid_year", "valid_from", column).first())
    )
