"""What the names of the delivered columns alone tell: that a file is not what its source says.

Only names that we or the configuration know are quoted, others are told by position: in a file
sent without a header the first person stands there.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from flow_pipeline.contracts import all_contracts, versions
from flow_pipeline.contracts.language import Contract
from flow_pipeline.errors import InputRefused
from flow_pipeline.ingest.mapping import SourceMap

Named = tuple[str, SourceMap]  # a source's name, and how its rows are made

_FURTHER_COLUMNS = 2  # so many that only another contract knows are no chance
_SHOWN = 12


def known_columns(source: SourceMap) -> set[str]:
    """Names that a column of the file may have, by configuration and contract."""
    needed = {c for read in source.needed().values() for c in read}
    return needed | {f.name for f in source.contract.fields}


def refuse_wrong_header(path: Path, columns: Sequence[str], sources: Sequence[Named]) -> None:
    """Raise InputRefused where a column is missing that configuration or contract needs, where a
    name that they know stands on several columns, and for a file of another contract.

    In: ``columns``: names as delivered, in order; ``sources``: all that the file serves.
    """
    told = (
        _repeated(columns, sources)
        or _missing_columns(columns, sources)
        or _of_another_contract(columns, sources)
    )
    if told:
        raise InputRefused(f"{path}: {told}")


def unused_columns(columns: Sequence[str], sources: Sequence[Named]) -> tuple[str, ...]:
    """Notes on expected columns that were not delivered, where others were that nothing uses, and
    on columns whose name is that of a field in other writing."""
    unused = _unused(columns, sources)
    fields = [f for _, source in sources for f in source.asked.fields]
    there = {*columns, *(name for _, source in sources for name in source.columns)}
    absent = {f.name: f for f in fields if f.name not in there}
    alike = _in_other_writing(columns, absent)
    notes = [
        f"column {at} may be {name}, whose name is written otherwise; nothing uses it"
        for name, at in alike.items()
    ]
    expected = [n for n, f in absent.items() if f.required == "expected" and n not in alike]
    left = [at for at in unused if at not in alike.values()]
    if left and expected:
        notes.append(
            f"not delivered though expected: {', '.join(expected)}; nothing uses the columns at "
            f"position {_listed(left)}: are they the same under other names?"
        )
    return tuple(notes)


def _repeated(columns: Sequence[str], sources: Sequence[Named]) -> str | None:
    known = {name for _, source in sources for name in known_columns(source)}
    twice = sorted(name for name in known if columns.count(name) > 1)
    if not twice:
        return None
    places = "; ".join(f"{name!r} at positions {_listed(_places(columns, name))}" for name in twice)
    return (
        f"several columns have one name, {places}: which of them is meant cannot be told. Ask the "
        f"sender to rename them or to leave out what is not meant."
    )


def _places(columns: Sequence[str], name: str) -> list[int]:
    return [at for at, one in enumerate(columns, start=1) if one == name]


def _missing_columns(columns: Sequence[str], sources: Sequence[Named]) -> str | None:
    lines = [f"source {name}: {line}" for name, s in sources for line in _missing(s, columns)]
    if not lines:
        return None
    needed = {c for _, s in sources for read in s.needed().values() for c in read}
    wanted = needed.union(*(_unmapped(source) for _, source in sources)) - set(columns)
    hint = _hint(columns, sources, _in_other_writing(columns, wanted))
    return (
        f"{'; '.join(lines)}.{hint} Map the columns under `columns` of the source, or ask the "
        f"sender for them."
    )


def _missing(source: SourceMap, columns: Collection[str]) -> list[str]:
    lines = [
        f"{key} needs column {column!r}, which is missing"
        for key, needed in source.needed().items()
        for column in needed
        if column not in columns
    ]
    if wanted := [name for name in _unmapped(source) if name not in columns]:
        lines.append(f"missing required column {', '.join(map(repr, wanted))}")
    return lines


def _unmapped(source: SourceMap) -> list[str]:
    """Required fields that are taken from a column of their own name."""
    return [n for n in _required(source.contract) if n not in source.columns]


def _hint(columns: Sequence[str], sources: Sequence[Named], alike: dict[str, int]) -> str:
    """What may have happened instead of the missing columns."""
    if alike:
        told = ", ".join(f"{at} for {name}" for name, at in alike.items())
        return f" These columns differ from the names only in capitals, blanks or signs: {told}."
    unused = _unused(columns, sources)
    if not unused:
        return ""
    hint = (
        f" The file has {len(columns)} columns; nothing uses those at position {_listed(unused)}."
    )
    if other := _best(_satisfied(columns), columns):
        return f"{hint} It has the columns of an extract of {other.name}."
    return hint + (" Perhaps it has no header row." if len(unused) == len(columns) else "")


def _of_another_contract(columns: Sequence[str], sources: Sequence[Named]) -> str | None:
    """A contract that explains every column which the source uses, and further ones besides.

    A source that says under ``where`` which rows it takes knows what else is in the file.
    """
    serving = {source.contract.name for _, source in sources}
    others = [c for c in _satisfied(columns) if c.name not in serving]
    for name, source in sources:
        used = known_columns(source) & set(columns)
        wider = [
            c
            for c in others
            if source.where is None
            and used <= _names(c)
            and len(_names(c) & set(columns)) >= len(used) + _FURTHER_COLUMNS
        ]
        if other := _best(wider, columns):
            own, n_other = source.contract.name, len(_names(other) & set(columns))
            return (
                f"source {name}: is an extract of {other.name} by its columns: that contract knows "
                f"{n_other} of them, {own} only {len(used)}. Put the file where the extracts of "
                f"{other.name} lie, or correct `contract`. If {own} is meant, say which rows under "
                f"`where` (TRUE for all)."
            )
    return None


def _satisfied(columns: Sequence[str]) -> list[Contract]:
    """Contracts of which some version has all its required columns in the file."""
    delivered = set(columns)
    return [
        one
        for name, one in all_contracts().items()
        if any(delivered.issuperset(_required(version)) for version in versions(name))
    ]


def _best(contracts: Iterable[Contract], columns: Sequence[str]) -> Contract | None:
    """The contract that knows most of the columns, if it knows several."""
    delivered = set(columns)
    best = max(contracts, key=lambda c: len(_names(c) & delivered), default=None)
    is_known = best is not None and len(_names(best) & delivered) > _FURTHER_COLUMNS
    return best if is_known else None


def _names(contract: Contract) -> set[str]:
    return {f.name for f in contract.fields}


def _required(contract: Contract) -> list[str]:
    return [f.name for f in contract.fields if f.required == "required"]


def _unused(columns: Sequence[str], sources: Sequence[Named]) -> list[int]:
    """Positions of columns that nothing uses, from 1."""
    used = {name for _, source in sources for name in known_columns(source)}
    return [at for at, name in enumerate(columns, start=1) if name not in used]


def _in_other_writing(columns: Sequence[str], names: Iterable[str]) -> dict[str, int]:
    """Names that are not delivered as they should be, and the column that is meant by each."""
    at = {_plain(name): place for place, name in enumerate(columns, start=1)}
    return {name: at[_plain(name)] for name in sorted(names) if _plain(name) in at}


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).casefold()


def _listed(places: Sequence[int]) -> str:
    return ", ".join(map(str, places[:_SHOWN])) + (" …" if len(places) > _SHOWN else "")
