"""Reads ``sources[].layout`` of a configuration: how the files of a source are laid out."""

from collections.abc import Mapping
from typing import Any, cast, get_args

from flow_pipeline.config_reader import Mistakes, line_of
from flow_pipeline.ingest.encoding import is_known_encoding
from flow_pipeline.ingest.layout import Header, Layout, Quote

_DELIMITERS_BY_NAME = {"comma": ",", "semicolon": ";", "tab": "\t", "\\t": "\t", "pipe": "|"}
_NO_DELIMITERS = ('"', "'", "\n", "\r", "\\")


def layout_of(node: Any, where: str, mistakes: Mistakes) -> Layout:
    """The layout as written; what is not written is found out. Mistakes are added.

    ``node``: the mapping under ``layout``, checked for types against the schema.
    """
    if not isinstance(node, Mapping):
        return Layout()
    given = {key: value for key, value in node.items() if value is not None}
    for key, fault in _faults(given):
        mistakes.add(line_of(node, key), f"{where}.{key}", fault)
    skip, sheet, names = given.get("skip", 0), given.get("sheet", 1), given.get("names", [])
    return Layout(
        encoding=str(given.get("encoding", "auto")),
        delimiter=_delimiter(str(given.get("delimiter", "auto"))),
        quote=cast(Quote, str(given.get("quote", "auto"))),
        skip=skip if isinstance(skip, int) else 0,
        header=cast(Header, str(given.get("header", "auto"))),
        sheet=sheet if isinstance(sheet, int | str) else 1,
        names=tuple(str(name) for name in names) if isinstance(names, list) else (),
    )


def _faults(given: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Key and what is wrong with its value."""
    faults = []
    encoding, delimiter = str(given.get("encoding", "auto")), str(given.get("delimiter", "auto"))
    if encoding != "auto" and not is_known_encoding(encoding):
        what = f"{encoding!r} is no encoding that is known; use for instance utf-8, utf-16 or "
        faults.append(("encoding", f"{what}windows-1252, or auto"))
    sign = _delimiter(delimiter)
    if delimiter != "auto" and (len(sign) != 1 or sign in _NO_DELIMITERS):
        faults.append(("delimiter", f"expected one sign, tab or auto, found {delimiter!r}"))
    if str(given.get("quote", "auto")) not in get_args(Quote):
        faults.append(("quote", f"expected '\"', \"'\", none or auto, found {given['quote']!r}"))
    if isinstance(given.get("sheet"), int) and given["sheet"] < 1:
        faults.append(("sheet", f"expected a number from 1 or a name, found {given['sheet']}"))
    return faults + _faults_of_names(given.get("names", []))


def _faults_of_names(names: Any) -> list[tuple[str, str]]:
    if not isinstance(names, list):
        return []
    if any(names.count(name) > 1 or name == "" for name in names):
        return [("names", "expected names that are not empty, each once")]
    return []


def _delimiter(written: str) -> str:
    return _DELIMITERS_BY_NAME.get(written, written)
