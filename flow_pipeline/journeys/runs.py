"""Looking back along ordered rows of a person: what reached furthest so far, and where a chain
of references began. Rows must be in order; nothing here sorts."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

_SECOND = 1_000_000  # most moments, in microseconds, are whole seconds
_MOST = 2**62
_DAYS = 2**24  # more than there are days, so that persons never mix


def person_and_day(person: pl.Expr, day: pl.Expr) -> pl.Expr:
    """A person's number and a day as one number, in the order of both."""
    return person.cast(pl.Int64) * _DAYS + day.cast(pl.Int32)


def latest_so_far(end: str, group: str, remembered: Sequence[str]) -> pl.Expr:
    """A struct of ``remembered`` columns of the earlier row with the greatest ``end``.

    Of several, the last of them. A row without ``end`` is not one to look back on; null where
    there is no earlier row with one. Rows of a group stand together.
    """
    number = pl.col(group).rle_id()
    known = pl.col(end).to_physical().cast(pl.Int64)
    none = known.min().fill_null(0) - _SECOND  # before all, in whole seconds if they are
    ends = known.fill_null(none)
    reached = reached_before(ends, number)
    place = pl.int_range(pl.len())
    furthest = known.is_not_null() & (reached.is_null() | (ends >= reached))
    # where the filling reaches across groups, nothing earlier of its own has an end
    latest = pl.when(furthest).then(place).forward_fill().shift(1)
    return pl.struct(remembered).gather(pl.when(reached > none).then(latest))


def reached_before(value: pl.Expr, group: pl.Expr) -> pl.Expr:
    """The greatest ``value`` (integers) of the earlier rows of a group; null on its first row.

    ``group`` is a number that never falls. All groups are done in one go: Polars' ``cum_max`` over
    many small groups takes most of the time that journeys take.
    """
    columns = pl.struct(value.cast(pl.Int64).alias("value"), group.cast(pl.Int64).alias("group"))
    return columns.map_batches(_reached_before, return_dtype=pl.Int64)


def _reached_before(rows: pl.Series) -> pl.Series:
    value, group = (rows.struct.field(n).to_numpy() for n in ("value", "group"))
    if not len(rows):
        return pl.Series(rows.name, [], dtype=pl.Int64)
    lowest, unit, width = _scale(value, int(group.max() - group.min()) + 1)
    if width:
        lift = (group - group.min()) * width
        reached = np.maximum.accumulate(lift + (value - lowest) // unit) - lift
        reached = reached * unit + lowest
    else:  # so wide that only the order of the values can be lifted
        known, rank = np.unique(value, return_inverse=True)
        lift = (group - group.min()) * len(known)
        reached = known[np.maximum.accumulate(lift + rank) - lift]
    reached = pl.Series(rows.name, reached).shift(1)
    first = np.ones(len(rows), dtype=bool)
    first[1:] = group[1:] != group[:-1]
    return reached.set(pl.Series(first), None)


def _scale(value: npt.NDArray[np.int64], n_groups: int) -> tuple[int, int, int]:
    """Lowest value, unit and width: a later group, lifted by the width, outranks all of an earlier
    one, so that the maximum never reaches across. Width 0 where that is more than a number holds.
    """
    lowest = int(value.min())
    unit = _SECOND if not ((value - lowest) % _SECOND).any() else 1
    width = (int(value.max()) - lowest) // unit + 1
    return lowest, unit, width if width * n_groups < _MOST else 0


def begins_group(group: pl.Expr) -> pl.Expr:
    """Whether a row is the first of its group, where rows of a group stand together."""
    return (group != group.shift(1)).fill_null(True)


def root_of(pointer: pl.Expr) -> pl.Expr:
    """For each row the row at which following ``pointer`` (row numbers, its own or an earlier
    row's) ends."""
    return pointer.map_batches(_roots, return_dtype=pl.Int64)


def _roots(pointer: pl.Series) -> pl.Series:
    at = pointer.to_numpy().astype(np.int64)
    while len(at):
        further = at[at]
        if np.array_equal(further, at):
            break
        at = further
    return pl.Series(pointer.name, at, dtype=pl.Int64)


def last_still_open(start_key: pl.Expr, end_key: pl.Expr, wanted: pl.Expr) -> pl.Expr:
    """For each wanted row, the nearest earlier row whose end is after the row's start.

    The caller knows that there is one. Null for the other rows.
    """
    columns = pl.struct(start_key.alias("start"), end_key.alias("end"), wanted.alias("wanted"))
    return columns.map_batches(_last_still_open, return_dtype=pl.Int64)


def _last_still_open(rows: pl.Series) -> pl.Series:
    start, end, wanted = (rows.struct.field(n).to_numpy() for n in ("start", "end", "wanted"))
    asking = np.flatnonzero(wanted)
    place = np.full(len(rows), -1, dtype=np.int64)
    if len(asking):
        place[asking] = _nearest_greater(end, asking - 1, start[asking])
    found = pl.Series(rows.name, place)
    return found.set(found < 0, None)


def _nearest_greater(
    values: npt.NDArray[np.int64], place: npt.NDArray[np.int64], bound: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """From each place backwards, the first row whose value is greater than the bound.

    Blocks of doubling length are skipped while their maximum is not greater, then halved again:
    log(n) array steps however far the row is.
    """
    maxima = [values]  # of the 2**k values that end at each row
    place = place.copy()
    searching = values[place] <= bound
    while searching.any():
        width = 1 << (len(maxima) - 1)
        place[searching] -= width
        wider = maxima[-1].copy()
        wider[width:] = np.maximum(maxima[-1][width:], maxima[-1][:-width])
        maxima.append(wider)
        searching &= maxima[-1][place] <= bound
    for k in reversed(range(len(maxima))):
        skip = maxima[k][place] <= bound
        place[skip] -= 1 << k
    return place
