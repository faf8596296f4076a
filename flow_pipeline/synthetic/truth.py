"""What is true, in Parquet beside the extracts, for measuring; the pipeline never reads it."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow.parquet as pq

from flow_pipeline.synthetic.clock import Ints


def person_ids(numbers: Ints) -> pl.Series:
    return pl.Series("person_id", numbers).cast(pl.String).str.zfill(8)


@dataclass
class TruthWriter:
    """Appends to one Parquet file per truth table, a row group per block and call."""

    folder: Path
    first_id: int = 0
    _open: dict[str, pq.ParquetWriter] = field(default_factory=dict)

    def write(self, table: str, frame: pl.DataFrame) -> None:
        data = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
        if table not in self._open:
            self.folder.mkdir(parents=True, exist_ok=True)
            path = self.folder / f"{table}.parquet"
            self._open[table] = pq.ParquetWriter(path, data.schema, compression="zstd")
        self._open[table].write_table(data.cast(self._open[table].schema))

    def close(self) -> None:
        for writer in self._open.values():
            writer.close()
        self._open.clear()

    def record(
        self,
        contract: str,
        file: str,
        rows: pl.DataFrame,
        before: int,
        marks: pl.DataFrame,
        headers: dict[str, str],
    ) -> None:
        """Whose each row is, and what is wrong in it."""
        number = np.arange(before + 1, before + 1 + rows.height)
        self.write(
            "person_record",
            pl.DataFrame(
                {
                    "contract": pl.Series([contract]).new_from_index(0, rows.height),
                    "file": pl.Series([file]).new_from_index(0, rows.height),
                    "row_number": number,
                    "person_id": person_ids(rows["_person"].to_numpy() + self.first_id),
                    "event_key": rows["_event"],
                }
            ),
        )
        where = pl.DataFrame({"_row": rows["_row"], "row_number": number})
        found = marks.join(where, on="_row", how="inner", maintain_order="left")
        if found.height:
            column = pl.col("column").replace(headers)
            self.write(
                "damage",
                found.select(
                    pl.lit(contract).alias("contract"),
                    pl.lit(file).alias("file"),
                    "row_number",
                    column.alias("column"),
                    "kind",
                ).sort("row_number", "column", "kind"),
            )
