"""Event families: the kinds of thing that happen to a person, whatever contract told of them."""

from dataclasses import dataclass
from typing import Literal

CostLevel = Literal["spell", "event", "service"]


@dataclass(frozen=True, kw_only=True)
class EventFamily:
    """One family.

    ``order`` settles which of two events at one moment comes first (definition: time).
    ``is_step``: its events can be steps of a journey. ``is_bed``: its events are stays in hospital
    or parts of them, and make provider spells; ``is_ward``: they are stays on wards within such a
    stay. ``costed``: the one level at which it is
    costed, null where it carries no cost. ``in_health_scope``: counted in ``mapped_cost`` under
    the default cost scope, which is that of Public Health Scotland's health_net_cost.
    """

    name: str
    meaning: str
    order: int = 9
    is_step: bool = True
    is_bed: bool = False
    is_ward: bool = False
    costed: CostLevel | None = None
    in_health_scope: bool = False


EVENT_FAMILIES: tuple[EventFamily, ...] = (
    EventFamily(
        name="ambulance",
        meaning="Incident of the ambulance service, from the call to the handover.",
        order=1,
        costed="event",
    ),
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
    EventFamily(
        name="mh_spell",
        meaning="Stay in a mental-health hospital.",
        order=3,
        is_step=False,
        is_bed=True,
        costed="spell",
        in_health_scope=True,
    ),
    EventFamily(
        name="community_spell",
        meaning="Stay in a community hospital.",
        order=3,
        is_step=False,
        is_bed=True,
        costed="spell",
        in_health_scope=True,
    ),
    EventFamily(
        name="ward_stay",
        meaning="Stay on a ward within a hospital stay.",
        order=4,
        is_ward=True,
    ),
    EventFamily(
        name="mh_ward_stay",
        meaning="Stay on a ward within a stay in a mental-health hospital.",
        order=4,
        is_ward=True,
    ),
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
    EventFamily(
        name="mh_referral",
        meaning="Referral to a mental-health service.",
    ),
    EventFamily(
        name="mh_contact",
        meaning="Contact of a mental-health service.",
        costed="event",
    ),
    EventFamily(
        name="intermediate_care",
        meaning="Intermediate care at home or in a bed.",
        costed="event",
    ),
    EventFamily(
        name="virtual_ward",
        meaning="Stay on a virtual ward: hospital-level care at home.",
        costed="event",
    ),
    EventFamily(
        name="hospice",
        meaning="Care of a hospice, in a bed or at home.",
        costed="event",
    ),
    EventFamily(name="gp_appointment", meaning="Appointment in general practice.", costed="event"),
    EventFamily(
        name="gp_event",
        meaning="Coded entry in a practice record.",
        is_step=False,
    ),
    EventFamily(
        name="gp_prescription",
        meaning="Prescription issued by a practice; its cost is that of the item dispensed.",
        is_step=False,
    ),
    EventFamily(
        name="gp_referral",
        meaning="Referral that a practice made; its receipt is an event of the receiver.",
        is_step=False,
    ),
    EventFamily(
        name="prescribed_item",
        meaning="Prescribed item that was dispensed and paid for.",
        is_step=False,
        costed="event",
        in_health_scope=True,
    ),
    EventFamily(
        name="urgent_care",
        meaning="Contact with NHS 111 or GP out of hours.",
        costed="event",
        in_health_scope=True,
    ),
    EventFamily(name="asc_request", meaning="Request to the council for support.", costed="event"),
    EventFamily(name="asc_assessment", meaning="Assessment by the council.", costed="event"),
    EventFamily(name="asc_service", meaning="Service of the council.", costed="service"),
    EventFamily(name="asc_review", meaning="Review by the council.", costed="event"),
    EventFamily(
        name="homelessness_application",
        meaning="Application to the council for help with homelessness.",
    ),
    EventFamily(name="care_home", meaning="Residence in a care home.", is_step=False),
    EventFamily(name="waiting_list", meaning="Entry of a hospital waiting list.", is_step=False),
    EventFamily(
        name="delayed_discharge",
        meaning="Wait in a hospital bed of somebody ready to leave it.",
        is_step=False,
    ),
    EventFamily(name="death", meaning="Death.", is_step=False),
)


def family(name: str) -> EventFamily:
    """The family of that name. Raises KeyError for a name that is none."""
    return {f.name: f for f in EVENT_FAMILIES}[name]


BED_FAMILIES: tuple[str, ...] = tuple(f.name for f in EVENT_FAMILIES if f.is_bed)
WARD_FAMILIES: tuple[str, ...] = tuple(f.name for f in EVENT_FAMILIES if f.is_ward)
HOSPITAL_FAMILIES: tuple[str, ...] = (*BED_FAMILIES, *WARD_FAMILIES)
STEP_FAMILIES: tuple[str, ...] = tuple(f.name for f in EVENT_FAMILIES if f.is_step)
