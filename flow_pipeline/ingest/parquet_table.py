"""A Parquet file as a table, read a part of a row group at a time."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from flow_pipeline.ingest.layout import NoTable
from flow_pipeline.ingest.mapping import IS_RAGGED
from flow_pipeline.ingest.text_table import usable_names

_ROWS_AT_ONCE = 50_000
_BUFFER = 1 << 20  # bytes of a column read at once: a row group may be the whole file
_DAMAGE = (pa.ArrowException, OSError, pl.exceptions.PolarsError, ValueError)


class ParquetTable:
    """A Parquet file as a table.

    ``columns``: delivered names in order; ``names``: what the columns of the frames are called.
    """

    is_typed = True
    bare: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()

    def __init__(self, path: Path) -> None:
        """Reads what the file says of itself. Raises NoTable where it is damaged or cut off."""
        self._path = path
        try:
            with pq.ParquetFile(path) as file:
                self.columns = tuple(file.schema_arrow.names)
        except _DAMAGE:
            raise _damaged() from None
        self.names, self.unnamed = usable_names(self.columns)

    def frames(self, n_rows: int = _ROWS_AT_ONCE) -> Iterator[pl.DataFrame]:
        """The rows in order: IS_RAGGED, always false, and the columns ``names`` in their own
        types, categories as text, an empty text null. Raises NoTable where it is damaged."""
        try:
            with pq.ParquetFile(self._path, pre_buffer=False, buffer_size=_BUFFER) as file:
                # On one thread, because threads hold many columns and gain nothing here.
                for batch in file.iter_batches(min(n_rows, _ROWS_AT_ONCE), use_threads=False):
                    yield self._frame(batch)
        except _DAMAGE:
            raise _damaged() from None

    def _frame(self, batch: pa.RecordBatch) -> pl.DataFrame:
        batch.validate(full=True)  # text that is no UTF-8 would break what reads it
        table = pa.Table.from_batches([batch]).rename_columns(self.names)
        frame = pl.from_arrow(table)
        assert isinstance(frame, pl.DataFrame)
        as_text = frame.with_columns(pl.col(pl.Categorical, pl.Enum).cast(pl.String))
        text = pl.col(pl.String)
        return as_text.with_columns(pl.when(text != "").then(text)).select(
            pl.lit(False).alias(IS_RAGGED), *self.names
        )


def _damaged() -> NoTable:
    return NoTable("begins like Parquet but cannot be read; it may be cut off. Ask for it again.")
