"""Assets of journeys: core rows → events → stays → journeys, delays, failure demand.

Everything here is of one person each, so it is computed bucket of persons by bucket of persons.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial

import dagster as dg
import polars as pl

from flow_pipeline import journeys as stage
from flow_pipeline.contracts import contract
from flow_pipeline.orchestration.buckets import (
    Bucket,
    linked_buckets,
    materialise_in_buckets,
    stored_buckets,
)
from flow_pipeline.orchestration.economy_run import EconomyRun
from flow_pipeline.orchestration.step import Tables, specs
from flow_pipeline.quality.joint_histories import impossible_histories

_OWNER = "team:analysts"
_EVENTS = ("event", "event_clock", "event_dropped")
_STAYS = ("spell_draft", "spell_member", "continuous_spell_draft", "bed_day")
_JOURNEYS = ("journey_member", "journey_step", "journey_draft")
_MEASURES = ("delay", "failure_demand")
_TOLD = ("request_sequel", "reablement_outcome", "event_code")
_PERSONS = ("residence", "person", "impossible_history")
_PUBLISHED = ("care_event", "spell", "continuous_spell", "journey")
_OF_PUBLISHED = ("event", *_STAYS, "journey_member", "journey_draft", "event_cost", *_MEASURES)
Buckets = AbstractContextManager[Sequence[Callable[[], Tables]]]


def journey_assets(contracts: tuple[str, ...]) -> list[dg.AssetsDefinition]:
    """The assets of an economy whose sources keep these contracts."""
    cores = tuple(contract(name).core_table for name in contracts)
    details = tuple(contract(name).detail_table for name in contracts if contract(name).events)
    made = (*_EVENTS, *_STAYS, *_JOURNEYS, *_MEASURES, *_TOLD, *details, *_PERSONS)
    told = ("person_link", "organisation", "submission", "manifest")
    return [
        _asset("journeys", made, (*cores, *told), partial(from_core, contracts=contracts)),
        _asset("care_event", _PUBLISHED, _OF_PUBLISHED, published),
    ]


def parameters(run: EconomyRun) -> stage.Parameters:
    economy = run.economy
    return stage.Parameters(
        period_start=economy.period_start,
        period_end=economy.period_end,
        gap_days=economy.gap_days,
        cips_variant="che" if economy.cips_variant == "che" else "nhsd",
        flags=stage.FlagParameters(
            repeat_contact_days=economy.repeat_contact_days,
            most_ward_moves=economy.most_ward_moves,
        ),
        population_from=economy.population,
    )


def _asset(
    name: str,
    outputs: tuple[str, ...],
    inputs: tuple[str, ...],
    build: Callable[[EconomyRun], Buckets],
) -> dg.AssetsDefinition:
    """One asset function for tables that are made together."""

    @dg.multi_asset(
        name=name,
        specs=specs(outputs, group="journeys", deps=inputs, owner=_OWNER),
    )
    def _step(economy_run: dg.ResourceParam[EconomyRun]) -> Iterator[dg.MaterializeResult]:
        yield from materialise_in_buckets(
            economy_run,
            name,
            outputs=outputs,
            inputs=inputs,
            build=lambda: build(economy_run),
            parameters=parameters(economy_run),
            together={"event_dropped": stage.dropped_in_all},
        )

    return _step


@contextmanager
def from_core(
    run: EconomyRun, contracts: tuple[str, ...], records_at_once: int = stage.RECORDS_AT_ONCE
) -> Iterator[list[Callable[[], Tables]]]:
    """For each bucket, what makes events, stays, journeys, delays, failure demand, persons.

    What is judged over everybody (whose midnights are no times, what was listed until when, which
    events were delivered twice) is judged first.
    """
    scan = run.store.scan
    core = {name: scan(contract(name).core_table) for name in contracts}
    listed = stage.listed_until(core, scan("submission"), scan("manifest")).collect()
    midnights = stage.unknown_midnights(core).collect()
    with linked_buckets(core, scan("person_link"), run, records_at_once) as buckets:
        everybody = partial(
            stage.make_events,
            organisation=scan("organisation"),
            parameters=parameters(run),
            midnights=midnights.lazy(),
            listed=listed.lazy(),
            repeated=_repeated(buckets),
        )
        yield [partial(_made_of, bucket, everybody, parameters(run)) for bucket in buckets]


def _repeated(buckets: list[Bucket]) -> pl.LazyFrame | None:
    """Events that were delivered twice, among all buckets; a single one finds its own."""
    if len(buckets) == 1:
        return None
    names = buckets[0].core
    linked = {name: pl.concat([bucket.core[name] for bucket in buckets]) for name in names}
    return stage.repeated_records(linked).collect().lazy()


def _made_of(
    bucket: Bucket, make_events: Callable[..., stage.Events], parameters: stage.Parameters
) -> Tables:
    linked = bucket.linked()
    core, deaths = linked.core, stage.kept(linked.deaths)
    made = make_events(linked)
    tables = _named(_EVENTS, made)
    event, clock = tables["event"], tables["event_clock"]
    tables |= _named(_STAYS, stage.make_stays(event, core, parameters))
    stays = stage.Stays(*(tables[name] for name in _STAYS))
    tables |= _named(_JOURNEYS, stage.make_journeys(event, clock, stays, deaths, parameters))
    member = tables["journey_member"]
    delay = stage.kept(stage.delay(event, clock, stays, member, parameters, core, deaths))
    home = stage.kept(stage.residence(linked, parameters))
    kept = stage.details(core, event)
    return {
        **tables,
        "delay": delay,
        "reablement_outcome": stage.reablement_outcome(event, core, stays, deaths, parameters),
        "failure_demand": stage.failure_demand(event, core, stays, member, delay, parameters.flags),
        "request_sequel": stage.request_sequel(event, parameters),
        "event_code": stage.event_code(core, event),
        **{contract(name).detail_table: frame for name, frame in kept.items()},
        "residence": home,
        "person": stage.person(linked, bucket.linkage, home, parameters),
        "impossible_history": impossible_histories(
            core,
            event=event,
            spell_draft=tables["spell_draft"],
            out_of_life=made.out_of_life,
        ),
    }


def _named(names: tuple[str, ...], made: object) -> dict[str, pl.LazyFrame]:
    """Tables made together, read at once: they share most of their work."""
    frames = stage.kept_together(getattr(made, name) for name in names)
    return dict(zip(names, frames, strict=True))


def published(run: EconomyRun) -> Buckets:
    """For each bucket, what puts the published tables together."""
    buckets = stored_buckets(run, tuple(n for n in _OF_PUBLISHED if n != "event_cost"))
    return nullcontext([partial(_put_together, run, bucket) for bucket in buckets])


def _put_together(run: EconomyRun, bucket: Callable[[], Tables]) -> Tables:
    tables = bucket()
    event, member, delay = (tables[n] for n in ("event", "journey_member", "delay"))
    cost = run.store.scan("event_cost").join(event.select("event_id"), on="event_id", how="semi")
    cost = stage.kept(cost)
    spell = stage.spell(tables["spell_draft"], cost)
    flags = tables["failure_demand"]
    return {
        "care_event": stage.care_event(event, tables["spell_member"], member, cost),
        "spell": spell,
        "continuous_spell": stage.continuous_spell(tables["continuous_spell_draft"], spell),
        "journey": stage.journey(tables["journey_draft"], member, cost, delay, flags),
    }
