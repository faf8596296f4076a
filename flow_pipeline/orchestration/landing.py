"""What is known of each delivered file from earlier runs, so that it is read again only if it has
changed, or what is made of it has."""

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from flow_pipeline.config import Source
from flow_pipeline.ingest.intake import Taken, sources_by_file
from flow_pipeline.ingest.manifest import manifests_of
from flow_pipeline.ingest.package import Parts, Rows
from flow_pipeline.ingest.reading import digest_of
from flow_pipeline.store import Store, write_text


@dataclass(frozen=True)
class Known:
    """One delivered file as it was taken last: its bytes, what was made of it, and from what.

    ``rows``: what is known of it in tables that are written whole. ``parts``: what was written of
    it in tables kept in parts: table, part, rows.
    """

    size: int
    modified_ns: int
    digest: str
    made_from: str
    rows: Rows
    parts: Parts


@dataclass(frozen=True)
class Landed:
    """A file as it lies there now. ``copy`` counts earlier files of the same bytes; ``manifest``
    is the digest of its manifest, empty where it has none."""

    path: Path
    sources: tuple[Source, ...]
    digest: str
    copy: int
    size: int
    modified_ns: int
    manifest: str = ""

    def has_changed(self) -> bool:
        """Whether the file is another than it was when it was digested."""
        status = self.path.stat()
        return (status.st_size, status.st_mtime_ns) != (self.size, self.modified_ns)


class Landing:
    """The note of delivered files, kept beside the quarantine.

    Files are named relative to ``base``, the configuration's folder: an economy that is moved as a
    whole is not read again.
    """

    def __init__(self, store: Store, base: Path) -> None:
        self._base = base
        self._store = store
        self._path = store.root / "quarantine" / ".made" / "landing.json"
        read = json.loads(self._path.read_text()) if self._path.exists() else {}
        self.known = {name: Known(**one) for name, one in read.items()}

    def files(self, sources: Sequence[Source], *, verify: bool) -> Iterator[Landed]:
        """Every delivered file in path order, digested unless size and time are as they were."""
        seen: dict[tuple[str, tuple[str, ...]], int] = {}
        for path, serving in sources_by_file(sources).items():
            status = path.stat()  # before the digest: a change while it is made shows later
            size, modified_ns = status.st_size, status.st_mtime_ns
            digest = self._digest(path, (size, modified_ns), verify=verify)
            same = (digest, tuple(source.name for source in serving))
            manifest = "".join(digest_of(one) for one in manifests_of(path))
            copy = seen.get(same, 0)
            yield Landed(path, serving, digest, copy, size, modified_ns, manifest)
            seen[same] = seen.get(same, 0) + 1

    def _digest(self, path: Path, found: tuple[int, int], *, verify: bool) -> str:
        known = self.known.get(self.name(path))
        as_it_was = known is not None and (known.size, known.modified_ns) == found
        return known.digest if known and as_it_was and not verify else digest_of(path)

    def current(self, landed: Landed, made_from: str) -> Known | None:
        """What was made of this file, if it was made of these bytes in this way and is there."""
        known = self.known.get(self.name(landed.path))
        return known if known and known.made_from == made_from and self._is_kept(known) else None

    def _is_kept(self, known: Known) -> bool:
        """Whether no part has been lost: a table that lacks one would read as empty."""
        return all(
            self._store.has_part(table, part)
            for table, parts in known.parts.items()
            for part in parts
        )

    def note(self, landed: Landed, made_from: str, rows: Rows, parts: Parts) -> None:
        """Remember a file that was taken; ``keep`` writes it down."""
        self.known[self.name_of(landed)] = Known(
            size=landed.size,
            modified_ns=landed.modified_ns,
            digest=landed.digest,
            made_from=made_from,
            rows=rows,
            parts=parts,
        )

    def name_of(self, landed: Landed) -> str:
        return self.name(landed.path)

    def name(self, path: Path) -> str:
        return os.path.relpath(path, self._base)

    def keep(self, files: Sequence[Landed]) -> None:
        """Write down what is known of these files and forget the others."""
        names = {self.name(landed.path) for landed in files}
        kept = {name: asdict(one) for name, one in self.known.items() if name in names}
        write_text(self._path, json.dumps(kept))


def plain_rows(taken: Taken) -> Rows:
    """What is known of a file that was taken, as a note can hold it."""
    return {
        name: [_plain(row) for row in frame.to_dicts()] for name, frame in taken.tables().items()
    }


def _plain(row: dict[str, object]) -> dict[str, object]:
    """A row whose dates and times are text."""
    return {k: v.isoformat() if hasattr(v, "isoformat") else v for k, v in row.items()}
