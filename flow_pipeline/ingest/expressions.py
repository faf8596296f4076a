"""The mapping language: row-wise SQL over the delivered columns of one file."""

import json
import warnings
from functools import lru_cache

import polars as pl

_NOT_ROW_WISE = {
    "Agg": "an aggregate",
    "Over": "a window function",
    "Window": "a window function",
    "Rolling": "a window function",
    "Len": "an aggregate",
    "SubPlan": "a subquery",
    "AnonymousFunction": "a function that is not row-wise",
}
_PROBES: tuple[str | None, ...] = ("1", "2", "1", None)


class NotAnExpression(ValueError):
    """The text is no row-wise SQL expression. The message quotes configuration, never data."""


@lru_cache(maxsize=4096)
def row_expression(sql: str) -> pl.Expr:
    """The expression that ``sql`` writes.

    Raises NotAnExpression for what cannot be parsed, and for subqueries, aggregates and window
    functions: the fate of a row must not depend on the other rows of its file.
    """
    try:
        expression = pl.sql_expr(sql)
    except Exception as error:
        told = (str(error).splitlines() or [""])[0]
        raise NotAnExpression(f"not a row-wise SQL expression: {told}") from None
    if found := _foreign_nodes(expression):
        raise NotAnExpression(f"holds {found}; only row-wise SQL over one row is possible")
    if not _is_row_wise(expression):
        raise NotAnExpression("its result for a row depends on other rows")
    return expression


def columns_of(sql: str) -> tuple[str, ...]:
    """The delivered columns an expression reads, sorted."""
    return tuple(sorted(set(row_expression(sql).meta.root_names())))


def plain_column(sql: str) -> str | None:
    """The column, where the expression is nothing but one column."""
    expression = row_expression(sql)
    return expression.meta.output_name() if expression.meta.is_column() else None


@lru_cache(maxsize=4096)
def is_condition(sql: str) -> bool:
    """Whether the expression gives true or false over text columns."""
    expression = row_expression(sql)
    names = dict.fromkeys(expression.meta.root_names(), pl.String)
    frame = pl.LazyFrame(schema={"_": pl.String, **names})
    try:
        return frame.select(expression.alias("is_true")).collect_schema()["is_true"] == pl.Boolean
    except pl.exceptions.PolarsError:
        return False


def _foreign_nodes(expression: pl.Expr) -> str | None:
    """What in the expression looks beyond one row, in words."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the JSON form may change; the probe below does not
        tree = json.loads(expression.meta.serialize(format="json"))
    return next((_NOT_ROW_WISE[node] for node in _nodes(tree) if node in _NOT_ROW_WISE), None)


def _nodes(tree: object) -> list[str]:
    """Names of all nodes; names of columns and texts of literals are none."""
    if isinstance(tree, str):
        return [tree]
    if isinstance(tree, list):
        return [name for part in tree for name in _nodes(part)]
    if isinstance(tree, dict):
        inner = [_nodes(part) for key, part in tree.items() if key not in ("Column", "Literal")]
        return [*tree, *(name for part in inner for name in part)]
    return []


def _is_row_wise(expression: pl.Expr) -> bool:
    """Whether rows judged together come out as rows judged alone do."""
    names = sorted(set(expression.meta.root_names()))
    if not names:
        return True
    probe = pl.DataFrame(dict.fromkeys(names, _PROBES), schema=dict.fromkeys(names, pl.String))
    result = expression.alias("result")
    try:
        together = probe.select(result)
        alone = pl.concat([probe[i : i + 1].select(result) for i in range(len(_PROBES))])
        return together.equals(alone) and probe[:0].select(result).height == 0
    except pl.exceptions.PolarsError:
        return True  # made for values of another shape than the probes; its nodes were read
