"""What makes people need care: long-term conditions, frailty, and death."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from flow_pipeline.synthetic.clock import NEVER, Bools, Floats, Ints, Period
from flow_pipeline.synthetic.people import People

# condition: logit at 40, slope per year of age, effect of deprivation, weight on unplanned need
CONDITIONS: dict[str, tuple[float, float, float, float]] = {
    "copd": (-5.2, 0.060, 0.45, 1.5),
    "coronary": (-4.9, 0.070, 0.25, 0.7),
    "heart_failure": (-6.6, 0.085, 0.25, 1.5),
    "diabetes": (-3.5, 0.040, 0.35, 0.4),
    "dementia": (-10.4, 0.130, 0.10, 1.0),
    "cancer": (-4.8, 0.055, 0.00, 0.8),
    "stroke": (-5.9, 0.072, 0.25, 0.6),
    "kidney": (-5.2, 0.065, 0.15, 0.7),
    "asthma": (-2.1, -0.004, 0.20, 0.3),
    "mental_illness": (-4.2, 0.000, 0.55, 0.9),
    "arthritis": (-2.9, 0.055, 0.15, 0.2),
    "learning_disability": (-5.2, -0.010, 0.20, 0.6),
}
NAMES = list(CONDITIONS)


@dataclass
class Needs:
    """Conditions (people × CONDITIONS), frailty from 0 to 1, and relative need for each kind."""

    has: NDArray[np.bool_]
    frailty: Floats
    unplanned: Floats  # relative rate of serious acute illness, mean 1
    planned: Floats  # relative rate of planned care, mean 1
    dialysis: Bools
    chemotherapy: Bools
    infusions: Bools  # regular high-cost drugs for a chronic disease

    def condition(self, name: str) -> Bools:
        return self.has[:, NAMES.index(name)]


def make_needs(people: People, period: Period, rng: np.random.Generator) -> Needs:
    age = np.clip((period.start - people.birth) / 365.25, 0, 100)
    poor: Floats = (5.5 - people.decile.astype(np.float64)) / 4.5
    has = np.empty((len(people), len(CONDITIONS)), dtype=bool)
    weight = np.zeros(len(people))
    for k, (base, slope, deprivation, effect) in enumerate(CONDITIONS.values()):
        logit = base + slope * (age - 40) + deprivation * poor
        has[:, k] = rng.random(len(people)) < 1 / (1 + np.exp(-logit))
        weight += effect * has[:, k]
    frailty = _frailty(rng, age, has.sum(axis=1), people.care_home >= 0)
    return Needs(
        has=has,
        frailty=frailty,
        unplanned=_unplanned(rng, age, weight, frailty, poor),
        planned=_planned(rng, age, has),
        dialysis=has[:, NAMES.index("kidney")] & (rng.random(len(people)) < 0.018),
        infusions=(age > 18) & (age < 74) & (rng.random(len(people)) < 0.0034),
        chemotherapy=has[:, NAMES.index("cancer")] & (rng.random(len(people)) < 0.10) & (age < 82),
    )


def _frailty(rng: np.random.Generator, age: Floats, n_conditions: Ints, in_home: Bools) -> Floats:
    """Beta-like frailty: rare below 65, usual above 90 and in care homes."""
    logit = -5.0 + 0.075 * (age - 40) + 0.45 * n_conditions + 2.0 * in_home
    return 1 / (1 + np.exp(-(logit + rng.normal(0, 0.9, len(age)))))


def _unplanned(
    rng: np.random.Generator, age: Floats, weight: Floats, frailty: Floats, poor: Floats
) -> Floats:
    """Serious acute illnesses a year: by age, times conditions, frailty, deprivation and luck."""
    at = [0, 2, 6, 15, 25, 45, 60, 70, 80, 88, 100]
    by_age = [0.26, 0.13, 0.055, 0.075, 0.105, 0.12, 0.14, 0.145, 0.165, 0.2, 0.22]
    rate = np.interp(age, at, by_age) * (1 + 0.7 * weight) * (1 + 1.8 * frailty)
    rate = rate * np.exp(0.28 * poor)
    return rate * rng.gamma(0.6, 1 / 0.6, len(age))


def _planned(rng: np.random.Generator, age: Floats, has: NDArray[np.bool_]) -> Floats:
    rate = np.interp(age, [0, 10, 20, 40, 60, 75, 90], [0.5, 0.4, 0.6, 0.8, 1.2, 1.6, 1.2])
    rate = rate * (1 + 0.35 * has.sum(axis=1)) * rng.gamma(0.55, 1 / 0.55, len(age))
    return rate / max(rate.mean(), 1e-9)


def yearly_death_rate(age: Floats, female: Bools) -> Floats:
    return np.where(female, 1.8e-5, 2.65e-5) * np.exp(0.0985 * np.minimum(age, 104)) + 3e-5


def draw_deaths(people: People, needs: Needs, period: Period, rng: np.random.Generator) -> Ints:
    """Day of death of everybody who dies in the period while living here; NEVER for others."""
    n = len(people)
    day = np.full(n, NEVER)
    cancer = needs.condition("cancer")
    relative = (0.35 + 2.2 * needs.frailty) * np.where(cancer, 1.8, 1.0)
    for year in range(period.years):
        first = period.start + 365 * year
        age = np.maximum((first - people.birth) / 365.25, 0)
        rate = yearly_death_rate(age, people.female) * relative
        rate = np.where(people.birth >= first, 0.003, rate)
        when = first + (rng.exponential(1.0, n) / np.maximum(rate, 1e-12) * 365.25)
        dies = (day >= NEVER) & (when < first + 365) & (when > people.birth)
        day = np.where(dies, when, day).astype(np.int64)
    lived_here = (day >= people.in_day) & (day < people.out_day) & (day <= period.end)
    return np.where(lived_here, day, NEVER)
