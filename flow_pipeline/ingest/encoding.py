"""Bytes of a text file become UTF-8: which encoding they are in, and what else one pass tells.

Chunks are bytes objects of a megabyte or so, in order; nothing here holds more than a few.
"""

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from flow_pipeline.ingest.layout import NoTable

_SAMPLE = 1 << 18
_LOOKED_AT = 1 << 12
_MOST_ESCAPES = 200
_FIRST_OF_SEVERAL = 0xC0  # the first byte of a character of several is this or above
_IN_WINDOWS_1252 = bytes(set(range(256)) - {0x81, 0x8D, 0x8F, 0x90, 0x9D})
_END_MARK = b"\x1a"  # Ctrl-Z, with which old systems end a text
_ESCAPED_QUOTE = re.compile(rb"(?<=[\r\n])[^\r\n]*\\\"[^\r\n]*(?=[\r\n])")
# Longest first: the mark of UTF-32 begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Which bytes of a character are zero when it is a Latin letter.
_ZEROS = (
    ("utf-32-le", 4, (1, 2, 3)),
    ("utf-32-be", 4, (0, 1, 2)),
    ("utf-16-le", 2, (1,)),
    ("utf-16-be", 2, (0,)),
)
_ASK = "Ask the sender for UTF-8, or name the encoding under layout.encoding."


@dataclass
class Scan:
    """What one pass over the bytes of a text tells.

    ``sample``: the beginning as text, ``is_whole`` where that is all. ``escaped``: some lines, as
    bytes, that hold a quotation mark behind a backslash. ``notes``: what an operator should know.
    """

    encoding: str = "utf-8"
    sample: str = ""
    is_whole: bool = True
    escaped: list[bytes] = field(default_factory=list)
    notes: tuple[str, ...] = ()

    def look_at(self, chunk: bytes) -> None:
        if b"\\" in chunk and len(self.escaped) < _MOST_ESCAPES:
            self.escaped += _ESCAPED_QUOTE.findall(chunk)[:_MOST_ESCAPES]


def is_known_encoding(name: str) -> bool:
    """Whether ``name`` is an encoding of text that can be read."""
    try:
        codec = codecs.lookup(name)
    except (LookupError, ValueError):
        return False
    is_text = getattr(codec, "_is_text_encoding", True)
    return bool(is_text and codec.incrementaldecoder) and codec.name not in ("idna", "punycode")


def scan(chunks: Iterable[bytes], told: str = "auto") -> Scan:
    """One pass over all bytes of a text.

    ``told``: its encoding, or ``auto``: UTF-8 if all of it is, else by byte-order mark or zero
    bytes, else Windows-1252. Raises NoTable for bytes that are no text in the encoding, and for
    zero bytes in what is not UTF-16 or UTF-32.
    """
    rest = iter(chunks)
    first = next(rest, b"")
    encoding = _by_first_bytes(first) if told == "auto" else codecs.lookup(told).name
    all_chunks = _with(first, rest)
    if encoding is not None:
        return _scan_known(all_chunks, encoding, told)
    return _scan_unknown(all_chunks)


