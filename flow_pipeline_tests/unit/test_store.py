import errno
import shutil

import polars as pl
import pytest

from flow_pipeline.errors import StoreError
from flow_pipeline.store import Store, remove_leftovers, store_errors
from flow_pipeline.tables import table


def _people(*ids):
    person = table("person")
    return (
        person.empty()
        .collect()
        .clear(len(ids))
        .with_columns(pl.Series("person_id", ids), pl.lit("local_only").alias("linkage_method"))
        .lazy()
    )


def test_a_written_table_is_read_back_in_its_order(tmp_path):
    store = Store(tmp_path)
    written = store.write(table("person"), _people("b", "a"), made_from="x")
    assert written.n_rows == 2
    assert store.scan("person").collect()["person_id"].to_list() == ["a", "b"]
    assert store.digest("person") == written.digest


def test_a_table_is_current_only_for_what_it_was_made_from(tmp_path):
    store = Store(tmp_path)
    written = store.write(table("person"), _people("a"), made_from="x")
    assert store.current("person", "x") == written
    assert store.current("person", "y") is None


def test_the_same_rows_in_another_order_give_the_same_digest(tmp_path):
    one = Store(tmp_path / "1").write(table("person"), _people("a", "b"), made_from="x")
    two = Store(tmp_path / "2").write(table("person"), _people("b", "a"), made_from="x")
    assert one.digest == two.digest


def test_a_failed_write_leaves_the_old_table(tmp_path):
    store = Store(tmp_path)
    store.write(table("person"), _people("a"), made_from="x")
    with pytest.raises(pl.exceptions.ColumnNotFoundError):
        store.write(table("person"), pl.LazyFrame({"other": [1]}), made_from="y")
    assert store.current("person", "x") is not None
    assert list(tmp_path.rglob("*.part")) == []


def test_zones_lie_apart(tmp_path):
    store = Store(tmp_path)
    assert store.path("person_link").parent.name == "linkage"
    assert store.path("care_event").parent.name == "analytic"
    assert store.path("quarantine").parent.name == "quarantine"


@pytest.mark.parametrize(
    ("number", "says"),
    [(errno.ENOSPC, "disk is full"), (errno.EACCES, "not writable"), (errno.EIO, "error")],
)
def test_disk_errors_say_what_to_do(tmp_path, number, says):
    with pytest.raises(StoreError, match=says), store_errors(tmp_path):
        raise OSError(number, "x")


def test_leftovers_of_a_dead_run_are_removed(tmp_path):
    (tmp_path / "analytic").mkdir()
    (tmp_path / "analytic" / "person.part").write_text("half")
    (tmp_path / "releases" / "r1.partial").mkdir(parents=True)
    remove_leftovers(tmp_path)
    assert list(tmp_path.rglob("*.part*")) == []


def test_a_table_in_parts_is_read_as_one_and_forgets_parts_no_longer_named(tmp_path):
    store = Store(tmp_path)
    person = table("person")
    rows = {part: store.write_part(person, part, _people(part).collect()) for part in ("a", "b")}
    assert store.compose(person, rows, made_from="x").n_rows == 2
    assert store.scan("person").collect()["person_id"].to_list() == ["a", "b"]
    store.compose(person, {"b": 1}, made_from="y")
    assert store.scan("person").collect()["person_id"].to_list() == ["b"]
    assert not store.part_path("person", "a").exists()


@pytest.mark.parametrize("is_sent", [False, True])
def test_a_column_without_values_in_a_part_is_read_as_null(tmp_path, is_sent):
    store = Store(tmp_path, is_sent=is_sent)
    person = table("person")
    one, other = (_people(part).collect() for part in ("a", "b"))
    nullable = [c.name for c in person.columns if c.nullable]
    bare = other.with_columns(pl.lit(None, other[n].dtype).alias(n) for n in nullable)
    rows = {n: store.write_part(person, n, f) for n, f in (("a", one), ("b", bare))}
    store.compose(person, rows, made_from="x")
    expected = person.shaped(pl.concat([one, bare]).lazy()).collect()
    assert store.scan("person").collect().equals(expected)
    assert store.scan_part("person", 1).collect().equals(expected[1:])
    assert store.scan("person").filter(pl.col(nullable[0]).is_not_null()).collect().height <= 1


def test_a_part_without_rows_keeps_its_columns(tmp_path):
    store = Store(tmp_path)
    person = table("person")
    store.compose(
        person, {"a": store.write_part(person, "a", person.empty().collect())}, made_from="x"
    )
    assert store.scan("person").collect().schema == person.schema()


