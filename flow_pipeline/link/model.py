"""The linkage model: how much each agreement counts, learned from the data or shipped.

Fellegi and Sunter's model as Splink computes it, on one thread and with a fixed seed, so that the
same data gives the same numbers.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import duckdb
import polars as pl
import polars.selectors as cs
from splink import DuckDBAPI, Linker
from splink.internals.splink_dataframe import SplinkDataFrame

from flow_pipeline.link.comparisons import (
    COMPARISONS,
    SURE_PAIRS,
    TRAINING_BY_NAME,
    TRAINING_BY_NUMBER,
    Comparison,
    blocking,
)
from flow_pipeline.link.shipped_model import SHIPPED

Parameters = dict[str, dict[str, list[float]]]  # comparison: level: [m, u]

# What pairs are weighed and blocked by, of blocks.Blocked.identities.
WEIGHED = cs.matches("_token$|_encoding_|^block_") | cs.by_name("unique_id", "reference_tokens")

_SILENT = 60  # above every level of Splink's messages
_SAMPLED_PAIRS = 1_000_000
_MOST_TRAINING_PAIRS = 200_000
_SURE_RECALL = 0.8  # share of true pairs that SURE_PAIRS find: a guess that weighs a quarter bit
_AS_MANY_MORE = 2.0  # matches that may hide among random pairs, for one that is expected
_MOST_PROBABLE = 1e-4  # a small extract still comes from a population in which people are alike
_LEAST_PROBABILITY = 1e-6  # a level never seen in training still weighs something
# What is learned counts by the sure pairs it comes from, what was shipped as so many.
LEAST_SURE_PAIRS = _SHIPPED_PAIRS = 100
_LEAST_TEACHING = 50  # pairs of one round of learning
LEAST_IDENTITIES = 300
LEAST_FOR_RARITY = 1_000  # identities that can tell a rare name from a common one


@contextmanager
def tables(connection: duckdb.DuckDBPyConnection, **frames: pl.DataFrame) -> Iterator[None]:
    """Frames as tables of these names on one thread, gone again afterwards with all of Splink's.

    They are read where they lie: a copy of a million identities is 400 MB. Nothing spills to disk:
    tokens stay in memory.
    """
    before = connection.execute(
        "SELECT current_setting('threads'), current_setting('temp_directory')"
    ).fetchall()[0]
    connection.execute("SET threads = 1")
    connection.execute("SET temp_directory = ''")
    try:
        for name, frame in frames.items():
            connection.register(name, frame.to_arrow())
        yield
    finally:
        for name in frames:
            connection.unregister(name)
        connection.execute(f"SET threads = {before[0]}")
        connection.execute(f"SET temp_directory = '{before[1]}'")


def sure_pairs(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    """How many pairs of the table agree on what nearly always means one person."""
    rules = " UNION ".join(
        f"SELECT l.unique_id AS a, r.unique_id AS b FROM {table} l JOIN {table} r "
        f"ON {rule} WHERE l.unique_id < r.unique_id"
        for rule in SURE_PAIRS
    )
    return connection.execute(f"SELECT count(*) FROM ({rules})").fetchall()[0][0]


def learned(
    connection: duckdb.DuckDBPyConnection, table: str, *, seed: int, n_sure: int
) -> Parameters:
    """Parameters learned from the rows of a table, one per identity and sender.

    A comparison that the data cannot teach keeps the shipped parameters; few sure pairs move the
    others little.
    """
    prior = likely_matches(n_sure) / n_pairs(_n_rows(connection, table))
    start = _of_strangers(_sampled(connection, table, seed=seed), prior)
    api = DuckDBAPI(connection)
    linker = linker_of(
        api,
        table,
        start,
        probability=prior,
        by_rarity=_n_rows(connection, table) >= LEAST_FOR_RARITY,
    )
    by_number = _has_pairs(connection, table, TRAINING_BY_NUMBER[0])
    for rule in TRAINING_BY_NUMBER if by_number else TRAINING_BY_NAME:
        if _has_pairs(connection, table, rule):
            linker.training.estimate_parameters_using_expectation_maximisation(
                rule, max_pairs=_MOST_TRAINING_PAIRS
            )
    api.delete_tables_created_by_splink_from_db()
    return _blended(_filled(_parameters(linker)), n_sure / (n_sure + _SHIPPED_PAIRS))


def _blended(learnt: Parameters, share: float) -> Parameters:
    """Parameters between learnt and shipped ones."""
    return {
        comparison: {
            level: [
                round(share * new + (1 - share) * old, 6)
                for new, old in zip(both, SHIPPED[comparison][level], strict=True)
            ]
            for level, both in levels.items()
        }
        for comparison, levels in learnt.items()
    }


def _sampled(connection: duckdb.DuckDBPyConnection, table: str, *, seed: int) -> Parameters:
    """The shipped parameters with u as it is among pairs drawn at random."""
    api = DuckDBAPI(connection)
    linker = linker_of(api, table, SHIPPED, probability=_MOST_PROBABLE, by_rarity=False)
    linker.training.estimate_u_using_random_sampling(max_pairs=_SAMPLED_PAIRS + 1, seed=seed)
    api.delete_tables_created_by_splink_from_db()
    return _filled(_parameters(linker))


def _of_strangers(sampled: Parameters, prior: float) -> Parameters:
    """Start of learning: u of pairs of two people, where random pairs were sampled.

    Among a few thousand records, pairs of one person are common enough to pass for chance: they
    would make it look as if strangers often were born on one day.
    """
    return {
        comparison: {
            level: [known[0], round(_without_matches(found[1], known, prior), 6)]
            for (level, found), known in zip(
                levels.items(), SHIPPED[comparison].values(), strict=True
            )
        }
        for comparison, levels in sampled.items()
    }


def _without_matches(sampled: float, shipped: list[float], prior: float) -> float:
    m, u = shipped
    least = max(min(sampled, u) / 2, _LEAST_PROBABILITY)
    return max(sampled - _AS_MANY_MORE * prior * m, least)


def scored_pairs(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    parameters: Parameters,
    *,
    probability: float,
    least_weight: float,
    by_rarity: bool,
    new_from: int = 0,
) -> pl.DataFrame:
    """Pairs of identities with a match weight of at least ``least_weight``.

    ``table``: identities in their blocks (blocks.blocked).
    ``new_from``: only pairs with at least one unique_id from this on.
    ``probability``: that two identities drawn at random are one person.
    ``by_rarity``: whether a rare name counts for more than a common one; a few records cannot tell
    which is which.
    Columns a, b (a < b), weight (match weight, rounded to 4 places), probability (rounded to 4
    places) and one ``<comparison>_level`` each (Int8: 0 none, higher closer, -1 unknown); by a, b.
    """
    api = DuckDBAPI(connection)
    linker = linker_of(
        api,
        table,
        parameters,
        probability=probability,
        by_rarity=by_rarity,
        blocking=blocking(new_from),
    )
    pairs = pairs_of(linker, least_weight)
    api.delete_tables_created_by_splink_from_db()
    return pairs


def pairs_of(linker: Linker, least_weight: float) -> pl.DataFrame:
    """Pairs as ``scored_pairs`` gives them, whatever the linker runs on."""
    found = linker.inference.predict(threshold_match_weight=least_weight, warning_mode="never")
    levels = [pl.col(f"gamma_{c.name}").cast(pl.Int8).alias(f"{c.name}_level") for c in COMPARISONS]
    pairs = pl.from_arrow(found.as_pyarrow_table())
    assert isinstance(pairs, pl.DataFrame)
    return pairs.select(
        pl.min_horizontal("unique_id_l", "unique_id_r").alias("a"),
        pl.max_horizontal("unique_id_l", "unique_id_r").alias("b"),
        pl.col("match_weight").cast(pl.Float64).round(4).alias("weight"),
        pl.col("match_probability").cast(pl.Float64).round(4).alias("probability"),
        *levels,
    ).sort("a", "b")


def likely_matches(n_sure: int) -> float:
    """How many pairs are one person's, by how many are surely so."""
    return max(n_sure, 1) / _SURE_RECALL


