"""Community services: referrals from wards, emergency departments, practices and people
themselves, queues for teams, and contacts."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from flow_pipeline.synthetic import emergencies, places, queues
from flow_pipeline.synthetic.clock import MINUTES_PER_DAY, NEVER, Ints, Period
from flow_pipeline.synthetic.needs import Needs
from flow_pipeline.synthetic.people import People
from flow_pipeline.synthetic.places import COMMUNITY, TEAM_CODES, Block
from flow_pipeline.synthetic.spells import Attendances, Spells

# per team: backlog days, contacts (mean), days between contacts, share seen at home, reason
PRACTICE_OF_TEAM: dict[str, tuple[int, float, float, float, str]] = {
    "CN": (3, 13.0, 5.0, 0.95, "008"),
    "UCR": (0, 3.0, 1.0, 1.0, "010"),
    "THER": (21, 4.0, 9.0, 0.85, "011"),
    "MSK": (44, 3.0, 24.0, 0.0, "014"),
    "POD": (32, 3.2, 55.0, 0.15, "017"),
    "RESP": (12, 6.0, 26.0, 0.7, "005"),
    "HV": (9, 5.0, 40.0, 0.8, "021"),
    "FALL": (26, 4.0, 14.0, 0.7, "010"),
    "IC": (1, 9.0, 2.5, 1.0, "011"),
}
TEAM_INDEX = {code: number for number, code in enumerate(TEAM_CODES.tolist())}
WARD, ED, GP, SELF, HOSPITAL_BIRTH = "04", "05", "01", "02", "04"


@dataclass
class Wanted:
    """Referrals before they are answered."""

    person: Ints
    day: Ints
    team: Ints
    source: np.ndarray  # national code
    referrer: np.ndarray  # organisation
    urgent: np.ndarray
    seen_on: Ints  # fixed day of the first contact, or NEVER
    spell: Ints  # spell that led to it, or −1


def referrals(
    block: Block,
    people: People,
    needs: Needs,
    spells: Spells,
    visits: Attendances,
    period: Period,
    rng: np.random.Generator,
) -> pl.DataFrame:
    """Referrals with first contact day (NEVER if none) and rejection."""
    parts = [
        _from_wards(people, needs, spells, rng),
        _from_departments(visits, rng),
        _from_practices(people, needs, period, rng),
        _after_births(people, rng),
    ]
    w = Wanted(*(np.concatenate(c) for c in zip(*(vars(p).values() for p in parts), strict=True)))
    keep = people.present(w.person, w.day) & (w.day <= period.end) & (w.day >= period.start - 120)
    w = Wanted(*(value[keep] for value in vars(w).values()))
    n = len(w.person)
    locality = places.locality_of_lsoa(block, people.lsoa[w.person])
    backlog = np.repeat([float(v[0]) for v in PRACTICE_OF_TEAM.values()], 2)
    service = w.team * 2 + (locality == block.localities[1])
    first = queues.serve(w.day, service, backlog, w.urgent | (w.seen_on < NEVER), period, lag=0)
    first = np.where(w.urgent, w.day + rng.integers(0, 3, n), first + rng.integers(0, 4, n))
    first = np.where(w.seen_on < NEVER, np.maximum(w.seen_on, w.day), first)
    rejected = (rng.random(n) < np.where(w.source == GP, 0.06, 0.025)) & (w.seen_on >= NEVER)
    order = np.lexsort((w.person, w.day))
    return pl.DataFrame(
        {
            "person": w.person,
            "day": w.day,
            "minute": rng.integers(480, 1080, n),
            "team": w.team,
            "locality": locality,
            "source": w.source.astype(str),
            "referrer": w.referrer.astype(str),
            "urgent": w.urgent,
            "first": np.where(rejected, NEVER, first),
            "rejected": np.where(rejected, w.day + rng.integers(1, 9, n), NEVER),
            "spell": w.spell,
        }
    )[order]


def _wanted(
    person: Ints,
    day: Ints,
    team: object,
    source: str,
    referrer: object,
    urgent: object,
    seen_on: Ints | None = None,
    spell: Ints | None = None,
) -> Wanted:
    n = len(person)
    return Wanted(
        person,
        day,
        np.broadcast_to(np.asarray(team, dtype=np.int64), (n,)).copy(),
        np.full(n, source, dtype=object),
        np.broadcast_to(np.asarray(referrer, dtype=object), (n,)),
        np.broadcast_to(np.asarray(urgent, dtype=bool), (n,)),
        np.full(n, NEVER) if seen_on is None else seen_on,
        np.full(n, -1) if spell is None else spell,
    )


def _from_wards(people: People, needs: Needs, spells: Spells, rng: np.random.Generator) -> Wanted:
    """Support at home that the community provider gives, and follow-up of older people."""
    n = len(spells.person)
    over = (spells.end < NEVER * MINUTES_PER_DAY) & ~spells.died
    out = spells.end // MINUTES_PER_DAY
    trust = np.where(spells.site >= 100, COMMUNITY, places.SITE_TRUSTS[np.minimum(spells.site, 5)])
    age = people.age(spells.person, np.minimum(out, 40000))
    nursing = over & (spells.support_kind == "nursing") & (spells.support < NEVER)
    supported = np.isin(spells.support_kind, ["reablement", "home_care"])
    share = np.where(supported, 0.5, (0.02 + 0.05 * needs.frailty[spells.person]) * (age >= 65))
    also = over & ~nursing & (rng.random(n) < share) & np.isin(spells.destination, ["19", "54"])
    rows_n, rows_a = np.flatnonzero(nursing), np.flatnonzero(also)
    team = rng.choice(
        [TEAM_INDEX["CN"], TEAM_INDEX["THER"], TEAM_INDEX["RESP"]],
        len(rows_a),
        p=[0.62, 0.25, 0.13],
    )
    first = _wanted(
        spells.person[rows_n],
        np.minimum(spells.ready[rows_n], out[rows_n]),
        TEAM_INDEX["IC"],
        WARD,
        trust[rows_n],
        True,
        np.maximum(spells.support[rows_n], out[rows_n]),
        rows_n,
    )
    second = _wanted(
        spells.person[rows_a],
        out[rows_a],
        team,
        WARD,
        trust[rows_a],
        ~supported[rows_a] | (rng.random(len(rows_a)) < 0.4),
        None,
        rows_a,
    )
    return Wanted(
        *(np.concatenate(c) for c in zip(vars(first).values(), vars(second).values(), strict=True))
    )


def _from_departments(visits: Attendances, rng: np.random.Generator) -> Wanted:
    home = (visits.stay < 0) & visits.frail
    fall = home & (visits.cause == emergencies.FALL)
    rows = np.flatnonzero(home & (rng.random(len(home)) < np.where(fall, 0.5, 0.18)))
    team = np.where(fall[rows], TEAM_INDEX["FALL"], TEAM_INDEX["UCR"])
    day = visits.departure[rows] // MINUTES_PER_DAY
    return _wanted(
        visits.person[rows],
        day,
        team,
        ED,
        places.SITE_TRUSTS[visits.site[rows]],
        team == TEAM_INDEX["UCR"],
    )


def _from_practices(
    people: People, needs: Needs, period: Period, rng: np.random.Generator
) -> Wanted:
    age = np.clip((period.start - people.birth) / 365.25, 0, 105)
    years = period.years + 120 / 365.25
    per_year = {
        "CN": 0.006 + 0.42 * needs.frailty * (age > 60),
        "MSK": 0.045 * (age > 16) * (age < 85),
        "POD": 0.012 * (age > 45) + 0.05 * needs.condition("diabetes") + 0.03 * (age > 75),
        "RESP": 0.14 * (needs.condition("copd") | needs.condition("heart_failure")),
        "UCR": 0.07 * needs.frailty * (age > 65),
        "FALL": 0.05 * needs.frailty * (age > 65),
    }
    persons, teams = [], []
    for code, rate in per_year.items():
        person = np.repeat(np.arange(len(people)), rng.poisson(rate * years))
        persons.append(person)
        teams.append(np.full(len(person), TEAM_INDEX[code]))
    person, team = np.concatenate(persons), np.concatenate(teams)
    day = queues.next_working_day(rng.integers(period.start - 120, period.end, len(person)))
    practice = np.array(places.practice_codes(people.practice[person]), dtype=object)
    wanted = _wanted(person, day, team, GP, practice, team == TEAM_INDEX["UCR"])
    self_made = (team == TEAM_INDEX["MSK"]) & (rng.random(len(person)) < 0.35)
    wanted.source[self_made] = SELF
    wanted.referrer = np.where(self_made, "", wanted.referrer)
    return wanted


def _after_births(people: People, rng: np.random.Generator) -> Wanted:
    babies = np.flatnonzero((people.mother >= 0) & (people.in_day == people.birth))
    day = people.birth[babies] + rng.integers(1, 6, len(babies))
    return _wanted(babies, day, TEAM_INDEX["HV"], HOSPITAL_BIRTH, "RXA", False)


def contacts(
    referral: pl.DataFrame,
    people: People,
    spells: Spells,
    period: Period,
    rng: np.random.Generator,
) -> tuple[pl.DataFrame, Ints]:
    """Contacts of each referral, and the day each referral is closed (NEVER while open)."""
    first = referral["first"].to_numpy()
    team = referral["team"].to_numpy()
    rows = np.flatnonzero(first < NEVER)
    facts = list(PRACTICE_OF_TEAM.values())
    mean = np.array([f[1] for f in facts])[team[rows]]
    every = np.array([f[2] for f in facts])[team[rows]]
    count = 1 + rng.poisson(rng.gamma(1.3, np.maximum(mean - 1, 0.5) / 1.3))
    of = np.repeat(rows, count)
    starts = np.cumsum(count) - count
    order = np.arange(len(of)) - np.repeat(starts, count)
    gap = np.where(
        order == 0,
        0,
        np.maximum(1, np.round(rng.exponential(1.0, len(of)) * np.repeat(every, count))),
    )
    total = np.cumsum(gap).astype(np.int64)
    day = first[of] + total - np.repeat(total[starts], count)
    at_home = rng.random(len(of)) < np.array([f[3] for f in facts])[team[of]]
    missed = np.where(at_home, 0.02, 0.075)
    draw = rng.random(len(of))
    status = np.select(
        [draw < missed, draw < missed + 0.03, draw < missed + 0.05], ["3", "2", "4"], "5"
    )
    status = np.where(order == 0, np.where(status == "3", "3", "5"), status)
    frame = pl.DataFrame(
        {
            "referral": of,
            "person": referral["person"].to_numpy()[of],
            "day": day,
            "minute": 480 + 5 * rng.integers(0, 118, len(of)),
            "team": team[of],
            "locality": referral["locality"].to_numpy()[of],
            "status": status,
            "at_home": at_home,
            "duration": 10 + 5 * rng.poisson(5, len(of)),
        }
    )
    last = np.zeros(referral.height, dtype=np.int64)
    np.maximum.at(last, of, day)
    closed = np.where(first < NEVER, last + rng.integers(0, 15, referral.height), NEVER)
    closed = np.minimum(closed, referral["rejected"].to_numpy())
    who = referral["person"].to_numpy()
    closed = np.minimum(closed, np.maximum(people.death_day[who], referral["day"].to_numpy()))
    closed = np.minimum(closed, np.maximum(people.out_day[who], referral["day"].to_numpy()))
    here = people.present(frame["person"].to_numpy(), day) & (day >= period.start)
    here &= (day <= period.end) & ~in_bed(spells, frame["person"].to_numpy(), day)
    return frame.filter(here), np.where(closed > period.end, NEVER, closed)


def in_bed(spells: Spells, person: Ints, day: Ints) -> np.ndarray:
    """Whether a person is in hospital all of that day (stays of one person do not overlap)."""
    order = np.lexsort((spells.start, spells.person))
    start = spells.start[order] // MINUTES_PER_DAY
    end = np.minimum(spells.end[order] // MINUTES_PER_DAY, 99_999)
    key = spells.person[order] * 100_000 + start
    place = np.searchsorted(key, np.asarray(person) * 100_000 + day, "right") - 1
    at = np.maximum(place, 0)
    if not len(order):
        return np.zeros(len(person), dtype=bool)
    return (place >= 0) & (spells.person[order][at] == person) & (day < end[at]) & (day > start[at])
