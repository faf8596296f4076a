"""What shapes events, spells and journeys, beside the data."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Literal

CipsVariant = Literal["nhsd", "che"]


@dataclass(frozen=True)
class FlagParameters:
    """``repeat_contact_days``: after a practice contact, in which another is a repeat (domain: 3, 7
    or 14). ``most_ward_moves``: of a spell that are not flagged (domain: 3, or 2)."""

    repeat_contact_days: int = 7
    most_ward_moves: int = 3


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """``period_end`` is the last day the data covers; ``population_from`` names the contract that
    says who belongs to the economy (None: the first of gp_registration, person_index present)."""

    period_start: dt.date
    period_end: dt.date
    gap_days: int = 30
    cips_variant: CipsVariant = "nhsd"
    flags: FlagParameters = field(default_factory=FlagParameters)
    population_from: str | None = None
