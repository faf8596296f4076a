"""Why a file that is a table cannot be taken as what a source says it is."""

from collections.abc import Iterable
from pathlib import Path

import polars as pl

from flow_pipeline.contracts.language import Field
from flow_pipeline.errors import InputRefused
from flow_pipeline.ingest.checks import FIRST_DATE
from flow_pipeline.ingest.formats import candidates
from flow_pipeline.ingest.mapping import SourceMap
from flow_pipeline.ingest.shapes import shape_of
from flow_pipeline.ingest.tally import Unread
from flow_pipeline.ingest.values import typed

NEARLY_ALL = 0.9
FEWEST = 3  # so many unreadable values are a format, fewer may be damage
_FIT = 0.99
_SHOWN = 12


def refuse_missing_columns(
    path: Path, columns: tuple[str, ...], sources: Iterable[tuple[str, SourceMap]]
) -> None:
    """Raise InputRefused when a column is missing that the configuration or a contract needs.

    Only names that we or the configuration know are quoted, others are told by position.
    """
    sources = list(sources)
    missing = [line for name, source in sources for line in _missing(name, source, set(columns))]
    if not missing:
        return
    used = {c for _, source in sources for read in source.needed().values() for c in read}
    used |= {f.name for _, source in sources for f in source.contract.fields}
    unused = [str(i) for i, name in enumerate(columns, start=1) if name not in used]
    told = ", ".join(unused[:_SHOWN]) + (" …" if len(unused) > _SHOWN else "")
    hint = f" The file has {len(columns)} columns; nothing uses those at position {told}."
    if len(unused) == len(columns):
        hint += " Perhaps it has no header row."
    raise InputRefused(
        f"{path}: {'; '.join(missing)}.{hint if unused else ''} Map the columns under `columns` "
        f"of the source, or ask the sender for them."
    )


def _missing(name: str, source: SourceMap, columns: set[str]) -> list[str]:
    lines = [
        f"source {name}: {key} needs column {column!r}, which is missing"
        for key, needed in source.needed().items()
        for column in needed
        if column not in columns
    ]
    wanted = [
        f.name
        for f in source.contract.fields
        if f.required == "required" and f.name not in source.columns and f.name not in columns
    ]
    if wanted:
        listed = ", ".join(repr(n) for n in wanted)
        lines.append(f"source {name}: missing required column {listed}")
    return lines


def refuse_wrong_formats(
    path: Path, name: str, source: SourceMap, unread: Iterable[Unread]
) -> None:
    """Raise InputRefused when nearly all values of a date or time column cannot be read.

    It names the column, the shape most seen and the formats that would fit; where several would,
    none is chosen: 03/04/2024 is a day in March or in April, and only the sender knows.
    """
    told = [_wrong_format(source, u) for u in unread if _is_wrong_format(u)]
    if told:
        raise InputRefused(f"{path}: source {name}: {' '.join(told)}")


def _is_wrong_format(unread: Unread) -> bool:
    failed = unread.n_failed
    is_date = unread.field.type in ("date", "datetime", "time")
    return is_date and failed >= FEWEST and failed >= NEARLY_ALL * unread.n_values


def _wrong_format(source: SourceMap, unread: Unread) -> str:
    field = unread.field
    column = source.delivered_name(field.name)
    named = repr(field.name) if column in (None, field.name) else f"{column!r} ({field.name})"
    shape = source.format_of(field.name, field.type)
    expected = "ISO 8601" if shape is None else f"the format {shape!r}"
    share = unread.n_failed / unread.n_values
    return (
        f"column {named}: {share:.0%} of {unread.n_values} values do not follow {expected}; most "
        f"look like {_most_seen(unread)}. {_advice(unread, column or field.name)}"
    )


def _most_seen(unread: Unread) -> str:
    shapes = unread.texts.to_frame("t").select(shape_of(pl.col("t"), unread.field).alias("shape"))
    counted = shapes.group_by("shape").len().sort(["len", "shape"], descending=[True, False])
    return str(counted["shape"][0])


def _advice(unread: Unread, column: str) -> str:
    texts = unread.texts.unique()
    fitting = [
        shape
        for shape in candidates(unread.field.type)
        if _n_read(texts, unread.field, shape) >= _FIT * len(texts)
    ]
    if not fitting:
        wanted = "times like 14:30" if unread.field.type == "time" else "dates like 2024-03-31"
        return f"No format known here fits; ask the sender for {wanted}."
    where = f"formats: {{columns: {{{column}: ...}}}}"
    if len(fitting) > 1:
        shown = " and ".join(repr(f) for f in fitting)
        return f"Both {shown} fit, which is ambiguous: ask the sender, then state it in {where}."
    return f"{fitting[0]!r} fits: if the sender agrees, state it in {where}."


def _n_read(texts: pl.Series, field: Field, shape: str) -> int:
    """How many texts the format reads; a year of two digits would be one of the first century."""
    values = typed(texts, field.type, shape)
    if field.type == "time":
        return values.count()
    return int((values.dt.year() >= FIRST_DATE.year).sum())
