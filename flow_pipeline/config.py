"""The configuration of one economy: read, checked in whole, and made into frozen values.

Every mistake is reported with its line before any data is read. Values of the configuration may
be quoted in messages: they are about files and columns, not about persons.
"""

import datetime as dt
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from flow_pipeline.config_reader import (
    Mistakes,
    check_document,
    did_you_mean,
    line_of,
    read_document,
)
from flow_pipeline.config_schema import KEYS_BY_PATH
from flow_pipeline.contracts import all_contracts
from flow_pipeline.contracts.language import Contract
from flow_pipeline.errors import ConfigurationError, KeyOrPurposeError
from flow_pipeline.ingest.expressions import NotAnExpression, is_condition, row_expression
from flow_pipeline.ingest.formats import DEFAULT_NULLS, Formats, fault_of_format
from flow_pipeline.ingest.mapping import Sender, SourceMap

_DUCKDB = "duckdb:///"
_TRUSTED_CONTRACTS = ("gp_registration", "death")
_PLACEHOLDER = "?"  # stands for a required value that is missing; a mistake was noted


@dataclass(frozen=True)
class Organisation:
    """One organisation of the economy."""

    code: str
    name: str
    sector: str


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
            columns=self.columns,
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
    population: str
    gap_days: int
    cips_variant: str
    cost_scope: str
    unit_costs: Path | None
    suppress_below: int
    round_to: int
    if_blocked: str
    max_unselected: int
    purposes: Mapping[str, str]  # code → description
    config_path: Path
    digest: str  # of the configuration file's bytes

    @property
    def config_dir(self) -> Path:
        return self.config_path.parent

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
            "journeys": {"gap_days": self.gap_days, "cips_variant": self.cips_variant},
            "cohorts": {"cost_scope": self.cost_scope},
            "disclosure": {"suppress_below": self.suppress_below, "round_to": self.round_to},
            "quality": {"if_blocked": self.if_blocked, "max_unselected": self.max_unselected},
            "sources": {s.name: s.digest for s in sorted(self.sources, key=lambda s: s.name)},
        }


def load_economy(path: Path, *, files_must_exist: bool = True) -> Economy:
    """Read ``economy.yaml``.

    Out: the economy, paths absolute. Relative ones, in ``publish`` too, start at the
    configuration's folder. With ``files_must_exist=False`` extracts may have been destroyed
    since: a pattern that matches nothing gives a source without files.
    Raises ConfigurationError with every mistake, one a line, and KeyOrPurposeError when nothing
    is wrong but the purpose, which governance.purposes does not hold.
    Source of the definition: design.md §4.
    """
    path = Path(path).absolute()
    document = read_document(path)
    mistakes = Mistakes(path.name)
    check_document(document, mistakes)
    reader = _Reader(document, path, mistakes, files_must_exist)
    economy = reader.economy()
    if mistakes.found:
        raise ConfigurationError(mistakes.text())
    if economy.purpose not in economy.purposes:
        raise KeyOrPurposeError(
            f"{path.name}:{line_of(document, 'purpose')}: purpose: {economy.purpose!r} is not "
            f"among governance.purposes ({', '.join(sorted(economy.purposes)) or 'there are none'})"
            f". Nothing runs without a purpose: add it there, or name one of these."
        )
    return economy


