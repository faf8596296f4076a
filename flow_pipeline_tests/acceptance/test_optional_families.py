"""A small economy in which every optional family has an extract, run from files to tables."""

# ruff: noqa: E501

from pathlib import Path

import polars as pl
import pytest

from flow_pipeline.governance.key_file import make_key
from flow_pipeline.synthetic import nhs_numbers
from flow_pipeline_tests.acceptance.commands import flow_pipeline

PAT, ANN, SAM = (str(number) for number in nhs_numbers.all_numbers(1)[:3])
_INDEX = f"""local_patient_identifier,nhs_number,person_birth_date,person_stated_gender_code
P1,{PAT},1940-05-17,2
P2,{ANN},1962-11-03,2
P3,{SAM},1985-02-21,1"""
_CARE = (
    "service_request_identifier,nhs_number,person_birth_date,referral_request_received_date,"
    "source_of_referral_for_community,referral_accepted_date,care_start_date,care_end_date,"
    "care_end_reason,care_end_destination"
)
# contract, sender, sector of the sender, rows as the sender writes them
EXTRACTS = {
    "gp_registration": (
        "M85001",
        "gp",
        f"""general_medical_practice_code_patient_registration,registration_start_date,registration_type,local_patient_identifier,nhs_number,person_birth_date,person_stated_gender_code
M85001,2015-01-01,regular,P1,{PAT},1940-05-17,2
M85001,2015-01-01,regular,P2,{ANN},1962-11-03,2
M85001,2015-01-01,regular,P3,{SAM},1985-02-21,1""",
    ),
    "gp_event": (
        "M85001",
        "gp",
        """practice_code,local_patient_identifier,event_date,snomed_code
M85001,P1,2024-04-20,161891005""",
    ),
    "gp_prescription_issue": (
        "M85001",
        "gp",
        """practice_code,local_patient_identifier,issue_date,dmd_code,bnf_code,is_repeat
M85001,P1,2024-04-20,39720311000001101,0407010H0AAAMAM,true""",
    ),
    "gp_referral": (
        "M85001",
        "gp",
        """practice_code,referral_identifier,local_patient_identifier,referral_date,organisation_identifier_referred_to,activity_treatment_function_code,priority_type_code
M85001,G1,P2,2024-04-22,RZZ,710,1""",
    ),
    "prescribed_item": (
        "M85001",
        "gp",
        f"""prescription_item_identifier,nhs_number,processing_period_date,prescriber_organisation_code,paid_bnf_code,actual_cost,net_ingredient_cost
D1,{PAT},2024-05-01,M85001,0407010H0AAAMAM,3.21,3.60""",
    ),
    "urgent_care_contact": (
        "NLO",
        "gp",
        f"""case_identifier,urgent_care_service,contact_start_date_time,contact_end_date_time,urgent_care_outcome,nhs_number,person_birth_date
U1,111_telephone,2024-05-01 07:40,2024-05-01 07:52,ambulance,{PAT},1940-05-17""",
    ),
    "ambulance_incident": (
        "RX9",
        "ambulance",
        f"""ambulance_incident_number,call_connect_date_time,ambulance_response_category,arrival_at_scene_date_time,arrival_at_hospital_date_time,handover_date_time,clear_date_time,ambulance_incident_disposition,nhs_number,person_birth_date
I1,2024-05-01 08:00,C2,2024-05-01 08:30,2024-05-01 09:10,2024-05-01 09:40,2024-05-01 09:55,see_and_convey_ed,{PAT},1940-05-17""",
    ),
    "ecds_attendance": (
        "RXA",
        "acute",
        f"""emergency_care_attendance_identifier,organisation_site_identifier_of_treatment,emergency_care_department_type,arrival_date,arrival_time,emergency_care_attendance_category,emergency_care_departure_date,emergency_care_departure_time,emergency_care_discharge_destination_snomed_ct,ambulance_incident_number,nhs_number,person_birth_date
A1,RXA01,01,2024-05-01,09:40,1,2024-05-01,14:00,306706006,I1,{PAT},1940-05-17""",
    ),
    "apc_episode": (
        "RXA",
        "acute",
        f"""hospital_provider_spell_identifier,episode_number,last_episode_in_spell_indicator_code,patient_classification_code,admission_method_code_hospital_provider_spell,source_of_admission_code,start_date_hospital_provider_spell,start_time_hospital_provider_spell,start_date_consultant_episode,end_date_consultant_episode,activity_treatment_function_code,discharge_ready_date_hospital_provider_spell,discharge_date_hospital_provider_spell,discharge_method_code_hospital_provider_spell,discharge_destination_code_hospital_provider_spell,tariff_amount,nhs_number,person_birth_date
S1,1,1,1,21,19,2024-05-01,14:00,2024-05-01,2024-05-08,300,2024-05-05,2024-05-08,1,51,2400,{PAT},1940-05-17""",
    ),
    "delayed_discharge": (
        "RXA",
        "acute",
        f"""hospital_provider_spell_identifier,census_date,discharge_ready_date,delay_end_date,discharge_pathway,delayed_discharge_reason,responsible_body,nhs_number,person_birth_date
S1,2024-05-08,2024-05-05,2024-05-08,2,community_bed,nhs,{PAT},1940-05-17""",
    ),
    "waiting_list_entry": (
        "RXA",
        "acute",
        f"""patient_pathway_identifier,waiting_list_type,week_ending_date,referral_to_treatment_period_start_date,activity_treatment_function_code,priority_type_code,nhs_number,person_birth_date
W1,IRTT,2025-03-30,2024-06-03,110,1,{SAM},1985-02-21""",
    ),
    "csds_mpi": ("RYA", "community", _INDEX),
    "csds_gp": (
        "RYA",
        "community",
        """local_patient_identifier,general_medical_practice_code_patient_registration,start_date_gmp_patient_registration
P1,M85001,2015-01-01""",
    ),
    "community_hospital_spell": (
        "RYA",
        "community",
        f"""hospital_provider_spell_identifier,organisation_site_identifier_of_treatment,start_date_hospital_provider_spell,admission_method_code_hospital_provider_spell,source_of_admission_code,discharge_ready_date_hospital_provider_spell,discharge_date_hospital_provider_spell,discharge_method_code_hospital_provider_spell,discharge_destination_code_hospital_provider_spell,patient_level_cost,nhs_number,person_birth_date
C1,RYA05,2024-05-08,81,51,2024-05-20,2024-05-22,1,19,3100,{PAT},1940-05-17""",
    ),
    "intermediate_care": (
        "RYA",
        "community",
        f"""{_CARE},care_location
IC1,{PAT},1940-05-17,2024-05-20,04,2024-05-21,2024-05-23,2024-06-20,completed,home,home""",
    ),
    "virtual_ward": (
        "RYA",
        "community",
        f"""{_CARE},virtual_ward_pathway,virtual_ward_entry
VW1,{SAM},1985-02-21,2024-07-01,05,2024-07-01,2024-07-01,2024-07-06,completed,home,respiratory,step_up""",
    ),
    "hospice_care": (
        "8HX",
        "voluntary",
        f"""{_CARE},care_location
H1,{PAT},1940-05-17,2024-09-01,01,2024-09-02,2024-09-03,2024-09-12,died,died,hospice""",
    ),
    "person_index": ("RZZ", "mental_health", _INDEX),
    "mh_referral": (
        "RZZ",
        "mental_health",
        """service_request_identifier,local_patient_identifier,referral_request_received_date,source_of_referral_for_mental_health,clinical_response_priority_type,service_or_team_type_referred_to_mental_health,care_professional_team_local_identifier
R1,P2,2024-04-24,A1,3,A06,CMHT1""",
    ),
    "mh_care_contact": (
        "RZZ",
        "mental_health",
        """care_contact_identifier,service_request_identifier,local_patient_identifier,care_contact_date,care_contact_time,care_professional_team_local_identifier,consultation_mechanism_mental_health,attended_or_did_not_attend_code
K1,R1,P2,2024-05-14,10:00,CMHT1,01,5""",
    ),
    "mh_hospital_spell": (
        "RZZ",
        "mental_health",
        """hospital_provider_spell_identifier,service_request_identifier,local_patient_identifier,start_date_hospital_provider_spell,start_time_hospital_provider_spell,source_of_admission_code,admission_method_code_hospital_provider_spell,start_date_clinically_ready_for_discharge,clinically_ready_for_discharge_delay_reason,discharge_date_hospital_provider_spell,discharge_method_code_hospital_provider_spell,discharge_destination_code_hospital_provider_spell
M1,R1,P2,2024-06-01,22:10,19,25,2024-06-18,14,2024-06-21,1,19""",
    ),
    "mh_ward_stay": (
        "RZZ",
        "mental_health",
        """hospital_provider_spell_identifier,ward_stay_identifier,start_date_ward_stay,end_date_ward_stay,ward_code,organisation_site_identifier_of_treatment,mental_health_admitted_patient_classification_type
M1,WS1,2024-06-01,2024-06-21,OAK,RZZ01,10""",
    ),
    "homelessness_application": (
        "999",
        "council",
        f"""la_code,application_identifier,application_date,assessment_date,homelessness_duty,duty_start_date,duty_end_date,homelessness_outcome,homelessness_reason,accommodation_at_application,nhs_number,person_birth_date
999,HA1,2024-06-20,2024-06-25,relief,2024-06-25,2024-08-20,secured_alternative,left_hospital,hospital,{ANN},1962-11-03""",
    ),
    "care_home_residency": (
        "999",
        "council",
        f"""care_home_cqc_location_id,care_home_type,residency_start_date,residency_end_date,care_home_end_reason,care_home_evidence,address_match_confidence,nhs_number,person_birth_date
1-101,nursing,2024-06-21,2024-09-02,other,address_match,0.93,{PAT},1940-05-17""",
    ),
    "death": (
        "999",
        "council",
        f"""nhs_number,person_death_date,death_place_type,underlying_cause_icd,cause_of_death_mention_icd_01,person_birth_date
{PAT},2024-09-12,hospice,C34.9,J18.9,1940-05-17""",
    ),
}  # fmt: skip


