"""Why dates and times of a file cannot be read as its source says: in another format."""

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
