"""The published schemas as SQLAlchemy tables, derived from what ``tables/`` declares."""

from collections.abc import Iterable

import sqlalchemy as sa

from flow_pipeline.tables.language import Column, ColumnType, Table

_NAMING = {
    "pk": "pk_%(table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
}
SQL_TYPES: dict[ColumnType, sa.types.TypeEngine] = {
    "text": sa.Text(),
    "integer": sa.BigInteger(),
    "number": sa.Double(),
    "boolean": sa.Boolean(),
    "date": sa.Date(),
    "datetime": sa.DateTime(),
    "money": sa.Numeric(16, 2),
    "text_list": sa.ARRAY(sa.Text()),
}


def metadata(schema: str, tables: Iterable[Table], *, keys: bool = False) -> sa.MetaData:
    """SQLAlchemy's picture of a schema: one table per declaration, with comments.

    ``keys``: declare keys as constraints. For PostgreSQL only: text keys make loading DuckDB 3.5
    times slower, and the gate has proved them before.
    """
    made = sa.MetaData(schema=schema, naming_convention=_NAMING)
    for table in tables:
        constraints = [_key(table)] if keys else []
        columns = [_column(c) for c in table.columns]
        sa.Table(table.name, made, *columns, *constraints, comment=table_comment(table))
    return made


def column_comment(column: Column) -> str:
    """What a column means and in what unit."""
    return f"{column.meaning} Unit: {column.unit}." if column.unit else column.meaning


def table_comment(table: Table) -> str:
    """What a table holds, its grain, and why it is empty where it is."""
    grain = table.grain[0].upper() + table.grain[1:]
    return " ".join(filter(None, (table.meaning, f"{grain}.", table.later)))


def _column(column: Column) -> sa.Column:
    # Always quoted: names such as class, date and position are reserved here or there.
    return sa.Column(
        sa.quoted_name(column.name, quote=True),
        SQL_TYPES[column.type],
        nullable=column.nullable,
        autoincrement=False,
        comment=column_comment(column),
    )


def _key(table: Table) -> sa.Constraint:
    if any(table.column(name).nullable for name in table.key):
        return sa.UniqueConstraint(*table.key, postgresql_nulls_not_distinct=True)
    return sa.PrimaryKeyConstraint(*table.key)
