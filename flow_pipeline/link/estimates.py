"""Precision and recall of links, with intervals, overall and by subgroup.

The unit is a link between an identity without a number and an identity with one; persons are what
is resampled, for the links of one person stand and fall together. Source: domain.md §4.1 "Linkage
quality without truth".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

_Numbers = npt.NDArray[np.float64]
_Floats = npt.NDArray[np.floating]

REPLICATES = 400
FOLDS = 5
_LOW, _HIGH = 2.5, 97.5
_NORMAL = 1.96
_SEED = 20_263
_RARE = 0.02  # share of the weight; patterns below it are taken together
FEWEST_PERSONS = 30  # of a subgroup, before anything is said of it
_FEWEST_OF_PATTERN = 10  # of a subgroup and pattern, for its recall to stand for anything
REAL_GAP = 0.01  # a gap counts when its whole interval is beyond it
_COUNTS = ("n_true", "n_found", "n_right")


class Figure(NamedTuple):
    """A share with its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.low:.4f} to {self.high:.4f}"


@dataclass(frozen=True)
class Estimate:
    """How good links are. ``n_effective``: how many equally weighted persons found the links."""

    n_persons: int
    n_effective: float
    precision: Figure
    recall: Figure
    f1: Figure


class Sums(NamedTuple):
    """Weighted links of each person: true ones, found ones, right ones."""

    true: _Numbers
    found: _Numbers
    right: _Numbers


def sums(outcomes: pl.DataFrame) -> Sums:
    """In: one row per identity: person, weight, n_true, n_found, n_right. Out: by person."""
    by_person = outcomes.group_by("person").agg(
        (pl.col("weight") * pl.col(name)).sum().alias(name) for name in _COUNTS
    )
    return Sums(*(by_person.sort("person")[name].cast(pl.Float64).to_numpy() for name in _COUNTS))


def estimate(outcomes: pl.DataFrame) -> Estimate | None:
    """Precision, recall and F1 of links, or None where there is no link to be found.

    In:  one row per judged identity: person, weight, n_true, n_found, n_right
         (hidden_numbers.trials).
    The interval is that of a bootstrap over persons; where all or none are right, which no
    bootstrap can tell from certainty, that of Wilson for as many persons as the weights are worth.
    """
    own = sums(outcomes)
    if own.true.sum() == 0 or own.found.sum() == 0:
        return None
    drawn = _resampled(len(own.true))
    true, found, right = (drawn @ part.astype(drawn.dtype) for part in own)
    precision, recall = _shares(right, found), _shares(right, true)
    f1 = _shares(2 * right, found + true)
    n = worth(own.found)
    return Estimate(
        len(own.true),
        n,
        _figure(own.right.sum() / own.found.sum(), precision, n),
        _figure(own.right.sum() / own.true.sum(), recall, worth(own.true)),
        _figure(2 * own.right.sum() / (own.found.sum() + own.true.sum()), f1, n),
    )


def worth(weights: _Numbers) -> float:
    """How many equal persons these are worth: (Σw)² / Σw²."""
    total = float((weights**2).sum())
    return float(weights.sum()) ** 2 / total if total else 0.0


def wilson(share: float, n: float) -> tuple[float, float]:
    """The 95 % interval of a share of n by Wilson's score."""
    if n <= 0:
        return 0.0, 1.0
    z = _NORMAL**2 / n
    middle = (share + z / 2) / (1 + z)
    half = np.sqrt(share * (1 - share) * z + z**2 / 4) / (1 + z)
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))


def _figure(value: float, replicates: _Floats, n: float) -> Figure:
    known = replicates[~np.isnan(replicates)]
    if value in (0.0, 1.0) or known.size == 0:
        return Figure(float(value), *wilson(float(value), n))
    low, high = np.percentile(known, (_LOW, _HIGH))
    return Figure(float(value), float(low), float(high))


def _resampled(n: int) -> npt.NDArray[np.float32]:
    """How often each of n persons is drawn in each replicate: Poisson with mean 1."""
    return np.random.default_rng(_SEED).poisson(1.0, (REPLICATES, n)).astype(np.float32)


def _shares(part: _Floats, whole: _Floats) -> _Numbers:
    share = np.full(part.shape, np.nan)
    return np.divide(part, whole, out=share, where=whole > 0)


GAPS = pl.Schema(
    {
        "subgroup": pl.String,
        "subgroup_value": pl.String,
        "n_persons": pl.Int64,
        "recall": pl.Float64,
        "recall_standardised": pl.Float64,
        "gap": pl.Float64,
        "gap_standardised": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
        "counts": pl.Boolean,
    }
)


