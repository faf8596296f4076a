"""Names as keyed bit patterns: alike names have alike patterns, whatever letter was mistyped.

A pattern is a Bloom filter of the name's pairs of neighbouring letters, hardened in three ways
(docs/linkage.md, "Attacks"): positions come from a keyed hash of each pair by itself, the filter is
folded onto half its length, and a few bits are flipped, always the same ones for the same name.
"""

import hmac
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

import numpy as np
import polars as pl

from flow_pipeline.tables.linkage import ENCODING_WORDS

BITS = 64 * ENCODING_WORDS
_UNFOLDED = 2 * BITS
_POSITIONS = 8  # of one pair of letters
_EDGE = "_"
_FLIPS = 6  # halvings of the share of bits that are flipped: one in 64


@dataclass(frozen=True)
class NameEncoder:
    """Encodes names under a sub-key, 64 hexadecimal characters."""

    key: str = field(repr=False)

    def encoded(self, names: list[str | None], stem: str) -> pl.DataFrame:
        """Columns ``<stem>_encoding_1`` and so on, Int64, one row per name; null for no name.

        ``names``: normalised, in capitals. Source of the definition: linkage.md §3 and §4.
        """
        key = bytes.fromhex(self.key)
        patterns = [b"" if name is None else _pattern(key, name) for name in names]
        size = BITS // 8
        whole = b"".join(pattern or bytes(size) for pattern in patterns)
        words = np.frombuffer(whole, dtype="<i8").reshape(-1, ENCODING_WORDS)
        known = pl.Series([name is not None for name in names], dtype=pl.Boolean)
        columns = {f"{stem}_encoding_{i + 1}": words[:, i].copy() for i in range(ENCODING_WORDS)}
        return pl.DataFrame(columns).select(pl.when(known).then(pl.all()))


def _pattern(key: bytes, name: str) -> bytes:
    unfolded = 0
    for gram in _grams(name):
        unfolded |= _bits_of(key, gram)
    folded = (unfolded >> BITS) ^ (unfolded & ((1 << BITS) - 1))
    return (folded ^ _flipped(key, name)).to_bytes(BITS // 8, "little")


def _grams(name: str) -> set[str]:
    """Pairs of neighbours in either order, so that two letters exchanged change little.

    A pair that occurs again is another one: ANNA is not ANA.
    """
    padded = f"{_EDGE}{name}{_EDGE}"
    found: set[str] = set()
    for a, b in pairwise(padded):
        pair = a + b if a < b else b + a
        while pair in found:
            pair += "'"
        found.add(pair)
    return found


@lru_cache(maxsize=1 << 14)
def _bits_of(key: bytes, gram: str) -> int:
    digest = hmac.digest(key, b"pair\x1f" + gram.encode(), "sha512")
    numbers = np.frombuffer(digest, dtype="<u2")[:_POSITIONS] % _UNFOLDED
    return sum(1 << int(number) for number in set(numbers.tolist()))


def _flipped(key: bytes, name: str) -> int:
    """Bits that this name flips, each with a chance of one in 64."""
    text = name.encode()
    chosen = (1 << BITS) - 1
    for i in range(_FLIPS * BITS // 512):
        digest = hmac.digest(key, b"flip\x1f%d\x1f" % i + text, "sha512")
        both = int.from_bytes(digest, "little")
        chosen &= both & (both >> BITS)
    return chosen
