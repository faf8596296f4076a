"""Official populations: the denominators of ranks and shares where the economy gives them."""

from collections.abc import Sequence

import polars as pl

_AREA = ["financial_year", "area_level", "area_code"]
_ECONOMY = "economy"


def denominators(
    population: pl.LazyFrame | None, years: Sequence[str], economy: str
) -> pl.LazyFrame:
    """The population of every area and year of a population file.

    In:  area_level, area_code, financial_year (null: every year), age_band and sex (null: all),
         population; None without a file. ``economy``: the code of the area that holds everybody,
         whatever the file calls it.
    Out: financial_year, area_level, area_code, n_official: one row per area and year, people. A
         year's own figure is taken before one for every year, and a total before the sum of age
         bands or of sexes, so that nobody counts twice. Source: domain.md §1.6.
    """
    columns = pl.Schema(dict.fromkeys(_AREA, pl.String()) | {"n_official": pl.Int64()})
    if population is None:
        return pl.LazyFrame(schema=columns)
    is_whole = pl.col("area_level") == _ECONOMY
    named = pl.when(is_whole).then(pl.lit(economy)).otherwise("area_code").alias("area_code")
    listed = _in_years(population.with_columns(named), years)
    one_figure = [*_AREA, "is_of_every_year"]
    by_age = listed.group_by(*one_figure, "age_band").agg(_whole_or_sum("sex"))
    return (
        by_age.group_by(one_figure)
        .agg(_whole_or_sum("age_band").alias("n_official"))
        .sort(one_figure)
        .unique(_AREA, keep="first", maintain_order=True)
        .select(list(columns))
    )


def _whole_or_sum(part: str) -> pl.Expr:
    """The figure of the whole, where ``part`` is null, else the sum of the parts."""
    people, is_whole = pl.col("population"), pl.col(part).is_null()
    return pl.when(is_whole.any()).then(people.filter(is_whole).sum()).otherwise(people.sum())


def with_official(
    counted: pl.LazyFrame, official: pl.LazyFrame, on: Sequence[str] = tuple(_AREA)
) -> pl.LazyFrame:
    """``counted``, by area and year, with the official n_residents where there is one."""
    n = pl.coalesce("n_official", "n_residents").alias("n_residents")
    joined = counted.join(official, on=on, how="left", maintain_order="left")
    return joined.with_columns(n).drop("n_official")


def _in_years(population: pl.LazyFrame, years: Sequence[str]) -> pl.LazyFrame:
    """Every row under its year, or under every year where it names none."""
    own = population.filter(pl.col("financial_year").is_in(list(years)))
    all_years = pl.LazyFrame({"financial_year": list(years)}, schema={"financial_year": pl.String})
    general = population.filter(pl.col("financial_year").is_null()).drop("financial_year")
    return pl.concat(
        [
            own.with_columns(pl.lit(False).alias("is_of_every_year")),
            general.join(all_years, how="cross").with_columns(
                pl.lit(True).alias("is_of_every_year")
            ),
        ],
        how="diagonal",
    )