def _economy(folder: Path) -> Path:
    senders = {sender: sector for sender, sector, _ in EXTRACTS.values()}
    lines = [
        "economy: Smallborough",
        "purpose: test",
        "period: {start: 2024-04-01, end: 2025-03-31}",
        "storage: {root: ./data}",
        "publish: duckdb:///data/small.duckdb",
        "pseudonymisation: {key_file: ./keys/active.key}",
        "organisations:",
        *(f'  - {{code: "{c}", name: "{c}", sector: {s}}}' for c, s in senders.items()),
        "sources:",
    ]
    (folder / "extracts").mkdir(parents=True)
    for contract, (sender, _, rows) in EXTRACTS.items():
        (folder / "extracts" / f"{contract}.csv").write_text(rows + "\n", "utf-8")
        lines += [
            f"  - contract: {contract}",
            f'    organisation: "{sender}"',
            f"    files: extracts/{contract}.csv",
            "    formats: {date: '%Y-%m-%d', time: '%H:%M', datetime: '%Y-%m-%d %H:%M'}",
        ]
    lines += ["governance:", "  purposes: [{code: test, description: A test}]"]
    config = folder / "economy.yaml"
    config.write_text("\n".join(lines) + "\n", "utf-8")
    return config


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("optional") / "economy"
    config = _economy(folder)
    make_key(folder / "keys" / "active.key")
    ended = flow_pipeline("run", config)
    assert ended.code == 0, ended.err
    return folder


