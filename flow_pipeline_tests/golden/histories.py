"""Small histories, each drawn as a table with the rule it shows and what must come of it.

The data are April 2024 to March 2025. Expected answers are worked out from the definitions by
hand; ``answers.py`` says what is asked.
"""

from dataclasses import dataclass, field

_STAY = "id|person|org|spell|n|admitted|start|end|left|how|to|method|from|class"
_HEADS = {
    "apc_episode": _STAY,
    "apc_ward_stay": "id|person|org|spell|since|until|ward_code|ward_type",
    "ecds_attendance": "id|person|org|arrival|arrived|departure|departed|goes|category",
    "gp_appointment": "id|person|org|booked|due|status",
    "csds_referral": "id|person|org|ref|received|team|closed|rejected",
    "csds_care_contact": "id|person|org|ref|contact|team|attended",
    "cld_event": "id|person|org|kind|began|ended|client_type|service|part|outcome",
    "death": "id|person|person_death_date",
    "gp_registration": "id|person|birth_month",
}


@dataclass(frozen=True)
class Golden:
    """``tables``: rows by contract, in the columns of ``_HEADS``; ``expected`` by question."""

    rule: str
    tables: dict[str, str]
    expected: dict[str, str]
    parameters: dict[str, object] = field(default_factory=dict)

    def drawn(self) -> dict[str, str]:
        """Tables as they are drawn, head first."""
        return {name: f"{_HEADS[name]}\n{rows.strip()}" for name, rows in self.tables.items()}


def _stays(
    rule: str, rows: str, parameters: dict[str, object] | None = None, **more: str
) -> Golden:
    asked = {k.replace("_", " "): v for k, v in more.items()}
    return Golden(rule, {"apc_episode": rows}, asked, parameters or {})


def _visits(
    rule: str, rows: str, parameters: dict[str, object] | None = None, **more: str
) -> Golden:
    """Appointments at practices: points in time."""
    asked = {k.replace("_", " "): v for k, v in more.items()}
    return Golden(rule, {"gp_appointment": rows}, asked, parameters or {})


_ONE = "1|2024-06-03|2024-06-03|2024-06-10|2024-06-10|1|19|21|19|1"  # a week in June

