"""The report to a sender as one HTML page and one CSV file.

The page is whole in itself: no script, no address, nothing that is not in the file. It holds
counts, row numbers and shapes, never a value.
"""

import csv
import datetime as dt
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from flow_pipeline.contracts import all_contracts
from flow_pipeline.quality.feedback import Feedback
from flow_pipeline.quality.feedback_style import STYLE
from flow_pipeline.quality.mending import EFFECT_MEANINGS, EFFECTS, advice
from flow_pipeline.store import write_text

PAGE, TABLE = "feedback.html", "feedback.csv"
_RANGES_SHOWN = 12
_EARLIER_SHOWN = 24
_TRENDS = {  # sign, words
    "first": ("", ""),
    "new": ("▲", "new"),
    "more": ("▲", "more than last time"),
    "alike": ("▬", "as last time"),
    "less": ("▼", "less than last time"),
    "resolved": ("✓", "mended"),
}
_MEASURES = {
    "rows": "rows",
    "people": "people",
    "cost": "pounds",
    "bed_days": "bed days",
    "deleted_events": "events left out",
    "lag_median": "days old on arrival (median)",
}
_VERDICTS = {
    "alike": ("fine", "about as before"),
    "chance": ("fine", "within what chance makes"),
    "other_length": ("", "periods of another length: not compared"),
    "warn": ("flagged", "please check"),
    "block": ("refused", "please check: publishing stops"),
}
_CSV = (
    "file",
    "source",
    "contract",
    "received_at",
    "rule",
    "field",
    "effect",
    "rows",
    "of_rows",
    "share",
    "previous_share",
    "trend",
    "row_numbers",
    "shapes",
    "what",
    "mend",
)


@dataclass(frozen=True, kw_only=True)
class Reader:
    """For whom a report is, and what its submissions are called.

    ``files``: the name of the delivered file by submission. ``contracts``: the contract of each
    source.
    """

    economy: str
    code: str | None  # None: rows that name no sender
    name: str
    made_on: dt.date
    files: Mapping[str, str]
    contracts: Mapping[str, str]


def write_feedback(folder: Path, told: Feedback, reader: Reader) -> tuple[Path, Path]:
    """Write the page and the CSV file of one sender into ``folder``; returns their paths.

    In: ``told``: the rows of this sender alone (feedback.of_sender). Each file is written whole or
    not at all. Raises StoreError when the folder cannot be written.
    """
    page, table = folder / PAGE, folder / TABLE
    write_text(table, feedback_csv(told, reader))
    write_text(page, feedback_page(told, reader))
    return page, table


def feedback_csv(told: Feedback, reader: Reader) -> str:
    """Every finding of every submission, with all row numbers."""
    received = dict(told.summary.select("submission_id", "received_at").iter_rows())
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\n")
    lines.writerow(_CSV)
    for row in told.findings.to_dicts():
        said = _advice(row, reader)
        lines.writerow(
            (
                reader.files.get(row["submission_id"], row["submission_id"]),
                row["source"],
                row["contract"],
                _day(received.get(row["submission_id"])),
                row["rule"],
                row["column"],
                EFFECTS[row["severity"]],
                row["n_rows"],
                row["n_of"],
                _share(row["rate"]),
                _share(row["previous_rate"]),
                row["trend"],
                row["row_numbers"],
                row["shapes"],
                said.what,
                said.mend,
            )
        )
    return out.getvalue()


def feedback_page(told: Feedback, reader: Reader) -> str:
    """The whole page: what to mend first, then each source's newest submission, then the rest."""
    newest = [row for row in told.summary.to_dicts() if row["is_newest"]]
    by_submission: dict[str, list[dict[str, Any]]] = {}
    for row in told.findings.to_dicts():
        by_submission.setdefault(row["submission_id"], []).append(row)
    changes: dict[str, list[dict[str, Any]]] = {}
    for row in told.changes.to_dicts():
        changes.setdefault(row["submission_id"], []).append(row)
    sections = "".join(
        _source_section(
            row,
            by_submission.get(row["submission_id"], []),
            changes.get(row["submission_id"], []),
            reader,
        )
        for row in newest
    )
    found = [f for row in newest for f in by_submission.get(row["submission_id"], [])]
    who = f"{reader.name} ({reader.code})" if reader.code else reader.name
    return _document(
        f"Feedback to {who}",
        f"<p class=lead>On the extracts sent to {escape(reader.economy)}. Made on "
        f"{reader.made_on:%-d %B %Y}. No value of anybody is in this report: rows are named by "
        f"their number, values by their shape.</p>"
        + _tiles(newest, found)
        + _first_things(found, reader)
        + sections
        + _earlier(told, by_submission, reader)
        + _legend(),
    )


