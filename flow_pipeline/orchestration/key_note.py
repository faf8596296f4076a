"""What the results of an economy were made with, so that an exchanged key is said at once."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from flow_pipeline.errors import KeyOrPurposeError
from flow_pipeline.pseudonymise import KeyRing
from flow_pipeline.store import Store, write_text


@dataclass(frozen=True)
class KeyNote:
    """``key_id`` and ``ids_key_id`` of the key that persons were last linked with, its purpose.

    ``rotations``: key before and after, run, and anchors of persons under the new key and left
    under an old one, oldest first.
    """

    purpose: str
    ids_key_id: str
    key_id: str
    rotations: tuple[dict[str, str | int], ...] = ()


def read_note(store: Store) -> KeyNote | None:
    """The note of an economy; None before its first linkage."""
    path = _path(store)
    if not path.exists():
        return None
    told = json.loads(path.read_text())
    return KeyNote(**{**told, "rotations": tuple(told["rotations"])})


def write_note(store: Store, note: KeyNote) -> None:
    write_text(_path(store), json.dumps(asdict(note), indent=2))


def refuse_other_key(store: Store, keys: KeyRing) -> None:
    """Raise KeyOrPurposeError for a key, or a purpose, under which all persons would be new ones.

    A key that came by a rotation has the ids of the one before.
    """
    note = read_note(store)
    if note is None:
        return
    if note.purpose != keys.purpose:
        raise KeyOrPurposeError(
            f"{store.root}: was made for purpose {note.purpose!r}, this run is for "
            f"{keys.purpose!r}, and two purposes share no pseudonym. Name another storage.root."
        )
    if note.ids_key_id != keys.ids_key_id:
        raise KeyOrPurposeError(
            f"{store.root}: was made with key {note.key_id}, the configuration now names key "
            f"{keys.key_id}, which is no rotation of it: every person would get a new id. Put the "
            f"old key back and renew it with `flow-pipeline keys rotate`. If it is lost, name "
            f"another storage.root and begin anew."
        )


def note_first(store: Store, keys: KeyRing) -> None:
    """Note the key before the first persons are written, so that none is without it."""
    if read_note(store) is None:
        write_note(store, KeyNote(keys.purpose, keys.ids_key_id, keys.key_id))


def note_linked(store: Store, keys: KeyRing, run_id: str, counts: Mapping[str, int]) -> None:
    """Note that persons are linked under this key; ``counts`` as link.Linked.notes has them."""
    note = read_note(store)
    if note is None or note.key_id == keys.key_id:
        return
    rotation: dict[str, str | int] = {
        "run_id": run_id,
        "from": note.key_id,
        "to": keys.key_id,
        "n_renewed": counts.get("anchors_renewed", 0),
        "n_left": counts.get("anchors_of_records_not_there", 0),
    }
    rotations = (*note.rotations, rotation)
    write_note(store, KeyNote(note.purpose, note.ids_key_id, keys.key_id, rotations))


def _path(store: Store) -> Path:
    return store.root / "linkage" / "key.json"
