"""Draws family and given names with the frequencies of an English city's people."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from flow_pipeline.synthetic.clock import Bools, Floats, Ints
from flow_pipeline.synthetic.name_lists import (
    FEMALE,
    MALE,
    SURNAME_ENDS,
    SURNAME_STARTS,
    SURNAMES,
)

Texts = NDArray[np.object_]

# ethnic category: share of adults, and the name cultures of its people with their weights
ETHNIC_GROUPS: dict[str, tuple[float, dict[str, float]]] = {
    "A": (0.700, {"english": 0.87, "scottish": 0.06, "welsh": 0.07}),
    "B": (0.014, {"irish": 1.0}),
    "C": (0.060, {"polish": 0.5, "european": 0.5}),
    "D": (0.010, {"caribbean": 0.5, "english": 0.5}),
    "E": (0.005, {"west_african": 0.5, "english": 0.5}),
    "F": (0.007, {"english": 0.5, "indian": 0.5}),
    "G": (0.006, {"english": 0.5, "arabic": 0.5}),
    "H": (0.042, {"indian": 1.0}),
    "J": (0.055, {"pakistani": 1.0}),
    "K": (0.018, {"bangladeshi": 1.0}),
    "L": (0.014, {"indian": 0.4, "arabic": 0.4, "chinese": 0.2}),
    "M": (0.016, {"caribbean": 1.0}),
    "N": (0.028, {"west_african": 0.6, "east_african": 0.4}),
    "P": (0.005, {"caribbean": 0.7, "english": 0.3}),
    "R": (0.010, {"chinese": 1.0}),
    "S": (0.010, {"arabic": 0.7, "european": 0.3}),
}
ETHNIC_CODES = np.array(list(ETHNIC_GROUPS))
CULTURES = np.array(list(SURNAMES))


@cache
def surname_pool(culture: str) -> tuple[Texts, Floats]:
    """Names and cumulative frequencies of a culture's surnames."""
    names = SURNAMES[culture].split()
    weights = 1.0 / (np.arange(len(names)) + 4.0) ** 0.85
    if culture == "english":
        rare = [a + b for b in SURNAME_ENDS.split() for a in SURNAME_STARTS.split()]
        names = names + rare
        weights = np.concatenate([weights, np.full(len(rare), 0.9 * weights.sum() / len(rare))])
    return np.array(names, dtype=object), np.cumsum(weights / weights.sum())


@cache
def given_pool(culture: str, female: bool, era: str) -> tuple[Texts, Floats]:
    lists = FEMALE if female else MALE
    names = lists.get(culture) or lists[f"english_{era}"]
    texts = np.array(names.split(), dtype=object)
    weights = 1.0 / (np.arange(len(texts)) + 5.0) ** 0.8
    return texts, np.cumsum(weights / weights.sum())


def _pick(rng: np.random.Generator, pool: tuple[Texts, Floats], n: int) -> Texts:
    names, cumulative = pool
    return names[np.searchsorted(cumulative, rng.random(n) * cumulative[-1], "right")]


def draw_cultures(rng: np.random.Generator, ethnic: Ints) -> Ints:
    """The name culture of each person, given the number of their ethnic group."""
    out = np.zeros(len(ethnic), dtype=np.int64)
    for number, (_, mix) in enumerate(ETHNIC_GROUPS.values()):
        rows = np.flatnonzero(ethnic == number)
        numbers = [int(np.flatnonzero(name == CULTURES)[0]) for name in mix]
        out[rows] = rng.choice(numbers, size=len(rows), p=list(mix.values()))
    return out


def draw_surnames(rng: np.random.Generator, culture: Ints) -> Texts:
    out = np.empty(len(culture), dtype=object)
    for number, name in enumerate(CULTURES):
        rows = np.flatnonzero(culture == number)
        out[rows] = _pick(rng, surname_pool(str(name)), len(rows))
    return out


def draw_given(rng: np.random.Generator, culture: Ints, female: Bools, birth_year: Ints) -> Texts:
    """Given names by culture, sex and the generation's fashion."""
    era = np.digitize(birth_year, [1950, 1977, 2002])
    out = np.empty(len(culture), dtype=object)
    for number, name in enumerate(CULTURES):
        for sex in (False, True):
            for e, label in enumerate(("old", "mid", "young", "child")):
                rows = np.flatnonzero((culture == number) & (female == sex) & (era == e))
                if len(rows):
                    out[rows] = _pick(rng, given_pool(str(name), sex, label), len(rows))
    return out


def for_women(surnames: Texts) -> Texts:
    """Polish surnames in -ski and -cki take -ska and -cka for women."""
    return np.array(
        [s[:-1] + "a" if s.endswith(("ski", "cki")) else s for s in surnames], dtype=object
    )
