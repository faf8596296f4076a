"""How many pairs of one person are compared at all: what no blocking rule finds is lost."""

import duckdb
import polars as pl

from flow_pipeline.link import model
from flow_pipeline.link.blocks import blocked
from flow_pipeline.link.comparisons import BLOCKS
from flow_pipeline.tables.link_quality import LINK_BLOCKING

ALL = "all"
_BY_NUMBER = "nhs number"
_BY_REFERENCE = {"reference": "list_has_any(l.reference_tokens, r.reference_tokens)"}


def blocking_rows(
    distinct: pl.DataFrame,
    person: pl.DataFrame,
    connection: duckdb.DuckDBPyConnection,
    *,
    basis: str,
    with_numbers: bool = True,
) -> pl.DataFrame:
    """Table link_blocking of one basis: what all rules find, and each of them.

    In:  ``distinct``: Identities.distinct. ``person``: unique_id and person (text) of identities
         of which it is known. ``with_numbers``: whether the rule that compares numbers counts;
         where numbers say who is who it finds every pair, and says nothing of those without.
    Out: no rows where no two identities are one person's.
    """
    rules = {block.meaning: block.sql for block in BLOCKS} | _BY_REFERENCE
    if not with_numbers:
        del rules[_BY_NUMBER]
    placed = blocked(distinct).identities.join(person.select("unique_id", "person"), on="unique_id")
    with model.tables(connection, blocked=placed):
        [counts] = connection.execute(_counting(list(rules.values()))).fetchall()
    n_pairs, n_found, n_alone = counts[0], counts[1::2], counts[2::2]
    rows = [
        {"basis": basis, "rule": rule, "n_pairs": n_pairs, "n_found": found, "n_alone": alone}
        for rule, found, alone in zip((ALL, *rules), n_found, n_alone, strict=True)
        if n_pairs
    ]
    return LINK_BLOCKING.conform(pl.LazyFrame(rows, schema=LINK_BLOCKING.schema())).collect()


def _counting(conditions: list[str]) -> str:
    """Pairs, those that any rule finds, null, and of each rule: those it finds, it alone finds."""
    names = [f"rule_{number}" for number in range(len(conditions))]
    held = ", ".join(
        f"coalesce({sql}, false) AS {name}" for name, sql in zip(names, conditions, strict=True)
    )
    counts = ", ".join(f"count_if({name}), count_if({name} AND n_rules = 1)" for name in names)
    return f"""
        SELECT count(*), count_if(n_rules > 0), NULL, {counts}
        FROM (
            SELECT *, {" + ".join(f"{name}::INTEGER" for name in names)} AS n_rules
            FROM (
                SELECT {held} FROM blocked l JOIN blocked r
                ON l.person = r.person AND l.unique_id < r.unique_id
            )
        )"""
