"""From delivered rows of any version or jurisdiction to events: the same things come out."""

import datetime as dt

import polars as pl

from flow_pipeline.contracts import choose_version
from flow_pipeline.contracts.language import Contract
from flow_pipeline.ingest import Sender, SourceMap, parse, settle
from flow_pipeline.ingest.submissions import Delivery
from flow_pipeline.journeys import Parameters, linked_rows, make_events
from flow_pipeline.pseudonymise import KeyRing, Pseudonymised, pseudonymise
from flow_pipeline.tables.ingest import SUBMISSION
from flow_pipeline.tables.publish import ORGANISATION
from flow_pipeline_tests.drawn import drawn

_KEYS = KeyRing(bytes(range(32)), "testing")
_PERIOD = (dt.date(2023, 4, 1), dt.date(2026, 3, 31))
_PARAMETERS = Parameters(period_start=_PERIOD[0], period_end=_PERIOD[1])


def _pseudonymised(text: str, promised: Contract, submission: str = "s1") -> Pseudonymised:
    source = SourceMap(contract=promised, sender=Sender(code="999"))
    parsed = parse(
        drawn(text), source, Delivery("src", submission), period=_PERIOD, today=_PERIOD[1]
    )
    faults = parsed.faults.collect()
    assert faults.filter(pl.col("severity") == "quarantine").is_empty()
    return pseudonymise(parsed.accepted, promised, _KEYS)


def _events(made: list[Pseudonymised], name: str) -> pl.DataFrame:
    """Events of the rows, all of one person, without their ids."""
    core = pl.concat(one.core for one in made)
    link = core.select(
        "record_key",
        "submission_id",
        pl.lit(name).alias("contract"),
        "organisation_code",
        "row_number",
        pl.lit("p1").alias("person_id"),
        pl.lit("nhs_number").alias("method"),
        pl.lit(0.9).alias("score"),
    )
    events = make_events(linked_rows({name: core}, link), ORGANISATION.empty(), _PARAMETERS).event
    columns = ("event_family", "event_type", "event_subtype", "setting", "outcome_class", "role")
    return events.sort("start_at").select(columns).collect()


_CLD = """
la_code | reporting_period_start_date | reporting_period_end_date | la_person_unique_identifier | client_type | event_type | event_start_date | event_end_date | event_outcome | service_type | service_component | request_route_of_access
999 | 2025-04-01 | 2025-06-30 | L1 | {who} | Request | 2025-04-01 | 2025-04-02 | {progress} | | | Prison
999 | 2025-04-01 | 2025-06-30 | L1 | {who} | Service | 2025-05-01 | 2025-05-09 | {died} | {short} | Reablement |
999 | 2025-04-01 | 2025-06-30 | L1 | {who} | Service | 2025-06-01 | | | {long} | {part} |
"""  # noqa: E501


def test_both_releases_of_client_level_data_give_the_same_events():
    on = dt.date(2025, 5, 1)
    first = _CLD.format(
        who="Service User",
        progress="Progress to Assessment",
        died="NFA - Deceased",
        short="Short Term Support: ST-Max",
        long="Long Term Support: Nursing Care",
        part="Long Term Nursing Care",
    )
    second = _CLD.format(
        who="Service user",
        progress="Progress to assessment, review or reassessment",
        died="NFA: Deceased",
        short="Short term support: ST-Max",
        long="Long term support: Nursing care",
        part="Long term nursing care",
    )
    made = [
        _events(
            [_pseudonymised(text, choose_version("cld_event", (), stated=version, on=on))],
            "cld_event",
        )
        for text, version in ((first, "1"), (second, "2"))
    ]
    assert made[0].equals(made[1])
    assert made[0]["role"].to_list() == ["point", "interval", "context"]
    assert made[0]["outcome_class"].to_list() == ["progressed", "died", "attended"]


def test_an_event_sent_under_both_releases_is_one_event():
    on = dt.date(2025, 5, 1)
    words = {"died": "", "short": "", "long": "", "part": ""}
    made = [
        _pseudonymised(
            "\n".join(_CLD.format(who=who, progress=progress, **words).strip().splitlines()[:2]),
            choose_version("cld_event", (), stated=version, on=on),
            submission,
        )
        for who, progress, version, submission in (
            ("Service User", "Progress to Assessment", "1", "s1"),
            ("Service user", "Progress to reablement/ST-Max", "2", "s2"),
        )
    ]
    older, newer = (one.core.collect()["submission_id"][0] for one in made)
    submissions = drawn(
        f"""
        submission_id | period_derived_end | received_at
        {older}       | 2025-06-30         | 2025-07-02 09:00
        {newer}       | 2025-06-30         | 2025-07-01 09:00
        """,
        SUBMISSION,
    )
    settled = settle(pl.concat(one.record_token for one in made), submissions).collect()
    assert settled["submission_id"].to_list() == [older]  # the outcome of the other ranks higher


_CLINIC = """
local_patient_identifier | outpatient_attendance_identifier | appointment_date | attended_or_did_not_attend_code | first_attendance_code | consultation_mechanism_code | activity_treatment_function_code
H1 | A1 | 2024-05-01 | {0} | 1 | {3} | 300
H1 | A2 | 2024-05-02 | {1} | {2} | | 300
"""  # noqa: E501


def test_one_attendance_code_means_one_thing_in_england_and_another_in_scotland():
    on = dt.date(2024, 5, 1)
    scotland = choose_version("op_attendance", (), stated="1", on=on, jurisdiction="scotland")
    england = choose_version("op_attendance", (), stated="6.3", on=on)
    scottish = _events(
        [_pseudonymised(_CLINIC.format("1", "5", "3", "2"), scotland)], "op_attendance"
    )
    english = _events(
        [_pseudonymised(_CLINIC.format("5", "5", "2", "02"), england)], "op_attendance"
    )
    assert scottish["outcome_class"].to_list() == ["attended", "left"]
    assert english["outcome_class"].to_list() == ["attended", "attended"]
    assert scottish["event_type"].to_list() == english["event_type"].to_list()
    assert scottish["setting"].to_list() == english["setting"].to_list() == ["remote", "clinic"]


def test_what_became_of_a_contact_is_read_from_the_field_of_either_version():
    sent = "care_contact_identifier | service_request_identifier | care_contact_date"
    outcomes = []
    for name, on in (
        ("attended_or_did_not_attend_code", dt.date(2022, 5, 1)),
        ("attendance_status", dt.date(2024, 5, 1)),
    ):
        fields = {f.strip() for f in sent.split("|")} | {name}
        promised = choose_version("csds_care_contact", fields, on=on)
        text = f"{sent} | {name}\nC1 | R1 | 2024-05-01 | 3\nC2 | R1 | 2024-05-02 |"
        events = _events([_pseudonymised(text, promised)], "csds_care_contact")
        outcomes.append((promised.version, events["outcome_class"].to_list()))
    assert outcomes == [("1.5", ["dna", "attended"]), ("1.6", ["dna", "attended"])]
