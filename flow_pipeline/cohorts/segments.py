"""Segments: what kind of person somebody is, by age, conditions and what they use.

In the spirit of the cohorts of Public Health Scotland's Source Linkage Files (domain, "Cohorts"),
with the data there is: simpler, and not comparable with them number by number.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from flow_pipeline.calendar import financial_year_of
from flow_pipeline.cohorts.residents import years_frame
from flow_pipeline.contracts.families import EVENT_FAMILIES

HEALTHY = "healthy_low_user"
NO_SERVICE = "none"


@dataclass(frozen=True)
class ConditionGroup:
    """ICD-10 codes, by how they begin, that put a person in a segment.

    ``lasting`` codes count in the year they are recorded and every later one, others in that year
    only. ``min_age`` is the least age at 30 September at which they count.
    """

    segment: str
    prefixes: tuple[str, ...]
    lasting: bool = True
    min_age: int = 0


def _range(letter: str, first: int, last: int) -> tuple[str, ...]:
    return tuple(f"{letter}{n:02}" for n in range(first, last + 1))


_DEMENTIA = ("F00", "F01", "F02", "F03", "G30")
_CANCER = (*_range("C", 0, 43), *_range("C", 45, 97))  # without other cancers of the skin
_LEARNING = _range("F", 70, 79)

# The first that applies wins.
CONDITION_GROUPS: tuple[ConditionGroup, ...] = (
    ConditionGroup(
        "frailty",
        (*_DEMENTIA, "F05", "G20", "R54", "R296", *_range("W", 0, 19), *_range("I", 60, 64), "I69"),
        min_age=65,
    ),
    ConditionGroup(
        "high_complex",
        (*_DEMENTIA, "I50", *_range("N", 17, 19), *_range("K", 70, 74), *_CANCER, *_LEARNING),
    ),
    ConditionGroup("maternity", ("O", *_range("Z", 33, 39)), lasting=False),
    ConditionGroup("mental_health", (*_range("F", 20, 48), "F60", "X6", "X7", "X80", "X81")),
    ConditionGroup("substance_misuse", _range("F", 10, 19)),
    ConditionGroup(
        "medium_complex",
        (*_range("I", 20, 25), *_range("I", 60, 69), *_range("J", 40, 44), "G20", "G35"),
    ),
    ConditionGroup(
        "low_complex",
        ("G40", "J45", "I48", *_range("E", 10, 14), *_range("M", 5, 6), *_range("M", 15, 19)),
    ),
)


def conditions_by_year(
    event: pl.LazyFrame, event_code: pl.LazyFrame, years: Sequence[str]
) -> pl.LazyFrame:
    """Which condition groups were recorded for a person, by year.

    In: ``event`` and ``event_code``. Out: person_id, financial_year and one boolean per group,
    ``has_<segment>``; one row per person and year with any.
    """
    recorded = (
        event_code.filter(pl.col("code_system") == "ICD-10")
        .select("event_id", pl.col("code").str.replace_all(r"\.", "").alias("code"))
        .with_columns(_has(group) for group in CONDITION_GROUPS)
        .filter(pl.any_horizontal(f"has_{g.segment}" for g in CONDITION_GROUPS))
        .join(event.select("event_id", "person_id", "start_at"), on="event_id", how="inner")
        .with_columns(financial_year_of(pl.col("start_at")).alias("recorded_in"))
        .group_by("person_id", "recorded_in")
        .agg(pl.col(f"has_{g.segment}").any() for g in CONDITION_GROUPS)
    )
    in_this_year = pl.col("recorded_in") == pl.col("financial_year")
    return (
        recorded.join(years_frame(years).select("financial_year"), how="cross")
        .filter(pl.col("recorded_in") <= pl.col("financial_year"))
        .group_by("person_id", "financial_year")
        .agg(
            (pl.col(f"has_{g.segment}") & (pl.lit(g.lasting) | in_this_year)).any()
            for g in CONDITION_GROUPS
        )
    )


def _has(group: ConditionGroup) -> pl.Expr:
    pattern = "^(?:" + "|".join(group.prefixes) + ")"
    return pl.col("code").str.contains(pattern).alias(f"has_{group.segment}")


def demographic_segment() -> pl.Expr:
    """The first segment that applies to a person and year.

    Died in the year: end_of_life; then the condition groups in order; then anybody with a hospital
    stay in the year: child_major (under 18) or adult_major; then healthy_low_user. Needs
    died_in_year, age, n_inpatient and the ``has_...`` columns.
    """
    admitted = pl.col("n_inpatient") > 0
    segments = [pl.when(pl.col("died_in_year")).then(pl.lit("end_of_life"))]
    for group in CONDITION_GROUPS:
        has = pl.col(f"has_{group.segment}")
        if group.min_age:
            has = has & (pl.col("age") >= group.min_age)
        segments.append(pl.when(has).then(pl.lit(group.segment)))
    segments.append(pl.when(admitted & (pl.col("age") < 18)).then(pl.lit("child_major")))
    segments.append(pl.when(admitted).then(pl.lit("adult_major")))
    return pl.coalesce(*segments, pl.lit(HEALTHY))


def service_use_segment() -> pl.Expr:
    """The family on which most was spent, ties to the first in the order of the families; none
    where nothing was. Needs the ``cost_<family>`` columns."""
    families = [f.name for f in EVENT_FAMILIES if f.costed]
    highest = pl.max_horizontal(f"cost_{name}" for name in families)
    spent = [
        pl.when((highest > 0) & (pl.col(f"cost_{name}") == highest)).then(pl.lit(name))
        for name in families
    ]
    return pl.coalesce(*spent, pl.lit(NO_SERVICE))