def transcoded(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """The text in UTF-8 without byte-order mark, whole characters in each chunk unless it was
    UTF-8. Raises NoTable for bytes that are none in ``encoding``."""
    is_first = True
    if encoding == "utf-8":
        for chunk in chunks:
            yield chunk.removeprefix(codecs.BOM_UTF8) if is_first else chunk
            is_first = False
        return
    decoder = codecs.getincrementaldecoder(encoding)()
    for part in _with_end(chunks):
        try:
            text = decoder.decode(part or b"", final=part is None)
            if text:
                yield (text.removeprefix("\ufeff") if is_first else text).encode()
                is_first = False
        except UnicodeError:
            raise NoTable(f"holds bytes that are no text in {encoding}. {_ASK}") from None


def without_end_mark(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The text without the Ctrl-Z behind its end."""
    before = b""
    for chunk in chunks:
        if chunk.strip(_END_MARK) == b"":  # perhaps the end mark alone, cut off from the text
            before += chunk
            continue
        if before:
            yield before
        before = chunk
    if before := before.rstrip(_END_MARK):
        yield before


def with_doubled_quotes(chunks: Iterable[bytes]) -> Iterator[bytes]:
    r"""Text in UTF-8 with ``\"`` written as ``""`` and ``\\`` as ``\``."""
    held = b""
    for chunk in _with_end(chunks):
        text = held + (chunk or b"")
        n_last = len(text) - len(text.rstrip(b"\\"))
        held = b"\\" if n_last % 2 and chunk is not None else b""
        text = text[: len(text) - len(held)]
        pairs = text.replace(b"\\\\", b"\xff")  # no byte of UTF-8
        yield pairs.replace(b'\\"', b'""').replace(b"\xff", b"\\")


def _by_first_bytes(first: bytes) -> str | None:
    for mark, encoding in _MARKS:
        if first.startswith(mark):
            return encoding
    looked_at = first[:_LOOKED_AT]
    if b"\0" not in looked_at:
        return None
    for encoding, width, zeros in _ZEROS:
        shares = [_share_of_zeros(looked_at[i::width]) for i in range(width)]
        if all((share > 0.5) == (i in zeros) for i, share in enumerate(shares)):
            return encoding
    return None


def _share_of_zeros(data: bytes) -> float:
    return data.count(0) / len(data) if data else 0.0


def _scan_known(chunks: Iterator[bytes], encoding: str, told: str) -> Scan:
    found = Scan(encoding=encoding)
    if told == "auto" and encoding != "utf-8":
        found.notes = (f"is not UTF-8 and was read as {encoding}",)
    # UTF-8 is decoded too: only so is it known to be that.
    checked = transcoded(chunks, "utf-8-sig" if encoding == "utf-8" else encoding)
    for position, chunk in enumerate(checked):
        if b"\0" in chunk:
            raise _zero_bytes()
        if position == 0:
            _take_sample(found, chunk)
        else:
            found.is_whole = False
        found.look_at(chunk)
    return found


def _scan_unknown(chunks: Iterator[bytes]) -> Scan:
    """Bytes without a mark: UTF-8 if every one of them is, else Windows-1252."""
    found, telling, first = Scan(), _Telling(), b""
    for position, chunk in enumerate(chunks):
        if b"\0" in chunk:
            raise _zero_bytes()
        if position == 0:
            first = chunk
        else:
            found.is_whole = False
        telling.look_at(chunk)
        found.look_at(chunk)
    found.encoding = telling.encoding()
    if found.encoding != "utf-8":
        found.notes = ("is not UTF-8 and was read as Windows-1252",)
    _take_sample(found, b"".join(transcoded([first], found.encoding)))
    return found


def _take_sample(found: Scan, chunk: bytes) -> None:
    found.is_whole = found.is_whole and len(chunk) <= _SAMPLE
    found.sample = chunk[:_SAMPLE].decode("utf-8", "ignore")


class _Telling:
    """Tells UTF-8 from Windows-1252 by every byte above 127."""

    def __init__(self) -> None:
        self._is_utf_8 = True  # so far
        self._pending = b""  # the beginning of a character whose end is in the next chunk
        self._n_high = 0
        self._n_high_in_utf_8 = 0
        self._is_windows_1252 = True

    def look_at(self, chunk: bytes) -> None:
        if not self._pending and chunk.isascii():
            return
        self._n_high += _n_high(chunk)
        if self._is_utf_8 and (rest := _behind_utf_8(self._pending + chunk)) is not None:
            self._pending = rest
            self._n_high_in_utf_8 = self._n_high
            return
        self._is_utf_8, self._pending = False, b""
        self._n_high_in_utf_8 += _n_high(chunk.decode("utf-8", "ignore").encode())
        self._is_windows_1252 &= not chunk.translate(None, delete=_IN_WINDOWS_1252)

    def encoding(self) -> str:
        """Raises NoTable where some of it is UTF-8 and some is not, or it is neither."""
        if self._is_utf_8:
            if not self._pending:
                return "utf-8"
            self._n_high_in_utf_8 -= len(self._pending)
        if self._n_high_in_utf_8 * 2 > self._n_high:
            raise NoTable(f"is UTF-8 in most places and not in others, or is cut off. {_ASK}")
        if not self._is_windows_1252:
            raise NoTable(f"is neither UTF-8 nor Windows-1252. {_ASK}")
        return "cp1252"


def _behind_utf_8(text: bytes) -> bytes | None:
    """The beginning of a character at the end of what is else UTF-8; None where it is not.

    Checked by Arrow, which takes a fraction of the time that decoding takes.
    """
    n_last = next((n for n in range(1, min(4, len(text) + 1)) if text[-n] >= _FIRST_OF_SEVERAL), 0)
    whole = len(text) - n_last
    try:
        _, n_decoded = codecs.utf_8_decode(text[whole:], "strict", False)
        ends = pa.py_buffer(np.array([0, whole], dtype=np.int64))
        array = pa.Array.from_buffers(pa.large_string(), 1, [None, ends, pa.py_buffer(text)])
        array.validate(full=True)
    except (UnicodeDecodeError, pa.ArrowInvalid):
        return None
    return text[whole + n_decoded :]


def _n_high(chunk: bytes) -> int:
    return int(np.count_nonzero(np.frombuffer(chunk, np.int8) < 0))


def _zero_bytes() -> NoTable:
    return NoTable(f"holds zero bytes, so it is not text in UTF-8. {_ASK}")


def _with(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    if first:
        yield first
    yield from rest


def _with_end(chunks: Iterable[bytes]) -> Iterator[bytes | None]:
    """The chunks and None for the end."""
    yield from chunks
    yield None
