"""The families beyond acute, community, practice and council, from rows to events and journeys."""

import polars as pl
import pytest

from flow_pipeline.journeys import event_code
from flow_pipeline_tests.unit.journeys.histories import History, core, history, members

CALL = "call_connect_date_time|arrival_at_hospital_date_time|handover_date_time|clear_date_time"
INCIDENT = f"id|person|org|ambulance_incident_number|{CALL}|ambulance_incident_disposition"
VISIT = "id|person|org|arrival|arrived|departure|departed|goes|category|ambulance_incident_number"
MH_STAY = (
    "id|person|org|spell|ref|admitted|start_time_hospital_provider_spell|method|from|"
    "start_date_clinically_ready_for_discharge|left|how|to"
)
CARE = (
    "id|person|org|ref|referral_request_received_date|referral_accepted_date|"
    "referral_declined_date|care_start_date|care_end_date|care_end_reason|care_end_destination"
)


def _event(made: History, event_id: str, *names: str) -> tuple:
    return made.event.filter(event_id=event_id).select(*names).row(0)


def _delays(made: History, measure: str) -> list[tuple]:
    found = made.delay.filter(measure=measure).sort("from_event_id")
    return found.select("from_event_id", "minutes", "end_kind").rows()


def test_an_incident_lasts_until_the_handover_and_leads_to_the_attendance() -> None:
    made = history(
        ambulance_incident=f"""{INCIDENT}
a1|p|RX9|I1|2024-05-01 08:00|2024-05-01 09:00|2024-05-01 09:25|2024-05-01 09:40|see_and_convey_ed
a2|q|RX9|I2|2024-05-01 08:00|||2024-05-01 09:10|see_and_treat
a3|r|RX9|I3|2024-05-01 08:00||||hear_and_treat
a4|s|RX9|I4|2024-05-01 08:00||||stood_down
a5|t|RX9|I5|2024-05-01 08:00|2024-05-01 09:00|2024-05-01 09:25||see_and_convey_ed""",
        ecds_attendance=f"""{VISIT}
e1|p|RXA|2024-05-01|09:25:00|2024-05-01|12:00:00|306689006|1|I1
e2|t|RXA|2024-05-01|09:20:00|2024-05-01|12:00:00|306689006|1|
e3|q|RXA|2024-05-01|09:20:00|2024-05-01|12:00:00|306689006|1|I1""",
    )
    ends = made.event.sort("event_id").select("event_id", "end_at", "is_open").rows()
    assert {e: f"{at:%H:%M}" for e, at, _ in ends} == {
        "a1": "09:25", "a2": "09:10", "a3": "08:00", "a4": "08:00", "a5": "09:25",
        "e1": "12:00", "e2": "12:00", "e3": "12:00",
    }  # fmt: skip
    assert not any(is_open for *_, is_open in ends)
    assert _event(made, "a1", "planned", "outcome_class", "role", "is_bridging") == (
        "unplanned", "attended", "interval", True,
    )  # fmt: skip
    assert _event(made, "a4", "outcome_class", "is_bridging") == ("cancelled_by_provider", False)
    parents = dict(made.event.select("event_id", "parent_event_id").drop_nulls().rows())
    # by incident number of the same person, else by the arrival within the hour
    assert parents == {"e1": "a1", "e2": "a5"}
    assert _delays(made, "ambulance_handover") == [("a1", 25, "event"), ("a5", 25, "event")]
    step = made.step.filter(event_id="e1")
    assert step.select("handoff_type", "from_sector", "to_sector").row(0) == (
        "sector", "ambulance", "acute",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "call", "reached", "arrived", "brought"),
    [
        ("115 minutes in autumn", "10-27 00:30", "10-27 01:15", "10-27|02:10", False),
        ("5 minutes in autumn", "10-27 00:30", "10-27 01:15", "10-27|01:20", True),
        ("30 minutes in spring", "03-31 00:10", "03-31 00:40", "03-31|02:10", True),
    ],
)
def test_minutes_from_hospital_to_arrival_are_those_that_went_by(
    rule, call, reached, arrived, brought
) -> None:
    """Over a change of the clocks too, where the wall clock would say another number."""
    made = history(
        ambulance_incident=f"{INCIDENT}\na1|p|RX9|I1|2024-{call}|2024-{reached}|||see_and_convey_ed",
        ecds_attendance=f"{VISIT}\ne1|p|RXA|2024-{arrived}:00|2024-11-01|12:00:00|306689006|1|",
    )
    assert _event(made, "e1", "parent_event_id") == ("a1" if brought else None,), rule