def gaps(outcomes: pl.DataFrame, attributes: Sequence[str]) -> pl.DataFrame:
    """How far the recall of each subgroup is from that of everybody.

    In:  as for ``estimate``, with pattern (of present fields) and the attributes (text).
    Out: GAPS, by subgroup and value, of values with FEWEST_PERSONS whose links were to be found.
    ``recall_standardised``: as if the subgroup's records had the economy's distribution of
    patterns of present fields, so far as at least ten of the subgroup show a pattern. ``gap``:
    less the recall of everybody (minus: the subgroup is missed more). ``low``, ``high``:
    simultaneous 95 % interval of gap_standardised over all values of all attributes (max-|t|).
    ``counts``: whether it lies wholly beyond REAL_GAP.
    """
    told = _with_common_patterns(outcomes.filter(pl.col("n_true") > 0))
    people = told.select("person").unique().sort("person").with_row_index("_row")
    told = told.join(people, on="person")
    cells = _cells(told, attributes)
    if not cells:
        return pl.DataFrame(schema=GAPS)
    drawn = _resampled(people.height)
    ones = np.ones((1, people.height))
    everybody = _recalls(told, drawn, people.height), _recalls(told, ones, people.height)
    mix = _mix(told)
    rows, spreads, floors = [], [], []
    for (name, value), of_value in cells.items():
        raw = float(_recalls(of_value, ones, people.height)[0])
        standard = float(_standardised(of_value, ones, mix, people.height)[0])
        replicates = _standardised(of_value, drawn, mix, people.height) - everybody[0]
        n = of_value["person"].n_unique()
        whole = float(everybody[1][0])
        rows.append([name, value, n, raw, standard, raw - whole, standard - whole])
        spreads.append(replicates)
        floors.append(_least_spread(raw, worth(sums(of_value).true)))
    return _with_intervals(rows, np.array(spreads), np.array(floors))


def _least_spread(recall: float, n: float) -> float:
    """Standard error of a share of n with one success and one failure more: where nobody of a few
    was missed, no bootstrap shows that somebody might be."""
    share = (recall * n + 1) / (n + 2)
    return float(np.sqrt(share * (1 - share) / (n + 2)))


def _with_intervals(
    rows: list[list[object]], replicates: _Numbers, floors: _Numbers
) -> pl.DataFrame:
    seen = np.array([row[-1] for row in rows], dtype=float)
    spread = np.nanstd(replicates, axis=1)
    scaled = np.divide(
        np.abs(replicates - seen[:, None]),
        spread[:, None],
        out=np.zeros_like(replicates),
        where=spread[:, None] > 0,
    )
    furthest = float(np.percentile(np.nanmax(scaled, axis=0), 95))
    reach = max(furthest, _NORMAL) * np.maximum(spread, floors)
    low, high = seen - reach, seen + reach
    beyond = (low > REAL_GAP) | (high < -REAL_GAP)
    whole = [
        [*row, float(a), float(b), bool(c)]
        for row, a, b, c in zip(rows, low, high, beyond, strict=True)
    ]
    return pl.DataFrame(whole, schema=GAPS, orient="row")


def _cells(told: pl.DataFrame, attributes: Sequence[str]) -> dict[tuple[str, str], pl.DataFrame]:
    found = {}
    for name in attributes:
        for value in sorted(told[name].unique().to_list()):
            rows = told.filter(pl.col(name) == value)
            if rows["person"].n_unique() >= FEWEST_PERSONS:
                found[name, value] = rows
    return found


def _with_common_patterns(outcomes: pl.DataFrame) -> pl.DataFrame:
    share = pl.col("weight").sum().over("pattern") / pl.col("weight").sum()
    return outcomes.with_columns(
        pattern=pl.when(share >= _RARE).then("pattern").otherwise(pl.lit("rare"))
    )


def _mix(told: pl.DataFrame) -> dict[str, float]:
    weighed = pl.col("weight") * pl.col("n_true")
    by_pattern = told.group_by("pattern").agg(weighed.sum()).sort("pattern")
    return dict(by_pattern.iter_rows())


def _standardised(told: pl.DataFrame, drawn: _Floats, mix: dict[str, float], n: int) -> _Numbers:
    """Recall of each replicate, averaged over the patterns that the subgroup shows."""
    total, parts = np.zeros(len(drawn)), np.zeros(len(drawn))
    for (pattern,), rows in sorted(told.partition_by("pattern", as_dict=True).items()):
        if rows["person"].n_unique() < _FEWEST_OF_PATTERN:
            continue
        recall = _recalls(rows, drawn, n)
        known = ~np.isnan(recall)
        total += np.where(known, mix[str(pattern)], 0.0)
        parts += np.where(known, mix[str(pattern)] * np.nan_to_num(recall), 0.0)
    return _shares(parts, total)


def _recalls(told: pl.DataFrame, drawn: _Floats, n: int) -> _Numbers:
    rows = told["_row"].to_numpy()
    weight = told["weight"].to_numpy()
    right, true = (
        np.bincount(rows, weight * told[name].to_numpy(), n).astype(drawn.dtype)
        for name in ("n_right", "n_true")
    )
    return _shares(drawn @ right, drawn @ true)
