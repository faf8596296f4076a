"""Values that too many share to be anybody's: a birth date or an address filled in where none was
known. They are taken as missing, so that they neither link nor keep apart."""

from typing import NamedTuple

import polars as pl

# From so many identities on, a share says something. Of the births of sixty years one day has
# 0.005 %, of those of one year 0.3 %; the 1st of January of many refugees stays below 1 %. A large
# prison or hall of residence may be 2 % of a small place.
_LEAST_IDENTITIES = 1_000
_MOST_AT_ONE = {"birth_date_token": 0.01, "postcode_token": 0.05}
MAY_BE_NOBODYS = tuple(_MOST_AT_ONE)
_MADE_OF_IT = {"birth_date_token": "birth_", "postcode_token": "postcode_"}


class Placeholders(NamedTuple):
    """Tokens of values that are nobody's, by the column that holds them."""

    tokens: dict[str, list[int]]

    @property
    def counts(self) -> dict[str, int]:
        """How many values are nobody's."""
        return {
            "placeholder_birth_dates": len(self.tokens["birth_date_token"]),
            "placeholder_postcodes": len(self.tokens["postcode_token"]),
        }

    def taken_away(self, identities: pl.DataFrame) -> pl.DataFrame:
        """The identities without these values and all tokens that were made of them."""
        columns = [
            pl.when(~pl.col(name).is_in(tokens).fill_null(False)).then(other).alias(other)
            for name, tokens in self.tokens.items()
            if tokens
            for other in identities.columns
            if other.startswith(_MADE_OF_IT[name])
        ]
        return identities.with_columns(columns)


def placeholders(distinct: pl.DataFrame) -> Placeholders:
    """Birth dates that more than 1 % of identities have and postcodes that more than 5 % have.

    In: identities.Identities.distinct. Of fewer than 1,000 identities none is told.
    """
    return Placeholders(
        {name: _common(distinct[name], most) for name, most in _MOST_AT_ONE.items()}
    )


def _common(tokens: pl.Series, most: float) -> list[int]:
    known = tokens.drop_nulls()
    if len(known) < _LEAST_IDENTITIES:
        return []
    counted = known.value_counts(name="n")
    return sorted(counted.filter(pl.col("n") > most * len(known))[tokens.name].to_list())
