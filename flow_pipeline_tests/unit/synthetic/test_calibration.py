"""The generator stays near what is published, and the committed table says what it gives."""

import re
from pathlib import Path

import pytest

from flow_pipeline.synthetic import generate
from flow_pipeline.synthetic.calibration import read_truth
from flow_pipeline.synthetic.targets import TARGETS, measure_all, table

DOCS = Path(__file__).parents[3] / "docs" / "synthetic.md"
SEEDS = (1, 2, 3)


@pytest.fixture(scope="module")
def values(tmp_path_factory):
    """Measures of three economies of 10,000 people and three years, by seed."""
    found = {}
    for seed in SEEDS:
        folder = tmp_path_factory.mktemp(f"seed{seed}")
        generate(folder, people=10_000, years=3, seed=seed, profile="clean")
        found[seed] = measure_all(read_truth(folder / "truth"))
    return found


@pytest.mark.parametrize("target", TARGETS, ids=lambda t: t.name)
def test_every_seed_is_in_range(values, target):
    measured = {seed: values[seed][target.name] for seed in SEEDS}
    assert all(target.low <= value <= target.high for value in measured.values()), measured


def test_the_intervention_works_there_and_not_elsewhere(values):
    for measured in values.values():
        before = measured["Ready to home support, intervention site before"]
        after = measured["Ready to home support, intervention site after"]
        elsewhere = measured["Ready to home support, other sites after"]
        assert after < 0.4 * before
        assert elsewhere > 2.5 * after


def numbers(markdown):
    """Numbers of the three seeds by row."""
    rows = [line.split("|") for line in markdown.splitlines() if line.startswith("|")][2:]
    return {r[1].strip(): [float(re.sub(r"[^\d.]", "", c)) for c in r[4:7]] for r in rows}


def test_the_committed_table_is_current(values):
    page = DOCS.read_text(encoding="utf-8")
    committed = page.split("<!-- calibration -->")[1].split("<!-- end -->")[0]
    now, then = numbers(table(values)), numbers(committed)
    assert now.keys() == then.keys()
    for name, figures in now.items():
        assert figures == pytest.approx(then[name], rel=0.05, abs=0.02), name
