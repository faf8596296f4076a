"""A file that could be read, but is evidently not what the source says: refused whole.

A few faults are the sender's to mend, row by row. When most rows, or most values of several
columns, are at fault, the file is another one, or its columns have shifted; taking what is left
would be a silent wrong load.
"""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from flow_pipeline.errors import InputRefused
from flow_pipeline.ingest.checks import ORGANISATION_MISSING, ORGANISATION_NOT_LISTED
from flow_pipeline.ingest.mapping import SourceMap
from flow_pipeline.ingest.senders import OTHER_SENDER
from flow_pipeline.ingest.shifted_columns import (
    FEWEST_ROWS,
    LARGEST_SHARE,
    shifted_aside,
)
from flow_pipeline.ingest.slipped_rows import slipped_by_a_row, slipped_down
from flow_pipeline.ingest.tally import Tally

_ANOTHER_KIND = "V11 care_is_of_this_kind"
_NOT_THEIRS = (OTHER_SENDER, ORGANISATION_NOT_LISTED, ORGANISATION_MISSING)


def refuse_wrong_file(
    path: Path, name: str, source: SourceMap, columns: Sequence[str], tally: Tally
) -> None:
    """Raise InputRefused for a file of others, of shifted columns, or of mostly refused rows.

    ``columns``: as delivered, in order. ``tally``: what was counted of all rows that the source
    ``name`` took of the file.
    """
    told = (
        _of_others(source, tally)
        or _of_another_kind(source, tally)
        or shifted_aside(source, columns, tally)
        or _mostly_refused(tally)
    )
    if told:
        raise InputRefused(f"{path}: source {name}: {told}")


def refuse_slipped_rows(path: Path, name: str, source: SourceMap, rows: pl.DataFrame) -> None:
    """Raise InputRefused where one column has slipped against the others by a row or more.

    ``rows``: accepted rows in clear, in delivered order.
    """
    if told := slipped_down(source, rows) or _a_row_apart(source, rows):
        raise InputRefused(f"{path}: source {name}: {told}")


def _a_row_apart(source: SourceMap, rows: pl.DataFrame) -> str | None:
    slipped = slipped_by_a_row(source.contract, rows)
    if slipped is None:
        return None
    return (
        f"what {slipped[0]} and {slipped[1]} say goes together a row apart and not on the same "
        f"row, so a column, or all of them that say who it is, have slipped by a row. Ask the "
        f"sender to make the extract again."
    )


def _of_others(source: SourceMap, tally: Tally) -> str | None:
    n = sum(tally.of_rule(rule) for rule in _NOT_THEIRS)
    if not n or n <= LARGEST_SHARE * tally.n_rows:
        return None
    if source.sender.code is not None:
        return (
            f"{n} of {tally.n_rows} rows are those of another organisation than "
            f"{source.sender.code}, by their {source.contract.sender_field}. Put the file where "
            f"that organisation's files lie, or correct `organisation`."
        )
    return (
        f"{n} of {tally.n_rows} rows are of no organisation that is listed, by column "
        f"{source.sender.column!r}. List the senders under `organisations`, or ask for the right "
        f"file."
    )


def _of_another_kind(source: SourceMap, tally: Tally) -> str | None:
    """Extracts whose columns are the same: the beds tell which kind of care it is."""
    n = tally.of_rule(_ANOTHER_KIND)
    if tally.n_rows < FEWEST_ROWS or n <= LARGEST_SHARE * tally.n_rows:
        return None
    return (
        f"{n} of {tally.n_rows} rows tell of beds of another kind of care than "
        f"{source.contract.name}. Put the file where the extracts of that kind lie, or correct "
        f"`contract`."
    )


def _mostly_refused(tally: Tally) -> str | None:
    n, rows = tally.n_quarantined, tally.n_rows
    if rows < FEWEST_ROWS or n <= LARGEST_SHARE * rows:
        return None
    refused = tally.rules.filter(severity="quarantine")
    most = refused.sort("n_rows", "rule", "column", descending=[True, False, False]).row(
        0, named=True
    )
    return (
        f"{n} of {rows} rows would be refused, most ({most['n_rows']}) by rule {most['rule']} at "
        f"{most['column']}: evidently not the extract that is meant. Run `flow-pipeline check` for "
        f"all faults, then correct the mapping or ask the sender."
    )
