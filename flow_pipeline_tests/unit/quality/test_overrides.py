"""Overrides: what they change in a result, for how long, and what they may not touch."""

import datetime as dt

import pytest

from flow_pipeline.config import load_economy
from flow_pipeline.errors import ConfigurationError, QualityBlocked
from flow_pipeline.quality.gate import require_passed
from flow_pipeline.quality.overrides import Override, overridden
from flow_pipeline.quality.results import quality_result, result
from flow_pipeline_tests.unit.ingest.deliveries import CONFIG, economy

TODAY = dt.date(2026, 11, 24)
_FELL = {"n_rows": 1, "n_failed": 1, "threshold": 0.2, "seen": 0.25, "blocks": True}


def _override(**more):
    given = {"check": "R01", "who": "A Lead", "why": "ward closed", "until": TODAY, **more}
    return Override(**given)


def _judged(*overrides, today=TODAY):
    results = [
        result("R01", "rows", "apc", organisation_code=code, **_FELL) for code in ("RXA", "RXB")
    ]
    found = overridden(quality_result(results), overrides, today)
    return found, {row["organisation_code"]: row for row in found.collect().to_dicts()}


def test_without_overrides_nothing_changes():
    found, _ = _judged()
    with pytest.raises(QualityBlocked, match=r"R01 rows on apc of RXA: 25\.000% seen"):
        require_passed(found)


def test_a_waiver_lets_publishing_go_on_and_the_failure_stays():
    found, rows = _judged(_override())
    assert require_passed(found).warnings == ("R01 rows: apc",)
    assert not rows["RXA"]["passed"]
    assert rows["RXA"]["override"] == "waived by A Lead until 2026-11-24: ward closed"


def test_a_threshold_is_judged_anew():
    found, rows = _judged(_override(threshold=0.3, check="R01 rows"))
    assert require_passed(found).blocked == ()
    assert (rows["RXB"]["passed"], rows["RXB"]["threshold"]) == (True, 0.3)
    assert rows["RXB"]["override"].startswith("threshold 0.3 by A Lead")


def test_a_threshold_that_is_exceeded_still_blocks():
    found, _ = _judged(_override(threshold=0.22))
    with pytest.raises(QualityBlocked, match=r"22\.000% allowed"):
        require_passed(found)


def test_it_is_limited_to_what_it_names():
    _, rows = _judged(_override(organisation="RXB", source="apc"))
    assert rows["RXA"]["override"] is None
    assert rows["RXB"]["override"] is not None
    for other in ({"source": "op"}, {"check": "R01 people"}, {"check": "R02"}):
        _, rows = _judged(_override(**other))
        assert [row["override"] for row in rows.values()] == [None, None]


def test_the_first_that_fits_holds():
    _, rows = _judged(_override(organisation="RXA", threshold=0.5), _override())
    assert rows["RXA"]["override"].startswith("threshold")
    assert rows["RXB"]["override"].startswith("waived")


def test_an_expired_one_is_noted_and_not_applied():
    found, rows = _judged(_override(), today=TODAY + dt.timedelta(days=1))
    assert rows["RXA"]["override"].startswith("expired, not applied: by A Lead")
    with pytest.raises(QualityBlocked, match="expired, not applied"):
        require_passed(found)


def _with(entry):
    return CONFIG + f"quality:\n  overrides:\n    - {{{entry}}}\n"


_SIGNED = "who: A Lead, why: closed, until: 2026-12-31"


def test_an_override_is_read(tmp_path):
    entry = f"check: R01 rows, source: gp_appointment, organisation: P1, threshold: 1, {_SIGNED}"
    (one,) = load_economy(economy(tmp_path, _with(entry))).overrides
    assert one == Override(
        check="R01 rows",
        who="A Lead",
        why="closed",
        until=dt.date(2026, 12, 31),
        threshold=1.0,
        source="gp_appointment",
        organisation="P1",
    )


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        (f"check: R99, waive: true, {_SIGNED}", "check: expected a check of docs/quality.md"),
        (f"check: D01, waive: true, {_SIGNED}", "D01 cannot be overridden"),
        (f"check: R01, {_SIGNED}", "threshold: expected a threshold, or waive: true"),
        (f"check: R01, waive: true, threshold: 1, {_SIGNED}", "and not both"),
        (f"check: R01, threshold: much, {_SIGNED}", "threshold: expected a number"),
        (f"check: R01, waive: true, source: gp, {_SIGNED}", "source: 'gp' is none"),
        (f"check: R01, waive: true, organisation: P2, {_SIGNED}", "organisation: 'P2' is none"),
        ("check: R01, waive: true, why: closed, until: 2026-12-31", "who: missing"),
        ("check: R01, waive: true, who: me, why: x, until: soon", "until: expected a date"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path, entry, told):
    config = _with(entry)
    line = config.splitlines().index(f"    - {{{entry}}}") + 1
    with pytest.raises(ConfigurationError) as refused:
        load_economy(economy(tmp_path, config))
    assert f"economy.yaml:{line}: quality.overrides[0]" in str(refused.value)
    assert told in str(refused.value)
