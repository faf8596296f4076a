"""Errors of hand and machine in single values. Each takes a value and a ``random.Random``."""

import random

from flow_pipeline.synthetic.name_lists import NICKNAMES, VARIANT_GROUPS

KEYS = {"a": "sqz", "b": "vn", "c": "xv", "d": "sf", "e": "wr", "f": "dg", "g": "fh", "h": "gj",
        "i": "uo", "j": "hk", "k": "jl", "l": "k", "m": "n", "n": "bm", "o": "ip", "p": "o",
        "q": "wa", "r": "et", "s": "ad", "t": "ry", "u": "yi", "v": "cb", "w": "qe", "x": "zc",
        "y": "tu", "z": "xa"}  # fmt: skip


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    """``rn>m cl>d`` as pairs; nothing after ``>`` means the letters are lost."""
    return tuple((p.split(">")[0], p.split(">")[1]) for p in text.split())


OCR = _pairs("rn>m m>rn cl>d l>1 o>0 i>l S>5 B>8 vv>w e>c")
PHONETIC = _pairs(
    "ph>f f>ph ck>k c>k ee>ea ie>ei y>i s>z ll>l tt>t nn>n ai>ay gh> mac>mc son>sen e>"
)
VARIANTS = {
    name: tuple(n for n in group if n != name) for group in VARIANT_GROUPS for name in group
}
PLAIN = str.maketrans("áàâäãåçćéèêëęíìîïłñńóòôöõőřśšúùûüűýŷźżžŁŚŻÓÁÉÍŽ",
                      "aaaaaacceeeeeiiiilnnoooooorssuuuuuyyzzzLSZOAEIZ")  # fmt: skip


def typo(text: str, draw: random.Random) -> str:
    """One slip of the keyboard: wrong key, missing, doubled or swapped letters."""
    if len(text) < 3:
        return text + draw.choice("aeinrs")
    at = draw.randrange(1, len(text))
    kind = draw.randrange(4)
    if kind == 0:
        return text[:at] + draw.choice(KEYS.get(text[at].lower(), "e")) + text[at + 1 :]
    if kind == 1:
        return text[:at] + text[at + 1 :]
    if kind == 2 or at == len(text) - 1:
        return text[: at + 1] + text[at] + text[at + 1 :]
    if text[at] == text[at + 1]:
        return text[:at] + text[at + 1 :]
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def ocr(text: str, draw: random.Random) -> str:
    return _replace_one(text, OCR, draw)


def phonetic(text: str, draw: random.Random) -> str:
    return _replace_one(text, PHONETIC, draw)


def _replace_one(text: str, pairs: tuple[tuple[str, str], ...], draw: random.Random) -> str:
    fits = [(a, b) for a, b in pairs if a in text[1:]]
    if not fits:
        return typo(text, draw)
    a, b = draw.choice(fits)
    return text[0] + text[1:].replace(a, b, 1)


def variant(text: str, draw: random.Random) -> str:
    """Another spelling of a name that is written in several ways, or the name itself."""
    return draw.choice(VARIANTS[text]) if text in VARIANTS else text


def nickname(text: str, draw: random.Random) -> str:
    return draw.choice(NICKNAMES[text]) if text in NICKNAMES else text


def plain(text: str) -> str:
    """Without diacritics, as systems that know only ASCII keep it."""
    return text.translate(PLAIN)


def number_typo(text: str, draw: random.Random) -> str:
    """One wrong or two swapped digits, always after the 999 that marks test numbers."""
    at = draw.randrange(3, len(text) - 1)
    if text[at] != text[at + 1] and draw.random() < 0.5:
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text[:at] + str((int(text[at]) + draw.randrange(1, 10)) % 10) + text[at + 1 :]


def postcode_typo(text: str, draw: random.Random) -> str:
    at = draw.choice([i for i, c in enumerate(text) if c.isalnum() and i > 1])
    pool = "0123456789" if text[at].isdigit() else "ABDEFGHJLNPQRSTUWXYZ"
    return text[:at] + draw.choice([c for c in pool if c != text[at]]) + text[at + 1 :]
