"""Acute illness and injury: who needs emergency care, when, why, and how they get there."""

from dataclasses import dataclass

import numpy as np

from flow_pipeline.synthetic import clock, places
from flow_pipeline.synthetic.clock import NEVER, Bools, Floats, Ints, Period, draw_days
from flow_pipeline.synthetic.needs import Needs
from flow_pipeline.synthetic.people import People

# cause: ICD-10, treatment function, chief complaint (SNOMED CT), mean nights if kept in,
#        share admitted, relative weight by age band (0-4, 5-17, 18-44, 45-64, 65-79, 80+)
CAUSES: dict[str, tuple[str, str, str, float, float, tuple[float, ...]]] = {
    "fall": ("S720", "110", "217082002", 12.0, 0.55, (0, 0, 0, 0.3, 1.5, 4.0)),
    "pneumonia": ("J189", "430", "267036007", 9.0, 0.85, (0.6, 0.2, 0.5, 1.2, 2.2, 3.0)),
    "copd": ("J440", "340", "267036007", 5.5, 0.75, (0, 0, 0.05, 0.8, 1.3, 0.7)),
    "heart_failure": ("I500", "320", "267036007", 9.5, 0.88, (0, 0, 0.03, 0.4, 1.0, 1.4)),
    "stroke": ("I639", "328", "26544005", 13.0, 0.93, (0, 0, 0.08, 0.6, 1.2, 1.3)),
    "urinary": ("N390", "430", "49650001", 7.0, 0.70, (0.3, 0.2, 0.4, 0.5, 1.1, 2.0)),
    "sepsis": ("A419", "300", "386661006", 10.0, 0.95, (0.2, 0.1, 0.2, 0.6, 1.1, 1.3)),
    "chest_pain": ("R074", "320", "29857009", 1.6, 0.38, (0, 0.1, 1.6, 2.6, 1.9, 1.0)),
    "abdominal": ("R104", "100", "21522001", 3.0, 0.55, (0.5, 1.4, 2.8, 2.0, 1.2, 0.7)),
    "cellulitis": ("L031", "300", "128045006", 5.0, 0.60, (0.1, 0.2, 0.7, 0.9, 0.8, 0.8)),
    "delirium": ("F059", "430", "130987000", 13.0, 0.85, (0, 0, 0, 0.05, 0.6, 1.7)),
    "overdose": ("T509", "300", "55680006", 1.8, 0.55, (0, 1.2, 1.9, 0.7, 0.1, 0.05)),
    "chest_child": ("J219", "420", "267036007", 1.6, 0.45, (4.5, 0.4, 0, 0, 0, 0)),
    "gastro": ("A099", "300", "62315008", 2.0, 0.40, (2.0, 0.8, 0.7, 0.5, 0.5, 0.5)),
    "asthma": ("J459", "340", "267036007", 2.0, 0.45, (0.5, 1.0, 0.6, 0.3, 0.1, 0.05)),
    "injury": ("S525", "110", "417746004", 2.6, 0.35, (1.0, 2.5, 2.2, 1.2, 0.6, 0.4)),
    "collapse": ("R55X", "300", "271594007", 2.5, 0.45, (0.1, 0.4, 0.7, 0.8, 1.0, 1.3)),
}
CAUSE_NAMES = list(CAUSES)
CAUSE_NIGHTS = np.array([c[3] for c in CAUSES.values()])
CAUSE_ADMITTED = np.array([c[4] for c in CAUSES.values()])
CAUSE_WEIGHTS = np.array([c[5] for c in CAUSES.values()])
AGE_EDGES = [5, 18, 45, 65, 80]
FALL = CAUSE_NAMES.index("fall")
CONDITION_OF_CAUSE = {
    "copd": "copd",
    "heart_failure": "heart_failure",
    "asthma": "asthma",
    "delirium": "dementia",
    "stroke": "stroke",
    "chest_pain": "coronary",
}

# share of arrivals per hour: everybody, and frail older people (seen late, after a day's waiting)
HOURS_ALL = np.array([2.4, 2.0, 1.7, 1.5, 1.4, 1.6, 2.1, 3.0, 4.4, 5.8, 6.5, 6.5, 6.2, 6.0, 5.8,
                      5.7, 5.8, 5.9, 5.8, 5.5, 4.8, 4.1, 3.5, 2.9])  # fmt: skip
HOURS_FRAIL = np.array([3.0, 2.4, 2.0, 1.7, 1.6, 1.7, 1.8, 1.9, 2.1, 2.4, 2.7, 2.9, 3.1, 3.3, 3.6,
                        4.1, 4.7, 5.8, 9.2, 9.8, 9.6, 9.0, 7.4, 5.0])  # fmt: skip
MINOR_PER_YEAR = 0.29


@dataclass
class Illness:
    """Events that lead to emergency care; one entry each, in order of day."""

    person: Ints
    day: Ints
    minute: Ints  # of the day, local time, of arrival if they attend
    cause: Ints
    serious: Bools
    last: Bools  # ends in death in hospital

    def __len__(self) -> int:
        return len(self.person)


