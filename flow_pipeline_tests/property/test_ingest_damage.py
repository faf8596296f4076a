"""Whatever bytes are put in a file: it is loaded as it was meant, or refused with a reason."""

import gzip
import tempfile
from pathlib import Path

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from flow_pipeline.config import load_economy
from flow_pipeline.errors import InputRefused
from flow_pipeline.ingest import row_ledger, unbalanced
from flow_pipeline.ingest.intake import sources_by_file
from flow_pipeline.tables.ingest import QUARANTINE, SETTLED
from flow_pipeline_tests.unit.ingest.deliveries import (
    CONFIG,
    HEADER,
    TODAY,
    Whole,
    each_row,
    ingest_file,
)

_MARK = "Zq7"  # in every name of the file: no message and no fault may hold it
_N_ROWS = 30
_ROWS = [
    f"a{n},P1,2023-{1 + n % 3 + 4:02d}-{1 + n % 28:02d}T10:{n % 60:02d}:00,attended,{_MARK}{n}"
    for n in range(_N_ROWS)
]
_GOOD = ("\n".join([HEADER, *_ROWS]) + "\n").encode()

_PLACE = st.integers(0, len(_GOOD) - 1)
_BYTES = st.one_of(
    st.sampled_from([b'"', b"\0", b"\n", b"\r\n", b",", b";", b"\xff", b"\xc3", b"", b"\x1a"]),
    st.binary(max_size=4),
)
_EDIT = st.tuples(_PLACE, st.integers(0, 12), _BYTES)  # where, how much goes, what comes


def _damaged(edits: list[tuple[int, int, bytes]]) -> bytes:
    data = _GOOD
    for place, gone, come in edits:
        data = data[:place] + come + data[place + gone :]
    return data


def _taken(data: bytes, rows_at_once: int, name: str = "appointments.csv") -> Whole | str:
    """What was taken of the bytes, or why they were refused."""
    with tempfile.TemporaryDirectory() as folder:
        extracts = Path(folder) / "extracts"
        extracts.mkdir()
        (extracts / name).write_bytes(data)
        config = Path(folder) / "economy.yaml"
        config.write_text(CONFIG.replace("*.csv", "*"))
        read = load_economy(config)
        [(path, sources)] = sources_by_file(read.sources).items()
        period = (read.period_start, read.period_end)
        try:
            return ingest_file(path, sources, period=period, today=TODAY, rows_at_once=rows_at_once)
        except InputRefused as refusal:
            told = str(refusal)
        assert str(path) in told
        return told.replace(str(path), "")


def _is_accounted_for(taken: Whole) -> bool:
    status = pl.concat(one.parsed.status for one in taken.intakes)
    refused = QUARANTINE.empty().with_columns(pl.lit(None, pl.String).alias("record_key"))
    ledger = row_ledger(taken.file_counts, status, SETTLED.empty(), refused)
    rows = each_row(status)
    numbers = rows["row_number"].sort().to_list()
    return unbalanced(ledger).collect().is_empty() and numbers == list(range(1, taken.n_rows + 1))


@settings(deadline=None, max_examples=80)
@given(st.lists(_EDIT, min_size=1, max_size=4), st.sampled_from([3, 100]))
def test_damaged_bytes_are_loaded_with_every_row_accounted_for_or_refused(edits, rows_at_once):
    outcome = _taken(_damaged(edits), rows_at_once)
    if isinstance(outcome, str):
        assert _MARK not in outcome
        assert outcome.endswith((".", "!"))
        return
    assert _is_accounted_for(outcome)
    faults = pl.concat(one.parsed.faults for one in outcome.intakes).collect()
    assert _MARK not in str(faults.to_dicts())


@settings(deadline=None, max_examples=40)
@given(st.lists(_EDIT, min_size=1, max_size=3))
def test_rows_that_no_damage_touched_are_loaded_as_they_were_meant(edits):
    """Each row has an identifier of its own: what is accepted under it is what was meant."""
    data = _damaged(edits)
    outcome = _taken(data, 100)
    if isinstance(outcome, str):
        return
    whole = {line.encode() for line in _ROWS}
    untouched = {line.rstrip(b"\r").split(b",")[0].decode() for line in data.split(b"\n")
                 if line.rstrip(b"\r") in whole}  # fmt: skip
    meant = {row.split(",")[0]: row.split(",")[4] for row in _ROWS}
    accepted = outcome.intakes[0].parsed.accepted.collect()
    for key, who in accepted.select("appointment_id", "local_patient_identifier").iter_rows():
        if key in untouched:
            assert who == meant[key]


@settings(deadline=None, max_examples=40)
@given(st.integers(0, len(gzip.compress(_GOOD))), st.binary(min_size=1, max_size=8))
def test_a_packed_file_that_is_cut_or_changed_is_whole_or_refused(place, come):
    packed = gzip.compress(_GOOD, mtime=0)
    for data in (packed[:place], packed[:place] + come + packed[place + len(come) :]):
        outcome = _taken(data, 100, "appointments.csv.gz")
        if not isinstance(outcome, str):
            assert _is_accounted_for(outcome)
            assert outcome.n_rows == _N_ROWS


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=300))
def test_bytes_of_no_sense_are_refused_in_one_message(data):
    outcome = _taken(data, 100)
    assert isinstance(outcome, str)
    assert outcome.startswith(": ")
