"""The contracts as a page to read: what each extract promises and how its rows become events."""

from collections.abc import Iterable
from dataclasses import fields

from flow_pipeline.contracts import JURISDICTIONS, all_contracts, contract, versions
from flow_pipeline.contracts.families import EVENT_FAMILIES, EventFamily
from flow_pipeline.contracts.language import (
    At,
    ClassOf,
    Clock,
    Contract,
    EventCodes,
    EventMap,
    Field,
    FirstOf,
    Key,
    Parent,
    Supersede,
)

_TREATMENTS = {
    "keep": "kept",
    "drop": "dropped",
    "token": "tokens, in the linkage zone only",
    "hmac": "keyed hash",
    "area": "area_code and imd_decile",
    "birth_month": "birth_month and age",
}
_WAYS = {"row": "in the row", "reference": "by reference", "parent": "by parent"}
_EVENT_HEADING = {"family", "role", "where"}


def contracts_page() -> str:
    """Every contract in name order, and the event families, as Markdown."""
    parts = ["# Contracts\n", _INTRODUCTION, _families_section()]
    parts += [_contract_section(c) for c in all_contracts().values()]
    return "\n".join(parts)


_INTRODUCTION = """\
Made from `flow_pipeline/contracts/` by `python -m flow_pipeline.publish.documents`; do not edit.

Field names are those of the national standards. *required*: a row without it is refused.
*expected*: its absence is counted and warned of. Conditions and expressions are SQL over the
contract's own fields. *Becomes* says what pseudonymisation leaves of the field. What is in a list
of codes: [codes.md](codes.md).
"""


