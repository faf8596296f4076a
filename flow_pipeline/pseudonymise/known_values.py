"""Values met before, with what was made of them: in a large extract most come again and again."""

from collections.abc import Callable, Hashable

import polars as pl

_MOST = 1 << 20  # values kept for one use; beyond, they are forgotten and met anew
_APART = "\x1f"
_NULL = "\x00"  # stands for null among several columns; no delivered text holds it

Make = Callable[[pl.DataFrame], pl.DataFrame]


class KnownValues:
    """What was made of values of a use, for as long as a run takes files; in memory only.

    A use is whatever tells apart what is made of equal values: key, field, code list. What is made
    of a value must follow from the value and its use alone.
    """

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._known: dict[Hashable, _Known] = {}

    def made(self, use: Hashable, values: pl.DataFrame, make: Make) -> pl.DataFrame:
        """What ``make`` makes of each row of ``values``, in the same order.

        ``make`` gives one row per row of distinct values; it is asked for those not met before.
        """
        if use not in self._known:
            self._known[use] = _Known(values, make)
        found = self._known[use].found(values, make)
        if found is None or self._known[use].n_values > self._most:
            del self._known[use]
        return make(values) if found is None else found


class _Known:
    """Values of one use. The number that Polars gives each as a category is its row, less one, in
    the table of what was made; the first row is that of null."""

    def __init__(self, values: pl.DataFrame, make: Make) -> None:
        self._numbered = pl.Categorical(pl.Categories.random())
        # Categories are forgotten with the last series that holds some.
        self._kept = pl.Series([None], dtype=pl.String).cast(self._numbered)
        self._made = make(pl.DataFrame([[None]] * values.width, schema=values.schema))

    @property
    def n_values(self) -> int:
        return self._made.height

    def found(self, values: pl.DataFrame, make: Make) -> pl.DataFrame | None:
        """None where numbers have been left out, so that rows would not be those of the values."""
        numbered = _as_text(values).cast(self._numbered)
        place = (numbered.to_physical() + 1).fill_null(0).alias("_place")
        first_new = self.n_values
        n_needed = int(place.max() or 0) + 1  # type: ignore[call-overload]
        if n_needed > first_new:
            self._kept = numbered.head(1)
            new = values.hstack([place]).filter(place >= first_new).unique("_place").sort("_place")
            if new.height != n_needed - first_new:
                return None
            self._made = pl.concat([self._made, make(new.drop("_place"))], rechunk=True)
        return self._made[place]


def _as_text(values: pl.DataFrame) -> pl.Series:
    """One text for each row, null for a single null."""
    texts = [
        pl.col(name) if kind == pl.String else pl.col(name).to_physical().cast(pl.String)
        for name, kind in values.schema.items()
    ]
    if len(texts) == 1:
        return values.select(texts).to_series()
    filled = [text.fill_null(_NULL) for text in texts]
    return values.select(pl.concat_str(filled, separator=_APART)).to_series()
