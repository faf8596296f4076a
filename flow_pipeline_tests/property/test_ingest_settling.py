"""settle() against the same rule written out slowly, on records in any order with many ties."""

import datetime as dt
from dataclasses import dataclass

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from flow_pipeline.contracts import contract
from flow_pipeline.ingest import settle
from flow_pipeline.tables.ingest import SUBMISSION
from flow_pipeline.tables.linkage import RECORD_TOKEN

_CONTRACTS = ("csds_care_contact", "cld_event", "apc_episode", "csds_mpi", "death")
_LOWEST = -(10**30)


@dataclass(frozen=True)
class _Submission:
    submission_id: str
    stated: dt.date | None
    derived: dt.date | None
    received: dt.datetime
    supersedes: str | None


@dataclass(frozen=True)
class _Record:
    record_key: str
    submission_id: str
    contract: str
    row_number: int
    event_id: str
    alternate_id: str | None
    row_hash: int
    precedence: int | None
    is_deletion: bool


_days = st.one_of(st.none(), st.dates(dt.date(2024, 1, 1), dt.date(2024, 1, 3)))
_moments = st.datetimes(dt.datetime(2024, 1, 1), dt.datetime(2024, 1, 1, 0, 0, 2)).map(
    lambda at: at.replace(microsecond=0)
)


_alternates = st.one_of(st.none(), st.none(), st.sampled_from(["e1", "a1"]))


@st.composite
def _submissions(draw: st.DrawFn) -> list[_Submission]:
    ids = [f"s{n}" for n in range(draw(st.integers(1, 4)))]
    replaced = st.one_of(st.none(), st.none(), st.sampled_from(ids))
    return [
        _Submission(
            one,
            draw(_days),
            draw(_days),
            draw(_moments),
            next((r for r in [draw(replaced)] if r != one), None),
        )
        for one in ids
    ]


@st.composite
def _delivered(draw: st.DrawFn) -> tuple[list[_Record], list[_Submission]]:
    submissions = draw(_submissions())
    ids = st.sampled_from(["e1", "e2", "e3"])
    records = [
        _Record(
            record_key=f"k{number:02}",
            submission_id=draw(st.sampled_from(submissions)).submission_id,
            contract=draw(st.sampled_from(_CONTRACTS)),
            row_number=number,
            event_id=draw(ids),
            alternate_id=draw(_alternates),
            row_hash=draw(st.sampled_from([1, 2])),
            precedence=draw(st.one_of(st.none(), st.integers(-1, 1))),
            is_deletion=draw(st.sampled_from([False, False, False, True])),
        )
        for number in range(draw(st.integers(0, 12)))
    ]
    return draw(st.permutations(records)), submissions


def _slowly(records: list[_Record], submissions: list[_Submission]) -> dict[str, str]:
    """What becomes of each record that does not hold, one thing after the other."""
    told = {s.submission_id: s for s in submissions}
    replaced = {s.supersedes for s in submissions if s.supersedes}
    classes = {r.record_key: "superseded" for r in records if r.submission_id in replaced}
    standing = [r for r in records if r.submission_id not in replaced]
    things: dict[tuple[str, str], list[_Record]] = {}
    for record in standing:
        better = [
            other.event_id
            for other in standing
            if contract(record.contract).supersede.by_any_key
            and other.contract == record.contract
            and other.alternate_id == record.event_id
        ]
        thing = min(better) if better else record.event_id
        things.setdefault((record.contract, thing), []).append(record)
    for same in things.values():
        first: list[_Record] = []
        for record in sorted(same, key=lambda r: r.row_number):
            row = (record.submission_id, record.row_hash)
            if row in {(r.submission_id, r.row_hash) for r in first}:
                classes[record.record_key] = "duplicate"
            else:
                first.append(record)
        holds = max(first, key=lambda r: _rank(r, told[r.submission_id]))
        for record in first:
            if record != holds or record.is_deletion:
                classes[record.record_key] = "superseded"
    return classes


def _rank(record: _Record, submission: _Submission) -> tuple[object, ...]:
    rule = contract(record.contract)
    ends = [submission.stated, submission.derived]
    if rule.supersede.period == "derived":
        ends.reverse()
    if rule.is_identity_record:
        ends.append(submission.received.date())
    end = next((e for e in ends if e is not None), None)
    values = {
        "period": _LOWEST if end is None else end.toordinal(),
        "precedence": _LOWEST if record.precedence is None else record.precedence,
        "received": submission.received.timestamp(),
    }
    compared = [values[name] for name in rule.supersede.order]
    return (*compared, record.submission_id, record.row_number)


def _frames(
    records: list[_Record], submissions: list[_Submission]
) -> tuple[pl.LazyFrame, pl.LazyFrame]:
    rows = [{**r.__dict__, "source": "s", "organisation_code": "o"} for r in records]
    sent = [
        {
            "submission_id": s.submission_id,
            "source": "s",
            "received_at": s.received,
            "period_stated_end": s.stated,
            "period_derived_end": s.derived,
            "n_rows": 1,
            "supersedes": s.supersedes,
        }
        for s in submissions
    ]
    return _framed(rows, RECORD_TOKEN.schema()), _framed(sent, SUBMISSION.schema())


def _framed(rows: list[dict[str, object]], schema: pl.Schema) -> pl.LazyFrame:
    return pl.LazyFrame([{name: row.get(name) for name in schema} for row in rows], schema=schema)


@settings(max_examples=150, deadline=None)
@given(_delivered())
def test_settle_does_what_the_rule_says(
    delivered: tuple[list[_Record], list[_Submission]],
) -> None:
    records, submissions = delivered
    settled = settle(*_frames(records, submissions)).collect()
    found = dict(zip(settled["record_key"], settled["class"], strict=True))
    assert found == _slowly(records, submissions)
    assert settled["record_key"].is_unique().all()
