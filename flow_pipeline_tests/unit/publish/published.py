# ruff: noqa: E501  (drawn tables are wide)
"""A small economy's tables, drawn, for the tests of publishing."""

import polars as pl

from flow_pipeline.tables import published_tables, released_tables, table
from flow_pipeline_tests.drawn import drawn

CARE_EVENT = """
event_id | person_id | event_family   | event_type | sector  | organisation_code | team_code | start_at         | end_at           | start_at_utc     | end_at_utc       | start_precision | end_precision | end_status    | spell_id | continuous_spell_id | journey_id | outcome_class
E1       | P1        | emergency      | 01         | acute   | RXA               |           | 2024-05-03 13:30 | 2024-05-03 18:10 | 2024-05-03 12:30 | 2024-05-03 17:10 | minute          | minute        | recorded      | S1       | C1                  | J1         | admitted
E2       | P1        | inpatient      | emergency  | acute   | RXA               |           | 2024-05-03 18:00 | 2024-05-10 00:00 | 2024-05-03 17:00 | 2024-05-09 23:00 | minute          | date          | recorded      | S1       | C1                  | J1         | discharged
E3       | P1        | asc_service    | reablement | council | 999               | Team A    | 2024-05-12 00:00 | 2024-06-20 00:00 | 2024-05-11 23:00 | 2024-06-19 23:00 | date            | date          | imputed_death |          |                     | J1         | attended
E4       | P1        | death          | home       | council | 999               |           | 2024-06-20 00:00 | 2024-06-20 00:00 | 2024-06-19 23:00 | 2024-06-19 23:00 | date            | date          | recorded      |          |                     | J4         | died
E5       | P2        | inpatient      | birth      | acute   | RXA               |           | 2024-07-09 04:10 | 2024-07-11 10:00 | 2024-07-09 03:10 | 2024-07-11 09:00 | minute          | minute        | recorded      | S2       | C2                  | J2         | discharged
E6       | P2        | ward_stay      | maternity  | acute   | RXA               | Ward 9    | 2024-07-09 04:30 | 2024-07-11 10:00 | 2024-07-09 03:30 | 2024-07-11 09:00 | minute          | minute        | recorded      | S2       | C2                  | J2         | attended
E7       | P2        | inpatient      | transfer   | acute   | RXB               |           | 2024-07-11 12:00 | 2024-07-14 10:00 | 2024-07-11 11:00 | 2024-07-14 09:00 | minute          | minute        | recorded      | S3       | C2                  | J2         | discharged
E8       | P2        | gp_appointment | clinic     | gp      | G01               |           | 2024-08-01 09:00 | 2024-08-01 09:10 | 2024-08-01 08:00 | 2024-08-01 08:10 | minute          | minute        | recorded      |          |                     | J2         | attended
E9       | P3        | gp_appointment | clinic     | gp      | G01               |           | 2024-08-02 09:00 | 2024-08-02 09:10 | 2024-08-02 08:00 | 2024-08-02 08:10 | minute          | minute        | recorded      |          |                     | J3         | dna
"""

SPELL = """
spell_id | continuous_spell_id | person_id | organisation_code | admitted_at      | discharged_at    | admission_method | nights | destination_class
S1       | C1                  | P1        | RXA               | 2024-05-03 18:00 | 2024-05-10 00:00 | 21               | 7      | home
S2       | C2                  | P2        | RXA               | 2024-07-09 04:10 | 2024-07-11 10:00 | 82               | 2      | other_hospital
S3       | C2                  | P2        | RXB               | 2024-07-11 12:00 | 2024-07-14 10:00 | 81               | 3      | home
"""

CONTINUOUS_SPELL = """
continuous_spell_id | person_id | last_organisation_code | admitted_at      | discharged_at    | nights | readmitted_30d | is_emergency
C1                  | P1        | RXA                    | 2024-05-03 18:00 | 2024-05-10 00:00 | 7      | false          | true
C2                  | P2        | RXB                    | 2024-07-09 04:10 | 2024-07-14 10:00 | 5      | false          | false
"""

JOURNEY = """
journey_id | person_id | anchor_type         | anchor_event_id | start_at         | end_at           | end_reason | n_events | n_steps | n_handoffs | care_days | unattributed_days | cost
J1         | P1        | unplanned_admission | E2              | 2024-05-03 13:30 | 2024-06-20 00:00 | death      | 3        | 3       | 1          | 46.0      | 1.5               | 4200.50
J2         | P2        | none                |                 | 2024-07-09 04:10 | 2024-08-01 09:10 | gap        | 4        | 3       | 2          | 5.0       | 18.0              | 900.00
J3         | P3        | none                |                 | 2024-08-02 09:00 | 2024-08-02 09:10 | gap        | 1        | 0       | 0          | 0.0       | 0.0               |
J4         | P1        | none                |                 | 2024-06-20 00:00 | 2024-06-20 00:00 | death      | 1        | 0       | 0          | 0.0       | 0.0               |
"""

JOURNEY_STEP = """
journey_id | step_number | event_id | from_organisation_code | to_organisation_code | from_sector | to_sector | wait_minutes | wait_basis | clock_wait_minutes | is_concurrent | handoff_type
J1         | 1           | E1       |                        | RXA                  |             | acute     |              |            |                    | false         |
J1         | 2           | E2       | RXA                    | RXA                  | acute       | acute     | 0            | decision   | 0                  | true          |
J1         | 3           | E3       | RXA                    | 999                  | acute       | council   | 2880         | ready      | 2880               | false         | sector
J2         | 1           | E6       |                        | RXA                  |             | acute     |              |            |                    | false         |
J2         | 2           | E7       | RXA                    | RXB                  | acute       | acute     | 120          | gap        |                    | false         | organisation
J2         | 3           | E8       | RXB                    | G01                  | acute       | gp        | 25860        | gap        |                    | false         | sector
"""

