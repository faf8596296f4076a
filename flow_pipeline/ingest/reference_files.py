"""Opens reference files: under our names or those they are published with, typed, keys unique."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from flow_pipeline.contracts.reference import ReferenceColumn, ReferenceFile, ReferenceType
from flow_pipeline.errors import ConfigurationError
from flow_pipeline.tables.language import POLARS_TYPES

_ROW = "_row"
_WHAT: dict[ReferenceType, str] = {
    "text": "texts",
    "date": "dates like 2024-03-31 or 20240331",
    "integer": "whole numbers",
    "money": "numbers",
}


def read_reference(path: Path, kind: ReferenceFile, names: Sequence[str] = ()) -> pl.LazyFrame:
    """A reference file as its contract has it.

    In:  CSV in UTF-8, plain or compressed, or Parquet. ``names``: names of the first columns of a
         file without a header row; an empty one for a column that is not wanted.
    Out: one row per row of the file, in its order, with every column of ``kind``, typed, null
         where the file has no such column or nothing stands there; ``kind.key`` is unique.
    Raises ConfigurationError with everything that is wrong: a column that is missing, values that
    cannot be read or lie out of range, keys that are missing or come twice.
    """
    texts = _texts(path, kind, names)
    columns = {c.name: _found(c, texts.columns) for c in kind.columns}
    missing = [c for c in kind.required if columns[c.name] is None]
    if missing:
        wanted = "; ".join(_called(c) for c in missing)
        raise _refused(path, kind, f"it lacks {wanted}")
    chosen = texts.select(
        pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias(_ROW),
        *(_text(columns[c.name], c).alias(c.name) for c in kind.columns),
    )
    typed = chosen.select(_ROW, *(_typed(c).alias(c.name) for c in kind.columns))
    faults = [*_faults(chosen, typed, kind), *_repeated(typed, kind)]
    if faults:
        raise _refused(path, kind, "; ".join(faults))
    return typed.drop(_ROW).lazy()


def _refused(path: Path, kind: ReferenceFile, what: str) -> ConfigurationError:
    return ConfigurationError(
        f"{path}: the reference file {kind.name} ({kind.grain}) cannot be used: {what}. Mend the "
        f"file, or leave it out of the configuration."
    )


def _texts(path: Path, kind: ReferenceFile, names: Sequence[str]) -> pl.DataFrame:
    """The columns of the file that the contract may want, as text."""
    try:
        if path.suffix == ".parquet":
            frame = pl.scan_parquet(path)
        else:
            frame = pl.scan_csv(path, infer_schema=False, has_header=not names)
        delivered = frame.collect_schema().names()
        if len(names) > len(delivered):
            what = f"{len(names)} names are given for its {len(delivered)} columns"
            raise _refused(path, kind, what)
        called = {d: n for d, n in zip(delivered, names, strict=False) if n}
        wanted = {d: called.get(d, d) for d in (called if names else delivered)}
        kept = [d for d, n in wanted.items() if any(_found(c, [n]) for c in kind.columns)]
        return frame.select(pl.col(d).cast(pl.String).alias(wanted[d]) for d in kept).collect()
    except (OSError, pl.exceptions.PolarsError):
        raise _refused(
            path, kind, "it cannot be read as a table; give CSV in UTF-8 or Parquet"
        ) from None


def _found(column: ReferenceColumn, delivered: Sequence[str]) -> str | None:
    """The delivered column that is meant, whatever its case."""
    by_name = {name.strip().lower(): name for name in reversed(delivered)}
    return next((by_name[n.lower()] for n in _names(column) if n.lower() in by_name), None)


def _names(column: ReferenceColumn) -> tuple[str, ...]:
    return (column.name, *column.published)


def _called(column: ReferenceColumn) -> str:
    others = f" (or {', '.join(column.published)})" if column.published else ""
    return f"the column {column.name}{others}: {column.meaning.rstrip('.')}"


def _text(delivered: str | None, column: ReferenceColumn) -> pl.Expr:
    if delivered is None:
        return pl.lit(None, pl.String)
    text = pl.col(delivered).str.strip_chars()
    if column.is_bare:
        text = text.str.to_uppercase().str.replace_all(r"[^A-Z0-9]", "")
    return pl.when(text != "").then(text)


def _typed(column: ReferenceColumn) -> pl.Expr:
    text = pl.col(column.name)
    if column.type == "date":
        dashed = text.str.extract(r"^([0-9]{4}-[0-9]{2}-[0-9]{2})$")
        days = text.str.extract(r"^([0-9]{8})$")
        months = text.str.extract(r"^([0-9]{6})$") + "01"  # as NSPL has them
        return pl.coalesce(
            dashed.str.to_date("%Y-%m-%d", strict=False),
            pl.coalesce(days, months).str.to_date("%Y%m%d", strict=False),
        )
    if column.type == "integer":
        number = text.cast(pl.Float64, strict=False)
        return pl.when(number == number.round(0)).then(number).cast(pl.Int64, strict=False)
    if column.type == "money":
        number = text.cast(pl.Float64, strict=False)
        return pl.when(number.is_finite()).then(number).cast(POLARS_TYPES["money"])
    return text


def _faults(texts: pl.DataFrame, typed: pl.DataFrame, kind: ReferenceFile) -> Iterator[str]:
    for column in kind.columns:
        text, value = texts[column.name], typed[column.name]
        unread = text.is_not_null() & value.is_null()
        yield from _told(column, unread, f"are no {_WHAT[column.type]}")
        if column.is_required:
            yield from _told(column, text.is_null(), "are missing")
        if column.minimum is not None:
            yield from _told(column, value < column.minimum, f"are below {column.minimum}")
        if column.maximum is not None:
            yield from _told(column, value > column.maximum, f"are above {column.maximum}")


def _told(column: ReferenceColumn, at_fault: pl.Series, what: str) -> Iterator[str]:
    rows = at_fault.fill_null(False).arg_true()
    if len(rows):
        yield f"{len(rows)} values of {column.name} {what}, first in row {rows[0] + 1}"


def _repeated(typed: pl.DataFrame, kind: ReferenceFile) -> Iterator[str]:
    """Rows whose key an earlier row has."""
    again = typed.filter(~pl.struct(kind.key).is_first_distinct())[_ROW]
    if len(again):
        key = ", ".join(kind.key)
        yield f"{len(again)} rows repeat the {key} of an earlier one, first row {again[0]}"
