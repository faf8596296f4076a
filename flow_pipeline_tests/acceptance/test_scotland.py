"""A small Scottish economy, drawn and run: CHI numbers under three names, Scotland's codes."""

import datetime as dt
from pathlib import Path

import duckdb
import polars as pl
import pytest

from flow_pipeline.governance.key_file import make_key
from flow_pipeline.store import Store
from flow_pipeline.tables.record_told import record_told
from flow_pipeline_tests.acceptance.commands import flow_pipeline
from flow_pipeline_tests.unit.pseudonymise.chi_numbers import chi_number

CONFIG = """\
economy: Anyshire
jurisdiction: scotland
purpose: flow
period: {start: 2025-04-01, end: 2026-03-31}
storage: {root: ./data}
publish: duckdb:///data/flow.duckdb
pseudonymisation: {key_file: ./keys/active.key}
organisations:
  - {code: S101H, name: Anyshire Royal, sector: acute}
  - {code: S9001, name: Anyburgh Practice, sector: gp, parent: S08, successor: S9002}
sources:
  - contract: gp_registration
    organisation: S9001
    files: registration.csv
  - contract: apc_episode
    organisation: S101H
    files: smr01.csv
    identity: {scheme: clear}
  - contract: ecds_attendance
    organisation: S101H
    files: ae2.csv
    columns: {nhs_number: UPI}
  - contract: op_attendance
    organisation: S101H
    files: smr00.csv
    columns: {chi_number: "\\"CHI Number\\""}
reference:
  organisations: {file: practices.csv, names: [code, name, "", valid_from, valid_to]}
  postcodes: nspl.csv
  deprivation: simd.csv
population: {from: gp_registration, file: population.csv}
governance:
  purposes:
    - {code: flow, description: how people flow}
"""
ANN = chi_number(dt.date(1950, 3, 4), "female")  # begins with a zero
BOB = chi_number(dt.date(1961, 12, 24), "male", modulus=10)  # of modulus 10 alone
CAT = chi_number(dt.date(2025, 11, 3), "female", modulus=10)  # born after it began
FAULTY = "3102501234"  # there is no 31 February

FILES = {
    "practices.csv": """
        S9001|ANYBURGH PRACTICE|x|19740401|20251231
        S9002|ANYBURGH AND DISTRICT|x|20260101|
        """,
    "nspl.csv": """
        pcds|lsoa21cd|msoa21cd|dointr|doterm
        EH1 1AA|S01008677|S02001620|198001|
        """,
    "simd.csv": """
        Data_Zone|SIMD2020v2_Decile
        S01008677|9
        """,
    "population.csv": """
        area_level|area_code|age_band|sex|population
        economy|Anyshire|0-64|male|40
        economy|Anyshire|0-64|female|45
        economy|Anyshire|65+||16
        """,
    "registration.csv": f"""
        chi_number|person_birth_date|person_stated_gender_code|postcode_of_usual_address|registration_start_date|general_medical_practice_code_patient_registration
        {ANN}|1950-03-04|2|EH1 1AA|2010-01-01|S9001
        {BOB}|1961-12-24|1|NK01 0AA|2011-01-01|S9001
        {CAT}|2025-11-03|2|NF1 1AB|2025-11-20|S9001
        """,
    "smr01.csv": f"""
        nhs_number|person_birth_date|person_stated_gender_code|hospital_provider_spell_identifier|episode_number|patient_classification_code|admission_method_code_hospital_provider_spell|start_date_hospital_provider_spell|start_date_consultant_episode|end_date_consultant_episode|discharge_date_hospital_provider_spell|discharge_method_code_hospital_provider_spell|discharge_destination_code_hospital_provider_spell|last_episode_in_spell_indicator_code
        {ANN}|1950-03-04|2|A1|1|I|30|2025-05-01|2025-05-01|2025-05-06|2025-05-06|10|10|1
        {BOB}|1961-12-24|1|A2|1|I|11|2025-12-01|2025-12-01|2025-12-03|2025-12-03|40|00|1
        """,
    "ae2.csv": f"""
        UPI|person_birth_date|person_stated_gender_code|emergency_care_attendance_identifier|organisation_site_identifier_of_treatment|emergency_care_department_type|emergency_care_attendance_category|arrival_date|arrival_time|emergency_care_departure_date|emergency_care_departure_time
        {ANN[1:]}|1950-03-04|2|E1|S101H|ED|01|2025-05-01|10:00|2025-05-01|13:30
        {FAULTY}|1950-02-28|1|E2|S101H|ED|01|2025-05-02|10:00|2025-05-02|12:00
        {CAT[1:]}|2025-11-03|2|E3|S101H|MIU|01|2025-12-24|10:00|2025-12-24|12:00
        """,
    "smr00.csv": f"""
        CHI Number|person_birth_date|person_stated_gender_code|outpatient_attendance_identifier|attended_or_did_not_attend_code|first_attendance_code|appointment_date
        {ANN}|1950-03-04|2|O1|1|1|2025-07-01
        {BOB}|1961-12-24|1|O2|8|1|2025-07-02
        {BOB}|1961-12-24|1|O3|5|1|2025-07-03
        {BOB}|1961-12-24|2|O4|1|3|2025-07-04
        """,  # noqa: E501
}


