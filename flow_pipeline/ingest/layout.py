"""How a delivered file is laid out, where a sender's way is told rather than found out."""

from dataclasses import dataclass
from typing import Literal

Header = Literal["auto", "yes", "no"]
Quote = Literal["auto", '"', "'", "none"]


class NoTable(ValueError):
    """What was delivered is no table that can be read.

    Says what is wrong and what next, without the path, which whoever opened the file adds, and
    without a value.
    """


@dataclass(frozen=True)
class Layout:
    """Layout of the files of one source; ``auto`` is found out from the bytes.

    ``encoding``: a name that Python knows. ``delimiter``: one sign. ``quote``: the sign around
    values, or ``none`` where quotation marks mean nothing. ``skip``: lines before the header, or
    before the first row where there is none. ``header``: whether a line names the columns.
    ``sheet``: number from 1, or name, of the sheet of a workbook. ``names``: names of the columns,
    in order; without ``header: yes`` they are those of a file that has no header.
    """

    encoding: str = "auto"
    delimiter: str = "auto"
    quote: Quote = "auto"
    skip: int = 0
    header: Header = "auto"
    sheet: int | str = 1
    names: tuple[str, ...] = ()


AS_FOUND = Layout()  # everything is found out
