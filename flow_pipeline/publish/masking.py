"""What the analytic tables withhold: the day of a birth and of a death.

Definition: release classes. Death events and admissions by birth carry the month only in schema
``flow``; the core tables keep the day for journeys, censoring and checks. Withheld with them is
whatever would give the day back: the rest of a birth's hospital stay, times that were imputed from
a death, and lengths that end at a time still shown. A hospital stay that ended in death keeps its
dates: the definition names the death event only.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from flow_pipeline.contracts import all_contracts
from flow_pipeline.contracts.codes import code_lists
from flow_pipeline.contracts.language import Contract

_IS_BIRTH = (pl.col("event_family") == "inpatient") & (pl.col("event_type") == "birth")
_IS_DEATH = pl.col("event_family") == "death"
_IS_IMPUTED = pl.col("end_status") == "imputed_death"
# of a journey: what is counted from or to an end that was imputed from a death
_SINCE_A_DEATH = ("total_wait_days", "longest_wait_days", "delay_days")


@dataclass(frozen=True)
class _Withheld:
    """Whose days are withheld; every frame has one row per value of its one id column."""

    spells: pl.LazyFrame
    continuous_spells: pl.LazyFrame
    events: pl.LazyFrame
    journeys: pl.LazyFrame
    journeys_ended: pl.LazyFrame  # with an end taken from a death
    spells_ended: pl.LazyFrame
    continuous_ended: pl.LazyFrame
    events_since: pl.LazyFrame  # that began when such an end had come
    journeys_since: pl.LazyFrame  # with one of those, or with such a spell
    deaths: pl.LazyFrame  # person_id, death_month


def masked(tables: Mapping[str, pl.LazyFrame]) -> dict[str, pl.LazyFrame]:
    """The row tables of ``flow`` with the days of births and deaths reduced to months.

    In: tables by name, as the journeys stage made them; ``care_event`` and ``spell`` among them.
    Out: the same tables, columns and rows, in no promised order. Masked times are the first of
    their month at 00:00, with precision ``month``; lengths that would undo it are null.
    """
    withheld = _withheld(tables["care_event"], tables["spell"], tables.get("person"))
    ways = {
        "care_event": _care_event,
        "spell": _spell,
        "continuous_spell": _continuous_spell,
        "journey": _journey,
        "journey_step": _journey_step,
        "delay": _delay,
    }
    result = dict(tables)
    for name in ways.keys() & tables.keys():
        result[name] = ways[name](tables[name], withheld)
    for contract in all_contracts().values():
        if contract.events and contract.detail_table in tables:
            frame = tables[contract.detail_table]
            result[contract.detail_table] = _detail(frame, contract, withheld)
    return result


def _withheld(
    care_event: pl.LazyFrame, spell: pl.LazyFrame, person: pl.LazyFrame | None
) -> _Withheld:
    births = _birth_spells(care_event, spell)
    of_births = spell.join(births, on="spell_id", how="semi")
    chain = of_births.select("continuous_spell_id").drop_nulls().unique()
    of_chain = spell.join(chain, on="continuous_spell_id", how="semi").select("spell_id")
    spells = pl.concat([births, of_chain])
    stays = care_event.join(spells.drop_nulls().unique(), on="spell_id", how="semi")
    columns = ("event_id", "journey_id")
    hidden = pl.concat(
        [stays.select(columns), care_event.filter(_IS_BIRTH | _IS_DEATH).select(columns)]
    )
    journeys = _journeys(care_event, stays, hidden)
    ended = care_event.filter(_IS_IMPUTED).select("journey_id")
    imputed, since = _ended_by_death(care_event, spell), _since_death(care_event)
    of_spells = care_event.join(imputed, on="spell_id", how="semi")
    return _collected(
        spells,
        chain,
        hidden.select("event_id"),
        journeys,
        ended,
        imputed.select("spell_id"),
        imputed.select("continuous_spell_id"),
        since.select("event_id"),
        pl.concat([since.select("journey_id"), of_spells.select("journey_id")]),
        _deaths(care_event, person),
    )


def _since_death(care_event: pl.LazyFrame) -> pl.LazyFrame:
    """event_id and journey_id of what began when an end that was imputed from a death had come: the
    wait for it would give the day back."""
    day = pl.col("end_at").dt.date().min().alias("death_day")
    days = care_event.filter(_IS_IMPUTED).group_by("person_id").agg(day)
    later = pl.col("start_at").dt.date() >= pl.col("death_day")
    return care_event.join(days, on="person_id").filter(later).select("event_id", "journey_id")


def _ended_by_death(care_event: pl.LazyFrame, spell: pl.LazyFrame) -> pl.LazyFrame:
    """spell_id and continuous_spell_id of spells whose discharge is the day of a death: no hospital
    said when they ended."""
    ends = care_event.filter(_IS_IMPUTED).select(
        "spell_id", pl.col("end_at").dt.date().alias("death_day")
    )
    day = pl.col("discharged_at").dt.date()
    found = spell.join(ends.drop_nulls().unique(), on="spell_id")
    return found.filter(day == pl.col("death_day")).select("spell_id", "continuous_spell_id")


def _deaths(care_event: pl.LazyFrame, person: pl.LazyFrame | None) -> pl.LazyFrame:
    """person_id, death_month: of deaths that have an event, and of those that another record tells
    of, which end waits too."""
    month = pl.col("start_at").dt.truncate("1mo").dt.date().alias("death_month")
    found = [care_event.filter(_IS_DEATH).select("person_id", month)]
    if person is not None:
        found.append(person.drop_nulls("death_month").select("person_id", "death_month"))
    return pl.concat(found)


def _birth_spells(care_event: pl.LazyFrame, spell: pl.LazyFrame) -> pl.LazyFrame:
    """spell_id of spells begun by a birth, as the spell or one of its events says."""
    classes = code_lists()["admission_method"].classes()
    methods = [code for code, cls in classes.items() if cls == "birth"]
    by_method = spell.filter(pl.col("admission_method").is_in(methods))
    found = [frame.select("spell_id") for frame in (by_method, care_event.filter(_IS_BIRTH))]
    return pl.concat(found).drop_nulls().unique()


def _journeys(care_event: pl.LazyFrame, stays: pl.LazyFrame, hidden: pl.LazyFrame) -> pl.LazyFrame:
    """Journeys with a birth, or with nothing but hidden events."""
    shown = care_event.join(hidden.unique("event_id"), on="event_id", how="anti")
    only_hidden = hidden.join(shown.select("journey_id").unique(), on="journey_id", how="anti")
    frames = (stays, care_event.filter(_IS_BIRTH), only_hidden)
    return pl.concat([f.select("journey_id") for f in frames])


def _collected(*frames: pl.LazyFrame) -> _Withheld:
    """Collected here because they are few, and every masked table asks for them."""
    unique = [frame.drop_nulls().unique() for frame in frames]
    return _Withheld(*(frame.lazy() for frame in pl.collect_all(unique)))


def _marked(frame: pl.LazyFrame, ids: pl.LazyFrame, on: str, mark: str) -> pl.LazyFrame:
    """``frame`` with a boolean ``mark``: whether its ``on`` is among the ids."""
    name = ids.collect_schema().names()[0]
    marks = ids.select(pl.col(name).alias(on), pl.lit(True).alias(mark))
    joined = frame.join(marks, on=on, how="left")
    return joined.with_columns(pl.col(mark).fill_null(False))


def _month_where(mark: str | pl.Expr, *names: str) -> list[pl.Expr]:
    """The times named, reduced to their month where ``mark`` holds."""
    condition = pl.col(mark) if isinstance(mark, str) else mark
    return [
        pl.when(condition).then(pl.col(n).dt.truncate("1mo")).otherwise(pl.col(n)).alias(n)
        for n in names
    ]


def _null_where(mark: str | pl.Expr, *names: str) -> list[pl.Expr]:
    condition = pl.col(mark) if isinstance(mark, str) else mark
    return [pl.when(~condition).then(pl.col(n)).alias(n) for n in names]


def _care_event(frame: pl.LazyFrame, withheld: _Withheld) -> pl.LazyFrame:
    start = pl.col("_hidden")
    end = start | _IS_IMPUTED.fill_null(False)
    month = pl.lit("month")
    precision = [
        pl.when(start).then(month).otherwise("start_precision").alias("start_precision"),
        pl.when(end & pl.col("end_at").is_not_null())
        .then(month)
        .otherwise("end_precision")
        .alias("end_precision"),
    ]
    return (
        _marked(frame, withheld.events, "event_id", "_hidden")
        .with_columns(
            *_month_where(start, "start_at", "start_at_utc", "ready_at"),
            *_month_where(end, "end_at", "end_at_utc"),
            *precision,
        )
        .drop("_hidden")
    )


def _spell(frame: pl.LazyFrame, withheld: _Withheld) -> pl.LazyFrame:
    hidden, end = pl.col("_hidden"), pl.col("_hidden") | pl.col("_ended")
    marked = _marked(frame, withheld.spells, "spell_id", "_hidden")
    marked = _marked(marked, withheld.spells_ended, "spell_id", "_ended")
    masks = _month_where(hidden, "admitted_at", "discharge_ready_at")
    masks += _month_where(end, "discharged_at")
    lengths = _null_where(pl.col("_ended") & ~hidden, "nights")
    return marked.with_columns(*masks, *lengths).drop("_hidden", "_ended")


def _continuous_spell(frame: pl.LazyFrame, withheld: _Withheld) -> pl.LazyFrame:
    hidden, end = pl.col("_hidden"), pl.col("_hidden") | pl.col("_ended")
    marked = _marked(frame, withheld.continuous_spells, "continuous_spell_id", "_hidden")
    marked = _marked(marked, withheld.continuous_ended, "continuous_spell_id", "_ended")
    masks = [*_month_where(hidden, "admitted_at"), *_month_where(end, "discharged_at")]
    lengths = _null_where(pl.col("_ended") & ~hidden, "nights", "bed_days")
    return marked.with_columns(*masks, *lengths).drop("_hidden", "_ended")


def _journey(frame: pl.LazyFrame, withheld: _Withheld) -> pl.LazyFrame:
    # Care, wait and the rest add up to the whole: without these two the sum cannot be undone.
    parts = ("care_days", "unattributed_days")
    start = pl.col("_hidden")
    end = start | pl.col("_ended")
    marked = _marked(frame, withheld.journeys, "journey_id", "_hidden")
    marked = _marked(marked, withheld.journeys_ended, "journey_id", "_ended")
    masks = [*_month_where(start, "start_at"), *_month_where(end, "end_at")]
    marked = _marked(marked, withheld.journeys_since, "journey_id", "_since")
    masks += _null_where(end, *parts) + _null_where("_since", *_SINCE_A_DEATH)
    return marked.with_columns(masks).drop("_hidden", "_ended", "_since")


def _journey_step(frame: pl.LazyFrame, withheld: _Withheld) -> pl.LazyFrame:
    marked = _marked(frame, withheld.journeys, "journey_id", "_hidden")
    marked = _marked(marked, withheld.events_since, "event_id", "_since")
    told = pl.col("_hidden") | pl.col("_since")
    waits = _null_where(told, "wait_minutes", "clock_wait_minutes")
    return marked.with_columns(waits).drop("_hidden", "_since")


def _delay(frame: pl.LazyFrame, withheld: _Withheld) -> pl.LazyFrame:
    """Waits that touch a hidden event, or that something else ended in the month of a death, which
    may be the death; those with one end shown lose their length."""
    in_month = pl.col("end_at").dt.truncate("1mo").dt.date() == pl.col("death_month")
    died = (pl.col("end_kind") == "competing") & in_month
    start = pl.col("_from")
    end = pl.col("_to") | (start & pl.col("to_event_id").is_null()) | died.fill_null(False)
    marked = _marked(frame, withheld.events, "from_event_id", "_from")
    marked = _marked(marked, withheld.events, "to_event_id", "_to")
    deaths = withheld.deaths.group_by("person_id").agg(pl.col("death_month").min())
    return (
        marked.join(deaths, on="person_id", how="left")
        .with_columns(
            *_month_where(start, "start_at"),
            *_month_where(end, "end_at"),
            *_null_where(start != end, "minutes"),
        )
        .drop("_from", "_to", "death_month")
    )


def _detail(frame: pl.LazyFrame, contract: Contract, withheld: _Withheld) -> pl.LazyFrame:
    """Every date of a hidden event, and the date of death wherever a sender states it."""
    kept = [f for f in contract.fields_treated("keep") if f.name != "event_id"]
    times = [f.name for f in kept if f.type == "time"]
    dates = [f.name for f in kept if f.type in ("date", "datetime")]
    death = [f.name for f in kept if (f.role or f.name) == "person_death_date"]
    marked = _marked(frame, withheld.events, "event_id", "_hidden")
    return (
        marked.with_columns(*_month_where("_hidden", *dates), *_null_where("_hidden", *times))
        .with_columns(_month_where(pl.lit(True), *death))
        .drop("_hidden")
    )
