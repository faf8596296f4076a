"""Person years: what each resident used and cost in a financial year."""

from collections.abc import Collection, Sequence

import polars as pl

from flow_pipeline.calendar import financial_year_of
from flow_pipeline.cohorts.costs import took_place
from flow_pipeline.cohorts.days import cost_by_year, cost_days, days_by_year
from flow_pipeline.cohorts.hri import (
    COST50,
    TOP2PCT,
    cumulative_share,
    flagged_the_year_before,
    pence,
    ranked,
)
from flow_pipeline.cohorts.money import in_pence, in_pounds
from flow_pipeline.cohorts.population import denominators, with_official
from flow_pipeline.cohorts.residents import years_frame
from flow_pipeline.cohorts.segments import (
    CONDITION_GROUPS,
    conditions_by_year,
    demographic_segment,
    service_use_segment,
)
from flow_pipeline.contracts.families import BED_FAMILIES, EVENT_FAMILIES
from flow_pipeline.tables.cohorts import PERSON_YEAR

HEALTH_SCOPE: tuple[str, ...] = tuple(f.name for f in EVENT_FAMILIES if f.in_health_scope)
ALL_SCOPE: tuple[str, ...] = tuple(f.name for f in EVENT_FAMILIES if f.costed)
COST_SCOPES = {"health": HEALTH_SCOPE, "all": ALL_SCOPE}
_KEYS = ["person_id", "financial_year"]
_ECONOMY = "economy"
_FAMILIES = tuple(f.name for f in EVENT_FAMILIES)
_COSTED = {f.name for f in EVENT_FAMILIES if f.costed}
_OF_BED_DAY = ("person_id", "event_family", "is_unplanned", "from_date", "to_date")


def person_year(
    resident_year: pl.LazyFrame,
    person: pl.LazyFrame,
    event: pl.LazyFrame,
    event_code: pl.LazyFrame,
    event_cost: pl.LazyFrame,
    spell_draft: pl.LazyFrame,
    bed_day: pl.LazyFrame,
    *,
    years: Sequence[str],
    cost_scope: Collection[str] = HEALTH_SCOPE,
    population: pl.LazyFrame | None = None,
) -> pl.LazyFrame:
    """The table ``person_year``: one row per resident and financial year, service user or not.

    ``years`` are the financial years of the data, consecutive and in order; ``cost_scope`` the
    families that ``mapped_cost`` adds up. Counts are by start date and of events that took place;
    costs of stays and services are split over years by days. A family's count, bed days and cost
    are null where no event of it was received by anybody; its cost is also null where it is not
    costed, or where the person has costed events and no cost of any is known; bed days where it
    has no beds. ``mapped_cost`` and ``total_cost`` add up what is known and are null where the
    person used services and nothing is known. The flags are at economy level, judged by
    its official ``population`` where there is one (population.denominators). Definition: domain,
    "Cost" and "High-resource individuals".
    """
    known = (
        resident_year.join(_counts(event), on=_KEYS, how="left")
        .join(_bed_days(bed_day, years), on=_KEYS, how="left")
        .join(_costs(event, event_cost, spell_draft, bed_day, years), on=_KEYS, how="left")
        .join(conditions_by_year(event, event_code, years), on=_KEYS, how="left")
        .join(_deaths(person, years), on=_KEYS, how="left")
        .join(_received(event), how="cross")
        .with_columns(_used_columns())
        .with_columns(
            _sum_of(ALL_SCOPE).alias("total_cost"), _sum_of(cost_scope).alias("mapped_cost")
        )
        .with_columns(
            demographic_segment().alias("demographic_segment"),
            service_use_segment().alias("service_use_segment"),
        )
    )
    return PERSON_YEAR.conform(_with_flags(known, years, population))


def _with_flags(
    people: pl.LazyFrame, years: Sequence[str], population: pl.LazyFrame | None
) -> pl.LazyFrame:
    costs = people.with_columns(pence("mapped_cost").alias("pence"))
    official = (
        denominators(population, years, _ECONOMY)
        .filter(area_level=_ECONOMY)
        .select("financial_year", "n_official")
    )
    flagged = with_official(
        ranked(costs, ["financial_year"]), official, on=["financial_year"]
    ).with_columns(
        pl.col("rank").alias("cost_rank"),
        cumulative_share().alias("cumulative_cost_share"),
        COST50.flag().alias("is_hri_cost50"),
        TOP2PCT.flag().alias("is_hri_top2pct"),
    )
    before = flagged_the_year_before(flagged, COST50, years).with_columns(
        pl.lit(True).alias("was_flagged")
    )
    was = pl.when(pl.col("financial_year") != years[0]).then(pl.col("was_flagged").is_not_null())
    return flagged.join(before, on=_KEYS, how="left").with_columns(
        was.alias("was_hri_previous_year")
    )