def draw_illness(
    people: People, needs: Needs, period: Period, first: int, rng: np.random.Generator
) -> Illness:
    """Serious and minor illness from ``first`` to the end of the period, readmissions apart."""
    days = np.arange(first, period.end + 1)
    parts = [
        _serious(people, needs, days, rng),
        _minor(people, days, rng),
        *_end_of_life(people, days, rng),
    ]
    person = np.concatenate([p[0] for p in parts])
    day = np.concatenate([p[1] for p in parts])
    serious = np.repeat([True, False, True, True], [len(p[0]) for p in parts])
    last = np.repeat([False, False, False, True], [len(p[0]) for p in parts])
    keep = people.present(person, day)
    person, day, serious, last = person[keep], day[keep], serious[keep], last[keep]
    order = np.lexsort((person, day))
    person, day, serious, last = person[order], day[order], serious[order], last[order]
    cause = draw_causes(people, needs, person, day, serious, rng)
    minute = draw_minutes(frail_older(people, needs, person, day), rng)
    return Illness(person, day, minute, cause, serious, last)


def frail_older(people: People, needs: Needs, person: Ints, day: Ints) -> Bools:
    return (needs.frailty[person] > 0.35) & (people.age(person, day) >= 65)


def _serious(
    people: People, needs: Needs, days: Ints, rng: np.random.Generator
) -> tuple[Ints, Ints]:
    """Each year brings its own luck: the same person is rarely as ill two years running."""
    wave = 1 + 0.14 * clock.winter(days) + 0.02 * (clock.weekday(days) == 0)
    persons, whens = [], []
    for start in range(0, len(days), 365):
        span = slice(start, min(start + 365, len(days)))
        luck = rng.gamma(0.6, 1 / 0.6, len(people))
        length = (span.stop - span.start) / 365.25
        count = rng.poisson(needs.unplanned * luck * length)
        person = np.repeat(np.arange(len(people)), count)
        persons.append(person)
        whens.append(draw_days(rng, len(person), int(days[start]), wave[span]))
    return np.concatenate(persons), np.concatenate(whens)


def _minor(people: People, days: Ints, rng: np.random.Generator) -> tuple[Ints, Ints]:
    age = np.maximum((days[0] - people.birth) / 365.25, 0)
    rate = np.interp(age, [0, 4, 12, 22, 40, 65, 85], [1.7, 1.3, 1.0, 1.3, 0.9, 0.75, 1.0])
    rate = rate * np.exp(0.06 * (5.5 - people.decile)) * rng.gamma(0.7, 1 / 0.7, len(people))
    years = len(days) / 365.25
    count = rng.poisson(MINOR_PER_YEAR * rate * years)
    person = np.repeat(np.arange(len(people)), count)
    wave = 1 + 0.04 * -clock.winter(days) + 0.09 * (clock.weekday(days) == 0)
    return person, draw_days(rng, len(person), int(days[0]), wave)


def _end_of_life(people: People, days: Ints, rng: np.random.Generator) -> list[tuple[Ints, Ints]]:
    """Crises in the last months of life, and the last admission of those who die in hospital."""
    dying = np.flatnonzero(people.death_day < NEVER)
    crises = np.repeat(dying, rng.poisson(1.15, len(dying)))
    before = rng.exponential(75, len(crises)).astype(np.int64) + 3
    in_hospital = dying[rng.random(len(dying)) < 0.44]
    lead = 1 + rng.gamma(0.9, 9.0, len(in_hospital)).astype(np.int64)
    crisis_day = np.maximum(people.death_day[crises] - before, days[0])
    last_day = np.maximum(people.death_day[in_hospital] - lead, days[0])
    return [(crises, crisis_day), (in_hospital, last_day)]


def draw_causes(
    people: People, needs: Needs, person: Ints, day: Ints, serious: Bools, rng: np.random.Generator
) -> Ints:
    """A cause by age band, more often one that a long-term condition brings."""
    band = np.digitize(people.age(person, day), AGE_EDGES)
    cause = np.zeros(len(person), dtype=np.int64)
    draw = rng.random(len(person))
    for b in range(len(AGE_EDGES) + 1):
        cumulative = np.cumsum(CAUSE_WEIGHTS[:, b])
        rows = band == b
        cause[rows] = np.searchsorted(cumulative, draw[rows] * cumulative[-1], "right")
    for name, condition in CONDITION_OF_CAUSE.items():
        has = needs.condition(condition)[person]
        cause[has & (rng.random(len(person)) < 0.18)] = CAUSE_NAMES.index(name)
    minor = ~serious & (rng.random(len(person)) < 0.7)
    cause[minor] = CAUSE_NAMES.index("injury")
    return cause


def draw_minutes(frail: Bools, rng: np.random.Generator) -> Ints:
    """Minute of the day of arrival."""
    draw = rng.random(len(frail))
    every = np.searchsorted(np.cumsum(HOURS_ALL) / HOURS_ALL.sum(), draw, "right")
    older = np.searchsorted(np.cumsum(HOURS_FRAIL) / HOURS_FRAIL.sum(), draw, "right")
    hour = np.minimum(np.where(frail, older, every), 23)
    return hour * 60 + rng.integers(0, 60, len(frail))


def usual_site(block: places.Block, people: People, person: Ints, rng: np.random.Generator) -> Ints:
    """The near site mostly; elsewhere by size."""
    near = places.site_of_lsoa(block, people.lsoa[person])
    share: Floats = np.cumsum(places.SITE_SHARES)
    other = np.searchsorted(share, rng.random(len(person)) * share[-1], "right")
    return np.where(rng.random(len(person)) < 0.85, near, other)
