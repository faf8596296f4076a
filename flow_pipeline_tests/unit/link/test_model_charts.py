"""Splink's own chart of the model shows the parameters in use."""

import json
import re

import duckdb
import pytest

from flow_pipeline.link.model_charts import match_weights
from flow_pipeline.link.shipped_model import SHIPPED


def test_the_chart_holds_every_level_and_where_a_pair_starts():
    with duckdb.connect() as connection:
        html = match_weights(SHIPPED, connection, probability=2**-10)
        assert connection.execute("SHOW TABLES").fetchall() == []
    rows = [json.loads(found) for found in re.findall(r"\{[^{}]*\"comparison_name\"[^{}]*\}", html)]
    rows = [row for row in rows if "label_for_charts" in row]
    weights = {(r["comparison_name"], r["label_for_charts"]): r["log2_bayes_factor"] for r in rows}
    for comparison, levels in SHIPPED.items():
        assert {level for name, level in weights if name == comparison} == levels.keys()
    prior = next(r for r in rows if r["comparison_name"] == "probability_two_random_records_match")
    assert prior["log2_bayes_factor"] == pytest.approx(-10, abs=0.01)
