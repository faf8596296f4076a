"""A file is read under the version that its columns and its codes follow."""

import polars as pl
import pytest

from flow_pipeline.contracts import contract, versions
from flow_pipeline.contracts.codes import code_lists
from flow_pipeline.ingest import Sender, SourceMap
from flow_pipeline.ingest.mapping import IS_RAGGED, ROW_NUMBER
from flow_pipeline.ingest.version_choice import version_by_codes


def _told_apart() -> tuple[str, str]:
    """A value of client type that only release 1 has, and one that only release 2 has."""
    listed = code_lists()[str(contract("cld_event").field("client_type").codes)]
    first, second = (set(listed.known_to((number,))) for number in ("1", "2"))
    return min(first - second), min(second - first)


def _rows(value: str) -> pl.DataFrame:
    fields = [f.name for f in contract("cld_event").fields]
    values: dict[str, list[object]] = {name: ["x"] for name in fields} | {"client_type": [value]}
    return pl.DataFrame({ROW_NUMBER: [1], IS_RAGGED: [False], **values})


@pytest.mark.parametrize("chosen", ["1", "2"])
@pytest.mark.parametrize(("release", "at"), [("1", 0), ("2", 1)])
def test_codes_say_which_release_a_file_follows(chosen, release, at):
    by_columns = next(c for c in versions("cld_event") if c.version == chosen)
    source = SourceMap(contract=by_columns, sender=Sender(code="999"))
    assert version_by_codes(_rows(_told_apart()[at]), source).version == release


def test_codes_of_neither_leave_what_the_columns_said():
    newest = versions("cld_event")[0]
    source = SourceMap(contract=newest, sender=Sender(code="999"))
    assert version_by_codes(_rows("said by nobody"), source) == newest


def test_a_contract_of_one_version_has_no_choice():
    source = SourceMap(contract=contract("death"), sender=Sender(code="999"))
    assert version_by_codes(pl.DataFrame({"a": ["1"]}), source) == contract("death")
