"""Reference files, mergers and populations of a configuration."""

import pytest

from flow_pipeline.config import load_economy
from flow_pipeline.errors import ConfigurationError
from flow_pipeline_tests.unit.ingest.deliveries import CONFIG, economy

FILES = """\
reference:
  organisations: {file: ods.csv, names: [organisation_code, name, "", valid_from]}
  areas: areas.csv
population: {from: events, file: population.csv}
"""


def _written(folder, config):
    for name in ("ods.csv", "areas.csv", "population.csv"):
        (folder / name).write_text("")
    return economy(folder, config)


def test_a_reference_file_is_a_path_or_a_path_with_names(tmp_path):
    read = load_economy(_written(tmp_path, CONFIG + FILES))
    assert {n: p.name for n, p in read.reference.items()} == {
        "organisations": "ods.csv",
        "areas": "areas.csv",
    }
    names = ("organisation_code", "name", "", "valid_from")
    assert read.reference_names == {"organisations": names}
    assert read.population_file == tmp_path / "population.csv"
    assert read.population == "events"


def test_without_them_there_are_none(tmp_path):
    read = load_economy(economy(tmp_path))
    assert (read.reference, read.reference_names, read.population_file) == ({}, {}, None)


def test_an_organisation_may_have_a_parent_and_a_successor(tmp_path):
    merged = "sector: gp, parent: PCN1, successor: P2}"
    [practice] = load_economy(
        economy(tmp_path, CONFIG.replace("sector: gp}", merged))
    ).organisations
    assert (practice.parent, practice.successor) == ("PCN1", "P2")


@pytest.mark.parametrize(
    ("config", "says"),
    [
        (CONFIG.replace("sector: gp}", "sector: gp, successor: P1}"), "merge into itself"),
        (CONFIG + "reference: {areas: none.csv}\n", "there is no file"),
        (CONFIG + "reference: {areas: {file: none.csv}}\n", "there is no file"),
        (CONFIG + "reference: {areas: {names: [a]}}\n", "missing; expected a path"),
        (CONFIG + "population: {file: none.csv}\n", "there is no file"),
    ],
)
def test_each_mistake_is_told(tmp_path, config, says):
    with pytest.raises(ConfigurationError, match=says):
        load_economy(economy(tmp_path, config))
