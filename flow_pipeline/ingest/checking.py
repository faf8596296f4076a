"""``flow-pipeline check``: extracts against their contracts, without running anything."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flow_pipeline.config import Economy, Source, load_economy
from flow_pipeline.errors import ConfigurationError, InputRefused
from flow_pipeline.ingest.accounting import rows_by_class
from flow_pipeline.ingest.check_report import Collected, write_reports
from flow_pipeline.ingest.intake import FileIntake, Judged, sources_by_file
from flow_pipeline.ingest.package import is_package
from flow_pipeline.ingest.reading import digest_of
from flow_pipeline.quality.mending import EFFECTS, advice
from flow_pipeline.quality.refusal_page import Refusal

_ROWS_SHOWN = 5
_SHAPES_SHOWN = 3
Place = tuple[str, str, str, str]  # source, rule, column, severity


@dataclass
class _Finding:
    """One rule at one column of one source, over all its files."""

    n_rows: int = 0
    rows: list[str] = field(default_factory=list)  # row numbers; of all files, with their names
    shapes: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Checked:
    """What was found: rules by source, and what to say at the end. No value is in it."""

    rows: tuple[tuple[str, ...], ...]
    totals: dict[str, int]  # rows of each class, and read
    notes: tuple[str, ...]
    advice: tuple[dict[str, str], ...] = ()  # what is wrong and how to mend it, by row
    reports: tuple[Path, ...] = ()  # pages that were written
    refusals: tuple[str, ...] = ()  # of files that cannot be taken at all, why
    columns: tuple[str, ...] = ("Source", "Rule", "Column", "Effect", "Rows", "First", "Shapes")

    @property
    def verdict(self) -> str:
        told = ", ".join(f"{n:,} {name}" for name, n in self.totals.items())
        lines = [f"Rows: {told}."] if told else []
        lines += [*self.notes, *(f"Written: {page}" for page in self.reports)]
        return "\n".join(lines)

    def by_source(self) -> dict[str, list[dict[str, str]]]:
        """What was found in each source, each finding by the names of its columns and with its
        advice."""
        found: dict[str, list[dict[str, str]]] = {}
        for one in self._found():
            found.setdefault(one["source"], []).append(one)
        return found

    def as_json(self) -> dict[str, Any]:
        return {
            "rows": self.totals,
            "found": self._found(),
            "notes": list(self.notes),
            "refused": list(self.refusals),
        }

    def _found(self) -> list[dict[str, str]]:
        names = [name.lower() for name in self.columns]
        return [
            {**dict(zip(names, row, strict=True)), **told}
            for row, told in zip(self.rows, self.advice, strict=True)
        ]


def check_sources(
    config: Path,
    sources: Sequence[str] = (),
    out: Path | None = None,
    *,
    progress: Callable[[str], None] = lambda _: None,
) -> Checked:
    """Check every file of the sources named, or of all.

    With ``out`` the report that each sender would get is written below it, refused files included.
    Files that cannot be taken at all are told beside what was found in the others. Raises
    ConfigurationError for a wrong configuration or an unknown source.
    """
    economy = load_economy(config)
    _refuse_unknown(economy, sources)
    findings: dict[Place, _Finding] = {}
    totals: Counter[str] = Counter()
    notes: dict[str, list[str]] = {}
    collected = Collected()
    for path, serving in sources_by_file(economy.sources).items():
        wanted = [s for s in serving if not sources or s.name in sources]
        if not wanted:
            continue
        progress(f"check: {path.name}")
        if is_package(path):
            notes.setdefault("pseudonymised by its sender, so checked there", []).append(path.name)
            continue
        try:
            found = _Found(path.name, sources)
            for note in found.of(_intake(economy, path, serving)):
                notes.setdefault(note, []).append(path.name)
        except InputRefused as refusal:
            collected.refusals += [
                Refusal(
                    path=path,
                    source=source.name,
                    organisation_code=source.sender.code,
                    message=str(refusal),
                )
                for source in wanted
            ]
            continue
        found.add_to(findings, totals)
        collected.merge(found.collected)
    today = dt.date.today()
    pages = write_reports(out, economy, collected, sources, today) if out else []
    rows = _grid(findings)
    return Checked(
        rows,
        dict(totals),
        tuple(_of_files(note, names) for note, names in notes.items()),
        _advised(economy, rows),
        tuple(pages),
        tuple(dict.fromkeys(r.message for r in collected.refusals)),
    )


def _of_files(note: str, names: list[str]) -> str:
    """A note with the files that it is of; the same note of many files is told once."""
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    return f"{names[0]}{more}: {note}"


def _advised(economy: Economy, rows: Sequence[tuple[str, ...]]) -> tuple[dict[str, str], ...]:
    """What to tell of each line of the grid."""
    contracts = {s.name: s.contract for s in economy.sources}
    told = (advice(rule, column, contracts.get(source)) for source, rule, column, *_ in rows)
    return tuple({"what": one.what, "mend": one.mend} for one in told)


def _refuse_unknown(economy: Economy, sources: Sequence[str]) -> None:
    known = [s.name for s in economy.sources]
    if unknown := sorted(set(sources) - set(known)):
        raise ConfigurationError(f"No source {', '.join(unknown)}; there are {', '.join(known)}.")


def _intake(economy: Economy, path: Path, serving: Sequence[Source]) -> FileIntake:
    return FileIntake(
        path=path,
        sources=serving,
        digest=digest_of(path),
        period=(economy.period_start, economy.period_end),
        today=dt.date.today(),
        max_unselected=economy.max_unselected,
    )


class _Found:
    """What is found in one file; added to the rest once the file is not refused."""

    def __init__(self, name: str, sources: Sequence[str]) -> None:
        self.name = name
        self.sources = sources
        self.findings: dict[Place, _Finding] = {}
        self.totals: Counter[str] = Counter()
        self.collected = Collected()

    def of(self, intake: FileIntake) -> tuple[str, ...]:
        """Read the file; returns what the reader noted. Raises InputRefused."""
        for batch in intake.batches():
            for judged in batch:
                if not self.sources or judged.source.name in self.sources:
                    self._add(judged)
                    self.collected.add_rows(judged)
        taken = intake.taken()
        self.collected.add_file(intake.path, taken)
        return taken.notes

    def add_to(self, findings: dict[Place, _Finding], totals: Counter[str]) -> None:
        totals.update(self.totals)
        for place, finding in self.findings.items():
            whole = findings.setdefault(place, _Finding())
            whole.n_rows += finding.n_rows
            whole.rows += [f"{self.name}: {', '.join(finding.rows)}"] if finding.rows else []
            whole.shapes.update(finding.shapes)

    def _add(self, judged: Judged) -> None:
        name, parsed = judged.source.name, judged.parsed
        self.totals["selected"] += parsed.n_rows
        for row_class, n_rows in rows_by_class(parsed.status).collect().iter_rows():
            self.totals[row_class] += n_rows
        told = parsed.tally.rules.select("rule", "column", "severity", "n_rows")
        for rule, column, severity, n_rows in told.iter_rows():
            place = (name, rule, column, severity)
            self.findings.setdefault(place, _Finding()).n_rows += n_rows
        faults = parsed.faults.collect()
        for (rule, column, severity), rows in faults.group_by("rule", "column", "severity"):
            finding = self.findings.get((name, str(rule), str(column), str(severity)))
            if finding is None:  # a further column of a rule that is told at its first
                continue
            wanted = _ROWS_SHOWN - len(finding.rows)
            finding.rows += map(str, rows["row_number"].sort().head(wanted).to_list())
            finding.shapes.update(s for s in rows["shape"].to_list() if s)


def _grid(findings: dict[Place, _Finding]) -> tuple[tuple[str, ...], ...]:
    """Refusals first, then warnings, then counts; many rows first."""
    order = list(EFFECTS)

    def rank(item: tuple[Place, _Finding]) -> tuple[object, ...]:
        place, finding = item
        return order.index(place[3]), -finding.n_rows, place

    rows = []
    for (source, rule, column, severity), finding in sorted(findings.items(), key=rank):
        shapes = sorted(finding.shapes.items(), key=lambda s: (-s[1], s[0]))[:_SHAPES_SHOWN]
        shown = ", ".join(shape for shape, _ in shapes)
        first = finding.rows[0] if finding.rows else ""
        rows.append((source, rule, column, EFFECTS[severity], f"{finding.n_rows:,}", first, shown))
    return tuple(rows)