class _Reader:
    """Makes values of a document whose mistakes are being collected; wrong parts come out empty."""

    def __init__(
        self, document: Mapping[str, Any], path: Path, mistakes: Mistakes, files_must_exist: bool
    ) -> None:
        self.document = document
        self.path = path
        self.mistakes = mistakes
        self.files_must_exist = files_must_exist

    def economy(self) -> Economy:
        start, end = self._period()
        organisations = self._organisations()
        sources = self._sources(organisations, (start, end))
        url, database = self._publish()
        key_file, key_env = self._key()
        return Economy(
            name=self._text("economy"),
            jurisdiction=self._text("jurisdiction"),
            purpose=self._text("purpose"),
            period_start=start,
            period_end=end,
            root=self._path(self._text("storage.root")),
            publish_url=url,
            publish_path=database,
            key_file=key_file,
            key_env=key_env,
            organisations=organisations,
            sources=sources,
            reference=self._reference(),
            population=self._population(sources),
            gap_days=self._number("journeys.gap_days"),
            cips_variant=self._text("journeys.cips_variant"),
            cost_scope=self._text("cohorts.cost_scope"),
            unit_costs=self._existing("cohorts.unit_costs"),
            suppress_below=self._number("disclosure.suppress_below"),
            round_to=self._number("disclosure.round_to"),
            if_blocked=self._text("quality.if_blocked"),
            max_unselected=self._number("quality.max_unselected"),
            purposes=self._purposes(),
            config_path=self.path,
            digest=hashlib.sha256(self.path.read_bytes()).hexdigest(),
        )

    def _get(self, key: str) -> Any:
        """Value of a dotted key; None where it, or a mapping on the way, is not there."""
        node: Any = self.document
        for part in key.split("."):
            node = node.get(part) if isinstance(node, Mapping) else None
        return node

    def _line(self, key: str) -> int:
        """Line of a dotted key, or of the nearest key above it that is there."""
        node: Any = self.document
        line = 1
        for part in key.split("."):
            if not isinstance(node, Mapping) or part not in node:
                break
            line, node = line_of(node, part), node[part]
        return line

    def _text(self, key: str) -> str:
        value = self._get(key)
        return value if isinstance(value, str) else KEYS_BY_PATH[key].default or _PLACEHOLDER

    def _number(self, key: str) -> int:
        value = self._get(key)
        return value if isinstance(value, int) else int(KEYS_BY_PATH[key].default)

    def _path(self, written: str) -> Path:
        """Absolute, links as they are: the published database is a link into a release."""
        return Path(os.path.abspath(self.path.parent / Path(written).expanduser()))

    def _existing(self, key: str) -> Path | None:
        written = self._get(key)
        if not isinstance(written, str):
            return None
        path = self._path(written)
        if not path.is_file():
            what = f"there is no file {str(path)!r}; put it there or leave the key out"
            self.mistakes.add(self._line(key), key, what)
        return path

    def _period(self) -> tuple[dt.date, dt.date]:
        start, end = self._get("period.start"), self._get("period.end")
        if not _is_date(start) or not _is_date(end):
            return dt.date.min, dt.date.max
        if end < start:
            what = f"expected an end on or after the start {start}, found {end}"
            self.mistakes.add(self._line("period.end"), "period.end", what)
        return start, end

    def _publish(self) -> tuple[str, Path]:
        url = self._text("publish")
        line = self._line("publish")
        if url.startswith("postgresql"):
            self.mistakes.add(line, "publish", "PostgreSQL is not supported yet; use duckdb:///…")
        elif not url.startswith(_DUCKDB) and url != _PLACEHOLDER:
            self.mistakes.add(line, "publish", f"expected {_DUCKDB}path, found {url!r}")
        path = self._path(url.removeprefix(_DUCKDB))
        return f"{_DUCKDB}{path}", path

    def _key(self) -> tuple[Path | None, str | None]:
        given = self._get("pseudonymisation")
        if not isinstance(given, Mapping):
            return None, None
        key_file, key_env = given.get("key_file"), given.get("key_env")
        if (key_file is None) == (key_env is None):
            what = "expected one of key_file and key_env; never the key itself"
            self.mistakes.add(self._line("pseudonymisation"), "pseudonymisation", what)
        path = self._path(key_file) if isinstance(key_file, str) else None
        return path, key_env if isinstance(key_env, str) else None

    def _organisations(self) -> tuple[Organisation, ...]:
        found: dict[str, Organisation] = {}
        listed = self._get("organisations")
        for index, node in enumerate(listed if isinstance(listed, list) else []):
            if not isinstance(node, Mapping) or not isinstance(node.get("code"), str):
                continue
            code = node["code"]
            if code in found:
                where = f"organisations[{index}].code"
                self.mistakes.add(line_of(node, "code"), where, f"{code!r} is listed twice")
            name, sector = str(node.get("name")), str(node.get("sector"))
            found[code] = Organisation(code, name, sector)
        return tuple(found.values())

    def _purposes(self) -> dict[str, str]:
        listed = self._get("governance.purposes")
        nodes = [n for n in listed if isinstance(n, Mapping)] if isinstance(listed, list) else []
        return {str(n.get("code")): str(n.get("description")) for n in nodes}

    def _reference(self) -> dict[str, Path]:
        given = self._get("reference")
        names = [n for n in given if f"reference.{n}" in KEYS_BY_PATH] if given else []
        paths = {name: self._existing(f"reference.{name}") for name in names}
        return {name: path for name, path in paths.items() if path is not None}

    def _population(self, sources: tuple[Source, ...]) -> str:
        given = self._get("population.from")
        sent = {s.contract.name for s in sources}
        if not isinstance(given, str):
            return next((n for n in ("gp_registration", "person_index") if n in sent), "events")
        if given in all_contracts() and given not in sent:
            what = f"no source has the contract {given!r}; add one, or use from: events"
            self.mistakes.add(self._line("population.from"), "population.from", what)
        return given

    def _sources(
        self, organisations: tuple[Organisation, ...], period: tuple[dt.date, dt.date]
    ) -> tuple[Source, ...]:
        listed = self._get("sources")
        nodes = [
            (i, n)
            for i, n in enumerate(listed if isinstance(listed, list) else [])
            if isinstance(n, Mapping)
        ]
        names = _source_names([node for _, node in nodes])
        made = [
            _SourceReader(self, node, f"sources[{i}]").source(name, organisations, period)
            for (i, node), name in zip(nodes, names, strict=True)
        ]
        for (i, node), name in zip(nodes, names, strict=True):
            if names.count(name) > 1:
                what = f"{name!r} names several sources; give each its own name"
                self.mistakes.add(line_of(node), f"sources[{i}].name", what)
        return tuple(source for source in made if source is not None)


