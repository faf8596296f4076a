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
Jurisdiction = Literal["england", "scotland"]
Precedence = Literal["period", "precedence", "received"]


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
    applies_when: str | None = None  # SQL condition: elsewhere a value is a fault
    expected_when: str | None = None  # SQL condition: elsewhere an expected field may be empty

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
class Supersede:
    """Which of several records of one thing holds.

    ``order``: what is compared first, the largest holding: ``period``, the end of the reporting
    period of the submission; ``precedence``, the contract's own rank of a row; ``received``, the
    moment of receipt. Submission and row settle what is left. ``period`` says which end of a
    period is believed where a submission has both. ``deletes`` is true for rows that strike a
    thing out: where such a row holds, nothing holds. With ``by_any_key`` a row known by a later
    natural key alone is the thing of a row that is known by an earlier key and by that one too.
    """

    order: tuple[Precedence, ...] = ("period", "received")
    period: Literal["stated", "derived"] = "stated"
    precedence: str | None = None  # SQL, an integer, over the fields of all versions, in clear
    deletes: str | None = None  # SQL condition
    by_any_key: bool = False

    def __post_init__(self) -> None:
        if ("precedence" in self.order) != (self.precedence is not None):
            raise ValueError("a precedence that is compared must be given, and one given compared")


@dataclass(frozen=True, kw_only=True)
class Parent:
    """Rows of this contract belong to a row of another: equal hmac fields, same organisation."""

    contract: str
    on: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ClassOf:
    """The class that a code list gives to a field's code: ``default`` when null, and when the list
    does not have the code, unless ``unlisted`` is given for that."""

    field: str
    codes: str
    default: str | None = None
    unlisted: str | None = None


@dataclass(frozen=True, kw_only=True)
class FirstOf:
    """The first of several classes that is known: one thing that versions put in two fields."""

    choices: tuple[ClassOf, ...]


@dataclass(frozen=True, kw_only=True)
class At:
    """A moment: a datetime field, or a date field with an optional time field."""

    date: str | None = None
    time: str | None = None
    datetime: str | None = None

    def __post_init__(self) -> None:
        if (self.date is None) == (self.datetime is None):
            raise ValueError("a moment is a date (with or without time) or a datetime")


# SQL over core columns ("'text'" is a literal), a class of a code, or the first class known
Value = str | ClassOf | FirstOf


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
    stop at; ``ready`` is one too. ``is_relisted``: every submission lists what is open again, so
    that what is open and then missing from the sender's next one has ended.
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
    is_relisted: bool = False


@dataclass(frozen=True, kw_only=True)
class Contract:
    """What one kind of extract promises, in one version and jurisdiction.

    Versions of one name share key, events, periods and tables; they differ in fields, rules and
    codes. ``stands_for`` names the versions of one that was made of several (contracts.contract).
    """

    name: str
    family: str
    meaning: str
    grain: str
    version: str
    effective_from: dt.date
    effective_to: dt.date | None = None  # last date of the period it serves; None: still in force
    stands_for: tuple[str, ...] = ()
    jurisdiction: Jurisdiction = "england"
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
    supersede: Supersede = Supersede()
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
    def versions(self) -> tuple[str, ...]:
        """The versions whose rows and codes it takes."""
        return self.stands_for or (self.version,)

    def is_in_force(self, on: dt.date) -> bool:
        return self.effective_from <= on <= (self.effective_to or dt.date.max)

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
    """One code. ``core`` is the code that core rows hold in its place: the one of the list by
    which events are made that says the same, in another version's or country's words."""

    code: str
    label: str
    cls: str | None = None  # what the code means to us, where it means something
    effective_from: dt.date | None = None  # first and last date of events it may be used for
    effective_to: dt.date | None = None
    is_default: bool = False  # valid, but says only that nothing is known
    versions: tuple[str, ...] = ()  # contract versions that have it; empty: all
    core: str | None = None


@dataclass(frozen=True, kw_only=True)
class CodeList:
    name: str
    source: str
    codes: tuple[Code, ...] = field(default=())

    @property
    def allowed(self) -> tuple[str, ...]:
        return tuple(c.code for c in self.codes)

    def known_to(self, versions: tuple[str, ...]) -> tuple[str, ...]:
        """The codes that one of these versions of a contract has."""
        return tuple(c.code for c in self.codes if not c.versions or set(c.versions) & {*versions})

    def dated(self) -> tuple[Code, ...]:
        """The codes that are not for all times."""
        return tuple(c for c in self.codes if c.effective_from or c.effective_to)

    def defaults(self) -> tuple[str, ...]:
        return tuple(c.code for c in self.codes if c.is_default)

    def core_codes(self) -> dict[str, str]:
        """What core rows hold in place of a code, where that is another."""
        return {c.code: c.core for c in self.codes if c.core is not None and c.core != c.code}

    def classes(self) -> dict[str, str]:
        return {c.code: c.cls for c in self.codes if c.cls is not None}