@pytest.fixture(scope="module")
def scotland(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("scotland")
    (folder / "economy.yaml").write_text(CONFIG)
    for name, drawn in FILES.items():
        lines = [line.strip().replace("|", ",") for line in drawn.strip().splitlines()]
        (folder / name).write_text("\n".join(lines) + "\n")
    make_key(folder / "keys" / "active.key")
    ended = flow_pipeline("run", folder / "economy.yaml")
    assert ended.code == 0, ended.err
    return folder


def _asked(folder: Path, sql: str) -> list[tuple]:
    with duckdb.connect(str(folder / "data" / "flow.duckdb"), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def _linked(folder: Path, sql: str) -> list[tuple]:
    linkage = folder / "data" / "linkage" / "person_link.parquet"
    return duckdb.sql(sql.format(person_link=f"'{linkage}'")).fetchall()


def test_a_person_is_one_under_every_name_of_the_number(scotland):
    found = _linked(
        scotland,
        """
        SELECT list(contract || ' ' || row_number ORDER BY contract, row_number)
        FROM {person_link} GROUP BY person_id ORDER BY ALL
        """,
    )
    assert [records for (records,) in found] == [
        ["apc_episode 1", "ecds_attendance 1", "gp_registration 1", "op_attendance 1"],
        ["apc_episode 2", "gp_registration 2", "op_attendance 2", "op_attendance 3"],
        ["ecds_attendance 2"],  # no such date
        ["ecds_attendance 3", "gp_registration 3"],
        ["op_attendance 4"],  # a sex that disagrees with the number
    ]


def _stored(folder: Path, table: str) -> pl.DataFrame:
    return Store(folder / "data").scan(table).sort("row_number").collect()


def test_a_row_with_nothing_but_a_faulty_number_is_told(scotland):
    told = ("row_number", "nhs_number_validity", "dq_flags")
    rows = _stored(scotland, "core_ecds_attendance").select(told).rows()
    assert [row[:2] for row in rows] == [(1, "valid"), (2, "invalid"), (3, "valid")]
    assert ["V13" in row[2] for row in rows] == [True, False, True]
    assert ["V04" in row[2] for row in rows] == [False, True, False]


def test_codes_mean_what_they_mean_in_scotland(scotland):
    outcomes = _asked(
        scotland,
        """
        SELECT start_at::DATE::VARCHAR, outcome_class FROM flow.care_event
        WHERE event_family = 'outpatient' ORDER BY start_at
        """,
    )
    assert outcomes == [
        ("2025-07-01", "attended"),
        ("2025-07-02", "dna"),
        ("2025-07-03", "left"),
        ("2025-07-04", "attended"),
    ]
    spells = _asked(
        scotland, "SELECT is_emergency, destination_class FROM flow.spell ORDER BY admitted_at"
    )
    assert spells == [(True, "home"), (False, "died")]


def test_dummy_postcodes_are_no_address(scotland):
    assert _asked(scotland, "SELECT count(*) FROM flow.calendar WHERE is_bank_holiday") != [(0,)]
    scan = Store(scotland / "data").scan
    told = record_told(scan("record_token"), scan("record_identity"))
    tokens = told.filter(contract="gp_registration").sort("row_number").collect()
    rows = tokens.select("row_number", pl.col("postcode_token").is_not_null()).rows()
    assert rows == [(1, True), (2, False), (3, False)]


def test_organisations_have_their_dates_and_mergers(scotland):
    found = _asked(
        scotland,
        """
        SELECT organisation_code, name, parent_code, successor_code, valid_to::VARCHAR, is_sender
        FROM flow.organisation WHERE organisation_code LIKE 'S9%' ORDER BY 1
        """,
    )
    assert found == [
        ("S9001", "Anyburgh Practice", "S08", "S9002", "2025-12-31", True),
        ("S9002", "ANYBURGH AND DISTRICT", None, None, None, False),
    ]


def test_data_zones_give_area_and_deprivation(scotland):
    told = ("row_number", "area_code", "imd_decile", "is_no_fixed_abode")
    rows = _stored(scotland, "core_gp_registration").select(told).rows()
    assert rows == [(1, "S02001620", 9, False), (2, None, None, False), (3, None, None, True)]


def test_the_official_population_is_the_denominator(scotland):
    [(n, n_people)] = _asked(
        scotland,
        "SELECT n_residents, n_people FROM flow.hri_summary "
        "WHERE rule = 'top2pct' AND area_level = 'economy'",
    )
    # 2 % of 101 are up to three people, of whom two cost anything; of the three seen it is one
    assert (n, n_people) == (101, 2)
    flagged = _asked(scotland, "SELECT count(*) FROM flow.person_year WHERE is_hri_top2pct")
    assert flagged == [(n_people,)]


def test_no_chi_number_is_written_anywhere(scotland):
    written = [p.read_bytes() for p in (scotland / "data").rglob("*") if p.is_file()]
    assert len(written) > 50
    for number in (ANN, BOB, CAT, FAULTY):
        assert not [1 for text in written if number.encode() in text]
