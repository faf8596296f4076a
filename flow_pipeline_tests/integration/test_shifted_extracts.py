"""A whole column that has shifted by one, in an extract of every kind that Anyborough sends."""

import csv
import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from flow_pipeline.config import Economy, Source, load_economy
from flow_pipeline.errors import InputRefused
from flow_pipeline.ingest.intake import sources_by_file
from flow_pipeline.ingest.reading import open_delivered
from flow_pipeline.synthetic import generate
from flow_pipeline_tests.unit.ingest.deliveries import ingest_file

_ROWS = 200
_FEWEST = 60
_CONTRACTS = (
    "apc_episode",
    "apc_ward_stay",
    "ecds_attendance",
    "op_attendance",
    "ambulance_incident",
    "csds_mpi",
    "csds_referral",
    "csds_care_contact",
    "cld_event",
    "gp_registration",
    "gp_appointment",
)

Row = list[str]


@pytest.fixture(scope="module")
def economy(tmp_path_factory: pytest.TempPathFactory) -> Economy:
    folder = tmp_path_factory.mktemp("economy")
    generate(folder, people=6000, years=1, seed=3, profile="clean")
    return load_economy(folder / "economy.yaml")


def _extract(economy: Economy, contract: str) -> tuple[Path, tuple[Source, ...], Row, list[Row]]:
    """The first extract of a contract with rows enough to tell."""
    for path, sources in sources_by_file(economy.sources).items():
        if sources[0].contract.name != contract:
            continue
        delivered = open_delivered(path, sources[0].layout)
        columns = list(delivered.columns)
        rows = [
            ["" if value is None else str(value) for value in row]
            for batch in delivered.batches()
            for row in batch.select(columns).iter_rows()
        ][:_ROWS]
        if len(rows) >= _FEWEST:
            return path, sources, columns, rows
    raise AssertionError(f"the economy has no extract of {contract} with {_FEWEST} rows")


def _right(row: Row, at: int) -> Row:
    return [*row[:at], "", *row[at:-1]]


def _left(row: Row, at: int) -> Row:
    return [*row[:at], *row[at + 1 :], ""]


def _shifts(columns: Row) -> Iterator[tuple[int, Callable[[Row, int], Row]]]:
    """Every column but the last, of which only its own values would be gone."""
    for at in range(len(columns) - 1):
        yield at, _right
        yield at, _left


@pytest.mark.parametrize("contract", _CONTRACTS)
def test_columns_that_shift_by_one_are_refused_wherever_it_begins(contract, economy, tmp_path):
    path, sources, columns, rows = _extract(economy, contract)
    copy = tmp_path / "extract.csv"
    period = (economy.period_start, economy.period_end)

    def is_taken(moved: list[Row]) -> bool:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([columns, *moved])
        copy.write_text(text.getvalue())
        os.utime(copy, (path.stat().st_mtime,) * 2)
        try:
            ingest_file(copy, sources, period=period, today=economy.period_end)
        except InputRefused:
            return False
        return True

    assert is_taken(rows)
    taken = {
        (contract, columns[at])
        for at, way in _shifts(columns)
        if is_taken([way(row, at) for row in rows])
    }
    assert taken == set()
