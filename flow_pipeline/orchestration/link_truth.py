"""Whose each record truly is, where somebody knows: synthetic economies and benchmarks."""

import hashlib
from pathlib import Path

import polars as pl

from flow_pipeline.errors import ConfigurationError
from flow_pipeline.orchestration.economy_run import EconomyRun
from flow_pipeline.orchestration.landing import Landing

_FILE = "person_record.parquet"
_COLUMNS = ("contract", "file", "row_number", "person_id")


def truth_digest(folder: Path | None) -> str | None:
    """Digest of the truth in a folder, None without one."""
    if folder is None:
        return None
    with _file_in(folder).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def person_of_records(run: EconomyRun, folder: Path | None) -> pl.DataFrame | None:
    """record_key and true_person of every linked record that the truth knows, None without one.

    In:  ``folder`` holds person_record.parquet, as ``flow-pipeline synth`` writes it: contract,
         file (path from the configuration's folder), row_number, person_id.
    Raises ConfigurationError where there is no such file, or it has other columns.
    """
    if folder is None:
        return None
    truth = pl.scan_parquet(_file_in(folder))
    if missing := set(_COLUMNS) - set(truth.collect_schema().names()):
        raise ConfigurationError(
            f"{_file_in(folder)}: expected columns {', '.join(_COLUMNS)}; missing: "
            f"{', '.join(sorted(missing))}. Give the truth as flow-pipeline synth writes it."
        )
    named = [
        {"file": name, "submission_id": str(row["submission_id"])}
        for name, one in Landing(run.store, run.economy.config_dir).known.items()
        for row in one.rows["submission"]
    ]
    files = pl.LazyFrame(named, schema={"file": pl.String, "submission_id": pl.String})
    links = run.store.scan("person_link").select(
        "record_key", "submission_id", "contract", "row_number"
    )
    return (
        truth.select("contract", "file", "row_number", pl.col("person_id").alias("true_person"))
        .join(files, on="file")
        .join(links, on=["submission_id", "contract", "row_number"])
        .select("record_key", "true_person")
        .unique("record_key", keep="first", maintain_order=True)
        .collect()
    )


def _file_in(folder: Path) -> Path:
    path = folder / _FILE
    if not path.is_file():
        raise ConfigurationError(
            f"{path}: not there. Name the folder of the truth that flow-pipeline synth wrote, or "
            "leave linkage.truth and --truth out."
        )
    return path