def _tiles(newest: Sequence[Mapping[str, Any]], found: Sequence[Mapping[str, Any]]) -> str:
    rows = sum(row["n_rows"] for row in newest)
    taken = sum(row["accepted"] for row in newest)
    refused = sum(row["quarantined"] for row in newest)
    mended = sum(f["trend"] == "resolved" for f in found)
    tiles = (
        ("", rows, f"rows in the newest {_plural(len(newest), 'file')}"),
        ("fine", taken, "rows taken"),
        ("refused" if refused else "fine", refused, f"rows refused{_of(refused, rows)}"),
        ("fine" if mended else "", mended, "kinds of fault mended since last time"),
    )
    cells = "".join(
        f"<div class='tile {kind}'><b>{n:,}</b><span>{words}</span></div>"
        for kind, n, words in tiles
    )
    return f"<div class=tiles>{cells}</div>"


def _first_things(found: Sequence[Mapping[str, Any]], reader: Reader) -> str:
    """The three faults that cost most rows; refusals before flags."""
    faults = [f for f in found if f["severity"] in ("quarantine", "warn") and f["n_rows"]]
    order = sorted(faults, key=lambda f: (f["severity"] != "quarantine", -f["n_rows"]))
    if not order:
        return "<p class=good>Nothing was refused or flagged in the newest files. Thank you.</p>"
    lines = "".join(
        f"<li><b>{escape(_advice(f, reader).what)}</b>: <code>{escape(f['column'])}</code>, "
        f"{_plural(f['n_rows'], 'row')} of {escape(f['source'])} {EFFECTS[f['severity']]}. "
        f"{escape(_advice(f, reader).mend)}</li>"
        for f in order[:3]
    )
    return f"<section class=first><h2>Mend first</h2><ol>{lines}</ol></section>"


def _source_section(
    row: Mapping[str, Any],
    found: Sequence[Mapping[str, Any]],
    changes: Sequence[Mapping[str, Any]],
    reader: Reader,
) -> str:
    name = reader.files.get(row["submission_id"], row["submission_id"])
    now = [f for f in found if f["trend"] != "resolved"]
    mended = [f for f in found if f["trend"] == "resolved"]
    table = _findings_table(now, reader) if now else "<p class=good>No fault was found.</p>"
    thanks = ""
    if mended:
        told = ", ".join(
            f"{escape(_lower(_advice(f, reader).what))} (<code>{escape(f['column'])}</code>)"
            for f in mended
        )
        thanks = f"<p class=good>✓ Mended since the file before: {told}.</p>"
    return (
        f"<section><h2>{escape(row['source'])}</h2><p class=file>Newest file: "
        f"<code>{escape(name)}</code></p>{_bar(row)}{_facts(row, changes)}{table}{thanks}</section>"
    )


def _bar(row: Mapping[str, Any]) -> str:
    """The rows of a submission as a bar of what became of them."""
    kinds = (
        ("fine", "accepted", "taken"),
        ("refused", "quarantined", "refused"),
        ("again", "duplicate", "twice in the file"),
        ("again", "superseded", "sent again later"),
        ("outside", "out_of_period", "outside the period"),
    )
    n = max(1, row["n_rows"])
    parts = [(kind, row[name], words) for kind, name, words in kinds if row[name]]
    bar = "".join(f"<i class={k} style='flex:{v / n:.4f}'></i>" for k, v, _ in parts)
    told = "".join(f"<span class={k}>{v:,} {words}</span>" for k, v, words in parts)
    return (
        f"<div class=bar>{bar}</div><p class=key><b>{_plural(row['n_rows'], 'row')}</b>{told}</p>"
    )