class _SourceReader:
    """Makes one source of its part of the document."""

    def __init__(self, reader: _Reader, node: Mapping[str, Any], where: str) -> None:
        self.reader = reader
        self.node = node
        self.where = where

    def source(
        self, name: str, organisations: tuple[Organisation, ...], period: tuple[dt.date, dt.date]
    ) -> Source | None:
        contract = self._contract()
        sender = self._sender(tuple(o.code for o in organisations))
        where = self._where()
        formats = self._formats()
        files = self._files()
        columns = self._columns(contract) if contract else {}
        if contract is None or sender is None:
            return None
        default_trust = "verified" if contract.name in _TRUSTED_CONTRACTS else "supplied"
        expected = self.node.get("expected")
        source = Source(
            name=name,
            contract=contract,
            sender=sender,
            pattern=str(self.node.get("files")),
            files=files,
            where=where,
            columns=columns,
            formats=formats,
            shared=self.node.get("shared") is True,
            nhs_number_trust=str(self.node.get("nhs_number_trust") or default_trust),
            expected=dict(expected) if isinstance(expected, Mapping) else {},
            line=line_of(self.node),
        )
        return _with_digest(source, period)

    def _mistake(self, key: str, what: str) -> None:
        line = line_of(self.node, key) if key in self.node else line_of(self.node)
        self.reader.mistakes.add(line, f"{self.where}.{key}", what)

    def _contract(self) -> Contract | None:
        name = self.node.get("contract")
        if not isinstance(name, str):
            return None
        known = all_contracts()
        if name not in known:
            what = f"expected one of {', '.join(known)}, found {name!r}; "
            self._mistake("contract", what + did_you_mean(name, list(known)))
        return known.get(name)

    def _sender(self, listed: tuple[str, ...]) -> Sender | None:
        given = self.node.get("organisation")
        if isinstance(given, str):
            if given not in listed:
                what = f"{given!r} is not among organisations; list it there or correct it"
                self._mistake("organisation", what)
            return Sender(code=given)
        if not isinstance(given, Mapping):
            return None
        column = given.get("column")
        if not isinstance(column, str):
            self._mistake("organisation", "expected a code, or {column: name of a column}")
            return None
        return Sender(column=column, known=listed if given.get("known") == "listed" else None)

    def _files(self) -> tuple[Path, ...]:
        pattern = self.node.get("files")
        if not isinstance(pattern, str):
            return ()
        base = self.reader.path.parent
        found = tuple(sorted(p for p in _glob(base, pattern) if p.is_file()))
        if not found and self.reader.files_must_exist:
            what = f"no file matches {pattern!r} in {str(base)!r}; put the extracts there, or "
            self._mistake("files", what + "correct the pattern")
        return found

    def _where(self) -> str | None:
        sql = self.node.get("where")
        if not isinstance(sql, str):
            return None
        try:
            row_expression(sql)
            if not is_condition(sql):
                self._mistake("where", f"expected a condition, true or false; found {sql!r}")
        except NotAnExpression as error:
            self._mistake("where", str(error))
        return sql

    def _columns(self, contract: Contract) -> dict[str, str]:
        given = self.node.get("columns")
        if not isinstance(given, Mapping):
            return {}
        columns = {}
        for name, sql in given.items():
            where = f"{self.where}.columns.{name}"
            what = _fault_of_column(contract, str(name), str(sql))
            if what:
                self.reader.mistakes.add(line_of(given, name), where, what)
            else:
                columns[str(name)] = str(sql)
        return columns

    def _formats(self) -> Formats:
        given = self.node.get("formats")
        if not isinstance(given, Mapping):
            return Formats()
        per_column = given.get("columns")
        columns = dict(per_column) if isinstance(per_column, Mapping) else {}
        kinds = {k: given[k] for k in ("date", "datetime", "time") if given.get(k) is not None}
        for key, shape in (*kinds.items(), *((f"columns.{n}", f) for n, f in columns.items())):
            fault = fault_of_format(str(shape), key)
            if fault:
                line = line_of(given, key) if key in given else line_of(per_column, key[8:])
                self.reader.mistakes.add(line, f"{self.where}.formats.{key}", fault)
        nulls = given.get("nulls")
        words = tuple(str(n) for n in nulls) if isinstance(nulls, list) else DEFAULT_NULLS
        return Formats(nulls=words, columns=columns, **{k: str(v) for k, v in kinds.items()})


