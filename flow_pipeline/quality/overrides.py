"""Overrides: somebody answers for it that a check allows more, or does not block, for a time."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from flow_pipeline.quality.catalogue import CATALOGUE

WAIVED = "waived"  # how the text of a waiver begins; the gate looks for it
# Of these a failure means that a person may be harmed, or that our own books are wrong.
NEVER = ("D01", "D02", "L05", "R03", "U01", "U08", "V01")


@dataclass(frozen=True, kw_only=True)
class Override:
    """One entry of ``quality.overrides``: a threshold, or a waiver where there is none.

    ``check`` is a catalogue id or a whole check_id. ``source`` and ``organisation`` limit it; None
    means all.
    """

    check: str
    who: str
    why: str
    until: dt.date  # the last day on which it holds
    threshold: float | None = None
    source: str | None = None
    organisation: str | None = None

    def holds_on(self, day: dt.date) -> bool:
        return day <= self.until

    def told(self, day: dt.date) -> str:
        """What ``quality_result.override`` says of it."""
        by = f"by {self.who} until {self.until}: {self.why}"
        if not self.holds_on(day):
            return f"expired, not applied: {by}"
        if self.threshold is None:
            return f"{WAIVED} {by}"
        return f"threshold {self.threshold:g} {by}"


def fault_of_check(check: str) -> str | None:
    """What is wrong with the check that an override names, if anything."""
    catalogue_id = check.split(" ")[0]
    if catalogue_id not in CATALOGUE:
        return f"expected a check of docs/quality.md, found {check!r}"
    if catalogue_id in NEVER:
        return f"{catalogue_id} cannot be overridden: it guards persons or the accounts themselves"
    return None


def overridden(
    results: pl.LazyFrame, overrides: Iterable[Override], today: dt.date
) -> pl.LazyFrame:
    """Table quality_result with the overrides applied to it.

    In: the table; where several overrides fit a row, the first holds. Out: the same rows. A
    threshold is judged anew; a waiver leaves the result as it is and says that it does not block;
    an expired override changes nothing and says so. ``override`` holds who, why and until when.
    """
    told = pl.lit(None, pl.String)
    allowed = pl.col("threshold")
    for one in reversed(list(overrides)):
        fits = _fits(one)
        told = pl.when(fits).then(pl.lit(one.told(today))).otherwise(told)
        if one.holds_on(today):
            new = pl.col("threshold") if one.threshold is None else pl.lit(one.threshold)
            allowed = pl.when(fits).then(new).otherwise(allowed)
    judged = results.with_columns(override=told, _allowed=allowed.cast(pl.Float64))
    is_new = pl.col("_allowed") != pl.col("threshold")
    passed = pl.when(is_new).then(pl.col("observed") <= pl.col("_allowed")).otherwise("passed")
    return judged.with_columns(passed=passed, threshold=pl.col("_allowed")).drop("_allowed")


def _fits(one: Override) -> pl.Expr:
    fits = (pl.col("check_id") == one.check) | (
        pl.col("check_id").str.split(" ").list.first() == one.check
    )
    if one.source is not None:
        fits = fits & (pl.col("source") == one.source)
    if one.organisation is not None:
        fits = fits & (pl.col("organisation_code") == one.organisation).fill_null(False)
    return fits
