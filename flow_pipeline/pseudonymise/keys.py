"""The keys of pseudonymisation: one secret, and a sub-key of it for every use.

Tokens, by which people are told apart, and ids, which stand in every table, are made under two
secrets, so that a rotation renews the one and leaves the other.
"""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field

import polars as pl
import polars_hash  # noqa: F401  (registers the ``chash`` namespace on expressions)

from flow_pipeline.errors import KeyOrPurposeError

LEAST_BYTES = 32
# Uses whose results are ids; they stay through a rotation. Source: domain.md §3.7 "Ids".
_IDS = ("record", "event", "person", "id")
_TWO_TO_64 = 1 << 64
_SEPARATOR = "\x1f"  # cannot occur in delivered text fields, so parts never run together


@dataclass(frozen=True, eq=False)
class KeyRing:
    """Sub-keys under one purpose, each for one use.

    ``secret``: at least 32 bytes of random key material, of which tokens are made. ``purpose``:
    code of the purpose, so that two purposes share no pseudonym. ``ids``: secret of the ids where
    ``secret`` came by a rotation; None: it follows from ``secret``.
    A use is a short name: ``nhs_number``, ``name``, ``foreign_pseudonym``, ``foreign_namespace``,
    ``birth_date``, ``postcode``, ``uprn``, ``sex``, ``local_id``, ``row`` and so on for tokens,
    ``record``, ``event``, ``id:<domain>``, ``person`` for ids; a new use is a new sub-key.
    Raises KeyOrPurposeError for a secret that is too short or a purpose without a code.
    Source of the definition: domain.md §6 G06.
    """

    secret: bytes = field(repr=False)
    purpose: str = field(repr=True)
    ids: bytes | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        for secret in (self.secret, self.secret_of_ids):
            if len(secret) < LEAST_BYTES:
                raise KeyOrPurposeError(
                    f"the pseudonymisation key has {len(secret)} bytes, {LEAST_BYTES} are needed; "
                    "make one with `flow-pipeline keys new`"
                )
        if not self.purpose:
            raise KeyOrPurposeError("keys are made for a purpose; set `purpose` in economy.yaml")

    def __repr__(self) -> str:
        return f"KeyRing(key_id={self.key_id!r}, purpose={self.purpose!r})"

    @property
    def secret_of_ids(self) -> bytes:
        """What a rotated key takes along; it does not lead back to ``secret``."""
        return _hmac(self.secret, "ids") if self.ids is None else self.ids

    @property
    def key_id(self) -> str:
        """Which key this is, safe to publish: it does not lead back to the key."""
        return _hmac(self.secret, f"key_id {self.ids_key_id}").hex()[:12]

    @property
    def ids_key_id(self) -> str:
        """Under which secret ids are made: the same before and after a rotation."""
        return _hmac(self.secret_of_ids, "key_id").hex()[:12]

    def sub_key(self, use: str) -> str:
        """The key of one use, as 64 hexadecimal characters."""
        is_of_ids = use.partition(":")[0] in _IDS
        label = _SEPARATOR.join(("flow-pipeline", self.purpose, use))
        return _hmac(self.secret_of_ids if is_of_ids else self.secret, label).hex()

    def pseudonym(self, value: pl.Expr, use: str) -> pl.Expr:
        """128 bits of HMAC-SHA-256 of a text expression, as hexadecimal; null stays null."""
        return _digest(value, self.sub_key(use)).str.head(32)

    def token(self, value: pl.Expr, use: str) -> pl.Expr:
        """64 bits of HMAC-SHA-256 of a text expression, as Int64; null stays null.

        64 bits keep linkage fast; at ten million distinct values a chance collision is one in
        370,000.
        """
        return _as_token(_digest(value, self.sub_key(use)))

    def number(self, use: str) -> int:
        """64 bits of the key of one use."""
        return int.from_bytes(bytes.fromhex(self.sub_key(use))[16:24])

    def mixed(self, tokens: Iterable[pl.Expr | int], use: str) -> pl.Expr:
        """64 bits that stand for several tokens together, as Int64; never null.

        A polynomial over them modulo 2**64, its base and what stands for null made of the key: two
        rows with different tokens have different results but for a chance of one in 2**64,
        because tokens are random to whoever does not hold the key. Nearly free, unlike a digest
        of their text. A number among ``tokens`` is a token that all rows have.
        """
        key = bytes.fromhex(self.sub_key(use))
        absent = pl.lit(int.from_bytes(key[8:16]), pl.UInt64)
        base = int.from_bytes(key[:8]) | 1
        total: pl.Expr | None = None
        weight, same = 1, 0  # of what follows the last token that differs between rows
        for token in tokens:
            weight, same = weight * base % _TWO_TO_64, same * base % _TWO_TO_64
            if isinstance(token, int):
                same = (same + token) % _TWO_TO_64
                continue
            term = token.reinterpret(signed=False).fill_null(absent)
            total = _of_polynomial(total, weight, same) + term
            weight, same = 1, 0
        return _of_polynomial(total, weight, same).reinterpret(signed=True)


def _of_polynomial(total: pl.Expr | None, weight: int, same: int) -> pl.Expr:
    constant = pl.lit(same, pl.UInt64)
    if total is None:
        return constant
    weighted = total if weight == 1 else total * pl.lit(weight, pl.UInt64)
    return weighted + constant if same else weighted


def joined(*parts: pl.Expr) -> pl.Expr:
    """Text parts as one text that no other parts give; a null part counts as empty."""
    return joined_if_told(*(part.cast(pl.String).fill_null("") for part in parts))


def joined_if_told(*parts: pl.Expr) -> pl.Expr:
    """The same, null where any part is."""
    return pl.concat_str([part.cast(pl.String) for part in parts], separator=_SEPARATOR)


def _hmac(secret: bytes, label: str) -> bytes:
    return hmac.new(secret, label.encode(), hashlib.sha256).digest()


def _digest(value: pl.Expr, key: str) -> pl.Expr:
    return value.cast(pl.String).chash.hmac_sha256(key=key)  # type: ignore[attr-defined]


def _as_token(digest: pl.Expr) -> pl.Expr:
    # Every digest is hexadecimal, so nothing here can fail and quote it.
    bits = digest.str.head(16).str.to_integer(base=16, dtype=pl.UInt64, strict=False)
    return bits.reinterpret(signed=True)
