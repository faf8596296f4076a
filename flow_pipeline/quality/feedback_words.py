"""How what is told to a sender is put into words: names of files, shares, days, periods."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flow_pipeline.contracts import all_contracts
from flow_pipeline.quality.mending import Advice, advice


@dataclass(frozen=True, kw_only=True)
class Reader:
    """For whom a report is, and what its submissions are called.

    ``files``: the name of the delivered file by submission. ``contracts``: the contract of each
    source.
    """

    economy: str
    code: str | None  # None: rows that name no sender
    name: str
    made_on: dt.date
    files: Mapping[str, str]
    contracts: Mapping[str, str]


def file_of(row: Mapping[str, Any], reader: Reader) -> str:
    """The name of the file of a submission, as the sender knows it."""
    return reader.files.get(row["submission_id"], row["submission_id"])


def field_meaning(found: Mapping[str, Any], reader: Reader) -> str:
    """What the field of a finding means, by its contract."""
    promised = all_contracts().get(found["contract"] or reader.contracts.get(found["source"], ""))
    column = found["column"]
    return promised.field(column).meaning if promised and promised.has(column) else ""


def advice_on(found: Mapping[str, Any], reader: Reader) -> Advice:
    """What to tell of a finding."""
    name = found["contract"] or reader.contracts.get(found["source"])
    return advice(found["rule"], found["column"], all_contracts().get(name or ""))


def plural(n: int, what: str) -> str:
    """A number with its noun."""
    return f"{n:,} {what}" + ("" if n == 1 else "s")


def share_of(rate: float | None) -> str:
    """A share as a percentage; empty for null."""
    if rate is None:
        return ""
    return f"{rate:.1%}" if rate >= 0.001 or rate == 0 else "<0.1%"


def day(at: dt.date | None) -> str:
    """A day as people write it; empty for null."""
    return f"{at:%-d %b %Y}" if at else ""


def period(start: dt.date | None, end: dt.date | None) -> str:
    """The months of a period; empty where it is not known."""
    if start is None or end is None:
        return ""
    first, last = f"{start:%b %Y}", f"{end:%b %Y}"
    return first if first == last else f"{first} to {last}"
