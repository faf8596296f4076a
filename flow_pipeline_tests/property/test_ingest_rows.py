"""Whatever happens to a file, each of its rows is accounted for once and no value leaks."""

import csv
import io
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
    economy,
    ingest_file,
)

_MARK = "Zq7"  # in every value that is damaged: it must be nowhere in what is told
_WHEN = st.sampled_from(["2023-05-01T10:00", "2023-06-02 11:30:00", "2019-01-01", "2024-12-01"])
_BAD = st.sampled_from([f"{_MARK}", f"{_MARK} 1985-02-30", "", "NULL", f"{_MARK},x", f'{_MARK}"y'])
_GOOD = st.tuples(
    st.sampled_from(["a1", "a2", "a3"]),
    st.just("P1"),
    _WHEN,
    st.sampled_from(["attended", "dna", "unheard"]),
    st.sampled_from(["p1", "p2", ""]),
).map(list)


@st.composite
def _rows(draw: st.DrawFn) -> list[list[str]]:
    """Rows of which some are damaged: a value spoiled, a field too many or too few."""
    row = draw(_GOOD)
    damage = draw(st.sampled_from(["none", "none", "value", "longer", "shorter"]))
    if damage == "value":
        row[draw(st.integers(0, 4))] = draw(_BAD)
    elif damage == "longer":
        row = [*row, _MARK]
    elif damage == "shorter":
        row = row[:-1]
    return row


def _text(rows: list[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([HEADER.split(","), *rows])
    return text.getvalue()


_TWO_SOURCES = CONFIG.replace("    columns:", "    shared: true\n    columns:").replace(
    "governance:",
    """\
  - name: missed
    contract: gp_appointment
    organisation: P1
    files: extracts/*.csv
    where: appointment_status = 'dna'
    shared: true
    columns:
      local_patient_identifier: who
governance:""",
)


def _taken(rows: list[list[str]]) -> Whole:
    with tempfile.TemporaryDirectory() as folder:
        read = load_economy(economy(Path(folder), _TWO_SOURCES))
        [(path, sources)] = sources_by_file(read.sources).items()
        path.write_text(_text(rows))
        return ingest_file(path, sources, period=(read.period_start, read.period_end), today=TODAY)


@settings(deadline=None, max_examples=25)
@given(st.lists(_rows(), min_size=1, max_size=12))
def test_every_row_has_one_class_the_ledger_balances_and_no_value_is_told(rows):
    taken, refusal = _taken_or_refused(rows)
    assert _MARK not in refusal
    if taken is None:
        return
    assert taken.n_rows == len(rows)
    stretches = pl.concat(one.parsed.status for one in taken.intakes)
    status = each_row(stretches)
    assert status.select("submission_id", "row_number").is_unique().all()
    accepted = sum(one.parsed.accepted.collect().height for one in taken.intakes)
    assert accepted == status.filter(pl.col("class") == "accepted").height
    ledger = row_ledger(taken.file_counts, stretches, SETTLED.empty(), _no_refusals())
    assert unbalanced(ledger).collect().is_empty()
    faults = pl.concat(one.parsed.faults for one in taken.intakes).collect()
    refused = faults.filter(severity="quarantine").select("submission_id", "row_number").unique()
    assert refused.height == status.filter(pl.col("class") == "quarantined").height
    assert _MARK not in str(faults.to_dicts())
    assert _MARK not in str(status.to_dicts())


def _taken_or_refused(rows: list[list[str]]) -> tuple[Whole | None, str]:
    try:
        return _taken(rows), ""
    except InputRefused as refusal:
        return None, str(refusal)


def _no_refusals() -> pl.LazyFrame:
    return QUARANTINE.empty().with_columns(pl.lit(None, pl.String).alias("record_key"))


@settings(deadline=None, max_examples=25)
@given(st.lists(_rows(), min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_the_fate_of_a_row_does_not_depend_on_the_others(rows, random):
    """Except where the file is refused, and the last columns that no row of a file has."""
    turned = rows.copy()
    random.shuffle(turned)
    try:
        assert _fates(rows) == _fates(turned)
    except InputRefused:
        return


def _fates(rows: list[list[str]]) -> list[tuple[str, ...]]:
    taken = _taken(rows)
    stretches = pl.concat(one.parsed.status for one in taken.intakes)
    status = each_row(stretches)
    told = status.select("source", "row_number", "class", "rule").iter_rows()
    return sorted(
        (str(rows[number - 1]), source, row_class, str(rule))
        for source, number, row_class, rule in told
    )