STAYS = (
    _stays(
        "Two episodes of one believed identifier are one spell.",
        """a|p|RXA|S1|1|2024-06-03|2024-06-03|2024-06-05||||21|19|1
b|p|RXA|S1|2|2024-06-03|2024-06-05|2024-06-10|2024-06-10|1|19|21|19|1""",
        spells="a b", spell_source="supplied", nights="7",
    ),
    _stays(
        "Without an identifier, the same admission date joins.",
        """a|p|RXA||1|2024-06-03|2024-06-03|2024-06-05||||21|19|1
b|p|RXA||2|2024-06-03|2024-06-05|2024-06-10|2024-06-10|1|19|21|19|1""",
        spells="a b", spell_source="derived",
    ),
    _stays(
        "A real discharge on the day separates two admissions of one day.",
        """a|p|RXA||1|2024-06-03|2024-06-03|2024-06-03|2024-06-03|1|19|21|19|1
b|p|RXA||1|2024-06-03|2024-06-03|2024-06-05|2024-06-05|1|19|21|19|1""",
        spells="a | b", nights="0 | 2",
    ),
    _stays(
        "A transfer of consultant on the day the first ended joins, whatever the admission dates.",
        """a|p|RXA||1|2024-06-03|2024-06-03|2024-06-05|2024-06-05|8||21|19|1
b|p|RXA||2|2024-06-05|2024-06-05|2024-06-10|2024-06-10|1|19|21|19|1""",
        spells="a b", nights="7",
    ),
    _stays(
        "An identifier that has two admission dates is not believed.",
        f"""a|p|RXA|S1|{_ONE}
b|p|RXA|S1|1|2024-08-01|2024-08-01|2024-08-04|2024-08-04|1|19|11|19|1""",
        spells="a | b", spell_source="derived | derived",
    ),
    _stays(
        "Another provider is always another spell.",
        """a|p|RXA|S1|1|2024-06-03|2024-06-03|2024-06-05||||21|19|1
b|p|RXB|S1|2|2024-06-03|2024-06-05|2024-06-10|2024-06-10|1|19|21|19|1""",
        spells="a | b",
    ),
    _stays(
        "An unfinished episode makes an open spell: no nights, bed days to the end of the data.",
        "a|p|RXA|S1|1|2025-03-21|2025-03-21|||||21|19|1",
        nights="unknown", bed_days="10", journey_ends_by="open",
    ),
    _stays(
        "An open stay ends, for counting, at the next admission elsewhere, and links to nothing.",
        """a|p|RXA|S1|1|2024-06-03|2024-06-03|||||21|19|1
b|p|RXB|S2|1|2024-06-10|2024-06-10|2024-06-12|2024-06-12|1|19|81|51|1""",
        continuous_spells="a | b", bed_days="7 | 2",
    ),
    _stays(
        "A day case is a stay of no night and no bed day.",
        "a|p|RXA|S1|1|2024-06-03|2024-06-03|2024-06-03|2024-06-03|1|19|11|19|2",
        nights="0", bed_days="0", journeys="a",
    ),
    _stays(
        "A stay that ends before it starts, if it was taken at all, ends there and is flagged.",
        "a|p|RXA|S1|1|2024-06-03|2024-06-03|2024-06-01||||21|19|1",
        spells="a", nights="0", flags_of_events="a end_before_start",
    ),
    _stays(
        "A stay of over a year without a sign of life is flagged.",
        "a|p|RXA|S1|1|2023-12-01|2023-12-01|||||21|19|1",
        flags_of_stays="C08_open_over_a_year",
    ),
    _stays(
        "Discharge to another hospital and admission that day: one continuous spell.",
        """a|p|RXA|S1|1|2024-06-03|2024-06-03|2024-06-10|2024-06-10|1|51|21|19|1
b|p|RXB|S2|1|2024-06-10|2024-06-10|2024-06-15|2024-06-15|1|19|11|19|1""",
        continuous_spells="a b", link_reason="destination", bed_days="12",
    ),
    _stays(
        "A gap of two days with source 51 links; the nights between are no bed days.",
        """a|p|RXA|S1|1|2024-06-03|2024-06-03|2024-06-10|2024-06-10|1|19|21|19|1
b|p|RXB|S2|1|2024-06-12|2024-06-12|2024-06-15|2024-06-15|1|19|11|51|1""",
        continuous_spells="a b", link_reason="source", bed_days="10",
    ),
    _stays(
        "A gap of three days is too wide for the national variant.",
        """a|p|RXA|S1|1|2024-06-03|2024-06-03|2024-06-10|2024-06-10|1|51|21|19|1
b|p|RXB|S2|1|2024-06-13|2024-06-13|2024-06-15|2024-06-15|1|19|81|51|1""",
        continuous_spells="a | b",
    ),
    _stays(
        "The same gap of three days links in the York variant.",
        """a|p|RXA|S1|1|2024-06-03|2024-06-03|2024-06-10|2024-06-10|1|51|21|19|1
b|p|RXB|S2|1|2024-06-13|2024-06-13|2024-06-15|2024-06-15|1|19|81|51|1""",
        {"cips_variant": "che"},
        continuous_spells="a b", link_reason="destination",
    ),
    _stays(
        "Missing codes never make a link.",
        """a|p|RXA|S1|1|2024-06-03|2024-06-03|2024-06-10|2024-06-10|1||21||1
b|p|RXB|S2|1|2024-06-10|2024-06-10|2024-06-15|2024-06-15|1|19|||1""",
        continuous_spells="a | b",
    ),
    _stays(
        "Sent home, then an emergency from another hospital: no link in the national variant.",
        """a|p|RXA|S1|1|2024-06-03|2024-06-03|2024-06-10|2024-06-10|1|19|21|19|1
b|p|RXB|S2|1|2024-06-11|2024-06-11|2024-06-15|2024-06-15|1|19|21|51|1""",
        continuous_spells="a | b", readmission="False | True",
    ),
    _stays(
        "Regular attenders never link.",
        """a|p|RXA|S1|1|2024-06-03|2024-06-03|2024-06-03|2024-06-03|1|51|11|19|3
b|p|RXB|S2|1|2024-06-03|2024-06-03|2024-06-15|2024-06-15|1|19|81|51|1""",
        continuous_spells="a | b",
    ),
    _stays(
        "A stay wholly within another joins it.",
        """a|p|RXA|S1|1|2024-06-03|2024-06-03|2024-06-20|2024-06-20|1|19|21|19|1
b|p|RXB|S2|1|2024-06-05|2024-06-05|2024-06-07|2024-06-07|1|19|11|19|1""",
        continuous_spells="a b", link_reason="nested", bed_days="17",
    ),
    _stays(
        "A partial overlap without evidence stays apart, flagged; a day is the earlier stay's.",
        """a|p|RXA|S1|1|2024-06-03|2024-06-03|2024-06-10|2024-06-10|1|19|21|19|1
b|p|RXB|S2|1|2024-06-08|2024-06-08|2024-06-14|2024-06-14|1|19|11|19|1""",
        continuous_spells="a | b", bed_days="7 | 4", flags_of_stays=" | K05_overlapping_stays",
    ),
    _stays(
        "With evidence of a transfer the overlap joins.",
        """a|p|RXA|S1|1|2024-06-03|2024-06-03|2024-06-10|2024-06-10|1|51|21|19|1
b|p|RXB|S2|1|2024-06-08|2024-06-08|2024-06-14|2024-06-14|1|19|11|19|1""",
        continuous_spells="a b", link_reason="overlap", bed_days="11",
    ),
    _stays(
        "An emergency on day 29 after a discharge is a readmission, of that discharge.",
        f"""a|p|RXA|S1|{_ONE}
b|p|RXB|S2|1|2024-07-09|2024-07-09|2024-07-12|2024-07-12|1|19|21|19|1""",
        readmission="False | True", readmitted="True | False", failure_demand="fd_readmit_30d b",
    ),
    _stays(
        "On day 30 it is none.",
        f"""a|p|RXA|S1|{_ONE}
b|p|RXB|S2|1|2024-07-10|2024-07-10|2024-07-12|2024-07-12|1|19|21|19|1""",
        readmission="False | False", readmitted="False | False", failure_demand="",
    ),
    _stays(
        "In the first 30 days of the data nothing is known of discharges before.",
        "a|p|RXA|S1|1|2024-04-20|2024-04-20|2024-04-25|2024-04-25|1|19|21|19|1",
        readmission="unknown",
    ),
)  # fmt: skip

