"""Tables written as text, so that a test shows its data."""

import polars as pl

from flow_pipeline.tables.language import POLARS_TYPES, Table


def drawn(text: str, table: Table | None = None, **types: pl.DataType) -> pl.LazyFrame:
    """Parse a ``|``-separated table. A blank cell is null; unnamed columns are text.

    With ``table``, cells take its column types and columns not drawn are added as nulls.
    Datetimes are written ``2024-05-01 13:30``, booleans ``true`` and ``false``.
    """
    lines = text.strip().splitlines()
    header, *rows = [[cell.strip() or None for cell in line.split("|")] for line in lines]
    names = [str(name) for name in header]
    wanted = dict(types)
    if table is not None:
        wanted = {c.name: POLARS_TYPES[c.type] for c in table.columns} | wanted
    frame = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row").lazy()
    frame = frame.with_columns(_typed(n, wanted[n]) for n in names if n in wanted)
    missing = [n for n in wanted if n not in names] if table is not None else []
    return frame.with_columns(pl.lit(None, wanted[n]).alias(n) for n in missing)


def _typed(name: str, dtype: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if dtype == pl.Boolean:
        return column == "true"
    if dtype == pl.Date:
        return column.str.to_date()
    if isinstance(dtype, pl.Datetime):
        return column.str.to_datetime("%Y-%m-%d %H:%M", time_unit="us")
    if isinstance(dtype, pl.List):
        return column.str.split(",")
    return column.cast(dtype)
