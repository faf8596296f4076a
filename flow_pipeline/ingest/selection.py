"""Which sources take which rows of a file: each row by one, by several, or by none."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from flow_pipeline.errors import InputRefused
from flow_pipeline.ingest.mapping import IS_RAGGED, is_selected

if TYPE_CHECKING:
    from flow_pipeline.config import Source


@dataclass(frozen=True)
class Selection:
    """How many rows were read, and taken by one source, by several, and by none."""

    read: int = 0
    once: int = 0
    several: int = 0
    unshared: int = 0  # of ``several``: those that a source took that does not share
    none: int = 0

    def __add__(self, more: "Selection") -> "Selection":
        return Selection(
            self.read + more.read,
            self.once + more.once,
            self.several + more.several,
            self.unshared + more.unshared,
            self.none + more.none,
        )

    def by_class(self) -> dict[str, int]:
        """Rows by class of table file_count."""
        return {
            "read": self.read,
            "selected_once": self.once,
            "selected_by_several": self.several,
            "selected_by_none": self.none,
        }


def takes_all(sources: Sequence["Source"]) -> bool:
    """Whether one source takes every row."""
    return len(sources) == 1 and sources[0].where is None


def selection_frame(rows: pl.LazyFrame, sources: Sequence["Source"]) -> pl.LazyFrame:
    """One row with the counts of a Selection. A ragged row no source takes goes to the first."""
    taken = [is_selected(s.where).cast(pl.UInt16) for s in sources]
    unshared = [is_selected(s.where) for s in sources if not s.shared]
    n = pl.sum_horizontal(taken)
    n = pl.when(pl.col(IS_RAGGED) & (n == 0)).then(pl.lit(1, pl.UInt16)).otherwise(n)
    alone = pl.any_horizontal(unshared) if unshared else pl.lit(False)
    return rows.select(n=n, alone=alone).select(
        read=pl.len(),
        once=(pl.col("n") == 1).sum(),
        several=(pl.col("n") > 1).sum(),
        unshared=((pl.col("n") > 1) & pl.col("alone")).sum(),
        none=(pl.col("n") == 0).sum(),
    )


def stray_ragged(source: "Source", sources: Sequence["Source"]) -> pl.Expr | None:
    """Ragged rows that no source takes, for the first source of the file."""
    if source is not sources[0] or source.where is None:
        return None
    return pl.col(IS_RAGGED) & ~pl.any_horizontal(is_selected(s.where) for s in sources)


def refuse_selection(
    path: Path, selection: Selection, sources: Sequence["Source"], max_unselected: int
) -> None:
    """Raise InputRefused for rows beyond ``max_unselected`` that no source takes, and for rows
    that several take without sharing."""
    names = ", ".join(s.name for s in sources)
    if selection.none > max_unselected:
        raise InputRefused(
            f"{path}: {selection.none} rows are taken by none of its sources ({names}); "
            f"{max_unselected} may be. Widen a `where`, add a source for them, or raise "
            f"quality.max_unselected."
        )
    if selection.unshared:
        raise InputRefused(
            f"{path}: {selection.unshared} rows are taken by several of its sources ({names}). "
            f"Narrow their `where`, or say `shared: true` at each source that may share rows."
        )
