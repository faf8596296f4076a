"""Stays and journeys that the pipeline builds, beside the true ones, event by event."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from flow_pipeline import journeys as stage
from flow_pipeline.config import load_economy
from flow_pipeline.contracts import contract
from flow_pipeline.governance.key_file import make_key
from flow_pipeline.store import Store
from flow_pipeline.synthetic import generate
from flow_pipeline_tests.acceptance.commands import flow_pipeline

_ROW = ["submission_id", "row_number", "contract"]
_WARDS = ["ward_stay", "mh_ward_stay"]  # the truth counts their stay once
Groups = set[frozenset[str]]


@dataclass(frozen=True)
class Found:
    """Groups of true event keys: as found and as they truly are, of what was delivered."""

    journeys: tuple[Groups, Groups]
    spells: tuple[Groups, Groups]
    continuous: tuple[Groups, Groups]

    def share(self, what: str) -> float:
        """Of the true groups, those found exactly."""
        found, true = getattr(self, what)
        return len(found & true) / len(true)


@pytest.fixture(scope="module", params=["clean", "typical"])
def found(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    """The profile, and what is found in it given the true person of every accepted row."""
    folder = tmp_path_factory.mktemp(request.param) / "economy"
    generate(folder, people=800, years=1, seed=5, profile=request.param)
    make_key(folder / "keys" / "active.key")
    ended = flow_pipeline("run", folder / "economy.yaml")
    assert ended.code == 0, ended.err
    return request.param, _found(folder)


def _found(folder: Path) -> Found:
    economy = load_economy(folder / "economy.yaml")
    store = Store(economy.root)
    links = _true_links(folder, store)
    names = sorted({source.contract.name for source in economy.sources})
    core = {name: store.scan(contract(name).core_table) for name in names}
    parameters = stage.Parameters(period_start=economy.period_start, period_end=economy.period_end)
    true_links = links.with_columns(pl.col("true_person").alias("person_id")).lazy()
    linked = stage.linked_rows(core, true_links)
    made = stage.make_events(
        linked,
        store.scan("organisation"),
        parameters,
        listed=stage.listed_until(core, store.scan("submission"), store.scan("manifest")),
    )
    stays = stage.make_stays(made.event, core, parameters)
    journeys = stage.make_journeys(made.event, made.event_clock, stays, linked.deaths, parameters)
    keys = made.event.collect().join(links.select("record_key", "event_key"), on="record_key")
    bridging = keys.filter(pl.col("is_bridging") & ~pl.col("event_family").is_in(_WARDS))
    episodes = stays.spell_member.filter(pl.col("kind") == "episode").collect()
    hospital = keys.filter(event_family="inpatient")

    def true(table: str) -> pl.DataFrame:
        return pl.read_parquet(folder / "truth" / f"{table}.parquet")

    spells = true("spell").with_columns(pl.col("spell_key").alias("event_key"))
    return Found(
        _both(journeys.journey_member.collect(), bridging, true("journey_member"), "journey"),
        _both(episodes, hospital, spells.with_columns(true_id="spell_key"), "spell"),
        _both(episodes, hospital, spells, "continuous_spell"),
    )


def _both(
    members: pl.DataFrame, keyed: pl.DataFrame, true: pl.DataFrame, what: str
) -> tuple[Groups, Groups]:
    """Groups as found, and the true ones of the events that were delivered and accepted."""
    mine = members.join(keyed.select("event_id", "event_key"), on="event_id")
    true_id = "true_id" if "true_id" in true.columns else f"{what}_key"
    delivered = true.join(mine, on="event_key", how="semi")
    return _groups(mine, f"{what}_id"), _groups(delivered, true_id)


def _groups(members: pl.DataFrame, by: str) -> Groups:
    grouped = members.group_by(by).agg(pl.col("event_key").unique())
    return {frozenset(keys) for keys in grouped["event_key"].to_list()}


def _true_links(folder: Path, store: Store) -> pl.DataFrame:
    """Accepted records with the person and the event they are truly of."""
    digests = [
        {
            "file": path.relative_to(folder).as_posix(),
            "digest": hashlib.sha256(path.read_bytes()).hexdigest(),
        }
        for path in (folder / "extracts").rglob("*")
        if path.is_file()
    ]
    submissions = store.scan("submission").select("submission_id", "digest").collect()
    truth = pl.read_parquet(folder / "truth" / "person_record.parquet")
    truth = truth.join(pl.DataFrame(digests).join(submissions, on="digest"), on="file")
    truth = truth.unique(_ROW).select(*_ROW, "event_key", true_person="person_id")
    return store.scan("person_link").collect().join(truth, on=_ROW)


@pytest.mark.parametrize(("what", "at_least"), [("spells", 100), ("continuous", 100)])
def test_stays_are_the_true_ones(found, what, at_least):
    profile, groups = found
    assert len(getattr(groups, what)[1]) >= at_least
    if profile == "clean":
        mine, true = getattr(groups, what)
        assert mine == true
    assert groups.share(what) >= 0.99


def test_journeys_are_the_true_ones(found):
    profile, groups = found
    mine, true = groups.journeys
    assert len(true) > 1_000
    if profile == "clean":
        assert mine == true
    assert groups.share("journeys") >= 0.99
