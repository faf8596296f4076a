"""How a sender writes dates, times and nothing: formats of a source, and which would fit."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

DEFAULT_NULLS = ("", "NULL")

_DATE_SIGNS = set("YmdbBjFehxuUVGg")
_TIME_SIGNS = set("HIMSpPTRrklXf")
_ALLOWED = set("YmdbBjFHIMSpTRfeklz%")
# Formats that senders use: tried, never guessed between, when ISO does not fit.
CANDIDATE_DATES = (
    "%Y-%m-%d",
    "%Y%m%d",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%d.%m.%Y",
    "%m.%d.%Y",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%d%m%Y",
    "%d-%b-%Y",
    "%d %b %Y",
    "%d %B %Y",
)
CANDIDATE_TIMES = ("%H:%M:%S", "%H:%M", "%H%M", "%H%M%S", "%H.%M", "%I:%M %p", "%I:%M:%S %p")


@dataclass(frozen=True)
class Formats:
    """Formats of one source, in the signs of strftime; None is ISO 8601.

    ``columns`` holds formats of single delivered columns. ``nulls`` are texts that mean that
    nothing was recorded, compared after blanks at both ends were cut off.
    """

    date: str | None = None
    datetime: str | None = None
    time: str | None = None
    nulls: tuple[str, ...] = DEFAULT_NULLS
    columns: Mapping[str, str] = field(default_factory=dict)


def holds_date(shape: str) -> bool:
    """Whether a format says which day."""
    return bool(_signs(shape) & _DATE_SIGNS)


def holds_time(shape: str) -> bool:
    """Whether a format says what time of day."""
    return bool(_signs(shape) & _TIME_SIGNS)


def fault_of_format(shape: str, key: str) -> str | None:
    """What is wrong with a format of the configuration, if anything."""
    signs = _signs(shape)
    if signs & set("yDc"):
        return f"{shape!r} has a year of two digits, which is ambiguous; use %Y"
    if unknown := signs - _ALLOWED:
        shown = ", ".join(f"%{sign}" for sign in sorted(unknown))
        return f"{shape!r} uses {shown}; known are %Y %m %d %b %B %H %M %S %I %p"
    if key in ("date", "datetime") and not ({"Y", "F"} & signs and holds_date(shape)):
        return f"expected a format with day, month and year like %d/%m/%Y, found {shape!r}"
    if key == "time" and not holds_time(shape):
        return f"expected a format of a time like %H:%M, found {shape!r}"
    return None if signs else f"expected a format like %d/%m/%Y, found {shape!r}"


def candidates(field_type: str) -> tuple[str, ...]:
    """Formats worth trying for a field of that type."""
    if field_type == "time":
        return CANDIDATE_TIMES
    with_time = tuple(
        f"{date}{gap}{time}"
        for date in CANDIDATE_DATES
        for gap in (" ", "T")
        for time in ("%H:%M:%S", "%H:%M")
    )
    return CANDIDATE_DATES + with_time


def _signs(shape: str) -> set[str]:
    return set(re.findall(r"%[-_0.36]*([A-Za-z%])", shape)) - {"%"}
