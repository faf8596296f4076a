"""The manifest beside a delivered file: what the sender says is in it.

A manifest is never required; what one lacks is derived from the file. One that is there is read
strictly, because a misspelt key would be a control that nobody applies.
"""

import datetime as dt
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import polars as pl
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from flow_pipeline.contracts.language import Contract
from flow_pipeline.errors import InputRefused
from flow_pipeline.ingest.senders import is_same_sender
from flow_pipeline.tables.ingest import CONTROL_TOTAL, MANIFEST

ENDINGS = (".manifest.json", ".manifest.yaml", ".manifest.yml")
ROWS = "rows"  # the control total that counts rows
SUBMISSION_TYPES = ("full", "refresh", "delta")
_LARGEST = 1_000_000  # bytes; a manifest is a page
_TOLERANCE = 0.005  # control totals of money are stated to the penny
_NUMBERS = ("integer", "decimal")


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What a sender says of one delivered file. What it does not say is None or empty.

    Source of the definition: domain.md §2.0.
    """

    submission_id: str | None = None  # the sender's own name of the submission
    organisation_code: str | None = None
    period_start: dt.date | None = None
    period_end: dt.date | None = None
    created_at: dt.datetime | None = None  # as written, without a time zone
    contract_version: str | None = None
    record_count: int | None = None
    sha256: str | None = None  # lower case
    submission_type: str | None = None  # full, refresh or delta
    control_totals: Mapping[str, Decimal] = field(default_factory=dict)


def is_manifest(path: Path) -> bool:
    """Whether a file is the manifest of another, by its name."""
    return path.name.lower().endswith(ENDINGS)


def manifests_of(path: Path) -> list[Path]:
    """The manifests that lie beside a delivered file; more than one cannot be meant."""
    beside = [path.with_name(path.name + ending) for ending in ENDINGS]
    return [one for one in beside if one.is_file()]


def manifest_beside(path: Path) -> Manifest | None:
    """The manifest of a delivered file: ``<file>.manifest.json``, ``.yaml`` or ``.yml`` beside it.

    Out: None where there is none. Raises InputRefused with every mistake where it cannot be read,
    holds a key that is none, or a value that is not of its kind, and where there are several.
    """
    found = manifests_of(path)
    if not found:
        return None
    if len(found) > 1:
        names = " and ".join(one.name for one in found)
        raise InputRefused(f"{path}: has several manifests, {names}. Keep the one that holds.")
    return _manifest(found[0])


def refuse_unfit(
    path: Path, manifest: Manifest, sender: str | None, contracts: Sequence[Contract]
) -> None:
    """Raise InputRefused where a manifest cannot be that of this file.

    ``sender``: the organisation that the configuration names, None where rows name theirs.
    ``contracts``: those that the file is read under; each control total must be ``rows`` or a
    number field of one of them.
    """
    told = []
    named = manifest.organisation_code
    if sender and named is not None and not is_same_sender(named, sender):
        told.append(
            f"its manifest names another organisation than {sender}, which the source expects. "
            f"Put the file where that organisation's files lie, or correct the manifest"
        )
    fields = [f for c in contracts for f in c.fields]
    numbers = {f.name for f in fields if f.type in _NUMBERS}
    unknown = [n for n in manifest.control_totals if n != ROWS and n not in numbers]
    if unknown:
        at = ", ".join(str(list(manifest.control_totals).index(n) + 1) for n in unknown)
        told.append(
            f"its manifest: control_totals: the entry at position {at} is neither {ROWS!r} nor a "
            f"number field of the contract ({', '.join(sorted(numbers)) or 'it has none'})"
        )
    if told:
        raise InputRefused(f"{path}: {'; '.join(told)}.")


def manifest_rows(
    manifest: Manifest,
    submissions: Iterable[tuple[str, str, str | None]],
    *,
    n_rows: int,
    digest: str,
    totals: Mapping[str, Decimal | float | None],
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What a manifest states beside what was found.

    In:  ``submissions``: submission_id, source and organisation_code of everything taken of the
         file. ``n_rows`` and ``digest`` (SHA-256 of the delivered bytes, hexadecimal) of the file.
         ``totals``: the sum of each field of ``manifest.control_totals`` over all rows of the file,
         an unreadable value counting as 0; ``rows`` need not be given.
    Out: tables manifest and control_total. What was stated holds for the whole file and stands at
         each submission of it.
    """
    told = [
        {
            "submission_id": submission_id,
            "source": source,
            "organisation_code": organisation,
            "stated_n_rows": manifest.record_count,
            "found_n_rows": n_rows,
            "is_digest_same": manifest.sha256 == digest.lower() if manifest.sha256 else None,
            "contract_version": manifest.contract_version,
            "submission_type": manifest.submission_type,
        }
        for submission_id, source, organisation in submissions
    ]
    found = {**totals, ROWS: n_rows}
    sums = [
        {
            "submission_id": one["submission_id"],
            "source": one["source"],
            "name": name,
            "stated": float(stated),
            "found": float(found.get(name) or 0),
        }
        for one in told
        for name, stated in sorted(manifest.control_totals.items())
    ]
    return (
        pl.DataFrame(told, schema=MANIFEST.schema(), orient="row"),
        pl.DataFrame(sums, schema=CONTROL_TOTAL.schema(), orient="row"),
    )


