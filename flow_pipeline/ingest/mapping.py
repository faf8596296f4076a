"""From the columns a sender delivers to the fields of a contract, still as text."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import polars as pl

from flow_pipeline.calendar import LOCAL_TIME_ZONE
from flow_pipeline.contracts.identity import (
    FOREIGN_PSEUDONYM,
    known_by_pseudonym,
    number_synonym,
)
from flow_pipeline.contracts.language import Contract
from flow_pipeline.ingest.expressions import columns_of, plain_column, row_expression
from flow_pipeline.ingest.formats import Formats

# Columns that a reader adds; the names are none that a sender would use.
ROW_NUMBER = "_flow_row_number"
IS_RAGGED = "_flow_is_ragged"
ORGANISATION = "_flow_organisation"

_ISO_DATETIME = "%Y-%m-%dT%H:%M:%S"


class NoText(ValueError):
    """A mapped column is of a type that has no text, for instance a list. Names the field."""


@dataclass(frozen=True)
class Sender:
    """Who sends the rows: always one ``code``, or what a delivered ``column`` says.

    With ``known`` given, rows of organisations outside it are refused.
    """

    code: str | None = None
    column: str | None = None
    known: tuple[str, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class SourceMap:
    """How rows of one source are made from delivered columns."""

    contract: Contract
    sender: Sender
    where: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)  # contract field → SQL
    formats: Formats = field(default_factory=Formats)

    @property
    def asked(self) -> Contract:
        """The contract with no more expected than its way of identity can give."""
        is_foreign = FOREIGN_PSEUDONYM.name in self.columns
        return known_by_pseudonym(self.contract) if is_foreign else self.contract

    def needed(self) -> dict[str, tuple[str, ...]]:
        """Delivered columns the configuration names, by the key that names them."""
        needed = {f"columns.{name}": columns_of(sql) for name, sql in self.columns.items()}
        if self.where is not None:
            needed["where"] = columns_of(self.where)
        if self.sender.column is not None:
            needed["organisation.column"] = (self.sender.column,)
        return needed

    def format_of(self, name: str, type_: str) -> str | None:
        """The configured format of a field: that of its delivered column, else of its type."""
        sql = self.columns.get(name)
        read = (name,) if sql is None else columns_of(sql)
        own = [self.formats.columns[c] for c in read if c in self.formats.columns]
        general = {
            "date": self.formats.date,
            "datetime": self.formats.datetime,
            "time": self.formats.time,
        }
        return own[0] if own else general.get(type_)

    def taken(self, delivered: Collection[str]) -> dict[str, pl.Expr]:
        """How each contract field is made that has a mapping or a delivered column of its name."""
        made = {
            f.name: row_expression(self.columns[f.name])
            if f.name in self.columns
            else pl.col(f.name)
            for f in self.contract.fields
            if f.name in self.columns or f.name in delivered
        }
        synonym = number_synonym(self.contract)
        if synonym and synonym[0] not in made and synonym[1] in made:
            made[synonym[0]] = made.pop(synonym[1])
        return made

    def delivered_name(self, name: str) -> str | None:
        """The delivered column a field is taken from as it stands, None for an expression."""
        sql = self.columns.get(name)
        return name if sql is None else plain_column(sql)


def is_selected(where: str | None) -> pl.Expr:
    """Whether a source takes a row; a condition that is null takes none."""
    return pl.lit(True) if where is None else row_expression(where).fill_null(False)


def with_row_numbers(delivered: pl.LazyFrame) -> pl.LazyFrame:
    """``delivered`` with row number (1 for the first) and ragged mark, where a reader gave none."""
    names = delivered.collect_schema().names()
    if ROW_NUMBER not in names:
        delivered = delivered.with_row_index(ROW_NUMBER, offset=1)
    if IS_RAGGED not in names:
        delivered = delivered.with_columns(pl.lit(False).alias(IS_RAGGED))
    return delivered.with_columns(pl.col(ROW_NUMBER).cast(pl.Int64))


def text_rows(
    delivered: pl.LazyFrame,
    source: SourceMap,
    *,
    also: pl.Expr | None = None,
    bare: Collection[str] = (),
) -> tuple[pl.LazyFrame, frozenset[str]]:
    """The rows a source takes, every delivered contract field as text.

    In:  delivered rows with ROW_NUMBER and IS_RAGGED. ``also``: rows taken beside those of
         ``where``. ``bare``: delivered columns of which no value holds a blank.
    Out: ROW_NUMBER, IS_RAGGED, ORGANISATION and one text column per contract field that has a
         mapping or a delivered column of its name; blanks at both ends cut off, order kept; and
         the fields that were delivered typed, whose text is ISO 8601 whatever the formats say.
    Raises NoText for a column that has no text form.
    """
    taken = source.taken(delivered.collect_schema().names())
    selected = is_selected(source.where)
    chosen = delivered.filter(selected if also is None else selected | also)
    made = {ORGANISATION: _organisation(source.sender), **taken}
    mapped = chosen.select(
        ROW_NUMBER,
        IS_RAGGED,
        *(expression.alias(name) for name, expression in made.items()),
    )
    types = mapped.collect_schema()
    as_text = [_text(n, types[n]) for n, how in made.items() if not _is_one_of(how, bare)]
    typed = frozenset(n for n in taken if types[n] not in (pl.String, pl.Null))
    return mapped.with_columns(as_text), typed


def _is_one_of(expression: pl.Expr, columns: Collection[str]) -> bool:
    return expression.meta.is_column() and expression.meta.output_name() in columns


def _organisation(sender: Sender) -> pl.Expr:
    if sender.column is not None:
        return pl.col(sender.column)
    return pl.lit(sender.code, dtype=pl.String)


def _text(name: str, dtype: pl.DataType) -> pl.Expr:
    """A column as text without blanks at its ends; dates and times in ISO 8601."""
    column = pl.col(name)
    if dtype == pl.String:
        return column.str.strip_chars()
    if dtype == pl.Date:
        return column.dt.to_string("%Y-%m-%d")
    if isinstance(dtype, pl.Datetime):
        if dtype.time_zone is not None:
            column = column.dt.convert_time_zone(LOCAL_TIME_ZONE).dt.replace_time_zone(None)
        return column.dt.to_string(_ISO_DATETIME)
    if dtype == pl.Time:
        return column.dt.to_string("%H:%M:%S")
    if dtype.is_float():
        whole = column.is_finite() & (column == column.round(0))
        as_whole = column.cast(pl.Int64, strict=False).cast(pl.String)
        return pl.when(whole).then(as_whole).otherwise(column.cast(pl.String)).alias(name)
    if dtype.is_nested() or dtype in (pl.Binary, pl.Object):
        raise NoText(name)
    return column.cast(pl.String)
