"""The manifest beside a file: read strictly, compared exactly, never quoted."""

import datetime as dt
import hashlib
import json
from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flow_pipeline.config import load_economy
from flow_pipeline.contracts import contract
from flow_pipeline.errors import InputRefused
from flow_pipeline.ingest.manifest import (
    Manifest,
    is_manifest,
    manifest_beside,
    manifest_rows,
    refuse_unfit,
)
from flow_pipeline.tables.ingest import CONTROL_TOTAL, MANIFEST
from flow_pipeline_tests.unit.ingest.deliveries import CONFIG, economy

_WHOLE = {
    "submission_id": "2024-04-v1",
    "organisation_identifier_code_of_provider": "RXA",
    "reporting_period_start_date": "2024-04-01",
    "reporting_period_end_date": "2024-04-30",
    "date_time_data_set_created": "2024-05-02T09:30:00",
    "contract_version": "6.3",
    "record_count": 1200,
    "file_sha256": "AB" * 32,
    "submission_type": "Full",
    "control_totals": {"rows": 1200, "tariff_amount": 12345.67},
}
_READ = Manifest(
    submission_id="2024-04-v1",
    organisation_code="RXA",
    period_start=dt.date(2024, 4, 1),
    period_end=dt.date(2024, 4, 30),
    created_at=dt.datetime(2024, 5, 2, 9, 30),
    contract_version="6.3",
    record_count=1200,
    sha256="ab" * 32,
    submission_type="full",
    control_totals={"rows": Decimal(1200), "tariff_amount": Decimal("12345.67")},
)


def _beside(folder, text, ending=".manifest.json"):
    data = folder / "apc.csv"
    data.write_text("a\n1\n")
    (folder / f"apc.csv{ending}").write_text(text)
    return data


def test_a_file_without_manifest_has_none(tmp_path):
    assert manifest_beside(tmp_path / "apc.csv") is None


def test_json_says_what_it_says(tmp_path):
    assert manifest_beside(_beside(tmp_path, json.dumps(_WHOLE))) == _READ


@pytest.mark.parametrize("ending", [".manifest.yaml", ".manifest.yml"])
def test_yaml_says_the_same(tmp_path, ending):
    written = """\
submission_id: 2024-04-v1
organisation_identifier_code_of_provider: RXA
reporting_period_start_date: 2024-04-01
reporting_period_end_date: 2024-04-30
date_time_data_set_created: 2024-05-02T09:30:00
contract_version: "6.3"
record_count: 1200
file_sha256: ABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABAB
submission_type: full
control_totals: {rows: 1200, tariff_amount: 12345.67}
"""
    assert manifest_beside(_beside(tmp_path, written, ending)) == _READ


def test_what_is_not_said_is_none(tmp_path):
    read = manifest_beside(_beside(tmp_path, '{"record_count": 3, "file_sha256": null}'))
    assert read == Manifest(record_count=3)


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("record_count", -1, "record_count: expected a whole number of rows"),
        ("record_count", 1.5, "record_count: expected a whole number"),
        ("record_count", True, "record_count: expected a whole number"),
        ("reporting_period_start_date", "1/4/24", "expected a date like 2024-04-01"),
        ("file_sha256", "abc", "file_sha256: expected 64 hexadecimal digits"),
        ("submission_type", "some", "submission_type: expected full, refresh or delta"),
        ("control_totals", [1], "control_totals: expected names"),
        ("control_totals", {"rows": "many"}, "control_totals: expected names"),
        ("date_time_data_set_created", "noon", "expected a time like"),
        ("record_cuont", 3, "key number 1 is none; known are submission_id"),
    ],
)
def test_a_wrong_value_is_told_by_its_key_and_not_quoted(tmp_path, key, value, told):
    with pytest.raises(InputRefused, match=r"manifest\.json") as refusal:
        manifest_beside(_beside(tmp_path, json.dumps({key: value})))
    assert told in str(refusal.value)
    assert "1/4/24" not in str(refusal.value)
    assert "noon" not in str(refusal.value)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"record_count": 1, "record_count": 2}', "null"])
def test_what_is_no_mapping_is_refused(tmp_path, text):
    with pytest.raises(InputRefused, match="manifest"):
        manifest_beside(_beside(tmp_path, text))


@given(st.binary(max_size=200))
def test_any_bytes_are_a_manifest_or_refused(tmp_path_factory, content):
    folder = tmp_path_factory.mktemp("manifest")
    for ending in (".manifest.json", ".manifest.yaml"):
        data = folder / f"x{ending[-4:]}.csv"
        data.with_name(data.name + ending).write_bytes(content)
        with suppress(InputRefused):  # anything else is a crash
            assert isinstance(manifest_beside(data), Manifest)


def test_a_period_that_ends_before_it_starts_is_refused(tmp_path):
    told = {
        "reporting_period_start_date": "2024-04-01",
        "reporting_period_end_date": "2024-03-31",
    }
    with pytest.raises(InputRefused, match="on or after"):
        manifest_beside(_beside(tmp_path, json.dumps(told)))


def test_two_manifests_of_one_file_are_refused(tmp_path):
    _beside(tmp_path, "{}")
    with pytest.raises(InputRefused, match="several manifests"):
        manifest_beside(_beside(tmp_path, "a: 1", ".manifest.yaml"))


def test_a_manifest_of_another_sender_or_of_other_fields_is_unfit(tmp_path):
    path, apc = tmp_path / "apc.csv", contract("apc_episode")
    refuse_unfit(path, _READ, "RXA", [apc])
    refuse_unfit(path, _READ, None, [apc])
    with pytest.raises(InputRefused, match="another organisation than RXB"):
        refuse_unfit(path, _READ, "RXB", [apc])
    wrong = Manifest(control_totals={"rows": Decimal(1), "nhs_number": Decimal(5)})
    with pytest.raises(InputRefused, match="position 2 is neither 'rows' nor a number field"):
        refuse_unfit(path, wrong, "RXA", [apc])


def test_what_is_stated_stands_beside_what_was_found():
    digest = hashlib.sha256(b"rows").hexdigest()
    stated, totals = manifest_rows(
        _READ,
        [("s1", "apc", "RXA"), ("s2", "ward", "RXA")],
        n_rows=1100,
        digest=digest,
        totals={"tariff_amount": Decimal("12345.67")},
    )
    assert stated.schema == MANIFEST.schema()
    assert totals.schema == CONTROL_TOTAL.schema()
    assert stated["submission_id"].to_list() == ["s1", "s2"]
    assert stated["found_n_rows"].to_list() == [1100, 1100]
    assert stated["is_digest_same"].to_list() == [False, False]
    assert totals.rows() == [
        ("s1", "apc", "rows", 1200.0, 1100.0),
        ("s1", "apc", "tariff_amount", 12345.67, 12345.67),
        ("s2", "ward", "rows", 1200.0, 1100.0),
        ("s2", "ward", "tariff_amount", 12345.67, 12345.67),
    ]


def test_a_digest_that_is_not_stated_is_not_judged():
    stated, _ = manifest_rows(Manifest(), [("s1", "apc", None)], n_rows=1, digest="a", totals={})
    assert stated["is_digest_same"].to_list() == [None]


def test_a_manifest_is_not_taken_for_data(tmp_path):
    config = economy(tmp_path, CONFIG.replace("*.csv", "*"))
    data = next((tmp_path / "extracts").glob("*.csv"))
    data.with_name(data.name + ".manifest.json").write_text("{}")
    assert load_economy(config).sources[0].files == (data,)
    assert is_manifest(data.with_name("A.CSV.MANIFEST.JSON"))
