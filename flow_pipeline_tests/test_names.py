"""Names keep their promises: tables, columns, units, files."""

import re
from collections import defaultdict

import pytest

from flow_pipeline.contracts import all_contracts
from flow_pipeline.contracts.codes import code_lists
from flow_pipeline.contracts.families import EVENT_FAMILIES
from flow_pipeline.store import Store
from flow_pipeline.tables import all_tables, published_tables, released_tables
from flow_pipeline.tables.language import Column, Table

SNAKE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
# Named by the national standards, not by us.
BY_THE_STANDARD = ("core_", "detail_")
OURS = [t for t in published_tables() if not t.name.startswith(BY_THE_STANDARD)]
ALL_OF_OURS = [t for t in all_tables().values() if not t.name.startswith(BY_THE_STANDARD)]
# Participles that read as what they are.
BOOLEANS = {"passed", "readmitted_30d"}
SHARES = {"persistence", "persistence_survivors", "turnover"}
COUNTED = {"population", "arrivals", "departures", "in_progress", "queue", "capacity"}


def broken_names(column: Column) -> list[str]:
    """What is wrong with a column's name, given its type and unit."""
    name, broken = column.name, []
    if not SNAKE.fullmatch(name):
        broken.append("is not in snake case")
    for unit, pattern in _BY_UNIT.items():
        if column.unit == unit and not re.search(pattern, name):
            broken.append(f"is in {unit} and does not say so")
    for ending, unit in (("minutes", "minutes"), ("_days", "days"), ("nights", "nights")):
        if name.endswith(ending) and column.unit != unit and not _IS_OF_DAYS.match(name):
            broken.append(f"says {unit} and is in {column.unit}")
    if column.type == "boolean" and not re.match(r"(is|has|was)_", name) and name not in BOOLEANS:
        broken.append("is a boolean and does not begin with is, has or was")
    if column.type == "datetime" and not re.search(r"(^|_)at(_utc)?$", name):
        broken.append("is a moment and does not end in _at")
    dates = r"(^|_)(date|month|start|end|from|to|on)$"
    if column.type == "date" and not re.search(dates, name):
        broken.append("is a date and does not say so")
    if column.type == "money" and not re.search(r"cost|amount", name):
        broken.append("is money and does not say so")
    return broken


_IS_OF_DAYS = re.compile(r"share_|n_")  # a share or a count, of something in days
_SHARE = "|".join(sorted(SHARES))
_BY_UNIT = {
    "minutes": r"(^|_)minutes$",
    "days": r"_days$|^bed_days(_|$)",
    "nights": r"(^|_)nights$",
    "pounds": r"cost|amount",
    "share": rf"^share_|_share$|^({_SHARE})$",
    "people": r"^n_|^population$",
    "years": r"^age(_|$)",
    **dict.fromkeys(
        ("events", "steps", "spells", "episodes", "hand-offs", "records", "rows", "sources"),
        r"^n_",
    ),
}


@pytest.mark.parametrize("table", OURS, ids=lambda t: t.name)
def test_columns_say_type_and_unit(table):
    broken = {c.name: found for c in table.columns if (found := broken_names(c))}
    assert not broken


@pytest.mark.parametrize(
    "column",
    [
        Column("waitMinutes", "integer", "", "minutes"),
        Column("wait", "integer", "", "minutes"),
        Column("wait_minutes", "integer", "", "days"),
        Column("wait_minutes", "integer", ""),
        Column("delay_days", "number", ""),
        Column("emergency", "boolean", ""),
        Column("admitted", "datetime", ""),
        Column("birth", "date", ""),
        Column("tariff", "money", "", "pounds"),
        Column("events", "integer", "", "events"),
        Column("of_cost", "number", "", "share"),
    ],
    ids=lambda c: f"{c.name} {c.type} {c.unit}",
)
def test_a_name_that_breaks_its_promise_is_found(column):
    assert broken_names(column)


def test_tables_and_their_columns_are_in_snake_case():
    names = {t.name for t in all_tables().values()}
    names |= {c.name for t in all_tables().values() for c in t.columns}
    names |= {t.stage for t in all_tables().values()}
    names |= all_contracts().keys() | code_lists().keys() | {f.name for f in EVENT_FAMILIES}
    assert not {name for name in names if not SNAKE.fullmatch(name)}


def test_one_name_has_one_type_throughout():
    types = defaultdict(set)
    for table in OURS:
        for column in table.columns:
            types[column.name].add(column.type)
    assert not {name: found for name, found in types.items() if len(found) > 1}


def test_one_name_has_one_unit_throughout():
    units = defaultdict(set)
    for table in OURS:
        for column in table.columns:
            if column.unit:
                units[column.name].add(column.unit)
    assert not {name: found for name, found in units.items() if len(found) > 1}


def test_the_file_of_a_table_has_its_name(tmp_path):
    for name in all_tables():
        assert Store(tmp_path).path(name).name == f"{name}.parquet"


def test_no_token_or_record_key_is_published():
    for table in published_tables():
        found = [n for n in table.column_names if n.endswith(("_token", "record_key", "row_hash"))]
        assert not found, table.name


def test_released_measures_are_followed_by_their_flag_and_name_no_person():
    for table in released_tables():
        names = table.column_names
        assert "person_id" not in names
        assert "event_id" not in names
        for column in table.columns:
            if column.counted_by:
                after = names[names.index(column.name) + 1]
                assert after == f"{column.name}_is_suppressed"


def _worded(table: Table) -> list[str]:
    texts = [table.meaning, table.grain, *(c.meaning for c in table.columns)]
    return [t for t in texts if not t.strip() or t != t.strip()]


def test_every_table_and_column_says_what_it_means_in_a_sentence():
    for table in ALL_OF_OURS:
        assert not _worded(table), table.name
        assert table.meaning.endswith("."), table.name
        unfinished = [c.name for c in table.columns if not c.meaning.endswith(".")]
        assert not unfinished, table.name


def test_tables_with_a_person_are_written_by_person_then_start():
    """Twice is once: one total order, with the person and the start of what happened first."""
    for table in OURS:
        if table.release_class == "row" and "start_at" in table.column_names:
            assert table.sorted_by[:2] == ("person_id", "start_at"), table.name
        # In the dictionary, a column's position stands for its name.
        ordered = {*table.sorted_by} | ({"column_name"} & {*table.key})
        assert ordered >= set(table.key), table.name
