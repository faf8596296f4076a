"""Pairs of identities weighed on Spark: the same comparisons and blocks, said in Spark's SQL.

Splink's Spark backend holds what it works on in the memory of the session; what that does not fit
goes where the session keeps its temporary files, and nowhere else.
"""

from typing import TYPE_CHECKING, Any

import polars as pl
import polars.selectors as cs
import sqlglot
from sqlglot import exp

from flow_pipeline.link import model
from flow_pipeline.link.comparisons import OTHERWISE, blocking

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def scored_pairs(
    session: "SparkSession",
    identities: pl.DataFrame,
    parameters: model.Parameters,
    *,
    probability: float,
    least_weight: float,
    by_rarity: bool,
    new_from: int = 0,
) -> pl.DataFrame:
    """What model.scored_pairs gives, of blocks.Blocked.identities and on a Spark session.

    Every weight is the same to 4 places, but for those that lie on the border of rounding.
    """
    from splink.backends.spark import SparkAPI  # pyspark is an extra

    api = SparkAPI(
        spark_session=session,
        break_lineage_method="persist",  # any other writes tables of tokens as files
        register_udfs_automatically=False,
    )
    rows = api.register(session.createDataFrame(_told(identities)))
    settings = model.settings(
        parameters, probability=probability, by_rarity=by_rarity, blocking=blocking(new_from)
    )
    try:
        return model.pairs_of(model.linker_by(in_spark_sql(settings), rows), least_weight)
    finally:
        session.catalog.clearCache()


def in_spark_sql(settings: dict[str, Any]) -> dict[str, Any]:
    """Splink's settings, the conditions of their levels in Spark's SQL instead of DuckDB's."""
    comparisons = [
        {**comparison, "comparison_levels": [_level(x) for x in comparison["comparison_levels"]]}
        for comparison in settings["comparisons"]
    ]
    return {**settings, "comparisons": comparisons}


def _level(level: dict[str, Any]) -> dict[str, Any]:
    if level["sql_condition"] == OTHERWISE:
        return level
    condition = sqlglot.parse_one(level["sql_condition"], dialect="duckdb")
    return {**level, "sql_condition": condition.transform(_as_spark_says).sql(dialect="spark")}


def _as_spark_says(node: exp.Expression) -> exp.Expression:
    """Spark has a function where sqlglot writes the operator && of other databases."""
    if isinstance(node, exp.ArrayOverlaps):
        return exp.Anonymous(this="arrays_overlap", expressions=[node.this, node.expression])
    return node


def _told(identities: pl.DataFrame) -> Any:
    """What is compared, as an Arrow table; Spark knows no unsigned numbers."""
    told = identities.select(model.WEIGHED).with_columns(
        cs.unsigned_integer().reinterpret(signed=True)
    )
    return told.to_arrow()
