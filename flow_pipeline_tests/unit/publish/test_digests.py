import subprocess
import sys

import polars as pl
import pytest

from flow_pipeline.publish.digests import content_digest
from flow_pipeline.tables import table
from flow_pipeline_tests.unit.publish.published import small_flow

EVENTS = table("care_event")
RUN = table("pipeline_run")


@pytest.fixture
def events() -> pl.DataFrame:
    return small_flow()["care_event"].collect()


def test_the_order_and_the_encoding_of_rows_do_not_count(events, tmp_path):
    expected = content_digest(events.lazy(), EVENTS)
    whole = tmp_path / "whole.parquet"
    events.reverse().write_parquet(whole, compression="uncompressed", row_group_size=2)
    parts = tmp_path / "parts"
    parts.mkdir()
    events[:4].write_parquet(parts / "b.parquet", compression="zstd")
    events[4:].write_parquet(parts / "a.parquet", compression="snappy")
    assert content_digest(whole, EVENTS) == expected
    assert content_digest(parts, EVENTS) == expected


@pytest.mark.parametrize(
    "change",
    [
        pl.lit("E0").alias("event_id"),
        pl.lit(None, pl.Datetime("us")).alias("end_at"),
        pl.lit(["K01"]).alias("dq_flags"),
        pl.lit(["K01", "K02"]).alias("dq_flags"),
        pl.lit(1).cast(pl.Decimal(16, 2)).alias("cost"),
        pl.lit("").alias("site_code"),
    ],
)
def test_every_change_of_content_counts(events, change):
    first = pl.col("event_id") == "E1"
    name = change.meta.output_name()
    changed = events.lazy().with_columns(pl.when(first).then(change).otherwise(name).alias(name))
    assert content_digest(changed, EVENTS) != content_digest(events.lazy(), EVENTS)


def test_one_row_more_or_less_counts(events):
    digests = {content_digest(events[:n].lazy(), EVENTS) for n in range(events.height + 1)}
    assert len(digests) == events.height + 1


def test_when_it_ran_does_not_count():
    row = dict.fromkeys(RUN.column_names, "1") | {"started_at": None, "ended_at": None}
    frames = [
        pl.LazyFrame([row | {"run_id": run, "release_id": run}], schema=RUN.schema())
        for run in ("one", "two")
    ]
    assert content_digest(frames[0], RUN) == content_digest(frames[1], RUN)


def test_two_tables_with_equal_rows_have_different_digests():
    one, other = table("detail_gp_appointment"), table("detail_op_attendance")
    assert content_digest(one.empty(), one) != content_digest(other.empty(), other)


def test_another_process_with_one_thread_gives_the_same(events, tmp_path):
    path = tmp_path / "events.parquet"
    events.write_parquet(path)
    program = (
        "import sys; from pathlib import Path; from flow_pipeline.tables import table;"
        "from flow_pipeline.publish.digests import content_digest;"
        "print(content_digest(Path(sys.argv[1]), table('care_event')))"
    )
    environment = {"POLARS_MAX_THREADS": "1", "PYTHONHASHSEED": "7"}
    run = [sys.executable, "-c", program, str(path)]
    other = subprocess.run(run, env=environment, capture_output=True, text=True, check=True)
    assert other.stdout.strip() == content_digest(path, EVENTS)
