"""A configuration is right in whole, or every mistake is told with its line."""

from pathlib import Path

import pytest

from flow_pipeline.config import Economy, load_economy
from flow_pipeline.config_schema import KEYS
from flow_pipeline.errors import ConfigurationError, KeyOrPurposeError
from flow_pipeline_tests.unit.ingest.deliveries import CONFIG, economy


def _load(folder: Path, config: str = CONFIG) -> Economy:
    return load_economy(economy(folder, config))


def _mistakes(folder: Path, config: str) -> list[str]:
    with pytest.raises(ConfigurationError) as told:
        _load(folder, config)
    lines = str(told.value).splitlines()
    assert "nothing was read" in lines[-1]
    return lines[:-1]


def _line(config: str, text: str) -> int:
    return next(n for n, line in enumerate(config.splitlines(), start=1) if text in line)


def test_the_least_configuration_has_the_defaults(tmp_path):
    read = _load(tmp_path)
    assert read.root == tmp_path / "data"
    assert read.publish_path == tmp_path / "data" / "flow.duckdb"
    assert read.publish_url == f"duckdb:///{tmp_path}/data/flow.duckdb"
    assert read.key_file == tmp_path / "keys" / "active.key"
    assert (read.jurisdiction, read.gap_days, read.cips_variant) == ("england", 30, "nhsd")
    assert (read.suppress_below, read.round_to, read.max_unselected) == (8, 5, 0)
    assert (read.cost_scope, read.unit_costs, read.population) == ("health", None, "events")
    [source] = read.sources
    assert source.name == "gp_appointment"
    assert [path.name for path in source.files] == ["appointments.csv"]
    assert source.formats.nulls == ("", "NULL")
    assert not source.verified_numbers


def test_a_configuration_beside_other_folders_is_found_by_any_path(tmp_path, monkeypatch):
    economy(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert load_economy(Path("economy.yaml")).root == tmp_path / "data"


def test_a_published_link_is_left_a_link(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "flow.duckdb").symlink_to(tmp_path / "releases" / "x.duckdb")
    assert _load(tmp_path).publish_path == tmp_path / "data" / "flow.duckdb"


def test_all_mistakes_are_told_at_once_with_their_lines(tmp_path):
    config = (
        CONFIG.replace("economy: Testborough", "economie: Testborough")
        .replace("end: 2024-03-31", "end: 2022-03-31")
        .replace("sector: gp", "sector: gardening")
        .replace("contract: gp_appointment", "contract: gp_apointment")
        .replace("files: extracts/*.csv", "files: extracts/*.xml")
    )
    told = _mistakes(tmp_path, config)
    at = [f"economy.yaml:{_line(config, text)}:" for text in
          ("economie", "period", "gardening", "gp_apointment", "*.xml")]  # fmt: skip
    assert all(any(line.startswith(place) for line in told) for place in at)
    joined = "\n".join(told)
    assert "unknown key; did you mean 'economy'?" in joined
    assert "economy: missing" in joined
    assert "did you mean 'gp_appointment'?" in joined
    assert "found 'gardening'" in joined
    assert len(told) == 6


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("start: 2023-04-01", "start: soon", "period.start: expected a date like 2023-04-01"),
        ("{code: P1,", "{code: 7,", "organisations[0].code: expected text, found 7 without quotes"),
        ("organisation: P1", "organisation: P9", "'P9' is not among organisations"),
        ("{code: P1,", "{code: P1, name: Twin, sector: gp}\n  - {code: P1,", "listed twice"),
        ("organisation: P1", "organisation: {known: listed}", "expected a code, or {column"),
        ("local_patient_identifier: who", "local_patient: who", "no field 'local_patient'"),
        ("_identifier: who", "_identifier: MAX(who)", "an aggregate"),
        ("_identifier: who", "_identifier: who || (SELECT 'x')", "subquery"),
        ("_identifier: who", "_identifier: who who who", "not a row-wise SQL expression"),
        ("    columns:", "    where: who\n    columns:", "expected a condition"),
        ("    columns:", "    formats: {date: '%d/%m/%y'}\n    columns:", "two digits"),
        ("    columns:", "    shared: maybe\n    columns:", "expected true or false"),
        ("{key_file: ./keys/active.key}", "{}", "one of key_file and key_env"),
        ("duckdb:///data/flow.duckdb", "sqlite:///x", "expected duckdb:///path"),
        ("governance:", "reference: {areas: nowhere.csv}\ngovernance:", "there is no file"),
        ("governance:", "population: {from: person_index}\ngovernance:", "no source has"),
        ("governance:", "disclosure: {suppress_below: 0}\ngovernance:", "at least 1"),
        ("governance:", "journeys: {cips_variant: mine}\ngovernance:", "one of nhsd, che"),
        ("  purposes:\n    - {code: test, description: trying}", "  purposes: []", "at least one"),
    ],
)
def test_each_mistake_is_told(tmp_path, old, new, says):
    assert old in CONFIG
    config = CONFIG.replace(old, new)
    assert any(says in line for line in _mistakes(tmp_path, config)), _mistakes(tmp_path, config)


