import re
from pathlib import Path

from flow_pipeline.quality import event_checks, table_checks
from flow_pipeline.quality.catalogue import CATALOGUE
from flow_pipeline.quality.contract_checks import contract_checks
from flow_pipeline.quality.documentation import TABLE_CHECKS, quality_page

PAGE = Path(__file__).parents[3] / "docs" / "quality.md"
MEND = (
    "write it again: .venv/bin/python -c 'from flow_pipeline.quality.documentation import "
    'quality_page; print(quality_page(), end="")\' > docs/quality.md'
)


def test_the_page_is_as_the_code_says():
    assert PAGE.read_text(encoding="utf-8") == quality_page(), MEND


def test_every_check_of_tables_has_a_line():
    calls = r'result\(\s*f?"([A-Z]\d\d)",\s*f?"([^"]+)"'
    sources = Path(event_checks.__file__).read_text() + Path(table_checks.__file__).read_text()
    made = {f"{i} {n}".replace("{column}", "<column>").replace("{to}", "<table>")
            for i, n in re.findall(calls, sources)}  # fmt: skip

    assert made == {name for name, _, _ in TABLE_CHECKS}


def test_every_entry_of_the_catalogue_is_used():
    from flow_pipeline.contracts import all_contracts

    of_tables = {name[:3] for name, _, _ in TABLE_CHECKS}
    of_contracts = {
        c.check.catalogue_id for one in all_contracts().values() for c in contract_checks(one)
    }
    left_to_ingest = {"K13"}  # needs the birth date, which the core table no longer has

    assert of_tables | of_contracts | left_to_ingest == set(CATALOGUE)
