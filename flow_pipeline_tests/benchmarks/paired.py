"""Pairwise precision, recall and F1 of two linkages of the same records, persons resampled."""

from dataclasses import dataclass

import numpy as np
import polars as pl

RESAMPLES = 2_000


@dataclass(frozen=True)
class Judged:
    """Per true person: right pairs, pairs found (half of each pair of two people), true pairs."""

    right: np.ndarray
    found: np.ndarray
    true: np.ndarray

    def rates(self, weights: np.ndarray | None = None) -> tuple[np.ndarray, ...]:
        """Precision, recall and F1, for each row of weights of persons."""
        w = np.ones((1, len(self.true))) if weights is None else weights
        right, found, true = w @ self.right, w @ self.found, w @ self.true
        ones = np.maximum(found, 1), np.maximum(true, 1), np.maximum(found + true, 1)
        return right / ones[0], right / ones[1], 2 * right / ones[2]


def judged(labels: pl.DataFrame) -> Judged:
    """In: one row per record, ``truth`` and ``cluster``. Persons are in order of ``truth``."""
    cells = labels.group_by("truth", "cluster").len("n").with_columns(pl.col("n").cast(pl.Float64))
    cells = cells.with_columns(size=pl.col("n").sum().over("cluster"))
    own = pl.col("n") * (pl.col("n") - 1) / 2
    people = (
        cells.group_by("truth")
        .agg(
            own.sum().alias("right"),
            (own + pl.col("n") * (pl.col("size") - pl.col("n")) / 2).sum().alias("found"),
            (pl.col("n").sum() * (pl.col("n").sum() - 1) / 2).alias("true"),
        )
        .sort("truth")
    )
    return Judged(*(people[name].to_numpy() for name in ("right", "found", "true")))


def resampled(n_people: int, *, seed: int = 1) -> np.ndarray:
    """How often each person is drawn in each resample."""
    rng = np.random.default_rng(seed)
    draws = [
        np.bincount(rng.integers(0, n_people, n_people), minlength=n_people)
        for _ in range(RESAMPLES if n_people < 20_000 else RESAMPLES // 10)
    ]
    return np.array(draws, dtype=np.float32)


def interval(values: np.ndarray) -> tuple[float, float]:
    low, high = np.quantile(values, [0.025, 0.975])
    return float(low), float(high)
