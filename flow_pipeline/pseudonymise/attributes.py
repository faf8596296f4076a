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


def birth_month(contract: Contract) -> pl.Expr:
    """First day of the month of birth; null where only the year is known."""
    known = birth_precision(contract).is_in(["day", "month"])
    return pl.when(known).then(birth_date(contract).dt.truncate("1mo"))


def age_at_event(contract: Contract) -> pl.Expr:
    """Completed years on the row's own date, from the true birth date (1st for month precision).

    Null where the birth date is missing or of year precision, the row has no date, or the result
    lies outside 0 to 130. Someone born on 29 February is a year older on 1 March.
    """
    if contract.period_start is None:
        return pl.lit(None, pl.Int64)
    day = pl.col(contract.period_start).cast(pl.Date)
    precision = birth_precision(contract)
    born = pl.when(precision == "day").then(birth_date(contract)).otherwise(birth_month(contract))
    in_year = day.dt.month().cast(pl.Int64) * 100 + day.dt.day()
    birthday = born.dt.month().cast(pl.Int64) * 100 + born.dt.day()
    age = day.dt.year().cast(pl.Int64) - born.dt.year() - (in_year < birthday).cast(pl.Int64)
    return pl.when(age.is_between(0, OLDEST)).then(age)


def is_pseudo_postcode() -> pl.Expr:
    """Whether ``bare_postcode`` says where nobody lives: unknown, no fixed abode, overseas."""
    return pl.col("bare_postcode").str.contains(_PSEUDO_POSTCODE)


def is_no_fixed_abode() -> pl.Expr:
    """Whether ``bare_postcode`` says that somebody lives nowhere; null where there is none."""
    return pl.col("bare_postcode").is_in(NO_FIXED_ABODE)
