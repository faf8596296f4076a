"""How a table of ours is declared: once, here, for schemas, databases, documents and checks."""

from dataclasses import dataclass, replace
from typing import Literal

import polars as pl

ColumnType = Literal[
    "text", "integer", "number", "boolean", "date", "datetime", "money", "text_list"
]
Zone = Literal["linkage", "analytic", "published"]
ReleaseClass = Literal["row", "aggregate", "reference", "operational", "internal"]

POLARS_TYPES: dict[ColumnType, pl.DataType] = {
    "text": pl.String(),
    "integer": pl.Int64(),
    "number": pl.Float64(),
    "boolean": pl.Boolean(),
    "date": pl.Date(),
    "datetime": pl.Datetime("us"),
    "money": pl.Decimal(16, 2),
    "text_list": pl.List(pl.String()),
}


@dataclass(frozen=True)
class Column:
    """One column. ``counted_by`` marks a measure and names the count that disclosure control
    judges it by (its own name for a count). ``share_of`` names the count of which the measure is a
    share; ``needs`` is the least count at which it may be released, where the usual one will not
    do."""

    name: str
    type: ColumnType
    meaning: str
    unit: str | None = None
    nullable: bool = True
    counted_by: str | None = None
    share_of: str | None = None
    needs: int = 0


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table: its grain, key, total order and columns.

    ``release_class``: row = pseudonymised personal data; aggregate = may be released after
    disclosure control; reference and operational hold no person; internal is never published.
    ``later`` says why a table is empty in this version, where it is. ``margin`` names the columns
    within which the counts of an aggregate table add up to a total that others may know.
    """

    name: str
    stage: str
    grain: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    order: tuple[str, ...] = ()  # total order in which it is written; the key when not given
    zone: Zone = "analytic"
    release_class: ReleaseClass = "row"
    later: str | None = None
    margin: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        names = [c.name for c in self.columns]
        if repeated := {n for n in names if names.count(n) > 1}:
            raise ValueError(f"{self.name}: declared twice: {sorted(repeated)}")
        counts = {c.counted_by for c in self.columns if c.counted_by}
        counts |= {c.share_of for c in self.columns if c.share_of}
        if unknown := ({*self.key, *self.order, *self.margin} | counts) - set(names):
            raise ValueError(f"{self.name}: uses undeclared columns {sorted(unknown)}")

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(c.name for c in self.columns)

    @property
    def sorted_by(self) -> tuple[str, ...]:
        return self.order or self.key

    def column(self, name: str) -> Column:
        return next(c for c in self.columns if c.name == name)

    def schema(self) -> pl.Schema:
        """The Polars schema, in column order."""
        return pl.Schema({c.name: POLARS_TYPES[c.type] for c in self.columns})

    def conform(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        """``frame`` with exactly this table's columns, types and total order.

        Raises Polars' ColumnNotFoundError when a column is missing: a fault of ours.
        """
        shaped = self.shaped(frame)
        return shaped.sort(self.sorted_by, nulls_last=True, maintain_order=True)

    def shaped(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        """``frame`` with exactly this table's columns and types, rows in the order they have."""
        return frame.select(pl.col(c.name).cast(POLARS_TYPES[c.type]) for c in self.columns)

    def empty(self) -> pl.LazyFrame:
        """The table without rows."""
        return pl.LazyFrame(schema=self.schema())

    def released(self) -> "Table":
        """The aggregate table as it stands in ``flow_release``: each measure with a flag."""
        columns = []
        for column in self.columns:
            columns.append(column)
            if column.counted_by:
                flag = f"{column.name}_is_suppressed"
                columns.append(Column(flag, "boolean", f"Whether {column.name} is withheld."))
        return replace(self, columns=tuple(columns), zone="published")


def text(name: str, meaning: str, **more: object) -> Column:
    return Column(name, "text", meaning, **more)  # type: ignore[arg-type]


def integer(name: str, meaning: str, **more: object) -> Column:
    return Column(name, "integer", meaning, **more)  # type: ignore[arg-type]


def number(name: str, meaning: str, **more: object) -> Column:
    return Column(name, "number", meaning, **more)  # type: ignore[arg-type]


def boolean(name: str, meaning: str, **more: object) -> Column:
    return Column(name, "boolean", meaning, **more)  # type: ignore[arg-type]


def date(name: str, meaning: str, **more: object) -> Column:
    return Column(name, "date", meaning, **more)  # type: ignore[arg-type]


def datetime(name: str, meaning: str, **more: object) -> Column:
    return Column(name, "datetime", meaning, **more)  # type: ignore[arg-type]


def money(name: str, meaning: str, **more: object) -> Column:
    return Column(name, "money", meaning, unit="pounds", **more)  # type: ignore[arg-type]


def text_list(name: str, meaning: str, **more: object) -> Column:
    return Column(name, "text_list", meaning, **more)  # type: ignore[arg-type]
