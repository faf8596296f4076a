"""Relatives: pairs that are alike without being one person, weighed as a third possibility.

A pair of records is one person's, two strangers' or two relatives': kin, namesakes or twins.
Splink weighs one person against strangers, whose name, address and birth date agree by separate
chances; in a family they agree together. So the odds of one person are taken against strangers and
relatives at once. How many relatives there are is counted in the data itself: where hardly anybody
shares a family name and an address with somebody else, as in a list of unrelated people, nothing is
held against a pair that does. Source: linkage.md §2; domain.md §2.
"""

import math

import duckdb
import numpy as np
import polars as pl

from flow_pipeline.link.comparisons import COMPARISONS

# Chances of each level among pairs of two people of one family; what is left is none at all. By
# judgement: one couple or child in seven has another family name, one address in seven is of
# another time, hardly any two are called alike but father and son, born on one day but twins.
_KIN: dict[str, dict[str, float]] = {
    "given": {
        "same": 0.001, "short_form": 0.003, "swapped": 0.01, "near": 0.003, "like": 0.008,
        "in_part": 0.03,
    },
    "family": {
        "same": 0.85, "a_part": 0.02, "swapped": 0.01, "near": 0.004, "like": 0.004,
        "in_part": 0.02,
    },
    "birth": {"same": 0.002, "year_and_part": 0.006, "day_and_month": 0.003, "year": 0.03},
    "sex": {"same": 0.45},
    "address": {"same": 0.85, "sector": 0.03, "district": 0.04, "area": 0.05},
    "number": {"same": 0.002},
    "foreign": {"same": 0.002},
    "reference": {"same": 0.004},
}  # fmt: skip
# Father and son of one name: never of one birth date, but where one is written for the other.
_NAMESAKES: dict[str, dict[str, float]] = {
    **_KIN,
    "given": {"same": 0.9, "short_form": 0.03, "near": 0.02, "like": 0.01, "in_part": 0.01},
    "birth": {"same": 0.0001, "year_and_part": 0.001, "day_and_month": 0.003, "year": 0.002},
    "sex": {"same": 0.98},
}
_TWINS: dict[str, dict[str, float]] = {
    **_KIN,
    "given": {"same": 0.001, "short_form": 0.001, "near": 0.004, "like": 0.01, "in_part": 0.03},
    "family": {"same": 0.97, "a_part": 0.01, "near": 0.002, "like": 0.002, "in_part": 0.01},
    "birth": {"same": 0.98, "year_and_part": 0.01},
    "sex": {"same": 0.65},
    "address": {"same": 0.93, "sector": 0.01, "district": 0.01, "area": 0.03},
}
# One birth in 65 is of twins, a quarter of whom live together, and everybody has about one relative
# of the same name at home: 0.004, and half as many again.
# One relative in a hundred is a namesake.
_PER_RELATIVE = ((_KIN, 0.99), (_NAMESAKES, 0.01), (_TWINS, 0.006))
_ROUNDS = 10
_LEAST = 1e-4  # chance of a level that is named for neither
# What is assumed of an economy that is too small to count: a relative for each record, weighed
# as this many records.
_ASSUMED_RECORDS = 50
_LARGEST_FAMILY = 60  # more of one name at one postcode are a common name at a common place
# Share of relatives that `n_relatives` can see: of one name and address, unlike in all else.
_SEEN = 0.85 * 0.85 * 0.86 * 0.95


def n_relatives(
    connection: duckdb.DuckDBPyConnection, table: str, matches: float, parameters: dict
) -> float:
    """How many pairs of identities in a table are relatives'.

    ``matches``: how many are one person's; ``parameters``: as model.learned gives them, by which
    those among them that look like relatives are taken off.
    """
    n_known, n_alike = connection.execute(_COUNTED.format(table=table)).fetchall()[0]
    of_one_person = math.prod(
        parameters[name][level][0]
        for name, level in (
            ("family", "same"), ("address", "same"), ("given", "else"), ("birth", "else"),
        )
    )  # fmt: skip
    seen = max(n_alike - matches * of_one_person, 0) / _SEEN
    per_record = (seen + _ASSUMED_RECORDS) / (n_known + _ASSUMED_RECORDS)
    n_all = connection.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0]
    return float(per_record * n_all)


