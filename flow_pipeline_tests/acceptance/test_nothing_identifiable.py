"""Every identifier that stands in the extracts is searched for in every byte written elsewhere."""

import re
import shutil
import tempfile
from pathlib import Path

import polars as pl
import pytest

from flow_pipeline_tests.acceptance.commands import flow_pipeline

# Planted in one row of an extract whose other values are refused or kept: all must vanish.
PLANTED = {
    "person_family_name": "Zyqwulfstan",
    "person_given_name": "Quixolette",
    "nhs_number": "9990548609",
    "postcode_of_usual_address": "ZX98 7QJ",
    "local_patient_identifier": "PLANTEDLOCAL42",
    "person_birth_date": "1937-11-23",
}


def _written(folder: Path) -> list[Path]:
    apart = {"extracts", "truth", "keys", "reference"}
    files = [p for p in folder.rglob("*") if p.is_file() and not p.is_symlink()]
    return [p for p in files if not apart & set(p.relative_to(folder).parts[:1])]


def _text_of(path: Path) -> bytes:
    """The bytes of a file, and for Parquet the values it holds, which stand there compressed."""
    content = path.read_bytes()
    if path.suffix == ".parquet":
        content += pl.read_parquet(path).write_json().encode()
    return content


def _planting_ground(folder: Path) -> Path:
    """The first extract whose sender uses the names of the contract for all that is planted."""
    for path in sorted(folder.glob("extracts/**/*.csv")):
        columns = pl.read_csv(path, infer_schema=False, n_rows=1).columns
        if set(PLANTED) <= set(columns):
            return path
    raise AssertionError("no extract has all the columns")


def _plant(folder: Path) -> None:
    """Put the planted person into the first row of an extract."""
    path = _planting_ground(folder)
    rows = pl.read_csv(path, infer_schema=False)
    first = pl.int_range(pl.len()) == 0
    rows.with_columns(
        pl.when(first).then(pl.lit(value)).otherwise(pl.col(name)).alias(name)
        for name, value in PLANTED.items()
    ).write_csv(path)


@pytest.fixture(scope="module")
def planted(extracts, tmp_path_factory):
    folder = tmp_path_factory.mktemp("planted") / "economy"
    shutil.copytree(extracts, folder)
    _plant(folder)
    for name in ("dagster", "tmp"):
        (folder / name).mkdir()
    with pytest.MonkeyPatch.context() as patch:
        # Dagster's own records and every temporary file are searched too.
        patch.setenv("DAGSTER_HOME", str(folder / "dagster"))
        patch.setattr(tempfile, "tempdir", str(folder / "tmp"))
        ended = flow_pipeline("run", folder / "economy.yaml")
    assert ended.code == 0, ended.err
    assert list((folder / "dagster").rglob("*.db"))
    return folder, ended


def test_the_planted_person_is_in_the_extract(planted):
    folder, _ = planted
    text = _planting_ground(folder).read_text()
    assert [value for value in PLANTED.values() if value not in text] == []


def test_no_planted_identifier_is_in_any_byte_written(planted):
    folder, ended = planted
    searched = [value.encode() for value in PLANTED.values()]
    searched += [value.upper().encode() for value in PLANTED.values()]
    searched += [PLANTED["postcode_of_usual_address"].replace(" ", "").encode()]
    files = _written(folder)
    assert len(files) > 100
    for path in files:
        content = _text_of(path)
        found = [position for position, value in enumerate(searched) if value in content]
        assert not found, f"{path.name}: planted value {found}"
    said = (ended.out + ended.err).encode()
    assert not [value for value in searched if value in said]


def test_no_nhs_number_of_any_extract_is_in_any_byte_written(planted):
    folder, _ = planted
    numbers = set()
    for path in folder.glob("extracts/**/*.csv"):
        numbers |= set(re.findall(rb"\b999\d{7}\b", path.read_bytes()))
    assert len(numbers) > 300
    for path in _written(folder):
        found = numbers & set(re.findall(rb"(?<![0-9])999\d{7}(?![0-9])", _text_of(path)))
        assert not found, f"{path.name} holds {len(found)} numbers of the extracts"


def test_no_family_name_of_any_extract_is_in_a_published_table(planted):
    folder, _ = planted
    truth = pl.read_parquet(folder / "truth" / "person.parquet")
    names = {n for n in truth["family_name"].unique().to_list() if n and len(n) > 5}
    spared = {"organisation", "code", "data_dictionary", "area"}  # hold no person
    words = re.compile(r"[^\W\d_][\w'’-]{5,}")
    for path in folder.glob("data/releases/current/parquet/*/*/*.parquet"):
        if path.parent.name in spared:
            continue
        found = names & set(words.findall(pl.read_parquet(path).write_json()))
        assert not found, f"{path.parent.name} holds {len(found)} family names"
