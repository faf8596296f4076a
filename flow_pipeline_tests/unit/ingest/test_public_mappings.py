"""Extracts that others made, mapped by configuration alone, with every row accounted for."""

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from flow_pipeline.config import load_economy
from flow_pipeline.ingest import row_ledger, unbalanced
from flow_pipeline.ingest.accounting import rows_by_class
from flow_pipeline.ingest.intake import sources_by_file
from flow_pipeline.tables.ingest import QUARANTINE, SETTLED
from flow_pipeline_tests.public_data import PUBLIC_DATA
from flow_pipeline_tests.unit.ingest.deliveries import Whole, ingest_file

_ACCEPTANCE = Path(__file__).parents[2] / "acceptance"


def _taken(name: str, folder: Path) -> list[Whole]:
    if not (PUBLIC_DATA / name).exists():
        pytest.skip(f"{name} is not beside this checkout; it is larger than a test should carry")
    config = folder / "economy.yaml"
    config.write_text((_ACCEPTANCE / name / "economy.yaml").read_text())
    (folder / "extracts").symlink_to(PUBLIC_DATA / name)
    read = load_economy(config)
    return [
        ingest_file(
            path,
            sources,
            period=(read.period_start, read.period_end),
            today=dt.date(2026, 11, 23),
            max_unselected=read.max_unselected,
        )
        for path, sources in sources_by_file(read.sources).items()
    ]


def _classes(taken: list[Whole]) -> dict[str, int]:
    statuses = [one.parsed.status for file in taken for one in file.intakes]
    return dict(rows_by_class(pl.concat(statuses)).collect().rows())


def _is_balanced(taken: list[Whole]) -> bool:
    ledger = row_ledger(
        pl.concat(file.file_counts for file in taken),
        pl.concat(one.parsed.status for file in taken for one in file.intakes),
        SETTLED.empty(),
        QUARANTINE.empty().with_columns(pl.lit(None, pl.String).alias("record_key")),
    )
    return unbalanced(ledger).collect().is_empty()


def test_one_file_of_encounters_serves_six_contracts(tmp_path):
    taken = _taken("synthea_multi_setting", tmp_path)
    encounters = next(file for file in taken if file.path.name == "encounters.csv")
    assert encounters.n_rows == sum(one.parsed.n_rows for one in encounters.intakes) == 7584
    assert len(encounters.intakes) == 6
    assert set(_classes(taken)) == {"accepted", "out_of_period"}
    assert _is_balanced(taken)


def test_a_general_practice_extract_at_some_size(tmp_path):
    taken = _taken("synthea_uk", tmp_path)
    assert sum(file.n_rows for file in taken) == 47_571
    assert "quarantined" not in _classes(taken)
    assert _is_balanced(taken)


def test_a_wide_layout_with_dates_that_mean_nothing(tmp_path):
    taken = _taken("artificial_hes", tmp_path)
    assert sum(_classes(taken).values()) == 2075
    assert _classes(taken)["accepted"] > 1800
    assert _is_balanced(taken)
    rows = taken[0].intakes[0].parsed.accepted.collect()
    first = rows["start_date_hospital_provider_spell"].min()
    assert isinstance(first, dt.date)
    assert first > dt.date(1900, 1, 1)
