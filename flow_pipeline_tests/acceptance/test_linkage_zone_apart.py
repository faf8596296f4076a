"""No token, encoding or key leaves the linkage zone; releases for two purposes share no id."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import polars as pl
import pytest

from flow_pipeline.contracts.id_domains import SHARED_BETWEEN_SENDERS
from flow_pipeline.governance.key_file import read_key
from flow_pipeline.tables import all_tables
from flow_pipeline.tables.linkage import IDENTITY_TOKENS, NAME_ENCODINGS
from flow_pipeline_tests.acceptance.commands import flow_pipeline

_SMALL = 2**40  # what is smaller is a count or a code as well
_USES = (
    *("record", "event", "person", "row", "nhs_number", "foreign_pseudonym", "foreign_namespace"),
    *("name", "name:phonetic", "name:initials", "name:ending", "name:full", "name:pattern"),
    *("birth_date", "birth_date:year", "birth_date:month", "birth_date:day", "sex", "identity"),
    *("postcode", "postcode:sector", "postcode:district", "postcode:area", "uprn", "local_id"),
    *("postcode:inward", "postcode:letters", "parent"),
    *(f"id:{domain}" for domain in SHARED_BETWEEN_SENDERS),
)
_NUMBER, _HEXADECIMAL = re.compile(r"-?\d{12,20}"), re.compile(r"[0-9a-f]{16,}")


def _tokens(folder: Path) -> set[int]:
    """Every number of the linkage zone that is made of a person's identity or local number."""
    found: set[int] = set()
    for path in (folder / "data" / "linkage").rglob("*.parquet"):
        name = path.parent.name if path.stem not in all_tables() else path.stem
        rows = pl.read_parquet(path)
        if name == "person_registry":  # a record's own anchor is half of its key, and no token
            rows = rows.filter(pl.col("anchor_kind") != "record")
        for column in rows.columns:
            if _is_of_tokens(column):
                found |= set(rows[column].drop_nulls().unique().to_list())
    return {token for token in found if abs(token) > _SMALL}


def _is_of_tokens(column: str) -> bool:
    anchors = {"anchor", "other_anchor", "identity_anchor"}
    named = {*IDENTITY_TOKENS, *NAME_ENCODINGS, *anchors}
    return column in named or column.endswith("_token")


def _frames(folder: Path) -> Iterator[tuple[str, pl.DataFrame]]:
    """Every table of the analytic zone and of the release, in Parquet and in DuckDB."""
    data = folder / "data"
    for path in [*data.glob("analytic/**/*.parquet"), *data.glob("releases/**/*.parquet")]:
        yield path.relative_to(data).as_posix(), pl.read_parquet(path)
    for path in data.glob("releases/*/*.duckdb"):
        with duckdb.connect(str(path), read_only=True) as connection:
            sql = "SELECT table_schema, table_name FROM information_schema.tables"
            for schema, table in connection.execute(sql).fetchall():
                rows = connection.execute(f'SELECT * FROM "{schema}"."{table}"').to_arrow_table()
                yield f"{path.name} {schema}.{table}", pl.DataFrame(rows)


def _pages(folder: Path) -> Iterator[tuple[str, str]]:
    """Every text file of both zones."""
    for zone in ("analytic", "releases", "feedback"):
        for path in (folder / "data" / zone).rglob("*"):
            if path.suffix in (".html", ".json", ".csv", ".txt", ".md", ".js") and path.is_file():
                yield path.relative_to(folder).as_posix(), path.read_text("utf-8", "replace")


def _in_frame(rows: pl.DataFrame, tokens: set[int]) -> list[str]:
    """Columns that hold a token as a number, or as text: decimal or hexadecimal."""
    return [name for name in rows.columns if _in_column(rows[name], tokens)]


