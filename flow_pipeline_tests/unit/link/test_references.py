"""Records that only point at a person, by local identifier or by parent."""

import polars as pl

from flow_pipeline_tests.unit.link.people import ANNA, BERT, linked, persons, tokens


def test_a_local_identifier_finds_the_identity_record_of_its_issuer():
    result = linked(
        tokens(
            f"""
            number | born       | local | sender
            {ANNA} | 1950-03-04 | 7     | RXA
            {BERT} | 1961-07-09 | 7     | RXB
            """
        ),
        tokens(
            """
            local | appointment_id | appointment_start_date_time | sender
            7     | x              | 2024-05-01 10:00            | RXA
            7     | y              | 2024-05-01 10:00            | RXB
            8     | z              | 2024-05-01 10:00            | RXA
            8     | v              | 2024-06-01 10:00            | RXA
            """,
            contract="gp_appointment",
        ),
    )
    both = result.person_link.sort("contract", "row_number").collect()
    ids = both["person_id"].to_list()
    assert ids[:2] == ids[4:6]
    assert ids[2] == ids[3] not in ids[4:]
    assert both["method"].to_list()[:4] == ["nhs_number", "nhs_number", "local_only", "local_only"]
    assert both["reason"][0] == "local identifier of an identity record"


def test_a_stated_issuer_counts_before_the_sender():
    result = linked(
        tokens(f"number | born | local | sender\n{ANNA} | 1950-03-04 | 7 | RXA"),
        tokens(
            """
            local | organisation_identifier_local_patient_identifier | appointment_id | sender
            7     | RXA                                              | x              | Y90001
            7     |                                                  | y              | Y90001
            """,
            contract="gp_appointment",
        ),
    )
    assert persons(result, "gp_appointment") == ["a", "b"]
    methods = result.person_link.filter(pl.col("contract") == "gp_appointment").collect()["method"]
    assert sorted(methods) == ["local_only", "nhs_number"]


REGISTRATIONS = f"""
    number | born       | local | sender | registration_start_date | registration_end_date
    {ANNA} | 1950-03-04 | 7     | Y90001 | 2020-01-01              | 2023-12-31
    {BERT} | 1961-07-09 | 7     | Y90001 | {{start}}               |
"""


def appointments(*days: str) -> pl.LazyFrame:
    rows = "\n".join(f"7 | {day} | {day} 10:00 | Y90001" for day in days)
    header = "local | appointment_id | appointment_start_date_time | sender\n"
    return tokens(header + rows, contract="gp_appointment")


def test_a_reused_local_identifier_is_resolved_by_date():
    registered = tokens(REGISTRATIONS.format(start="2024-01-01"), contract="gp_registration")
    result = linked(registered, appointments("2023-06-01", "2024-06-01", "2023-07-01"))
    assert persons(result, "gp_appointment") == ["a", "b", "a"]
    assert result.refusals.collect().is_empty()
    assert result.notes["local_identifiers_of_two_people"] == 1


def test_two_people_at_once_are_refused():
    registered = tokens(REGISTRATIONS.format(start="2023-01-01"), contract="gp_registration")
    result = linked(registered, appointments("2023-06-01", "2024-06-01"))
    refusals = result.refusals.collect()
    assert refusals.select("contract", "row_number", "rule", "severity", "column").rows() == [
        (
            "gp_appointment",
            1,
            "reference_finds_two_people",
            "quarantine",
            "local_patient_identifier",
        )
    ]
    linked_rows = result.person_link.filter(pl.col("contract") == "gp_appointment").collect()
    assert linked_rows["row_number"].to_list() == [2]
    assert result.notes["records_refused"] == 1


def test_outside_its_dates_an_identity_record_is_better_than_nobody():
    one = "\n".join(REGISTRATIONS.strip().splitlines()[:2])
    result = linked(tokens(one, contract="gp_registration"), appointments("2025-06-01"))
    link = result.person_link.filter(pl.col("contract") == "gp_appointment").collect()
    assert link["method"].to_list() == ["nhs_number"]
    assert link["reason"].to_list() == ["local identifier of an identity record, outside its dates"]


def test_other_records_of_the_sender_say_who_a_local_identifier_is():
    result = linked(
        tokens(
            f"""
            number | born       | local | sender | emergency_care_attendance_identifier
            {ANNA} | 1950-03-04 | 7     | RXA    | x
                   |            | 7     | RXA    | y
            """,
            contract="ecds_attendance",
        )
    )
    assert persons(result) == ["a", "a"]


def test_a_child_without_a_local_identifier_goes_with_its_parent():
    episodes = tokens(
        f"""
        number | born       | hospital_provider_spell_identifier | sender
        {ANNA} | 1950-03-04 | s1                                 | RXA
        {BERT} | 1961-07-09 | s2                                 | RXA
        {ANNA} | 1950-03-04 | s3                                 | RXA
        {BERT} | 1961-07-09 | s3                                 | RXA
        {BERT} | 1961-07-09 | s1                                 | RXB
        """,
        contract="apc_episode",
    )
    stays = tokens(
        """
        hospital_provider_spell_identifier | ward_stay_start_date_time | sender
        s1                                 | 2024-05-01 10:00          | RXA
        s2                                 | 2024-05-01 10:00          | RXA
        s3                                 | 2024-05-01 10:00          | RXA
        s4                                 | 2024-05-01 10:00          | RXA
        s4                                 | 2024-05-02 10:00          | RXA
        s1                                 | 2024-05-02 10:00          | RXB
        """,
        contract="apc_ward_stay",
    )
    result = linked(episodes, stays)
    assert persons(result, "apc_ward_stay") == ["a", "b", None, "c", "c", "b"]
    assert result.refusals.collect()["rule"].to_list() == ["parent_finds_two_people"]


