"""Data docs: the pages of Great Expectations' results, made to open from disk.

Great Expectations' own pages load styles and scripts from a dozen addresses, one of which counts
the visit; without a network they are bare. So its renderer fills the sections, and the page
around them is ours: no script, no address, nothing that is not in the file.
"""

import re
from collections.abc import Container
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Any

from flow_pipeline.contracts import all_contracts
from flow_pipeline.quality.results import Result

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #212529; margin: 0 auto; max-width: 70rem;
  padding: 1.5rem; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; } h5 { font-size: 1.1rem; margin: 0; }
h6, .h6 { font-size: .95rem; font-weight: 600; margin: .5rem 0; }
a { color: #005eb8; } p.lead { color: #4c6272; margin: 0 0 1.5rem; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1.5rem; }
th, td { text-align: left; vertical-align: top; padding: .4rem .75rem .4rem 0;
  border-bottom: 1px solid #d8dde0; } td.number, th.number { text-align: right; }
.ge-section { margin-top: 1.25rem; } .alert { background: #f0f4f5; padding: .6rem .9rem; }
.badge { background: #e8edee; border-radius: .25rem; padding: 0 .35rem; font-size: .85rem; }
.text-danger { color: #a2231d; } .text-success { color: #00703c; } .text-warning { color: #8a5a00; }
.fa-check-circle::before { content: "\\2713"; font-style: normal; font-weight: 700; }
.fa-times::before { content: "\\2717"; font-style: normal; font-weight: 700; }
.fa-exclamation-triangle::before { content: "!"; font-style: normal; font-weight: 700; }
.ge-section td:first-child { width: 5rem; } .ge-section td:last-child { width: 11rem; }
#section-1 td:first-child, #section-1 td:last-child { width: auto; }
[hidden] { display: none; }
"""


def write_page(docs: Path, name: str, outcome: Any) -> None:
    """Write the page of one contract's validation result to ``docs/<name>.html``."""
    lead = "Every check on the accepted rows of this extract: counts only, no value of a person."
    body = f'<p><a href="index.html">All extracts</a></p>{_sections(outcome)}'
    (docs / f"{name}.html").write_text(_page(name, lead, body), encoding="utf-8")


def write_index(docs: Path, results: list[Result]) -> None:
    """Write ``docs/index.html``: one line per contract, with how its checks went."""
    lines = "".join(
        _index_line(source, list(group))
        for source, group in groupby(sorted(results, key=_source), key=_source)
    )
    head = "".join(
        f"<th{' class=number' if n else ''}>{title}</th>"
        for n, title in enumerate(("Extract", "Checks", "Passed", "Warnings", "Blocking"))
    )
    lead = "Checks of the accepted rows, derived from the contract of each extract."
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table>"
    (docs / "index.html").write_text(_page("Data quality", lead, table), encoding="utf-8")


def remove_other_pages(docs: Path, keep: Container[str]) -> None:
    """Remove the pages that an earlier run wrote of contracts that are not in ``keep``."""
    for name in all_contracts():
        if name not in keep:
            (docs / f"{name}.html").unlink(missing_ok=True)


def _source(result: Result) -> str:
    return result.source


def _index_line(source: str, results: list[Result]) -> str:
    rows = [result.row() for result in results]
    failed = [row for row in rows if not row["passed"]]
    blocking = sum(row["severity"] != "warn" for row in failed)
    warnings = len(failed) - blocking
    looked_at = any(result.n_rows for result in results)
    name = f'<a href="{escape(source)}.html">{escape(source)}</a>' if looked_at else escape(source)
    colours = (None, None, "text-warning" if warnings else None, "text-danger" if blocking else "")
    counts = (len(rows), len(rows) - len(failed), warnings, blocking)
    cells = "".join(
        f'<td class="number {colour or ""}">{count}</td>'
        for count, colour in zip(counts, colours, strict=True)
    )
    return f"<tr><td>{name}{'' if looked_at else ' (no rows)'}</td>{cells}</tr>"


def _sections(outcome: Any) -> str:
    """The sections as Great Expectations renders them, without what is no one's business.

    The part of the overview that holds a fingerprint of the data, run time and other inner
    matters is left out: it differs from run to run and is a hash of rows.
    """
    from great_expectations.render.renderer import ValidationResultsPageRenderer
    from great_expectations.render.view import DefaultJinjaSectionView

    document = ValidationResultsPageRenderer().render(outcome)
    overview = document.sections[0]
    overview.content_blocks = [
        block for block in overview.content_blocks if block.content_block_type == "table"
    ]
    view = DefaultJinjaSectionView()
    return "".join(
        _without_ids(view.render({"section": section.to_json_dict(), "section_loop": {"index": n}}))
        for n, section in enumerate(document.sections, start=1)
    )


def _without_ids(html: str) -> str:
    """Without the random ids that Great Expectations gives to parts that fold."""
    return re.sub(r"-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "", html)


def _page(title: str, lead: str, body: str) -> str:
    return (
        '<!DOCTYPE html>\n<html lang="en-GB"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}: data quality</title><style>{_STYLE}</style></head>"
        f'<body><h1>{escape(title)}</h1><p class="lead">{escape(lead)}</p>{body}</body></html>\n'
    )
