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
_DAMAGE = (pa.ArrowException, OSError, pl.exceptions.PolarsError, ValueError)


class ParquetTable:
    """A Parquet file as a table.

    ``columns``: delivered names in order; ``names``: what the columns of the frames are called.
    """

    is_typed = True
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

    def frames(self) -> Iterator[pl.DataFrame]:
        """The rows in order: IS_RAGGED, always false, and the columns ``names`` in their own
        types, categories as text, an empty text null. Raises NoTable where it is damaged."""
        try:
            with pq.ParquetFile(self._path, pre_buffer=False) as file:
                for batch in file.iter_batches(_ROWS_AT_ONCE):
                    yield self._frame(batch)
        except _DAMAGE:
            raise _damaged() from None

    def _frame(self, batch: pa.RecordBatch) -> pl.DataFrame:
        table = pa.Table.from_batches([batch]).rename_columns(self.names)
        frame = pl.from_arrow(table)
        assert isinstance(frame, pl.DataFrame)
        return frame.select(
            pl.lit(False).alias(IS_RAGGED),
            pl.all().exclude(pl.Categorical, pl.Enum, pl.String),
            pl.col(pl.Categorical, pl.Enum, pl.String).cast(pl.String).replace("", None),
        ).select(IS_RAGGED, *self.names)


def _damaged() -> NoTable:
    return NoTable("begins like Parquet but cannot be read; it may be cut off. Ask for it again.")
