"""Identities that a submission has told before: in a large extract the same people come again and
again, in the same words."""

from collections.abc import Callable, Hashable

import numpy as np
import polars as pl

from flow_pipeline.pseudonymise.known_values import forget_oldest

_MOST = 3_000_000  # identities kept, a few hundred MB with what was made of them

Make = Callable[[pl.Series], pl.DataFrame]


class KnownIdentities:
    """What was made of identities of each use, for as long as a run takes files; in memory only.

    Identities are told apart by a number of 64 bits that stands for all the row says of one. They
    belong to submissions, so those of submissions that are over are let go; beyond ``most``
    identities so are the uses that were asked for longest ago.
    """

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._known: dict[Hashable, _Known] = {}

    def made(
        self, use: Hashable, submissions: frozenset[str], numbers: pl.Series, make: Make
    ) -> pl.DataFrame:
        """What is made of the identity of each row, in the same order.

        ``submissions``: those of the rows. ``numbers``: of the identity of each row. ``make`` gives
        one row for each of the rows it is asked for, by position: the first ones of identities that
        were not met before.
        """
        known = self._known.pop(use, None)
        if known is None or known.submissions.isdisjoint(submissions):
            known = _Known()
        known.submissions = submissions
        made = known.made(numbers.to_numpy(), make)
        self._known[use] = known  # at the end: the latest
        forget_oldest(self._known, self._most)
        return made


class _Known:
    """Identities of one use, by number; ``_places``: their rows in the table of what was made.
    ``submissions``: those of the rows that came last."""

    def __init__(self) -> None:
        self.submissions: frozenset[str] = frozenset()
        self._numbers = np.empty(0, dtype=np.uint64)
        self._places = np.empty(0, dtype=np.int64)
        self._made: pl.DataFrame | None = None

    @property
    def n_known(self) -> int:
        return len(self._numbers)

    def made(self, numbers: np.ndarray, make: Make) -> pl.DataFrame:
        order = np.argsort(numbers)  # numbers in order are found fast
        places = self._found(numbers[order])
        is_new = places < 0
        if is_new.any() or self._made is None:
            places[is_new] = self._add(numbers[order][is_new], order[is_new], make)
        of_row = np.empty_like(places)
        of_row[order] = places
        assert self._made is not None
        return self._made[of_row]

    def _found(self, ordered: np.ndarray) -> np.ndarray:
        """The place of each number, -1 where it is not known."""
        if not self.n_known:
            return np.full(len(ordered), -1)
        at = np.searchsorted(self._numbers, ordered)
        at[at == self.n_known] = 0
        return np.where(self._numbers[at] == ordered, self._places[at], -1)

    def _add(self, ordered: np.ndarray, rows: np.ndarray, make: Make) -> np.ndarray:
        """Make what is new; the places of the numbers, given in order, each with its row."""
        starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]][: len(ordered)])
        first = np.minimum.reduceat(rows, starts) if len(starts) else rows
        by_row = np.argsort(first)
        made = make(pl.Series(first[by_row], dtype=pl.UInt32))
        places = np.empty(len(starts), dtype=np.int64)
        places[by_row] = np.arange(self.n_known, self.n_known + len(starts))
        self._keep(ordered[starts], places)
        # Room grows by halves; putting both together would copy all there is at every turn.
        self._made = made if self._made is None else self._made.extend(made)
        return np.repeat(places, np.diff(np.r_[starts, len(ordered)]))

    def _keep(self, numbers: np.ndarray, places: np.ndarray) -> None:
        numbers = np.concatenate([self._numbers, numbers])
        order = np.argsort(numbers, kind="stable")  # which merges what is in order by halves
        self._numbers = numbers[order]
        self._places = np.concatenate([self._places, places])[order]
