"""Pairwise precision, recall and F1 of two linkages of the same records, persons resampled."""

from dataclasses import dataclass

import numpy as np
import polars as pl

RESAMPLES = 2_000
_MANY = 50_000  # people; a tenth of the resamples do


@dataclass(frozen=True)
class Judged:
    """Per true person: right pairs, pairs found (half of each pair of two people), true pairs."""

    right: np.ndarray
    found: np.ndarray
    true: np.ndarray

    @property
    def sums(self) -> np.ndarray:
        """One row per person: right, found, true."""
        return np.column_stack((self.right, self.found, self.true))


def rates(sums: np.ndarray) -> np.ndarray:
    """Precision, recall and F1 of each row of right, found and true pairs."""
    right, found, true = sums[..., 0], sums[..., 1], sums[..., 2]
    ones = (np.maximum(found, 1), np.maximum(true, 1), np.maximum((found + true) / 2, 1))
    return np.stack([right / one for one in ones], axis=-1)


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


def resampled(ways: list[Judged], *, seed: int = 1) -> list[np.ndarray]:
    """Rates of each way, one row per resample of persons: the same resamples for all ways."""
    rng = np.random.default_rng(seed)
    sums = np.hstack([one.sums for one in ways])
    n = len(sums)
    drawn = [
        np.bincount(rng.integers(0, n, n), minlength=n) @ sums
        for _ in range(RESAMPLES if n < _MANY else RESAMPLES // 10)
    ]
    return [rates(part) for part in np.split(np.array(drawn), len(ways), axis=1)]


def interval(values: np.ndarray) -> tuple[float, float]:
    low, high = np.quantile(values, [0.025, 0.975])
    return float(low), float(high)
