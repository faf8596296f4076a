"""The report to a sender as one HTML page and one CSV file.

The page is whole in itself: no script, no address, nothing that is not in the file. It holds
counts, row numbers and shapes, never a value.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from flow_pipeline.quality.feedback import Feedback
from flow_pipeline.quality.feedback_style import STYLE
from flow_pipeline.quality.feedback_table import feedback_csv
from flow_pipeline.quality.feedback_words import (
    Reader,
    advice_on,
    day,
    field_meaning,
    file_of,
    period,
    plural,
    share_of,
)
from flow_pipeline.quality.mending import EFFECT_MEANINGS, EFFECTS
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
    "lag_median": "days from a row's date to its arrival (median)",
}
_VERDICTS = {
    "alike": ("fine", "about as before"),
    "chance": ("fine", "within what chance makes"),
    "other_length": ("", "periods of another length: not compared"),
    "warn": ("flagged", "please check"),
    "block": ("refused", "please check: publishing stops"),
}


def write_feedback(folder: Path, told: Feedback, reader: Reader) -> tuple[Path, Path]:
    """Write the page and the CSV file of one sender into ``folder``; returns their paths.

    In: ``told``: the rows of this sender alone (feedback.of_sender). Each file is written whole or
    not at all. Raises StoreError when the folder cannot be written.
    """
    page, table = folder / PAGE, folder / TABLE
    write_text(table, feedback_csv(told, reader))
    write_text(page, feedback_page(told, reader))
    return page, table


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
    other = rows - taken - refused
    besides = f"; {other:,} others were copies or outside the period" if other else ""
    mended = sum(f["trend"] == "resolved" for f in found)
    tiles = (
        ("", rows, f"rows in the newest {plural(len(newest), 'file')}"),
        ("fine", taken, f"rows taken{besides}"),
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
        f"<li><b>{escape(advice_on(f, reader).what)}</b>: <code>{escape(f['column'])}</code>, "
        f"{plural(f['n_rows'], 'row')} of <code>{escape(file_of(f, reader))}</code> "
        f"{EFFECTS[f['severity']]}. "
        f"{escape(advice_on(f, reader).mend)}</li>"
        for f in order[:3]
    )
    return f"<section class=first><h2>Mend first</h2><ol>{lines}</ol></section>"


def _source_section(
    row: Mapping[str, Any],
    found: Sequence[Mapping[str, Any]],
    changes: Sequence[Mapping[str, Any]],
    reader: Reader,
) -> str:
    name = file_of(row, reader)
    now = [f for f in found if f["trend"] != "resolved"]
    mended = [f for f in found if f["trend"] == "resolved"]
    table = _findings_table(now, reader) if now else "<p class=good>No fault was found.</p>"
    thanks = ""
    if mended:
        told = ", ".join(
            f"{escape(_lower(advice_on(f, reader).what))} (<code>{escape(f['column'])}</code>)"
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
    return f"<div class=bar>{bar}</div><p class=key><b>{plural(row['n_rows'], 'row')}</b>{told}</p>"


def _facts(row: Mapping[str, Any], changes: Sequence[Mapping[str, Any]]) -> str:
    stated = period(row["period_stated_start"], row["period_stated_end"])
    derived = period(row["period_derived_start"], row["period_derived_end"])
    facts = [
        ("Received", day(row["received_at"])),
        ("Period of its rows", derived or "none"),
        ("Period stated", stated or "not stated"),
        ("Manifest", _manifest(row)),
    ]
    facts += _against(changes)
    return "<dl>" + "".join(f"<dt>{k}</dt><dd>{v}</dd>" for k, v in facts) + "</dl>"


def _against(changes: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """What changed since the file before, and since the one that this replaces."""
    by_measure = {c["measure"]: c for c in changes}
    told = [_change(by_measure[m], unit) for m, unit in _MEASURES.items() if m in by_measure]
    facts = [("Against the file before", "<br>".join(filter(None, told)))] if any(told) else []
    if gone := by_measure.get("deleted_events"):
        kind = "flagged" if gone["verdict"] == "warn" else "fine"
        said = f"{gone['value']:,.0f} of {gone['previous_value']:,.0f} events left out"
        facts.append(("Against the file it replaces", f"<span class={kind}>{said}</span>"))
    return facts


def _change(change: Mapping[str, Any], unit: str) -> str:
    kind, words = _VERDICTS.get(change["verdict"], ("", ""))
    if not words:
        return ""
    told = f"{change['value']:,.0f} {unit} after {change['previous_value']:,.0f}"
    if kind and change["measure"] != "lag_median":
        told += f", {change['relative_change']:+.0%} a day"
    return f"{told}: <span class='{kind}'>{words}</span>"


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
    said, effect = advice_on(found, reader), EFFECTS[found["severity"]]
    sign, words = _TRENDS[found["trend"]]
    was = share_of(found["previous_rate"])
    before = f"<small>{was} before</small>" if was else ""
    return (
        f"<tr class={effect}><td><span class='badge {effect}'>{effect}</span> "
        f"<b>{escape(said.what)}</b><br><code>{escape(found['column'])}</code> "
        f"<small>{escape(field_meaning(found, reader))}</small><p>{escape(said.mend)} "
        f"<small>({escape(found['rule'])})</small></p></td>"
        f"<td class=number>{found['n_rows']:,}<small>of {found['n_of']:,}: "
        f"{share_of(found['rate'])}</small></td>"
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
    refused = sum(row["quarantined"] for row in rows)
    lead = f"{plural(refused, 'row')} of these were refused." if refused else ""
    more = len(rows) - _EARLIER_SHOWN
    rest = f"<p>{plural(more, 'older file')}: see {TABLE}.</p>" if more > 0 else ""
    cells = "".join(f"<th{' class=number' if n > 2 else ''}>{h}</th>" for n, h in enumerate(head))
    return (
        f"<section><h2>Earlier files</h2><p class=file>{lead}</p><table><thead><tr>{cells}</tr>"
        f"</thead><tbody>{lines}</tbody></table>{rest}</section>"
    )


def _earlier_line(
    row: Mapping[str, Any], found: Mapping[str, Sequence[Mapping[str, Any]]], reader: Reader
) -> str:
    flagged = sum(
        f["severity"] == "warn" and f["n_rows"] > 0 for f in found.get(row["submission_id"], [])
    )
    name = file_of(row, reader)
    texts = (
        f"<code>{escape(name)}</code>",
        day(row["received_at"]),
        period(row["period_derived_start"], row["period_derived_end"]) or "–",
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


def _document(title: str, body: str) -> str:
    return (
        "<!doctype html><html lang=en><head><meta charset=utf-8>"
        "<meta name=viewport content='width=device-width,initial-scale=1'>"
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>"
        f"<body><h1>{escape(title)}</h1>{body}</body></html>\n"
    )


def _of(n: int, total: int) -> str:
    return f" ({n / total:.1%})" if n and total else ""


def _lower(text: str) -> str:
    return text[0].lower() + text[1:]
