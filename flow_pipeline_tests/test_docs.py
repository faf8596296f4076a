"""Documents that go stale are errors: pages made from the code, and the glossary."""

import re
from pathlib import Path

import pytest

from flow_pipeline.contracts import all_contracts
from flow_pipeline.contracts.families import EVENT_FAMILIES
from flow_pipeline.publish.documents import pages, stale, write
from flow_pipeline.tables import all_tables
from flow_pipeline.tables.journeys import DELAY_MEASURES

DOCS = Path(__file__).parents[1] / "docs"
GLOSSARY = (DOCS / "glossary.md").read_text(encoding="utf-8")


def test_the_generated_pages_are_as_the_code_says():
    assert stale(DOCS) == [], "run: python -m flow_pipeline.publish.documents"


def test_writing_makes_every_page_and_removes_those_no_longer_made(tmp_path):
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "gone.md").write_text("old")
    (tmp_path / "contracts.md").write_text("stale")
    assert set(write(tmp_path)) == pages().keys() | {"tables/gone.md"}
    assert stale(tmp_path) == []
    assert write(tmp_path) == []


def test_every_table_with_every_column_has_a_place():
    text = "\n".join(page for name, page in pages().items() if name.startswith("tables/"))
    sections = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", text, re.M | re.S))
    assert sections.keys() == all_tables().keys()
    for table in all_tables().values():
        assert all(f"| `{column}` |" in sections[table.name] for column in table.column_names)


def test_every_contract_with_every_field_and_rule_has_a_place():
    page = pages()["contracts.md"]
    sections = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", page, re.M | re.S))
    for contract in all_contracts().values():
        section = sections[contract.name]
        assert all(f"| `{field.name}` |" in section for field in contract.fields)
        assert all(f"| {rule.rule_id} {rule.name} |" in section for rule in contract.rules)
        assert all(f"### Becomes `{event.family}`" in section for event in contract.events)


def test_no_table_of_a_page_is_torn_by_a_bar_in_a_cell():
    for name, page in pages().items():
        for block in re.findall(r"(?:^\|.*\n)+", page, re.M):
            cells = {len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}
            assert len(cells) == 1, f"{name}: {block[:60]}"


def _defined(section: str) -> set[str]:
    """The words defined in the first column of the tables under a heading."""
    [body] = re.findall(rf"^##+ {section}\n(.*?)(?=^##|\Z)", GLOSSARY, re.M | re.S)
    words = re.findall(r"^\| `?([^|`]+?)`? \|", body, re.M)
    return {word for cell in words for word in cell.split(", ")}


def test_the_glossary_says_what_a_row_of_every_table_is():
    named = {
        f"{'core' if t.name.startswith('core_') else 'detail'}_<contract>"
        if t.name.startswith(("core_", "detail_"))
        else t.name
        for t in all_tables().values()
    }
    assert _defined("Tables") - {"Table"} == named


def test_the_glossary_defines_every_event_family_and_no_other():
    assert _defined("Event families") - {"Family"} == {f.name for f in EVENT_FAMILIES}


def test_the_glossary_defines_no_word_twice():
    words = re.findall(r"^\| `?([^|`]+?)`? \|", GLOSSARY.split("## Tables")[0], re.M)
    headings = {"Word", "Family"}
    kept = [word for word in words if word not in headings]
    assert sorted(set(kept)) == sorted(kept)


# What a table's name is made of, and the word of the glossary that says what that is.
_NOUNS = {
    "submission": "submission",
    "ledger": "ledger",
    "quarantine": "quarantine",
    "record": "record",
    "token": "token",
    "link": "link",
    "person": "person",
    "event": "event",
    "clock": "clock",
    "spell": "spell",
    "journey": "journey",
    "step": "step",
    "handoff": "hand-off",
    "delay": "delay",
    "cost": "cost",
    "hri": "high-resource individual",
    "organisation": "organisation",
    "team": "team",
    "area": "area",
    "run": "run",
    "bed_day": "bed day",
    "failure_demand": "failure demand",
    "resident": "resident",
}


@pytest.mark.parametrize("noun", sorted(_NOUNS))
def test_the_nouns_of_table_names_are_used_and_defined(noun):
    assert any(noun in name for name in all_tables())
    assert f"| {_NOUNS[noun]} |" in GLOSSARY


def test_every_delay_measure_is_described_by_the_table_of_delays():
    assert len(set(DELAY_MEASURES)) == len(DELAY_MEASURES)
    assert "`discharge_delay`" in GLOSSARY
