"""What a table holds, as one number that does not depend on how it was written or when."""

import hashlib
import io
from pathlib import Path

import polars as pl

from flow_pipeline.tables.language import Table

# Differ from run to run, or from copy to copy of the same file, and say nothing of the content.
RUN_COLUMNS = frozenset({"run_id", "release_id", "started_at", "ended_at", "received_at"})
_ROWS_AT_ONCE = 100_000
_NULL = "\\N"


def content_digest(source: Path | pl.LazyFrame, table: Table) -> str:
    """SHA-256 of the rows of a table in its total order, run times excluded.

    In: the table as Parquet (a file or a folder of them) or as a frame, in any order and encoding.
    Out: 64 hexadecimal digits; equal for equal content, whatever the process, number of threads,
    compression, row groups or order of rows. Columns, their order and types count too.
    """
    frame = source if isinstance(source, pl.LazyFrame) else scan(source)
    return digest_in_order(table.conform(frame), table)


def digest_in_order(rows: pl.LazyFrame, table: Table) -> str:
    """The same digest of rows known to be in the table's order, without sorting them again."""
    digest = hashlib.sha256(_heading(table))
    batches = rows.select(_text_of(table)).collect_batches(
        maintain_order=True, chunk_size=_ROWS_AT_ONCE, lazy=True
    )
    for batch in batches:
        digest.update(_bytes(batch))
    return digest.hexdigest()


def scan(path: Path) -> pl.LazyFrame:
    """A table's Parquet: one file, or a folder of files."""
    return pl.scan_parquet(path / "*.parquet" if path.is_dir() else path)


def _heading(table: Table) -> bytes:
    columns = ",".join(f"{c.name}:{c.type}" for c in table.columns if c.name not in RUN_COLUMNS)
    return f"{table.name}({columns})\n".encode()


def _text_of(table: Table) -> list[pl.Expr]:
    """The columns that count, lists as one text: text files know no lists."""
    listed = {c.name for c in table.columns if c.type == "text_list"}
    names = [n for n in table.column_names if n not in RUN_COLUMNS]
    return [pl.col(n).list.join("\x1f") if n in listed else pl.col(n) for n in names]


def _bytes(rows: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    rows.write_csv(buffer, include_header=False, null_value=_NULL)
    return buffer.getvalue()