def _fault_of_column(contract: Contract, name: str, sql: str) -> str | None:
    """What is wrong with one line of ``columns``, if anything."""
    fields = [f.name for f in contract.fields]
    if name not in fields:
        return f"{contract.name} has no field {name!r}; {_near(name, fields)}"
    try:
        row_expression(sql)
    except NotAnExpression as error:
        return f"{error}. A column name with other signs than letters needs double quotes inside"
    return None


def _near(name: str, fields: list[str]) -> str:
    """The nearest field; a page of fields where none is near."""
    asked = did_you_mean(name, fields)
    return asked if asked.startswith("did") else "see docs/contracts for its fields"


def _source_names(nodes: list[Mapping[str, Any]]) -> list[str]:
    """Given names, else the contract, numbered from 1 where several sources have none."""
    unnamed = [str(n.get("contract")) for n in nodes if not isinstance(n.get("name"), str)]
    seen: dict[str, int] = {}
    names = []
    for node in nodes:
        contract = str(node.get("contract"))
        if isinstance(node.get("name"), str):
            names.append(node["name"])
            continue
        seen[contract] = seen.get(contract, 0) + 1
        several = unnamed.count(contract) > 1
        names.append(f"{contract}_{seen[contract]}" if several else contract)
    return names


def _glob(base: Path, pattern: str) -> list[Path]:
    """Files of a pattern, relative to ``base`` or absolute."""
    path = Path(pattern).expanduser()
    if path.is_absolute():
        return list(Path(path.anchor).glob(str(path.relative_to(path.anchor))))
    return list(base.glob(pattern))


def _with_digest(source: Source, period: tuple[dt.date, dt.date]) -> Source:
    """The source with the digest of all that its rows' fate depends on, but the files."""
    told = {
        "name": source.name,
        "contract": repr(source.contract),
        "sender": asdict(source.sender),
        "where": source.where,
        "columns": dict(source.columns),
        "formats": asdict(source.formats),
        "shared": source.shared,
        "nhs_number_trust": source.nhs_number_trust,
        "period": [str(day) for day in period],
    }
    digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
    return Source(**{**source.__dict__, "digest": digest})


def _is_date(value: Any) -> bool:
    return isinstance(value, dt.date) and not isinstance(value, dt.datetime)