def _in_column(column: pl.Series, tokens: set[int]) -> bool:
    if column.dtype == pl.List:
        column = column.explode()
    values = column.drop_nulls().unique()
    if values.dtype.is_integer():
        return bool(tokens.intersection(values.to_list()))
    return values.dtype == pl.String and _in_text("\n".join(values.to_list()), tokens)


def _in_text(text: str, tokens: set[int]) -> bool:
    told = {int(number) for number in _NUMBER.findall(text)}
    for word in _HEXADECIMAL.findall(text):
        for half in (word[:16], word[-16:]):
            told.add(int.from_bytes(bytes.fromhex(half), signed=True))
    told |= {number - 2**64 for number in told if number >= 2**63}
    return bool(tokens & told)


def _keys(folder: Path) -> list[str]:
    """The key's own secrets and every sub-key, as hexadecimal."""
    purpose = "whole-system-flow-2026"
    ring = read_key(purpose, folder / "keys" / "active.key")
    return [
        ring.secret.hex(),
        ring.secret_of_ids.hex(),
        *(ring.sub_key(use) for use in _USES),
    ]


def test_a_token_would_be_found():
    token = -6385558559707942857
    hexadecimal = token.to_bytes(8, signed=True).hex()
    for value in (token, str(token), str(token + 2**64), hexadecimal, f"a {hexadecimal}{'0' * 16}"):
        assert _in_frame(pl.DataFrame({"a": [1], "b": [value]}), {token}) == ["b"]
    assert _in_frame(pl.DataFrame({"a": [1], "b": ["deadbeefdeadbeef"]}), {token}) == []


def test_no_token_or_encoding_is_in_the_analytic_or_the_published_zone(published):
    tokens = _tokens(published)
    assert len(tokens) > 10_000
    seen = 0
    for name, rows in _frames(published):
        seen += 1
        assert [c for c in rows.columns if _is_of_tokens(c) or "encoding" in c] == [], name
        assert _in_frame(rows, tokens) == [], name
    assert seen > 100
    pages = list(_pages(published))
    assert len(pages) > 3
    assert [name for name, text in pages if _in_text(text, tokens)] == []


def test_no_key_is_in_any_file_but_its_own(published):
    searched = [key.encode() for key in _keys(published)]
    files = [p for p in published.rglob("*") if p.is_file() and p.parent.name != "keys"]
    assert len(files) > 300
    for path in files:
        content = path.read_bytes()
        assert not [1 for key in searched if key in content], path.name
    for name, rows in _frames(published):
        text = rows.select(pl.col(pl.String)).write_json()
        assert not [1 for key in searched if key.decode() in text], name


@pytest.fixture(scope="module")
def for_another_purpose(extracts, tmp_path_factory) -> Path:
    """The same extracts under the same key, for another purpose."""
    folder = tmp_path_factory.mktemp("purpose") / "economy"
    shutil.copytree(extracts, folder)
    config = folder / "economy.yaml"
    config.write_text(config.read_text().replace("whole-system-flow-2026", "another-purpose"))
    ended = flow_pipeline("run", config)
    assert ended.code == 0, ended.err
    return folder


def _ids(folder: Path) -> set[str]:
    """Every keyed id, 128 bits in hexadecimal, that stands in a table of the release."""
    found: set[str] = set()
    for path in (folder / "data" / "releases" / "current" / "parquet" / "flow").rglob("*.parquet"):
        for column in pl.read_parquet(path).select(pl.col(pl.String)).iter_columns():
            texts = column.drop_nulls().unique()
            found |= set(texts.filter(texts.str.contains(r"^[0-9a-f]{32}$")).to_list())
    return found


def test_releases_for_two_purposes_share_no_id_and_no_token(published, for_another_purpose):
    ours, theirs = _ids(published), _ids(for_another_purpose)
    assert len(ours) > 10_000
    assert abs(len(ours) - len(theirs)) < 0.02 * len(ours)  # the same people and events
    assert ours & theirs == set()
    assert _tokens(published) & _tokens(for_another_purpose) == set()
