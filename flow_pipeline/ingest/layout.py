"""How a delivered file is laid out, where a sender's way is told rather than found out."""

from dataclasses import dataclass
from typing import Literal

Header = Literal["auto", "yes", "no"]


@dataclass(frozen=True)
class Layout:
    """Layout of the files of one source; ``auto`` is found out from the bytes.

    ``encoding``: a name that Python knows. ``delimiter``: one sign. ``quote``: ``"``, ``'`` or
    ``none``. ``skip``: lines before the header, or before the first row where there is none.
    ``header``: whether the first line names the columns. ``sheet``: number from 1, or name, of the
    sheet of a workbook. ``names``: names of the columns, in order, of a file without a header.
    """

    encoding: str = "auto"
    delimiter: str = "auto"
    quote: str = "auto"
    skip: int = 0
    header: Header = "auto"
    sheet: int | str = 1
    names: tuple[str, ...] = ()


AS_FOUND = Layout()  # everything is found out
