"""What the core table keeps of a person: birth month, age, small area."""

import polars as pl

from flow_pipeline.contracts.language import Contract

NO_FIXED_ABODE = ("ZZ993VZ", "NF11AB")  # England and Wales; Scotland
# Postcodes that say where nobody lives: unknown, no fixed abode, overseas; Scottish dummies.
_PSEUDO_POSTCODE = r"^(ZZ[0-9]|NF11AB|NK010AA|BF010AA)"
OLDEST = 130  # years; a higher age is a fault of the dates and says nothing


def in_clear(contract: Contract, role: str) -> pl.Expr:
    """The field that plays a part of the identity block; null text where there is none."""
    field = contract.in_role(role)
    return pl.lit(None, pl.String) if field is None else pl.col(field.name)


def bare_postcode(contract: Contract) -> pl.Expr:
    """The postcode in capitals without blanks and marks; null where nothing remains."""
    delivered = in_clear(contract, "postcode_of_usual_address")
    bare = delivered.str.to_uppercase().str.replace_all(r"[^A-Z0-9]", "")
    return pl.when(bare != "").then(bare)


def birth_precision(contract: Contract) -> pl.Expr:
    """day, month or year; day where the row does not say."""
    return in_clear(contract, "birth_date_precision").fill_null("day")


def birth_date(contract: Contract) -> pl.Expr:
    """The date of birth as sent, whatever its precision; null where the contract has none."""
    field = contract.in_role("person_birth_date")
    return pl.lit(None, pl.Date) if field is None else pl.col(field.name)


def age_at_event(contract: Contract) -> pl.Expr:
    """Completed years on the row's own date, from the true birth date (1st for month precision).

    Reads ``_birthday``, the date of birth as_number. Null where that is missing or of year
    precision, the row has no date, or the result lies outside 0 to 130. Someone born on 29 February
    is a year older on 1 March.
    """
    if contract.period_start is None:
        return pl.lit(None, pl.Int64)
    day = as_number(pl.col(contract.period_start).cast(pl.Date))
    # A year more is 10,000 more, and a birthday yet to come makes the difference less than that.
    age = (day - pl.col("_birthday")) // 10_000
    return pl.when(age.is_between(0, OLDEST)).then(age)


def as_number(day: pl.Expr) -> pl.Expr:
    """Year, month and day of a date as one number: 20240229."""
    month_and_day = day.dt.month().cast(pl.Int64) * 100 + day.dt.day()
    return day.dt.year().cast(pl.Int64) * 10_000 + month_and_day


def is_pseudo_postcode() -> pl.Expr:
    """Whether ``bare_postcode`` says where nobody lives: unknown, no fixed abode, overseas."""
    return pl.col("bare_postcode").str.contains(_PSEUDO_POSTCODE)


def is_no_fixed_abode() -> pl.Expr:
    """Whether ``bare_postcode`` says that somebody lives nowhere; null where there is none."""
    return pl.col("bare_postcode").is_in(NO_FIXED_ABODE)
