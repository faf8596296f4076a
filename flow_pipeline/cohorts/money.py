"""Money in whole pence: what is added, split and compared is never a fraction."""

import polars as pl


def in_pence(pounds: str) -> pl.Expr:
    """A column of pounds (decimal) as whole pence; null stays null."""
    return (pl.col(pounds).cast(pl.Decimal(18, 2)) * 100).cast(pl.Int64)


def rounded_pence(pounds: pl.Expr) -> pl.Expr:
    """Pounds as delivered (a float) in whole pence; null, and what is no number, give null."""
    return pl.when(pounds.is_finite()).then((pounds * 100).round().cast(pl.Int64))


def in_pounds(pence: pl.Expr) -> pl.Expr:
    """Whole pence as pounds (decimal); null stays null."""
    return (pence.cast(pl.Decimal(18, 2)) / 100).cast(pl.Decimal(16, 2))


def share_of_pence(pence: pl.Expr, part: pl.Expr, whole: pl.Expr) -> pl.Expr:
    """``pence`` x part / whole in whole pence, halves up. ``whole`` must not be 0."""
    return (2 * pence * part + whole) // (2 * whole)
