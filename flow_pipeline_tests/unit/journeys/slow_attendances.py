"""Re-attendances, and the stays attendances led to, of one person the slow, obvious way:
plain Python, loops.

Written from the definitions, not from the code it judges.
"""

from dataclasses import dataclass

from flow_pipeline_tests.unit.journeys.slow_journeys import Moment
from flow_pipeline_tests.unit.journeys.slow_stays import When, is_before

UNPLANNED = {"1", "2", "3"}


@dataclass(frozen=True)
class Visit:
    """An attendance; ``left`` is null where nobody recorded the departure."""

    id: str
    org: str
    site: str | None
    came: When
    left: When | None
    category: str

    @property
    def arrival(self) -> Moment:
        return moment(self.came)

    @property
    def departure(self) -> Moment | None:
        """One before the arrival is the arrival; an hour that comes twice is the first, unless
        that is before it."""
        if self.left is None:
            return None
        if is_before(self.left, self.came):
            return self.arrival
        return moment(self.left, second=self.left.utc() < self.came.utc())


def moment(when: When, *, second: bool = False) -> Moment:
    utc = when.utc(second=second).replace(tzinfo=None)
    return Moment(when.local, utc, "date" if when.time is None else "minute")


def reattendances(visits: list[Visit], *, same_department: bool) -> dict[str, str]:
    """Unplanned attendances over 240 and at most 10,080 minutes after the latest departure of
    those that came before, and which that was."""
    unplanned = [v for v in visits if v.category in UNPLANNED]
    unplanned.sort(key=lambda v: (v.arrival.utc, v.id))
    found = {}
    for number, visit in enumerate(unplanned):
        latest: tuple[Moment, str] | None = None
        for before in unplanned[:number]:
            elsewhere = (before.org, before.site) != (visit.org, visit.site)
            left = before.departure
            if left is None or (same_department and elsewhere):
                continue
            if latest is None or left.utc >= latest[0].utc:
                latest = (left, before.id)
        if latest and 240 < latest[0].minutes_to(visit.arrival) <= 10_080:
            found[visit.id] = latest[1]
    return found


@dataclass(frozen=True)
class Stay:
    id: str
    org: str
    site: str | None
    came: When


def led_to(visits: list[Visit], stays: list[Stay]) -> dict[str, str]:
    """Each stay that an attendance led to: of an attendance the stay that is nearest, at the same
    provider before at the same site; of several attendances the one that is nearest to it."""
    nearest = {}
    for visit in visits:
        fitting = [(*found, visit.id, stay.id) for stay in stays if (found := _apart(visit, stay))]
        if fitting:
            nearest[visit.id] = min(fitting)
    won: dict[str, str] = {}
    for *_, visit_id, stay_id in sorted(nearest.values()):
        won.setdefault(stay_id, visit_id)
    return {visit_id: stay_id for stay_id, visit_id in won.items()}


def _apart(visit: Visit, stay: Stay) -> tuple[int, int] | None:
    """1 at the same provider, 2 at the same site, and how many minutes lie between."""
    left, came = visit.departure, moment(stay.came)
    assert left is not None
    days = (left.date - came.date).days
    exact = left.precision == came.precision == "minute"
    seconds = left.utc - came.utc if exact else left.local - came.local
    minutes = int(seconds.total_seconds() / 60)
    in_time = -60 <= minutes <= 24 * 60 if exact else days in (0, 1)
    if visit.org == stay.org and in_time:
        return (1, abs(minutes))
    if visit.site is not None and visit.site == stay.site and abs(days) <= 1:
        return (2, abs(minutes))
    return None
