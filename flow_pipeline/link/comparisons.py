"""What two identities are compared on, and which pairs are compared at all.

A level says which tokens are equal, or how many bits of two names' patterns. Source: linkage.md
§3 and §5.
"""

from dataclasses import dataclass
from typing import Any

from flow_pipeline.tables.linkage import ENCODING_WORDS

OTHERWISE = "ELSE"  # what Splink calls the condition that always holds


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
        return (*self.levels, Level("else", OTHERWISE))


def _equal(*names: str) -> str:
    """For blocking: equal columns of the two sides of a join."""
    return " AND ".join(f"l.{name} = r.{name}" for name in names)


def _agree(*names: str) -> str:
    """For comparing: equal columns of a pair."""
    return " AND ".join(f"{name}_l = {name}_r" for name in names)


def _unknown(name: str) -> str:
    return f"{name}_l IS NULL OR {name}_r IS NULL"


def _dice(stem: str, least: float) -> str:
    """For comparing: patterns of two names that have at least this share of their bits in common.

    Counts are widened, for a count of 64 bits is a TINYINT and sums of them overflow.
    """
    words = range(1, ENCODING_WORDS + 1)
    both = " + ".join(
        f"bit_count({stem}_encoding_{i}_l & {stem}_encoding_{i}_r)::SMALLINT" for i in words
    )
    bits = f"{stem}_encoding_bits_l + {stem}_encoding_bits_r"
    return f"{2 * 100}::INTEGER * ({both}) >= {round(100 * least)}::INTEGER * ({bits})"


def _likeness(stem: str) -> tuple[Level, ...]:
    """Degrees of likeness of two names that are not equal, the closest first."""
    like = f"{_dice(stem, _LIKE)} OR {_agree(f'{stem}_phonetic_token')}"
    ends = f"{_agree(f'{stem}_initials_token')} OR {_agree(f'{stem}_ending_token')}"
    return (
        Level("near", _dice(stem, _NEAR)),
        Level("like", like),
        Level("in_part", f"{_dice(stem, _IN_PART)} OR {ends}"),
    )


# Shares of bits in common. Unrelated names have a quarter by chance; one letter in eight mistyped
# leaves four fifths, one in five three fifths.
_NEAR, _LIKE, _IN_PART = 0.78, 0.6, 0.48
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
            *_likeness("given"),
        ),
    ),
    Comparison(
        "family",
        _unknown("family_token"),
        (
            Level("same", _agree("family_token"), rarity="family_token"),
            Level("a_part", _A_PART),
            Level("swapped", _SWAPPED),
            *_likeness("family"),
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
            Level("letters", _agree("postcode_letters_token")),
            Level("sector", _agree("postcode_sector_token")),
            Level("district", _agree("postcode_district_token")),
            Level("inward", _agree("postcode_inward_token")),
            Level("area", _agree("postcode_area_token")),
        ),
    ),
    Comparison(
        "number",
        _unknown("nhs_number_token"),
        (Level("same", _agree("nhs_number_token")),),
    ),
    Comparison(
        # Pseudonyms of one namespace speak as the numbers behind them do; those of two say nothing
        # unless a bridge has made them equal.
        "foreign",
        f"{_unknown('foreign_token')} OR (foreign_token_l <> foreign_token_r "
        "AND foreign_namespace_token_l <> foreign_namespace_token_r)",
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


@dataclass(frozen=True)
class Block:
    """A rule by which pairs are found: columns equal on both sides, or ``left`` of one side to
    ``right`` of the other. ``columns``: by side, the column of blocks.blocked that stands for
    them."""

    number: int
    left: tuple[str, ...]
    right: tuple[str, ...]

    @property
    def columns(self) -> dict[str, str]:
        name = f"block_{self.number}"
        return {"l": name} if self.left == self.right else {"l": name, "r": f"{name}_r"}

    @property
    def meaning(self) -> str:
        """What the rule compares: ``birth date, postcode district``."""
        sides = zip(self.left, self.right, strict=True)
        named = [one if one == other else f"{one} as {other}" for one, other in sides]
        return ", ".join(named).replace("_token", "").replace("_", " ")

    @property
    def sql(self) -> str:
        names = self.columns
        return f"l.{names['l']} = r.{names.get('r', names['l'])}"


_INITIALS = ("given_initials_token", "family_initials_token")
_RULES: tuple[tuple[tuple[str, ...], ...], ...] = (
    (("nhs_number_token",),),
    (("birth_date_token", "postcode_token"),),
    (("birth_date_token", "postcode_district_token"),),
    (("birth_date_token", "family_initials_token"),),
    (("birth_date_token", "given_initials_token"),),
    (("birth_date_token", *_INITIALS), ("birth_swapped_token", *_INITIALS)),
    (("given_phonetic_token", "family_phonetic_token", "birth_year_token"),),
    (("given_phonetic_token", "family_phonetic_token", "birth_month_token"),),
    (("full_name_token",),),
    ((*_INITIALS, "postcode_district_token"),),
    (("family_initials_token", "postcode_token"),),
    (("given_initials_token", "postcode_token"),),
    (("birth_year_token", "birth_month_token", "postcode_token"),),
    (("given_token", "family_token"), ("family_token", "given_token")),
)
BLOCKS: tuple[Block, ...] = tuple(
    Block(number, sides[0], sides[-1]) for number, sides in enumerate(_RULES, start=1)
)
BLOCKING: tuple[dict[str, Any], ...] = (
    *({"blocking_rule": block.sql} for block in BLOCKS),
    {"blocking_rule": _equal("reference_tokens"), "arrays_to_explode": ["reference_tokens"]},
)


def blocking(new_from: int) -> tuple[dict[str, Any], ...]:
    """The rules of BLOCKING, for pairs with at least one identity numbered from ``new_from`` on."""
    if new_from <= 1:
        return BLOCKING
    # Splink puts the smaller number on the left, so that a new one stands on the right.
    is_new = f" AND r.unique_id >= {new_from}"
    return tuple({**rule, "blocking_rule": rule["blocking_rule"] + is_new} for rule in BLOCKING)


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
    _equal("given_token", "postcode_token"),
)