def _table(folder: Path, name: str) -> pl.DataFrame:
    return pl.read_parquet(folder / "data" / "analytic" / f"{name}.parquet")


def _one(events: pl.DataFrame, family: str) -> dict[str, object]:
    [row] = events.filter(event_family=family).rows(named=True)
    return row


# family: start, end, planned, outcome class, family of the parent
EXPECTED = {
    "urgent_care": ("2024-05-01 07:40", "2024-05-01 07:52", "unplanned", "attended", None),
    "ambulance": ("2024-05-01 08:00", "2024-05-01 09:40", "unplanned", "attended", None),
    "emergency": ("2024-05-01 09:40", "2024-05-01 14:00", "unplanned", "attended", "ambulance"),
    "inpatient": ("2024-05-01 00:00", "2024-05-08 00:00", "unplanned", "discharged", "emergency"),
    "delayed_discharge": (
        "2024-05-05 00:00", "2024-05-08 00:00", "not_applicable", "discharged", "inpatient",
    ),
    "community_spell": (
        "2024-05-08 00:00", "2024-05-22 00:00", "not_applicable", "discharged", None,
    ),
    "intermediate_care": (
        "2024-05-23 00:00", "2024-06-20 00:00", "not_applicable", "discharged", None,
    ),
    "virtual_ward": ("2024-07-01 00:00", "2024-07-06 00:00", "unplanned", "discharged", None),
    "hospice": ("2024-09-03 00:00", "2024-09-12 00:00", "not_applicable", "died", None),
    "mh_referral": ("2024-04-24 00:00", None, "not_applicable", "open", None),
    "mh_contact": ("2024-05-14 10:00", "2024-05-14 10:00", "elective", "attended", "mh_referral"),
    "mh_spell": ("2024-06-01 22:10", "2024-06-21 00:00", "unplanned", "discharged", "mh_referral"),
    "mh_ward_stay": (
        "2024-06-01 00:00", "2024-06-21 00:00", "not_applicable", "attended", "mh_spell",
    ),
    "gp_event": ("2024-04-20 00:00", "2024-04-20 00:00", "not_applicable", "attended", None),
    "gp_prescription": (
        "2024-04-20 00:00", "2024-04-20 00:00", "not_applicable", "attended", None,
    ),
    "gp_referral": ("2024-04-22 00:00", "2024-04-22 00:00", "not_applicable", "attended", None),
    "prescribed_item": (
        "2024-05-01 00:00", "2024-05-01 00:00", "not_applicable", "attended", None,
    ),
    "homelessness_application": (
        "2024-06-20 00:00", "2024-08-20 00:00", "not_applicable", "ended", None,
    ),
    "care_home": ("2024-06-21 00:00", "2024-09-02 00:00", "not_applicable", "discharged", None),
    "waiting_list": ("2024-06-03 00:00", None, "elective", "open", None),
    "death": ("2024-09-12 00:00", "2024-09-12 00:00", "not_applicable", "died", None),
}  # fmt: skip


