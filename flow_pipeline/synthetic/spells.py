"""Turns what happened in hospital into clock times: ambulance, emergency department, spell,
consultant episodes and ward stays."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from flow_pipeline.synthetic import clock, emergencies
from flow_pipeline.synthetic.clock import MINUTES_PER_DAY, NEVER, Bools, Floats, Ints, Period
from flow_pipeline.synthetic.emergencies import CAUSES, Illness
from flow_pipeline.synthetic.needs import Needs
from flow_pipeline.synthetic.people import People
from flow_pipeline.synthetic.places import Block
from flow_pipeline.synthetic.stays import HospitalYears, Stay, stay_days

CAUSE_ICD = np.array([c[0] for c in CAUSES.values()])
CAUSE_TFC = np.array([c[1] for c in CAUSES.values()])
CAUSE_SNOMED = np.array([c[2] for c in CAUSES.values()])
COMMUNITY_SITE = 100
FOREVER = NEVER * MINUTES_PER_DAY


@dataclass
class Attendances:
    """Visits to emergency departments; times are UTC minutes."""

    person: Ints
    site: Ints
    department: Ints  # 1 major, 3 minor injuries
    cause: Ints
    arrival: Ints
    assessed: Ints
    seen: Ints
    decided: Ints  # FOREVER where not admitted
    ready: Ints
    departure: Ints
    by_ambulance: Bools
    stay: Ints  # number of the stay that follows, or −1
    left: Bools
    frail: Bools


@dataclass
class Spells:
    """Hospital provider spells; times are local minutes, FOREVER while not over."""

    person: Ints
    site: Ints  # index of SITES, or COMMUNITY_SITE
    start: Ints
    end: Ints
    ready: Ints  # day
    support: Ints  # day home support began
    cause: Ints
    method: np.ndarray
    source: np.ndarray
    destination: np.ndarray
    died: Bools
    pathway: np.ndarray
    delay_cause: np.ndarray
    support_cause: np.ndarray
    support_kind: np.ndarray
    follows: Ints  # spell it continues, or −1
    readmission_of: Ints
    pressure: Floats
    number: Ints


def attendances(
    block: Block,
    people: People,
    needs: Needs,
    illness: Illness,
    years: HospitalYears,
    period: Period,
    rng: np.random.Generator,
) -> Attendances:
    """Everybody who comes to an emergency department, and how long each stage takes."""
    person, day, minute, cause, stay, site, serious = _arrivals(block, people, illness, years, rng)
    n = len(person)
    frail = emergencies.frail_older(people, needs, person, day)
    minor_unit = ~serious & (rng.random(n) < 0.6)
    pressure = np.array(
        [years.pressure[s, d] for s, d in zip(site.tolist(), day.tolist(), strict=True)]
    )
    arrival = clock.to_utc(day * MINUTES_PER_DAY + minute)
    admitted = stay >= 0
    likely = np.array([0.12, 0.42, 0.6, 0.82, 0.0])
    group = np.select([minor_unit, admitted & frail, admitted, serious], np.array([4, 3, 2, 1]), 0)
    ambulance = rng.random(n) < likely[group]
    total, decided = _durations(rng, minor_unit, admitted, frail, pressure, minute)
    assessed = np.minimum(rng.gamma(1.6, 9, n) * np.exp(0.2 * pressure), total * 0.5)
    seen = assessed + (np.where(admitted, decided, total) - assessed) * rng.beta(2.2, 3, n)
    left = ~admitted & (rng.random(n) < 0.035)
    ready = np.where(admitted, decided + 5, total - rng.gamma(1.2, 10, n).clip(0, total * 0.3))
    whole = [np.round(a).astype(np.int64) for a in (assessed, seen, decided, ready, total)]
    return Attendances(
        person,
        site,
        np.where(minor_unit, 3, 1),
        cause,
        arrival,
        arrival + whole[0],
        arrival + whole[1],
        np.where(admitted, arrival + whole[2], FOREVER),
        arrival + whole[3],
        arrival + whole[4],
        ambulance,
        stay,
        left,
        frail,
    )


def _arrivals(
    block: Block, people: People, illness: Illness, years: HospitalYears, rng: np.random.Generator
) -> tuple[Ints, Ints, Ints, Ints, Ints, Ints, Bools]:
    """Person, day, minute, cause, stay and site of each arrival, and whether it is serious."""
    stay_of = np.full(len(illness), -1)
    for row, number in years.attended.items():
        stay_of[row] = number
    late = [s for s in years.stays if s.readmission_of >= 0]
    person = np.concatenate([illness.person, stay_days(late, "person")])
    day = np.concatenate([illness.day, stay_days(late, "day")])
    minute = np.concatenate([illness.minute, stay_days(late, "minute")])
    cause = np.concatenate([illness.cause, stay_days(late, "cause")])
    serious = np.concatenate([illness.serious, np.ones(len(late), dtype=bool)])
    stay = np.concatenate([stay_of, stay_days(late, "number")])
    site = emergencies.usual_site(block, people, person, rng)
    sites = stay_days(years.stays, "site")
    through_ed = np.array([s.route == "21" for s in years.stays] or [False])
    admitted = stay >= 0
    site[admitted] = sites[stay[admitted]]
    in_bed = _in_hospital(years, person, day) & ~admitted
    keep = ~in_bed & (~admitted | through_ed[stay])
    return (
        person[keep],
        day[keep],
        minute[keep],
        cause[keep],
        stay[keep],
        site[keep],
        serious[keep].astype(np.bool_),
    )


def _in_hospital(years: HospitalYears, person: Ints, day: Ints) -> Bools:
    """Whether the person was in a hospital bed on that day (they cannot also walk in)."""
    if not years.stays:
        return np.zeros(len(person), dtype=bool)
    who = stay_days(years.stays, "person")
    start, end = (stay_days(years.stays, name) for name in ("day", "discharge"))
    order = np.lexsort((start, who))
    key = who[order] * 100_000 + start[order]
    place = np.searchsorted(key, person * 100_000 + day, "right") - 1
    found = order[np.maximum(place, 0)]
    return (place >= 0) & (who[found] == person) & (day <= end[found])


def _durations(
    rng: np.random.Generator,
    minor: Bools,
    admitted: Bools,
    frail: Bools,
    pressure: Floats,
    minute: Ints,
) -> tuple[Floats, Floats]:
    """Minutes from arrival to departure and, for those admitted, to the decision."""
    n = len(minor)
    evening = 1 + 0.18 * (minute > 17 * 60) + 0.1 * (minute < 6 * 60)
    home = rng.lognormal(np.log(151), 0.56, n) * np.exp(0.16 * pressure) * evening
    quick = rng.lognormal(np.log(82), 0.5, n)
    decided = rng.lognormal(np.log(215), 0.42, n) * np.exp(0.12 * pressure) * evening
    bed = rng.lognormal(np.log(135), 1.52, n) * np.exp(0.6 * pressure + 0.3 * frail)
    total = np.where(minor, quick, np.where(admitted, decided + bed + 10, home))
    return np.clip(total, 12, 2900), np.clip(decided, 5, 2000)


def spells(
    people: People, years: HospitalYears, visits: Attendances, rng: np.random.Generator
) -> Spells:
    """Stays with clock times; a stay begins when its emergency department is left."""
    stays = years.stays
    n = len(stays)
    day, ready, end_day = (stay_days(stays, k) for k in ("day", "ready", "discharge"))
    died = np.array([s.died for s in stays], dtype=bool)
    start = day * MINUTES_PER_DAY + np.clip(rng.normal(15.5 * 60, 200, n), 480, 1380).astype(
        np.int64
    )
    rows = np.flatnonzero(visits.stay >= 0)
    limit = np.where(died, end_day, NEVER)[visits.stay[rows]] * MINUTES_PER_DAY + 1430
    local = np.minimum(clock.to_local(visits.departure[rows]), limit)
    visits.departure[rows] = np.maximum(clock.to_utc(local), visits.arrival[rows])
    start[visits.stay[rows]] = clock.to_local(visits.departure[rows])
    follows = stay_days(stays, "transferred_from")
    start, end, ready = _clock_times(stays, start, ready, end_day, follows, died, rng)
    support = np.maximum(stay_days(stays, "support"), ready)
    method, source, destination = _codes(stays, people)
    return Spells(
        stay_days(stays, "person"),
        stay_days(stays, "site"),
        start,
        end,
        np.where(ready <= end // MINUTES_PER_DAY, ready, NEVER),
        support,
        stay_days(stays, "cause"),
        method,
        source,
        destination,
        died,
        np.array([s.pathway for s in stays], dtype=object),
        np.array([s.delay_cause for s in stays], dtype=object),
        np.array([s.support_cause for s in stays], dtype=object),
        np.array([s.support_kind for s in stays], dtype=object),
        follows,
        stay_days(stays, "readmission_of"),
        np.array([s.pressure for s in stays]),
        np.arange(n),
    )


def _clock_times(
    stays: list[Stay],
    start: Ints,
    ready: Ints,
    end_day: Ints,
    follows: Ints,
    died: Bools,
    rng: np.random.Generator,
) -> tuple[Ints, Ints, Ints]:
    """Start, end and ready day of each stay, in order, so that no two of a person overlap.

    A long wait in the emergency department may push the admission past the day the loop meant.
    """
    n = len(stays)
    leave = np.clip(rng.normal(15 * 60, 130, n), 540, 1290).astype(np.int64)
    leave = np.where(died, rng.integers(0, 1440, n), leave).tolist()
    short = (rng.gamma(2.2, 130, n).astype(np.int64) + 20).tolist()
    between = rng.integers(40, 200, n).tolist()
    begun, over, fit = start.tolist(), [FOREVER] * n, ready.tolist()
    free_from: dict[int, int] = {}
    for k, stay in enumerate(stays):
        earlier = over[follows[k]] + between[k] if follows[k] >= 0 else begun[k]
        begun[k] = max(earlier, free_from.get(stay.person, 0) + 15)
        first = begun[k] // MINUTES_PER_DAY
        if fit[k] < NEVER:
            fit[k] = max(fit[k], first)
        if end_day[k] < NEVER:
            last = max(int(end_day[k]), first, 0 if died[k] or fit[k] >= NEVER else fit[k])
            finish = last * MINUTES_PER_DAY + leave[k]
            if last == first or finish <= begun[k]:
                latest = last * MINUTES_PER_DAY + MINUTES_PER_DAY - 1
                finish = max(min(begun[k] + short[k], latest), begun[k])
            over[k] = finish
        free_from[stay.person] = over[k]
    return np.array(begun), np.array(over), np.array(fit)


def _codes(stays: list[Stay], people: People) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    method = np.array([s.route for s in stays], dtype=object)
    source = np.array(["51" if s.transferred_from >= 0 else "19" for s in stays], dtype=object)
    homes = {"P3": ("54", "85", "65")}
    destination = np.array(
        [
            "79"
            if s.died
            else "51"
            if s.transfer_to >= 0
            else homes["P3"][s.number % 3]
            if s.pathway == "P3"
            else "19"
            for s in stays
        ],
        dtype=object,
    )
    return method, source, destination


def episodes(spells_: Spells, moves: Ints, rng: np.random.Generator) -> pl.DataFrame:
    """Consultant episodes: spell, number, start, end, treatment function, last."""
    n = len(spells_.start)
    nights = np.minimum(spells_.end, spells_.start + 60 * MINUTES_PER_DAY) - spells_.start
    extra = (moves >= 1) & (rng.random(n) < 0.6)
    count = 1 + extra + (extra & (nights > 9 * MINUTES_PER_DAY) & (rng.random(n) < 0.5))
    spell = np.repeat(np.arange(n), count)
    number = _within(count)
    cut = np.sort(rng.random((n, 2)) * [0.35, 0.6] + [0.02, 0.25], axis=1)
    inner = spells_.start[:, None] + (nights[:, None] * cut).astype(np.int64)
    edges = np.column_stack([spells_.start, inner, spells_.end])
    last = number == count[spell]
    start = edges[spell, number - 1]
    end = np.where(last, spells_.end[spell], edges[spell, np.minimum(number, 2)])
    tfc = np.where(
        number == 1,
        np.where(count[spell] > 1, "326", CAUSE_TFC[spells_.cause[spell]]),
        CAUSE_TFC[spells_.cause[spell]],
    )
    return pl.DataFrame(
        {"spell": spell, "number": number, "start": start, "end": end, "tfc": tfc, "last": last}
    )


def _within(count: Ints) -> Ints:
    """1, 2, … within each group of the given sizes."""
    if not len(count):
        return np.zeros(0, dtype=np.int64)
    starts = np.cumsum(count) - count
    return np.arange(int(count.sum())) - np.repeat(starts, count) + 1


def draw_moves(spells_: Spells, needs: Needs, rng: np.random.Generator) -> Ints:
    """Ward moves of a spell: more with length, frailty and full wards."""
    nights = np.clip((spells_.end - spells_.start) / MINUTES_PER_DAY, 0, 60)
    mean = 0.76 * np.log1p(nights) * (1 + 0.35 * needs.frailty[spells_.person])
    mean = mean * np.exp(0.3 * spells_.pressure)
    moves = rng.poisson(np.where(nights < 0.6, 0.12, mean))
    acute = spells_.site < COMMUNITY_SITE
    return np.where(acute, np.minimum(moves, 9), 0)


def ward_stays(spells_: Spells, moves: Ints, rng: np.random.Generator) -> pl.DataFrame:
    """Contiguous ward stays; a fifth of those discharged alive pass the discharge lounge."""
    n = len(spells_.start)
    finish = np.where(spells_.end >= FOREVER, spells_.start + 30 * MINUTES_PER_DAY, spells_.end)
    lounge = (rng.random(n) < 0.2) & ~spells_.died & (finish - spells_.start > 600)
    lounge &= (spells_.end < FOREVER) & (spells_.site < COMMUNITY_SITE)
    base_end = np.where(lounge, finish - rng.integers(60, 240, n), finish)
    count = moves + 1 + lounge
    spell = np.repeat(np.arange(n), count)
    number = _within(count)
    is_lounge = lounge[spell] & (number == count[spell])
    u = rng.random(len(spell)) ** 1.6
    u[number == 1] = 0.0
    order = np.lexsort((u, is_lounge, spell))
    u = u[order]
    span = (base_end - spells_.start)[spell]
    start = spells_.start[spell] + (u * span).astype(np.int64)
    soon = spells_.start[spell] + rng.integers(240, 2600, len(spell))
    start = np.where((number == 2) & ~is_lounge, np.minimum(start, soon), start)
    start = np.where(is_lounge, base_end[spell], start)
    following = np.append(start[1:], 0)
    last = number == count[spell]
    end = np.where(last, spells_.end[spell], following)
    long_first = (number == 1) & (moves[spell] == 0) & (span > 2 * MINUTES_PER_DAY)
    ward = _wards(spell, number, is_lounge, long_first, spells_, rng)
    reason = np.where(number == 1, 3, rng.choice(3, len(spell), p=[0.55, 0.38, 0.07]))
    return pl.DataFrame(
        {
            "spell": spell,
            "number": number,
            "start": start,
            "end": end,
            "ward": ward,
            "reason": reason,
        }
    )


def _wards(
    spell: Ints,
    number: Ints,
    is_lounge: Bools,
    to_base: Bools,
    spells_: Spells,
    rng: np.random.Generator,
) -> Ints:
    """Assessment first, then short stay or a base ward, never the same ward twice running.

    Long stays without a move are on a base ward from the start.
    """
    first = np.where(rng.random(len(spell)) < 0.86, 0, 1)
    rotation = 2 + (spell + number) % 5
    special = rng.random(len(spell))
    later = np.where((special < 0.05) & (number == 2), 7, rotation)
    later = np.where((special > 0.9) & (number == 2), 1, later)
    later = np.where((special > 0.85) & (special < 0.9) & (number == 3), 8, later)
    ward = np.where((number == 1) & ~to_base, first, later)
    ward = np.where(is_lounge, 9, ward)
    return np.where(spells_.site[spell] == COMMUNITY_SITE, 2, ward)
