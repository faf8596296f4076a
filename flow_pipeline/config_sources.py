"""Makes the sources of a configuration and collects their mistakes."""

import datetime as dt
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from flow_pipeline.config_economy import Identity, Organisation, Source
from flow_pipeline.config_layout import layout_of
from flow_pipeline.config_reader import Mistakes, did_you_mean, line_of
from flow_pipeline.contracts import HOME, all_contracts, contract, versions
from flow_pipeline.contracts.identity import FOREIGN_PSEUDONYM
from flow_pipeline.contracts.language import Contract
from flow_pipeline.ingest.expressions import NotAnExpression, is_condition, row_expression
from flow_pipeline.ingest.formats import DEFAULT_NULLS, Formats, fault_of_format
from flow_pipeline.ingest.manifest import is_manifest
from flow_pipeline.ingest.mapping import Sender

_TRUSTED_CONTRACTS = ("gp_registration", "death")
_NAMESPACE = r"[a-z0-9][a-z0-9._-]{0,39}"


def source_names(nodes: list[Mapping[str, Any]]) -> list[str]:
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


@dataclass(frozen=True)
class SourceReader:
    """Makes one source of its part of the document; ``where`` is how messages name the part."""

    node: Mapping[str, Any]
    where: str
    base: Path  # folder of the configuration
    mistakes: Mistakes
    files_must_exist: bool
    jurisdiction: str = HOME

    def source(
        self, name: str, organisations: tuple[Organisation, ...], period: tuple[dt.date, dt.date]
    ) -> Source | None:
        """The source, or None where its contract or sender is wrong; mistakes are added."""
        contract = self._contract()
        sender = self._sender(tuple(o.code for o in organisations))
        where = self._where()
        formats = self._formats()
        files = self._files()
        columns = self._columns(contract) if contract else {}
        identity = self._identity(contract, columns)
        if contract is None or sender is None:
            return None
        default_trust = "verified" if contract.name in _TRUSTED_CONTRACTS else "supplied"
        expected = self.node.get("expected")
        source = Source(
            name=name,
            contract=contract,
            version=self._version(contract.name),
            sender=sender,
            pattern=str(self.node.get("files")),
            files=files,
            where=where,
            columns=columns,
            formats=formats,
            layout=layout_of(self.node.get("layout"), f"{self.where}.layout", self.mistakes),
            identity=identity,
            shared=self.node.get("shared") is True,
            nhs_number_trust=str(self.node.get("nhs_number_trust") or default_trust),
            expected=dict(expected) if isinstance(expected, Mapping) else {},
            line=line_of(self.node),
        )
        return _with_digest(source, period)

    def _mistake(self, key: str, what: str) -> None:
        line = line_of(self.node, key) if key in self.node else line_of(self.node)
        self.mistakes.add(line, f"{self.where}.{key}", what)

    def _contract(self) -> Contract | None:
        name = self.node.get("contract")
        if not isinstance(name, str):
            return None
        known = all_contracts()
        if name not in known:
            what = f"expected one of {', '.join(known)}, found {name!r}; "
            self._mistake("contract", what + did_you_mean(name, list(known)))
            return None
        return contract(name, self.jurisdiction)

    def _version(self, name: str) -> str | None:
        """The version that the files are said to follow."""
        stated = self.node.get("version")
        if not isinstance(stated, str):
            return None
        known = [c.version for c in versions(name, self.jurisdiction)]
        if stated not in known:
            what = f"{name} has the versions {', '.join(known)}; found {stated!r}"
            self._mistake("version", what)
        return stated

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
        base = self.base
        found = tuple(sorted(p for p in _glob(base, pattern) if _is_data_file(p)))
        if not found and self.files_must_exist:
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
                self.mistakes.add(line_of(given, name), where, what)
            else:
                columns[str(name)] = str(sql)
        return columns

    def _identity(self, contract: Contract | None, columns: Mapping[str, str]) -> Identity:
        """How rows say whom they are about; a scheme other than foreign is told by the schema."""
        given = self.node.get("identity")
        if not isinstance(given, Mapping) or given.get("scheme", "clear") != "foreign":
            return Identity()
        namespace, key = given.get("namespace"), given.get("key")
        for name, value in (("namespace", namespace), ("key", key)):
            if not isinstance(value, str) or not value:
                self._mistake("identity", f"scheme foreign needs {name}")
        if isinstance(namespace, str) and not re.fullmatch(_NAMESPACE, namespace):
            what = f"expected small letters, digits, '.', '_' and '-', found {namespace!r}"
            self._mistake("identity", f"namespace: {what}")
        if contract is not None and not contract.has(FOREIGN_PSEUDONYM.name):
            what = f"rows of {contract.name} do not say whom they are about; leave identity out"
            self._mistake("identity", what)
        if FOREIGN_PSEUDONYM.name in columns:
            what = f"key and columns.{FOREIGN_PSEUDONYM.name} both name the pseudonym; keep key"
            self._mistake("identity", what)
        return Identity("foreign", str(namespace), str(key))

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
                self.mistakes.add(line, f"{self.where}.formats.{key}", fault)
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


def _glob(base: Path, pattern: str) -> list[Path]:
    """Files of a pattern, relative to ``base`` or absolute."""
    path = Path(pattern).expanduser()
    if path.is_absolute():
        return list(Path(path.anchor).glob(str(path.relative_to(path.anchor))))
    return list(base.glob(pattern))


def _is_data_file(path: Path) -> bool:
    """A manifest lies beside the data it tells of and would match ``*``."""
    return path.is_file() and not is_manifest(path)


def _with_digest(source: Source, period: tuple[dt.date, dt.date]) -> Source:
    """The source with the digest of all that its rows' fate depends on, but the files."""
    told = {
        "name": source.name,
        "contract": repr(source.contract),
        "version": source.version,
        "sender": asdict(source.sender),
        "where": source.where,
        "columns": dict(source.columns),
        "formats": asdict(source.formats),
        "layout": asdict(source.layout),
        "identity": asdict(source.identity),
        "shared": source.shared,
        "nhs_number_trust": source.nhs_number_trust,
        "period": [str(day) for day in period],
    }
    digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
    return Source(**{**source.__dict__, "digest": digest})
