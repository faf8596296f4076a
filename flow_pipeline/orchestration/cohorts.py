"""Assets of cohorts and flow: costs, person years, high-resource individuals, hand-offs."""

from collections.abc import Iterator

import dagster as dg

from flow_pipeline.calendar import financial_years_between
from flow_pipeline.cohorts import (
    COST_SCOPES,
    default_unit_costs,
    event_cost,
    hri_cohort,
    hri_summary,
    person_year,
    resident_year,
)
from flow_pipeline.orchestration.economy_run import EconomyRun
from flow_pipeline.orchestration.reference import population, unit_costs, version_of
from flow_pipeline.orchestration.step import Tables, materialise, specs

_OWNER = "team:analysts"
_COST_INPUTS = ("event", "spell_draft", "spell_member", "bed_day", "detail_cld_event")
_YEAR_INPUTS = (
    "resident_year",
    "person",
    "event",
    "event_code",
    "event_cost",
    "spell_draft",
    "bed_day",
)


@dg.multi_asset(
    name="event_cost",
    specs=specs(("event_cost",), group="cohorts", deps=_COST_INPUTS[:-1], owner=_OWNER),
)
def event_cost_asset(
    economy_run: dg.ResourceParam[EconomyRun],
) -> Iterator[dg.MaterializeResult]:
    """Costs of events, supplied or by unit cost."""
    run = economy_run
    version = version_of(run, "unit_costs")

    def build() -> Tables:
        inputs = [run.store.scan(name) for name in _COST_INPUTS]
        event, draft, member, bed_day, service = inputs
        rates = unit_costs(run)
        rates = default_unit_costs() if rates is None else rates
        costs = event_cost(event, draft, member, bed_day, rates, service, rate_version=version)
        return {"event_cost": costs}

    yield from materialise(
        run,
        "event_cost",
        outputs=("event_cost",),
        inputs=_COST_INPUTS,
        build=build,
        parameters=version,
    )


@dg.multi_asset(
    name="person_years",
    specs=specs(
        ("resident_year", "person_year"),
        group="cohorts",
        deps=("residence", "person", "event", "event_code", "event_cost", "spell_draft", "bed_day"),
        owner=_OWNER,
    ),
)
def person_year_assets(
    economy_run: dg.ResourceParam[EconomyRun],
) -> Iterator[dg.MaterializeResult]:
    """Who was resident in which year, what they used and what it cost."""
    run = economy_run
    years = _years(run)
    scope = COST_SCOPES[run.economy.cost_scope]
    scan = run.store.scan
    yield from materialise(
        run,
        "resident_year",
        outputs=("resident_year",),
        inputs=("residence", "person"),
        build=lambda: {
            "resident_year": resident_year(scan("residence"), scan("person"), years=years)
        },
        parameters=years,
    )
    yield from materialise(
        run,
        "person_year",
        outputs=("person_year",),
        inputs=_YEAR_INPUTS,
        build=lambda: {
            "person_year": person_year(
                *(scan(name) for name in _YEAR_INPUTS),
                years=years,
                cost_scope=scope,
                population=population(run),
            )
        },
        parameters=[years, sorted(scope), version_of(run, "population")],
    )


@dg.multi_asset(
    name="high_resource_individuals",
    specs=specs(
        ("hri_cohort", "hri_summary"),
        group="cohorts",
        deps=("person_year", "resident_year", "area"),
        owner=_OWNER,
    ),
)
def hri_assets(economy_run: dg.ResourceParam[EconomyRun]) -> Iterator[dg.MaterializeResult]:
    """The few people for whom half of the money is spent."""
    run = economy_run
    years, scan = _years(run), run.store.scan
    economy = run.economy.name
    told = {"economy": economy, "years": years, "population": version_of(run, "population")}
    yield from materialise(
        run,
        "hri_cohort",
        outputs=("hri_cohort",),
        inputs=("person_year", "resident_year", "area"),
        build=lambda: {
            "hri_cohort": hri_cohort(
                scan("person_year"),
                scan("resident_year"),
                scan("area"),
                economy=economy,
                years=years,
                population=population(run),
            )
        },
        parameters=told,
    )
    yield from materialise(
        run,
        "hri_summary",
        outputs=("hri_summary",),
        inputs=("hri_cohort", "person_year", "resident_year", "area"),
        build=lambda: {
            "hri_summary": hri_summary(
                scan("hri_cohort"),
                scan("person_year"),
                scan("resident_year"),
                scan("area"),
                economy=economy,
                years=years,
                population=population(run),
            )
        },
        parameters=told,
    )


def _years(run: EconomyRun) -> tuple[str, ...]:
    return financial_years_between(run.economy.period_start, run.economy.period_end)


ASSETS = [event_cost_asset, person_year_assets, hri_assets]
