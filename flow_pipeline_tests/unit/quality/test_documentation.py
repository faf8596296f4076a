import re
from pathlib import Path

from flow_pipeline.quality import (
    event_checks,
    linkage_checks,
    match_rates,
    overrides,
    reference_checks,
    submission_checks,
    table_checks,
    timeliness,
)
from flow_pipeline.quality.catalogue import CATALOGUE
from flow_pipeline.quality.contract_checks import contract_checks
from flow_pipeline.quality.documentation import (
    LINKAGE_CHECKS,
    SUBMISSION_CHECKS,
    TABLE_CHECKS,
    quality_page,
)

PAGE = Path(__file__).parents[3] / "docs" / "quality.md"
MEND = (
    "write it again: .venv/bin/python -c 'from flow_pipeline.quality.documentation import "
    'quality_page; print(quality_page(), end="")\' > docs/quality.md'
)


def test_the_page_is_as_the_code_says():
    assert PAGE.read_text(encoding="utf-8") == quality_page(), MEND


def test_every_check_of_tables_has_a_line():
    calls = r'result\(\s*f?"([A-Z]\d\d)",\s*f?"([^"]+)"'
    modules = (event_checks, table_checks, reference_checks)
    sources = "".join(Path(module.__file__).read_text() for module in modules)
    made = {f"{i} {n}".replace("{column}", "<column>").replace("{to}", "<table>")
            for i, n in re.findall(calls, sources)}  # fmt: skip

    assert made == {name for name, _, _ in TABLE_CHECKS}


def test_every_check_of_submissions_is_run():
    """By its id at least: names are made of measures and fields."""
    sources = Path(submission_checks.__file__).read_text() + Path(timeliness.__file__).read_text()
    for name, _, _ in SUBMISSION_CHECKS:
        assert re.search(rf'"{name[:3]}"', sources), name


def test_every_check_of_linkage_is_run():
    modules = (linkage_checks, match_rates)
    source = "".join(Path(module.__file__).read_text() for module in modules)
    for name, _, _ in LINKAGE_CHECKS:
        assert f'"{name[:3]}"' in source, name


def test_every_entry_of_the_catalogue_is_used():
    from flow_pipeline.contracts import JURISDICTIONS, all_contracts, core_contract

    of_tables = {name[:3] for name, _, _ in (*TABLE_CHECKS, *LINKAGE_CHECKS, *SUBMISSION_CHECKS)}
    of_contracts = {
        c.check.catalogue_id
        for name in all_contracts()
        for country in JURISDICTIONS
        for c in contract_checks(core_contract(name, country))
    }
    left_to_ingest = {"K13"}  # needs the birth date, which the core table no longer has

    assert of_tables | of_contracts | left_to_ingest == set(CATALOGUE)


def test_what_cannot_be_overridden_is_in_the_page():
    told = ", ".join(overrides.NEVER[:-1]) + f" and {overrides.NEVER[-1]} cannot be overridden"
    assert told in quality_page()
    assert set(overrides.NEVER) <= set(CATALOGUE)
