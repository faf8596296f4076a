"""The contract language: what an extract promises, and how its rows become events, as data.

A contract is a frozen value. Conditions and event mappings are row-wise SQL (Polars' dialect)
over the contract's own typed fields, so that a contract can be read, checked and printed.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

FieldType = Literal["text", "code", "date", "time", "datetime", "integer", "decimal", "boolean"]
Requirement = Literal["required", "expected", "optional"]
Identifier = Literal["none", "quasi", "direct"]
Treatment = Literal[
    "keep",  # stays as it is in the core table
    "drop",  # goes no further than ingest
    "token",  # becomes keyed tokens in the linkage zone only
    "hmac",  # a local number: becomes a keyed hash in the core table, a join key
    "area",  # becomes area_code (MSOA) and imd_decile in the core table
    "birth_month",  # becomes birth_month and age_at_event in the core table
]
Severity = Literal["quarantine", "warn"]
JourneyRole = Literal["interval", "point", "context", "administrative"]
IdentityWay = Literal["row", "reference", "parent"]


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field of a contract, in the national standard's own name."""

    name: str
    meaning: str
    type: FieldType = "text"
    required: Requirement = "optional"
    codes: str | None = None  # name of a list in contracts.codes
    pattern: str | None = None  # whole-value regular expression
    minimum: float | None = None
    maximum: float | None = None
    identifier: Identifier = "none"
    treatment: Treatment = "keep"
    id_domain: str | None = None  # hmac fields of one domain and organisation share keys
    role: str | None = None  # which field of the identity block this is, under another name
    required_when: str | None = None  # SQL condition
    applies_when: str | None = None  # SQL condition

    def __post_init__(self) -> None:
        if (self.treatment == "hmac") != (self.id_domain is not None):
            raise ValueError(f"{self.name}: hmac treatment and id_domain go together")
        if self.identifier == "direct" and self.treatment == "keep":
            raise ValueError(f"{self.name}: a direct identifier cannot be kept")


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A condition between fields of one row. A null condition counts as met."""

    rule_id: str  # catalogue id, for instance K01
    name: str
    condition: str  # SQL that must hold
    columns: tuple[str, ...]
    severity: Severity = "quarantine"
    mend: str = ""  # what the sender should do


@dataclass(frozen=True, kw_only=True)
class Key:
    """What makes a row the same thing when it is sent again, beside its sender.

    Without ``where`` it serves rows that have all its fields; with it, rows for which the SQL is
    true, a null field counting as empty.
    """

    fields: tuple[str, ...]
    where: str | None = None


@dataclass(frozen=True, kw_only=True)
class Parent:
    """Rows of this contract belong to a row of another: equal hmac fields, same organisation."""

    contract: str
    on: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ClassOf:
    """The class that a code list gives to a field's code; ``default`` when null or unlisted."""

    field: str
    codes: str
    default: str | None = None


@dataclass(frozen=True, kw_only=True)
class At:
    """A moment: a datetime field, or a date field with an optional time field."""

    date: str | None = None
    time: str | None = None
    datetime: str | None = None

    def __post_init__(self) -> None:
        if (self.date is None) == (self.datetime is None):
            raise ValueError("a moment is a date (with or without time) or a datetime")


Value = str | ClassOf  # SQL over core columns ("'text'" is a literal), or a class of a code


@dataclass(frozen=True, kw_only=True)
class EventCodes:
    """Coded content of an event, in order of position."""

    code_system: str
    fields: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Clock:
    """A recorded moment of an event that starts or stops a wait: received, booked, ... ."""

    name: str
    at: At


@dataclass(frozen=True, kw_only=True)
class EventMap:
    """How rows of a contract become events of one family.

    ``role``: ``interval`` bridges a journey over its whole length; ``point`` bridges when attended;
    ``context`` counts at its start only; ``administrative`` never bridges (domain: journeys).
    An ``end`` of None makes a point event (end = start). ``organisation_code`` is the provider,
    the sender where it is None or null. ``clocks`` are the recorded moments that waits start and
    stop at; ``ready`` is one too.
    """

    family: str
    role: JourneyRole
    start: At
    end: At | None = None
    where: str | None = None  # SQL; rows for which it is true become events of this family
    event_type: Value = "'not_applicable'"
    event_subtype: Value | None = None
    setting: Value = "'none'"
    planned: Value = "'not_applicable'"  # elective, unplanned, not_applicable
    outcome_class: Value = "'attended'"
    organisation_code: Value | None = None
    site_code: Value | None = None
    team_code: Value | None = None
    specialty_code: Value | None = None
    reason_code: Value | None = None
    destination_class: Value | None = None
    ready: At | None = None
    clocks: tuple[Clock, ...] = ()
    parent: Parent | None = None
    cost: Value | None = None  # pounds, where the row carries its own cost
    codes: tuple[EventCodes, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Contract:
    """What one kind of extract promises."""

    name: str
    family: str
    meaning: str
    grain: str
    version: str
    effective_from: dt.date
    standard: str
    standard_version: str
    fields: tuple[Field, ...]
    natural_key: tuple[Key, ...]  # the first that serves a row; else all its fields are its key
    identity: tuple[IdentityWay, ...] = ("row", "reference")
    is_identity_record: bool = False  # other rows may refer to it by local_patient_identifier
    parent: Parent | None = None  # whence identity by parent comes
    period_start: str | None = None  # date field; None: rows are not bound to a period
    period_end: str | None = None
    valid_from: str | None = None  # identity records: when the local identifier meant this person
    valid_to: str | None = None
    rules: tuple[Rule, ...] = ()
    events: tuple[EventMap, ...] = ()
    sector: str | None = None  # sector of the sender where the configuration does not say
    sender_field: str | None = None  # the contract's own field that names the sender

    def __post_init__(self) -> None:
        names = [f.name for f in self.fields]
        if repeated := {n for n in names if names.count(n) > 1}:
            raise ValueError(f"{self.name}: declared twice: {sorted(repeated)}")
        used = {n for key in self.natural_key for n in key.fields}
        used |= {n for r in self.rules for n in r.columns}
        used |= {n for n in (self.period_start, self.period_end, self.sender_field) if n}
        if unknown := used - set(names):
            raise ValueError(f"{self.name}: uses undeclared fields {sorted(unknown)}")

    @property
    def core_table(self) -> str:
        return f"core_{self.name}"

    @property
    def detail_table(self) -> str:
        return f"detail_{self.name}"

    def field(self, name: str) -> Field:
        return next(f for f in self.fields if f.name == name)

    def fields_treated(self, *treatments: Treatment) -> Iterator[Field]:
        return (f for f in self.fields if f.treatment in treatments)

    def has(self, name: str) -> bool:
        return any(f.name == name for f in self.fields)

    def in_role(self, role: str) -> Field | None:
        """The field that plays a part of the identity block, under whatever name."""
        return next((f for f in self.fields if (f.role or f.name) == role), None)


@dataclass(frozen=True, kw_only=True)
class Code:
    code: str
    label: str
    cls: str | None = None  # what the code means to us, where it means something


@dataclass(frozen=True, kw_only=True)
class CodeList:
    name: str
    source: str
    codes: tuple[Code, ...] = field(default=())

    @property
    def allowed(self) -> tuple[str, ...]:
        return tuple(c.code for c in self.codes)

    def classes(self) -> dict[str, str]:
        return {c.code: c.cls for c in self.codes if c.cls is not None}
