"""High-resource individuals: who the few people are for whom half of the money is spent.

Definition: domain, "High-resource individuals". Costs are compared in whole pence, so that no
ranking or half hangs on a rounding error.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import polars as pl

from flow_pipeline.cohorts.areas import membership
from flow_pipeline.cohorts.money import in_pence, in_pounds
from flow_pipeline.cohorts.population import denominators, with_official
from flow_pipeline.tables.cohorts import HRI_COHORT, HRI_SUMMARY

_AREA = ["financial_year", "area_level", "area_code"]
_FLAGGED = [*_AREA, "rule"]
_ZERO_WHERE_NOBODY = ["n_people", "n_tied", "n_with_unplanned_bed_days", "flagged_bed_days"]


@dataclass(frozen=True)
class HriRule:
    """A rule that flags people: those with the first ``percent`` of cost, or the top ``percent``.

    Variant ``b`` of a cost rule leaves out the person whose cost crosses the line (that of Public
    Health Scotland); variant ``a`` takes them in and is not published.
    """

    kind: Literal["cost", "top"]
    percent: int
    variant: Literal["a", "b"] = "b"

    @property
    def name(self) -> str:
        if self.kind == "top":
            return f"top{self.percent}pct"
        return f"cost{self.percent}" + ("a" if self.variant == "a" else "")

    def flag(self) -> pl.Expr:
        """Whether a ranked person is flagged; needs the columns that ``ranked`` adds."""
        if self.kind == "top":  # rank <= ceil(percent of N), without fractions
            reached = pl.col("rank") <= (self.percent * pl.col("n_residents") + 99) // 100
        else:
            own = pl.col("pence") if self.variant == "a" else pl.lit(0)
            sum_ = 100 * (pl.col("cumulative_pence") - own)
            limit = self.percent * pl.col("total_pence")
            reached = sum_ < limit if self.variant == "a" else sum_ <= limit
        return (pl.col("pence") > 0) & reached


COST50 = HriRule("cost", 50)
TOP2PCT = HriRule("top", 2)
RULES = (COST50, TOP2PCT)


def pence(cost: str) -> pl.Expr:
    """A cost in whole pence; no known cost, and a net negative one, count 0."""
    return in_pence(cost).fill_null(0).clip(0)


def ranked(costs: pl.LazyFrame, within: Sequence[str]) -> pl.LazyFrame:
    """Rank people by cost, the highest first, people of equal cost by person_id.

    In: one row per person and group ``within``; pence. Out: the same rows in rank order, plus
    rank, cumulative_pence (down to and including the row), total_pence and n_residents of the
    group. Does not depend on the order of rows.
    """
    return costs.sort(pl.col("pence"), pl.col("person_id"), descending=[True, False]).with_columns(
        pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over(within).alias("rank"),
        pl.col("pence").cum_sum().over(within).alias("cumulative_pence"),
        pl.col("pence").sum().over(within).alias("total_pence"),
        pl.len().over(within).cast(pl.Int64).alias("n_residents"),
    )


def cumulative_share() -> pl.Expr:
    """Share of the group's cost down to this rank, 0 to 1; null where the group has none."""
    total = pl.col("total_pence")
    return pl.when(total > 0).then(pl.col("cumulative_pence") / total)


def flagged_the_year_before(
    people: pl.LazyFrame, rule: HriRule, years: Sequence[str]
) -> pl.LazyFrame:
    """person_id and financial_year of everybody whom the rule flagged a year earlier.

    In: ranked people, one row per person and year.
    """
    flagged = people.filter(rule.flag()).join(_shifted(years, 1), on="financial_year")
    return flagged.select("person_id", pl.col("other_year").alias("financial_year"))


