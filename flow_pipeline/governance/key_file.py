"""The pseudonymisation key where it lies: a file that only its owner may read, or an environment
variable. The key itself never stands in a configuration, a message or a log."""

import os
import secrets
import stat
from collections.abc import Mapping
from pathlib import Path

from flow_pipeline.errors import KeyOrPurposeError

KEY_BYTES = 32
_NEW_KEY = "make one with `flow-pipeline keys new`, or set pseudonymisation.key_file"


def make_key(path: Path) -> None:
    """Write 32 random bytes as hexadecimal to ``path``, readable and writable by its owner only.

    Folders above it are made, private too. Raises KeyOrPurposeError where the file exists: a key
    that is overwritten takes every pseudonym with it.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise KeyOrPurposeError(
            f"key file {path} exists and is never overwritten; name another file"
        ) from None
    except OSError as error:
        raise KeyOrPurposeError(f"key file {path} cannot be written: {error.strerror}") from None
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_hex(KEY_BYTES) + "\n")


def read_key(path: Path | None = None, *, variable: str | None = None) -> bytes:
    """The key from a file, or from the environment variable of that name.

    Raises KeyOrPurposeError (exit code 6) where there is none, where the file may be read by
    others than its owner, and where the content is no key; never quotes the content.
    """
    if path is not None:
        return _decoded(_private_text(path), f"key file {path}")
    if variable is not None:
        return read_key_variable(os.environ, variable)
    raise KeyOrPurposeError(f"no pseudonymisation key is configured; {_NEW_KEY}")


def read_key_variable(environment: Mapping[str, str], variable: str) -> bytes:
    """The key from a variable of the environment given; raises as ``read_key``."""
    if not environment.get(variable):
        raise KeyOrPurposeError(
            f"environment variable {variable} should hold the key and is not set; {_NEW_KEY}"
        )
    return _decoded(environment[variable], f"environment variable {variable}")


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


def _decoded(text: str, where: str) -> bytes:
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        raise _no_key(where) from None
    if len(key) < KEY_BYTES:
        raise KeyOrPurposeError(
            f"{where} holds {len(key)} bytes, {KEY_BYTES} are needed; {_NEW_KEY}"
        )
    return key


def _no_key(where: str) -> KeyOrPurposeError:
    return KeyOrPurposeError(
        f"{where} holds no key: {2 * KEY_BYTES} hexadecimal characters are expected; {_NEW_KEY}"
    )
