"""Reads ``economy.yaml`` against its schema and collects every mistake with its line."""

import datetime as dt
import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from flow_pipeline.config_key import Key, KeyType
from flow_pipeline.config_schema import KEYS, KEYS_BY_PATH
from flow_pipeline.errors import ConfigurationError

_TYPE_NAMES: dict[KeyType, str] = {
    "text": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "date": "a date like 2023-04-01",
    "path": "a path",
    "mapping": "a mapping of keys",
    "list": "a list",
    "any": "a value",
}
_PYTHON_TYPES: dict[KeyType, tuple[type, ...]] = {
    "text": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "date": (dt.date,),
    "path": (str,),
    "mapping": (Mapping,),
    "list": (list,),
    "any": (object,),
}


@dataclass
class Mistakes:
    """Mistakes of one configuration, told together."""

    file_name: str
    found: list[tuple[int, str, str]] = field(default_factory=list)

    def add(self, line: int, where: str, what: str) -> None:
        self.found.append((line, where, what))

    def text(self) -> str:
        ordered = sorted(set(self.found))
        lines = [f"{self.file_name}:{line}: {where}: {what}" for line, where, what in ordered]
        count = "1 mistake" if len(lines) == 1 else f"{len(lines)} mistakes"
        return "\n".join([*lines, f"{count} in the configuration; nothing was read."])


def read_document(path: Path) -> CommentedMap:
    """The configuration as written. Raises ConfigurationError when it is not there or no YAML."""
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        raise ConfigurationError(
            f"There is no configuration {path}. Name one, or write one with: flow-pipeline init DIR"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"The configuration {path} cannot be read ({type(error).__name__}). "
            f"Make it a file in UTF-8 that you may read."
        ) from None
    return _parsed(path, text)


@lru_cache(maxsize=1)
def _parsed(path: Path, text: str) -> CommentedMap:
    """Kept, because a run reads its configuration three times, and parsing takes a third of a
    second. Nobody may change it."""
    try:
        document = YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        told = str(error.problem or "cannot be parsed").splitlines()[0]
        raise ConfigurationError(f"{path.name}:{line}: not YAML: {told}") from None
    except YAMLError as error:
        raise ConfigurationError(f"{path.name}:1: not YAML: {error}") from None
    if not isinstance(document, CommentedMap):
        raise ConfigurationError(f"{path.name}:1: expected keys with values, found none")
    return document


def check_document(document: CommentedMap, mistakes: Mistakes) -> None:
    """Check keys, types and choices of the whole document; mistakes are added."""
    _check_mapping(document, "", "", 1, mistakes)


def line_of(node: Any, key: str | int | None = None) -> int:
    """Line of a key of a mapping, of an item of a list, or of the node itself; 1 for the first."""
    try:
        if key is None:
            return int(node.lc.line) + 1
        if isinstance(node, CommentedSeq):
            return int(node.lc.item(key)[0]) + 1
        return int(node.lc.key(key)[0]) + 1
    except (AttributeError, KeyError, TypeError):  # merged from an anchor
        return line_of(node) if key is not None else 1


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """A question that offers the nearest known word, or the known words."""
    if near := difflib.get_close_matches(word, known, n=1, cutoff=0.6):
        return f"did you mean {near[0]!r}?"
    return f"known are {', '.join(sorted(known))}"


def _check_mapping(
    node: Mapping[str, Any], schema_path: str, shown: str, line: int, mistakes: Mistakes
) -> None:
    known = _children(schema_path)
    for name, value in node.items():
        key = known.get(str(name)) or known.get("*")
        where = f"{shown}.{name}" if shown else str(name)
        at = line_of(node, name)
        if key is None:
            mistakes.add(at, where, f"unknown key; {did_you_mean(str(name), list(known))}")
        else:
            _check_value(key, value, where, at, mistakes)
    for name, key in known.items():
        if key.required and node.get(name) is None:
            what = f"missing; expected {_expectation(key)}: {key.meaning}"
            mistakes.add(line, f"{shown}.{name}" if shown else name, what)


def _children(schema_path: str) -> dict[str, Key]:
    prefix = f"{schema_path}." if schema_path else ""
    return {
        rest: key
        for key in KEYS
        if key.path.startswith(prefix)
        and (rest := key.path[len(prefix) :])
        and "." not in rest
        and "[]" not in rest
    }


def _check_value(key: Key, value: Any, where: str, line: int, mistakes: Mistakes) -> None:
    if value is None:
        return
    if key.is_later:
        mistakes.add(line, where, "not supported yet; leave it out")
    elif not _has_type(key, value):
        mistakes.add(line, where, f"expected {_expectation(key)}, found {_found(value)}")
    elif isinstance(value, Mapping):
        if key.type != "any" or key.path.endswith(".*"):
            _check_mapping(value, key.path, where, line, mistakes)
    elif isinstance(value, list) and f"{key.path}[]" in KEYS_BY_PATH:
        _check_items(key, value, where, mistakes)
    else:
        _check_choice(key, value, where, line, mistakes)


def _check_items(key: Key, items: list[Any], where: str, mistakes: Mistakes) -> None:
    if key.required and not items:
        mistakes.add(line_of(items), where, "expected at least one item, found none")
    item_key = KEYS_BY_PATH[f"{key.path}[]"]
    for index, item in enumerate(items):
        at = line_of(items, index)
        shown = f"{where}[{index}]"
        if item is None:
            mistakes.add(at, shown, f"expected {_expectation(item_key)}, found nothing")
        else:
            _check_value(item_key, item, shown, at, mistakes)


def _check_choice(key: Key, value: Any, where: str, line: int, mistakes: Mistakes) -> None:
    written = "[]" if value == [] else str(value)
    if key.minimum is not None and value < key.minimum:
        mistakes.add(line, where, f"expected at least {key.minimum}, found {value}")
    is_of_choices = isinstance(value, str) or key.also is None
    if not key.choices or written in key.choices or not is_of_choices:
        return
    if written in key.later or "*" in key.later:
        usable = " or ".join(repr(c) for c in key.choices)
        mistakes.add(line, where, f"{written!r} is not supported yet; use {usable}")
    else:
        expected = ", ".join((*key.choices, *key.later))
        mistakes.add(line, where, f"expected one of {expected}, found {written!r}")


def _has_type(key: Key, value: Any) -> bool:
    allowed = [key.type] + ([key.also] if key.also else [])
    if key.choices and "*" in key.later:
        return not isinstance(value, Mapping)  # any other value is answered "not supported yet"
    return any(_is_of(value, type_) for type_ in allowed)


def _is_of(value: Any, type_: KeyType) -> bool:
    if isinstance(value, bool):
        return type_ in ("boolean", "any")
    if isinstance(value, dt.datetime):
        return type_ == "any"
    return isinstance(value, _PYTHON_TYPES[type_])


def _expectation(key: Key) -> str:
    if key.choices and key.type == "text":
        return f"one of {', '.join((*key.choices, *(v for v in key.later if v != '*')))}"
    names = [_TYPE_NAMES[key.type]] + ([_TYPE_NAMES[key.also]] if key.also else [])
    return " or ".join(names)


def _found(value: Any) -> str:
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, (int, float, dt.date)):
        return f"{value} without quotes"
    return repr(str(value))
