"""Puts rows into the senders' files, block after block, and remembers what went where."""

import gzip
import os
import shutil
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from flow_pipeline.synthetic import clock
from flow_pipeline.synthetic.clock import Period
from flow_pipeline.synthetic.profiles import Profile
from flow_pipeline.synthetic.recording import Delivery
from flow_pipeline.synthetic.senders import PAS_CHANGE, Sender, periods, stem
from flow_pipeline.synthetic.truth import TruthWriter

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
LEFT_OUT = 0.12  # share of rows that a period to be corrected first lacks
CORRECTED = "apc_episode_RXA"
SENT_TWICE = "apc_ward_stay_RXA"
# Days after the end of its period on which a file arrives: its time of change says so.
SENT_AFTER_DAYS = {"original": 19, "to_be_corrected": 19, "sent_twice": 24, "corrected": 45}
NEVER_SENT = "apc_episode_RYA"
NEVER_SENT_IF_BAD = "ecds_attendance_RXB"


@dataclass
class Written:
    """One file as delivered."""

    contract: str
    organisation: str
    path: str  # below the output folder
    period: str
    sent_on: date
    kind: str = "original"
    rows: int = 0


@dataclass
class Files:
    """All extract files of one economy; rows are appended in the order in which blocks come."""

    out: Path
    period: Period
    profile: Profile
    truth: TruthWriter
    written: dict[str, Written] = field(default_factory=dict)
    _forms: dict[str, Sender] = field(default_factory=dict)

    def add(self, sender: Sender, delivery: Delivery, rng: np.random.Generator) -> None:
        """Appends a block's rows of one sender to the files of their periods."""
        spans = periods(self.period, sender.every)
        starts = [clock.day_of(start) for _, start, _ in spans]
        days = delivery.frame["_file_day"].to_numpy()
        which = np.searchsorted(starts, days, "right") - 1
        marks = delivery.all_marks()
        for number, (label, start, after) in enumerate(spans):
            rows = delivery.frame.filter(pl.Series(which == number))
            if self._never_sent(sender, number, len(spans)):
                continue
            path = stem(sender, label, start)
            if self._is_corrected(sender, number, len(spans)):
                first = rows.filter(pl.Series(rng.random(rows.height) >= LEFT_OUT))
                self._append(sender, path, label, (start, after), first, marks, "to_be_corrected")
                path, kind = f"{path}_resubmitted", "corrected"
                self._append(sender, path, label, (start, after), rows, marks, kind)
            else:
                self._append(sender, path, label, (start, after), rows, marks, "original")
                if self._is_sent_twice(sender, number, len(spans)):
                    again = f"{path}_again"
                    self._append(sender, again, label, (start, after), rows, marks, "sent_twice")

    def _never_sent(self, sender: Sender, number: int, n: int) -> bool:
        small = self.profile.missing_period and sender.name == NEVER_SENT and number == n // 2
        large = self.profile.months_missing_of_large_sender and sender.name == NEVER_SENT_IF_BAD
        return small or (large and number == n // 3)

    def _is_corrected(self, sender: Sender, number: int, n: int) -> bool:
        return self.profile.corrected_period and sender.name == CORRECTED and number == n * 13 // 36

    def _is_sent_twice(self, sender: Sender, number: int, n: int) -> bool:
        return self.profile.period_sent_twice and sender.name == SENT_TWICE and number == n // 4

    def _append(
        self,
        sender: Sender,
        path: str,
        label: str,
        span: tuple[date, date],
        rows: pl.DataFrame,
        marks: pl.DataFrame,
        kind: str,
    ) -> None:
        renamed = (
            sender.later_columns
            if sender.later_columns and span[0] >= PAS_CHANGE
            else sender.columns
        )
        name = f"extracts/{path}.{sender.ending}"
        file = self.written.get(path)
        if file is None:
            sent_on = span[1] + timedelta(days=SENT_AFTER_DAYS[kind])
            file = Written(sender.contract, sender.organisation, name, label, sent_on, kind)
            self.written[path] = file
            self._forms[path] = sender
        own = [c for c in rows.columns if c.startswith("_")]
        shown = rows.drop(own)
        headers = {c: renamed[c][0] for c in shown.columns if c in renamed}
        self._write(sender, path, shown.rename(headers), new=file.rows == 0)
        self.truth.record(sender.contract, name, rows, file.rows, marks, headers)
        file.rows += rows.height

    def _write(self, sender: Sender, path: str, rows: pl.DataFrame, new: bool) -> None:
        target = self._staging(path, sender)
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb" if new else "ab") as handle:
            if new and sender.mark:
                handle.write(BYTE_ORDER_MARK)
            rows.write_csv(handle, include_header=new, separator=sender.delimiter)

    def _staging(self, path: str, sender: Sender) -> Path:
        ending = "csv" if sender.ending == "csv" else "part"
        return self.out / "extracts" / f"{path}.{ending}"

    def finish(self) -> None:
        """Compresses and converts what is not sent as plain CSV; nobody sends an empty file."""
        for path, sender in list(self._forms.items()):
            staged = self._staging(path, sender)
            written = self.written[path]
            target = self.out / written.path
            if not written.rows:
                staged.unlink()
                del self.written[path]
                continue
            if sender.ending == "csv.gz":
                with (
                    staged.open("rb") as plain,
                    target.open("wb") as raw,
                    gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed,
                ):
                    shutil.copyfileobj(plain, packed)
                staged.unlink()
            elif sender.ending == "parquet":
                pl.read_csv(staged, infer_schema=False).write_parquet(target)
                staged.unlink()
            arrived = datetime.combine(written.sent_on, time(9), UTC).timestamp()
            os.utime(target, (arrived, arrived))


def as_text(frame: pl.DataFrame, formats: dict[str, str], spaced_numbers: bool) -> pl.DataFrame:
    """Contract columns as the text a sender writes; own columns are left alone."""
    columns: list[pl.Expr] = []
    for name, dtype in frame.schema.items():
        if name.startswith("_") or dtype == pl.String:
            continue
        value = pl.col(name)
        if dtype == pl.Date:
            value = value.dt.strftime(formats["date"])
        elif dtype == pl.Time:
            value = value.dt.strftime(formats["time"])
        elif dtype == pl.Datetime:
            value = value.dt.strftime(formats["datetime"])
        else:
            value = value.cast(pl.String)
        columns.append(value.alias(name))
    if spaced_numbers and "nhs_number" in frame.columns:
        columns.append(
            pl.col("nhs_number").str.replace(r"^(\d{3})(\d{3})(\d{4})$", "${1} ${2} ${3}")
        )
    return frame.with_columns(columns)
