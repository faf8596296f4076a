"""Pairs weighed on Spark are those that DuckDB weighs; a session keeps tokens where they belong."""

import datetime as dt
import random
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import duckdb
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from flow_pipeline.errors import ExitCode
from flow_pipeline.governance.key_file import make_key
from flow_pipeline.link import model, spark
from flow_pipeline.link.blocks import blocked
from flow_pipeline.link.comparisons import COMPARISONS
from flow_pipeline.link.identities import Identities, identities
from flow_pipeline.link.mentions import RECEIVED
from flow_pipeline.link.shipped_model import SHIPPED
from flow_pipeline.link.weighing import weighed
from flow_pipeline.orchestration.spark import has_java, has_pyspark, require_spark, spark_session
from flow_pipeline_tests.acceptance.commands import flow_pipeline
from flow_pipeline_tests.unit.ingest.deliveries import CONFIG, economy
from flow_pipeline_tests.unit.link.people import tokens
from flow_pipeline_tests.unit.link.test_hidden_numbers import number

needs_spark = pytest.mark.skipif(
    not has_pyspark() or not has_java(),
    reason="linkage on Spark needs the extra spark (PySpark) and Java 17 or later",
)
# For a few hundred rows, planning and compiling take all the time.
_SMALL = (
    "spark.sql.shuffle.partitions=2",
    "spark.default.parallelism=2",
    "spark.sql.adaptive.enabled=false",
    "spark.sql.codegen.wholeStage=false",
    "spark.driver.extraJavaOptions=-XX:TieredStopAtLevel=1",
)
_GIVEN = ("Katherine", "William", "Elizabeth", "Mohammed", "Aleksandra", "Jo", "Zoe", "Oluwaseun")
_FAMILY = ("Smith", "Smith-Jones", "Feather-Stone", "Abernathy", "Nguyen", "O'Brien", "Kowalska")
_HEAD = "given | family | born | sex | postcode | number | status | local | sender"


