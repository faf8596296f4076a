"""Linkage on tokens against linkage on clear text: F1, time and memory on Febrl 4.

Run:  python -m flow_pipeline_tests.benchmarks.bench_linkage
      python -m flow_pipeline_tests.benchmarks.bench_linkage model PATH/TO/record_token.parquet

The first compares three ways on names, birth date and postcode alone (no number): ``tokens`` and
``clear`` score pairs with one untuned Splink model each, so that F1 over thresholds can be
compared; ``link`` is the whole of flow_pipeline.link, clusters, guards and all. Each way runs in a
process of its own. The second prints the model learned from tokens, as shipped_model.py has it.
"""

import resource
import subprocess
import sys
import time
from collections.abc import Callable

import duckdb
import polars as pl

from flow_pipeline.contracts import contract
from flow_pipeline.link import link, model
from flow_pipeline.link.identities import RECEIVED, identities
from flow_pipeline.pseudonymise import pseudonymise
from flow_pipeline_tests.unit.link.people import PERSON_KEY
from flow_pipeline_tests.unit.link.public_sets import FOLDER, identity_records, quality
from flow_pipeline_tests.unit.pseudonymise.drawn_rows import KEYS

FILES = ("febrl_dataset4a.csv", "febrl_dataset4b.csv")


def tokens_of(rows: pl.DataFrame) -> pl.DataFrame:
    made = pseudonymise(rows.drop("truth").lazy(), contract("person_index"), KEYS)
    return made.record_token.collect().sort(*RECEIVED, nulls_last=True)


def by_tokens(rows: pl.DataFrame) -> str:
    """Pairs of records by the model of this project, nothing collapsed."""
    known = identities(tokens_of(rows)).as_known
    with duckdb.connect() as connection, model.tables(connection, known=known):
        n_sure = model.sure_pairs(connection, "known")
        learned = model.learned(connection, "known", seed=1, n_sure=n_sure)
        pairs = model.scored_pairs(
            connection, "known", learned, n_sure=n_sure, least_weight=-10, by_rarity=True
        )
    records = identities(tokens_of(rows)).records.join(
        known.select("anchor", "organisation_code", pl.col("unique_id").alias("id")),
        on=["anchor", "organisation_code"],
    )
    truth = records.join(rows.select("row_number", "truth"), on="row_number")
    return over_thresholds(pairs, truth.select("id", "truth"))


def by_clear_text(rows: pl.DataFrame) -> str:
    """The same fields, blocked alike, compared by edit distances on clear text."""
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, block_on

    table = rows.select(
        pl.col("row_number").alias("unique_id"),
        pl.col("person_given_name").alias("given"),
        pl.col("person_family_name").alias("family"),
        pl.col("person_birth_date").cast(pl.String).alias("born"),
        pl.col("postcode_of_usual_address").alias("postcode"),
    )
    given, family = "substr(given, 1, 3)", "substr(family, 1, 3)"
    blocks = [("born", "postcode"), ("born", family), ("born", given), ("given", "family")]
    blocks += [(family, "postcode"), (given, "postcode")]
    settings = {
        "link_type": "dedupe_only",
        "comparisons": [
            cl.ForenameSurnameComparison("given", "family"),
            cl.DateOfBirthComparison("born", input_is_string=True),
            cl.LevenshteinAtThresholds("postcode", 1),
        ],
        "blocking_rules_to_generate_predictions": [block_on(*names) for names in blocks],
    }
    with duckdb.connect() as connection:
        connection.execute("SET threads = 1")
        api = DuckDBAPI(connection)
        linker = Linker(api.register(table.to_arrow()), settings, log_level=60)
        training = linker.training
        training.estimate_probability_two_random_records_match(
            [block_on("born", "postcode"), block_on("given", "family", "born")], recall=0.8
        )
        training.estimate_u_using_random_sampling(max_pairs=1_000_001, seed=1)
        for names in (("born",), ("given", "family")):
            training.estimate_parameters_using_expectation_maximisation(block_on(*names))
        found = linker.inference.predict(threshold_match_weight=-10).as_pyarrow_table()
    pairs = pl.from_arrow(found)
    assert isinstance(pairs, pl.DataFrame)
    named = pairs.select(
        pl.col("unique_id_l").alias("a"),
        pl.col("unique_id_r").alias("b"),
        pl.col("match_weight").alias("weight"),
    )
    return over_thresholds(named, rows.select(pl.col("row_number").alias("id"), "truth"))


def by_link(rows: pl.DataFrame) -> str:
    """The whole of linkage, as a run does it."""
    with duckdb.connect() as connection:
        found = link(
            tokens_of(rows).lazy(),
            None,
            person_key=PERSON_KEY,
            connection=connection,
            run_id="benchmark",
        )
    precision, recall, f1 = quality(rows, found.person_link.collect())
    return f"clusters F1 {f1:.4f}  precision {precision:.4f}  recall {recall:.4f}"


def over_thresholds(pairs: pl.DataFrame, truth: pl.DataFrame) -> str:
    """F1 at the best threshold and at probability 0.95; pairs that blocking missed count."""
    sizes = truth.group_by("truth").len()["len"].cast(pl.Int64)
    real = int((sizes * (sizes - 1) // 2).sum())
    judged = pairs.join(truth, left_on="a", right_on="id").join(
        truth, left_on="b", right_on="id", suffix="_b"
    )
    right = judged.with_columns(right=pl.col("truth") == pl.col("truth_b"))

    def f1(weight: float) -> float:
        above = right.filter(pl.col("weight") >= weight)
        return 2 * int(above["right"].sum()) / (above.height + real)

    best = max((f1(w / 2), w / 2) for w in range(-20, 41))
    return f"pairs F1 best {best[0]:.4f} (at {best[1]:+.1f} bits)  F1 @.95 {f1(4.248):.4f}"


WAYS: dict[str, Callable[[pl.DataFrame], str]] = {
    "tokens": by_tokens,
    "clear": by_clear_text,
    "link": by_link,
}


def measure(way: str) -> None:
    rows = identity_records(*FILES)
    began = time.perf_counter()
    found = WAYS[way](rows)
    seconds = time.perf_counter() - began
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{way:7} {seconds:6.1f} s {megabytes:6.0f} MB  {found}")


def print_model(path: str) -> None:
    known = identities(pl.read_parquet(path).sort(*RECEIVED, nulls_last=True)).as_known
    with duckdb.connect() as connection, model.tables(connection, known=known):
        n_sure = model.sure_pairs(connection, "known")
        learned = model.learned(connection, "known", seed=1, n_sure=n_sure)
    for comparison, levels in learned.items():
        print(comparison, levels)


def main(arguments: list[str]) -> None:
    match arguments:
        case ["model", path]:
            print_model(path)
        case [way] if way in WAYS:
            measure(way)
        case [] if FOLDER.exists():
            for way in WAYS:
                subprocess.run([sys.executable, "-m", __spec__.name, way], check=True)
        case _:
            print(f"{__doc__}\nThe sets are expected in {FOLDER}.")


if __name__ == "__main__":
    main(sys.argv[1:])
