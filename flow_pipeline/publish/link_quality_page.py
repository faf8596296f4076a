"""The page of linkage quality: the tables of figures, and charts that need nothing but the file."""

from collections.abc import Sequence
from html import escape
from math import log2

import polars as pl

from flow_pipeline.publish.explain import Section

Parameters = dict[str, dict[str, list[float]]]

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #212529; margin: 0 auto; max-width: 76rem;
  padding: 1.5rem 2rem 4rem; background: #fff; }
h1 { font-size: 1.75rem; margin: 0 0 .25rem; } h2 { font-size: 1.2rem; margin: 0 0 .5rem; }
.lead { color: #4c6272; margin: 0 0 1rem; max-width: 54rem; }
section { margin: 2rem 0 0; border-top: 2px solid #d8dde0; padding-top: 1rem; }
table { border-collapse: collapse; width: 100%; font-size: .94rem; }
th { text-align: left; color: #4c6272; border-bottom: 2px solid #d8dde0; vertical-align: bottom;
  padding: .3rem .9rem .3rem 0; }
td { border-bottom: 1px solid #e3e8ea; padding: .35rem .9rem .35rem 0;
  font-variant-numeric: tabular-nums; }
.key span { margin-right: 1.25rem; } .key i { display: inline-block; width: .8rem; height: .8rem;
  border-radius: 50%; margin-right: .35rem; vertical-align: -.05rem; }
svg { max-width: 100%; height: auto; } svg text { font: 13px system-ui, sans-serif; fill: #33424d; }
svg .axis { fill: #5b6b77; font-size: 12px; }
"""
_HIDDEN, _TRUTH, _COUNTS = "#1d5fa8", "#8a5a00", "#a2231d"
_LINE, _LEFT, _RIGHT, _WIDE, _TOP = 22, 250, 30, 900, 30
_UNTOLD = "unknown"


def page(
    economy: str,
    sections: Sequence[Section],
    gaps: pl.DataFrame,
    parameters: Parameters,
    model_page: str,
) -> str:
    """The page as HTML: charts in SVG, no script, no address, no value of a person.

    In:  ``sections``: link_quality_tables.sections. ``gaps``: table link_gap. ``parameters``: of
         the model: comparison, level, [m, u]. ``model_page``: name of the file beside it that
         holds Splink's own chart of them.
    """
    parts = [_section(sections[0])]
    if gaps.height:
        parts.append(_gap_section(gaps))
    parts.append(_weight_section(parameters, model_page))
    parts += [_section(section) for section in sections[1:]]
    title = f"How good linkage is in {escape(economy)}"
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body>'
        f"<h1>{title}</h1><p class=lead>Verified NHS numbers were hidden on one side, from people "
        "whose records look like those that have no number, and linked again without. A link is "
        "one between an identity without a number and an identity of somebody with a verified one. "
        "What is estimated so is likely an upper bound, for verified records are cleaner.</p>"
        f"{''.join(parts)}</body></html>\n"
    )


def _section(section: Section) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in section.columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>"
        for row in section.rows
    )
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f"<section><h2>{escape(section.title)}</h2>{table}</section>"


def _gap_section(gaps: pl.DataFrame) -> str:
    shown = gaps.filter(pl.col("subgroup_value") != _UNTOLD).sort(
        "subgroup", "subgroup_value", "basis"
    )
    key = (
        f"<p class=key><span><i style='background:{_HIDDEN}'></i>estimated on hidden numbers</span>"
        f"<span><i style='background:{_TRUTH}'></i>by the truth</span>"
        f"<span><i style='background:{_COUNTS}'></i>counts: wholly beyond one point</span></p>"
    )
    return (
        "<section><h2>Whose records are missed more, whose less</h2><p class=lead>Recall less that "
        "of everybody, in percentage points, as if all filled the same fields; 95 % intervals hold "
        "for all rows of a colour at once, and are cut at the edge.</p>"
        f"{key}{gap_chart(shown)}</section>"
    )


def gap_chart(gaps: pl.DataFrame) -> str:
    """One line per row of link_gap: a dot at gap_standardised and its interval, 0 in the middle."""
    reach = max(0.02, *(abs(v) for name in ("low", "high") for v in gaps[name].to_list()))
    reach = min(reach, 0.2)
    rows, named = [], ""
    for n, row in enumerate(gaps.iter_rows(named=True)):
        name = f"{str(row['subgroup']).replace('_', ' ')}: {row['subgroup_value']}"
        rows.append(_gap_line("" if name == named else name, row, _TOP + n * _LINE, reach))
        named = name
    height = _TOP + gaps.height * _LINE + 10
    band = _across(-0.01, reach), _across(0.01, reach)
    marks = [
        f'<text class="axis" x="{_across(v, reach):.0f}" y="14" text-anchor="middle">'
        f"{f'{v * 100:+.3g}' if v else '0'}</text>"
        for v in (-reach, -reach / 2, -0.01, 0.0, 0.01, reach / 2, reach)
        if abs(v) != 0.01 or reach <= 0.06
    ]
    return (
        f'<svg viewBox="0 0 {_WIDE} {height}" role="img" aria-label="Recall gaps by subgroup">'
        f'<rect x="{band[0]:.1f}" y="20" width="{band[1] - band[0]:.1f}" height="{height - 24}" '
        f'fill="#eef2f4"/><line x1="{_across(0, reach):.1f}" x2="{_across(0, reach):.1f}" y1="20" '
        f'y2="{height - 4}" stroke="#8494a0"/>{"".join(marks)}{"".join(rows)}</svg>'
    )


def _gap_line(name: str, row: dict[str, object], y: float, reach: float) -> str:
    colour = _COUNTS if row["counts"] else _TRUTH if row["basis"] == "truth" else _HIDDEN
    low, mid, high = (_across(row[name], reach) for name in ("low", "gap_standardised", "high"))
    middle = y + _LINE / 2
    return (
        f'<text x="{_LEFT - 12}" y="{middle + 4}" text-anchor="end">{escape(name)}</text>'
        f'<line x1="{low:.1f}" x2="{high:.1f}" y1="{middle}" y2="{middle}" stroke="{colour}" '
        f'stroke-width="2"/><circle cx="{mid:.1f}" cy="{middle}" r="5" fill="{colour}"/>'
    )


def _across(value: object, reach: float) -> float:
    share = float(value) if isinstance(value, int | float) else 0.0
    inside = max(-reach, min(reach, share))
    return _LEFT + (inside + reach) / (2 * reach) * (_WIDE - _LEFT - _RIGHT)


def _weight_section(parameters: Parameters, model_page: str) -> str:
    return (
        "<section><h2>How much each agreement counts</h2><p class=lead>Match weight in bits, "
        "log2(m / u), of each degree of agreement: to the right it speaks for one person, to the "
        "left against. Rare names count for more than shown. "
        f"<a href='{escape(model_page)}'>Splink's own chart</a> tells m and u of each.</p>"
        f"{weight_chart(parameters)}</section>"
    )


def weight_chart(parameters: Parameters) -> str:
    """A bar per comparison and level: log2(m / u), 0 in the middle."""
    rows = [
        (f"{comparison}: {'none' if level == 'else' else level.replace('_', ' ')}", log2(m / u))
        for comparison, levels in parameters.items()
        for level, (m, u) in levels.items()
        if m > 0 and u > 0
    ]
    reach = max(1.0, *(abs(weight) for _, weight in rows))
    zero = _across(0, reach)
    bars = []
    for n, (name, weight) in enumerate(rows):
        y = 4 + n * _LINE
        end = _across(weight, reach)
        colour = "#2f8f5b" if weight > 0 else "#c8413a"
        bars.append(
            f'<text x="{_LEFT - 12}" y="{y + 15}" text-anchor="end">{escape(name)}</text>'
            f'<rect x="{min(zero, end):.1f}" y="{y + 3}" width="{abs(end - zero):.1f}" '
            f'height="{_LINE - 6}" fill="{colour}"/>'
            f'<text class="axis" x="{zero + (6 if weight < 0 else -6):.1f}" y="{y + 15}" '
            f'text-anchor="{"start" if weight < 0 else "end"}">{weight:+.1f}</text>'
        )
    height = 8 + len(rows) * _LINE
    return (
        f'<svg viewBox="0 0 {_WIDE} {height}" role="img" aria-label="Match weights">'
        f'<line x1="{zero:.1f}" x2="{zero:.1f}" y1="0" y2="{height}" stroke="#8494a0"/>'
        f"{''.join(bars)}</svg>"
    )
