"""Names in the forms in which they are compared: normalised, shortened, by sound."""

import re
from functools import lru_cache
from typing import NamedTuple

import jellyfish

from flow_pipeline.pseudonymise.letters import latin_capitals
from flow_pipeline.pseudonymise.nicknames import roots

_NAMES_KEPT = 1 << 16  # a large extract is read in batches that hold the same names


def _these(words: str) -> frozenset[str]:
    return frozenset(words.split())


_TITLES = _these("MR MRS MS MISS MX DR PROF PROFESSOR REV REVD SIR DAME LADY LORD MASTER FR SR")
_SUFFIXES = _these("JR JNR SNR II III IV ESQ")
_PARTICLES = _these("AL BIN BINT DA DE DEL DER DI DU EL LA LE MAC MC O SAINT ST VAN VON")
# Written where there is no name. Each would look like a very common one.
_NO_NAMES = _these(
    "BABY INFANT TWIN TWINONE TWINTWO BABYBOY BABYGIRL MALE FEMALE UNKNOWN NOTKNOWN UNK NA NONE "
    "NULL ANON ANONYMOUS TEST XX XXX XXXX"
)


class GivenName(NamedTuple):
    """Forms of given names; each null where there is no name to make it of."""

    first: str | None  # the first of them
    root: str | None  # the name that the first is often short for
    phonetic: str | None
    initials: str | None  # first three letters
    ending: str | None  # last three letters
    all: str | None  # all of them, run together


class FamilyName(NamedTuple):
    """Forms of a family name; each null where there is no name to make it of."""

    whole: str | None  # run together
    first_part: str | None  # of a double-barrelled name; the whole of another
    last_part: str | None
    phonetic: str | None
    initials: str | None
    ending: str | None


@lru_cache(maxsize=_NAMES_KEPT)
def given_name(delivered: str | None) -> GivenName:
    """The forms of given names as delivered; all null for none or a placeholder."""
    words = _words(delivered)
    if not words:
        return GivenName(*[None] * 6)
    first = words[0]
    return GivenName(
        first, roots().get(first, first), _sound(first), first[:3], first[-3:], "".join(words)
    )


@lru_cache(maxsize=_NAMES_KEPT)
def family_name(delivered: str | None) -> FamilyName:
    """The forms of a family name as delivered; all null for none or a placeholder."""
    words = _words(delivered)
    if not words:
        return FamilyName(*[None] * 6)
    whole = "".join(words)
    parts = [word for word in words if word not in _PARTICLES] or [whole]
    if len(parts) < len(words):  # VAN DER BERG is one name, not a double one
        parts = [whole]
    return FamilyName(whole, parts[0], parts[-1], _sound(whole), whole[:3], whole[-3:])


def _words(delivered: str | None) -> list[str]:
    """The words of a name in capitals without accents, titles and punctuation."""
    if not delivered:
        return []
    text = re.sub(r"['’`´.]", "", latin_capitals(delivered))  # O'BRIEN and OBRIEN are one name
    words = re.findall(r"\w+", re.sub(r"[\d_]", " ", text))
    while len(words) > 1 and words[0] in _TITLES:
        words = words[1:]
    while len(words) > 1 and words[-1] in _SUFFIXES:
        words = words[:-1]
    return [] if "".join(words) in _NO_NAMES else words


def _sound(word: str) -> str | None:
    """Metaphone; null for a word without Latin letters."""
    return jellyfish.metaphone(word) or None if word.isascii() else None
