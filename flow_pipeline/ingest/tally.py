"""What is counted of a source's rows while a file is read batch by batch."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import polars as pl

from flow_pipeline.contracts.language import Field
from flow_pipeline.tables.ingest import RULE_COUNT

SUBMISSIONS = pl.Schema(
    {
        "submission_id": pl.String,
        "organisation_code": pl.String,
        "n_rows": pl.Int64,
        "n_quarantined": pl.Int64,
        "stated_start": pl.Date,
        "stated_end": pl.Date,
    }
)
TEXTS_KEPT = 1000
_N = TypeVar("_N", int, float)


@dataclass(frozen=True, repr=False)
class Unread:
    """Values of one field that could not be read; some of the texts stay, in memory only."""

    field: Field
    n_values: int
    n_failed: int
    texts: pl.Series


@dataclass(frozen=True, repr=False)
class Tally:
    """What is counted of rows one source took of one file, or of a batch of them.

    ``submissions``: one row per sender: rows, rows refused, and the first and last date of the
    reporting period that rows not refused state. ``months``: submission_id and what
    periods.months_of gives of rows not refused. ``rules``: table rule_count. ``filled``: values by
    field. ``unread``: by field that is no text and was delivered, values that could not be read.
    ``foreign``: by field some of the texts that are not in its list or of its pattern, in memory
    only. ``free``: by field that takes any text some of its first ones, in memory only.
    ``totals``: sums of the number fields that are asked for, over all rows taken.
    """

    submissions: pl.DataFrame
    months: pl.DataFrame
    rules: pl.DataFrame
    filled: Mapping[str, int]
    unread: Mapping[str, Unread]
    foreign: Mapping[str, pl.Series]
    free: Mapping[str, pl.Series]
    totals: Mapping[str, float]

    @property
    def n_rows(self) -> int:
        return int(self.submissions["n_rows"].sum())

    @property
    def n_quarantined(self) -> int:
        return int(self.submissions["n_quarantined"].sum())

    def of_rule(self, rule: str) -> int:
        """Rows that a rule fired on, over all senders and columns."""
        return int(self.rules.filter(pl.col("rule") == rule)["n_rows"].sum())


def added(tallies: Sequence[Tally]) -> Tally:
    """The counts of several batches together, frames in order of their keys."""
    if len(tallies) == 1:
        return tallies[0]
    submissions = pl.concat(t.submissions for t in tallies)
    return Tally(
        submissions=submissions.group_by("submission_id", "organisation_code")
        .agg(
            pl.col("n_rows", "n_quarantined").sum(),
            pl.col("stated_start").min(),
            pl.col("stated_end").max(),
        )
        .sort("submission_id", "organisation_code"),
        months=_summed(pl.concat(t.months for t in tallies), ("submission_id", "month", "kind")),
        rules=RULE_COUNT.conform(
            _summed(
                pl.concat(t.rules for t in tallies),
                tuple(n for n in RULE_COUNT.column_names if n != "n_rows"),
            ).lazy()
        ).collect(),
        filled=_added_counts(t.filled for t in tallies),
        unread=_added_unread(t.unread for t in tallies),
        foreign=_added_texts(t.foreign for t in tallies),
        free=_added_texts(t.free for t in tallies),
        totals=_added_counts(t.totals for t in tallies),
    )


def _summed(frame: pl.DataFrame, key: tuple[str, ...]) -> pl.DataFrame:
    return frame.group_by(key).agg(pl.col("n_rows").sum()).sort(key)


def _added_counts(counts: Iterable[Mapping[str, _N]]) -> dict[str, _N]:
    total: dict[str, _N] = {}
    for one in counts:
        for name, n in one.items():
            total[name] = total[name] + n if name in total else n
    return total


def _added_unread(found: Iterable[Mapping[str, Unread]]) -> dict[str, Unread]:
    total: dict[str, Unread] = {}
    for one in found:
        for name, more in one.items():
            total[name] = _both(total[name], more) if name in total else more
    return total


def _added_texts(found: Iterable[Mapping[str, pl.Series]]) -> dict[str, pl.Series]:
    total: dict[str, pl.Series] = {}
    for one in found:
        for name, texts in one.items():
            total[name] = kept_texts(pl.concat([total[name], texts])) if name in total else texts
    return total


def _both(one: Unread, more: Unread) -> Unread:
    texts = one.texts if len(one.texts) >= TEXTS_KEPT else one.texts.append(more.texts)
    return Unread(
        one.field,
        one.n_values + more.n_values,
        one.n_failed + more.n_failed,
        texts.head(TEXTS_KEPT),
    )


def kept_texts(texts: pl.Series) -> pl.Series:
    """As many different texts as are kept of one field."""
    return texts.unique(maintain_order=True).head(TEXTS_KEPT)