_ED = "RXA|2024-06-03|{}|2024-06-03|{}|{}|1"
_HOME, _ADMITTED = "306689006", "306706006"
EMERGENCIES = (
    Golden(
        "An attendance whose patient is admitted there and then leads to the stay: one journey, "
        "the stay is its anchor, and the attendance a step before it.",
        {
            "ecds_attendance": f"e|p|{_ED.format('08:00:00', '12:00:00', _ADMITTED)}",
            "apc_episode": f"a|p|RXA|S1|{_ONE}",
        },
        {"spells": "a e", "journeys": "a e", "anchor": "unplanned_admission",
         "steps": "e; a (same unit, 0 arrival)"},
    ),
    Golden(
        "Sent home instead, the attendance is part of no stay.",
        {
            "ecds_attendance": f"e|p|{_ED.format('08:00:00', '12:00:00', _HOME)}",
            "apc_episode": "a|p|RXA|S1|1|2024-06-20|2024-06-20|2024-06-22|2024-06-22|1|19|11|19|1",
        },
        {"spells": "a", "journeys": "a e", "anchor": "emergency_attendance"},
    ),
    Golden(
        "Back after more than 4 hours and within 7 days: failure demand of the second visit.",
        {"ecds_attendance": f"""e|p|{_ED.format("08:00:00", "09:00:00", _HOME)}
f|p|{_ED.format("13:01:00", "14:00:00", _HOME)}"""},
        {"failure demand": "fd_ed_reattend_7d f | fd_ed_reattend_7d_same_department f"},
    ),
    Golden(
        "Back at another site, it is so of any department, not of the same one.",
        {"ecds_attendance": f"""e|p|{_ED.format("08:00:00", "09:00:00", _HOME)}
f|p|{_ED.format("13:01:00", "14:00:00", _HOME).replace("RXA", "RXB", 1)}"""},
        {"failure demand": "fd_ed_reattend_7d f"},
    ),
    Golden(
        "Within 4 hours it is a transfer between sites, no new demand.",
        {"ecds_attendance": f"""e|p|{_ED.format("08:00:00", "09:00:00", _HOME)}
f|p|{_ED.format("13:00:00", "14:00:00", _HOME)}"""},
        {"failure demand": ""},
    ),
    Golden(
        "The stay is no step where it has ward stays; moves between wards hand over by team.",
        {
            "apc_episode": f"a|p|RXA|S1|{_ONE}",
            "apc_ward_stay": """w|p|RXA|S1|2024-06-03 10:00|2024-06-05 10:00|W1|assessment
x|p|RXA|S1|2024-06-05 10:00|2024-06-10 10:00|W2|base""",
        },
        {"spells": "a w x", "steps": "w; x (team, 0 gap)"},
    ),
    Golden(
        "Ward stays without an end last until the next, the last until the stay is over.",
        {
            "apc_episode": f"a|p|RXA|S1|{_ONE}",
            "apc_ward_stay": """w|p|RXA|S1|2024-06-03 10:00||W1|assessment
x|p|RXA|S1|2024-06-05 10:00||W2|base""",
        },
        {"steps": "w; x (team, 0 gap)", "journey ends by": "gap"},
    ),
    Golden(
        "Whoever is admitted has left the department, recorded or not.",
        {
            "ecds_attendance": f"e|p|RXA|2024-06-03|08:00:00|||{_ADMITTED}|1",
            "apc_episode": f"a|p|RXA|S1|{_ONE}",
        },
        {
            "journeys": "a e",
            "journey ends by": "gap",
            "delays": "discharge_to_gp_contact censored 129600",
        },
    ),
)  # fmt: skip

