"""The match weight from which a pair is one person, chosen on the economy's own hidden numbers."""

from collections.abc import Iterable
from typing import NamedTuple

import polars as pl

from flow_pipeline.link.estimates import FOLDS, sums, wilson, worth
from flow_pipeline.link.persons import BAND, THRESHOLD

PRECISE = 0.998  # precision that must be reached, with 95 % certainty
_FEWEST_PERSONS = 200  # worth of hidden numbers: fewer say nothing of a threshold
_ABOUT_AS_GOOD = 0.001  # F1: no reason to move away from the shipped threshold
BESIDE = (-1, 1)  # bands from the shipped threshold: tried where that is surely precise enough
ABOVE = (1, 2, 4, 6)  # tried one after another where it is not
_SEED = 20_264

TRIED = pl.Schema(
    {
        "threshold": pl.Float64,
        "precision": pl.Float64,
        "precision_low": pl.Float64,
        "precision_high": pl.Float64,
        "recall": pl.Float64,
        "recall_low": pl.Float64,
        "recall_high": pl.Float64,
        "f1": pl.Float64,
        "n_effective": pl.Float64,
    }
)


class Choice(NamedTuple):
    """A threshold in bits and why it was chosen: ``proven`` (precise enough with certainty),
    ``likely`` (nothing speaks against it, but the numbers are too few to prove it), ``refuted``
    (none is precise enough; this is the most precise) or ``shipped`` (too few verified numbers)."""

    threshold: float
    reason: str


def thresholds(steps: Iterable[int]) -> list[float]:
    """Thresholds to be tried, in bits: the shipped one and steps from it."""
    return [THRESHOLD + step * BAND for step in steps]


def tried(trials: pl.DataFrame) -> pl.DataFrame:
    """What each threshold comes to: TRIED, by threshold.

    In: hidden_numbers.trials with person and weight. Limits are Wilson's for as many persons as
    the weights are worth.
    """
    rows = []
    for (threshold,), outcomes in sorted(trials.partition_by("threshold", as_dict=True).items()):
        own = sums(outcomes)
        true, found, right = (float(part.sum()) for part in own)
        n = worth(own.found)
        precision = right / found if found else 0.0
        f1 = 2 * right / (found + true) if found + true else 0.0
        recall = right / true if true else 0.0
        limits = wilson(recall, worth(own.true))
        rows.append([threshold, precision, *wilson(precision, n), recall, *limits, f1, n])
    return pl.DataFrame(rows, schema=TRIED, orient="row")


def chosen(results: pl.DataFrame) -> Choice:
    """The threshold to link at, of those tried (TRIED).

    Of the thresholds whose precision is surely PRECISE the one with the best F1; about as good
    counts as good, and of these the nearest to the shipped one is taken, so that another month of
    data does not move it without need. Where the numbers are too few to be sure of any, the
    shipped one, or the next higher of which they do not say that it is too imprecise.
    """
    known = results.filter(pl.col("n_effective") >= _FEWEST_PERSONS)
    if known.is_empty():
        return Choice(THRESHOLD, "shipped")
    proven = known.filter(pl.col("precision_low") >= PRECISE)
    if proven.height:
        good = proven.filter(pl.col("f1") >= pl.col("f1").max() - _ABOUT_AS_GOOD)
        return Choice(_nearest(good), "proven")
    likely = known.filter(
        (pl.col("precision_high") >= PRECISE) & (pl.col("threshold") >= THRESHOLD)
    )
    if likely.height:
        return Choice(float(likely["threshold"].min()), "likely")  # type: ignore[arg-type]
    most = known.sort("precision", "threshold", descending=[True, False])
    return Choice(float(most["threshold"][0]), "refuted")


def _nearest(results: pl.DataFrame) -> float:
    """The nearest to the shipped threshold; of two the higher."""
    away = (pl.col("threshold") - THRESHOLD).abs()
    return float(results.sort(away, -pl.col("threshold"))["threshold"][0])


def held_out(trials: pl.DataFrame) -> pl.DataFrame:
    """Outcomes of each person at the threshold that all others would choose.

    In: hidden_numbers.trials with person and weight. Out: the rows of one threshold per person,
    with ``threshold``; what a threshold owes to the very persons it is judged by is left out.
    """
    fold = (pl.col("person").hash(_SEED) % FOLDS).alias("fold")
    folded = trials.with_columns(fold)
    found = []
    for number in range(FOLDS):
        others = folded.filter(pl.col("fold") != number)
        choice = chosen(tried(others))
        found.append(
            folded.filter((pl.col("fold") == number) & (pl.col("threshold") == choice.threshold))
        )
    return pl.concat(found).drop("fold").sort("person", "identity")
