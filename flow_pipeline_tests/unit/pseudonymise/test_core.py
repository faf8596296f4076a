"""What the core table and the record index hold of a delivered row."""

import polars as pl
import pytest

from flow_pipeline.contracts import all_contracts, contract
from flow_pipeline.pseudonymise import places
from flow_pipeline.tables.core import core_table
from flow_pipeline.tables.linkage import RECORD_IDENTITY, RECORD_TOKEN, RECORD_TOLD
from flow_pipeline_tests.drawn import drawn
from flow_pipeline_tests.unit.pseudonymise.drawn_rows import column, pseudonymised


@pytest.mark.parametrize("name", sorted(all_contracts()))
def test_every_contract_gives_its_tables_even_without_rows(name: str):
    first = contract(name).fields[0].name
    found = pseudonymised(name, first)
    assert found.core.collect().schema == core_table(contract(name)).schema()
    assert found.record_token.collect().schema == RECORD_TOKEN.schema()
    assert found.record_identity.collect().schema == RECORD_IDENTITY.schema()
    assert found.record_told.collect().schema == RECORD_TOLD.schema()
    assert found.record_token.collect().schema == RECORD_TOKEN.schema()


def test_age_is_completed_years_on_the_rows_own_date():
    core = pseudonymised(
        "ecds_attendance",
        """
        person_birth_date | birth_date_precision | arrival_date
        1950-06-15        |                      | 2024-06-14
        1950-06-15        | day                  | 2024-06-15
        2000-02-29        |                      | 2023-02-28
        2000-02-29        |                      | 2023-03-01
        1950-06-15        | month                | 2024-06-01
        1950-06-15        | year                 | 2024-06-15
        2025-01-01        |                      | 2024-06-15
                          |                      | 2024-06-15
        """,
    ).core
    assert column(core, "age_at_event") == [73, 74, 22, 23, 74, None, None, None]
    months = [None if m is None else m.isoformat() for m in column(core, "birth_month")]
    assert months[:2] == ["1950-06-01"] * 2
    assert months[4:6] == ["1950-06-01", None]


def test_a_postcode_becomes_area_and_decile():
    postcodes = drawn(
        """
        postcode | area_code | lsoa_code
        AB1 2CD  | E02000001 | E01000001
        ZZ99 3VZ |           |
        """
    )
    deprivation = drawn("lsoa_code | imd_decile\nE01000001 | 3", imd_decile=pl.Int64())
    core = pseudonymised(
        "op_attendance",
        """
        postcode_of_usual_address | outpatient_attendance_identifier
        AB1 2CD                   | 1
        ab12cd                    | 2
        ZZ99 3VZ                  | 3
        XY9 8ZZ                   | 4
                                  | 5
        """,
        places=places(postcodes, deprivation),
    ).core
    assert column(core, "area_code") == ["E02000001"] * 2 + [None] * 3
    assert column(core, "imd_decile") == [3, 3, None, None, None]
    assert column(core, "is_no_fixed_abode") == [False, False, True, False, None]


def test_a_postcode_listed_twice_doubles_no_row():
    postcodes = drawn(
        "postcode | area_code | lsoa_code\nAB1 2CD | E02000002 | E01000009\nAB12CD | E02000001 | "
    )
    core = pseudonymised(
        "op_attendance", "postcode_of_usual_address\nAB1 2CD", places=places(postcodes, None)
    ).core
    assert column(core, "area_code") == ["E02000001"]


def test_faulty_numbers_are_flagged_and_the_row_stays():
    core = pseudonymised("death", "nhs_number\n9990000018\n9990000019\n9999999999\n").core
    assert column(core, "nhs_number_validity") == ["valid", "invalid", "sentinel"]
    assert column(core, "dq_flags") == [[], ["V02"], ["V03"]]


def test_equal_local_numbers_of_one_sender_join_across_contracts():
    episodes = pseudonymised(
        "apc_episode", "hospital_provider_spell_identifier | organisation_code\nS1 | RXA\nS1 | RXB"
    ).core
    stays = pseudonymised(
        "apc_ward_stay", "hospital_provider_spell_identifier | organisation_code\ns1  | RXA"
    ).core
    name = "hospital_provider_spell_identifier"
    first, other = column(episodes, name)
    assert column(stays, name) == [first]
    assert other != first
    assert len(first) == 32


def test_an_event_keeps_its_id_when_it_is_sent_again():
    header = "emergency_care_attendance_identifier | arrival_date | organisation_code"
    first = pseudonymised("ecds_attendance", f"{header}\nA1 | 2024-05-01 | RXA").record_token
    again = pseudonymised(
        "ecds_attendance",
        f"{header} | submission_id\nA2 | 2024-05-01 | RXA | other\nA1 | 2024-05-02 | RXA | other",
    ).record_token
    (event,) = column(first, "event_id")
    assert column(again, "event_id")[1] == event
    assert column(again, "event_id")[0] != event
    assert column(again, "row_hash")[1] != column(first, "row_hash")[0]
    assert column(again, "record_key")[1] != column(first, "record_key")[0]


def test_the_first_natural_key_that_serves_a_row_makes_its_event():
    header = (
        "cds_unique_identifier | hospital_provider_spell_identifier | episode_number | "
        "start_date_hospital_provider_spell | hrg_code"
    )
    rows = """
        U1 | S1 | 1 | 2024-05-01 | X
        U1 | S2 | 1 | 2024-05-01 | X
           | S1 | 1 | 2024-05-01 | X
           | S1 | 1 | 2024-05-01 | Y
           | S1 | 2 | 2024-05-01 | Y
           |    | 1 | 2024-05-01 | X
           |    | 1 | 2024-05-01 | Y
    """
    index = pseudonymised("apc_episode", header + rows.rstrip()).record_token
    ids = column(index, "event_id")
    assert ids[0] == ids[1]
    assert ids[2] == ids[3]
    assert len(set(ids)) == 5


def test_a_key_may_depend_on_the_kind_of_row():
    index = pseudonymised(
        "cld_event",
        """
        nhs_number   | event_type | event_start_date | event_end_date | client_type
        999 000 0018 | Service    | 2024-05-01       |                | Service User
        9990000018   | Service    | 2024-05-01       | 2024-06-01     | Service User
        9990000018   | Review     | 2024-05-01       |                | Service User
        9990000018   | Review     | 2024-05-01       | 2024-06-01     | Service User
        """,
    ).record_token
    ids = column(index, "event_id")
    assert ids[0] == ids[1]  # a service that has ended is the service it was
    assert ids[2] != ids[3]