def test_a_stay_in_a_mental_health_hospital_is_a_spell_with_wards_and_bed_days() -> None:
    made = history(
        mh_referral="id|person|org|ref|received\nr1|p|RZZ|R1|2024-04-20",
        mh_care_contact="""id|person|org|ref|contact|attended_or_did_not_attend_code
c1|p|RZZ|R1|2024-04-25|3
c2|p|RZZ|R1|2024-04-30|5""",
        mh_hospital_spell=f"""{MH_STAY}
s1|p|RZZ|S1|R1|2024-05-01|14:00:00|21|51|2024-05-10|2024-05-13|1|19""",
        mh_ward_stay="""id|person|org|spell|start_date_ward_stay|end_date_ward_stay|ward_code
w1|p|RZZ|S1|2024-05-01|2024-05-04|PICU
w2|p|RZZ|S1|2024-05-04|2024-05-13|OAK""",
    )
    spell = made.spell.row(0, named=True)
    assert (spell["event_family"], spell["nights"], spell["n_ward_moves"]) == ("mh_spell", 12, 1)
    assert (spell["is_emergency"], str(spell["discharge_ready_at"])[:10]) == (True, "2024-05-10")
    assert made.stays.bed_day.collect()["event_family"].to_list() == ["mh_spell"]
    assert _event(made, "s1", "setting", "planned", "parent_event_id", "destination_class") == (
        "mental_health_bed", "unplanned", "r1", "home",
    )  # fmt: skip
    assert _event(made, "c1", "outcome_class", "is_bridging") == ("dna", False)
    assert _delays(made, "discharge_delay") == [("s1", 3 * 1440, "event")]
    assert _delays(made, "referral_to_first_contact") == [("r1", 10 * 1440, "event")]
    steps = made.step.sort("step_number")["event_id"].to_list()
    assert steps == ["r1", "c2", "w1", "w2"]  # wards, so the stay itself is no step
    journey = made.journey.row(0, named=True)
    assert (journey["has_admission"], journey["anchor_type"]) == (True, "unplanned_admission")
    assert made.failure_demand.filter(measure="fd_dna")["event_id"].to_list() == ["c1"]


def test_a_transfer_to_a_community_hospital_goes_on_as_one_continuous_spell() -> None:
    made = history(
        apc_episode="""id|person|org|spell|n|admitted|start|end|left|how|to|method|from|class
e1|p|RXA|S1|1|2024-05-01|2024-05-01|2024-05-06|2024-05-06|1|51|21|19|1""",
        community_hospital_spell="""id|person|org|spell|admitted|method|from|ready|left|how|to
k1|p|RYA|K1|2024-05-06|81|51|2024-05-18|2024-05-20|1|19""",
    )
    whole = made.continuous.row(0, named=True)
    assert (whole["n_spells"], whole["nights"], whole["bed_days"]) == (2, 19, 19)
    days = made.stays.bed_day.collect().sort("from_date")
    assert days.select("event_family", "is_unplanned").rows() == [
        ("inpatient", True), ("community_spell", True),
    ]  # fmt: skip
    assert _delays(made, "discharge_delay") == [("k1", 2 * 1440, "event")]


@pytest.mark.parametrize(
    ("contract", "extra"),
    [
        ("intermediate_care", ""),
        ("virtual_ward", ""),
        ("hospice_care", "|care_location"),
    ],
)
def test_care_that_is_referred_for_bridges_while_it_lasts(contract: str, extra: str) -> None:
    bed = "|hospice" if extra else ""
    made = history(
        **{
            contract: f"""{CARE}{extra}
b|p|RYA|1|2024-05-01|2024-05-02||2024-05-04|2024-07-20|readmitted|acute_hospital{bed}
w|q|RYA|2|2024-05-01|2024-05-02|||||{bed}
n|r|RYA|3|2024-05-01||2024-05-05||||{bed}
o|s|RYA|4|2024-05-01||||||{bed}"""
        },
        op_attendance="""id|person|org|appointment_date|first_attendance_code|attended_or_did_not_attend_code
a|p|RXA|2024-08-10|1|5""",
    )
    assert _event(made, "b", "role", "outcome_class", "destination_class") == (
        "interval", "admitted", "other_hospital",
    )  # fmt: skip
    assert _event(made, "n", "outcome_class", "is_bridging") == ("rejected", False)
    assert _event(made, "o", "role", "outcome_class") == ("context", "open")
    assert "a,b" in members(made.journeys)  # 21 days after the end, 101 after the referral
    assert _delays(made, "referral_to_triage") == [
        ("b", 1440, "event"), ("n", 4 * 1440, "event"),
        ("o", 334 * 1440, "censored"), ("w", 1440, "event"),
    ]  # fmt: skip


