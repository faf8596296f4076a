"""One economy as configured: frozen values, checked when they were read."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flow_pipeline.contracts.identity import FOREIGN_NAMESPACE, FOREIGN_PSEUDONYM
from flow_pipeline.contracts.language import Contract
from flow_pipeline.ingest.formats import Formats
from flow_pipeline.ingest.layout import Layout
from flow_pipeline.ingest.mapping import Sender, SourceMap
from flow_pipeline.quality.overrides import Override


@dataclass(frozen=True)
class Organisation:
    """One organisation of the economy."""

    code: str
    name: str
    sector: str
    parent: str | None = None  # code of the organisation it belongs to
    successor: str | None = None  # code of the one it merged into


@dataclass(frozen=True)
class Identity:
    """How a source says whom its rows are about: in clear, or under another body's pseudonym."""

    scheme: str = "clear"  # or foreign
    namespace: str | None = None  # foreign: who made the pseudonyms, under which key
    key: str | None = None  # foreign: delivered column that holds them

    @property
    def columns(self) -> dict[str, str]:
        """The lines of ``columns`` that it stands for: contract field → SQL."""
        if self.scheme == "clear" or self.key is None:
            return {}
        column = self.key.replace('"', '""')
        return {
            FOREIGN_PSEUDONYM.name: f'"{column}"',
            FOREIGN_NAMESPACE.name: f"'{self.namespace}'",
        }


@dataclass(frozen=True, kw_only=True)
class Source:
    """One source: which files, from whom, under which contract, and how they are mapped."""

    name: str
    contract: Contract
    sender: Sender
    pattern: str
    files: tuple[Path, ...]
    where: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)  # contract field → SQL
    formats: Formats = field(default_factory=Formats)
    layout: Layout = field(default_factory=Layout)
    version: str | None = None  # of the contract; found out by itself where None
    identity: Identity = field(default_factory=Identity)
    shared: bool = False
    nhs_number_trust: str = "supplied"  # or verified
    expected: Mapping[str, Any] = field(default_factory=dict)
    line: int = 1
    digest: str = ""  # of everything that shapes what its rows become

    @property
    def map(self) -> SourceMap:
        """How its rows are made from delivered columns."""
        return SourceMap(
            contract=self.contract,
            sender=self.sender,
            where=self.where,
            columns={**self.columns, **self.identity.columns},
            formats=self.formats,
        )

    @property
    def verified_numbers(self) -> bool:
        return self.nhs_number_trust == "verified"


@dataclass(frozen=True, kw_only=True)
class Economy:
    """One economy as configured. Paths are absolute."""

    name: str
    jurisdiction: str
    purpose: str
    period_start: dt.date
    period_end: dt.date
    root: Path
    publish_url: str
    publish_path: Path
    key_file: Path | None
    key_env: str | None
    organisations: tuple[Organisation, ...]
    sources: tuple[Source, ...]
    reference: Mapping[str, Path]
    reference_names: Mapping[str, tuple[str, ...]]  # of reference files without a header row
    population: str
    population_file: Path | None
    link_threshold: float | None  # bits; chosen on hidden numbers where None
    link_backend: str  # duckdb or spark
    link_decisions: Path | None
    link_truth: Path | None
    link_bridges: tuple[Path, ...]  # between namespaces of foreign pseudonyms
    gap_days: int
    repeat_contact_days: int
    most_ward_moves: int
    cips_variant: str
    cost_scope: str
    unit_costs: Path | None
    suppress_below: int
    round_to: int
    if_blocked: str
    max_unselected: int
    changes: Mapping[str, int]  # of submissions: warn_percent, block_percent, block_deviations
    overrides: tuple[Override, ...]
    purposes: Mapping[str, str]  # code → description
    config_path: Path
    digest: str  # of the configuration file's bytes

    @property
    def config_dir(self) -> Path:
        return self.config_path.parent

    @property
    def contract_by_source(self) -> dict[str, str]:
        """The contract of each source, by the names of both."""
        return {source.name: source.contract.name for source in self.sources}

    def source(self, name: str) -> Source:
        """The source of that name. Raises KeyError for a name that is none."""
        return {s.name: s for s in self.sources}[name]

    def parameters(self) -> dict[str, Any]:
        """What shapes results, for run records: stable, without paths or secrets."""
        return {
            "economy": self.name,
            "jurisdiction": self.jurisdiction,
            "purpose": self.purpose,
            "period": [self.period_start.isoformat(), self.period_end.isoformat()],
            "population": self.population,
            "linkage": {
                "threshold": self.link_threshold or "auto",
                "backend": self.link_backend,
            },
            "journeys": {
                "gap_days": self.gap_days,
                "cips_variant": self.cips_variant,
                "repeat_contact_days": self.repeat_contact_days,
                "most_ward_moves": self.most_ward_moves,
            },
            "cohorts": {"cost_scope": self.cost_scope},
            "disclosure": {"suppress_below": self.suppress_below, "round_to": self.round_to},
            "quality": {
                "if_blocked": self.if_blocked,
                "max_unselected": self.max_unselected,
                "changes": dict(self.changes),
            },
            "sources": {s.name: s.digest for s in sorted(self.sources, key=lambda s: s.name)},
        }
