"""Linkage on tokens beside Splink 5 on clear text, on the same records in the same run.

python -m flow_pipeline_tests.benchmarks.bench_linkage                     every set, both ways
python -m flow_pipeline_tests.benchmarks.bench_linkage febrl4 typical      these sets
python -m flow_pipeline_tests.benchmarks.bench_linkage drawn:1000000       for time and memory
python -m flow_pipeline_tests.benchmarks.bench_linkage one_surname:1000000 --only-tokens
                    the same people under one surname, which all of them share
    --only-tokens   not the way of clear text, which such data may take without end
    --people N      size of the generated economies (2,000)
    --seed N        their seed
    --unnumbered    take all numbers, pseudonyms and local identifiers away
    --keep FOLDER   keep generated identity records there and take them from there
python -m flow_pipeline_tests.benchmarks.bench_linkage model ROOT
                    the parameters learned from the records of the store there, as
                    shipped_model.py has them

Each way runs in a process of its own. Both are given the same fields. ``clear`` is joined from
pairs at a probability of 0.95 on; ``best`` is its best threshold, chosen with the truth. Seconds
of ``tokens`` hold pseudonymisation.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

import duckdb
import numpy as np
import polars as pl

from flow_pipeline.contracts import contract
from flow_pipeline.link import link, model
from flow_pipeline.link.clusters import groups
from flow_pipeline.link.identities import as_known, identities
from flow_pipeline.link.mentions import RECEIVED
from flow_pipeline.pseudonymise import pseudonymise
from flow_pipeline.store import Store
from flow_pipeline.tables.record_told import record_told
from flow_pipeline_tests.benchmarks.clear_linkage import AT_95, clear_pairs
from flow_pipeline_tests.benchmarks.linkage_sets import (
    PROFILES,
    PUBLIC,
    anyborough,
    drawn_set,
    public_set,
)
from flow_pipeline_tests.benchmarks.paired import Judged, interval, judged, rates, resampled
from flow_pipeline_tests.unit.link.people import PERSON_KEY
from flow_pipeline_tests.unit.pseudonymise.drawn_rows import KEYS

_NUMBERS = ("nhs_number", "local_patient_identifier", "uprn", "foreign_pseudonym")
BATCH_ROWS = 100_000  # as ingest takes them
_THRESHOLDS = [w / 2 for w in range(-8, 41)]


def tokens_of(rows: pl.DataFrame) -> pl.DataFrame:
    made = pseudonymise(
        rows.drop("truth", "birth_text", strict=False).lazy(), contract("person_index"), KEYS
    )
    return made.record_told.collect().sort(*RECEIVED, nulls_last=True)


def by_tokens(source: Path) -> pl.DataFrame:
    """The whole of linkage, as a run does it, tokens made batch by batch: row_number, cluster."""
    n_rows = pl.scan_parquet(source).select(pl.len()).collect().item()
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        for start in range(0, n_rows, BATCH_ROWS):
            batch = pl.scan_parquet(source).slice(start, BATCH_ROWS).collect()
            tokens_of(batch).write_parquet(Path(folder) / f"{start:010}.parquet")
        found = link(
            pl.scan_parquet(folder),
            None,
            person_key=PERSON_KEY,
            connection=connection,
            run_id="benchmark",
        )
    return found.person_link.select("row_number", cluster="person_id").collect()


def by_clear_text(source: Path) -> pl.DataFrame:
    """a, b, weight."""
    return clear_pairs(pl.read_parquet(source))


WAYS = {"tokens": by_tokens, "clear": by_clear_text}


def joined(rows: pl.DataFrame, pairs: pl.DataFrame, threshold: float) -> pl.DataFrame:
    """row_number, cluster: all that pairs from a weight on tie together."""
    links = pairs.filter(pl.col("weight") >= threshold).select("a", "b").rows()
    found = groups(rows["row_number"].to_list(), links)
    return pl.DataFrame({"row_number": list(found), "cluster": list(found.values())})


def records(name: str, *, people: int, seed: int, keep: Path | None) -> pl.DataFrame:
    """The rows of a set that say who they are about."""
    if name in PUBLIC:
        return public_set(name)
    if name.startswith("drawn:"):
        return drawn_set(int(name.removeprefix("drawn:")), seed=seed)
    if name.startswith("one_surname:"):
        drawn = drawn_set(int(name.removeprefix("one_surname:")), seed=seed)
        return drawn.with_columns(person_family_name=pl.lit("ARCHER"))
    kept = keep / f"{name}-{people}-{seed}.parquet" if keep else None
    if kept is not None and kept.exists():
        return pl.read_parquet(kept)
    rows = anyborough(name, people=people, seed=seed)
    own = tokens_of(rows).filter("has_own_identity").select("row_number")
    found = rows.join(own, on="row_number", how="semi", maintain_order="left")
    if kept is not None:
        found.write_parquet(kept)
    return found


def unnumbered(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows that say who they are about by name, birth date, sex and place alone."""
    bare = rows.with_columns(pl.lit(None, pl.String).alias(name) for name in _NUMBERS)
    own = tokens_of(bare).filter("has_own_identity").select("row_number")
    return bare.join(own, on="row_number", how="semi", maintain_order="left")