def hri_cohort(
    person_year: pl.LazyFrame,
    resident_year: pl.LazyFrame,
    area: pl.LazyFrame,
    *,
    economy: str,
    years: Sequence[str],
    rules: Sequence[HriRule] = RULES,
    population: pl.LazyFrame | None = None,
) -> pl.LazyFrame:
    """The table ``hri_cohort``: who is flagged, at every area level, by every rule.

    In: ``person_year`` (mapped_cost), ``resident_year`` (areas) and the reference table ``area``.
    ``economy`` is the code of the area that holds everybody; ``years`` are the financial years
    of the data, consecutive and in order; ``population``, where there is one, the official
    population that a share of people is of (population.denominators). Out: one row per person
    flagged, year, area and rule.
    ``is_new`` and ``is_persistent`` compare with the same area, level and rule a year before and
    after; null in the first and the last year.
    """
    official = denominators(population, years, economy)
    people = with_official(_ranked_in_areas(person_year, resident_year, area, economy), official)
    flagged = pl.concat(
        people.filter(rule.flag()).with_columns(pl.lit(rule.name).alias("rule")) for rule in rules
    )
    return HRI_COHORT.conform(
        flagged.join(
            _in_another_year(flagged, years, 1, "was_flagged"),
            on=["person_id", *_FLAGGED],
            how="left",
        )
        .join(
            _in_another_year(flagged, years, -1, "is_flagged_again"),
            on=["person_id", *_FLAGGED],
            how="left",
        )
        .with_columns(
            in_pounds(pl.col("pence")).alias("cost"),
            cumulative_share().alias("cumulative_cost_share"),
            pl.when(pl.col("financial_year") != years[0])
            .then(pl.col("was_flagged").is_null())
            .alias("is_new"),
            pl.when(pl.col("financial_year") != years[-1])
            .then(pl.col("is_flagged_again").is_not_null())
            .alias("is_persistent"),
        )
    )


def hri_summary(
    hri_cohort: pl.LazyFrame,
    person_year: pl.LazyFrame,
    resident_year: pl.LazyFrame,
    area: pl.LazyFrame,
    *,
    economy: str,
    years: Sequence[str],
    rules: Sequence[HriRule] = RULES,
    population: pl.LazyFrame | None = None,
) -> pl.LazyFrame:
    """The table ``hri_summary``: how many people are flagged and what they account for.

    In: as ``hri_cohort``, with its result for the same rules. Out: one row per year, area and
    rule, also where nobody is flagged (n_people 0; shares of nobody are null). ``n_tied`` counts
    the people of equal cost of whom the rule flags some and not others.
    """
    people = _ranked_in_areas(person_year, resident_year, area, economy)
    survivors = _survivors(resident_year, years)
    flagged = (
        hri_cohort.select("person_id", *_FLAGGED, "is_new", "is_persistent")
        .join(people, on=["person_id", *_AREA], how="left")
        .join(survivors, on=["person_id", "financial_year"], how="left")
    )
    areas = people.group_by(_AREA).agg(
        pl.len().cast(pl.Int64).alias("n_residents"),
        pl.col("is_resident_30_september").sum().alias("n_residents_30_september"),
        pl.col("pence").sum().alias("total_pence"),
        pl.col("unplanned_bed_days").sum().alias("total_bed_days"),
    )
    areas = with_official(areas, denominators(population, years, economy))
    names = pl.LazyFrame({"rule": [rule.name for rule in rules]})
    summary = (
        areas.join(names, how="cross")
        .join(_counts_of_flagged(flagged), on=_FLAGGED, how="left")
        .join(_ties(people, flagged), on=_FLAGGED, how="left")
        .with_columns(pl.col(_ZERO_WHERE_NOBODY).fill_null(0))
        .with_columns(_summary_shares(years))
    )
    return HRI_SUMMARY.conform(summary)


def _ranked_in_areas(
    person_year: pl.LazyFrame, resident_year: pl.LazyFrame, area: pl.LazyFrame, economy: str
) -> pl.LazyFrame:
    """Every resident of every area and year, ranked by mapped cost."""
    costs = person_year.select(
        "person_id",
        "financial_year",
        "age",
        pl.col("unplanned_bed_days").fill_null(0),
        pence("mapped_cost").alias("pence"),
    )
    resident = resident_year.select("person_id", "financial_year", "is_resident_30_september")
    people = membership(resident_year, area, economy).join(
        costs, on=["person_id", "financial_year"], how="inner"
    )
    return ranked(people.join(resident, on=["person_id", "financial_year"], how="left"), _AREA)