def test_hospice_care_at_home_counts_by_its_start_alone() -> None:
    made = history(
        hospice_care=f"""{CARE}|care_location
h|p|H01|1|2024-05-01|2024-05-02||2024-05-04|2024-07-20|died|died|home""",
        op_attendance="""id|person|org|appointment_date|first_attendance_code|attended_or_did_not_attend_code
a|p|RXA|2024-07-10|1|5""",
    )
    assert _event(made, "h", "role", "outcome_class", "setting") == ("context", "died", "home")
    assert sorted(members(made.journeys)) == ["a", "h"]


def test_standing_prescriptions_and_codes_hold_no_journey_together() -> None:
    months = ("2024-05-01", "2024-05-29", "2024-06-26")
    made = history(
        gp_prescription_issue="id|person|org|practice_code|issue_date|dmd_code|is_repeat\n"
        + "\n".join(f"i{n}|p|GP|M1|{day}|1|true" for n, day in enumerate(months))
        + "\ni9|p|GP|M1|2024-05-03|2|false",
        prescribed_item="id|person|org|processing_period_date|paid_bnf_code|actual_cost\n"
        + "\n".join(f"d{n}|p|BSA|{day}|0212000AA|4.20" for n, day in enumerate(months)),
        gp_event="id|person|org|practice_code|event_date|snomed_code\nc1|p|GP|M1|2024-06-01|161891005",
        gp_referral="id|person|org|practice_code|referral_date\ng1|p|GP|M1|2024-05-02",
        op_attendance="""id|person|org|appointment_date|first_attendance_code|attended_or_did_not_attend_code
a|p|RXA|2024-07-20|1|5""",
    )
    bridges = made.event.filter("is_bridging")["event_id"].sort().to_list()
    assert bridges == ["a", "g1", "i9"]
    joined = [m.split(",") for m in members(made.journeys)]
    assert not any({"a", "i9"} <= set(group) for group in joined)
    assert _event(made, "d0", "supplied_cost", "event_subtype", "organisation_code") == (
        4.2, "0212", "BSA",
    )  # fmt: skip
    assert made.step["event_id"].sort().to_list() == ["a"]


def test_lists_and_registers_are_members_but_no_steps() -> None:
    made = history(
        apc_episode="""id|person|org|spell|n|admitted|start|end|left|how|to|method|from|class
e1|p|RXA|S1|1|2024-05-01|2024-05-01|2024-05-09|2024-05-09|1|54|21|19|1""",
        delayed_discharge="""id|person|org|spell|discharge_ready_date|delay_end_date|discharge_pathway|delayed_discharge_reason|responsible_body
d1|p|RXA|S1|2024-05-05|2024-05-09|3|residential_care|council
d2|q|RXA||2024-05-05||1|home_care|council""",
        care_home_residency="""id|person|org|care_home_cqc_location_id|care_home_type|residency_start_date|residency_end_date|care_home_evidence
h1|p|999|1-100|nursing|2024-05-09||address_match""",
        waiting_list_entry="""id|person|org|patient_pathway_identifier|waiting_list_type|referral_to_treatment_period_start_date
l1|p|RXA|P1|IRTT|2024-05-12""",
    )
    assert _event(made, "d1", "event_type", "event_subtype", "reason_code", "role") == (
        "pathway_3", "council", "residential_care", "administrative",
    )  # fmt: skip
    assert _event(made, "d1", "parent_event_id", "outcome_class") == ("e1", "discharged")
    assert _event(made, "d2", "is_open", "outcome_class", "is_bridging") == (True, "open", False)
    assert _event(made, "h1", "event_subtype", "setting", "outcome_class") == (
        "address_match", "care_home", "open",
    )  # fmt: skip
    assert members(made.journeys) == ["d1,e1,h1,l1", "d2"]
    assert made.step["event_id"].to_list() == ["e1"]


