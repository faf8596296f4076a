"""Unplanned stays as the day loop makes them, and what may hold a discharge up."""

from dataclasses import dataclass, field

import numpy as np

from flow_pipeline.synthetic.clock import NEVER, Ints

DELAY_CAUSES = {
    "P0": ("transport or medicines", "hospital"),
    "broker": ("waiting for brokerage of home care", "council"),
    "capacity": ("no home care hours to be had", "council"),
    "assessment": ("waiting for assessment", "council"),
    "P2": ("no community bed free", "community"),
    "P3": ("waiting for a care home place", "council"),
    "D2A": ("next visit of the discharge team", "community"),
    "package": ("restart of existing package", "council"),
}


@dataclass
class Stay:
    """One unplanned stay at one site, as it happens."""

    person: int
    site: int
    day: int
    illness: int  # row of Illness, or −1 for a readmission that came later
    cause: int
    ready: int
    route: str  # admission method
    pressure: float
    is_last: bool = False
    pathway: str = "P0"
    discharge: int = NEVER
    died: bool = False
    support: int = NEVER
    support_kind: str = ""
    delay_cause: str = ""  # of the discharge
    support_cause: str = ""  # of the wait for home support
    transfer_to: int = -1  # site it continues at, or 100 for the community beds
    transferred_from: int = -1
    minute: int = 0
    readmission_of: int = -1
    number: int = 0


@dataclass
class HospitalYears:
    """Everything the day loop decided."""

    stays: list[Stay] = field(default_factory=list)
    attended: dict[int, int] = field(default_factory=dict)  # illness row → stay number
    extra: list[tuple[int, int, int, int]] = field(default_factory=list)  # readmission illnesses
    pressure: dict[tuple[int, int], float] = field(default_factory=dict)
    new_homes: list[tuple[int, int]] = field(default_factory=list)  # person, day
    packages: list[int] = field(default_factory=list)  # people with home care at the start


def stay_days(stays: list[Stay], name: str) -> Ints:
    return np.array([getattr(stay, name) for stay in stays], dtype=np.int64)
