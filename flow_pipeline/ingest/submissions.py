"""What a source takes of a delivered file is a submission; of a file of many senders, one each."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

_ID_LENGTH = 16


@dataclass(frozen=True)
class Delivery:
    """What one source takes of one delivered file.

    ``copy`` counts earlier files of the same bytes: sent twice, each is accounted for.
    ``is_of_many``: each row says who sent it, so each sender has a submission of its own.
    """

    source: str
    digest: str
    copy: int = 0
    is_of_many: bool = False

    def submission_id(self, organisation: str | None = None) -> str:
        """The id of a submission: the same content from the same sender is the same."""
        told = f"{self.source}|{self.digest}" + (f"|{self.copy}" if self.copy else "")
        if self.is_of_many and organisation is not None:
            told += f"|from {organisation}"
        return hashlib.sha256(told.encode()).hexdigest()[:_ID_LENGTH]

    def submission_ids(self, organisation: str, known: Iterable[str | None]) -> pl.Expr:
        """The submission of each row, by the column ``organisation``; ``known``: its values."""
        if not self.is_of_many:
            return pl.lit(self.submission_id())
        ids = {code: self.submission_id(code) for code in known if code is not None}
        unnamed = self.submission_id()
        return pl.col(organisation).replace_strict(ids, default=unnamed, return_dtype=pl.String)


def file_id(sources: Iterable[str], digest: str, copy: int = 0) -> str:
    """The id of a delivered file, by content and by the sources that it serves."""
    return Delivery("+".join(sources), digest, copy).submission_id()