_LATER = {
    "publish": None,
    "linkage.model": "linkage: {model: mine.json}",
    "cohorts.cost_scope": "cohorts: {cost_scope: [inpatient, emergency]}",
    "quality.if_blocked": "quality: {if_blocked: leave_out_family}",
    "notify": "notify: {on: [blocked], webhook_env: FLOW_WEBHOOK}",
}
_LATER_OF_GOVERNANCE = {
    "governance.agreements": "agreements: [x]",
    "governance.opt_outs": "opt_outs: optouts.csv",
    "governance.retention": "retention: {acute: 8}",
}


@pytest.mark.parametrize("key", [k for k, text in _LATER.items() if text])
def test_what_belongs_to_later_is_answered_by_name(tmp_path, key):
    assert _is_not_supported(tmp_path, f"{CONFIG}{_LATER[key]}\n")


@pytest.mark.parametrize("key", _LATER_OF_GOVERNANCE)
def test_what_belongs_to_later_of_governance_is_answered_by_name(tmp_path, key):
    assert _is_not_supported(tmp_path, f"{CONFIG}  {_LATER_OF_GOVERNANCE[key]}\n")


def test_postgresql_is_answered_by_name(tmp_path):
    config = CONFIG.replace("duckdb:///data/flow.duckdb", "postgresql://host/flow")
    assert _is_not_supported(tmp_path, config)


def _is_not_supported(folder: Path, config: str) -> bool:
    told = _mistakes(folder, config)
    return len(told) == 1 and "not supported yet" in told[0]


def test_every_key_of_later_work_is_tried_above():
    later = {key.path for key in KEYS if key.is_later or key.later}
    tried = {*_LATER, *_LATER_OF_GOVERNANCE}
    assert later - tried == set()


def test_the_defaults_of_a_layout_may_be_written_out(tmp_path):
    layout = (
        "    layout: {encoding: auto, delimiter: auto, skip: 0, header: auto, sheet: 1,"
        " names: []}\n    identity: {scheme: clear}\n"
        "    expected: {every: month, due_day: 20}\n    columns:"
    )
    [source] = _load(tmp_path, CONFIG.replace("    columns:", layout)).sources
    assert dict(source.expected) == {"every": "month", "due_day": 20}


def test_a_purpose_that_governance_does_not_hold_runs_nothing(tmp_path):
    with pytest.raises(KeyOrPurposeError, match=r"economy.yaml:2: purpose: 'other'"):
        _load(tmp_path, CONFIG.replace("purpose: test", "purpose: other"))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "found none"),
        ("- a\n- b\n", "found none"),
        ("economy: [", "not YAML"),
        ("economy: a\neconomy: b\n", "economy.yaml:2: not YAML"),
        ("a: b: c\n", "economy.yaml:1: not YAML"),
    ],
)
def test_what_is_no_configuration_is_told(tmp_path, content, says):
    with pytest.raises(ConfigurationError, match=says):
        _load(tmp_path, content)


def test_no_configuration_says_how_to_get_one(tmp_path):
    with pytest.raises(ConfigurationError, match="flow-pipeline init"):
        load_economy(tmp_path / "economy.yaml")