def _facts(row: Mapping[str, Any], changes: Sequence[Mapping[str, Any]]) -> str:
    stated = _period(row["period_stated_start"], row["period_stated_end"])
    derived = _period(row["period_derived_start"], row["period_derived_end"])
    facts = [
        ("Received", _day(row["received_at"])),
        ("Period of its rows", derived or "none"),
        ("Period stated", stated or "not stated"),
        ("Manifest", _manifest(row)),
    ]
    facts += [(_words(c), _change(c)) for c in changes if c["measure"] in _MEASURES and _change(c)]
    return "<dl>" + "".join(f"<dt>{k}</dt><dd>{v}</dd>" for k, v in facts) + "</dl>"


def _words(change: Mapping[str, Any]) -> str:
    return f"Against the file before: {_MEASURES[change['measure']]}"


def _change(change: Mapping[str, Any]) -> str:
    kind, words = _VERDICTS.get(change["verdict"], ("", ""))
    if not words:
        return ""
    moved = change["relative_change"]
    per = f" ({moved:+.1%} a day of its period)" if moved is not None and kind else ""
    if change["measure"] == "deleted_events":
        return (
            f"<span class='{kind}'>{change['value']:,.0f} of {change['previous_value']:,.0f}</span>"
        )
    return (
        f"{change['value']:,.0f} after {change['previous_value']:,.0f}{per}: "
        f"<span class='{kind}'>{words}</span>"
    )


def _manifest(row: Mapping[str, Any]) -> str:
    if row["is_manifest_kept"] is None:
        return "none came with the file; one would let us see that nothing was lost on the way"
    if row["is_manifest_kept"]:
        return "<span class=fine>agrees with the file</span>"
    stated = row["stated_n_rows"]
    said = f" It states {stated:,} rows." if stated is not None else ""
    return f"<span class=refused>does not agree with the file.</span>{said}"


def _findings_table(found: Sequence[Mapping[str, Any]], reader: Reader) -> str:
    head = ("What is wrong", "Rows", "Since last time", "Looks like", "Row numbers")
    cells = "".join(f"<th>{h}</th>" for h in head)
    lines = "".join(_finding(f, reader) for f in found)
    return f"<table class=faults><thead><tr>{cells}</tr></thead><tbody>{lines}</tbody></table>"


def _finding(found: Mapping[str, Any], reader: Reader) -> str:
    said, effect = _advice(found, reader), EFFECTS[found["severity"]]
    sign, words = _TRENDS[found["trend"]]
    was = _share(found["previous_rate"])
    before = f"<small>{was} before</small>" if was else ""
    return (
        f"<tr class={effect}><td><span class='badge {effect}'>{effect}</span> "
        f"<b>{escape(said.what)}</b><br><code>{escape(found['column'])}</code> "
        f"<small>{escape(found['rule'])}</small><p>{escape(said.mend)}</p></td>"
        f"<td class=number>{found['n_rows']:,}<small>of {found['n_of']:,}: "
        f"{_share(found['rate'])}</small></td>"
        f"<td><span class='trend {found['trend']}'>{sign}</span> {words}{before}</td>"
        f"<td>{_shapes(found['shapes'])}</td>"
        f"<td class=rows>{_ranges(found['row_numbers'])}</td></tr>"
    )


def _shapes(shapes: str | None) -> str:
    return "<br>".join(f"<code>{escape(s)}</code>" for s in (shapes or "").split(", ") if s) or "–"


def _ranges(told: str | None) -> str:
    if told is None:
        return "–"
    ranges = told.split(", ")
    more = len(ranges) - _RANGES_SHOWN
    shown = ", ".join(ranges[:_RANGES_SHOWN])
    return shown + (f" <small>and {more:,} more: see {TABLE}</small>" if more > 0 else "")