def test_a_call_to_111_is_unplanned_and_an_abandoned_one_does_not_bridge() -> None:
    made = history(
        urgent_care_contact="""id|person|org|urgent_care_service|contact_start_date_time|contact_end_date_time|urgent_care_outcome
u1|p|NLO|111_telephone|2024-05-01 02:10|2024-05-01 02:31|ambulance
u2|q|NLO|111_telephone|2024-05-01 02:10|2024-05-01 02:31|abandoned
u3|p|NLO|out_of_hours_visit|2024-05-02 02:10||treatment_completed"""
    )
    assert _event(made, "u1", "planned", "setting", "outcome_class", "is_bridging") == (
        "unplanned", "remote", "attended", True,
    )  # fmt: skip
    assert f"{_event(made, 'u1', 'end_at')[0]:%H:%M}" == "02:31"
    assert _event(made, "u2", "outcome_class", "is_bridging") == ("cancelled_by_patient", False)
    assert _event(made, "u3", "setting", "is_open") == ("home", False)


def test_an_application_about_homelessness_is_a_step_at_its_start() -> None:
    made = history(
        homelessness_application="""id|person|org|la_code|application_identifier|application_date|homelessness_duty|duty_end_date|homelessness_outcome|homelessness_reason
a1|p|999|999|A1|2024-05-01|relief|2024-09-01|contact_lost|left_hospital"""
    )
    assert _event(made, "a1", "event_type", "outcome_class", "reason_code", "role") == (
        "relief", "nfa", "left_hospital", "context",
    )  # fmt: skip
    assert made.step["event_id"].to_list() == ["a1"]
    assert f"{made.journey['end_at'].item():%Y-%m-%d}" == "2024-05-01"


def test_causes_of_death_stand_in_order_beside_the_death() -> None:
    cause = "underlying_cause_icd|cause_of_death_mention_icd_01"
    text = f"""id|person|org|person_death_date|death_place_type|{cause}
x|p|REG|2024-05-01|care_home|F03|J18.9"""
    made = history(death=text)
    codes = event_code({"death": core("death", text)}, made.events.event).collect()
    assert codes.select("position", "code_system", "code").rows() == [
        (1, "ICD-10 cause of death", "F03"),
        (2, "ICD-10 cause of death", "J18.9"),
    ]
    assert _event(made, "x", "event_type", "role") == ("care_home", "administrative")
    assert made.event.filter(pl.col("is_bridging")).is_empty()


EPISODE = "id|person|org|spell|n|admitted|start|end|left|how|to|method|from|class|ready"
LISTED = (
    "id|person|org|discharge_ready_date|delay_end_date|discharge_pathway|delayed_discharge_reason"
)


@pytest.mark.parametrize(
    ("wait", "quality", "minutes", "end_kind"),
    [
        ("2024-05-05|2024-05-10", "inside", 5, "event"),
        ("2024-05-01|2024-05-11", "within_1_day", 10, "event"),
        ("2024-04-30|2024-05-09", "within_1_day", 9, "event"),
        ("2024-05-05|", "assumed_end", 5, "event"),
        ("2024-05-05|2024-05-14", "ends_after", 9, "event"),
        ("2024-04-20|2024-05-06", "starts_before", 16, "event"),
        ("2024-06-05|2024-06-08", "unmatched", 3, "event"),
        ("2024-06-05|", "unmatched", 299, "censored"),
    ],
)
def test_a_listed_wait_goes_to_the_stay_it_touches(
    wait: str, quality: str, minutes: int, end_kind: str
) -> None:
    made = history(
        apc_episode=f"""{EPISODE}
e1|p|RXA|S1|1|2024-05-01|2024-05-01|2024-05-10|2024-05-10|1|19|21|19|1|""",
        delayed_discharge=f"{LISTED}\nd1|p|RXA|{wait}|1|home_care",
    )
    rows = made.delay.filter(measure="discharge_delay")
    assert rows.select("from_event_id", "match_quality", "minutes", "end_kind").rows() == [
        ("d1", quality, minutes * 1440, end_kind)
    ]


