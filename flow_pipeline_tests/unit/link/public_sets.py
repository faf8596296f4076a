"""Public linkage sets with truth, as identity records of this project's contract."""

from pathlib import Path

import polars as pl

from flow_pipeline.contracts import contract
from flow_pipeline_tests.public_data import PUBLIC_DATA
from flow_pipeline_tests.unit.pseudonymise.drawn_rows import TYPES

FOLDER = PUBLIC_DATA / "linkage"
_FIELDS = {
    "person_given_name": "given_name",
    "person_family_name": "surname",
    "postcode_of_usual_address": "postcode",
    "person_birth_date": "date_of_birth",
}


def identity_records(*files: str) -> pl.DataFrame:
    """Typed rows of person_index with column ``truth``; each file is a sender of its own.

    The sets' social security number is left out: it would be an NHS number without its faults.
    """
    read = pl.concat([_read(FOLDER / file, f"SENDER{i}") for i, file in enumerate(files)])
    fields = [_field(f.name, TYPES[f.type]) for f in contract("person_index").fields]
    return read.select(
        *fields,
        "truth",
        "organisation_code",
        pl.lit("set").alias("source"),
        pl.lit("set").alias("submission_id"),
        pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("row_number"),
        pl.lit([], pl.List(pl.String)).alias("dq_flags"),
    )


def quality(truth: pl.DataFrame, links: pl.DataFrame) -> tuple[float, float, float]:
    """Pairwise precision, recall and F1. ``truth``: row_number, truth; ``links``: person_link."""
    both = links.join(truth.select("row_number", "truth"), on="row_number")
    right, found, real = (
        _pairs(both, by) for by in (["person_id", "truth"], ["person_id"], ["truth"])
    )
    precision, recall = right / max(found, 1), right / max(real, 1)
    return precision, recall, 2 * right / max(found + real, 1)


def _pairs(rows: pl.DataFrame, by: list[str]) -> int:
    sizes = rows.group_by(by).len()["len"].cast(pl.Int64)
    return int((sizes * (sizes - 1) // 2).sum())


def _read(path: Path, sender: str) -> pl.DataFrame:
    raw = pl.read_csv(path, infer_schema=False)
    bare = raw.rename({name: name.strip() for name in raw.columns}).with_columns(
        pl.all().str.strip_chars()
    )
    person = pl.coalesce(pl.col("rec_id").str.extract(r"rec-(\d+)"), "rec_id")
    filled = bare.with_columns(pl.when(pl.all() != "").then(pl.all()))
    wanted = filled.select(*_FIELDS.values(), person.alias("truth"))
    return wanted.with_columns(pl.lit(sender).alias("organisation_code"))


def _field(name: str, dtype: pl.DataType) -> pl.Expr:
    if name not in _FIELDS:
        return pl.lit(None, dtype).alias(name)
    delivered = pl.col(_FIELDS[name])
    if dtype == pl.Date:
        delivered = delivered.str.to_date("%Y%m%d", strict=False)
    return delivered.alias(name)
