"""Makes the overrides of checks in a configuration and collects their mistakes."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from flow_pipeline.config_reader import Mistakes, did_you_mean, line_of
from flow_pipeline.quality.overrides import Override, fault_of_check


def overrides_of(
    listed: Any, sources: tuple[str, ...], organisations: tuple[str, ...], mistakes: Mistakes
) -> tuple[Override, ...]:
    """``quality.overrides`` as values, in order; what is wrong is added to ``mistakes``.

    ``sources``: names of sources, contracts and tables that a check may be of. Keys, types and
    what is missing were checked with the whole document.
    """
    nodes = listed if isinstance(listed, list) else []
    made = [
        _override(node, f"quality.overrides[{n}]", sources, organisations, mistakes)
        for n, node in enumerate(nodes)
        if isinstance(node, Mapping)
    ]
    return tuple(one for one in made if one is not None)


def _override(
    node: Mapping[str, Any],
    where: str,
    sources: tuple[str, ...],
    organisations: tuple[str, ...],
    mistakes: Mistakes,
) -> Override | None:
    def mistake(key: str, what: str) -> None:
        mistakes.add(line_of(node, key) if key in node else line_of(node), f"{where}.{key}", what)

    check, until, threshold = node.get("check"), node.get("until"), node.get("threshold")
    if isinstance(check, str) and (fault := fault_of_check(check)):
        mistake("check", fault)
    if (threshold is None) == (node.get("waive") is not True):
        mistake("threshold", "expected a threshold, or waive: true, and not both")
    for key, known in (("source", sources), ("organisation", organisations)):
        given = node.get(key)
        if isinstance(given, str) and given not in known:
            mistake(key, f"{given!r} is none; {did_you_mean(given, known)}")
    if not isinstance(until, dt.date) or isinstance(until, dt.datetime):
        return None
    return Override(
        check=str(check),
        who=str(node.get("who")),
        why=str(node.get("why")),
        until=until,
        threshold=float(threshold) if isinstance(threshold, (int, float)) else None,
        source=node.get("source"),
        organisation=node.get("organisation"),
    )