def _counts(event: pl.LazyFrame) -> pl.LazyFrame:
    return (
        event.filter(took_place())
        .with_columns(financial_year_of(pl.col("start_at")).alias("financial_year"))
        .group_by(_KEYS)
        .agg(
            (pl.col("event_family") == name).sum().cast(pl.Int64).alias(f"n_{name}")
            for name in _FAMILIES
        )
    )


def _bed_days(bed_day: pl.LazyFrame, years: Sequence[str]) -> pl.LazyFrame:
    return (
        days_by_year(bed_day.select(*_OF_BED_DAY), years)
        .group_by(_KEYS)
        .agg(
            *(
                pl.col("n_days").filter(pl.col("event_family") == f).sum().alias(f"bed_days_{f}")
                for f in BED_FAMILIES
            ),
            pl.col("n_days").filter(pl.col("is_unplanned")).sum().alias("unplanned_bed_days"),
        )
    )


def _costs(
    event: pl.LazyFrame,
    event_cost: pl.LazyFrame,
    spell_draft: pl.LazyFrame,
    bed_day: pl.LazyFrame,
    years: Sequence[str],
) -> pl.LazyFrame:
    """person_id, financial_year, and in pence ``cost_<family>``: null where none is known."""
    costs = (
        event_cost.filter(pl.col("method").ne_missing("missed_appointment"))
        .join(
            event.select("event_id", "person_id", "event_family", "start_at"),
            on="event_id",
            how="inner",
        )
        .select(
            "event_id",
            "person_id",
            "event_family",
            pl.col("start_at").dt.date().alias("started_on"),
            in_pence("amount").alias("pence"),
        )
    )
    return (
        cost_by_year(costs, cost_days(event, spell_draft, bed_day), years)
        .group_by(_KEYS)
        .agg(expression for name in sorted(_COSTED) for expression in _family_cost(name))
    )


def _family_cost(name: str) -> tuple[pl.Expr, pl.Expr]:
    cost = pl.col("pence").filter(pl.col("event_family") == name)
    known = cost.is_not_null().any()
    return (
        pl.when(known).then(cost.sum()).alias(f"cost_{name}"),
        (cost.len() > 0).alias(f"has_costed_{name}"),
    )


def _deaths(person: pl.LazyFrame, years: Sequence[str]) -> pl.LazyFrame:
    year = financial_year_of(pl.col("death_month"))
    return (
        person.filter(pl.col("death_month").is_not_null())
        .select("person_id", year.alias("financial_year"), pl.lit(True).alias("died_in_year"))
        .join(years_frame(years).select("financial_year"), on="financial_year", how="semi")
    )


def _received(event: pl.LazyFrame) -> pl.LazyFrame:
    """One row: whether any event of each family was received."""
    return event.select(
        (pl.col("event_family") == name).any().alias(f"received_{name}") for name in _FAMILIES
    )


def _used_columns() -> list[pl.Expr]:
    """Counts, bed days and costs with 0 where nothing was used, null where nothing is known."""
    columns = [
        pl.col("unplanned_bed_days").fill_null(0),
        pl.col("died_in_year").fill_null(False),
        *(pl.col(f"has_{g.segment}").fill_null(False) for g in CONDITION_GROUPS),
    ]
    for name in _FAMILIES:
        received = pl.when(pl.col(f"received_{name}"))
        columns.append(received.then(pl.col(f"n_{name}").fill_null(0)).alias(f"n_{name}"))
        used = pl.col(f"bed_days_{name}").fill_null(0) if name in BED_FAMILIES else None
        days = pl.lit(None, pl.Int64) if used is None else used
        columns.append(received.then(days).alias(f"bed_days_{name}"))
        columns.append(_cost_or_nothing(name).alias(f"cost_{name}"))
    return columns


def _cost_or_nothing(name: str) -> pl.Expr:
    if name not in _COSTED:
        return pl.lit(None, pl.Decimal(16, 2))
    unknown = pl.col(f"has_costed_{name}").fill_null(False) & pl.col(f"cost_{name}").is_null()
    known = pl.when(pl.col(f"received_{name}") & ~unknown)
    return in_pounds(known.then(pl.col(f"cost_{name}").fill_null(0)))


def _sum_of(families: Collection[str]) -> pl.Expr:
    """Known costs of the families; null where the person has none that is known."""
    names = [f"cost_{name}" for name in _FAMILIES if name in families and name in _COSTED]
    return pl.when(~pl.all_horizontal(pl.col(n).is_null() for n in names)).then(
        pl.sum_horizontal(names)
    )
