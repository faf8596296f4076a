"""Families: who is whose mother, father and partner, who shares a home, who is born."""

import numpy as np

from flow_pipeline.synthetic.clock import Bools, Floats, Ints, Period

# share of the population per five-year band from 0, UK mid-2023 rounded
AGE_BANDS = np.array(
    [5.3, 5.8, 6.0, 5.7, 6.2, 6.6, 7.0, 6.8, 6.4, 6.0, 6.7, 6.7, 6.0, 5.0, 4.7, 4.2, 2.6, 1.6, 0.9]
)
BIRTHS_PER_YEAR = 0.0105
TWIN_SHARE = 0.015


def families(
    rng: np.random.Generator, n: int, period: Period
) -> tuple[Ints, Ints, dict[str, Ints]]:
    """Birth days, household numbers, and who is whose mother, father and partner."""
    band = rng.choice(len(AGE_BANDS), n, p=AGE_BANDS / AGE_BANDS.sum())
    age = band * 5 + rng.random(n) * np.where(band == 18, 9, 5)
    is_female = rng.random(n) < np.where(age > 80, 0.61, 0.503)
    mother = np.full(n, -1)
    partner = np.full(n, -1)
    kids = np.flatnonzero(age < 18)
    women = np.flatnonzero(is_female & (age >= 18) & (age < 60))
    women = women[np.argsort(age[women])]
    wanted = age[kids] + np.clip(rng.normal(30, 5.5, len(kids)), 17, 45)
    place = np.searchsorted(age[women], wanted) + rng.integers(-3, 4, len(kids))
    mother[kids] = women[np.clip(place, 0, len(women) - 1)]
    pairs = _couples(rng, age, is_female, has_children=np.isin(np.arange(n), mother))
    partner[pairs[:, 0]], partner[pairs[:, 1]] = pairs[:, 1], pairs[:, 0]
    household = _share_homes(rng, age, mother, partner)
    twins(rng, age, mother)
    birth = period.start - (age * 365.25).astype(np.int64)
    roles = {"of_child": mother, "partner": partner, "mother": pairs[:, 0], "father": pairs[:, 1]}
    roles["mother"] = np.unique(np.concatenate([pairs[:, 0], mother[mother >= 0]]))
    return birth, household, roles


def _couples(rng: np.random.Generator, age: Floats, female: Bools, has_children: Bools) -> Ints:
    """Pairs of woman and man of similar age; mothers are more often in a couple."""
    adult = age >= 20
    widowed = np.clip((age - 70) / 30, 0, 0.8)
    chance = np.where(has_children, 0.8, 0.5) * (1 - widowed)
    w = np.flatnonzero(female & adult & (rng.random(len(age)) < chance))
    m = np.flatnonzero(~female & adult & (rng.random(len(age)) < 0.62 * (1 - widowed)))
    size = min(len(w), len(m))
    w, m = rng.permutation(w)[:size], rng.permutation(m)[:size]
    w = w[np.argsort(age[w] + rng.normal(2, 2.5, size))]
    m = m[np.argsort(age[m] + rng.normal(0, 1.0, size))]
    return np.column_stack([w, m])


def _share_homes(rng: np.random.Generator, age: Floats, mother: Ints, partner: Ints) -> Ints:
    """Household numbers: families together, some young adults with a parent, some sharing."""
    n = len(age)
    house = np.arange(n)
    paired = partner >= 0
    house[paired] = np.minimum(house[paired], partner[paired])
    kids = mother >= 0
    house[kids] = house[mother[kids]]
    young = np.flatnonzero((age >= 18) & (age < 30) & ~paired & ~np.isin(np.arange(n), mother))
    parents = np.flatnonzero((age > 42) & (age < 66))
    at_home = young[rng.random(len(young)) < 0.55]
    if len(parents):
        with_parent = rng.choice(parents, len(at_home))
        house[at_home] = house[with_parent]
        mother[at_home] = with_parent
    sharing = np.setdiff1d(young, at_home)
    house[sharing] = house[sharing[np.arange(len(sharing)) // 3 * 3]] if len(sharing) else 0
    return house


def twins(rng: np.random.Generator, age: Floats, mother: Ints) -> None:
    """Some children are given the age of another child of the same mother, in place."""
    kids = np.flatnonzero((mother >= 0) & (age < 18))
    kids = kids[np.argsort(mother[kids], kind="stable")]
    same = mother[kids][1:] == mother[kids][:-1]
    chosen = np.flatnonzero(same & (rng.random(len(same)) < 2 * TWIN_SHARE))
    age[kids[chosen + 1]] = age[kids[chosen]]


def births(
    rng: np.random.Generator, birth: Ints, female: Bools, period: Period
) -> tuple[Ints, Ints]:
    """Birth days and mothers of children born in the period, twins included."""
    age = (period.start - birth) / 365.25
    weight = np.exp(-(((age + period.years / 2) - 31) ** 2) / (2 * 5.6**2)) * female * (age > 16)
    n = min(rng.poisson(len(birth) * BIRTHS_PER_YEAR * period.years), int((weight > 0.01).sum()))
    mothers = rng.choice(len(birth), n, replace=False, p=weight / weight.sum())
    days = rng.integers(period.start, period.end + 1, n)
    twin = rng.random(n) < TWIN_SHARE
    return np.concatenate([days, days[twin]]), np.concatenate([mothers, mothers[twin]])
