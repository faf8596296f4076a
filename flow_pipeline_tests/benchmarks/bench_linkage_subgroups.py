"""Recall of linkage by subgroup, on tokens and by clear-text Splink on the same records.

python -m flow_pipeline_tests.benchmarks.bench_linkage_subgroups
    --people N        size of the generated economies (10,000)
    --seeds N ...     one economy each, and profile (1 2 3 4 5)
    --profiles P ...  typical and missing_only, which shows what missing data alone does
    --keep FOLDER     keep what each economy came to there and take it from there

Recall is of pairs of records of one person, and of those of them in which a record has no usable
number: there linkage has to find what a number would have told. A gap is the difference in recall
between two subgroups of at least 1,000 true pairs; what counts is by how much it is wider than that
of clear-text Splink, joined at a probability of 0.95, in the mean of the seeds.
"""

import argparse
import sys
import tempfile
from itertools import combinations
from pathlib import Path

import polars as pl

from flow_pipeline_tests.benchmarks.bench_linkage import (
    in_its_own_process,
    joined,
    labelled,
    tokens_of,
)
from flow_pipeline_tests.benchmarks.clear_linkage import AT_95
from flow_pipeline_tests.benchmarks.linkage_sets import anyborough_in
from flow_pipeline_tests.benchmarks.paired import judged

_FEWEST_PAIRS = 1_000
_AGES = [18, 65, 85]
_BANDS = ["0-17", "18-64", "65-84", "85+"]
_ETHNIC = {
    **dict.fromkeys("ABC", "white"),
    **dict.fromkeys("DEFG", "mixed"),
    **dict.fromkeys("HJKL", "asian"),
    **dict.fromkeys("MNP", "black"),
    **dict.fromkeys("RS", "other"),
}
_WAYS = ("tokens", "clear")
_UNNUMBERED = "_unnumbered"
_FIGURES = [f"{name}{part}" for part in ("", _UNNUMBERED) for name in ("true", *_WAYS)]


