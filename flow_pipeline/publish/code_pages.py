"""The page of code lists: which codes a field may carry, what they say, and from when to when."""

from flow_pipeline.contracts import HOME, JURISDICTIONS, all_contracts, versions
from flow_pipeline.contracts.codes import code_lists
from flow_pipeline.contracts.language import Code, CodeList
from flow_pipeline.publish.contract_pages import markdown_table

_INTRODUCTION = """\
Made from `flow_pipeline/contracts/` by `python -m flow_pipeline.publish.documents`; do not edit.

A code that its list does not have, or that was not in force on the date of the row, is kept and
flagged (`V05`). *Class*: what the code means to journeys and statistics. *Default*: valid, but says
only that nothing is known, and is counted. *Held as*: the code that core rows hold in its place.
"""
_HEADING = ("Code", "Meaning", "Class", "In force", "Notes")


def codes_page() -> str:
    """Every code list in name order, with the fields that use it, as Markdown."""
    users = _users()
    lists = sorted(code_lists().values(), key=lambda codes: codes.name)
    sections = (_section(codes, users.get(codes.name, [])) for codes in lists)
    return "\n".join(("# Code lists\n", _INTRODUCTION, *sections))


def _users() -> dict[str, list[str]]:
    """By list, the contract fields whose codes it holds, with the country if only there."""
    users: dict[str, dict[str, str]] = {}
    for country in JURISDICTIONS:
        for version in (v for name in all_contracts() for v in versions(name, country)):
            for field in version.fields:
                if field.codes:
                    own = users.setdefault(field.codes, {})
                    own.setdefault(f"`{version.name}.{field.name}`", country)
    return {
        codes: [
            name if country == HOME else f"{name} in {country.title()}" for name, country in own
        ]
        for codes, own in ((codes, own.items()) for codes, own in users.items())
    }


def _section(codes: CodeList, users: list[str]) -> str:
    table = markdown_table(_HEADING, (_row(code) for code in codes.codes))
    facts = [f"- Source: {codes.source}"]
    if users:
        facts.append(f"- Codes of {', '.join(users)}")
    return "\n".join((f"## {codes.name}\n", *facts, "", table))


def _row(code: Code) -> tuple[str | None, ...]:
    return f"`{code.code}`", code.label, code.cls, _in_force(code), _notes(code)


def _in_force(code: Code) -> str:
    first, last = code.effective_from, code.effective_to
    return " ".join(f"{word} {day}" for word, day in (("from", first), ("to", last)) if day)


def _notes(code: Code) -> str:
    own = [v for v in code.versions if v != "core"]
    told = [f"version {', '.join(own)} only"] if own else []
    told += ["core rows only"] if "core" in code.versions else []
    told += ["default"] if code.is_default else []
    told += [f"held as `{code.core}`"] if code.core not in (None, code.code) else []
    return "; ".join(told)
