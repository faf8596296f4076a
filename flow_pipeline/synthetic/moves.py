"""Moves: of households, of people out, of a closed home's residents; marriages and practices."""

import numpy as np

from flow_pipeline.synthetic import places
from flow_pipeline.synthetic.clock import NEVER, Floats, Period, draw_days
from flow_pipeline.synthetic.people import People, home_postcode
from flow_pipeline.synthetic.places import Block

MOVES_OUT_PER_YEAR = 0.027
MOVES_WITHIN_PER_YEAR = 0.055


def move(people: People, block: Block, period: Period, rng: np.random.Generator) -> None:
    """Moves of whole households within, of adults out, and marriages in the period."""
    n = len(people)
    n_house = int(people.household.max()) + 1
    span = np.ones(period.n_days)
    moves = (rng.random(n_house) < MOVES_WITHIN_PER_YEAR * period.years)[people.household]
    moves &= (people.care_home < 0) & (people.in_day < 0) & (people.birth < period.start)
    day = draw_days(rng, n_house, period.start, span)[people.household]
    new_within = rng.integers(0, block.n_lsoa, n_house)[people.household]
    unit = rng.integers(0, block.postcodes_per_lsoa, n_house)[people.household]
    new_lsoa = block.first_lsoa + new_within
    people.move_day = np.where(moves, day, NEVER)
    people.postcode = np.where(
        moves, places.postcode_number(block, new_lsoa, unit), people.postcode
    )
    people.lsoa = np.where(moves, new_lsoa, people.lsoa)
    people.decile = places.deprivation(block)[people.lsoa - block.first_lsoa]
    changes = moves & (rng.random(n_house) < 0.5)[people.household]
    other = block.first_practice + rng.integers(0, block.n_practice, n_house)[people.household]
    changes &= other != people.practice
    people.practice_day = np.where(changes, day + 14, NEVER)
    people.practice = np.where(changes, other, people.practice)
    _close_practices(people, block, period, rng)
    _close_home(people, block, period)
    leavers = rng.random(n) < MOVES_OUT_PER_YEAR * period.years * _mobility(people, period)
    people.out_day = np.where(
        leavers & (people.in_day < 0), draw_days(rng, n, period.start, span), NEVER
    )
    brides = people.female & (people.earlier_surname != people.surname)
    recent = brides & ((period.start - people.birth) < 42 * 365) & (rng.random(n) < 0.2)
    people.surname_day = np.where(recent, draw_days(rng, n, period.start, span), -NEVER)


def _close_home(people: People, block: Block, period: Period) -> None:
    """One care home closes; its people move to the others on that day."""
    rows = np.flatnonzero(people.care_home == block.first_home + 1)
    others = np.setdiff1d(np.arange(block.n_home), [1])
    people.care_home[rows] = block.first_home + others[rows % len(others)]
    people.earlier_postcode[rows] = people.postcode[rows]
    people.postcode[rows] = home_postcode(block, people.care_home[rows])
    people.lsoa[rows] = people.postcode[rows] // 50
    people.move_day[rows] = places.changes_of(period).home_closure


def _mobility(people: People, period: Period) -> Floats:
    age = (period.start - people.birth) / 365.25
    return np.select([age < 18, age < 40, age < 65, age < 200], [0.8, 1.9, 0.6, 0.3], 0.0)


def _close_practices(
    people: People, block: Block, period: Period, rng: np.random.Generator
) -> None:
    """One practice merges into another and one closes; their people change on that day.

    People of these two who also move keep only the change forced on everybody.
    """
    changes = places.changes_of(period)
    first = block.first_practice
    for gone, day in ((1, changes.practice_merger), (2, changes.practice_closure)):
        for field in ("practice", "earlier_practice"):
            rows = np.flatnonzero(getattr(people, field) == first + gone)
            to = np.full(len(rows), first)
            if gone == 2:
                to = first + rng.choice(np.arange(3, block.n_practice), len(rows))
            people.earlier_practice[rows] = first + gone
            people.practice[rows] = to
            people.practice_day[rows] = day
            joined_after = people.in_day[rows] >= day
            people.earlier_practice[rows[joined_after]] = to[joined_after]
            people.practice_day[rows[joined_after]] = NEVER
