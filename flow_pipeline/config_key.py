"""What is said of one key of ``economy.yaml``: its type, its values, whether it must be there."""

from dataclasses import dataclass
from typing import Literal

KeyType = Literal["text", "integer", "number", "boolean", "date", "path", "mapping", "list", "any"]


@dataclass(frozen=True)
class Key:
    """One key.

    ``choices`` are the values that can be used, ``later`` values or a whole key that belong to a
    later version: they are answered by name with "not supported yet". ``also`` is a second type
    the value may have.
    """

    path: str
    type: KeyType
    meaning: str
    default: str = ""
    required: bool = False
    choices: tuple[str, ...] = ()
    later: tuple[str, ...] = ()
    is_later: bool = False
    also: KeyType | None = None
    minimum: int | None = None
