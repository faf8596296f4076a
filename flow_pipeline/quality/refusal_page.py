"""The report to a sender whose file was refused whole: why, and what to do."""

import csv
import datetime as dt
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path

from flow_pipeline.quality.feedback_style import STYLE
from flow_pipeline.store import write_text

REFUSED_PAGE, REFUSED_TABLE = "refused.html", "refused.csv"


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """A file that was refused whole. ``organisation_code`` is None where rows would name it."""

    path: Path
    source: str
    organisation_code: str | None
    message: str  # of the InputRefused


def write_refusals(
    feedback: Path,
    refusals: Iterable[Refusal],
    *,
    names: Mapping[str, str],
    today: dt.date,
) -> list[Path]:
    """Write a page and a CSV file for each sender of which a file was refused; returns the pages.

    In: ``feedback``: the folder that holds a folder for each sender; ``names``: of organisations by
    code. A refusal without organisation goes to the folder of its source. Messages lose the folder
    of the file, which is ours and not the sender's. Raises StoreError when nothing can be written.
    """
    by_folder: dict[str, list[Refusal]] = {}
    for one in refusals:
        by_folder.setdefault(folder_of(one.organisation_code, one.source), []).append(one)
    pages = []
    for folder, own in sorted(by_folder.items()):
        code = own[0].organisation_code
        who = f"{names.get(code, code)} ({code})" if code else f"the senders of {own[0].source}"
        write_text(feedback / folder / REFUSED_TABLE, _table(own))
        write_text(feedback / folder / REFUSED_PAGE, _page(who, own, today))
        pages.append(feedback / folder / REFUSED_PAGE)
    return pages


def remove_refusals(feedback: Path) -> None:
    """Remove what was told of refused files, once every file could be taken."""
    for name in (REFUSED_PAGE, REFUSED_TABLE):
        for path in feedback.glob(f"*/{name}"):
            path.unlink()


def folder_of(organisation: str | None, source: str = "") -> str:
    """The folder of a sender: its code, as far as that can be a folder's name."""
    told = organisation or f"unnamed {source}".strip()
    kept = "".join(c if c.isalnum() or c in "-_" else "_" for c in told)
    return kept or "_"


def _told(one: Refusal) -> str:
    """The message with the file's name in place of its path."""
    return one.message.replace(str(one.path), one.path.name).replace(f"{one.path.parent}/", "")


def _table(refusals: Iterable[Refusal]) -> str:
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\n")
    lines.writerow(("file", "source", "why"))
    lines.writerows((one.path.name, one.source, _told(one)) for one in refusals)
    return out.getvalue()


def _page(who: str, refusals: list[Refusal], today: dt.date) -> str:
    told = "".join(
        f"<li><code>{escape(one.path.name)}</code> <small>as {escape(one.source)}</small>"
        f"<p>{escape(_told(one))}</p></li>"
        for one in refusals
    )
    title = f"Files refused: {who}"
    count = f"{len(refusals)} file{'s' if len(refusals) > 1 else ''}"
    return (
        "<!doctype html><html lang=en><head><meta charset=utf-8>"
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>"
        f"<h1>{escape(title)}</h1><p class=lead>{count} could not be taken at all. Made on "
        f"{today:%-d %B %Y}. Nothing of them was used; until they come again, what you sent before "
        f"stands.</p><section class=first><ul>{told}</ul></section></body></html>\n"
    )