def test_a_configuration_that_is_no_text_is_told(tmp_path):
    (tmp_path / "economy.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigurationError, match="UTF-8"):
        load_economy(tmp_path / "economy.yaml")


def test_sources_of_one_contract_are_numbered_unless_named(tmp_path):
    [block] = CONFIG.split("sources:\n")[1].split("governance:")[:1]
    named = block.replace("- contract:", "- name: extra\n    contract:")
    config = CONFIG.replace(block, block + block + named)
    assert [s.name for s in _load(tmp_path, config).sources] == [
        "gp_appointment_1",
        "gp_appointment_2",
        "extra",
    ]
    twice = CONFIG.replace(block, named + named)
    assert "names several sources" in "\n".join(_mistakes(tmp_path, twice))


def test_anchors_of_yaml_may_be_used(tmp_path):
    [block] = CONFIG.split("sources:\n")[1].split("governance:")[:1]
    first = block.replace("columns:", "columns: &columns")
    second = block.split("    columns:")[0] + "    columns: *columns\n"
    a, b = _load(tmp_path, CONFIG.replace(block, first + second)).sources
    assert dict(a.columns) == dict(b.columns) == {"local_patient_identifier": "who"}


def test_extracts_may_be_gone_where_they_need_not_be_read(tmp_path):
    path = economy(tmp_path)
    (tmp_path / "extracts" / "appointments.csv").unlink()
    assert load_economy(path, files_must_exist=False).sources[0].files == ()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("identifier: who", "identifier: TRIM(who)"),
        ("    columns:", "    where: who <> 'x'\n    columns:"),
        ("    columns:", "    formats: {date: '%d/%m/%Y'}\n    columns:"),
        ("end: 2024-03-31", "end: 2024-03-30"),
        ("    columns:", "    layout: {skip: 1}\n    columns:"),
        ("    columns:", "    shared: true\n    columns:"),
        ("    columns:", "    nhs_number_trust: verified\n    columns:"),
    ],
)
def test_the_digest_of_a_source_changes_with_what_shapes_its_rows(tmp_path, old, new):
    before = _load(tmp_path).sources[0].digest
    assert _load(tmp_path, CONFIG.replace(old, new)).sources[0].digest != before


@pytest.mark.parametrize(
    ("old", "new"),
    [("economy: Testborough", "economy: Elsewhere"), ("extracts/*.csv", "extracts/app*.csv")],
)
def test_the_digest_of_a_source_does_not_change_with_what_does_not(tmp_path, old, new):
    before = _load(tmp_path).sources[0].digest
    assert _load(tmp_path, CONFIG.replace(old, new)).sources[0].digest == before


def test_parameters_are_stable_and_hold_no_path(tmp_path):
    parameters = _load(tmp_path).parameters()
    assert parameters == _load(tmp_path).parameters()
    assert str(tmp_path) not in str(parameters)
    assert parameters["period"] == ["2023-04-01", "2024-03-31"]


def test_registrations_and_deaths_are_trusted_unless_said_otherwise(tmp_path):
    config = CONFIG.replace("contract: gp_appointment", "contract: gp_registration")
    assert _load(tmp_path, config).sources[0].verified_numbers
    said = config.replace("    columns:", "    nhs_number_trust: supplied\n    columns:")
    assert not _load(tmp_path, said).sources[0].verified_numbers


@pytest.mark.parametrize(("written", "bits"), [("auto", None), ("6", 6.0), ("-1.5", -1.5)])
def test_the_threshold_of_linkage_is_chosen_or_given_in_bits(tmp_path, written, bits):
    config = f"{CONFIG}linkage: {{threshold: {written}}}\n"
    assert _load(tmp_path, config).link_threshold == bits


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("{threshold: high}", "expected one of auto"),
        ("{threshold: true}", "expected"),
        ("{decisions: nowhere.csv}", "there is no file"),
        ("{truth: nowhere}", "there is no folder"),
    ],
)
def test_mistakes_in_linkage_are_told(tmp_path, written, says):
    [told] = _mistakes(tmp_path, f"{CONFIG}linkage: {written}\n")
    assert says in told
