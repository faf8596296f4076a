"""Versions and jurisdictions in a configuration."""

from pathlib import Path

import pytest

from flow_pipeline.config import load_economy
from flow_pipeline.errors import ConfigurationError

_CONFIG = """\
economy: Testborough
jurisdiction: {jurisdiction}
purpose: test
period: {{start: 2023-04-01, end: 2024-03-31}}
storage: {{root: ./data}}
publish: duckdb:///data/flow.duckdb
pseudonymisation: {{key_file: ./keys/active.key}}
organisations:
  - {{code: P1, name: First, sector: acute}}
sources:
  - contract: {contract}
    organisation: P1
    files: "*.csv"
{version}
governance:
  purposes:
    - {{code: test, description: trying}}
"""


def _source(folder: Path, *, contract: str, version: str = "", jurisdiction: str = "england"):
    line = f'    version: "{version}"' if version else ""
    path = folder / "economy.yaml"
    path.write_text(_CONFIG.format(contract=contract, version=line, jurisdiction=jurisdiction))
    [source] = load_economy(path, files_must_exist=False).sources
    return source


def test_a_stated_version_is_kept_and_changes_what_rows_become(tmp_path):
    stated = _source(tmp_path, contract="cld_event", version="1")
    silent = _source(tmp_path, contract="cld_event")
    assert (stated.version, silent.version) == ("1", None)
    assert stated.digest != silent.digest


def test_an_unknown_version_is_answered_with_those_there_are(tmp_path):
    with pytest.raises(ConfigurationError, match=r"cld_event has the versions 2, 1; found '3'"):
        _source(tmp_path, contract="cld_event", version="3")


def test_scotland_has_its_own_variants_and_versions(tmp_path):
    clinic = _source(tmp_path, contract="op_attendance", jurisdiction="scotland")
    assert clinic.contract.jurisdiction == "scotland"
    assert clinic.contract.field("attended_or_did_not_attend_code").codes == (
        "smr00_clinic_attendance"
    )
    referral = _source(tmp_path, contract="csds_referral", jurisdiction="scotland")
    assert referral.contract.name == "csds_referral"
    with pytest.raises(ConfigurationError, match=r"has the versions 1; found '6.3'"):
        _source(tmp_path, contract="op_attendance", version="6.3", jurisdiction="scotland")