def run_way(way: str, source: Path, target: Path) -> None:
    """One way on one set, in a process of its own: writes what it found, prints what it took."""
    began = time.perf_counter()
    WAYS[way](source).write_parquet(target)
    seconds = time.perf_counter() - began
    print(f"{seconds:.1f} s {peak_megabytes():.0f} MB")


def peak_megabytes() -> float:
    """Of this process since it started; getrusage would hand on what its parent held."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmHWM"))) / 1024


def tell(name: str, rows: pl.DataFrame) -> None:
    """Print the figures of tokens alone on one set."""
    print(f"{name}: {rows.height:,} records of {rows['truth'].n_unique():,} people", flush=True)
    found, took = found_by(["tokens"], rows)
    ours = judged(labelled(rows, found["tokens"]))
    print_rates("tokens", ours, resampled([ours])[0], took["tokens"])


def found_by(
    ways: Iterable[str], rows: pl.DataFrame
) -> tuple[dict[str, pl.DataFrame], dict[str, str]]:
    """What each way finds, and what it says that it took."""
    found, took = {}, {}
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "rows.parquet"
        rows.write_parquet(source)
        for way in ways:
            target = Path(folder) / f"{way}.parquet"
            took[way] = in_its_own_process(way, source, target)
            found[way] = pl.read_parquet(target)
    return found, took


def compare(name: str, rows: pl.DataFrame) -> None:
    """Print the figures of both ways on one set and their paired difference."""
    print(f"{name}: {rows.height:,} records of {rows['truth'].n_unique():,} people", flush=True)
    found, took = found_by(WAYS, rows)
    ours = judged(labelled(rows, found["tokens"]))
    at_95 = judged(labelled(rows, joined(rows, found["clear"], AT_95)))
    best, threshold = best_of(rows, found["clear"])
    ways = [ours, at_95, best]
    draws = resampled(ways)
    said = (took["tokens"], took["clear"], f"at {threshold:+.1f} bits")
    labels = ("tokens", "clear @.95", "clear best")
    for label, one, drawn, text in zip(labels, ways, draws, said, strict=True):
        print_rates(label, one, drawn, text)
    for label, other, drawn in zip(labels[1:], ways[1:], draws[1:], strict=True):
        low, high = interval(draws[0][:, 2] - drawn[:, 2])
        plain = rates(ours.sums.sum(axis=0))[2] - rates(other.sums.sum(axis=0))[2]
        print(f"  F1 tokens - {label}: {plain:+.4f} ({low:+.4f} to {high:+.4f})", flush=True)


def in_its_own_process(way: str, source: Path, target: Path) -> str:
    command = [sys.executable, "-m", __spec__.name, "way", way, str(source), str(target)]
    ended = subprocess.run(command, capture_output=True, text=True)
    if ended.returncode:
        raise SystemExit(f"{way} ended with {ended.returncode}:\n{ended.stderr[-2000:]}")
    return ended.stdout.strip()


def best_of(rows: pl.DataFrame, pairs: pl.DataFrame) -> tuple[Judged, float]:
    """The threshold with the highest F1, by the truth, and what it finds."""
    found = ((judged(labelled(rows, joined(rows, pairs, w))), w) for w in _THRESHOLDS)
    return max(found, key=lambda one: rates(one[0].sums.sum(axis=0))[2])


def labelled(rows: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    return rows.select("row_number", "truth").join(found, on="row_number")


def print_rates(label: str, one: Judged, drawn: np.ndarray, took: str) -> None:
    parts = []
    values = rates(one.sums.sum(axis=0))
    for i, name in enumerate(("precision", "recall", "F1")):
        low, high = interval(drawn[:, i])
        parts.append(f"{name} {values[i]:.4f} ({low:.4f} to {high:.4f})")
    print(f"  {label:11} {'  '.join(parts)}  {took}")


def print_model(root: str) -> None:
    scan = Store(Path(root)).scan
    told = record_told(scan("record_token"), scan("record_identity"))
    found = identities(told.sort(*RECEIVED, nulls_last=True).collect())
    known = as_known(found)
    with duckdb.connect() as connection, model.tables(connection, known=known):
        n_sure = model.sure_pairs(connection, "known")
        learned = model.learned(connection, "known", seed=1, n_sure=n_sure)
    for comparison, levels in learned.items():
        print(comparison, levels)


def main(arguments: list[str]) -> None:
    match arguments:
        case ["model", root]:
            print_model(root)
        case ["way", way, source, target]:
            run_way(way, Path(source), Path(target))
        case _:
            parser = argparse.ArgumentParser(description=__doc__)
            parser.add_argument("sets", nargs="*", default=["febrl4", "dirty", *PROFILES])
            parser.add_argument("--people", type=int, default=2_000)
            parser.add_argument("--seed", type=int, default=7)
            parser.add_argument("--unnumbered", action="store_true")
            parser.add_argument("--only-tokens", action="store_true")
            parser.add_argument("--keep", type=Path)
            chosen = parser.parse_args(arguments)
            for name in chosen.sets:
                rows = records(name, people=chosen.people, seed=chosen.seed, keep=chosen.keep)
                show = tell if chosen.only_tokens else compare
                show(name, unnumbered(rows) if chosen.unnumbered else rows)


if __name__ == "__main__":
    main(sys.argv[1:])
