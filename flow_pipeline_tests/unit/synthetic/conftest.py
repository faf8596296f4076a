"""Generated economies, made once for all tests of this folder."""

import gzip
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from flow_pipeline.synthetic import SyntheticSummary, generate

PROFILES = ("clean", "typical", "bad", "missing_only", "national")


@dataclass(frozen=True)
class Made:
    """A generated economy on disk."""

    folder: Path
    summary: SyntheticSummary

    def truth(self, table: str) -> pl.DataFrame:
        return pl.read_parquet(self.folder / "truth" / f"{table}.parquet")

    def delivered(self, name: str) -> pl.DataFrame:
        """A delivered file as text, by its name below the folder."""
        path = self.folder / name
        if path.suffix == ".parquet":
            return pl.read_parquet(path)
        raw = path.read_bytes()
        first = (gzip.decompress(raw) if path.suffix == ".gz" else raw).partition(b"\n")[0]
        delimiter = ";" if b";" in first else ","
        return pl.read_csv(path, infer_schema=False, separator=delimiter)

    def all_of(self, contract: str, organisation: str) -> list[tuple[str, pl.DataFrame]]:
        files = self.truth("file").filter(
            (pl.col("contract") == contract) & (pl.col("organisation_code") == organisation)
        )
        return [(name, self.delivered(name)) for name in files["file"].to_list()]


@pytest.fixture(scope="session")
def typical(tmp_path_factory) -> Made:
    """The profile the team works with, small."""
    folder = tmp_path_factory.mktemp("typical")
    return Made(folder, generate(folder, people=3000, years=2, seed=7))


@pytest.fixture(scope="session")
def economies(tmp_path_factory, typical) -> dict[str, Made]:
    """One small economy per profile."""
    made = {"typical": typical}
    for profile in PROFILES:
        if profile not in made:
            folder = tmp_path_factory.mktemp(profile)
            made[profile] = Made(
                folder, generate(folder, people=3000, years=2, seed=7, profile=profile)
            )
    return made
