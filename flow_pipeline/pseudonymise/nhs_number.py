"""NHS numbers: their standard form and whether one can be relied on."""

from functools import cache

import polars as pl

_HALF = 100_000
WEIGHTS = (10, 9, 8, 7, 6, 5, 4, 3, 2)
# Placeholders seen in live data. Ten equal digits pass modulus 11, so all ten are named.
SENTINELS = ("0123456789", *(str(digit) * 10 for digit in range(10)))


def standardised(delivered: pl.Expr) -> pl.Expr:
    """The text without spaces and hyphens; null where nothing remains."""
    bare = delivered.cast(pl.String).str.replace_all(r"[\s-]", "")
    return pl.when(bare != "").then(bare)


def validity(number: pl.Expr) -> pl.Expr:
    """``valid``, ``invalid``, ``sentinel`` or ``missing`` of a standardised number; never null.

    Valid: ten digits whose last is the modulus 11 check digit of the others, and, where the
    number lies in the range of Scotland's CHI numbers, whose first four digits are a day and a
    month. Definition: domain.md §2.1 and checks V02, V03; data/reference/nhs_number_cases.json.
    """
    return (
        pl.when(number.is_null())
        .then(pl.lit("missing"))
        .when(number.is_in(SENTINELS))
        .then(pl.lit("sentinel"))
        .when(_is_well_formed(number).fill_null(False))
        .then(pl.lit("valid"))
        .otherwise(pl.lit("invalid"))
    )


def _is_well_formed(number: pl.Expr) -> pl.Expr:
    # Ten bytes that read as a number are ten digits, unless the first is a sign.
    is_ten_digits = (number.str.len_bytes() == 10) & ~number.str.starts_with("+")
    value = pl.when(is_ten_digits).then(number.cast(pl.Int64, strict=False))
    first, last = value // _HALF, value % _HALF
    total = pl.lit(_weighted_halves()[0]).gather(first) + pl.lit(_weighted_halves()[1]).gather(last)
    check = (11 - total % 11) % 11  # ten never equals a digit, so such a number is invalid
    return (value >= 0) & (check == last % 10) & _has_birthday_if_scottish(value)


@cache
def _weighted_halves() -> tuple[pl.Series, pl.Series]:
    """Weighted sums of the digits of every first and every last half of a number.

    Looked up, because taking ten digits apart by division costs more than all else here.
    """
    half = pl.int_range(_HALF, eager=True)
    digits = [half // 10**place % 10 for place in range(4, -1, -1)]
    first = sum((w * d for w, d in zip(WEIGHTS[:5], digits, strict=True)), half * 0)
    last = sum((w * d for w, d in zip(WEIGHTS[5:], digits[:4], strict=True)), half * 0)
    return first, last


def _has_birthday_if_scottish(value: pl.Expr) -> pl.Expr:
    """CHI numbers begin with the day and month of birth and lie below 3,200,000,000."""
    day, month = value // 10**8, value // 10**6 % 100
    has_birthday = day.is_between(1, 31) & month.is_between(1, 12)
    return (value >= 3_200_000_000) | has_birthday