def _in_another_year(
    flagged: pl.LazyFrame, years: Sequence[str], later: int, name: str
) -> pl.LazyFrame:
    """Who is flagged, under the year that lies ``later`` years after."""
    moved = flagged.select("person_id", *_FLAGGED).join(_shifted(years, later), on="financial_year")
    return (
        moved.drop("financial_year")
        .rename({"other_year": "financial_year"})
        .with_columns(pl.lit(True).alias(name))
    )


def _survivors(resident_year: pl.LazyFrame, years: Sequence[str]) -> pl.LazyFrame:
    """People alive and resident to the end of a year, under the year before it."""
    return (
        resident_year.filter(pl.col("is_resident_to_end"))
        .join(_shifted(years, -1), on="financial_year")
        .select(
            "person_id",
            pl.col("other_year").alias("financial_year"),
            pl.lit(True).alias("survives"),
        )
    )


def _shifted(years: Sequence[str], later: int) -> pl.LazyFrame:
    """financial_year, other_year: each year and the one ``later`` years after, where known."""
    pairs = [(y, years[i + later]) for i, y in enumerate(years) if 0 <= i + later < len(years)]
    text = {"financial_year": pl.String, "other_year": pl.String}
    return pl.LazyFrame(pairs, schema=text, orient="row")


def _counts_of_flagged(flagged: pl.LazyFrame) -> pl.LazyFrame:
    survives = pl.col("survives").fill_null(False)
    return flagged.group_by(_FLAGGED).agg(
        pl.len().cast(pl.Int64).alias("n_people"),
        pl.col("pence").sum().alias("flagged_pence"),
        pl.col("unplanned_bed_days").sum().alias("flagged_bed_days"),
        (pl.col("unplanned_bed_days") > 0).sum().alias("n_with_unplanned_bed_days"),
        (pl.col("age") >= 75).mean().alias("share_aged_75_plus"),
        pl.col("is_persistent").mean().alias("persistence"),
        pl.col("is_new").mean().alias("turnover"),
        survives.sum().cast(pl.Int64).alias("n_survivors"),
        (survives & pl.col("is_persistent")).sum().alias("n_surviving_and_persistent"),
    )


def _ties(people: pl.LazyFrame, flagged: pl.LazyFrame) -> pl.LazyFrame:
    """People whose cost is that of the last one flagged, where the cut goes through them."""
    cut = flagged.group_by(_FLAGGED).agg(
        pl.col("pence").min(), pl.len().cast(pl.Int64).alias("n_above_the_cut")
    )
    tied = cut.join(people.select(*_AREA, "pence", "rank"), on=[*_AREA, "pence"], how="inner")
    return tied.group_by(_FLAGGED).agg(
        pl.when((pl.col("rank") > pl.col("n_above_the_cut")).any())
        .then(pl.len().cast(pl.Int64))
        .otherwise(0)
        .alias("n_tied")
    )


def _summary_shares(years: Sequence[str]) -> list[pl.Expr]:
    known = pl.col("financial_year") != years[-1]
    return [
        (pl.col("n_people") / pl.col("n_residents")).alias("share_of_population"),
        _ratio(pl.col("flagged_pence").fill_null(0), pl.col("total_pence")).alias("share_of_cost"),
        _ratio(pl.col("flagged_bed_days"), pl.col("total_bed_days")).alias(
            "share_of_unplanned_bed_days"
        ),
        pl.when(known).then(pl.col("n_survivors").fill_null(0)).alias("n_survivors"),
        pl.when(known)
        .then(_ratio(pl.col("n_surviving_and_persistent"), pl.col("n_survivors")))
        .alias("persistence_survivors"),
    ]


def _ratio(part: pl.Expr, whole: pl.Expr) -> pl.Expr:
    return pl.when(whole > 0).then(part / whole)
