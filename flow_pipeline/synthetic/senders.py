"""Who sends what, how often, and in which dress: delimiters, date formats, renamed columns."""

from dataclasses import dataclass, field, replace
from datetime import date

from flow_pipeline.synthetic.clock import Period
from flow_pipeline.synthetic.places import AMBULANCE, COMMUNITY, COUNCIL, MENTAL_HEALTH
from flow_pipeline.synthetic.profiles import Profile

ISO = {"date": "%Y-%m-%d", "time": "%H:%M", "datetime": "%Y-%m-%d %H:%M"}
BRITISH = {"date": "%d/%m/%Y", "time": "%H:%M", "datetime": "%d/%m/%Y %H:%M"}
PAS_CHANGE = date(2025, 1, 1)  # when RXB's new patient system renames a column


@dataclass(frozen=True)
class Sender:
    """One contract of one organisation."""

    contract: str
    organisation: str  # code, or GP for all practices
    folder: str
    every: str  # month, quarter, year
    ending: str = "csv"  # csv, csv.gz, parquet
    delimiter: str = ","
    mark: bool = False  # byte-order mark
    formats: dict[str, str] = field(default_factory=lambda: dict(ISO))
    columns: dict[str, tuple[str, str]] = field(
        default_factory=dict
    )  # field → (header, mapping SQL)
    later_columns: dict[str, tuple[str, str]] = field(default_factory=dict)  # from PAS_CHANGE on
    organisation_column: str = ""
    spaced_numbers: bool = False
    foreign: bool = False  # pseudonymised by another body: no identifier in clear
    version: str = ""  # of the contract, where the configuration says it

    @property
    def name(self) -> str:
        return f"{self.contract}_{self.organisation}"


def _simple(header: str) -> tuple[str, str]:
    return header, header


def senders(profile: Profile) -> list[Sender]:
    """All senders in the order in which their files are listed."""
    listed = _dressed() if profile.quirks else _plain()
    return [
        _foreign(s) if profile.foreign_sender and s.organisation == "RXB" else s for s in listed
    ]


def _foreign(sender: Sender) -> Sender:
    """The sender as another body passes it on; ward stays name no person and stay as they are."""
    if sender.contract == "apc_ward_stay":
        return sender
    return replace(sender, columns={}, later_columns={}, foreign=True)


def _plain() -> list[Sender]:
    return [
        Sender(
            s.contract,
            s.organisation,
            s.folder,
            s.every,
            organisation_column=s.organisation_column,
            version=s.version,
        )
        for s in _dressed()
    ]


def _dressed() -> list[Sender]:
    spaced = {"nhs_number": ("NHS_NO", "REPLACE(NHS_NO, ' ', '')")}
    rxa_apc = spaced | {"start_date_hospital_provider_spell": _simple("ADM_DT")}
    rxb_apc = {
        "nhs_number": _simple("NHS_NUMBER"),
        "person_birth_date": _simple("DOB"),
        "local_patient_identifier": _simple("CRN"),
    }
    later = rxb_apc | {"local_patient_identifier": _simple("MRN")}
    return [
        Sender("apc_episode", "RXA", "acute", "month", columns=rxa_apc, spaced_numbers=True),
        Sender(
            "apc_episode",
            "RXB",
            "acute",
            "month",
            formats=BRITISH,
            columns=rxb_apc,
            later_columns=later,
        ),
        Sender("apc_episode", COMMUNITY, "community", "quarter"),
        Sender("apc_ward_stay", "RXA", "acute", "month", ending="csv.gz"),
        Sender("apc_ward_stay", "RXB", "acute", "month", formats=BRITISH),
        Sender("ecds_attendance", "RXA", "acute", "month", ending="csv.gz"),
        Sender("ecds_attendance", "RXB", "acute", "month", ending="parquet"),
        Sender("op_attendance", "RXA", "acute", "quarter", columns=spaced, spaced_numbers=True),
        Sender("op_attendance", "RXB", "acute", "quarter", formats=BRITISH),
        Sender("csds_mpi", COMMUNITY, "community", "quarter", delimiter=";"),
        Sender("csds_referral", COMMUNITY, "community", "quarter", delimiter=";"),
        Sender("csds_care_contact", COMMUNITY, "community", "quarter", delimiter=";"),
        Sender(
            "gp_registration",
            "GP",
            "gp",
            "year",
            organisation_column="general_medical_practice_code_patient_registration",
        ),
        Sender("gp_appointment", "GP", "gp", "quarter", organisation_column="practice_code"),
        Sender("cld_event", COUNCIL, "council", "quarter", mark=True, version="1"),
        Sender("death", COUNCIL, "deaths", "year"),
        Sender("ambulance_incident", AMBULANCE, "ambulance", "quarter", formats=BRITISH),
        Sender("person_index", MENTAL_HEALTH, "mental_health", "quarter"),
        Sender("mh_referral", MENTAL_HEALTH, "mental_health", "quarter"),
        Sender("mh_care_contact", MENTAL_HEALTH, "mental_health", "quarter"),
        Sender("mh_hospital_spell", MENTAL_HEALTH, "mental_health", "year"),
    ]


def periods(period: Period, every: str) -> list[tuple[str, date, date]]:
    """Label, first day and first day after, of each delivery period."""
    months = period.months()
    step = {"month": 1, "quarter": 3, "year": 12}[every]
    after = date(months[-1].year + months[-1].month // 12, months[-1].month % 12 + 1, 1)
    starts = months[::step]
    ends = [*starts[1:], after]
    return [(_label(start, every), start, end) for start, end in zip(starts, ends, strict=True)]


def _label(start: date, every: str) -> str:
    if every == "month":
        return f"{start:%Y-%m}"
    if every == "quarter":
        return f"{start.year}-Q{(start.month + 2) // 3}"
    return f"{start.year}-{(start.year + 1) % 100:02d}"


def stem(sender: Sender, label: str, start: date) -> str:
    """Path of a file below ``extracts``, without its ending."""
    version = "pas2_" if sender.later_columns and start >= PAS_CHANGE else ""
    return f"{sender.folder}/{sender.contract}_{sender.organisation}_{version}{label}"
