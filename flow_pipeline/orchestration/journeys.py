"""Assets of journeys: core rows → events → stays → journeys, delays, failure demand."""

from collections.abc import Callable, Iterator

import dagster as dg
import polars as pl

from flow_pipeline import journeys as stage
from flow_pipeline.contracts import contract
from flow_pipeline.orchestration.economy_run import EconomyRun
from flow_pipeline.orchestration.step import Tables, materialise, specs

_OWNER = "team:analysts"
_EVENTS = ("event", "event_clock", "event_dropped")
_STAYS = ("spell_draft", "spell_member", "continuous_spell_draft", "bed_day")
_JOURNEYS = ("journey_member", "journey_step", "journey_draft")
_MEASURES = ("delay", "failure_demand")
_PUBLISHED = ("care_event", "spell", "continuous_spell", "journey")


def journey_assets(contracts: tuple[str, ...]) -> list[dg.AssetsDefinition]:
    """The assets of an economy whose sources keep these contracts."""
    cores = tuple(contract(name).core_table for name in contracts)
    with_events = tuple(name for name in contracts if contract(name).events)
    details = tuple(contract(name).detail_table for name in with_events)
    linked = (*cores, "person_link")

    def core(run: EconomyRun) -> dict[str, pl.LazyFrame]:
        return {name: run.store.scan(contract(name).core_table) for name in contracts}

    def events(run: EconomyRun) -> Tables:
        scan = run.store.scan
        made = stage.make_events(
            core(run),
            scan("person_link"),
            scan("organisation"),
            parameters(run),
            listed=stage.listed_until(core(run), scan("submission"), scan("manifest")),
        )
        return _named(_EVENTS, made)

    def stays(run: EconomyRun) -> Tables:
        return _named(_STAYS, stage.make_stays(run.store.scan("event"), core(run), parameters(run)))

    def records(run: EconomyRun) -> Tables:
        event = run.store.scan("event")
        kept = stage.details(core(run), event)
        named = {contract(name).detail_table: frame for name, frame in kept.items()}
        return {"event_code": stage.event_code(core(run), event), **named}

    def residence(run: EconomyRun) -> Tables:
        link = run.store.scan("person_link")
        return {"residence": stage.residence(core(run), link, parameters(run))}

    def person(run: EconomyRun) -> Tables:
        link, home = run.store.scan("person_link"), run.store.scan("residence")
        return {"person": stage.person(core(run), link, home, parameters(run))}

    return [
        _asset("events", _EVENTS, (*linked, "organisation", "submission", "manifest"), events),
        _asset("stays", _STAYS, ("event", *cores), stays),
        _asset("journeys", _JOURNEYS, ("event", "event_clock", *_STAYS), _journeys),
        _asset("records", ("event_code", *details), ("event", *cores), records),
        _asset("residence", ("residence",), linked, residence),
        _asset("person", ("person",), (*linked, "residence"), person),
        _asset("delay", ("delay",), ("event", "event_clock", *_STAYS, "journey_member"), _delay),
        _asset(
            "failure_demand",
            ("failure_demand",),
            ("event", *_STAYS, "journey_member", "delay"),
            _failure_demand,
        ),
        _asset(
            "care_event",
            _PUBLISHED,
            ("event", *_STAYS, "journey_member", "journey_draft", "event_cost", *_MEASURES),
            _published,
        ),
    ]


def parameters(run: EconomyRun) -> stage.Parameters:
    economy = run.economy
    return stage.Parameters(
        period_start=economy.period_start,
        period_end=economy.period_end,
        gap_days=economy.gap_days,
        cips_variant="che" if economy.cips_variant == "che" else "nhsd",
        population_from=economy.population,
    )


def _asset(
    name: str,
    outputs: tuple[str, ...],
    inputs: tuple[str, ...],
    build: Callable[[EconomyRun], Tables],
) -> dg.AssetsDefinition:
    """One asset function for tables that are made together."""

    @dg.multi_asset(
        name=name,
        specs=specs(outputs, group="journeys", deps=inputs, owner=_OWNER),
    )
    def _step(economy_run: dg.ResourceParam[EconomyRun]) -> Iterator[dg.MaterializeResult]:
        yield from materialise(
            economy_run,
            name,
            outputs=outputs,
            inputs=inputs,
            build=lambda: build(economy_run),
            parameters=parameters(economy_run),
        )

    return _step


def _named(names: tuple[str, ...], made: object) -> Tables:
    """Tables made together, read at once: they share most of their work."""
    frames = pl.collect_all([getattr(made, name) for name in names])
    return {name: frame.lazy() for name, frame in zip(names, frames, strict=True)}


def _stays(run: EconomyRun) -> stage.Stays:
    return stage.Stays(*(run.store.scan(name) for name in _STAYS))


def _journeys(run: EconomyRun) -> Tables:
    scan = run.store.scan
    made = stage.make_journeys(scan("event"), scan("event_clock"), _stays(run), parameters(run))
    return _named(_JOURNEYS, made)


def _delay(run: EconomyRun) -> Tables:
    scan = run.store.scan
    return {
        "delay": stage.delay(
            scan("event"), scan("event_clock"), _stays(run), scan("journey_member"), parameters(run)
        )
    }


def _failure_demand(run: EconomyRun) -> Tables:
    scan = run.store.scan
    return {
        "failure_demand": stage.failure_demand(
            scan("event"), _stays(run), scan("journey_member"), scan("delay")
        )
    }


def _published(run: EconomyRun) -> Tables:
    scan = run.store.scan
    cost = scan("event_cost")
    spell = stage.spell(scan("spell_draft"), cost)
    return {
        "care_event": stage.care_event(
            scan("event"), scan("spell_member"), scan("journey_member"), cost
        ),
        "spell": spell,
        "continuous_spell": stage.continuous_spell(scan("continuous_spell_draft"), spell),
        "journey": stage.journey(
            scan("journey_draft"),
            scan("journey_member"),
            cost,
            scan("delay"),
            scan("failure_demand"),
        ),
    }
