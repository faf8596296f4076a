"""Letters of names in Latin capitals without accents."""

import unicodedata

# One letter and its Latin form each: Latin letters without a plain form of their own, then
# Cyrillic, then Greek, as passports write them.
_FORMS = """
Ø O   Ł L   Đ D   Ð D   Þ TH  İ I   Æ AE  Œ OE  ẞ SS
А A   Б B   В V   Г G   Д D   Е E   Ж ZH  З Z   И I   К K   Л L   М M   Н N   О O   П P   Р R
С S   Т T   У U   Ф F   Х KH  Ц TS  Ч CH  Ш SH  Щ SHCH    Ъ IE  Ы Y   Э E   Ю IU  Я IA  І I
Є IE  Ґ G
Α A   Β V   Γ G   Δ D   Ε E   Ζ Z   Η I   Θ TH  Ι I   Κ K   Λ L   Μ M   Ν N   Ξ X   Ο O   Π P
Ρ R   Σ S   Τ T   Υ Y   Φ F   Χ CH  Ψ PS  Ω O
"""
_CELLS = _FORMS.split()
_TABLE = str.maketrans(dict(zip(_CELLS[::2], _CELLS[1::2], strict=True)) | {"Ь": ""})


def latin_capitals(text: str) -> str:
    """Capitals with accents off, Cyrillic and Greek in Latin letters; other scripts as they are."""
    plain = unicodedata.normalize("NFKD", text.upper())
    return "".join(c for c in plain if not unicodedata.combining(c)).translate(_TABLE)
