"""What two identities are compared on, and which pairs are compared at all.

Everything is equality of tokens: a level says which tokens agree. Source: linkage.md §5.
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Level:
    """One degree of agreement. ``rarity`` names the column whose rarity counts as evidence."""

    name: str
    sql: str
    rarity: str | None = None


@dataclass(frozen=True)
class Comparison:
    """Levels from the closest agreement to none; the first that holds is taken.

    ``unknown``: when one side does not say. ``fixed``: m and u that are set and not learned.
    """

    name: str
    unknown: str
    levels: tuple[Level, ...]
    fixed: dict[str, tuple[float, float]] | None = None

    @property
    def all_levels(self) -> tuple[Level, ...]:
        return (*self.levels, Level("else", "ELSE"))


def _equal(*names: str) -> str:
    """For blocking: equal columns of the two sides of a join."""
    return " AND ".join(f"l.{name} = r.{name}" for name in names)


def _agree(*names: str) -> str:
    """For comparing: equal columns of a pair."""
    return " AND ".join(f"{name}_l = {name}_r" for name in names)


def _unknown(name: str) -> str:
    return f"{name}_l IS NULL OR {name}_r IS NULL"


_SWAPPED = "given_token_l = family_token_r OR family_token_l = given_token_r"
_A_PART = " OR ".join(
    f"family_{a}_token_l = family_{b}_token_r" for a in ("first", "last") for b in ("first", "last")
)
_YEAR_AND_PART = (
    f"{_agree('birth_year_token')} AND "
    f"({_agree('birth_month_token')} OR {_agree('birth_day_token')})"
)

COMPARISONS: tuple[Comparison, ...] = (
    Comparison(
        "given",
        _unknown("given_token"),
        (
            Level("same", _agree("given_token"), rarity="given_token"),
            Level("short_form", _agree("given_root_token")),
            Level("swapped", _SWAPPED),
            Level("sound", _agree("given_phonetic_token")),
            Level("initials", _agree("given_initials_token")),
            Level("ending", _agree("given_ending_token")),
        ),
    ),
    Comparison(
        "family",
        _unknown("family_token"),
        (
            Level("same", _agree("family_token"), rarity="family_token"),
            Level("a_part", _A_PART),
            Level("swapped", _SWAPPED),
            Level("sound", _agree("family_phonetic_token")),
            Level("initials", _agree("family_initials_token")),
            Level("ending", _agree("family_ending_token")),
        ),
    ),
    Comparison(
        "birth",
        _unknown("birth_year_token"),
        (
            Level("same", _agree("birth_date_token")),
            Level("swapped", "birth_date_token_l = birth_swapped_token_r"),
            Level("year_and_part", _YEAR_AND_PART),
            Level("day_and_month", _agree("birth_month_token", "birth_day_token")),
            Level("year", _agree("birth_year_token")),
        ),
    ),
    Comparison("sex", _unknown("sex_token"), (Level("same", _agree("sex_token")),)),
    Comparison(
        "address",
        _unknown("postcode_token"),
        (
            Level("same", f"{_agree('postcode_token')} OR {_agree('uprn_token')}"),
            Level("sector", _agree("postcode_sector_token")),
            Level("district", _agree("postcode_district_token")),
            Level("area", _agree("postcode_area_token")),
        ),
    ),
    Comparison(
        "number",
        _unknown("nhs_number_token"),
        (Level("same", _agree("nhs_number_token")),),
    ),
    Comparison(
        # Pseudonyms of one namespace speak as the numbers behind them do; those of two say nothing.
        "foreign",
        f"{_unknown('foreign_token')} OR foreign_namespace_token_l <> foreign_namespace_token_r",
        (Level("same", _agree("foreign_token")),),
        fixed={"same": (0.998, 0.00002), "else": (0.002, 0.99998)},
    ),
    Comparison(
        # A sender's own number for the person is worth eight bits: enough to join what agrees on
        # a birth date or a name besides, never enough alone. Learned weights would trust it
        # blindly wherever it happens to be reliable.
        "reference",
        _unknown("reference_tokens"),
        (Level("same", "list_has_any(reference_tokens_l, reference_tokens_r)"),),
        fixed={"same": (0.512, 0.002), "else": (0.488, 0.998)},
    ),
)

_BLOCKS = (
    _equal("nhs_number_token"),
    _equal("birth_date_token", "postcode_token"),
    _equal("birth_date_token", "family_initials_token"),
    _equal("birth_date_token", "given_initials_token"),
    "l.birth_date_token = r.birth_swapped_token AND "
    + _equal("given_initials_token", "family_initials_token"),
    _equal("given_phonetic_token", "family_phonetic_token", "birth_year_token"),
    _equal("given_phonetic_token", "family_phonetic_token", "birth_month_token"),
    _equal("family_initials_token", "postcode_token"),
    _equal("given_initials_token", "postcode_token"),
    _equal("birth_year_token", "birth_month_token", "postcode_token"),
    "l.given_token = r.family_token AND l.family_token = r.given_token",
)
BLOCKING: tuple[dict[str, Any], ...] = (
    *({"blocking_rule": rule} for rule in _BLOCKS),
    {"blocking_rule": _equal("reference_tokens"), "arrays_to_explode": ["reference_tokens"]},
)

# Pairs that nearly always are one person: they tell how common matches are.
SURE_PAIRS: tuple[str, ...] = (
    _equal("nhs_number_token", "birth_date_token"),
    _equal("full_name_token", "birth_date_token"),
    _equal("given_root_token", "birth_date_token", "postcode_token"),
)
# What learning is blocked on, one round each; a round learns what it is not blocked on. Pairs with
# equal numbers are nearly all matches and teach best; without them, names and dates must do.
TRAINING_BY_NUMBER: tuple[str, ...] = (
    _equal("nhs_number_token"),
    _equal("full_name_token", "birth_date_token"),
)
TRAINING_BY_NAME: tuple[str, ...] = (
    _equal("birth_date_token"),
    _equal("full_name_token"),
)
