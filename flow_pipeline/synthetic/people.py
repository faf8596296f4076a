"""The people of a block: ages, homes, ethnic groups, names and practices."""

from dataclasses import dataclass

import numpy as np

from flow_pipeline.synthetic import families, names, places
from flow_pipeline.synthetic.clock import NEVER, Bools, Floats, Ints, Period
from flow_pipeline.synthetic.names import Texts
from flow_pipeline.synthetic.places import Block

MOVES_IN_PER_YEAR = 0.028


@dataclass
class People:
    """One entry per person who ever lives in the block during the period."""

    first_id: int
    birth: Ints
    female: Bools
    ethnic: Ints
    surname: Texts
    given: Texts
    earlier_surname: Texts
    surname_day: (
        Ints  # when ``surname`` replaced ``earlier_surname``; NEVER before 1970 means long ago
    )
    household: Ints
    lsoa: Ints
    postcode: Ints
    earlier_postcode: Ints
    move_day: Ints
    practice: Ints
    earlier_practice: Ints
    practice_day: Ints
    care_home: Ints
    no_fixed_abode: Bools
    decile: Ints
    in_day: Ints
    out_day: Ints
    death_day: Ints
    mother: Ints  # row of the mother where she lives here, else −1
    registered: Bools  # with a general practice

    def __len__(self) -> int:
        return len(self.birth)

    def age(self, who: Ints, day: Ints) -> Floats:
        return (np.asarray(day) - self.birth[who]) / 365.25

    def practice_on(self, who: Ints, day: Ints) -> Ints:
        """The practice of these people on these days."""
        before = np.asarray(day) < self.practice_day[who]
        return np.where(before, self.earlier_practice[who], self.practice[who])

    def lsoa_on(self, who: Ints, day: Ints) -> Ints:
        """The small area of these people on these days; a postcode number is 50 to an area."""
        before = np.asarray(day) < self.move_day[who]
        return np.where(before, self.earlier_postcode[who] // 50, self.lsoa[who])

    def present(self, who: Ints, day: Ints) -> Bools:
        """Whether these people are alive and live here on these days."""
        day = np.asarray(day)
        here = (day >= self.in_day[who]) & (day < self.out_day[who])
        return here & (day >= self.birth[who]) & (day <= self.death_day[who])


def make_people(block: Block, period: Period, rng: np.random.Generator, first_id: int) -> People:
    """Residents at the start, people who move in, and births."""
    birth, household, mother_of = families.families(rng, block.people, period)
    n_in = rng.poisson(block.people * MOVES_IN_PER_YEAR * period.years)
    birth_in = period.start - (365.25 * np.clip(rng.gamma(6.0, 5.0, n_in), 0, 95)).astype(np.int64)
    house_in = household.max() + 1 + rng.permutation(np.arange(n_in) * 2 // 3)
    n_adults = block.people
    female = rng.random(n_adults) < np.where((period.start - birth) > 80 * 365, 0.61, 0.503)
    female[mother_of["mother"]] = True
    female[mother_of["father"]] = False
    births = families.births(rng, birth, female, period)
    kid_birth, kid_mother = births
    birth = np.concatenate([birth, birth_in, kid_birth])
    household = np.concatenate([household, house_in, household[kid_mother]])
    female = np.concatenate([female, rng.random(n_in) < 0.5, rng.random(len(kid_birth)) < 0.488])
    mother = np.concatenate([mother_of["of_child"], np.full(n_in, -1), kid_mother])
    partner = np.concatenate([mother_of["partner"], np.full(n_in + len(kid_birth), -1)])
    in_day = np.full(len(birth), -NEVER)
    rows_in = slice(n_adults, n_adults + n_in)
    in_day[rows_in] = rng.integers(period.start, period.end, n_in)
    in_day[n_adults + n_in :] = kid_birth
    people = _with_homes(block, period, rng, first_id, birth, household, female, in_day)
    people.mother = mother
    unregistered = np.where(people.no_fixed_abode, 0.45, np.where(in_day > 0, 0.03, 0.004))
    people.registered = (rng.random(len(people)) >= unregistered) | (people.birth > period.start)
    _name(people, rng, mother, partner)
    return people


def _with_homes(
    block: Block,
    period: Period,
    rng: np.random.Generator,
    first_id: int,
    birth: Ints,
    household: Ints,
    female: Bools,
    in_day: Ints,
) -> People:
    """Gives every household a small area and postcode, every person an ethnic group."""
    n = len(birth)
    _, house = np.unique(household, return_inverse=True)
    n_house = int(house.max()) + 1
    age = (period.start - birth) / 365.25
    young = np.zeros(n_house, dtype=bool)
    np.logical_or.at(young, house, age < 40)
    ethnic = _household_ethnic(rng, young)[house]
    deciles = places.deprivation(block)
    lsoa_within = _choose_lsoa(rng, deciles, ethnic=_household_value(house, ethnic, n_house))[house]
    postcode_within = rng.integers(0, block.postcodes_per_lsoa, n_house)[house]
    lsoa = block.first_lsoa + lsoa_within
    postcode = places.postcode_number(block, lsoa, postcode_within)
    practice = _choose_practice(block, rng, lsoa_within, house)
    care_home = _care_home(block, rng, age, in_day)
    in_home = care_home >= 0
    postcode[in_home] = home_postcode(block, care_home[in_home])
    lsoa[in_home] = postcode[in_home] // 50
    return People(
        first_id=first_id,
        birth=birth,
        female=female,
        ethnic=ethnic,
        surname=np.empty(n, dtype=object),
        given=np.empty(n, dtype=object),
        earlier_surname=np.empty(n, dtype=object),
        surname_day=np.full(n, -NEVER),
        household=house,
        lsoa=lsoa,
        postcode=postcode,
        earlier_postcode=postcode.copy(),
        move_day=np.full(n, NEVER),
        practice=practice,
        earlier_practice=practice.copy(),
        practice_day=np.full(n, NEVER),
        care_home=care_home,
        no_fixed_abode=(age > 18) & (age < 65) & (rng.random(n) < 0.003),
        decile=deciles[lsoa - block.first_lsoa],
        in_day=in_day,
        out_day=np.full(n, NEVER),
        death_day=np.full(n, NEVER),
        mother=np.full(n, -1),
        registered=np.ones(n, dtype=bool),
    )


def _household_ethnic(rng: np.random.Generator, young: Bools) -> Ints:
    """Younger households are more diverse than older ones."""
    shares = np.array([share for share, _ in names.ETHNIC_GROUPS.values()])
    older = shares.copy()
    older[1:] *= 0.45
    older[0] = 0.0
    older[0] = 1.0 - older.sum()
    out = rng.choice(len(shares), len(young), p=older)
    out[young] = rng.choice(len(shares), int(young.sum()), p=shares / shares.sum())
    return out


def _household_value(house: Ints, values: Ints, n_house: int) -> Ints:
    out = np.zeros(n_house, dtype=np.int64)
    out[house] = values
    return out


def _choose_lsoa(rng: np.random.Generator, deciles: Ints, ethnic: Ints) -> Ints:
    """Minority ethnic households live more often in deprived areas."""
    white = np.ones(len(deciles))
    other = 1.0 / deciles**0.7
    out = rng.choice(len(deciles), len(ethnic), p=white / white.sum())
    minority = np.flatnonzero(ethnic > 1)
    out[minority] = rng.choice(len(deciles), len(minority), p=other / other.sum())
    return out


def _choose_practice(block: Block, rng: np.random.Generator, lsoa: Ints, house: Ints) -> Ints:
    """The practice near the small area, for one household in four another one."""
    near = lsoa * block.n_practice // block.n_lsoa
    elsewhere = rng.integers(0, block.n_practice, int(house.max()) + 1)[house]
    moved = (rng.random(int(house.max()) + 1) < 0.25)[house]
    return block.first_practice + np.where(moved, elsewhere, near)


def home_postcode(block: Block, home: Ints) -> Ints:
    """Postcode of a care home: the last postcode of a small area of the block."""
    lsoa = block.first_lsoa + (np.asarray(home) - block.first_home) * 3 % block.n_lsoa
    return places.postcode_number(block, lsoa, np.full(len(lsoa), block.postcodes_per_lsoa - 1))


def _care_home(block: Block, rng: np.random.Generator, age: Floats, in_day: Ints) -> Ints:
    chance = np.select([age >= 90, age >= 85, age >= 75, age >= 65], [0.2, 0.11, 0.035, 0.007], 0.0)
    home = block.first_home + rng.integers(0, block.n_home, len(age))
    return np.where((rng.random(len(age)) < chance) & (in_day < 0), home, -1)


def _name(people: People, rng: np.random.Generator, mother: Ints, partner: Ints) -> None:
    """Family names by household and marriage, given names by culture and generation."""
    n_house = int(people.household.max()) + 1
    house_ethnic = _household_value(people.household, people.ethnic, n_house)
    culture = names.draw_cultures(rng, house_ethnic)[people.household]
    born_with = names.draw_surnames(rng, culture)
    year = (1970 + people.birth // 365.25).astype(np.int64)
    surname = born_with.copy()
    wives = np.flatnonzero(people.female & (partner >= 0))
    takes = rng.random(len(wives)) < np.clip(1.0 - (year[wives] - 1940) / 110, 0.45, 0.97)
    surname[wives[takes]] = born_with[partner[wives[takes]]]
    double = rng.random(len(wives)) < 0.03
    both = wives[double]
    surname[both] = [
        f"{a}-{b}" for a, b in zip(born_with[both], born_with[partner[both]], strict=True)
    ]
    south_asian = np.isin(people.ethnic[wives], [8, 9]) & (rng.random(len(wives)) < 0.3)
    surname[wives[south_asian]] = np.where(
        rng.random(int(south_asian.sum())) < 0.6, "Begum", "Bibi"
    )
    children = np.flatnonzero(mother >= 0)
    parent = mother[children]
    father = np.where(people.female[parent], partner[parent], parent)
    surname[children] = surname[parent]
    with_father = (father >= 0) & (rng.random(len(children)) < 0.9)
    surname[children[with_father]] = born_with[father[with_father]]
    polish_women = np.flatnonzero(people.female & (culture == 4))
    surname[polish_women] = names.for_women(surname[polish_women])
    given = names.draw_given(rng, culture, people.female, year)
    sons = children[with_father & ~people.female[children] & (rng.random(len(children)) < 0.02)]
    given[sons] = given[np.where(people.female[mother[sons]], partner[mother[sons]], mother[sons])]
    _name_twins_alike(people, rng, given, mother)
    people.surname, people.given = surname, given
    people.earlier_surname = np.where(people.female & (partner >= 0), born_with, surname)


def _name_twins_alike(people: People, rng: np.random.Generator, given: Texts, mother: Ints) -> None:
    """Half of the twins get a name with the first letter of the other's, where one is at hand."""
    order = np.lexsort((people.birth, mother))
    same = (
        (np.diff(mother[order]) == 0)
        & (np.diff(people.birth[order]) == 0)
        & (mother[order][1:] >= 0)
    )
    for at in np.flatnonzero(same & (rng.random(len(same)) < 0.5)).tolist():
        one, other = order[at], order[at + 1]
        alike = np.flatnonzero(people.female == people.female[other])[:400]
        fits = [n for n in given[alike] if n[0] == given[one][0] and n != given[one]]
        if fits:
            given[other] = fits[0]
