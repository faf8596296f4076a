"""How a source says whom its rows are about: in clear, or under another body's pseudonym."""

import pytest

from flow_pipeline.config import load_economy
from flow_pipeline.config_economy import Identity
from flow_pipeline.errors import ConfigurationError
from flow_pipeline_tests.unit.ingest.deliveries import CONFIG, economy

FOREIGN = '{scheme: foreign, namespace: dscro-2026, key: PSEUDO "NHS" NUMBER}'


def _with(identity: str) -> str:
    return CONFIG.replace("    columns:", f"    identity: {identity}\n    columns:")


def test_identifiers_are_in_clear_unless_the_source_says_otherwise(tmp_path):
    for config in (CONFIG, _with("{scheme: clear}")):
        [source] = load_economy(economy(tmp_path, config)).sources
        assert source.identity == Identity()
        assert set(source.map.columns) == {"local_patient_identifier"}


def test_a_foreign_pseudonym_is_mapped_with_its_namespace(tmp_path):
    [source] = load_economy(economy(tmp_path, _with(FOREIGN))).sources
    assert source.identity == Identity("foreign", "dscro-2026", 'PSEUDO "NHS" NUMBER')
    assert source.map.columns["foreign_pseudonym"] == '"PSEUDO ""NHS"" NUMBER"'
    assert source.map.columns["foreign_pseudonym_namespace"] == "'dscro-2026'"
    assert source.map.needed()["columns.foreign_pseudonym"] == ('PSEUDO "NHS" NUMBER',)


def test_another_namespace_is_another_source(tmp_path):
    digests = {
        load_economy(economy(tmp_path, _with(identity))).sources[0].digest
        for identity in ("{scheme: clear}", FOREIGN, FOREIGN.replace("2026", "2025"))
    }
    assert len(digests) == 3


@pytest.mark.parametrize(
    ("identity", "says"),
    [
        ("{scheme: foreign, key: a}", "needs namespace"),
        ("{scheme: foreign, namespace: a}", "needs key"),
        ("{scheme: foreign, namespace: It's mine, key: a}", "expected small letters"),
        ("{scheme: secret}", "expected one of clear, foreign"),
    ],
)
def test_each_mistake_is_told_with_its_line(tmp_path, identity, says):
    with pytest.raises(ConfigurationError, match=rf"economy.yaml:1[0-9]: .*{says}"):
        load_economy(economy(tmp_path, _with(identity)))


def test_a_pseudonym_is_named_once(tmp_path):
    config = _with("{scheme: foreign, namespace: a, key: b}") + "\n"
    twice = config.replace("_identifier: who", "_identifier: who\n      foreign_pseudonym: c")
    with pytest.raises(ConfigurationError, match="both name the pseudonym"):
        load_economy(economy(tmp_path, twice))


def test_bridges_are_files_beside_the_configuration(tmp_path):
    (tmp_path / "bridge.csv").write_text("namespace,pseudonym,other_namespace,other_pseudonym\n")
    config = CONFIG + "linkage: {bridges: [bridge.csv]}\n"
    assert load_economy(economy(tmp_path, config)).link_bridges == (tmp_path / "bridge.csv",)
    assert load_economy(economy(tmp_path, CONFIG)).link_bridges == ()


@pytest.mark.parametrize(
    ("bridges", "says"),
    [
        ("\n    - absent.csv", r"linkage.bridges\[0\]: there is no file"),
        (" bridge.csv", "expected a list"),
        ("\n    - {a: b}", r"linkage.bridges\[0\]: expected a path"),
    ],
)
def test_a_bridge_that_is_none_is_told_with_its_line(tmp_path, bridges, says):
    config = CONFIG + f"linkage:\n  bridges:{bridges}\n"
    line = config.count("\n")
    with pytest.raises(ConfigurationError, match=rf"economy.yaml:{line}: .*{says}"):
        load_economy(economy(tmp_path, config))