JOURNEYS = (
    _visits(
        "A gap of 30 days stays in the journey.",
        """a|p|G1||2024-05-01 09:00|attended
b|p|G1||2024-05-31 09:00|attended""",
        journeys="a b", unattributed_days="30",
    ),
    _visits(
        "31 days split it.",
        """a|p|G1||2024-05-01 09:00|attended
b|p|G1||2024-06-01 09:00|attended""",
        journeys="a | b", unattributed_days="0 | 0",
    ),
    _visits(
        "The gap is a parameter.",
        """a|p|G1||2024-05-01 09:00|attended
b|p|G1||2024-05-09 09:00|attended""",
        {"gap_days": 7},
        journeys="a | b",
    ),
    _visits(
        "A missed appointment bridges nothing: it belongs to the journey before, and is no step.",
        """a|p|G1||2024-05-01 09:00|attended
b|p|G1||2024-05-25 09:00|did_not_attend
c|p|G1||2024-06-20 09:00|attended""",
        journeys="a b | c", steps="a | c", failure_demand="fd_dna b",
    ),
    _visits(
        "A missed appointment far from everything is a journey of its own, without steps.",
        "a|p|G1||2024-05-01 09:00|did_not_attend",
        journeys="a", steps="", anchor="none",
    ),
    _visits(
        "An unknown code is kept and bridges nothing: nobody knows whether the visit took place.",
        """a|p|G1||2024-05-01 09:00|attended
b|p|G1||2024-05-02 09:00|quite_unheard_of""",
        journeys="a b", steps="a", failure_demand="",
    ),
    _visits(
        "Contacts of one practice on neighbouring days are one step.",
        """a|p|G1||2024-05-01 09:00|attended
b|p|G1||2024-05-02 09:00|attended
c|p|G2||2024-05-03 09:00|attended""",
        steps="a; c (organisation, 1440 gap)",
    ),
    _visits(
        "Events of two people never meet.",
        """a|p|G1||2024-05-01 09:00|attended
b|q|G1||2024-05-01 09:00|attended""",
        journeys="a | b",
    ),
    _visits(
        "Across the night the clocks go back a day has 25 hours.",
        """a|p|G1||2024-10-26 12:00|attended
b|p|G2||2024-10-27 12:00|attended""",
        steps="a; b (organisation, 1500 gap)",
    ),
    _visits(
        "A recorded booking is a clock: what lies after it is waiting, the rest is unattributed.",
        """a|p|G1||2024-05-01 09:00|attended
b|p|G2|2024-05-03 09:00|2024-05-08 09:00|attended""",
        steps="a; b (organisation, 10080 booking)", wait_days="5", unattributed_days="2",
    ),
    _visits(
        "A journey whose next event could still come ends with the period.",
        "a|p|G1||2025-03-10 09:00|attended",
        journey_ends_by="period_end",
    ),
    Golden(
        "The longer stay bridges: the gap runs from the latest end so far.",
        {
            "apc_episode": f"a|p|RXA|S1|{_ONE}",
            "gp_appointment": """b|p|G1||2024-06-04 09:00|attended
c|p|G1||2024-07-10 09:00|attended""",
        },
        {"journeys": "a b c", "care days": "7"},
    ),
    Golden(
        "A referral holds nothing together beyond its start, however long it is open.",
        {
            "csds_referral": "r|p|RYC|R1|2024-05-01|T|2024-12-01|",
            "gp_appointment": "b|p|G1||2024-07-01 09:00|attended",
        },
        {"journeys": "b | r"},
    ),
    Golden(
        "The first contact was waited for since the referral, by the referral's clock.",
        {
            "csds_referral": "r|p|RYC|R1|2024-05-01|T||",
            "csds_care_contact": "c|p|RYC|R1|2024-05-11|T|5",
        },
        {"journeys": "c r", "steps": "r; c (same unit, 14400 referral)", "wait days": "10",
         "unattributed days": "0"},
    ),
    Golden(
        "A rejected referral is in the journey, and no step.",
        {
            "csds_referral": "r|p|RYC|R1|2024-05-11|T||2024-05-12",
            "gp_appointment": "b|p|G1||2024-05-01 09:00|attended",
        },
        {"journeys": "b r", "steps": "b"},
    ),
    Golden(
        "A visit during a stay is concurrent: neither a wait nor a hand-off that counts.",
        {
            "apc_ward_stay": "w|p|RXA|S1|2024-06-03 10:00|2024-06-10 10:00|W1|base",
            "gp_appointment": "b|p|G1||2024-06-04 09:00|attended",
        },
        {"steps": "w; b (sector, concurrent)", "care days": "7"},
    ),
    Golden(
        "The council's chain: each step was waited for since the request.",
        {
            "cld_event": """
r|p|999|Request|2024-05-07|2024-05-07|Service User|||Progress to Assessment
s|p|999|Assessment|2024-05-10|2024-05-11|Service User|||Progress to Assessment""",
        },
        {"journeys": "r s", "steps": "r; s (same unit, 4320 request)", "anchor": "council_request"},
    ),
    Golden(
        "Death ends the journey.",
        {
            "gp_appointment": "b|p|G1||2024-05-01 09:00|attended",
            "death": "d|p|2024-05-10",
        },
        {"journeys": "b d", "journey ends by": "death", "steps": "b"},
    ),
    Golden(
        "An event more than 7 days after death is left out, and counted.",
        {
            "gp_appointment": """b|p|G1||2024-05-01 09:00|attended
c|p|G1||2024-05-20 09:00|attended""",
            "death": "d|p|2024-05-10",
        },
        {"journeys": "b d", "left out": "after_death 1"},
    ),
)  # fmt: skip

