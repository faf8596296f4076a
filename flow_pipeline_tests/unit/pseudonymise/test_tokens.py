"""Which tokens a record carries, and which equalities they show."""

import polars as pl

from flow_pipeline.tables.linkage import IDENTITY_TOKENS
from flow_pipeline_tests.unit.pseudonymise.drawn_rows import column, pseudonymised


def tokens(contract: str, text: str, **more: object) -> pl.LazyFrame:
    return pseudonymised(contract, text, **more).record_told


def test_only_valid_numbers_have_a_token_however_they_are_written():
    found = tokens("death", "nhs_number\n9990000018\n999 000 0018\n9990000019\n0000000000")
    first, second, invalid, sentinel = column(found, "nhs_number_token")
    assert first == second is not None
    assert invalid is sentinel is None


def test_a_number_is_verified_by_status_or_by_its_source():
    rows = """
        nhs_number | nhs_number_status_indicator_code
        9990000018 | 01
        9990000018 | 02
        9990000018 |
        9990000019 | 01
    """
    assert column(tokens("death", rows), "is_number_verified") == [True, False, False, False]
    trusted = tokens("death", rows, verified_numbers=True)
    assert column(trusted, "is_number_verified") == [True, True, True, False]


def test_given_and_family_names_share_tokens_so_that_swaps_show():
    found = tokens(
        "person_index",
        "person_given_name | person_family_name\nThomas | Martin\nMartin | Thomas\nTom | Martin",
    )
    given, family = column(found, "given_token"), column(found, "family_token")
    assert (given[0], family[0]) == (family[1], given[1])
    roots = column(found, "given_root_token")
    assert roots[0] == roots[2]
    assert given[0] != given[2]


def test_a_birth_date_shows_exchanged_day_and_month_and_knows_its_precision():
    found = tokens(
        "person_index",
        """
        person_birth_date | birth_date_precision
        1950-03-04        |
        1950-04-03        | day
        1950-03-04        | month
        1950-03-04        | year
        1950-03-25        |
        """,
    )
    day, swapped = column(found, "birth_date_token"), column(found, "birth_swapped_token")
    assert (day[0], swapped[0]) == (swapped[1], day[1])
    assert day[2:4] == [None, None]
    assert swapped[4] is None
    month, year = column(found, "birth_month_token"), column(found, "birth_year_token")
    assert month[0] == month[2] == month[4]
    assert month[3] is None
    assert len(set(year)) == 1


def test_a_postcode_has_sector_district_and_area_and_a_pseudo_postcode_nothing():
    found = tokens(
        "person_index",
        "postcode_of_usual_address\nAB1 2CD\nAB12CE\nAB1 3CD\nAB25 3CD\n"
        "ZZ99 3VZ\nZZ99 3WZ\nNK01 0AA",
    )
    full = column(found, "postcode_token")
    sector, district, area = (
        column(found, f"postcode_{part}_token") for part in ("sector", "district", "area")
    )
    assert len(set(full[:4])) == 4
    assert sector[0] == sector[1] != sector[2]
    assert district[0] == district[2] != district[3]
    assert len(set(area[:4])) == 1
    assert full[4:] == sector[4:] == [None] * 3


def test_fields_are_found_by_their_role_under_other_names():
    council = tokens(
        "cld_event",
        """
        nhs_number | date_of_birth | gender | postcode | la_person_unique_identifier
        9990000018 | 1950-03-04    | Female | AB1 2CD  | 77
        """,
    )
    hospital = tokens(
        "person_index",
        """
        nhs_number | person_birth_date | person_stated_gender_code | postcode_of_usual_address
        9990000018 | 1950-03-04        | 2                         | AB1 2CD
        """,
    )
    assert column(council, "identity_token") == column(hospital, "identity_token")
    assert column(council, "reference_token") != [None]


def test_own_identity_is_a_number_or_a_birth_with_name_or_place():
    names = {
        "number": "nhs_number",
        "given": "person_given_name",
        "family": "person_family_name",
        "born": "person_birth_date",
        "place": "postcode_of_usual_address",
    }
    rows = """
        9990000018 |      |        |            |
        9990000019 |      |        |            |
                   | Anna |        | 1950-03-04 |
                   |      |        | 1950-03-04 | AB1 2CD
                   | Anna | Archer |            | AB1 2CD
                   | Anna | Archer |            |
                   |      |        | 1950-03-04 |
    """
    found = tokens("person_index", " | ".join(names.values()) + rows.rstrip())
    own = column(found, "has_own_identity")
    assert own == [True, False, True, True, True, False, False]
    assert [t is not None for t in column(found, "identity_token")] == own


def test_records_that_only_refer_have_no_identity_token():
    found = tokens("gp_appointment", "local_patient_identifier\n7\n 7 \n8\n").collect()
    assert all(found[name].is_null().all() for name in IDENTITY_TOKENS)
    seven, also_seven, eight = column(found.lazy(), "reference_token")
    assert seven == also_seven != eight


def test_a_child_names_its_parent_as_the_parent_names_itself():
    referrals = tokens("csds_referral", "service_request_identifier\nr1\nr2")
    contacts = tokens("csds_care_contact", "service_request_identifier\nr2\nr3")
    assert column(referrals, "parent_token")[1] == column(contacts, "child_of_token")[0]
    assert column(contacts, "child_of_token")[1] not in column(referrals, "parent_token")
    assert column(contacts, "parent_token") == [None, None]


def test_identity_records_say_since_when_and_rows_say_when():
    registered = tokens(
        "gp_registration",
        "registration_start_date | registration_end_date\n2020-01-01 | 2021-01-01",
    )
    assert [str(column(registered, n)[0]) for n in ("valid_from", "valid_to")] == [
        "2020-01-01",
        "2021-01-01",
    ]
    seen = tokens("gp_appointment", "appointment_start_date_time\n2024-05-01 10:00")
    assert str(column(seen, "seen_on")[0]) == "2024-05-01"