def people_and_their_mistakes(n: int) -> pl.DataFrame:
    """Tokens of n people as three senders know them, with every kind of mistake."""
    chance = random.Random(11)
    lines = [_HEAD]
    for i in range(n):
        given, family = chance.choice(_GIVEN), chance.choice(_FAMILY)
        born = dt.date(1930, 1, 1) + dt.timedelta(days=chance.randrange(2_000))
        postcode = f"AB{1 + i % 3} {i % 10}X{chance.choice('YZ')}"
        for sender in ("GP1", "RXA", "RXB"):
            told = _mistaken([given, family, str(born), postcode], chance)
            is_told = chance.random() < 0.6
            said = f"{number(i)} | 01" if is_told else " | 03"
            line = (*told[:3], chance.choice("112"), told[3], said, str(i // 2), sender)
            lines.append(" | ".join(line))
    return tokens("\n".join(lines)).sort(*RECEIVED, nulls_last=True).collect()


def _mistaken(said: list[str], chance: random.Random) -> list[str]:
    given, family, born, postcode = said
    year, month, day = born.split("-")
    others = [
        (given, family, born, postcode),
        (family, given, born, postcode),
        (given[:-2] + "ya", family, born, postcode),
        (given, family[0] + "x" + family[1:], born, f"AB9 {postcode[4:]}"),
        (given[:3], family, f"{year}-{month}-28", postcode),
        (given, family.partition("-")[2] or family, f"{year}-12-{day}", f"{postcode[:4]}9QQ"),
        ({"Katherine": "Kate", "William": "Bill"}.get(given, given), family, born, "ZZ1 1AA"),
        (given, family, f"1999-{month}-{day}", postcode),
        ("", family, "", postcode),
        (given, "", born, postcode),
        (given[:3] + "x" + given[4:], family, born, postcode[:-2] + postcode[:-3:-1]),
        (given, family.rpartition("-")[2], born, "ZZ1 1AA"),
    ]
    if int(day) <= 12:
        others.append((given, family, f"{year}-{day}-{month}", postcode))
    return list(chance.choice(others))


@pytest.fixture(scope="module")
def found() -> Identities:
    return identities(people_and_their_mistakes(150))


@pytest.fixture(scope="module")
def zone(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("economy")


@pytest.fixture(scope="module")
def session(zone) -> Iterator:
    submit = " ".join(["--master local[1]", *(f"--conf {o}" for o in _SMALL), "pyspark-shell"])
    on_spark = SimpleNamespace(link_backend="spark", root=zone)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYSPARK_SUBMIT_ARGS", submit)
        with spark_session(on_spark):
            pass  # a run has several sessions, one after another
        with spark_session(on_spark) as made:
            yield made
    assert not (zone / "linkage" / "spark").exists()


@needs_spark
def test_pairs_weights_and_levels_are_those_of_duckdb(found, session):
    placed = blocked(found.distinct).identities
    how = {"probability": 1e-4, "least_weight": -60.0, "by_rarity": True}
    with duckdb.connect() as connection, model.tables(connection, placed=placed):
        expected = model.scored_pairs(connection, "placed", SHIPPED, **how)
    levels = {c.name: set(expected[f"{c.name}_level"]) for c in COMPARISONS}
    assert placed.height > 300
    assert expected.height > 500
    assert all(len(levels[c.name]) > len(c.levels) for c in COMPARISONS if c.name != "foreign")
    assert_frame_equal(spark.scored_pairs(session, placed, SHIPPED, **how), expected)


@needs_spark
def test_linkage_weighs_what_is_new_on_spark_as_on_duckdb(found, session):
    earlier = identities(found.records.drop("unique_id", "anchor").head(400))
    with duckdb.connect() as connection:
        before = weighed(earlier, connection, seed=1).kept()
        expected = weighed(found, connection, seed=1, before=before)
        on_spark = weighed(found, connection, seed=1, before=before, session=session)
    assert 0 < expected.n_new < found.distinct.height
    assert_frame_equal(on_spark.pairs, expected.pairs)


@needs_spark
def test_a_session_is_as_the_environment_says_and_keeps_what_it_writes_in_the_zone(session, zone):
    conf = session.sparkContext.getConf()
    assert conf.get("spark.master") == "local[1]"
    assert conf.get("spark.sql.shuffle.partitions") == "2"
    for option in ("spark.local.dir", "spark.sql.warehouse.dir"):
        assert Path(conf.get(option).removeprefix("file:")).is_relative_to(zone / "linkage")
    assert conf.get("spark.io.encryption.enabled") == "true"
    assert conf.get("spark.ui.enabled") == "false"


def test_every_condition_is_said_in_spark_sql():
    said = spark.in_spark_sql(model.settings(SHIPPED, probability=0.1, by_rarity=False))
    conditions = {
        comparison["output_column_name"]: [
            level["sql_condition"] for level in comparison["comparison_levels"]
        ]
        for comparison in said["comparisons"]
    }
    assert conditions["reference"][1] == "ARRAYS_OVERLAP(reference_tokens_l, reference_tokens_r)"
    assert conditions["sex"] == [
        "sex_token_l IS NULL OR sex_token_r IS NULL", "sex_token_l = sex_token_r", "ELSE",
    ]  # fmt: skip
    assert not any("::" in c or "&&" in c for levels in conditions.values() for c in levels)


@pytest.mark.parametrize("missing", ["PySpark", "Java"])
def test_a_run_says_at_once_what_it_lacks_for_spark(tmp_path, monkeypatch, missing):
    for name in ("PySpark", "Java"):
        has_it = name != missing
        monkeypatch.setattr(
            f"flow_pipeline.orchestration.spark.has_{name.lower()}", lambda h=has_it: h
        )
    config = economy(tmp_path, f"{CONFIG}\nlinkage: {{backend: spark}}\n")
    make_key(tmp_path / "keys" / "active.key")
    ended = flow_pipeline("run", config)
    assert ended.code == ExitCode.CONFIGURATION
    assert f"there is no {missing}: install" in " ".join(ended.err.split())
    assert not list((tmp_path / "data").rglob("*.parquet"))


def test_java_is_looked_for_where_spark_looks(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    assert not has_java()
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    assert not has_java()
    program = tmp_path / "bin" / "java"
    program.parent.mkdir()
    program.touch(mode=0o755)
    assert has_java()


def test_an_economy_on_duckdb_needs_neither(tmp_path):
    economy_on_duckdb = SimpleNamespace(link_backend="duckdb", root=tmp_path)
    require_spark(economy_on_duckdb)
    with spark_session(economy_on_duckdb) as made:
        assert made is None
