"""Results of checks: counts, judged by what the catalogue allows."""

from dataclasses import dataclass, replace

import polars as pl

from flow_pipeline.quality.catalogue import CATALOGUE, Check, Severity
from flow_pipeline.tables.quality import QUALITY_RESULT

_FEWEST_ROWS = 100  # of a sender, before a share of them can block


@dataclass(frozen=True, kw_only=True)
class Result:
    """What came of one check on one source: counts only, never a value."""

    check: Check
    name: str
    source: str
    n_rows: int
    n_failed: int
    organisation_code: str | None = None
    seen: float | None = None  # what was observed, where it is no share or count of rows
    blocks: bool = False  # whether a check that usually warns blocks here

    @property
    def check_id(self) -> str:
        return f"{self.check.catalogue_id} {self.name}"

    @property
    def observed(self) -> float:
        if self.seen is not None:
            return self.seen
        if self.check.measure == "count":
            return float(self.n_failed)
        return self.n_failed / self.n_rows if self.n_rows else 0.0

    @property
    def blocks_beyond(self) -> bool:
        """Whether a check that usually warns blocks here: a sender's field is mostly empty.

        Not all senders together, one of which may never have had the field; not a field wholly
        empty, which was never delivered; not a sender of so few rows that chance may do it.
        """
        if self.blocks:
            return True
        limit = self.check.block_above
        if (
            limit is None
            or self.seen is not None
            or self.organisation_code is None
            or self.n_rows < _FEWEST_ROWS
        ):
            return False
        return limit < self.observed < 1

    def row(self) -> dict[str, object]:
        """The row of ``quality_result``."""
        above = self.check.block_above
        threshold = self.check.threshold if above is None or not self.blocks_beyond else above
        return {
            "check_id": self.check_id,
            "dimension": self.check.dimension,
            "severity": "block" if self.blocks_beyond else self.check.severity,
            "source": self.source,
            "organisation_code": self.organisation_code,
            "observed": self.observed,
            "threshold": threshold,
            "passed": self.observed <= self.check.threshold,
            "n_rows": self.n_rows,
            "n_failed": self.n_failed,
            "override": None,
        }


def result(
    catalogue_id: str,
    name: str,
    source: str,
    *,
    n_rows: int,
    n_failed: int,
    threshold: float | None = None,
    organisation_code: str | None = None,
    seen: float | None = None,
    blocks: bool = False,
    severity: Severity | None = None,
) -> Result:
    """A result of a check of the catalogue, with another threshold where one is given.

    ``seen`` stands in for the share or count of failed rows where the check measures something
    else. ``blocks``: a failure blocks, whatever the catalogue says. ``severity``: another than the
    catalogue's.
    """
    check = CATALOGUE[catalogue_id]
    if severity is not None:
        check = replace(check, severity=severity)
    if threshold is not None:
        check = replace(check, threshold=threshold)
    return Result(
        check=check,
        name=name,
        source=source,
        n_rows=n_rows,
        n_failed=n_failed,
        organisation_code=organisation_code,
        seen=seen,
        blocks=blocks,
    )


def quality_result(results: list[Result]) -> pl.LazyFrame:
    """The table ``quality_result``. Results of the same check, source and organisation must not
    repeat."""
    rows = pl.LazyFrame([r.row() for r in results], schema=QUALITY_RESULT.schema(), orient="row")
    return QUALITY_RESULT.conform(rows)