def agree(stated: pl.Expr, found: pl.Expr) -> pl.Expr:
    """Whether a stated total is the one found, to half a penny."""
    return (stated - found).abs() <= _TOLERANCE


def _manifest(path: Path) -> Manifest:
    read = _document(path)
    mistakes = []
    values: dict[str, Any] = {}
    for position, (key, value) in enumerate(read.items(), start=1):
        if key not in _KEYS:
            # A key is the sender's own text: it is told by its place, never quoted.
            mistakes.append(f"key number {position} is none; known are {', '.join(_KEYS)}")
            continue
        name, expected, made = _KEYS[key]
        if value is None:
            continue
        try:
            values[name] = made(value)
        except (ValueError, TypeError, InvalidOperation):
            mistakes.append(f"{key}: expected {expected}")
    if mistakes:
        raise InputRefused(
            f"{path}: {'; '.join(mistakes)}. Correct the manifest, or remove it: the file can be "
            f"taken without one."
        )
    manifest = Manifest(**values)
    _refuse_backward_period(path, manifest)
    return manifest


def _refuse_backward_period(path: Path, manifest: Manifest) -> None:
    start, end = manifest.period_start, manifest.period_end
    if start and end and end < start:
        raise InputRefused(
            f"{path}: reporting_period_end_date: expected a date on or after "
            f"reporting_period_start_date. Correct the manifest."
        )


def _document(path: Path) -> Mapping[str, Any]:
    """The keys and values of a manifest as written."""
    kind = "JSON" if path.suffix.lower() == ".json" else "YAML"
    try:
        if path.stat().st_size > _LARGEST:
            raise InputRefused(f"{path}: larger than {_LARGEST:,} bytes; a manifest is one page.")
        text = path.read_text(encoding="utf-8-sig")
        read = _json(text) if kind == "JSON" else YAML(typ="safe", pure=True).load(text)
    except (ValueError, YAMLError, RecursionError):  # their texts quote the file
        raise InputRefused(
            f"{path}: cannot be read as {kind} in UTF-8. Correct the manifest, or remove it."
        ) from None
    except OSError as error:
        raise InputRefused(f"{path}: cannot be opened: {error.strerror}.") from None
    if not isinstance(read, Mapping):
        raise InputRefused(f"{path}: expected a mapping of keys, like record_count: 1200.")
    return read


def _json(text: str) -> Any:
    return json.loads(text, parse_float=Decimal, object_pairs_hook=_once)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object; a key given twice states two things at once."""
    if len({key for key, _ in pairs}) < len(pairs):
        raise ValueError("a key is given twice")
    return dict(pairs)


def _text(value: Any) -> str:
    if isinstance(value, (Mapping, list, bool)) or not str(value).strip():
        raise ValueError
    return str(value).strip()


def _date(value: Any) -> dt.date:
    if isinstance(value, dt.datetime):
        raise ValueError
    return value if isinstance(value, dt.date) else dt.date.fromisoformat(_text(value))


def _moment(value: Any) -> dt.datetime:
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return dt.datetime(value.year, value.month, value.day)
    made = value if isinstance(value, dt.datetime) else dt.datetime.fromisoformat(_text(value))
    return made.replace(tzinfo=None)


def _count(value: Any) -> int:
    text = _text(value)
    if not re.fullmatch(r"[0-9]{1,15}", text):
        raise ValueError
    return int(text)


def _sha256(value: Any) -> str:
    text = _text(value).lower()
    if not re.fullmatch(r"[0-9a-f]{64}", text):
        raise ValueError
    return text


def _submission_type(value: Any) -> str:
    text = _text(value).lower()
    if text not in SUBMISSION_TYPES:
        raise ValueError
    return text


def _totals(value: Any) -> dict[str, Decimal]:
    if not isinstance(value, Mapping):
        raise ValueError
    made = {_text(name): Decimal(_text(total)) for name, total in value.items()}
    if not all(total.is_finite() for total in made.values()):
        raise ValueError
    return made


# Key of a manifest → attribute, what is expected, and how the value is made of what is written.
_KEYS: dict[str, tuple[str, str, Callable[[Any], Any]]] = {
    "submission_id": ("submission_id", "text", _text),
    "organisation_identifier_code_of_provider": ("organisation_code", "a code", _text),
    "reporting_period_start_date": ("period_start", "a date like 2024-04-01", _date),
    "reporting_period_end_date": ("period_end", "a date like 2024-04-30", _date),
    "date_time_data_set_created": ("created_at", "a time like 2024-05-02T09:30:00", _moment),
    "contract_version": ("contract_version", "text", _text),
    "record_count": ("record_count", "a whole number of rows, 0 or more", _count),
    "file_sha256": ("sha256", "64 hexadecimal digits", _sha256),
    "submission_type": ("submission_type", "full, refresh or delta", _submission_type),
    "control_totals": ("control_totals", "names, each with a number", _totals),
}
