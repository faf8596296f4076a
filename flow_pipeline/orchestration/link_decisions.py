"""Reads what reviewers decided, and writes what they are asked."""

import csv
import datetime as dt
import re
import shutil
from pathlib import Path

import polars as pl

from flow_pipeline.errors import InputRefused
from flow_pipeline.link.decisions import DIFFERENT, SAME
from flow_pipeline.store import write_text

COLUMNS = ("record_key", "other_record_key", "decision", "who", "decided_on")
_KEY = re.compile(r"[0-9a-f]{16,64}")
REVIEW = "review.csv"


def read_decisions(path: Path | None) -> pl.DataFrame:
    """Decisions of clerical review: COLUMNS, decision ``same`` or ``different``; empty without one.

    Raises InputRefused, with the line, for a file that is no CSV of these columns, a key that is
    none, another decision, nobody who decided, no date, or a reviewer who decides a pair twice.
    """
    schema = dict.fromkeys(COLUMNS[:-1], pl.String) | {"decided_on": pl.Date}
    if path is None:
        return pl.DataFrame(schema=schema)
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            lines = list(csv.DictReader(file))
            header = tuple(lines[0]) if lines else COLUMNS
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputRefused(
            f"{path}: cannot be read ({type(error).__name__}). Make it a CSV file in UTF-8."
        ) from None
    if missing := [name for name in COLUMNS if name not in header]:
        raise InputRefused(
            f"{path}:1: expected the columns {', '.join(COLUMNS)}; missing: {', '.join(missing)}."
        )
    rows = [_row(path, number, line) for number, line in enumerate(lines, start=2)]
    _each_once(path, rows)
    return pl.DataFrame(rows, schema=schema, orient="row")


def _row(path: Path, number: int, line: dict[str, str]) -> tuple[str, str, str, str, dt.date]:
    told = {name: (line[name] or "").strip() for name in COLUMNS}
    if not (_KEY.fullmatch(told["record_key"]) and _KEY.fullmatch(told["other_record_key"])):
        raise _refused(path, number, "two record keys as table link_review has them")
    if told["decision"] not in (SAME, DIFFERENT):
        raise _refused(path, number, f"decision {SAME!r} or {DIFFERENT!r}")
    if not told["who"]:
        raise _refused(path, number, "who decided")
    try:
        day = dt.date.fromisoformat(told["decided_on"])
    except ValueError:
        raise _refused(path, number, "decided_on as a date like 2026-04-01") from None
    return told["record_key"], told["other_record_key"], told["decision"], told["who"], day


def _refused(path: Path, number: int, expected: str) -> InputRefused:
    return InputRefused(f"{path}:{number}: expected {expected}. Mend the line and run again.")


def _each_once(path: Path, rows: list[tuple[str, str, str, str, dt.date]]) -> None:
    seen: dict[tuple[frozenset[str], str], int] = {}
    for number, (one, other, _, who, _) in enumerate(rows, start=2):
        first = seen.setdefault((frozenset((one, other)), who), number)
        if first != number:
            raise _refused(path, number, f"a pair once of each reviewer on line {first} too")


def write_review(folder: Path, review: pl.DataFrame) -> int:
    """Write ``<folder>/<sender>/review.csv`` for every sender with rows that are to be reviewed.

    In: table link_review. Each file names a sender's own rows by submission_id and row_number,
    with the reasons, and nothing else: what the other side says stays here. Returns the number of
    files.
    """
    sides = [
        review.select(
            pl.col(f"{side}organisation_code").alias("sender"),
            pl.col(f"{side}submission_id").alias("submission_id"),
            pl.col(f"{side}row_number").alias("row_number"),
            pl.col("reason").str.split(" "),
        )
        for side in ("", "other_")
    ]
    shutil.rmtree(folder, ignore_errors=True)
    reasons = pl.col("reason").explode().unique().sort().str.join(" ")
    rows = (
        pl.concat(sides)
        .filter(pl.col("sender").is_not_null())
        .group_by("sender", "submission_id", "row_number")
        .agg(reasons)
    )
    parts = rows.sort("submission_id", "row_number").partition_by(
        "sender", as_dict=True, maintain_order=True
    )
    for (sender,), own in sorted(parts.items()):
        name = re.sub(r"[^A-Za-z0-9_-]", "_", str(sender))
        write_text(folder / name / REVIEW, own.drop("sender").write_csv())
    return len(parts)
