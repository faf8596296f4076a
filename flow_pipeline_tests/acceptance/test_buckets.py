"""However many buckets the persons are taken in, the same comes out."""

import contextlib
from pathlib import Path

import polars as pl
import pytest

from flow_pipeline.orchestration.buckets import materialise_in_buckets
from flow_pipeline.orchestration.economy_run import EconomyRun, economy_run
from flow_pipeline.orchestration.journeys import from_core, published
from flow_pipeline.tables import all_tables, table

_TOGETHER = {"event_dropped": lambda frame: frame.group_by(pl.exclude("n_rows")).sum()}


@pytest.fixture
def run(ran: Path):
    with economy_run(ran / "economy.yaml") as opened:
        yield opened


def _whole(run: EconomyRun, names: tuple[str, ...]) -> dict[str, pl.DataFrame]:
    return {name: table(name).conform(run.store.scan(name)).collect() for name in names}


@pytest.mark.parametrize("n_buckets", [3, 16])
def test_any_number_of_buckets_gives_the_same_tables(run: EconomyRun, n_buckets: int) -> None:
    """The run itself took one bucket; each table, whatever it is of, must come out again."""
    with from_core(run, run.contracts, run.store.n_rows("person_link")) as buckets:
        assert len(buckets) == 1
        made = tuple(buckets[0]())
    outputs = ("care_event", "spell", "continuous_spell", "journey")
    before = _whole(run, (*made, *outputs))
    assert all(before[name].height > 50 for name in ("event", "journey", "spell", "delay"))
    at_once = -(-run.store.n_rows("person_link") // n_buckets)
    _materialised(run, "journeys", made, lambda: from_core(run, run.contracts, at_once))
    assert len(run.store.parts("event")) in (n_buckets - 1, n_buckets)
    _materialised(run, "published", outputs, lambda: published(run))
    assert len(run.store.parts("journey")) == len(run.store.parts("event"))
    after = _whole(run, (*made, *outputs))
    assert [name for name in before if not before[name].equals(after[name])] == []


def test_a_bucket_gives_its_rows_in_the_same_order_each_time(run: EconomyRun) -> None:
    """A part of a table is written as its rows come."""
    with from_core(run, run.contracts, run.store.n_rows("person_link") // 2) as buckets:
        first, again = (_rows_of(buckets[0]) for _ in range(2))
    assert first["spell_member"].height > 50
    assert [name for name in first if not first[name].equals(again[name])] == []


def _rows_of(bucket) -> dict[str, pl.DataFrame]:
    return {name: frame.collect() for name, frame in bucket().items()}


def _materialised(run, step, outputs, build) -> None:
    results = materialise_in_buckets(
        run, step, outputs=outputs, inputs=(), build=build, parameters=step, together=_TOGETHER
    )
    assert len(list(results)) == len(outputs)


def test_rows_on_their_way_are_gone_afterwards(run: EconomyRun) -> None:
    with from_core(run, run.contracts, 1_000) as buckets:
        assert len(buckets) > 3
        assert list(run.store.root.glob("linkage/.buckets/**/*.parquet"))
    assert not (run.store.root / "linkage" / ".buckets").exists()
    with contextlib.suppress(KeyError), from_core(run, run.contracts, 1_000):
        raise KeyError
    assert not (run.store.root / "linkage" / ".buckets").exists()


def test_a_table_kept_in_parts_leaves_no_file_of_one_kept_whole(run: EconomyRun) -> None:
    event = all_tables()["event"]
    rows = run.store.scan("event").head(10).collect()
    run.store.compose(event, {"a": run.store.write_part(event, "a", rows)}, made_from="x")
    assert not run.store.path("event").exists()
    run.store.write(event, rows.lazy(), made_from="y")
    assert not run.store.part_path("event", "a").exists()
