"""Rows of any version or jurisdiction become the same core rows, ids and ranks."""

import polars as pl

from flow_pipeline.contracts import contract, versions
from flow_pipeline.pseudonymise import Pseudonymised, pseudonymise
from flow_pipeline.tables.core import core_table
from flow_pipeline_tests.unit.pseudonymise.drawn_rows import KEYS, column, typed_rows


def _made(name: str, version: str, text: str, jurisdiction: str = "england") -> Pseudonymised:
    """Rows drawn with the fields of one version only."""
    one = next(c for c in versions(name, jurisdiction) if c.version == version)
    lineage = ["submission_id", "source", "organisation_code", "row_number", "dq_flags"]
    rows = typed_rows(name, text).select(*lineage, *(f.name for f in one.fields))
    return pseudonymise(rows, one, KEYS)


_SERVICE = """
nhs_number | la_person_unique_identifier | event_type | event_start_date | client_type | service_type | service_component
9990000018 | L1                          | Service    | 2024-05-01       | {who}       | {kind}       | {part}
"""  # noqa: E501


def test_the_words_of_a_release_do_not_change_what_a_row_is():
    first = _made(
        "cld_event",
        "1",
        _SERVICE.format(
            who="Service User",
            kind="Long Term Support: Nursing Care",
            part="Long Term Nursing Care",
        ),
    )
    second = _made(
        "cld_event",
        "2",
        _SERVICE.format(
            who="Service user",
            kind="Long term support: Nursing care",
            part="Long term nursing care",
        ),
    )
    assert first.core.collect().equals(second.core.collect())
    assert first.record_token.collect().equals(second.record_token.collect())
    assert column(second.core, "service_type") == ["Long Term Support: Nursing Care"]


def test_a_field_of_the_older_version_keeps_its_name_and_the_newer_one_is_empty():
    made = _made(
        "csds_care_contact",
        "1.5",
        """
        care_contact_identifier | service_request_identifier | care_contact_date | attended_or_did_not_attend_code
        C1                      | R1                         | 2022-05-01        | 3
        """,  # noqa: E501
    )
    assert made.core.collect().schema == core_table(contract("csds_care_contact")).schema()
    assert column(made.core, "attended_or_did_not_attend_code") == ["3"]
    assert column(made.core, "attendance_status") == [None]


def test_scottish_codes_become_the_codes_that_say_the_same():
    made = _made(
        "op_attendance",
        "1",
        """
        outpatient_attendance_identifier | appointment_date | attended_or_did_not_attend_code | first_attendance_code
        A1                               | 2024-05-01       | 1                               | 1
        A2                               | 2024-05-01       | 5                               | 3
        A3                               | 2024-05-01       | 8                               | 2
        """,  # noqa: E501
        "scotland",
    )
    assert column(made.core, "attended_or_did_not_attend_code") == ["5", "S5", "3"]
    assert column(made.core, "first_attendance_code") == ["1", "2", "1"]


def test_a_council_row_has_a_second_id_by_the_council_number():
    made = _made(
        "cld_event",
        "1",
        """
        nhs_number   | la_person_unique_identifier | event_type | event_start_date | client_type  | request_route_of_access
        9990000018   | L1                          | Request    | 2024-05-01       | Service User | Prison
        999 000 0018 | L1                          | Request    | 2024-05-01       | Service User | Prison
                     | L1                          | Request    | 2024-05-01       | Service User | Prison
        0000000000   | L1                          | Request    | 2024-05-01       | Service User | Prison
        9990000018   |                             | Request    | 2024-05-01       | Service User | Prison
        """,  # noqa: E501
    )
    ids = column(made.record_token, "event_id")
    others = column(made.record_token, "alternate_id")
    assert ids[0] == ids[1] == ids[4]
    assert ids[2] == ids[3] == others[0] == others[1]
    assert ids[2] != ids[0]
    assert others[2:] == [None, None, None]


def test_other_contracts_have_no_second_id_and_no_rank():
    made = _made("gp_appointment", "1", "appointment_id\nA1\n")
    row = made.record_token.collect().row(0, named=True)
    assert (row["alternate_id"], row["precedence"], row["is_deletion"]) == (None, None, False)


def test_the_council_ranks_open_before_closed_then_end_then_outcome_then_conversation():
    made = _made(
        "cld_event",
        "2",
        """
        la_person_unique_identifier | event_type | event_start_date | event_end_date | event_outcome                          | conversation
        a                           | Service    | 2024-05-01       |                | NFA: Other                             |
        b                           | Service    | 2024-05-01       | 2024-06-01     | Progress to reablement/ST-Max          |
        c                           | Service    | 2024-05-01       | 2024-05-31     | Progress to reablement/ST-Max          | true
        d                           | Service    | 2024-05-01       | 2024-05-31     | Progress to reablement/ST-Max          |
        e                           | Service    | 2024-05-01       | 2024-05-31     | Continuation of support or services    | true
        f                           | Service    | 2024-05-01       | 2024-05-31     | NFA: Deceased                          |
        g                           | Service    | 2024-05-01       | 2024-05-31     | NFA: Other                             |
        h                           | Service    | 2024-05-01       | 2024-05-31     |                                        |
        """,  # noqa: E501
    )
    ranks = column(made.record_token, "precedence")
    assert ranks == sorted(ranks, reverse=True)
    assert len(set(ranks)) == len(ranks)


def test_both_releases_rank_outcomes_of_one_meaning_alike():
    rows = """
    la_person_unique_identifier | event_type | event_start_date | event_outcome
    a                           | Request    | 2024-05-01       | {0}
    b                           | Request    | 2024-05-01       | {1}
    """
    first = _made("cld_event", "1", rows.format("No change in package", "NFA - Deceased"))
    second = _made(
        "cld_event", "2", rows.format("Continuation of support or services", "NFA: Deceased")
    )
    ranks = column(first.record_token, "precedence")
    assert ranks == column(second.record_token, "precedence")
    assert ranks[0] > ranks[1]


def test_net_change_ranks_by_the_moment_of_extraction_and_marks_deletions():
    made = _made(
        "apc_episode",
        "6.3",
        """
        cds_unique_identifier | cds_update_type | cds_extract_date | cds_extract_time
        B1                    | 9               | 2024-05-01       | 10:00:00
        B1                    | 9               | 2024-05-01       | 23:59:59
        B1                    | 1               | 2024-12-31       |
        B1                    |                 |                  | 10:00:00
        """,
    )
    assert column(made.record_token, "precedence") == [
        20240501100000,
        20240501235959,
        20241231000000,
        None,
    ]
    assert column(made.record_token, "is_deletion") == [False, False, True, False]
    assert len(set(column(made.record_token, "event_id"))) == 1


def test_no_rank_or_id_holds_anything_in_clear():
    made = _made("cld_event", "1", _SERVICE.format(who="Service User", kind="x", part="y"))
    told = str(made.record_token.collect().to_dicts())
    assert "9990000018" not in told
    assert "L1" not in told
    assert made.record_token.collect_schema()["precedence"] == pl.Int64
