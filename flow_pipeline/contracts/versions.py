"""Versions of a contract: several live at once, one shape of core rows for all of them."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import replace

from flow_pipeline.contracts.language import Contract, Field

# What versions of one name and jurisdiction must have in common: ids, events and tables rest on it.
_SHARED = (
    "family",
    "natural_key",
    "identity",
    "is_identity_record",
    "parent",
    "period_start",
    "period_end",
    "valid_from",
    "valid_to",
    "supersede",
    "events",
    "sector",
    "sender_field",
)


def newest_first(versions: Sequence[Contract]) -> tuple[Contract, ...]:
    """Versions of one name and jurisdiction, the one that came into force last first.

    Raises ValueError where two have one version name, or differ in what versions share.
    """
    ordered = sorted(versions, key=lambda c: (c.effective_from, c.version), reverse=True)
    newest = ordered[0]
    if len({c.version for c in ordered}) < len(ordered):
        raise ValueError(f"{newest.name}: two contracts of one version")
    for other in ordered[1:]:
        for part in _SHARED:
            if getattr(other, part) != getattr(newest, part):
                raise ValueError(f"{newest.name}: versions differ in {part}")
    return tuple(ordered)


def union(versions: Sequence[Contract], elsewhere: Sequence[Contract] = ()) -> Contract:
    """The newest of ``versions`` with every field of all: what core and detail rows are made of.

    A field that not every version requires is not required; one that only older versions or
    ``elsewhere`` (the same contract in other jurisdictions) have is optional.
    """
    newest = versions[0]
    fields = {f.name: _for_all(f, versions) for f in newest.fields}
    for other in (*versions[1:], *elsewhere):
        for field in other.fields:
            fields.setdefault(field.name, _optional(field))
    return replace(
        newest, fields=tuple(fields.values()), stands_for=tuple(c.version for c in versions)
    )


def asked_as(whole: Contract, own: Contract) -> Contract:
    """``whole`` with fields required and expected where ``own``, one of its variants, has them so.

    Fields that the variant does not have are optional.
    """
    fields = []
    for field in whole.fields:
        if not own.has(field.name):
            fields.append(_optional(field))
            continue
        asked = own.field(field.name)
        fields.append(
            replace(
                field,
                required=asked.required,
                required_when=asked.required_when,
                applies_when=asked.applies_when,
                expected_when=asked.expected_when,
            )
        )
    return replace(whole, fields=tuple(fields), jurisdiction=own.jurisdiction)


def choose(versions: Sequence[Contract], delivered: Collection[str], on: dt.date) -> Contract:
    """The version, newest first, whose required fields are all delivered; on ties the newest.

    A version does not end for senders when the next begins: one that began before ``on`` can be
    meant though another is in force, and is where it knows more of the fields delivered. Where
    none has its required fields, the newest in force is meant, or else the oldest, so that what
    is missing can be told.
    """
    begun = [c for c in versions if c.effective_from <= on]
    current = [c for c in begun if c.is_in_force(on)]
    sent = set(delivered)
    fit = [c for c in (*current, *begun) if _required(c) <= sent]
    if fit:
        return max(fit, key=lambda c: len(sent & {f.name for f in c.fields}))
    return next(iter((*current, *begun)), versions[-1])


def _required(contract: Contract) -> set[str]:
    return {f.name for f in contract.fields if f.required == "required"}


def _for_all(field: Field, versions: Sequence[Contract]) -> Field:
    """The newest version's field, asked for no more than every version asks for it."""
    same = [c.field(field.name) if c.has(field.name) else None for c in versions]
    if all(f is not None and f.required == "required" for f in same):
        return field
    required_when = field.required_when
    if any(f is None or f.required_when != required_when for f in same):
        required_when = None
    asked = "optional" if all(f is None or f.required == "optional" for f in same) else "expected"
    if field.required == "optional":
        asked = "optional"
    return replace(field, required=asked, required_when=required_when)  # type: ignore[arg-type]


def _optional(field: Field) -> Field:
    """The field as it stands in rows that need not have it."""
    return replace(field, required="optional", required_when=None)
