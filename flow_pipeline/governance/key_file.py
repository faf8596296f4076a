"""The pseudonymisation key where it lies: a file that only its owner may read, or an environment
variable. The key itself never stands in a configuration, a message or a log.

A key is 64 hexadecimal characters. One that came by a rotation is followed by the word ``ids`` and
64 more, the secret of the ids, which a rotation leaves as it was.
"""

import os
import secrets
import stat
from collections.abc import Mapping
from pathlib import Path

from flow_pipeline.errors import KeyOrPurposeError
from flow_pipeline.pseudonymise import KeyRing

KEY_BYTES = 32
_IDS = "ids"
_NEW_KEY = "make one with `flow-pipeline keys new`, or set pseudonymisation.key_file"


def make_key(path: Path) -> None:
    """Write 32 random bytes as hexadecimal to ``path``, readable and writable by its owner only.

    Folders above it are made, private too. Raises KeyOrPurposeError where the file exists: a key
    that is overwritten takes every pseudonym with it.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write_new(path, secrets.token_hex(KEY_BYTES))


def rotate_key(path: Path, keys: KeyRing) -> Path:
    """Put a new key in place of ``keys``, which ``path`` holds, with the same secret of ids.

    Returns where the old one is kept: beside it, named by its id, for its owner only. Readers see
    the old key or the new one; interrupted, it can be done again. Raises KeyOrPurposeError.
    """
    kept, draft = path.with_name(f"{path.name}.{keys.key_id}"), path.with_name(f"{path.name}.new")
    try:
        draft.unlink(missing_ok=True)
        _write_new(draft, f"{secrets.token_hex(KEY_BYTES)}\n{_IDS} {keys.secret_of_ids.hex()}")
        if not kept.exists():
            os.link(path, kept)
        draft.replace(path)
    except OSError as error:
        raise KeyOrPurposeError(f"key file {path} cannot be rotated: {error.strerror}") from None
    return kept


def _write_new(path: Path, text: str) -> None:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise KeyOrPurposeError(
            f"key file {path} exists and is never overwritten; name another file"
        ) from None
    except OSError as error:
        raise KeyOrPurposeError(f"key file {path} cannot be written: {error.strerror}") from None
    with os.fdopen(handle, "w") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(handle)


def read_key(purpose: str, path: Path | None = None, *, variable: str | None = None) -> KeyRing:
    """The key of a purpose from a file, or from the environment variable of that name.

    Raises KeyOrPurposeError (exit code 6) where there is none, where the file may be read by
    others than its owner, and where the content is no key; never quotes the content.
    """
    if path is not None:
        return _decoded(_private_text(path), f"key file {path}", purpose)
    if variable is not None:
        return read_key_variable(purpose, os.environ, variable)
    raise KeyOrPurposeError(f"no pseudonymisation key is configured; {_NEW_KEY}")


def read_key_variable(purpose: str, environment: Mapping[str, str], variable: str) -> KeyRing:
    """The key from a variable of the environment given; raises as ``read_key``."""
    if not environment.get(variable):
        raise KeyOrPurposeError(
            f"environment variable {variable} should hold the key and is not set; {_NEW_KEY}"
        )
    return _decoded(environment[variable], f"environment variable {variable}", purpose)


def _private_text(path: Path) -> str:
    try:
        mode = path.stat().st_mode
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise KeyOrPurposeError(
                f"key file {path} can be used by others than its owner "
                f"(mode {stat.S_IMODE(mode):04o}); run `chmod 600 {path}` and consider a new key"
            )
        return path.read_text(encoding="ascii")
    except FileNotFoundError:
        raise KeyOrPurposeError(f"key file {path} does not exist; {_NEW_KEY}") from None
    except UnicodeDecodeError:
        raise _no_key(f"key file {path}") from None
    except OSError as error:
        raise KeyOrPurposeError(f"key file {path} cannot be read: {error.strerror}") from None


def _decoded(text: str, where: str, purpose: str) -> KeyRing:
    secret, *rest = text.split() or [""]
    if rest and (len(rest) != 2 or rest[0] != _IDS):
        raise _no_key(where)
    ids = _bytes(rest[1], where) if rest else None
    return KeyRing(_bytes(secret, where), purpose, ids)


def _bytes(text: str, where: str) -> bytes:
    try:
        key = bytes.fromhex(text)
    except ValueError:
        raise _no_key(where) from None
    if len(key) != KEY_BYTES:
        raise KeyOrPurposeError(
            f"{where} holds {len(key)} bytes, {KEY_BYTES} are needed; {_NEW_KEY}"
        )
    return key


def _no_key(where: str) -> KeyOrPurposeError:
    return KeyOrPurposeError(
        f"{where} holds no key: {2 * KEY_BYTES} hexadecimal characters are expected; {_NEW_KEY}"
    )