def test_rows_are_added_to_a_table_that_is_one_file_and_to_one_in_parts(tmp_path):
    store, person = Store(tmp_path), table("person")
    store.add(person, _people("d"), made_from="w")
    assert store.scan("person").collect()["person_id"].to_list() == ["d"]
    store.write(person, _people("b", "a"), made_from="x")
    first = store.digest("person")
    for name, made_from in (("c", "y"), ("e", "z")):
        added = store.add(person, _people(name), made_from=made_from)
        assert store.current("person", made_from) == added
    assert added.n_rows == 4
    assert added.digest != first
    assert store.scan("person").collect()["person_id"].to_list() == ["a", "b", "c", "e"]
    assert not store.path("person").exists()
    store.write(person, _people("f"), made_from="x")
    assert store.scan("person").collect()["person_id"].to_list() == ["f"]
    assert not list(store.part_path("person", "x").parent.glob("*"))


def _change(store, *ids, lost=(), made_from="y"):
    rows = _people(*ids)
    return store.add(
        table("person"), rows, made_from=made_from, lost=pl.Series(lost, dtype=pl.String)
    )


def test_rows_that_are_lost_are_read_no_more_and_may_come_back(tmp_path):
    store = Store(tmp_path)
    store.write(table("person"), _people("a", "b", "c", "d"), made_from="x")
    assert _change(store, "e", "b", lost=["b", "d", "not there"]).n_rows == 4
    assert store.scan("person").collect()["person_id"].to_list() == ["a", "c", "e", "b"]
    assert _change(store, "d", lost=["b", "a", "d"]).n_rows == 3
    people = store.scan("person")
    assert people.collect()["person_id"].to_list() == ["c", "e", "d"]
    assert people.filter(pl.col("person_id") > "c").collect()["person_id"].to_list() == ["e", "d"]
    assert people.select(pl.len()).collect().item() == store.n_rows("person") == 3
    assert people.collect_schema() == table("person").schema()
    store.write(table("person"), _people("f"), made_from="x")
    assert store.scan("person").collect()["person_id"].to_list() == ["f"]
    assert not list(store.part_path("person", "x").parent.glob("*"))


def test_what_is_changed_has_another_digest_and_what_is_not_the_same(tmp_path):
    store = Store(tmp_path)
    first = store.write(table("person"), _people("a", "b"), made_from="x")
    unchanged = _change(store, lost=["c"])
    assert (unchanged.digest, unchanged.n_rows) == (first.digest, 2)
    assert store.current("person", "y") == unchanged
    digests = {first.digest, *(_change(store, *new, lost=["b"]).digest for new in ("", "b", "b"))}
    assert len(digests) == 4
    assert store.scan("person").collect()["person_id"].to_list() == ["a", "b"]


def test_a_table_that_was_added_to_many_times_is_written_whole_again(tmp_path):
    store = Store(tmp_path)
    store.write(table("person"), _people("x0"), made_from="x")
    for n in range(1, 60):
        _change(store, f"x{n:02}", lost=[f"x{n - 1:02}"])
    assert store.scan("person").collect()["person_id"].to_list() == ["x0", "x59"]
    assert len(store.parts("person")) < 40


def test_a_table_that_lost_what_it_has_lost_is_not_current(tmp_path):
    store = Store(tmp_path)
    store.write(table("person"), _people("a", "b"), made_from="x")
    _change(store, lost=["a"])
    for path in store.part_path("person", "x").parent.glob("*lost*"):
        path.unlink()
    assert store.current("person", "y") is None


def test_what_was_added_is_not_seen_before_it_is_named(tmp_path):
    store, person = Store(tmp_path), table("person")
    store.write(person, _people("a"), made_from="x")
    store.write_part(person, "000001", _people("b").collect())  # a run that died on the way
    assert store.scan("person").collect()["person_id"].to_list() == ["a"]
    store.add(person, _people("c"), made_from="y")
    assert store.scan("person").collect()["person_id"].to_list() == ["a", "c"]


def test_a_table_whose_folder_of_parts_was_removed_is_not_current(tmp_path):
    store, person = Store(tmp_path), table("person")
    store.add(person, _people("a"), made_from="x")
    shutil.rmtree(store.part_path("person", "x").parent)
    assert store.current("person", "x") is None


def test_a_table_whose_file_was_removed_is_not_current(tmp_path):
    store = Store(tmp_path)
    store.write(table("person"), _people("a"), made_from="x")
    store.path("person").unlink()
    assert store.current("person", "x") is None
    assert store.scan("person").collect().is_empty()