_COUNTED = f"""
WITH known AS (
  SELECT unique_id, family_token, postcode_token, given_root_token, given_initials_token,
    given_ending_token, given_phonetic_token, birth_year_token, birth_month_token, birth_day_token,
    count(*) OVER (PARTITION BY family_token, postcode_token) AS n
  FROM {{table}}
  WHERE family_token IS NOT NULL AND postcode_token IS NOT NULL
    AND given_token IS NOT NULL AND birth_year_token IS NOT NULL
), homes AS (SELECT * FROM known WHERE n BETWEEN 2 AND {_LARGEST_FAMILY})
SELECT (SELECT count(*) FROM known), count(*) FROM homes l
JOIN homes r USING (family_token, postcode_token)
WHERE l.unique_id < r.unique_id
  AND l.birth_year_token <> r.birth_year_token
  AND NOT coalesce(
    l.birth_month_token = r.birth_month_token AND l.birth_day_token = r.birth_day_token, false)
  AND l.given_root_token <> r.given_root_token
  AND l.given_initials_token <> r.given_initials_token
  AND l.given_ending_token <> r.given_ending_token
  AND l.given_phonetic_token IS DISTINCT FROM r.given_phonetic_token
"""


def against_others(
    pairs: pl.DataFrame, parameters: dict, *, matches: float, relatives: float
) -> np.ndarray:
    """Odds of one person against strangers and relatives, in bits, of each pair.

    In:  pairs as model.scored_pairs gives them, ``parameters`` by which they were weighed,
         how many pairs of the data are one person's, as they were weighed, and how many relatives'.
    Out: in the order of the pairs, for a single pair of one person in all the data.
    """
    one_person = pairs.select(_bits(_of_matches(parameters))).to_series().to_numpy()
    others = math.log2(matches) + one_person - pairs["weight"].to_numpy()  # strangers
    for chances, share in _PER_RELATIVE:
        kin = pairs.select(_bits(chances) + math.log2(max(relatives * share, 1e-9)))
        others = np.logaddexp2(others, kin.to_series().to_numpy())
    return one_person - others


def n_of_one_person(odds: np.ndarray, matches: float, most: float) -> float:
    """How many pairs are one person's: the number that the pairs' own probabilities add up to.

    ``odds``: as ``against_others`` gives them. At least ``matches``, no more than ``most``.
    """
    found = matches
    for _ in range(_ROUNDS):
        total = float((1 / (1 + 2.0 ** np.clip(-odds - math.log2(found), -60, 60))).sum())
        found = min(max(total, matches), most)
    return found


def weights(pairs: pl.DataFrame, odds: np.ndarray, found: float) -> pl.DataFrame:
    """``pairs`` with the weight in bits and the probability that ``odds`` give them.

    ``found``: how many pairs are one person's. Both are rounded to four places; same order.
    """
    weight = math.log2(found) + odds
    probability = 1 / (1 + 2.0 ** np.clip(-weight, -60, 60))
    return pairs.with_columns(
        weight=pl.Series(weight, dtype=pl.Float64).round(4),
        probability=pl.Series(probability, dtype=pl.Float64).round(4),
    )


def _of_matches(parameters: dict) -> dict[str, dict[str, float]]:
    return {
        name: {level: m for level, (m, _) in levels.items()} for name, levels in parameters.items()
    }


def _bits(chances: dict[str, dict[str, float]]) -> pl.Expr:
    """log2 of the chance of a pair's levels; what is unknown says nothing."""
    return pl.sum_horizontal(
        pl.col(f"{comparison.name}_level").replace_strict(
            _by_number([level.name for level in comparison.levels], chances[comparison.name]),
            default=0.0,
            return_dtype=pl.Float64,
        )
        for comparison in COMPARISONS
    )


def _by_number(levels: list[str], chances: dict[str, float]) -> dict[int, float]:
    """log2 of the chance of each level by its number, 0 for none."""
    named = [chances.get(level, _LEAST) for level in levels]
    none = chances.get("else", max(1 - sum(named), _LEAST))
    numbered = {len(levels) - i: chance for i, chance in enumerate(named)}
    return {number: math.log2(chance) for number, chance in ({0: none} | numbered).items()}
