"""What ``generate`` promises: the same bytes again, the layout, a configuration, counts."""

import hashlib

import polars as pl
import pytest
from ruamel.yaml import YAML

from flow_pipeline.contracts import all_contracts
from flow_pipeline.errors import ConfigurationError
from flow_pipeline.synthetic import generate, places


def digests(folder):
    return {
        str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }


def test_same_arguments_give_the_same_bytes(tmp_path):
    for name in ("first", "second"):
        generate(tmp_path / name, people=600, years=1, seed=3)
    assert digests(tmp_path / "first") == digests(tmp_path / "second")


def test_another_seed_gives_another_economy(tmp_path):
    generate(tmp_path / "first", people=600, years=1, seed=3)
    generate(tmp_path / "second", people=600, years=1, seed=4)
    first, second = digests(tmp_path / "first"), digests(tmp_path / "second")
    # of so few people, nobody may be in mental-health care in a quarter
    rare = {name for name in first.keys() | second.keys() if "mental_health/" in name}
    assert first.keys() - rare == second.keys() - rare
    assert sum(first[name] != second[name] for name in first.keys() - rare) > 40


def test_generating_again_leaves_nothing_of_the_first_time(tmp_path):
    generate(tmp_path, people=600, years=2, seed=3)
    generate(tmp_path, people=600, years=1, seed=3)
    delivered = {p.name for p in (tmp_path / "extracts").rglob("*") if p.is_file()}
    assert not any("2024-05" in name for name in delivered)


def test_blocks_make_one_economy(tmp_path, monkeypatch):
    monkeypatch.setattr(places, "PEOPLE_PER_BLOCK", 500)
    generate(tmp_path, people=1500, years=1, seed=3)
    person = pl.read_parquet(tmp_path / "truth" / "person.parquet")
    assert person["person_id"].is_unique().all()
    assert person["nhs_number"].is_unique().all()
    for table in ("spell", "event"):
        key = f"{table}_key"
        rows = pl.read_parquet(tmp_path / "truth" / f"{table}.parquet")
        assert rows[key].is_unique().all()
    postcodes = pl.read_csv(tmp_path / "reference" / "postcodes.csv")
    assert postcodes["postcode"].is_unique().all()
    assert set(person["postcode"]) <= set(postcodes["postcode"])


@pytest.mark.parametrize(
    "arguments", [{"people": 10}, {"years": 0}, {"years": 11}, {"seed": -1}, {"profile": "perfect"}]
)
def test_what_cannot_be_generated_is_refused(tmp_path, arguments):
    with pytest.raises(ConfigurationError):
        generate(tmp_path, **arguments)


def test_progress_is_told_per_block(tmp_path):
    said = []
    generate(tmp_path, people=600, years=1, progress=said.append)
    assert said == ["1 of 1 parts of the economy written"]


def test_summary_counts_what_is_there(typical):
    files = typical.truth("file")
    delivered = [p for p in (typical.folder / "extracts").rglob("*") if p.is_file()]
    assert typical.summary.files == len(delivered) == files.height
    assert typical.summary.people == typical.truth("person").height
    assert sum(typical.summary.rows.values()) == files["n_rows"].sum()
    assert {str(p.relative_to(typical.folder)) for p in delivered} == set(files["file"])


def test_every_column_is_a_field_of_its_contract_or_mapped(typical):
    config = YAML(typ="safe").load(typical.folder / "economy.yaml")
    contracts = all_contracts()
    for source in config["sources"]:
        fields = {f.name for f in contracts[source["contract"]].fields}
        mapped = source.get("columns", {})
        assert set(mapped) <= fields
        for path in typical.folder.glob(source["files"]):
            columns = set(typical.delivered(str(path.relative_to(typical.folder))).columns)
            used = {sql.split("(")[-1].split(",")[0] for sql in mapped.values()}
            assert used <= columns
            assert columns - used <= fields


def test_sources_select_every_file_once(typical):
    config = YAML(typ="safe").load(typical.folder / "economy.yaml")
    chosen = [p for s in config["sources"] for p in typical.folder.glob(s["files"])]
    delivered = [p for p in (typical.folder / "extracts").rglob("*") if p.is_file()]
    assert sorted(chosen) == sorted(delivered)


def test_organisations_of_the_configuration_are_in_the_reference_table(typical):
    config = YAML(typ="safe").load(typical.folder / "economy.yaml")
    known = pl.read_csv(typical.folder / "reference" / "organisations.csv", infer_schema=False)
    assert {str(o["code"]) for o in config["organisations"]} <= set(known["code"])
    assert known.filter(pl.col("successor_code").is_not_null()).height >= 1
    assert known.filter(pl.col("valid_to").is_not_null()).height >= 3


def test_areas_add_up(typical):
    areas = pl.read_csv(typical.folder / "reference" / "areas.csv", infer_schema=False)
    people = areas.with_columns(pl.col("population").cast(pl.Int64))
    by_level = dict(people.group_by("area_level").agg(pl.col("population").sum()).iter_rows())
    assert by_level["msoa"] == by_level["locality"] == by_level["economy"] == by_level["council"]
    parents = set(areas["parent_code"].drop_nulls())
    assert parents <= set(areas["area_code"])