_ASKED = "r|p|999|Request|2024-06-30|2024-06-30|{}|||Progress to Assessment"
_WAITS = ("request_to_assessment", "request_to_service")
_SERVICE = "s|p|999|Service|{}|{}|Service User|Long Term Support: Community|Home Support|"
_REABLED = "s|p|999|Service|2024-06-12|{}|Service User|Short Term Support: ST-Max|Reablement|"
_DISCHARGED = "a|p|RXA|S1|1|2024-06-03|2024-06-03|2024-06-10|2024-06-10|1|{}|{}|19|1"


def _not_counted(measures: tuple[str, ...], event: str, reason: str) -> dict[str, str]:
    return {"waits not counted": " | ".join(f"{m} {event} {reason}" for m in measures)}


WAITS = (
    Golden(
        "The wait of a new client of 25 for the council counts.",
        {"gp_registration": "g|p|1999-06-01", "cld_event": _ASKED.format("Service User")},
        {"waits not counted": ""},
    ),
    Golden(
        "Of a client of 24 it does not.",
        {"gp_registration": "g|p|1999-07-01", "cld_event": _ASKED.format("Service User")},
        _not_counted(_WAITS, "r", "under_25"),
    ),
    Golden(
        "Nor of a carer.",
        {"gp_registration": "g|p|1950-01-01", "cld_event": _ASKED.format("Carer")},
        _not_counted(_WAITS, "r", "not_service_user"),
    ),
    Golden(
        "Nor where nobody knows the age.",
        {"cld_event": _ASKED.format("Service User")},
        _not_counted(_WAITS, "r", "age_unknown"),
    ),
    Golden(
        "Who had long-term support within the year is no new client.",
        {
            "gp_registration": "g|p|1950-01-01",
            "cld_event": "\n".join(
                [_ASKED.format("Service User"), _SERVICE.format("2022-01-01", "2023-06-30")]
            ),
        },
        _not_counted(_WAITS, "r", "existing_client"),
    ),
    Golden(
        "Whose support ended longer ago is one.",
        {
            "gp_registration": "g|p|1950-01-01",
            "cld_event": "\n".join(
                [_ASKED.format("Service User"), _SERVICE.format("2022-01-01", "2023-06-29")]
            ),
        },
        {"waits not counted": ""},
    ),
    Golden(
        "Reablement two days after somebody of 65 left hospital counts.",
        {
            "gp_registration": "g|p|1959-06-01",
            "apc_episode": _DISCHARGED.format("19", "21"),
            "cld_event": _REABLED.format("2024-07-12"),
        },
        {"waits not counted": ""},
    ),
    Golden(
        "Of somebody of 64 it does not.",
        {
            "gp_registration": "g|p|1959-07-01",
            "apc_episode": _DISCHARGED.format("19", "21"),
            "cld_event": _REABLED.format("2024-07-12"),
        },
        _not_counted(("discharge_to_reablement",), "a", "under_65"),
    ),
    Golden(
        "Nor after discharge to another hospital.",
        {
            "gp_registration": "g|p|1950-01-01",
            "apc_episode": _DISCHARGED.format("51", "21"),
            "cld_event": _REABLED.format("2024-07-12"),
        },
        _not_counted(("discharge_to_reablement",), "a", "discharge_destination"),
    ),
    Golden(
        "A community service says when it rejected a referral, never when it accepted one: told, "
        "not summed up.",
        {"csds_referral": "r|p|RYC|R1|2024-05-01|T||2024-05-04"},
        {
            "delays": "referral_to_triage event 4320",
            "waits not counted": "referral_to_triage r acceptance_not_recorded",
        },
    ),
)

GOLDEN = {
    "Stays": STAYS,
    "Emergencies and wards": EMERGENCIES,
    "Journeys and steps": JOURNEYS,
    "Whom published methods count": WAITS,
}