def test_a_contact_finds_the_person_through_its_referral():
    result = linked(
        tokens(
            f"number | born | local | sender\n{ANNA} | 1950-03-04 | 7 | RYA", contract="csds_mpi"
        ),
        tokens(
            """
            service_request_identifier | local | sender
            r1                         | 7     | RYA
            r2                         | 9     | RYA
            """,
            contract="csds_referral",
        ),
        tokens(
            """
            service_request_identifier | care_contact_identifier | local | sender
            r1                         | c1                      |       | RYA
            r1                         | c2                      | 7     | RYA
            r2                         | c3                      |       | RYA
            r2                         | c4                      | 9     | RYA
            """,
            contract="csds_care_contact",
        ),
    )
    assert persons(result, "csds_care_contact") == ["a", "a", "b", "b"]
    assert len(set(result.person_link.collect()["person_id"])) == 2


def test_a_record_with_nothing_to_go_by_is_a_person_of_its_own():
    nothing = "given | sender\nAnna | RXA\nAnna | RXA"
    result = linked(
        tokens(f"number | born | local | sender\n{ANNA} | 1950-03-04 | 7 | RXA"),
        tokens(nothing, contract="op_attendance"),
    )
    ids = result.person_link.collect()["person_id"].to_list()
    assert len(set(ids)) == 3


def chain(*, local: str) -> list[pl.LazyFrame]:
    """A referral whose local identifier is given, a spell under it, ward stays under both spells:
    the other spell's referral was never sent."""
    return [
        tokens(
            f"service_request_identifier | local | sender\nr1 | {local} | RXM",
            contract="mh_referral",
        ),
        tokens(
            """
            service_request_identifier | hospital_provider_spell_identifier | sender
            r1                         | s1                                 | RXM
            r2                         | s2                                 | RXM
            """,
            contract="mh_hospital_spell",
        ),
        tokens(
            """
            hospital_provider_spell_identifier | ward_stay_identifier | sender
            s1                                 | w1                   | RXM
            s2                                 | w2                   | RXM
            s2                                 | w3                   | RXM
            s3                                 | w4                   | RXM
            """,
            contract="mh_ward_stay",
        ),
    ]


def test_a_ward_stay_finds_the_person_through_its_spell_and_the_referral_of_that():
    known = tokens(f"number | born | local | sender\n{ANNA} | 1950-03-04 | 7 | RXM")
    result = linked(known, *chain(local="7"))
    assert persons(result, "mh_ward_stay") == ["a", "b", "b", "c"]
    one = result.person_link.filter(pl.col("method") == "nhs_number").collect()
    assert sorted(one["contract"]) == [
        "mh_hospital_spell",
        "mh_referral",
        "mh_ward_stay",
        "person_index",
    ]
    assert one["person_id"].n_unique() == 1
    spells = result.person_link.filter(pl.col("contract") == "mh_hospital_spell").collect()
    stays = result.person_link.filter(pl.col("contract") == "mh_ward_stay").collect()
    assert set(spells["person_id"]) < set(stays["person_id"])


def test_a_chain_that_ends_in_an_unknown_local_identifier_is_one_person_too():
    result = linked(*chain(local="8")).person_link.collect()
    by_contract = {name[0]: set(own["person_id"]) for name, own in result.group_by("contract")}
    assert by_contract["mh_referral"] < by_contract["mh_hospital_spell"]
    assert by_contract["mh_hospital_spell"] < by_contract["mh_ward_stay"]
    assert len(by_contract["mh_ward_stay"]) == 3
    assert set(result["method"]) == {"local_only"}


def test_nobody_is_lost_when_a_record_with_its_local_identifier_finds_somebody_by_its_parent():
    """Local identifier 8 names nobody; one ward stay under it goes with its spell, and once it had
    been linked by itself."""
    known = tokens(f"number | born | local | sender\n{ANNA} | 1950-03-04 | 7 | RXM")
    stays = tokens(
        """
        hospital_provider_spell_identifier | ward_stay_identifier | local | sender
        s1                                 | w1                   | 8     | RXM
        s9                                 | w2                   | 8     | RXM
        """,
        contract="mh_ward_stay",
    )
    before = linked(stays)
    assert persons(before) == ["a", "a"]
    referral, spell, _ = chain(local="7")
    after = linked(known, referral, spell, stays, registry=before.person_registry, run_id="run-2")
    assert persons(after, "mh_ward_stay") == ["a", "b"]
    was, now = before.person_link.collect(), after.person_link.collect()
    kept = set(was["person_id"]) & set(now["person_id"])
    assert len(kept) == 1
    assert kept.isdisjoint(now.filter(contract="person_index")["person_id"])
