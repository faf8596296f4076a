"""What the command line shows: tables in the terminal, results as JSON, what a run has found."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table as Grid

if TYPE_CHECKING:
    from flow_pipeline.ingest.checking import Checked
    from flow_pipeline.publish.explain import Section
    from flow_pipeline.publish.summary import Summary

OUT = Console(highlight=False)
_BESIDE = 3  # characters that a table puts beside a column
_MOST_ACROSS = 8  # columns of a single row; more are easier to read down than across


def print_outcome(
    summary: "Summary", release_id: str, places: Mapping[str, object], *, is_new: bool
) -> None:
    """What came in, what became of it, and where it was published."""
    facts = [
        ("People", f"{summary.people:,}"),
        ("Events", f"{summary.events:,}"),
        ("Journeys", f"{summary.journeys:,}"),
        ("  with a hospital stay", f"{summary.journeys_with_admission:,}"),
    ]
    facts += [(f"Rows {name}", f"{n:,}") for name, n in summary.rows_by_class.items()]
    print_grid("What came in and what it became", ("", "Number"), facts)
    _print_high_resource(summary)
    _print_waits(summary)
    if summary.refused_by_rule:
        refused = [(rule, f"{n:,}") for rule, n in list(summary.refused_by_rule.items())[:8]]
        print_grid("Rows refused, by rule", ("Rule", "Rows"), refused)
    if summary.checks_failed:
        OUT.print(f"Checks that warn: {len(summary.checks_failed)}; see table quality_result.")
    changed = "Published" if is_new else "Nothing has changed; still published"
    OUT.print(f"[bold]{changed}: release {release_id}[/]")
    for what, where in places.items():
        OUT.print(f"  {what}: {where}", soft_wrap=True)


def print_rotation(rotation: Mapping[str, object]) -> None:
    """What became of persons when tokens were made anew under another key."""
    OUT.print(
        f"Key {rotation['from']} was replaced by {rotation['to']}: persons keep their ids. Of what "
        f"tells them apart,\n{rotation['n_renewed']:,} tokens were made anew and "
        f"{rotation['n_left']:,} stay under an old key, because no record\nin landing says the "
        f"same. The old key can be destroyed."
    )


def _print_high_resource(summary: "Summary") -> None:
    rows = [
        (
            "first half of cost" if h.rule == "cost50" else "top 2 % of people",
            f"{h.n_people:,}",
            _percent(h.share_of_population),
            _percent(h.share_of_cost),
            _percent(h.share_of_unplanned_bed_days),
        )
        for h in summary.high_resource
    ]
    if rows:
        year = summary.high_resource[0].financial_year
        columns = ("Rule", "People", "Of residents", "Of cost", "Of unplanned bed days")
        print_grid(f"High-resource individuals, {year}", columns, rows)


def _print_waits(summary: "Summary") -> None:
    from flow_pipeline.publish.summary import in_words

    rows = [
        (w.meaning, f"{w.n_ended:,}", f"{w.n_not_ended:,}", in_words(w.median_minutes))
        for w in summary.waits
    ]
    if rows:
        print_grid("Waits", ("From, until", "Got there", "Not, or not yet", "Half of all by"), rows)
        OUT.print(
            "Half of all by: when half of all who waited had got there (cumulative\n"
            "incidence): a death ends no wait, and one that goes on is not short."
        )


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"


def print_grid(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A table with a title; columns that hold numbers only are set to the right."""
    grid = Grid(title=title, title_justify="left", title_style="bold")
    for position, column in enumerate(columns):
        numeric = position > 0 and all(_looks_numeric(row[position]) for row in rows)
        grid.add_column(column, justify="right" if numeric else "left")
    for row in rows:
        grid.add_row(*(plain(_shown(cell)) for cell in row))
    OUT.print(grid)


def _fits(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> bool:
    """Whether a table can be shown in this window without cutting a word or a time in two."""
    told = [[name, *(_shown(row[n]) for row in rows)] for n, name in enumerate(columns)]
    longest = (max(len(word) for cell in cells for word in [*cell.split(), ""]) for cells in told)
    return sum(width + _BESIDE for width in longest) < OUT.width


def _shown(cell: object) -> str:
    return "" if cell is None else str(cell)


def print_down(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """What a narrow window cannot show across: a line for each value that a row has."""
    OUT.print(f"[bold]{plain(title)}[/]")
    for row in rows:
        told = [(name, _shown(cell)) for name, cell in zip(columns, row, strict=True)]
        first, *others = [f"{name}: {cell}" for name, cell in told if cell] or [""]
        OUT.print(plain(first))
        for line in others:
            OUT.print(Padding(plain(line), (0, 0, 0, 2)))
    OUT.print()


def print_findings(found: "Checked") -> None:
    """What is wrong in each source, refusals first, in lines that a narrow window can show."""
    for source, findings in found.by_source().items():
        OUT.print(f"\n[bold]{plain(source)}[/]")
        for one in (f for f in findings if f["effect"] != "counted"):
            OUT.print(f"  {one['rows']} {one['effect']}: {plain(one['column'])} ({one['rule']})")
            where = {"First rows: ": one["first"], "looks like ": one["shapes"]}
            seen = "; ".join(f"{what}{told}" for what, told in where.items() if told)
            for line in filter(None, (f"{one['what']}. {one['mend']}", seen)):
                OUT.print(Padding(plain(line), (0, 0, 0, 6)))
        counted: dict[str, list[str]] = {}
        for one in (f for f in findings if f["effect"] == "counted"):
            counted.setdefault(one["what"], []).append(f"{one['column']} {one['rows']}")
        for what, columns in counted.items():
            OUT.print(Padding(plain(f"{what}: {', '.join(columns)}"), (0, 0, 0, 2)))
    OUT.print()


def _looks_numeric(cell: object) -> bool:
    return str(cell)[:1].isdigit() or cell in (None, "", "–")


def plain(text: str) -> str:
    """Text with its square brackets kept from being read as style."""
    return escape(text)


def print_json(found: object) -> None:
    """A result for a program to read."""
    click.echo(json.dumps(found, indent=2, default=str))


def print_sections(sections: "Sequence[Section]", as_json: bool) -> None:
    """An answer in sections: a section of one wide row is told down, not across."""
    if as_json:
        print_json([asdict(section) for section in sections])
        return
    for section in sections:
        if len(section.rows) == 1 and len(section.columns) > _MOST_ACROSS:
            facts = list(zip(section.columns, section.rows[0], strict=True))
            print_grid(section.title, ("", "Value"), facts)
        elif _fits(section.columns, section.rows):
            print_grid(section.title, section.columns, section.rows)
        else:
            print_down(section.title, section.columns, section.rows)
