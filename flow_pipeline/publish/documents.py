"""The documents that are made from the code: ``python -m flow_pipeline.publish.documents``."""

import sys
from collections.abc import Iterator
from pathlib import Path

from flow_pipeline.config_page import configuration_page
from flow_pipeline.publish.code_pages import codes_page
from flow_pipeline.publish.contract_pages import contracts_page, markdown_table
from flow_pipeline.tables import all_tables
from flow_pipeline.tables.language import Table

_READERS = {
    "row": "schema `flow`: pseudonymised personal data, role flow_analyst",
    "aggregate": "schema `flow` exact; schema `flow_release` after disclosure control",
    "reference": "schemas `flow` and `flow_release`; holds no person",
    "operational": "schema `flow`; holds no person",
    "internal": "never published",
}


def pages() -> dict[str, str]:
    """Every generated page by its path below ``docs``."""
    stages: dict[str, list[Table]] = {}
    for table in all_tables().values():
        stages.setdefault(table.stage, []).append(table)
    made = {f"tables/{stage}.md": _stage_page(stage, stages[stage]) for stage in sorted(stages)}
    return {
        **made,
        "contracts.md": contracts_page(),
        "codes.md": codes_page(),
        "configuration.md": configuration_page(),
    }


def stale(docs: Path) -> list[str]:
    """Paths of pages under ``docs`` that are missing, no longer made, or not as the code says."""
    wanted = pages()
    found = {f"tables/{p.name}" for p in (docs / "tables").glob("*.md")}
    differing = {name for name, text in wanted.items() if _read(docs / name) != text}
    return sorted(differing | (found - wanted.keys()))


def write(docs: Path) -> list[str]:
    """Write the pages that are stale, remove those no longer made; their paths are returned."""
    changed = stale(docs)
    wanted = pages()
    for name in changed:
        path = docs / name
        if name in wanted:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted[name], encoding="utf-8")
        else:
            path.unlink()
    return changed


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


def _stage_page(stage: str, tables: list[Table]) -> str:
    in_order = sorted(tables, key=lambda t: t.name)
    return "\n".join((f"# Tables of {stage}\n", _INTRODUCTION, *map(_table_section, in_order)))


_INTRODUCTION = """\
Made from `flow_pipeline/tables/` by `python -m flow_pipeline.publish.documents`; do not edit.
Types: text, integer, number (double), boolean, date, datetime (no time zone), money (pounds, two
decimals), text_list (array of text).
"""


def _table_section(table: Table) -> str:
    rows = [
        (f"`{c.name}`", c.type, c.unit, "" if c.nullable else "never null", c.meaning)
        for c in table.columns
    ]
    heading = ("Column", "Type", "Unit", "Null", "Meaning")
    return "\n".join((f"## {table.name}\n", *_facts(table), markdown_table(heading, rows)))


def _facts(table: Table) -> Iterator[str]:
    yield f"{table.meaning}\n"
    yield f"- Grain: {table.grain}"
    yield f"- Key: {_named(table.key)}"
    yield f"- Order: {_named(table.sorted_by)}"
    yield f"- Zone: {table.zone}"
    yield f"- Release class: {table.release_class} ({_READERS[table.release_class]})"
    if table.later:
        yield f"- {table.later}"
    yield ""


def _named(columns: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in columns)


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path("docs")
    written = write(target)
    sys.stdout.write("".join(f"wrote {target / name}\n" for name in written) or "all up to date\n")