@pytest.mark.parametrize("family", EXPECTED)
def test_the_row_of_each_family_is_the_event_it_should_be(small: Path, family: str) -> None:
    events = _table(small, "care_event")
    row = _one(events, family)
    families = dict(events.select("event_id", "event_family").rows())
    times = [at and f"{at:%Y-%m-%d %H:%M}" for at in (row["start_at"], row["end_at"])]
    parent = row["parent_event_id"] and families[row["parent_event_id"]]
    found = (*times, row["planned"], row["outcome_class"], parent)
    assert found == EXPECTED[family]


def test_every_row_became_an_event_of_one_of_three_people(small: Path) -> None:
    events = _table(small, "care_event")
    assert sorted(events["event_family"]) == sorted(EXPECTED)
    assert events["person_id"].n_unique() == 3
    ledger = _table(small, "row_ledger")
    classes = dict(
        ledger.filter(stage="ingest").group_by("class").agg(pl.col("n_rows").sum()).rows()
    )
    assert classes["accepted"] == sum(rows.count("\n") for _, _, rows in EXTRACTS.values())


def test_stays_in_three_kinds_of_hospital_are_spells_with_costs_and_bed_days(small: Path) -> None:
    spells = _table(small, "spell").sort("event_family")
    assert spells.select("event_family", "nights").rows() == [
        ("community_spell", 14), ("inpatient", 7), ("mh_spell", 20),
    ]  # fmt: skip
    # supplied, supplied, and twenty bed days of a mental-health hospital by the published rate
    assert [float(c) for c in spells["cost"]] == [3100.0, 2400.0, 20 * 564.0]
    whole = _table(small, "continuous_spell").sort("admitted_at")
    assert whole["n_spells"].to_list() == [2, 1]
    years = _table(small, "person_year")
    days = [years[f"bed_days_{f}"].sum() for f in ("inpatient", "mh_spell", "community_spell")]
    assert days == [7, 20, 14]
    assert float(years["cost_prescribed_item"].sum()) == 3.21


def test_the_waits_that_the_optional_families_record_are_measured(small: Path) -> None:
    delays = _table(small, "delay")
    minutes = {m: [] for m in delays["measure"]}
    for measure, length in delays.select("measure", "minutes").rows():
        minutes[measure].append(length)
    assert minutes["ambulance_handover"] == [30]
    assert sorted(minutes["referral_to_triage"]) == [0, 1440, 1440]
    assert sorted(minutes["discharge_delay"]) == [2 * 1440, 3 * 1440]
    assert minutes["referral_to_first_contact"] == [20 * 1440]


def test_one_journey_runs_from_the_call_to_the_end_of_intermediate_care(small: Path) -> None:
    events = _table(small, "care_event")
    chain = ("urgent_care", "ambulance", "emergency", "inpatient", "community_spell",
             "intermediate_care", "delayed_discharge")  # fmt: skip
    journeys = {_one(events, family)["journey_id"] for family in chain}
    assert len(journeys) == 1
    steps = _table(small, "journey_step").filter(pl.col("journey_id").is_in(list(journeys)))
    sectors = steps.sort("step_number")["to_sector"].to_list()
    assert sectors[:4] == ["gp", "ambulance", "acute", "acute"]


def test_the_details_of_each_contract_are_published(small: Path) -> None:
    residency = _table(small, "detail_care_home_residency")
    assert residency["address_match_confidence"].to_list() == [0.93]
    stay = _table(small, "detail_mh_hospital_spell")
    assert stay["clinically_ready_for_discharge_delay_reason"].to_list() == ["14"]
