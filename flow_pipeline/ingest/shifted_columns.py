"""Columns that no longer stand where they should, but by one to the side."""

from collections.abc import Sequence

import polars as pl

from flow_pipeline.contracts.codes import code_lists
from flow_pipeline.contracts.language import Field
from flow_pipeline.ingest.checks import (
    IMPLAUSIBLE_BIRTH,
    NOT_A_DATE,
    NOT_A_TIME,
    NOT_A_VALUE,
    NOT_LISTED_CODE,
    WRONG_PATTERN,
)
from flow_pipeline.ingest.mapping import SourceMap
from flow_pipeline.ingest.tally import TEXTS_KEPT, Tally
from flow_pipeline.ingest.values import typed

FEWEST_ROWS = 20  # of fewer rows no share is evident
LARGEST_SHARE = 0.5
_FEWEST_COLUMNS = 2  # so many columns full of foreign values are a shift; one is a local list
_FEWEST_ALIKE = 5  # values that fit the column beside theirs: so few tell
_FITS = 0.9
_FEWEST_WORDS = 2  # of a list, among texts that are all in it
_LONG_NUMBER = r"[0-9]{5}"
_SHORTEST_WORD = 3  # codes of a letter or two are in many lists
_FOREIGN_VALUE = (
    NOT_LISTED_CODE,
    WRONG_PATTERN,
    NOT_A_DATE,
    NOT_A_TIME,
    NOT_A_VALUE,
    IMPLAUSIBLE_BIRTH,
)
_POSTCODE = "postcode_of_usual_address"


def shifted_aside(source: SourceMap, columns: Sequence[str], tally: Tally) -> str | None:
    """What to say of a file whose values stand in columns that cannot be theirs, else None.

    In: ``columns`` as delivered, in order; ``tally`` of all rows that the source took.
    Several columns of foreign values are a shift. One may be a list of the sender's own: it is a
    shift where its values are those of a column beside it that is empty or wrong too, or where
    they are no postcodes, or are identifiers, and a column beside it is empty. And so is an empty
    or wrong column whose values stand in a column beside it that takes any.
    """
    row = _Row(source, columns, tally)
    wrong = row.wrong(FEWEST_ROWS)
    if len(wrong) < _FEWEST_COLUMNS:
        wrong = [f for f in row.wrong(_FEWEST_ALIKE) if row.gave(f)]
        wrong = wrong or [f for f in source.contract.fields if row.lost(f)]
    if not wrong:
        return None
    names = ", ".join(f.name for f in wrong)
    told = "1 column" if len(wrong) == 1 else f"{len(wrong)} columns"
    return (
        f"most values of {told} cannot be theirs or stand beside it ({names}): the columns may "
        f"have shifted, or this is another kind of extract, or codes are the sender's own. Compare "
        f"header and rows, or map the codes under `columns`."
    )


class _Row:
    """The fields of a source in the order in which their columns stand in the file, and how many
    values of each were delivered and cannot be theirs."""

    def __init__(self, source: SourceMap, columns: Sequence[str], tally: Tally) -> None:
        at = {column: place for place, column in enumerate(columns)}
        named = ((at.get(source.delivered_name(f.name) or ""), f) for f in source.contract.fields)
        self._at = {place: f for place, f in named if place is not None}
        self._place = {f.name: place for place, f in self._at.items()}
        self._source, self._tally = source, tally
        foreign = tally.rules.filter(pl.col("rule").is_in(_FOREIGN_VALUE))
        counted = foreign.group_by("column").agg(pl.col("n_rows").sum())
        self._n_foreign = {str(name): int(n) for name, n in counted.iter_rows()}

    def wrong(self, fewest: int) -> list[Field]:
        """Fields with at least so many values of which most cannot be theirs; what nobody
        constrains says nothing."""
        fields = self._source.contract.fields
        return [f for f in fields if self._n_values(f) >= fewest and self._is_mostly_wrong(f)]

    def gave(self, field: Field) -> bool:
        """Whether a wrong column holds what should stand beside it."""
        texts = self._tally.foreign.get(field.name)
        if texts is None or texts.is_empty():
            return False
        is_no_postcode = (field.role or field.name) == _POSTCODE
        return any(
            (not self._n_values(one) and (is_no_postcode or self._are_numbers(field, texts, one)))
            or (self._is_open(one) and self._share_that_fits(texts, one) >= _FITS)
            for one in self._beside(field)
        )

    def _are_numbers(self, field: Field, texts: pl.Series, other: Field) -> bool:
        """Whether the texts of a field look like the identifiers that belong to another: with many
        digits, and nearly as many different ones as there are rows, which no codes are."""
        many = min(self._n_values(field) / 2, TEXTS_KEPT)
        if other.treatment not in ("hmac", "token") or len(texts) < max(many, FEWEST_ROWS):
            return False
        return texts.str.contains(_LONG_NUMBER).sum() >= _FITS * len(texts)

    def lost(self, field: Field) -> bool:
        """Whether a column is empty or wrong and what should be in it stands beside it, where any
        value may stand."""
        if field.name not in self._place or not self._is_open(field):
            return False
        for one in self._beside(field):
            texts = self._tally.free.get(one.name, pl.Series(dtype=pl.String))
            is_told = len(texts) >= _FEWEST_ALIKE and _tells(field, texts)
            is_told |= self._n_values(one) >= FEWEST_ROWS and _are_words(field, texts)
            if is_told and self._share_that_fits(texts, field) >= _FITS:
                return True
        return False

    def _beside(self, field: Field) -> list[Field]:
        place = self._place.get(field.name)
        if place is None:
            return []
        return [self._at[p] for p in (place - 1, place + 1) if p in self._at]

    def _is_open(self, field: Field) -> bool:
        return not self._n_values(field) or self._is_mostly_wrong(field)

    def _is_mostly_wrong(self, field: Field) -> bool:
        n_foreign = self._n_foreign.get(field.name, 0)
        return n_foreign > LARGEST_SHARE * self._n_values(field)

    def _n_values(self, field: Field) -> int:
        """Delivered values of a field, those that could not be read among them."""
        unread = self._tally.unread.get(field.name)
        return unread.n_values if unread is not None else self._tally.filled.get(field.name, 0)

    def _share_that_fits(self, texts: pl.Series, field: Field) -> float:
        """Of texts, the share that would be values of a field that says what its values are."""
        if field.codes is not None:
            fits = texts.is_in(code_lists()[field.codes].allowed)
        elif field.pattern is not None:
            fits = texts.str.contains(f"^(?:{field.pattern})$")
        elif field.type not in ("text", "code"):
            fits = typed(
                texts, field.type, self._source.format_of(field.name, field.type)
            ).is_not_null()
        else:
            return 0.0
        return float(fits.sum()) / len(texts)


def _are_words(field: Field, texts: pl.Series) -> bool:
    """Whether several of a few texts are long enough to be known as codes of a list."""
    n_words = int((texts.str.len_chars() >= _SHORTEST_WORD).sum())
    return field.codes is not None and n_words >= _FEWEST_WORDS


def _tells(field: Field, texts: pl.Series) -> bool:
    """Whether values of a field are known as its values wherever they stand: words, postcodes,
    dates and times with signs between their parts, for 1130 is a code as well."""
    if field.codes is not None:
        return bool((texts.str.len_chars() >= _SHORTEST_WORD).all())
    if field.type in ("date", "time", "datetime"):
        return bool(texts.str.contains(r"[-/.: ]").all())
    return (field.role or field.name) == _POSTCODE
