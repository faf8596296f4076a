"""The configuration of one economy: read, checked in whole, and made into frozen values.

Every mistake is reported with its line before any data is read. Values of the configuration may
be quoted in messages: they are about files and columns, not about persons.
"""

import datetime as dt
import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flow_pipeline.config_economy import Economy, Organisation, Source
from flow_pipeline.config_overrides import overrides_of
from flow_pipeline.config_reader import Mistakes, check_document, line_of, read_document
from flow_pipeline.config_schema import KEYS_BY_PATH
from flow_pipeline.config_sources import SourceReader, source_names
from flow_pipeline.contracts import all_contracts
from flow_pipeline.errors import ConfigurationError, KeyOrPurposeError
from flow_pipeline.quality.overrides import Override
from flow_pipeline.tables import all_tables

__all__ = ["Economy", "Organisation", "Source", "load_economy"]

_DUCKDB = "duckdb:///"
_CHANGES = ("warn_percent", "block_percent", "block_deviations")
_PLACEHOLDER = "?"  # stands for a required value that is missing; a mistake was noted


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
            reference_names=self._reference_names(),
            population=self._population(sources),
            population_file=self._existing("population.file"),
            link_threshold=self._threshold(),
            link_backend=self._text("linkage.backend"),
            link_decisions=self._existing("linkage.decisions"),
            link_truth=self._folder("linkage.truth"),
            link_bridges=self._bridges(),
            gap_days=self._number("journeys.gap_days"),
            repeat_contact_days=self._number("journeys.repeat_contact_days"),
            most_ward_moves=self._number("journeys.most_ward_moves"),
            cips_variant=self._text("journeys.cips_variant"),
            cost_scope=self._text("cohorts.cost_scope"),
            unit_costs=self._existing("cohorts.unit_costs"),
            suppress_below=self._number("disclosure.suppress_below"),
            round_to=self._number("disclosure.round_to"),
            if_blocked=self._text("quality.if_blocked"),
            max_unselected=self._number("quality.max_unselected"),
            changes={name: self._number(f"quality.changes.{name}") for name in _CHANGES},
            overrides=self._overrides(sources, organisations),
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

    def _bridges(self) -> tuple[Path, ...]:
        listed = self._get("linkage.bridges")
        paths = []
        for index, written in enumerate(listed if isinstance(listed, list) else []):
            if not isinstance(written, str):
                continue
            path = self._path(written)
            if not path.is_file():
                what = f"there is no file {str(path)!r}; put it there or leave the item out"
                self.mistakes.add(line_of(listed, index), f"linkage.bridges[{index}]", what)
            paths.append(path)
        return tuple(paths)

    def _folder(self, key: str) -> Path | None:
        written = self._get(key)
        if not isinstance(written, str):
            return None
        path = self._path(written)
        if not path.is_dir():
            what = f"there is no folder {str(path)!r}; name another or leave the key out"
            self.mistakes.add(self._line(key), key, what)
        return path

    def _threshold(self) -> float | None:
        """The threshold of linkage in bits, None where it is to be chosen."""
        value = self._get("linkage.threshold")
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return float(value) if is_number else None

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
            parent, successor = node.get("parent"), node.get("successor")
            if code in (parent, successor):
                what = f"{code!r} cannot belong to itself or merge into itself"
                self.mistakes.add(line_of(node, "code"), f"organisations[{index}]", what)
            name, sector = str(node.get("name")), str(node.get("sector"))
            found[code] = Organisation(code, name, sector, parent, successor)
        return tuple(found.values())

    def _overrides(
        self, sources: tuple[Source, ...], organisations: tuple[Organisation, ...]
    ) -> tuple[Override, ...]:
        named = {s.name for s in sources} | {s.contract.name for s in sources} | set(all_tables())
        codes = tuple(o.code for o in organisations)
        listed = self._get("quality.overrides")
        return overrides_of(listed, tuple(sorted(named)), codes, self.mistakes)

    def _purposes(self) -> dict[str, str]:
        listed = self._get("governance.purposes")
        nodes = [n for n in listed if isinstance(n, Mapping)] if isinstance(listed, list) else []
        return {str(n.get("code")): str(n.get("description")) for n in nodes}

    def _reference(self) -> dict[str, Path]:
        given = self._get("reference")
        names = [n for n in given if f"reference.{n}" in KEYS_BY_PATH] if given else []
        keys = {n: f"reference.{n}" + ".file" * isinstance(given[n], Mapping) for n in names}
        paths = {name: self._existing(key) for name, key in keys.items()}
        return {name: path for name, path in paths.items() if path is not None}

    def _reference_names(self) -> dict[str, tuple[str, ...]]:
        given = self._get("reference")
        files = given if isinstance(given, Mapping) else {}
        listed = {n: f.get("names") for n, f in files.items() if isinstance(f, Mapping)}
        return {n: tuple(map(str, names)) for n, names in listed.items() if isinstance(names, list)}

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
        names = source_names([node for _, node in nodes])
        made = [
            SourceReader(
                node,
                f"sources[{i}]",
                self.path.parent,
                self.mistakes,
                self.files_must_exist,
                self._text("jurisdiction"),
            ).source(name, organisations, period)
            for (i, node), name in zip(nodes, names, strict=True)
        ]
        for (i, node), name in zip(nodes, names, strict=True):
            if names.count(name) > 1:
                what = f"{name!r} names several sources; give each its own name"
                self.mistakes.add(line_of(node), f"sources[{i}].name", what)
        self._one_layout(made)
        return tuple(source for source in made if source is not None)

    def _one_layout(self, made: list[Source | None]) -> None:
        """A file is read once, whatever sources it serves."""
        first: dict[Path, Source] = {}
        for source in filter(None, made):
            rival = next(
                (r for f in source.files if (r := first.setdefault(f, source)) is not source), None
            )
            if rival is not None and rival.layout != source.layout:
                what = f"reads files of source {rival.name!r} in another layout; give both the same"
                self.mistakes.add(source.line, f"source {source.name}", what)


def _is_date(value: Any) -> bool:
    return isinstance(value, dt.date) and not isinstance(value, dt.datetime)