def _earlier(
    told: Feedback, found: Mapping[str, Sequence[Mapping[str, Any]]], reader: Reader
) -> str:
    rows = [row for row in told.summary.to_dicts() if not row["is_newest"]]
    if not rows:
        return ""
    rows.sort(key=lambda row: (row["received_at"] or dt.datetime.min, row["source"]), reverse=True)
    head = ("File", "Received", "Period of its rows", "Rows", "Taken", "Refused", "Flagged fields")
    lines = "".join(_earlier_line(row, found, reader) for row in rows[:_EARLIER_SHOWN])
    more = len(rows) - _EARLIER_SHOWN
    rest = f"<p>{_plural(more, 'older file')} in {TABLE}.</p>" if more > 0 else ""
    cells = "".join(f"<th{' class=number' if n > 2 else ''}>{h}</th>" for n, h in enumerate(head))
    return (
        f"<section><h2>Earlier files</h2><table><thead><tr>{cells}</tr></thead><tbody>{lines}"
        f"</tbody></table>{rest}</section>"
    )


def _earlier_line(
    row: Mapping[str, Any], found: Mapping[str, Sequence[Mapping[str, Any]]], reader: Reader
) -> str:
    flagged = sum(
        f["severity"] == "warn" and f["n_rows"] > 0 for f in found.get(row["submission_id"], [])
    )
    name = reader.files.get(row["submission_id"], row["submission_id"])
    texts = (
        f"<code>{escape(name)}</code>",
        _day(row["received_at"]),
        _period(row["period_derived_start"], row["period_derived_end"]) or "–",
    )
    refused = row["quarantined"]
    numbers = (row["n_rows"], row["accepted"], refused, flagged)
    kinds = ("", "", "refused" if refused else "", "")
    return (
        "<tr>"
        + "".join(f"<td>{t}</td>" for t in texts)
        + "".join(f"<td class='number {k}'>{n:,}</td>" for k, n in zip(kinds, numbers, strict=True))
        + "</tr>"
    )


def _legend() -> str:
    effects = "".join(
        f"<dt><span class='badge {name}'>{name}</span></dt><dd>{meaning}</dd>"
        for name, meaning in EFFECT_MEANINGS.items()
    )
    return (
        f"<section class=legend><h2>How to read this</h2><dl>{effects}"
        "<dt>Row numbers</dt><dd>1 is the first row below the header, as in the file you sent. "
        f"<code>{TABLE}</code> beside this page has all of them.</dd>"
        "<dt>Looks like</dt><dd>The shape of the value: <code>A</code> a letter, <code>9</code> a "
        "digit, <code>.</code> anything else, <code>A+</code> and <code>9+</code> five or more; in "
        "brackets how often. <code>empty</code>: nothing was there.</dd>"
        "<dt>Since last time</dt><dd>Against your file of the period before; "
        "<i>as last time</i> where the difference may be chance.</dd></dl></section>"
    )


def _advice(found: Mapping[str, Any], reader: Reader) -> Any:
    name = found["contract"] or reader.contracts.get(found["source"])
    return advice(found["rule"], found["column"], all_contracts().get(name or ""))


def _document(title: str, body: str) -> str:
    return (
        "<!doctype html><html lang=en><head><meta charset=utf-8>"
        "<meta name=viewport content='width=device-width,initial-scale=1'>"
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>"
        f"<body><h1>{escape(title)}</h1>{body}</body></html>\n"
    )


def _plural(n: int, what: str) -> str:
    return f"{n:,} {what}" + ("" if n == 1 else "s")


def _of(n: int, total: int) -> str:
    return f" ({n / total:.1%})" if n and total else ""


def _share(rate: float | None) -> str:
    if rate is None:
        return ""
    return f"{rate:.1%}" if rate >= 0.001 or rate == 0 else "<0.1%"


def _day(at: dt.date | None) -> str:
    return f"{at:%-d %b %Y}" if at else ""


def _period(start: dt.date | None, end: dt.date | None) -> str:
    if start is None or end is None:
        return ""
    first, last = f"{start:%b %Y}", f"{end:%b %Y}"
    return first if first == last else f"{first} to {last}"


def _lower(text: str) -> str:
    return text[0].lower() + text[1:]
