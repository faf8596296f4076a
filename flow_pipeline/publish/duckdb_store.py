"""A release as one DuckDB file: tables with comments, filled from Parquet, and the views."""

import itertools
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path

import duckdb
import sqlalchemy as sa

from flow_pipeline.errors import StoreError
from flow_pipeline.publish.database import metadata
from flow_pipeline.tables import FLOW
from flow_pipeline.tables.language import Table

# While it is filled the file has a name that no schema has; see releases.
_BUILDING = "building.duckdb"


def write_database(path: Path, schemas: Mapping[str, tuple[Table, ...]], parquet: Path) -> None:
    """Make the DuckDB file ``path`` with these schemas from ``parquet/<schema>/<table>/``.

    Rows keep the order of the Parquet files. Schema ``flow`` gets the views of ``sql/views``.
    Raises duckdb.Error, sqlalchemy.exc.DBAPIError or OSError when it cannot be written.
    """
    building = path.with_name(_BUILDING)
    engine = sa.create_engine(f"duckdb:///{building}")
    try:
        for schema, tables in schemas.items():
            with engine.begin() as connection:
                connection.execute(sa.schema.CreateSchema(schema))
                metadata(schema, tables).create_all(connection, checkfirst=False)
                _load(connection, schema, tables, parquet)
                if schema == FLOW:
                    _create_views(connection)
        with engine.connect() as connection:
            connection.exec_driver_sql("CHECKPOINT")
    finally:
        engine.dispose()
    building.rename(path)


def connect(path: Path) -> duckdb.DuckDBPyConnection:
    """A read-only connection to a release, whatever its file is called.

    Both ``flow.person`` and ``person`` name a table of it, as on PostgreSQL.
    Raises StoreError when there is no release.
    """
    if not path.exists():
        raise StoreError(f"{path}: nothing is published here yet. Run flow-pipeline run first.")
    connection = duckdb.connect()
    quoted = str(path).replace("'", "''")
    connection.execute(f"ATTACH '{quoted}' AS economy (READ_ONLY)")
    schemas = {row[0] for row in connection.execute(_SCHEMAS).fetchall()}
    connection.execute(f"USE economy.{FLOW if FLOW in schemas else 'flow_release'}")
    return connection


_SCHEMAS = "SELECT schema_name FROM duckdb_schemas() WHERE database_name = 'economy'"


def view_statements() -> Iterator[tuple[str, str]]:
    """Name and SQL of every view of ``sql/views``, in name order.

    They name tables without schema and so belong to the schema on the search path.
    """
    folder = files("flow_pipeline.publish") / "sql" / "views"
    for file in sorted(folder.iterdir(), key=lambda f: f.name):
        if file.name.endswith(".sql"):
            yield file.name.removesuffix(".sql"), file.read_text(encoding="utf-8")


def _load(connection: sa.Connection, schema: str, tables: tuple[Table, ...], parquet: Path) -> None:
    for table in tables:
        columns = ", ".join(f'"{name}"' for name in table.column_names)
        pattern = str(parquet / schema / table.name / "*.parquet").replace("'", "''")
        connection.exec_driver_sql(
            f'INSERT INTO {schema}."{table.name}" ({columns}) '
            f"SELECT {columns} FROM read_parquet('{pattern}')"
        )


def _create_views(connection: sa.Connection) -> None:
    connection.exec_driver_sql(f"SET schema = '{FLOW}'")
    for name, statement in view_statements():
        connection.exec_driver_sql(statement)
        comment = _said_first(statement).replace("'", "''")
        connection.exec_driver_sql(f"COMMENT ON VIEW {name} IS '{comment}'")
    connection.exec_driver_sql("SET schema = 'main'")


def _said_first(statement: str) -> str:
    """The comment at the head of a file."""
    lines = itertools.takewhile(lambda line: line.startswith("--"), statement.splitlines())
    return " ".join(line.removeprefix("--").strip() for line in lines)