DELAY = """
measure                   | person_id | journey_id | from_event_id | to_event_id | start_at         | end_at           | minutes | end_kind
discharge_delay           | P1        | J1         | E2            | E2          | 2024-05-08 00:00 | 2024-05-10 00:00 | 2880    | event
ed_arrival_to_departure   | P1        | J1         | E1            | E1          | 2024-05-03 13:30 | 2024-05-03 18:10 | 280     | event
referral_to_first_contact | P1        | J1         | E3            |             | 2024-05-12 00:00 | 2024-06-20 00:00 | 56160   | competing
discharge_delay           | P2        | J2         | E5            |             | 2024-07-10 00:00 | 2024-07-11 00:00 | 1440    | event
discharge_to_gp_contact   | P2        | J2         | E7            | E8          | 2024-07-14 10:00 | 2024-08-01 09:00 | 25860   | event
request_to_service        | P3        | J3         | E9            |             | 2024-08-02 00:00 |                  | 2880    | censored
"""

REABLEMENT_OUTCOME = """
event_id | person_id | service_event_id | organisation_code | discharged_on | left_out | has_died | was_readmitted | has_entered_long_term_care | has_stayed_in_community
E2       | P1        | E7               | 999               | 2024-05-10    |          | true     | false          | false                      | false
E5       | P2        | E8               | 999               | 2024-07-11    |          | false    | false          | false                      | true
E9       | P3        | E8               | 999               | 2024-07-12    | under_65 | false    | false          | false                      | true
E8       | P3        | E8               | 999               | 2024-07-13    |          |          | true           |                            | false
"""

DETAIL_DEATH = """
event_id | person_death_date | death_place_type
E4       | 2024-06-20        | home
"""

DETAIL_APC = """
event_id | start_date_hospital_provider_spell | start_time_hospital_provider_spell | discharge_date_hospital_provider_spell | person_death_date
E2       | 2024-05-03                         | 18:00:00                           | 2024-05-10                             | 2024-06-20
E5       | 2024-07-09                         | 04:10:00                           | 2024-07-11                             |
"""

PERSON = """
person_id | sex    | gp_practice_code | linkage_method | linkage_confidence | imd_decile | n_records
P1        | female | G01              | nhs_number     | 1.0                | 2          | 4
P2        | male   | G01              | probabilistic  | 0.93               | 9          | 4
P3        | male   | G02              | local_only     | 1.0                |            | 1
"""

HRI_COHORT = """
person_id | financial_year | area_level | area_code | rule    | rank | cost    | cumulative_cost_share | is_new
P1        | 2024/25        | economy    | all       | top2pct | 1    | 4200.50 | 0.82                  | true
P1        | 2023/24        | economy    | all       | top2pct | 1    | 10.00   | 1.0                   |
P2        | 2024/25        | locality   | L1        | top2pct | 1    | 900.00  | 1.0                   | true
"""

PERSON_YEAR = """
person_id | financial_year | age | n_emergency | n_inpatient | unplanned_bed_days
P1        | 2024/25        | 81  | 1           | 1           | 7
P1        | 2023/24        | 80  | 0           | 0           | 0
"""

ORGANISATION = """
organisation_code | name               | sector    | is_sender
RXA               | Anyborough General | acute     | true
999               | Anyborough Council | council   | true
"""

FAILURE_DEMAND = """
measure | person_id | journey_id | event_id | source_organisation_code | source_sector | source_basis | definition_version
fd_dna  | P3        | J3         | E9       | G01                      | gp            | booking      | 1
"""

ROW_LEDGER = """
submission_id | source  | contract    | stage  | class       | rule          | n_rows
SUB1          | ed      | ecds        | file   | read        |               | 3
SUB1          | ed      | ecds        | ingest | accepted    |               | 2
SUB1          | ed      | ecds        | ingest | quarantined | K01 departure | 1
"""

DRAWN = {
    "care_event": CARE_EVENT,
    "spell": SPELL,
    "continuous_spell": CONTINUOUS_SPELL,
    "journey": JOURNEY,
    "journey_step": JOURNEY_STEP,
    "delay": DELAY,
    "reablement_outcome": REABLEMENT_OUTCOME,
    "detail_death": DETAIL_DEATH,
    "detail_apc_episode": DETAIL_APC,
    "person": PERSON,
    "hri_cohort": HRI_COHORT,
    "person_year": PERSON_YEAR,
    "organisation": ORGANISATION,
    "failure_demand": FAILURE_DEMAND,
    "row_ledger": ROW_LEDGER,
}


def small_flow() -> dict[str, pl.LazyFrame]:
    """Every table of schema ``flow``: the drawn ones, the others empty."""
    frames = {t.name: t.empty() for t in published_tables()}
    return {**frames, **{n: _drawn_table(n, text) for n, text in DRAWN.items()}}


def small_released() -> dict[str, pl.LazyFrame]:
    """Every aggregate table of schema ``flow_release``, empty."""
    return {t.name: t.empty() for t in released_tables() if t.release_class == "aggregate"}


def _drawn_table(name: str, text: str) -> pl.LazyFrame:
    return table(name).conform(drawn(text, table(name)))