def expected_matches(n_sure: int, n_identities: int) -> float:
    """How many pairs of a small extract are taken to be one person's, no more than a population
    lets expect."""
    return min(likely_matches(n_sure), _MOST_PROBABLE * n_pairs(n_identities))


def n_pairs(n_identities: int) -> float:
    """How many pairs there are; never none."""
    return max(n_identities * (n_identities - 1) / 2, 1)


def _n_rows(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    return connection.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0]


def _has_pairs(connection: duckdb.DuckDBPyConnection, table: str, rule: str) -> bool:
    sql = (
        f"SELECT count(*) FROM (SELECT 1 FROM {table} l JOIN {table} r ON {rule} "
        f"WHERE l.unique_id < r.unique_id LIMIT {_LEAST_TEACHING})"
    )
    return connection.execute(sql).fetchall()[0][0] >= _LEAST_TEACHING


def linker_of(
    api: DuckDBAPI,
    table: str,
    start: Parameters,
    *,
    probability: float,
    by_rarity: bool,
    blocking: tuple[dict[str, Any], ...] = (),
) -> Linker:
    """Splink's linker of a table of the connection, by ``settings``."""
    how = settings(start, probability=probability, by_rarity=by_rarity, blocking=blocking)
    rows = api.register(table, dataset_display_name=f"splink_{table}")
    return linker_by(how, rows)


