"""What may be told of a refused value: its shape, never the value."""

import polars as pl

from flow_pipeline.contracts.language import Field

_ONLY_CLASS = {
    "person_family_name",
    "person_given_name",
    "postcode_of_usual_address",
}
_LONGEST = 12


def shape_of(text: pl.Expr, field: Field | None) -> pl.Expr:
    """The shape of a text value: Utf8, never null.

    Letter A, digit 9, other ``.``; runs over 4 shortened to ``A+``; at most 12 characters. For
    names, addresses and free text only a class (letters, digits, mixed) and a band of length.
    A value that is not there is ``empty``. Source of the definition: domain.md §6.1.
    """
    told = _class_and_band(text) if field is not None and only_class(field) else _signs(text)
    return pl.when(text.is_null() | (text == "")).then(pl.lit("empty")).otherwise(told)


def only_class(field: Field) -> bool:
    """Whether a field holds a name, an address or free text."""
    return (
        (field.role or field.name) in _ONLY_CLASS
        or field.treatment == "drop"
        or (field.type == "text" and field.treatment == "keep" and field.pattern is None)
    )


def _signs(text: pl.Expr) -> pl.Expr:
    signs = (
        text.str.replace_all(r"\p{L}", "A")
        .str.replace_all(r"\p{Nd}", "9")
        .str.replace_all(r"[^A9]", ".")
    )
    short = (
        signs.str.replace_all(r"A{5,}", "A+")
        .str.replace_all(r"9{5,}", "9+")
        .str.replace_all(r"\.{5,}", ".+")
    )
    return short.str.slice(0, _LONGEST)


def _class_and_band(text: pl.Expr) -> pl.Expr:
    kind = (
        pl.when(text.str.contains(r"^[\p{L}\s]+$"))
        .then(pl.lit("letters"))
        .when(text.str.contains(r"^[\p{Nd}\s]+$"))
        .then(pl.lit("digits"))
        .otherwise(pl.lit("mixed"))
    )
    length = text.str.len_chars()
    band = (
        pl.when(length <= 4)
        .then(pl.lit("1-4"))
        .when(length <= 8)
        .then(pl.lit("5-8"))
        .when(length <= 16)
        .then(pl.lit("9-16"))
        .when(length <= 32)
        .then(pl.lit("17-32"))
        .otherwise(pl.lit("over 32"))
    )
    return pl.format("{} {}", kind, band)
