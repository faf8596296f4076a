"""Event families: the kinds of thing that happen to a person, whatever contract told of them."""

from dataclasses import dataclass
from typing import Literal

CostLevel = Literal["spell", "event", "service"]


@dataclass(frozen=True, kw_only=True)
class EventFamily:
    """One family.

    ``order`` settles which of two events at one moment comes first (definition: time).
    ``is_step``: its events can be steps of a journey. ``costed``: the one level at which it is
    costed, null where it carries no cost. ``in_health_scope``: counted in ``mapped_cost`` under
    the default cost scope, which is that of Public Health Scotland's health_net_cost.
    """

    name: str
    meaning: str
    order: int = 9
    is_step: bool = True
    is_bed: bool = False
    costed: CostLevel | None = None
    in_health_scope: bool = False


EVENT_FAMILIES: tuple[EventFamily, ...] = (
    EventFamily(
        name="emergency",
        meaning="Attendance at an emergency department.",
        order=2,
        costed="event",
        in_health_scope=True,
    ),
    EventFamily(
        name="inpatient",
        meaning="Consultant episode of a hospital stay.",
        order=3,
        is_step=False,
        is_bed=True,
        costed="spell",
        in_health_scope=True,
    ),
    EventFamily(name="ward_stay", meaning="Stay on a ward within a hospital stay.", order=4),
    EventFamily(
        name="outpatient",
        meaning="Outpatient appointment.",
        costed="event",
        in_health_scope=True,
    ),
    EventFamily(name="community_referral", meaning="Referral to a community service."),
    EventFamily(
        name="community_contact", meaning="Contact of a community service.", costed="event"
    ),
    EventFamily(name="gp_appointment", meaning="Appointment in general practice.", costed="event"),
    EventFamily(name="asc_request", meaning="Request to the council for support.", costed="event"),
    EventFamily(name="asc_assessment", meaning="Assessment by the council.", costed="event"),
    EventFamily(name="asc_service", meaning="Service of the council.", costed="service"),
    EventFamily(name="asc_review", meaning="Review by the council.", costed="event"),
    EventFamily(name="death", meaning="Death.", is_step=False),
)


def family(name: str) -> EventFamily:
    """The family of that name. Raises KeyError for a name that is none."""
    return {f.name: f for f in EVENT_FAMILIES}[name]