def linker_by(how: dict[str, Any], rows: SplinkDataFrame) -> Linker:
    """Splink's linker of registered rows; it says nothing."""
    return Linker(rows, how, log_level=_SILENT, validate_settings=False)


def settings(
    start: Parameters,
    *,
    probability: float,
    by_rarity: bool,
    blocking: tuple[dict[str, Any], ...] = (),
) -> dict[str, Any]:
    """Splink's settings of the model, conditions in DuckDB's SQL.

    ``blocking``: by what pairs to be weighed are found; learning brings its own rules.
    """
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "unique_id",
        "probability_two_random_records_match": probability,
        "comparisons": [_comparison(c, start[c.name], by_rarity) for c in COMPARISONS],
        "blocking_rules_to_generate_predictions": [dict(rule) for rule in blocking],
        "retain_matching_columns": True,  # brings the levels of agreement
        "retain_intermediate_calculation_columns": False,
        "max_iterations": 10,
        "em_convergence": 0.001,
        "linker_uid": "flow",
    }


def _comparison(
    comparison: Comparison, start: dict[str, list[float]], by_rarity: bool
) -> dict[str, Any]:
    unknown = {
        "sql_condition": comparison.unknown,
        "label_for_charts": "unknown",
        "is_null_level": True,
    }
    levels: list[dict[str, Any]] = [unknown]
    for level in comparison.all_levels:
        known = {"sql_condition": level.sql, "label_for_charts": level.name}
        if level.rarity and by_rarity:
            known["tf_adjustment_column"] = level.rarity
        m, u = start[level.name]
        is_fixed = comparison.fixed is not None
        fixed = {"fix_m_probability": is_fixed, "fix_u_probability": is_fixed}
        levels.append(known | {"m_probability": m, "u_probability": u} | fixed)
    return {"output_column_name": comparison.name, "comparison_levels": levels}


def _parameters(linker: Linker) -> dict[str, dict[str, list[float | None]]]:
    found: dict[str, dict[str, list[float | None]]] = {}
    for comparison in linker.misc.save_model_to_json()["comparisons"]:
        levels = comparison["comparison_levels"]
        found[comparison["output_column_name"]] = {
            level["label_for_charts"]: [level.get("m_probability"), level.get("u_probability")]
            for level in levels
            if not level.get("is_null_level")
        }
    return found


def _filled(found: dict[str, dict[str, list[float | None]]]) -> Parameters:
    """Rounded parameters, with shipped ones where nothing could be learned."""
    return {
        name: {level: _two(found[name].get(level), known) for level, known in levels.items()}
        for name, levels in SHIPPED.items()
    }


def _two(learnt: list[float | None] | None, known: list[float]) -> list[float]:
    """m and u as learnt; as shipped where either is not, for half of each would mean nothing."""
    values = [value for value in learnt or [] if value is not None]
    if len(values) < 2:
        return known
    return [round(max(value, _LEAST_PROBABILITY), 6) for value in values]
