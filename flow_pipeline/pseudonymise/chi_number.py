"""CHI numbers, Scotland's: their standard form and whether one can be relied on.

Ten digits: day, month and year of birth (DDMMYY), two more, one that is odd for a man and even for
a woman, and a check digit.
"""

import polars as pl

from flow_pipeline.pseudonymise import nhs_number

_DIGITS = 10
_SEX_PLACE, _CHECK_PLACE = 8, 9
_LENGTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_DAYS_IN_MONTH = dict(enumerate(_LENGTHS, start=1))


def standardised(delivered: pl.Expr) -> pl.Expr:
    """The text without spaces and hyphens, a lost leading zero put back; null where nothing
    remains."""
    bare = nhs_number.standardised(delivered)
    return pl.when(has_lost_zero(delivered)).then(pl.lit("0") + bare).otherwise(bare)


def has_lost_zero(delivered: pl.Expr) -> pl.Expr:
    """Whether the first digit is missing, as it is where a number was kept as a number.

    No more than one zero can be lost, for no month has a day 00.
    """
    bare = nhs_number.standardised(delivered)
    return bare.str.contains(r"^[1-9][0-9]{8}$").fill_null(False)


def validity(number: pl.Expr, sex: pl.Expr) -> pl.Expr:
    """``valid``, ``invalid``, ``sentinel`` or ``missing`` of a standardised number; never null.

    In:  ``sex``: male, female, or anything else where it is not known.
    Valid: ten digits that begin with a date, whose ninth agrees with the sex where that is known,
    and whose last is the check digit of the others by modulus 11 or, as in numbers issued from
    1 November 2025, by modulus 10 (Luhn's). Both are always tried, for a number does not say when
    it was issued. Definition: domain.md §2.1 and check V04.
    """
    return (
        pl.when(number.is_null())
        .then(pl.lit("missing"))
        .when(number.is_in(nhs_number.SENTINELS))
        .then(pl.lit("sentinel"))
        .when(_is_well_formed(number, sex).fill_null(False))
        .then(pl.lit("valid"))
        .otherwise(pl.lit("invalid"))
    )


def _is_well_formed(number: pl.Expr, sex: pl.Expr) -> pl.Expr:
    is_ten_digits = number.str.contains(rf"^[0-9]{{{_DIGITS}}}$")
    value = number.cast(pl.Int64, strict=False)
    digits = [value // 10**place % 10 for place in range(_DIGITS - 1, -1, -1)]
    check = digits[_CHECK_PLACE]
    is_checked = (_modulus_11(digits) == check) | (_modulus_10(digits) == check)
    return is_ten_digits & _begins_with_date(value) & _agrees(digits[_SEX_PLACE], sex) & is_checked


def _begins_with_date(value: pl.Expr) -> pl.Expr:
    """Whether the first six digits are a date in some century: 1900 had no 29 February, but 2000
    had one."""
    day, month, year = value // 10**8, value // 10**6 % 100, value // 10**4 % 100
    longest = month.replace_strict(_DAYS_IN_MONTH, default=0, return_dtype=pl.Int64)
    no_leap_day = (month == 2) & (year % 4 != 0)
    return day.is_between(1, longest - no_leap_day.cast(pl.Int64))


def _agrees(ninth: pl.Expr, sex: pl.Expr) -> pl.Expr:
    is_odd = ninth % 2 == 1
    disagrees = (is_odd & (sex == "female")) | (~is_odd & (sex == "male"))
    return ~disagrees.fill_null(False)


def _modulus_11(digits: list[pl.Expr]) -> pl.Expr:
    """The check digit as of an NHS number; ten, which no digit equals, where there is none."""
    weighted = zip(nhs_number.WEIGHTS, digits, strict=False)
    return (11 - pl.sum_horizontal(weight * digit for weight, digit in weighted) % 11) % 11


def _modulus_10(digits: list[pl.Expr]) -> pl.Expr:
    """Luhn's check digit: every other digit doubled, beginning with the first; nines cast out."""
    doubled = [2 * d - 9 * (d > 4).cast(pl.Int64) for d in digits[:_CHECK_PLACE:2]]
    plain = digits[1:_CHECK_PLACE:2]
    return (10 - pl.sum_horizontal(*doubled, *plain) % 10) % 10
