"""Reference files come as they are published, or are refused with everything that is wrong."""

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from flow_pipeline.contracts.reference import (
    AREAS,
    DEPRIVATION,
    ORGANISATIONS,
    POPULATION,
    POSTCODES,
    REFERENCE_FILES,
    UNIT_COSTS,
    ReferenceFile,
)
from flow_pipeline.errors import ConfigurationError
from flow_pipeline.ingest.reference_files import read_reference
from flow_pipeline.tables import table
from flow_pipeline_tests.public_data import PUBLIC_DATA

ODS_NAMES = ("organisation_code", "name", *([""] * 8), "valid_from", "valid_to")
ODS = """\
"A81001","THE OLD SURGERY","Y63","Q74","","","","","","","19740401","","A"\r
"A81003","VICTORIA PRACTICE","Y54","Q74","","","","","","","19740401","20171031","C"\r
"""


def written(folder: Path, text: str, name: str = "file.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode())
    return path


def refusal(path: Path, kind: ReferenceFile, names: tuple[str, ...] = ()) -> str:
    with pytest.raises(ConfigurationError) as told:
        read_reference(path, kind, names)
    return str(told.value)


def test_a_postcode_directory_may_have_its_published_names(tmp_path):
    text = (
        "pcd7,pcds,dointr,doterm,lsoa21cd,msoa21cd\nAB1 2CD,AB1 2CD,198001,,E01000001,E02000001\n"
    )
    [row] = read_reference(written(tmp_path, text), POSTCODES).collect().rows(named=True)
    assert row == {
        "postcode": "AB12CD",
        "lsoa_code": "E01000001",
        "area_code": "E02000001",
        "valid_from": dt.date(1980, 1, 1),
        "valid_to": None,
    }


def test_the_older_and_our_own_names_are_known_in_any_case(tmp_path):
    for header in ("postcode,lsoa_code,msoa_code", "PCD,LSOA11,MSOA11", "pcds,lsoa11cd,msoa11cd"):
        path = written(tmp_path, f"{header}\nab12cd,E01000001,E02000001\n")
        found = read_reference(path, POSTCODES).select("postcode", "lsoa_code", "area_code")
        assert found.collect().row(0) == ("AB12CD", "E01000001", "E02000001")


def test_the_national_layout_of_organisations_has_no_header(tmp_path):
    found = read_reference(written(tmp_path, ODS), ORGANISATIONS, ODS_NAMES).collect()
    assert found.select("organisation_code", "name", "valid_from", "valid_to").rows() == [
        ("A81001", "THE OLD SURGERY", dt.date(1974, 4, 1), None),
        ("A81003", "VICTORIA PRACTICE", dt.date(1974, 4, 1), dt.date(2017, 10, 31)),
    ]


def test_a_parquet_file_may_be_typed(tmp_path):
    path = tmp_path / "areas.parquet"
    pl.DataFrame(
        {
            "area_code": ["A"],
            "area_level": ["msoa"],
            "population": [8000],
            "valid_from": [dt.date(2021, 4, 1)],
        }
    ).write_parquet(path)
    found = read_reference(path, AREAS).select("population", "valid_from").collect()
    assert found.row(0) == (8000, dt.date(2021, 4, 1))


def test_everything_that_is_wrong_is_told_at_once(tmp_path):
    text = "lsoa_code,imd_decile\nE1,1\nE2,eleven\nE3,11\nE4,2.5\n,3\nE1,4\nE5,0\nE1,2\n"
    told = refusal(written(tmp_path, text), DEPRIVATION)
    assert "2 values of imd_decile are no whole numbers, first in row 2" in told
    assert "1 values of imd_decile are above 10, first in row 3" in told
    assert "1 values of imd_decile are below 1, first in row 7" in told
    assert "1 values of lsoa_code are missing, first in row 5" in told
    assert "2 rows repeat the lsoa_code of an earlier one, first row 6" in told


def test_a_postcode_in_another_spacing_is_the_same(tmp_path):
    text = "postcode,lsoa_code,area_code\nAB1 2CD,E1,M1\nab12cd,E2,M2\n"
    assert "1 rows repeat the postcode" in refusal(written(tmp_path, text), POSTCODES)


def test_a_missing_column_is_told_with_the_names_it_may_have(tmp_path):
    told = refusal(written(tmp_path, "postcode,msoa21\nAB1 2CD,M1\n"), POSTCODES)
    assert "lacks the column lsoa_code (or lsoa21cd, lsoa21," in told
    assert "area_code" not in told


def test_dates_are_dates_of_one_writing(tmp_path):
    header = "organisation_code,valid_from\n"
    good = written(tmp_path, f"{header}A,2024-02-29\nB,20240229\nC,202402\nD,\n")
    found = read_reference(good, ORGANISATIONS).collect()["valid_from"].to_list()
    assert found == [dt.date(2024, 2, 29)] * 2 + [dt.date(2024, 2, 1), None]
    bad = written(tmp_path, f"{header}A,29/02/2024\nB,2023-02-29\nC,202413\nD,20242\n")
    assert "4 values of valid_from are no dates" in refusal(bad, ORGANISATIONS)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", AREAS),
        (b"area_code,area_level\nA,msoa\nB,msoa,more,and,more\n", AREAS),
        ("lsoa_code,imd_decile\nE\xe9,1\n".encode("latin-1"), DEPRIVATION),
        (b"PAR1 this is no parquet", POSTCODES),
    ],
)
def test_what_is_no_table_is_refused_without_quoting_it(tmp_path, content, kind):
    path = tmp_path / ("file.parquet" if content.startswith(b"PAR1") else "file.csv")
    path.write_bytes(content)
    told = refusal(path, kind)
    assert "cannot be read as a table" in told
    assert "more,and" not in told


def test_more_names_than_columns_are_refused(tmp_path):
    path = written(tmp_path, "A,B\nC,D\n")
    told = refusal(path, ORGANISATIONS, ("organisation_code", "name", "sector"))
    assert "3 names are given for its 2 columns" in told


def test_a_file_that_is_not_there_is_told(tmp_path):
    assert "cannot be read" in refusal(tmp_path / "nothing.csv", AREAS)


def test_columns_are_those_of_the_tables_they_fill():
    for kind, name in (
        (ORGANISATIONS, "organisation"),
        (AREAS, "area"),
        (UNIT_COSTS, "unit_cost"),
    ):
        filled = {c.name for c in kind.columns}
        assert set(table(name).column_names) - filled <= {"is_sender"}
        assert filled <= set(table(name).column_names)
    assert set(POPULATION.key) | {"population"} == {c.name for c in POPULATION.columns}


@pytest.mark.parametrize("kind", REFERENCE_FILES.values(), ids=list(REFERENCE_FILES))
def test_a_published_name_means_one_column_of_a_file(kind):
    names = [n.lower() for c in kind.columns for n in {c.name, *c.published}]
    assert len(names) == len(set(names))
    assert set(kind.key) <= {c.name for c in kind.columns}


@pytest.mark.skipif(not PUBLIC_DATA.exists(), reason="the shared public data are not here")
def test_published_files_are_read_as_they_are():
    folder = PUBLIC_DATA / "reference"
    deprivation = read_reference(folder / "imd2025_england_lsoa21.csv", DEPRIVATION).collect()
    assert deprivation.height == 33_755
    assert set(deprivation["imd_decile"]) == set(range(1, 11))
    names = (*ODS_NAMES, "", "", "parent_code")
    practices = read_reference(folder / "ods_gp_practices_2020.csv", ORGANISATIONS, names).collect()
    assert practices.height == 14_357
    assert 0 < practices["valid_to"].null_count() < practices.height
