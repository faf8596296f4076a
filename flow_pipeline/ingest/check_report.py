"""The report that a sender would get, made before anything is sent."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from flow_pipeline.config import Economy
from flow_pipeline.ingest.intake import Judged, Taken
from flow_pipeline.quality.feedback import feedback, of_sender, senders_of
from flow_pipeline.quality.feedback_page import write_feedback
from flow_pipeline.quality.feedback_words import Reader
from flow_pipeline.quality.reconciliation import Limits, reconciled
from flow_pipeline.quality.refusal_page import Refusal, folder_of, write_refusals
from flow_pipeline.tables import table

_FROM_TAKEN = ("submission", "rule_count", "manifest", "control_total")
_NOT_KNOWN = ("settled", "record_token")  # what is sent twice shows when keys are made


@dataclass(repr=False)
class Collected:
    """What the checking of files leaves for a report; holds no row in clear."""

    parts: dict[str, list[pl.DataFrame]] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)

    def add_rows(self, judged: Judged) -> None:
        """Status and faults of one batch of one source."""
        self._add("row_status", judged.parsed.status.collect())
        self._add("quarantine", judged.parsed.faults.collect())

    def add_file(self, path: Path, taken: Taken) -> None:
        """What is known of a file once all of it was read."""
        told = taken.tables()
        for name in _FROM_TAKEN:
            self._add(name, told[name])
        self.files |= dict.fromkeys(told["submission"]["submission_id"].to_list(), path.name)

    def merge(self, other: "Collected") -> None:
        for name, frames in other.parts.items():
            self.parts.setdefault(name, []).extend(frames)
        self.files |= other.files

    def _add(self, name: str, frame: pl.DataFrame) -> None:
        self.parts.setdefault(name, []).append(frame)

    def tables(
        self, sources: Sequence[str], contracts: dict[str, str], limits: Limits
    ) -> dict[str, pl.LazyFrame]:
        """The tables that feedback is made of, of these sources alone where any are named."""
        names = ("row_status", "quarantine", *_FROM_TAKEN)
        made = {name: self._whole(name, sources) for name in names}
        made |= {name: table(name).empty() for name in _NOT_KNOWN}
        sizes = made["submission"].select(
            "submission_id",
            measure=pl.lit("rows"),
            value=pl.col("n_rows").cast(pl.Float64),
            spread=pl.col("n_rows").cast(pl.Float64),
        )
        made["reconciliation"] = reconciled(
            made["submission"], contracts, sizes, made["record_token"], limits
        )
        return made

    def _whole(self, name: str, sources: Sequence[str]) -> pl.LazyFrame:
        frame = pl.concat([table(name).empty(), *(p.lazy() for p in self.parts.get(name, []))])
        return frame.filter(pl.col("source").is_in(list(sources))) if sources else frame


def write_reports(
    out: Path, economy: Economy, collected: Collected, sources: Sequence[str], today: dt.date
) -> list[Path]:
    """Write a report for each sender of the files checked below ``out``; returns the pages.

    Files that were refused whole are told on a page of their own. Raises StoreError where ``out``
    cannot be written.
    """
    contracts = economy.contract_by_source
    names = {o.code: o.name for o in economy.organisations}
    told = feedback(collected.tables(sources, contracts, Limits.told(**economy.changes)))
    pages = write_refusals(out, collected.refusals, names=names, today=today)
    for code in senders_of(told):
        reader = Reader(
            economy=economy.name,
            code=code,
            name=names.get(code or "", code or "rows that name no sender"),
            made_on=today,
            files=collected.files,
            contracts=contracts,
        )
        page, _ = write_feedback(out / folder_of(code), of_sender(told, code), reader)
        pages.append(page)
    return pages
