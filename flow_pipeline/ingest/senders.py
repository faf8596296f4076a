"""Rows of a source with one declared sender that say they are another organisation's."""

from collections.abc import Iterator

import polars as pl

from flow_pipeline.ingest.checks import Check
from flow_pipeline.ingest.mapping import SourceMap

OTHER_SENDER = "organisation_not_expected"
_LEAST_CODE = 3  # characters of an organisation; further ones name a site of it


def other_sender(source: SourceMap, rows: pl.DataFrame) -> Iterator[Check]:
    """The check that a row's own sender field names the declared sender, or a site of it.

    None where many senders are declared, where the contract has no such field, where the
    configuration makes the field's value itself, or where all ``rows`` say just the code.
    Source: design.md §4, "organisation".
    """
    code, name = source.sender.code, source.contract.sender_field
    if code is None or name is None or source.delivered_name(name) is None:
        return
    if (rows[name] == code).fill_null(True).all():
        return
    said = pl.col(name).str.to_uppercase()
    own = code.upper()
    part_of = (said.str.len_chars() >= _LEAST_CODE) & pl.lit(own).str.starts_with(said)
    yield Check(OTHER_SENDER, (name,), "quarantine", ~(said.str.starts_with(own) | part_of))


def is_same_sender(said: str, code: str) -> bool:
    """Whether a code names the declared sender or a site of it, by the same rule."""
    said, own = said.upper(), code.upper()
    return said.startswith(own) or (len(said) >= _LEAST_CODE and own.startswith(said))