def outcomes(profile: str, *, people: int, seed: int) -> pl.DataFrame:
    """One row per true person: subgroups, true pairs and right pairs of either way; the same of
    pairs without a number on both sides."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "economy"
        rows = anyborough_in(folder, profile, people=people, seed=seed)
        who = pl.read_parquet(folder / "truth" / "person.parquet")
        own = tokens_of(rows).filter("has_own_identity").select("row_number", "nhs_number_token")
        numbered = own.drop_nulls().select("row_number")
        said = rows.join(own, on="row_number", how="semi", maintain_order="left")
        found = _found(said, Path(name))
    labels = {way: labelled(said, found[way]) for way in _WAYS}
    both = {way: one.join(numbered, on="row_number", how="semi") for way, one in labels.items()}
    whole, with_numbers = _pairs(labels), _pairs(both)
    counts = whole.join(with_numbers, on="person_id", how="left", suffix="_with").with_columns(
        (pl.col(name) - pl.col(f"{name}_with").fill_null(0)).alias(f"{name}{_UNNUMBERED}")
        for name in ("true", *_WAYS)
    )
    return counts.select("person_id", *_FIGURES).join(_subgroups(who), on="person_id")


def _pairs(labels: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """person_id, true pairs, and right pairs of either way."""
    ways = {way: judged(one) for way, one in labels.items()}
    return pl.DataFrame(
        {
            "person_id": labels["tokens"]["truth"].unique().sort(),
            "true": ways["tokens"].true,
            **{way: one.right for way, one in ways.items()},
        }
    )


def _found(rows: pl.DataFrame, folder: Path) -> dict[str, pl.DataFrame]:
    """row_number and cluster, by way; each in a process of its own."""
    source = folder / "rows.parquet"
    rows.write_parquet(source)
    for way in _WAYS:
        in_its_own_process(way, source, folder / f"{way}.parquet")
    pairs = pl.read_parquet(folder / "clear.parquet")
    return {
        "tokens": pl.read_parquet(folder / "tokens.parquet"),
        "clear": joined(rows, pairs, AT_95),
    }


def _subgroups(who: pl.DataFrame) -> pl.DataFrame:
    """What is true of each person, in the terms of linkage_quality."""
    last = who.select(pl.max_horizontal("death_date", "moved_in").max()).item()
    age = (pl.lit(last) - pl.col("birth_date")).dt.total_days() // 365.25
    return who.select(
        "person_id",
        pl.col("ethnic_category").replace_strict(_ETHNIC, default="unknown").alias("ethnic group"),
        _band(age).alias("age"),
        _named("female", "female", "male").alias("sex"),
        ((pl.col("imd_decile") + 1) // 2).cast(pl.String).alias("deprivation quintile"),
        _named("in_care_home", "yes", "no").alias("care home"),
        _named("no_fixed_abode", "yes", "no").alias("no fixed abode"),
    )


def _band(age: pl.Expr) -> pl.Expr:
    band = pl.lit(_BANDS[-1])
    for limit, name in reversed(list(zip(_AGES, _BANDS[:-1], strict=True))):
        band = pl.when(age < limit).then(pl.lit(name)).otherwise(band)
    return band


def _named(column: str, yes: str, no: str) -> pl.Expr:
    return pl.when(column).then(pl.lit(yes)).otherwise(pl.lit(no))


def by_subgroup(people: pl.DataFrame) -> pl.DataFrame:
    """subgroup, value, true pairs and the recall of either way, of all pairs and of those without a
    number on both sides; ``everybody`` first."""
    sums = [
        pl.col(f"true{part}").sum() if name == "true" else _recall(name, part)
        for part in ("", _UNNUMBERED)
        for name in ("true", *_WAYS)
    ]
    attributes = [n for n in people.columns if n not in ("person_id", *_FIGURES)]
    everybody = people.select(
        pl.lit("everybody").alias("subgroup"), pl.lit("").alias("value"), *sums
    )
    parts = [
        people.group_by(pl.col(name).alias("value"))
        .agg(sums)
        .sort("value")
        .select(pl.lit(name).alias("subgroup"), "value", *_FIGURES)
        for name in attributes
    ]
    return pl.concat([everybody, *parts])


def _recall(way: str, part: str) -> pl.Expr:
    right, true = pl.col(f"{way}{part}").sum(), pl.col(f"true{part}").sum()
    return pl.when(true > 0).then(right / true).alias(f"{way}{part}")


def widened(tables: list[pl.DataFrame]) -> pl.DataFrame:
    """Of each two subgroups that are large enough in every table: by how much our gap is wider than
    that of clear text, in the mean of the tables; the widest first."""
    large = (
        pl.concat(tables)
        .filter(pl.col("subgroup") != "everybody")
        .group_by("subgroup", "value", maintain_order=True)
        .agg(pl.col("true").min(), *(pl.col(way) for way in _WAYS))
        .filter(pl.col("true") >= _FEWEST_PAIRS)
    )
    rows = []
    for one, other in combinations(large.iter_rows(named=True), 2):
        gaps = {
            way: [abs(a - b) for a, b in zip(one[way], other[way], strict=True)] for way in _WAYS
        }
        wider = [ours - clear for ours, clear in zip(*gaps.values(), strict=True)]
        rows.append(
            {
                "one": f"{one['subgroup']} {one['value']}",
                "other": f"{other['subgroup']} {other['value']}",
                "ours": sum(gaps["tokens"]) / len(wider),
                "clear": sum(gaps["clear"]) / len(wider),
                "wider": sum(wider) / len(wider),
            }
        )
    schema = {"one": pl.String, "other": pl.String} | dict.fromkeys(
        ("ours", "clear", "wider"), pl.Float64
    )
    return pl.DataFrame(rows, schema=schema).sort("wider", descending=True)


def printed(profile: str, tables: list[pl.DataFrame]) -> None:
    """The mean of the seeds as a table in Markdown, and the gaps that are widest beside clear
    text's."""
    mean = (
        pl.concat(tables)
        .group_by("subgroup", "value", maintain_order=True)
        .agg(pl.col(*_FIGURES).mean())
    )
    print(f"\n{profile}, {len(tables)} seeds\n")
    head = ("Subgroup", *("True pairs", "Tokens", "Clear text") * 2)
    print(f"| {' | '.join(head)} |\n{'|---' * len(head)}|")
    for row in mean.iter_rows(named=True):
        told = [_said(name, row[name]) for name in _FIGURES]
        name = f"{row['subgroup']} {row['value']}".strip()
        print(f"| {' | '.join([name, *told])} |")
    print("\nWidest beside clear text, in points (ours, clear, difference):")
    for row in widened(tables).head(5).iter_rows(named=True):
        figures = ", ".join(f"{100 * row[name]:+.2f}" for name in ("ours", "clear", "wider"))
        print(f"  {row['one']} and {row['other']}: {figures}")


def _said(name: str, figure: float | None) -> str:
    if figure is None:
        return ""
    return f"{figure:,.0f}" if name.startswith("true") else f"{figure:.2%}"


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5])
    parser.add_argument("--profiles", nargs="+", default=["typical", "missing_only"])
    parser.add_argument("--keep", type=Path)
    chosen = parser.parse_args(arguments)
    for profile in chosen.profiles:
        tables = []
        for seed in chosen.seeds:
            tables.append(by_subgroup(_kept(chosen.keep, profile, chosen.people, seed)))
            print(f"{profile}, seed {seed} done", file=sys.stderr, flush=True)
        printed(profile, tables)


def _kept(folder: Path | None, profile: str, people: int, seed: int) -> pl.DataFrame:
    path = folder / f"subgroups-{profile}-{people}-{seed}.parquet" if folder else None
    if path is not None and path.exists():
        return pl.read_parquet(path)
    made = outcomes(profile, people=people, seed=seed)
    if path is not None:
        made.write_parquet(path)
    return made


if __name__ == "__main__":
    main(sys.argv[1:])
