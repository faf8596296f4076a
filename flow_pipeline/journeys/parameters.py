"""What shapes events, spells and journeys, beside the data."""

import datetime as dt
from dataclasses import dataclass
from typing import Literal

CipsVariant = Literal["nhsd", "che"]


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """``period_end`` is the last day the data covers; ``population_from`` names the contract that
    says who belongs to the economy (None: the first of gp_registration, person_index present)."""

    period_start: dt.date
    period_end: dt.date
    gap_days: int = 30
    cips_variant: CipsVariant = "nhsd"
    population_from: str | None = None
