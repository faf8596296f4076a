"""Delivered files as streams of bytes: plain, gzip, bzip2, xz, zstd, or what is in a zip archive.

Nothing is extracted to disk and no name inside an archive is used as a path, so an archive can
neither write elsewhere nor fill a disk; memory holds a few chunks whatever it unpacks to.
"""

import bz2
import gzip
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import pyarrow as pa

from flow_pipeline.ingest.layout import NoTable

CHUNK = 1 << 20
_MOST_MEMBERS = 1000
_ENCRYPTED = 0x1
_PARQUET = b"PAR1"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_AS_CSV = "Ask the sender for CSV in UTF-8, Parquet or Excel (.xlsx)."
_DAMAGE = (EOFError, OSError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, pa.ArrowException)
_FOREIGN: tuple[tuple[bytes, str], ...] = (
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"%PDF", "a PDF document, not a table"),
    (b"{\\rtf", "a text document, not a table"),
    (b"\x89PNG", "a picture, not a table"),
    (b"\xff\xd8\xff", "a picture, not a table"),
    (b"GIF8", "a picture, not a table"),
    (b"SQLite format 3", "a database, not a table"),
)
_MARKUP = (b"<!doctype", b"<html", b"<?xml", b"{", b"[{", b'["', b"[[", b"[\n", b"[\r", b"[ ")

Opener = Callable[[], BinaryIO]


def _zstd(file: BinaryIO) -> BinaryIO:
    return cast(BinaryIO, pa.CompressedInputStream(pa.PythonFile(file, mode="r"), "zstd"))


# How a file begins, what packs it, and what unpacks it; whoever opens it closes it.
_PACKED: tuple[tuple[bytes, str, Callable[[BinaryIO], BinaryIO]], ...] = (
    (b"\x1f\x8b", "gzip", lambda file: cast(BinaryIO, gzip.GzipFile(fileobj=file, mode="rb"))),
    (b"BZh", "bzip2", lambda file: cast(BinaryIO, bz2.open(file))),  # noqa: SIM115
    (b"\xfd7zXZ\0", "xz", lambda file: cast(BinaryIO, lzma.open(file))),  # noqa: SIM115
    (b"\x28\xb5\x2f\xfd", "zstd", _zstd),
)


@dataclass(frozen=True)
class Stream:
    """Bytes that can be read from the beginning as often as needed.

    ``what`` packs them, and ``unpack`` unpacks it where ``opener`` does not.
    """

    opener: Opener
    what: str = ""
    unpack: Callable[[BinaryIO], BinaryIO] | None = None

    def chunks(self, size: int = CHUNK) -> Iterator[bytes]:
        """All bytes in chunks of ``size`` but for the last. Raises NoTable where what packs them
        is damaged or cut off, OSError where the file cannot be read."""
        with self._opened() as file:
            while chunk := self._chunk(file, size):
                yield chunk

    def start(self, size: int = 512) -> bytes:
        with self._opened() as file:
            return self._chunk(file, size)

    @contextmanager
    def _opened(self) -> Iterator[BinaryIO]:
        with self.opener() as file:
            if self.unpack is None:
                yield file
            else:
                with self.unpack(file) as unpacked:
                    yield unpacked

    def _chunk(self, file: BinaryIO, size: int) -> bytes:
        """As many bytes as asked for, unless the stream ends: unpackers give what they have."""
        parts, missing = [], size
        try:
            while missing and (part := file.read(missing)):
                parts.append(part)
                missing -= len(part)
        except _DAMAGE:
            if not self.what:
                raise
            raise NoTable(
                f"the {self.what} stream is cut off or damaged. Ask the sender to send it again."
            ) from None
        return parts[0] if len(parts) == 1 else b"".join(parts)


def is_parquet(path: Path) -> bool:
    return _file(path).start().startswith(_PARQUET)


def is_workbook(path: Path) -> bool:
    """Whether a file is an Excel workbook, old or new. Raises NoTable for a damaged archive."""
    start = _file(path).start()
    if start.startswith(_OLD_EXCEL):
        return True
    if not start.startswith(_ZIP):
        return False
    with _archive(path) as archive:
        return any(name.startswith("xl/workbook") for name in archive.namelist())


def text_streams(path: Path) -> list[Stream]:
    """The texts that a delivered file holds, unpacked: one, or each of a zip archive in order of
    their names.

    Raises NoTable for what is known to be no table, for an archive that is encrypted, damaged or
    holds none, OSError where the file cannot be read.
    """
    file = _file(path)
    streams = _members(path) if file.start().startswith(_ZIP) else [file]
    return [_unpacked(stream) for stream in streams]


def _file(path: Path) -> Stream:
    return Stream(lambda: path.open("rb", buffering=0))


def _unpacked(stream: Stream) -> Stream:
    start = stream.start()
    for magic, what, unpack in _PACKED:
        if start.startswith(magic):
            stream = Stream(stream.opener, what, unpack)
            start = stream.start()
            break
    packed = (*(magic for magic, _, _ in _PACKED), *_ZIP, _PARQUET, _OLD_EXCEL)
    if stream.what and start.startswith(packed):
        raise NoTable(f"is packed twice, or holds a file that is no text. Unpack it. {_AS_CSV}")
    _refuse_foreign(start)
    return stream


def _refuse_foreign(start: bytes) -> None:
    if start[257:262] == b"ustar":
        raise NoTable(f"is a tar archive. {_AS_CSV}")
    for magic, what in _FOREIGN:
        if start.startswith(magic):
            raise NoTable(f"is {what}. {_AS_CSV}")
    if start.removeprefix(b"\xef\xbb\xbf").lstrip().lower().startswith(_MARKUP):
        raise NoTable(f"is a web page, XML or JSON, not a table. {_AS_CSV}")


def _archive(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError):
        raise NoTable(
            "begins like a zip archive but is cut off or damaged. Ask the sender to send it again."
        ) from None


def _members(path: Path) -> list[Stream]:
    with _archive(path) as archive:
        infos = [info for info in archive.infolist() if _is_table(info)]
    if not infos or len(infos) > _MOST_MEMBERS:
        told = "no table" if not infos else f"{len(infos)} files"
        raise NoTable(f"is a zip archive that holds {told}. {_AS_CSV}")
    if any(info.flag_bits & _ENCRYPTED for info in infos):
        raise NoTable(
            "is an encrypted zip archive. Unpack it where its password is known, or ask the "
            "sender for one without a password."
        )
    infos.sort(key=lambda info: info.filename)
    return [Stream(_member_opener(path, info), "zip") for info in infos]


def _is_table(info: zipfile.ZipInfo) -> bool:
    """Whether a member is content: folders, which end in a stroke, and what systems leave behind
    are not."""
    parts = info.filename.split("/")
    is_left_behind = parts[0] == "__MACOSX" or parts[-1] in ("Thumbs.db", "desktop.ini")
    return not (parts[-1] == "" or is_left_behind or parts[-1].startswith("."))


def _member_opener(path: Path, info: zipfile.ZipInfo) -> Opener:
    def opened() -> BinaryIO:
        try:
            return cast(BinaryIO, zipfile.ZipFile(path).open(info))
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, EOFError):
            raise NoTable(
                "is a zip archive that is damaged or packed in a way that is not supported. Ask "
                "the sender to send it again, packed with Deflate."
            ) from None

    return opened
