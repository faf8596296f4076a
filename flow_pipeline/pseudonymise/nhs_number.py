"""NHS numbers: their standard form and whether one can be relied on."""

import polars as pl

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
    is_ten_digits = number.str.contains(r"^[0-9]{10}$")
    value = number.cast(pl.Int64, strict=False)
    digits = [value // 10**place % 10 for place in range(9, -1, -1)]
    total = pl.sum_horizontal(w * d for w, d in zip(WEIGHTS, digits[:9], strict=True))
    check = (11 - total % 11) % 11  # ten never equals a digit, so such a number is invalid
    return is_ten_digits & (check == digits[9]) & _has_birthday_if_scottish(value)


def _has_birthday_if_scottish(value: pl.Expr) -> pl.Expr:
    """CHI numbers begin with the day and month of birth and lie below 3,200,000,000."""
    day, month = value // 10**8, value // 10**6 % 100
    has_birthday = day.is_between(1, 31) & month.is_between(1, 12)
    return (value >= 3_200_000_000) | has_birthday
