"""What comes of the golden histories is what stands beside them, and in the docs."""

import dataclasses
from pathlib import Path

import pytest

from flow_pipeline_tests.golden.answers import ANSWERS
from flow_pipeline_tests.golden.histories import GOLDEN, Golden
from flow_pipeline_tests.golden.page import golden_page
from flow_pipeline_tests.unit.journeys.histories import PARAMETERS, history

PAGE = Path(__file__).parents[2] / "docs" / "golden_histories.md"
ALL = [golden for histories in GOLDEN.values() for golden in histories]


@pytest.mark.parametrize("golden", ALL, ids=lambda golden: golden.rule[:60])
def test_a_golden_history_comes_out_as_drawn(golden: Golden) -> None:
    parameters = dataclasses.replace(PARAMETERS, **golden.parameters)
    made = history(parameters, **golden.drawn())
    found = {question: ANSWERS[question](made) for question in golden.expected}
    assert found == golden.expected, golden.rule


def test_the_page_is_as_the_histories_say() -> None:
    told = PAGE.read_text(encoding="utf-8")
    command = "python -m flow_pipeline_tests.golden.page > docs/golden_histories.md"
    assert told == golden_page(), f"run: {command}"


def test_there_are_enough_and_each_asks_something() -> None:
    assert len(ALL) >= 40
    assert len({golden.rule for golden in ALL}) == len(ALL)
    assert all(golden.expected for golden in ALL)
    assert {question for golden in ALL for question in golden.expected} <= ANSWERS.keys()
