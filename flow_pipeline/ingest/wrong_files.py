"""A file that could be read, but is evidently not what the source says: refused whole.

A few faults are the sender's to mend, row by row. When most rows, or most values of several
columns, are at fault, the file is another one, or its columns have shifted; taking what is left
would be a silent wrong load.
"""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from flow_pipeline.contracts.codes import code_lists
from flow_pipeline.contracts.language import Contract, Field
from flow_pipeline.errors import InputRefused
from flow_pipeline.ingest.checks import (
    IMPLAUSIBLE_BIRTH,
    NOT_A_DATE,
    NOT_A_TIME,
    NOT_A_VALUE,
    NOT_LISTED_CODE,
    ORGANISATION_MISSING,
    ORGANISATION_NOT_LISTED,
    WRONG_PATTERN,
)
from flow_pipeline.ingest.mapping import SourceMap
from flow_pipeline.ingest.senders import OTHER_SENDER
from flow_pipeline.ingest.tally import Tally
from flow_pipeline.ingest.values import typed

FEWEST_ROWS = 20  # of fewer rows no share is evident
LARGEST_SHARE = 0.5
FEWEST_COLUMNS = 2  # so many columns full of foreign values are a shift; one is a local list
_FITS = 0.9
_FOREIGN_VALUE = (
    NOT_LISTED_CODE,
    WRONG_PATTERN,
    NOT_A_DATE,
    NOT_A_TIME,
    NOT_A_VALUE,
    IMPLAUSIBLE_BIRTH,
)
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
        or _shifted_columns(source, columns, tally)
        or _mostly_refused(tally)
    )
    if told:
        raise InputRefused(f"{path}: source {name}: {told}")


def refuse_shifted_rows(path: Path, name: str, source: SourceMap, rows: pl.DataFrame) -> None:
    """Raise InputRefused where one column has slipped against the others by a row or more.

    ``rows``: accepted rows in clear. Where a local identifier stands on several rows, its date of
    birth is the same on all of them, or a column no longer belongs to the row it stands on.
    """
    local = source.contract.in_role("local_patient_identifier")
    birth = source.contract.in_role("person_birth_date")
    if local is None or birth is None or rows.height < FEWEST_ROWS:
        return
    issuer = source.contract.in_role("organisation_identifier_local_patient_identifier")
    issued = pl.col(issuer.name) if issuer is not None else pl.lit(None, pl.String)
    owner = pl.coalesce(issued, "organisation_code")  # a local identifier means nothing without
    filled = rows.select(
        who=pl.concat_str([owner, pl.lit("|"), local.name]), born=birth.name
    ).drop_nulls()
    seen = filled.group_by("who").agg(n=pl.len(), n_births=pl.col("born").n_unique())
    several = seen.filter(pl.col("n") > 1)
    at_odds = several.filter(pl.col("n_births") > 1).height
    if at_odds >= FEWEST_ROWS and at_odds > LARGEST_SHARE * several.height:
        raise InputRefused(
            f"{path}: source {name}: {at_odds} of {several.height} local patient identifiers that "
            f"stand on several rows have another date of birth each time, so a column has slipped "
            f"against the others, perhaps in sorting. Ask the sender to make the extract again."
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


def _shifted_columns(source: SourceMap, columns: Sequence[str], tally: Tally) -> str | None:
    """Columns whose values mostly cannot be theirs; what nobody constrains says nothing.

    Several are a shift. One is a list of the sender's own, unless its values are those of the
    column beside it, which is empty or wrong too.
    """
    wrong = _wrong_columns(source.contract, tally)
    if not wrong or (
        len(wrong) < FEWEST_COLUMNS and not _is_a_neighbours(wrong[0], source, columns, tally)
    ):
        return None
    return (
        f"most values of {len(wrong)} columns cannot be theirs ({', '.join(wrong)}): the columns "
        f"may have shifted, or this is another kind of extract, or codes are the sender's own. "
        f"Compare header and rows, or map the codes under `columns`."
    )


def _wrong_columns(contract: Contract, tally: Tally) -> list[str]:
    foreign = tally.rules.filter(pl.col("rule").is_in(_FOREIGN_VALUE))
    counted = foreign.group_by("column").agg(pl.col("n_rows").sum())
    at_fault = {str(name): int(n) for name, n in counted.iter_rows()}
    n_values = {f.name: _n_values(f.name, tally) for f in contract.fields}
    return [
        f.name
        for f in contract.fields
        if n_values[f.name] >= FEWEST_ROWS
        and at_fault.get(f.name, 0) > LARGEST_SHARE * n_values[f.name]
    ]


def _is_a_neighbours(name: str, source: SourceMap, columns: Sequence[str], tally: Tally) -> bool:
    """Whether the values of a wrong column are those of an empty column beside it."""
    at = {column: place for place, column in enumerate(columns)}
    places = {f.name: at.get(source.delivered_name(f.name) or "") for f in source.contract.fields}
    own, texts = places[name], tally.foreign.get(name)
    if own is None or texts is None or texts.is_empty():
        return False
    beside = [
        f
        for f in source.contract.fields
        if places[f.name] in (own - 1, own + 1) and not _n_values(f.name, tally)
    ]
    return any(_share_that_fits(texts, field, source) >= _FITS for field in beside)


def _share_that_fits(texts: pl.Series, field: Field, source: SourceMap) -> float:
    """Of texts, the share that would be values of a field that says what its values are."""
    if field.codes is not None:
        fits = texts.is_in(code_lists()[field.codes].allowed)
    elif field.pattern is not None:
        fits = texts.str.contains(f"^(?:{field.pattern})$")
    elif field.type not in ("text", "code"):
        shape = source.format_of(field.name, field.type)
        fits = typed(texts, field.type, shape).is_not_null()
    else:
        return 0.0
    return float(fits.sum()) / len(texts)


def _n_values(name: str, tally: Tally) -> int:
    """Delivered values of a field, those that could not be read among them."""
    unread = tally.unread.get(name)
    return unread.n_values if unread is not None else tally.filled.get(name, 0)


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
