"""Linkage on tokens of data that others made, with its truth.

The bounds lie a little below what was measured (docs/linkage.md). The sets carry no NHS number
and far heavier errors than health records do; precision is what must not slip.
"""

import duckdb
import pytest

from flow_pipeline.contracts import contract
from flow_pipeline.link import link
from flow_pipeline.pseudonymise import pseudonymise
from flow_pipeline_tests.unit.link.people import PERSON_KEY
from flow_pipeline_tests.unit.link.public_sets import FOLDER, identity_records, quality
from flow_pipeline_tests.unit.pseudonymise.drawn_rows import KEYS

pytestmark = pytest.mark.skipif(
    not FOLDER.exists(), reason=f"the public linkage sets are not in {FOLDER}"
)


@pytest.mark.parametrize(
    ("files", "model", "least_precision", "least_f1"),
    [
        (["febrl_dataset4a.csv", "febrl_dataset4b.csv"], "learned", 0.998, 0.92),
        (["dirty_1000_50_1.csv", "dirty_1000_50_2.csv"], "learned", 0.998, 0.97),
    ],
)
def test_linkage_on_tokens_finds_who_is_who(
    files: list[str], model: str, least_precision: float, least_f1: float
):
    rows = identity_records(*files)
    made = pseudonymise(rows.drop("truth").lazy(), contract("person_index"), KEYS)
    with duckdb.connect() as connection:
        found = link(
            made.record_told, None, person_key=PERSON_KEY, connection=connection, run_id="run"
        )
        left = connection.execute("SELECT count(*) FROM information_schema.tables").fetchall()
    precision, _, f1 = quality(rows, found.person_link.collect())
    assert found.kept.model.source == model
    assert precision >= least_precision
    assert f1 >= least_f1
    assert left == [(0,)]