@pytest.mark.parametrize(
    ("rule", "wait", "how", "died", "expected"),
    [
        ("ended, died in the stay later", "06-05|2024-06-08", "4", "06-30", (3, "event")),
        ("ended the day before", "06-05|2024-06-29", "4", "06-30", (24, "event")),
        ("ended with the death", "06-05|2024-06-30", "4", "06-30", (25, "competing")),
        ("listed beyond the death", "06-05|2024-07-01", "4", "06-30", (25, "competing")),
        ("no end recorded", "06-05|", "4", "06-30", (25, "competing")),
        ("left alive, died on the day", "06-05|2024-06-30", "1", "06-30", (25, "event")),
        ("left alive, died later", "06-05|", "1", "07-02", (25, "event")),
        ("listed beyond a later death", "06-05|2024-07-05", "1", "07-02", (27, "competing")),
        ("unmatched, died later", "08-05|2024-08-08", "1", "08-09", (3, "event")),
        ("unmatched, died on the day", "08-05|2024-08-08", "1", "08-08", (3, "competing")),
    ],
)
def test_a_listed_wait_ended_as_recorded_unless_a_death_came_no_later(
    rule: str, wait: str, how: str, died: str, expected: tuple[int, str]
) -> None:
    made = history(
        apc_episode=f"""{EPISODE}
e1|p|RXA|S1|1|2024-06-01|2024-06-01|2024-06-30|2024-06-30|{how}|19|21|19|1|""",
        delayed_discharge=f"{LISTED}\nd1|p|RXA|2024-{wait}|1|home_care",
        death=f"id|person|org|person_death_date\nx|p|REG|2024-{died}",
    )
    days, end_kind = expected
    assert _delays(made, "discharge_delay") == [("d1", days * 1440, end_kind)], rule


@pytest.mark.parametrize(
    ("rule", "how", "dead", "end_kind"),
    [
        ("left alive the day before", "1", "q", "event"),
        ("died on the ward the day before", "4", "p", "competing"),
    ],
)
def test_a_wait_listed_a_day_after_the_stay_is_over_at_once(
    rule: str, how: str, dead: str, end_kind: str
) -> None:
    made = history(
        apc_episode=f"""{EPISODE}
e1|p|RXA|S1|1|2024-06-01|2024-06-01|2024-06-10|2024-06-10|{how}|19|21|19|1|""",
        delayed_discharge=f"{LISTED}\nd1|p|RXA|2024-06-11||1|home_care",
        death=f"id|person|org|person_death_date\nx|{dead}|REG|2024-06-10",
    )
    waits = made.delay.filter(measure="discharge_delay")
    told = waits.select("minutes", "end_kind", pl.col("start_at", "end_at").dt.to_string("%F"))
    assert told.rows() == [(0, end_kind, "2024-06-11", "2024-06-11")], rule


def test_a_stay_with_its_own_ready_date_is_measured_once() -> None:
    made = history(
        apc_episode=f"""{EPISODE}
e1|p|RXA|S1|1|2024-05-01|2024-05-01|2024-05-10|2024-05-10|1|19|21|19|1|2024-05-07""",
        delayed_discharge=f"{LISTED}\nd1|p|RXA|2024-05-05|2024-05-10|1|home_care",
    )
    assert _delays(made, "discharge_delay") == [("e1", 3 * 1440, "event")]


@pytest.mark.parametrize(
    ("reason", "source"),
    [
        ("home_care", ("d1", None, "council", "delay_reason")),
        ("hospital_process", ("d1", "RXA", "acute", "delay_reason")),
        ("patient_or_family", (None, None, None, None)),
    ],
)
def test_the_reason_of_a_listed_wait_names_the_source(reason: str, source: tuple) -> None:
    made = history(
        apc_episode=f"""{EPISODE}
e1|p|RXA|S1|1|2024-05-01|2024-05-01|2024-05-10|2024-05-10|1|19|21|19|1|""",
        delayed_discharge=f"{LISTED}\nd1|p|RXA|2024-05-05|2024-05-10|1|{reason}",
    )
    flags = made.failure_demand.filter(measure="fd_unplanned_then_delay")
    assert flags["event_id"].to_list() == ["e1"]
    columns = ("source_event_id", "source_organisation_code", "source_sector", "source_basis")
    assert flags.select(columns).row(0) == source
