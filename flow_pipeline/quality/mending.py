"""What a broken rule means to the one who sent the row, and how to mend it: in plain words."""

from dataclasses import dataclass

from flow_pipeline.contracts.codes import code_lists
from flow_pipeline.contracts.language import Contract, Field
from flow_pipeline.quality.catalogue import CATALOGUE

EFFECTS = {
    "quarantine": "refused",
    "warn": "flagged",
    "count": "counted",
}
EFFECT_MEANINGS = {
    "refused": "The row was left out. Mend it and send the file again.",
    "flagged": "The row was taken. What is wrong with it is marked, or left out as unknown.",
    "counted": "The row was taken as it is. Many of these make results less sure.",
}
_CODES_SHOWN = 30


@dataclass(frozen=True)
class Advice:
    """What is wrong, and how to mend it."""

    what: str
    mend: str


# By rule as ingest names it: what is wrong, how to mend it. {field} is the field's name.
_ADVICE: dict[str, tuple[str, str]] = {
    "V01 ragged_row": (
        "The row has more or fewer values than the file has columns",
        "Put quotes around values that hold the delimiter or a line break, and export again. Open "
        "the file in a text editor, not in a spreadsheet, to see these rows as they are.",
    ),
    "C01 required_missing": (
        "Nothing stands in a field without which the row has no meaning",
        "Fill {field} at its source. If your system has no such value, tell us: the row cannot be "
        "used without it.",
    ),
    "C01 required_when_missing": (
        "Nothing stands in a field that this kind of row needs",
        "Fill {field} where it applies{condition}.",
    ),
    "C01 identity_missing": (
        "Nothing says whom the row is about",
        "Send an NHS number, a local patient number, or name and birth date with every row.",
    ),
    "C02 expected_missing": (
        "A field that we expect is empty",
        "Fill {field} where your system holds it. If it does not, tell us, and we stop asking.",
    ),
    "C10 placeholder_text": (
        "The field holds a text like NULL where nothing was recorded",
        "Export nothing at all instead of the word: it was read as empty.",
    ),
    "V05 code_not_listed": (
        "The code is not in the national list",
        "Map local codes to the national ones when you export{codes}.",
    ),
    "V05 code_not_in_force": (
        "The code is in the national list, but not on the date of the row",
        "Use the code that held on that day, or correct the date.",
    ),
    "V05 valid_default_code": (
        "The code says that it is not known",
        "Record the true value at its source where it is known.",
    ),
    "V08 pattern": (
        "The value does not have the form of its coding system",
        "Check for cut-off, padded or local codes in {field}.",
    ),
    "V09 not_a_date": (
        "The date cannot be read, or there is no such day",
        "Write every date of the column in one format, like 2024-03-31, and correct days that no "
        "month has.",
    ),
    "V09 not_a_time": (
        "The time cannot be read",
        "Write times like 09:30 or 09:30:00. The row was taken without the time.",
    ),
    "V09 date_out_of_range": (
        "The date lies before 1900 or after the day the file came",
        "Correct the year. Do not use a far date for one that is not known: leave it empty.",
    ),
    "V12 filled_where_not_applicable": (
        "The field is filled though it does not apply to this kind of row",
        "Leave {field} empty on such rows, or correct what says which kind they are.",
    ),
    "V13 not_of_its_type": (
        "The value is no number, or no yes or no",
        "Export {field} as a plain number, without units or thousands separators.",
    ),
    "V13 out_of_range": (
        "The number is too small or too large to be true",
        "Check unit and typing of {field}.",
    ),
    "V13 shortened_number": (
        "A spreadsheet has shortened a long number, as in 1.23E+11, and its last digits are lost",
        "Export {field} again from its source, not from a spreadsheet; or give the column the "
        "format Text there before the numbers are put in.",
    ),
    "K13 before_birth": (
        "It began before the person was born",
        "Correct {field} or the date of birth.",
    ),
    "P01 birth_date_implausible": (
        "The birth date would make the person older than 120",
        "Leave the birth date empty where it is not known. It was taken as missing.",
    ),
    "organisation_not_listed": (
        "The row names an organisation that is not part of this economy",
        "Send only rows of your own organisation, under its national code.",
    ),
    "organisation_not_expected": (
        "The row belongs to another organisation than the sender",
        "Send only rows of your own organisation, under its national code.",
    ),
    "organisation_missing": (
        "Nothing says which organisation sent the row, or its code cannot be one",
        "Fill the organisation's code on every row.",
    ),
}


def advice(rule: str, column: str, contract: Contract | None) -> Advice:
    """What to tell of a rule that fired on a column.

    In: the rule as tables quarantine and rule_count name it, the contract field, and the contract
    where it is known. Rules of a contract are told by its own words; a rule that nobody wrote words
    for by the catalogue's.
    """
    field = contract.field(column) if contract and contract.has(column) else None
    rules = contract.rules if contract else ()
    own = next((r for r in rules if f"{r.rule_id} {r.name}" == rule), None)
    if own is not None:
        return Advice(
            f"Should hold and does not: {_words(own.name)}", own.mend or _fallback_mend(column)
        )
    if rule in _ADVICE:
        what, mend = _ADVICE[rule]
        codes = _codes(field, contract.versions if contract else ())
        filled = mend.format(field=column, codes=codes, condition=_condition(field))
        return Advice(what, filled)
    known = CATALOGUE.get(rule.split(" ")[0])
    what = f"Broken: {known.meaning[0].lower()}{known.meaning[1:]}" if known else _words(rule)
    return Advice(what.rstrip("."), _fallback_mend(column))


def has_advice(rule: str) -> bool:
    """Whether somebody wrote words for a rule of ingest."""
    return rule in _ADVICE


def _fallback_mend(column: str) -> str:
    return f"Check {column} at its source."


def _words(name: str) -> str:
    return name.replace("_", " ")


def _codes(field: Field | None, versions: tuple[str, ...]) -> str:
    """The codes of a short list; a long one is national and known by its name."""
    if field is None or field.codes is None or field.codes not in code_lists():
        return ""
    allowed = code_lists()[field.codes].known_to(versions)
    if len(allowed) > _CODES_SHOWN:
        return f"; the list {_words(field.codes)} has {len(allowed)}"
    return f": {', '.join(allowed)}"


def _condition(field: Field | None) -> str:
    return f": {field.required_when}" if field and field.required_when else ""
