"""One run at a time: a lock under the storage root that names who holds it."""

import datetime as dt
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flow_pipeline.errors import Locked
from flow_pipeline.store import store_errors


@contextmanager
def run_lock(root: Path) -> Iterator[None]:
    """Hold the economy's lock.

    Raises Locked when a living process holds it. The lock of a dead holder on this host is taken
    over; one of another host cannot be judged from here and counts as held.
    """
    path = root / "run.lock"
    with store_errors(root):
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        _take(path)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _take(path: Path) -> None:
    named = path.with_name(f"run.lock.{os.getpid()}")
    named.write_text(json.dumps(_holder()))
    try:
        for _ in range(2):
            try:
                os.link(named, path)  # appears with its holder's name in it, or not at all
            except FileExistsError:
                _refuse_if_held(path)
                path.unlink(missing_ok=True)
                continue
            return
    finally:
        named.unlink(missing_ok=True)
    raise Locked(f"{path}: another run took the lock at the same moment. Run again when it ends.")


def _holder() -> dict[str, str | int]:
    now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    return {"host": socket.gethostname(), "pid": os.getpid(), "since": now}


def _refuse_if_held(path: Path) -> None:
    try:
        holder = json.loads(path.read_text())
    except FileNotFoundError:
        return  # released meanwhile
    if holder["host"] != socket.gethostname() or _is_alive(int(holder["pid"])):
        raise Locked(
            f"Another run holds {path}: process {holder['pid']} on {holder['host']}, since "
            f"{holder['since']}. Wait for it to end; if that process is no more, delete the file."
        )


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