def markdown_table(heading: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """A Markdown table; None is an empty cell and a bar in a cell is escaped."""
    heading = list(heading)
    lines = ["| " + " | ".join(heading) + " |", "|" + "---|" * len(heading)]
    for row in rows:
        cells = ["" if cell is None else str(cell).replace("|", "\\|") for cell in row]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _families_section() -> str:
    rows = [_family_row(f) for f in EVENT_FAMILIES]
    heading = ("Family", "Meaning", "Can be a step", "Costed by", "In health scope")
    return "## Event families\n\n" + markdown_table(heading, rows)


def _family_row(family: EventFamily) -> tuple[str, str, str, str, str]:
    step = "yes" if family.is_step else "no"
    scope = "yes" if family.in_health_scope else "no"
    return f"`{family.name}`", family.meaning, step, family.costed or "not costed", scope


def _contract_section(contract: Contract) -> str:
    parts = [f"## {contract.name}\n", _promise(contract)]
    heading = ("Field", "Type", "Required", "Allowed", "Becomes", "Meaning")
    parts.append("### Fields\n")
    rows = (_field_row(f, _known_to(f, contract)) for f in contract.fields)
    parts.append(markdown_table(heading, rows))
    if contract.rules:
        rules = ("Rule", "Must hold", "Else", "What the sender should do")
        rows = (
            (f"{r.rule_id} {r.name}", _sql(r.condition), r.severity, r.mend) for r in contract.rules
        )
        parts += ["### Rules\n", markdown_table(rules, rows)]
    for event in contract.events:
        parts.append(_event_section(event))
    return "\n".join(parts)


def _promise(promised: Contract) -> str:
    facts: list[tuple[str, object]] = [
        ("Grain", promised.grain),
        ("Standard", f"{promised.standard}, version {promised.standard_version}"),
        ("Versions", "; ".join(_version(c) for c in versions(promised.name))),
        ("Other jurisdictions", ", ".join(_elsewhere(promised.name))),
        ("Natural key", "; else ".join(_key(k) for k in promised.natural_key)),
        ("Identity", ", ".join(_WAYS[way] for way in promised.identity)),
        ("Parent", promised.parent and _parent(promised.parent)),
        ("Period", promised.period_start and f"{promised.period_start} to {promised.period_end}"),
        ("Sender", promised.sender_field and f"`{promised.sender_field}` names it"),
        ("Of records sent again", _supersede(promised.supersede)),
        ("Becomes events", ", ".join(f"`{e.family}`" for e in promised.events) or "none"),
    ]
    lines = [f"- {name}: {fact}" for name, fact in facts if fact]
    return f"{promised.meaning}\n\n" + "\n".join(lines) + "\n"


def _version(contract: Contract) -> str:
    until = f" to {contract.effective_to}" if contract.effective_to else ""
    standard = contract.standard_version
    told = f"{contract.version} (standard {standard})" if standard != contract.version else standard
    return f"{told}, from {contract.effective_from}{until}"


def _elsewhere(name: str) -> list[str]:
    """Where the contract has a variant of its own."""
    return [
        f"{country} ({contract(name, country).standard})"
        for country in JURISDICTIONS
        if contract(name, country).standard != contract(name).standard
    ]


_COMPARED = {
    "period": "the latest reporting period",
    "precedence": "the largest rank",
    "received": "the latest receipt",
}


def _supersede(rule: Supersede) -> str:
    told = [_COMPARED[part] for part in rule.order]
    if "period" in rule.order:
        told[rule.order.index("period")] += f", as {rule.period}"
    parts = [f"{', then '.join(told)}, then submission and row"]
    if rule.precedence:
        parts.append(f"rank {_sql(rule.precedence)}")
    if rule.deletes:
        parts.append(f"a row for which {_sql(rule.deletes)} strikes the thing out")
    if rule.by_any_key:
        parts.append("a row known by a later natural key alone goes with one known by both")
    return "; ".join(parts)


def _key(key: Key) -> str:
    told = ", ".join(f"`{name}`" for name in key.fields)
    return f"{told} where {_sql(key.where)}" if key.where else told


def _parent(parent: Parent) -> str:
    return f"`{parent.contract}` on {', '.join(f'`{name}`' for name in parent.on)}"


def _known_to(field: Field, whole: Contract) -> str | None:
    """Which versions have the field, where not all do."""
    known = [c.version for c in versions(whole.name) if c.has(field.name)]
    if len(known) == len(versions(whole.name)):
        return None
    return f"version {', '.join(known)} only" if known else "other jurisdictions only"


def _field_row(field: Field, known_to: str | None) -> tuple[object, ...]:
    required: list[str] = [field.required, *([known_to] if known_to else [])]
    if field.expected_when:
        required.append(f"expected when {_sql(field.expected_when)}")
    if field.required_when:
        required.append(f"required when {_sql(field.required_when)}")
    if field.applies_when:
        required.append(f"only when {_sql(field.applies_when)}")
    becomes = _TREATMENTS[field.treatment]
    return (
        f"`{field.name}`",
        field.type,
        "; ".join(required),
        _allowed(field),
        f"{becomes} ({field.id_domain})" if field.id_domain else becomes,
        field.meaning,
    )


def _allowed(field: Field) -> str | None:
    limits = []
    if field.codes:
        limits.append(f"codes `{field.codes}`")
    if field.pattern:
        limits.append(f"pattern `{field.pattern}`")
    if field.minimum is not None:
        limits.append(f"at least {field.minimum:g}")
    if field.maximum is not None:
        limits.append(f"at most {field.maximum:g}")
    return "; ".join(limits) or None


def _event_section(event: EventMap) -> str:
    title = f"### Becomes `{event.family}` ({event.role})\n"
    condition = f"Rows for which {_sql(event.where)}.\n" if event.where else "Every row.\n"
    rows = []
    for part in fields(event):
        value = getattr(event, part.name)
        if part.name not in _EVENT_HEADING and value not in (None, ()):
            rows.append((f"`{part.name}`", _told(value)))
    return "\n".join((title, condition, markdown_table(("Column", "Is"), rows)))


def _told(value: object) -> str:
    """A value of an event mapping in words."""
    if isinstance(value, tuple):
        return "; ".join(_told(v) for v in value)
    if isinstance(value, Clock):
        return f"{value.name}: {_told(value.at)}"
    if isinstance(value, At):
        told = [f"`{n}`" for n in (value.date, value.time, value.datetime) if n]
        return " ".join(told)
    if isinstance(value, FirstOf):
        return "; else ".join(_told(choice) for choice in value.choices)
    if isinstance(value, ClassOf):
        otherwise = f", else {value.default}" if value.default else ""
        return f"class of `{value.field}` in codes `{value.codes}`{otherwise}"
    if isinstance(value, Parent):
        return _parent(value)
    if isinstance(value, EventCodes):
        return f"{value.code_system}: {', '.join(f'`{n}`' for n in value.fields)}"
    return _sql(str(value))


def _sql(condition: str) -> str:
    return f"`{condition}`"
