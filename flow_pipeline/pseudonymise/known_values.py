"""Values met before, with what was made of them: in a large extract most come again and again."""

from collections.abc import Callable, Hashable, MutableMapping
from typing import Protocol, TypeVar

import polars as pl

_MOST = 3_000_000  # values kept, a few hundred MB with what was made of them
_APART = "\x1f"
_NULL = "\x00"  # stands for null among several columns; no delivered text holds it

Make = Callable[[pl.DataFrame], pl.DataFrame]


class KnownValues:
    """What was made of values of each use, for as long as a run takes files; in memory only.

    A use is whatever tells apart what is made of equal values: key, field, code list. What is made
    of a value must follow from the value and its use alone. Beyond ``most`` values the uses that
    were asked for longest ago are forgotten.
    """

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._known: dict[Hashable, _Known] = {}

    def made(self, use: Hashable, values: pl.DataFrame, make: Make) -> pl.DataFrame:
        """What ``make`` makes of each row of ``values``, in the same order.

        ``make`` gives one row per row of distinct values; it is asked for those not met before.
        """
        if values.is_empty():
            return make(values)
        same = _same_in_all(values)
        apart = (use, tuple(same.items()))
        known = self._known.pop(apart, None) or _Known(values, same, make)
        found = known.found(values)
        if found is None:
            return make(values)
        self._known[apart] = known  # at the end: the latest
        forget_oldest(self._known, self._most)
        return found


class _Counted(Protocol):
    @property
    def n_known(self) -> int: ...


_One = TypeVar("_One", bound=_Counted)


def forget_oldest(known: MutableMapping[Hashable, _One], most: int) -> None:
    """Let go of the uses that were asked for longest ago, until all hold no more than ``most``."""
    n_known = sum(one.n_known for one in known.values())
    while n_known > most:
        n_known -= known.pop(next(iter(known))).n_known


class _Known:
    """Values of one use. The number that Polars gives each as a category is its row, less one, in
    the table of what was made; the first row is that of null."""

    def __init__(self, values: pl.DataFrame, same: dict[str, object], make: Make) -> None:
        self._numbered = pl.Categorical(pl.Categories.random())
        # Categories are forgotten with the last series that holds some.
        self._kept = pl.Series([None], dtype=pl.String).cast(self._numbered)
        self._make = make
        self._differing = [name for name in values.columns if name not in same]
        null = {name: same.get(name) for name in values.columns}
        self._made = make(pl.DataFrame([null], schema=values.schema))

    @property
    def n_known(self) -> int:
        return self._made.height

    def found(self, values: pl.DataFrame) -> pl.DataFrame | None:
        """None where a number was left out, so that rows would not be those of the values."""
        numbered = _as_text(values.select(self._differing)).cast(self._numbered)
        place = (numbered.to_physical() + 1).fill_null(0).alias("_place")
        first_new = self.n_known
        n_needed = int(place.max() or 0) + 1  # type: ignore[arg-type]
        if n_needed > first_new:
            self._kept = numbered.head(1)
            new = values.hstack([place]).filter(place >= first_new).unique("_place").sort("_place")
            if new.height != n_needed - first_new:
                return None
            self._made.extend(self._make(new.drop("_place")))
        return self._made[place]


def _same_in_all(values: pl.DataFrame) -> dict[str, object]:
    """Columns that have one value in all rows, and which; one column at least is left out."""
    if values.width == 1:
        return {}
    first = values.row(0, named=True)
    same = [n for n in values.columns if _is_throughout(values[n], first[n])]
    return {name: first[name] for name in same[: values.width - 1]}


def _is_throughout(values: pl.Series, value: object) -> bool:
    if value is None or values.null_count():
        return value is None and values.null_count() == len(values)
    return bool((values == value).all())


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
