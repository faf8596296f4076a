"""Unplanned hospital stays, day by day: admission, readiness, waiting for support, discharge.

People compete for what is limited. A stay that ends in a wait for home support joins one queue
of the council's brokers, who start as many packages a day as staffing allows; from the go-live
day the intervention site assesses people at home instead. What the wait was for is recorded.
"""

import random
from collections import defaultdict, deque

import numpy as np

from flow_pipeline.synthetic import clock, emergencies, places
from flow_pipeline.synthetic.clock import NEVER, Period
from flow_pipeline.synthetic.emergencies import Illness
from flow_pipeline.synthetic.needs import Needs
from flow_pipeline.synthetic.people import People
from flow_pipeline.synthetic.places import INTERVENTION_SITE, Block
from flow_pipeline.synthetic.stays import HospitalYears, Stay

BURN_IN = 120
BROKER_BACKLOG_DAYS = 5.0  # days of work that the brokers let queue before they buy more
BROKER_WEEKDAY = (1.25, 1.2, 1.2, 1.2, 1.15, 0.5, 0.3)
COMMUNITY_BEDS_PER_PERSON = 2.4e-4
RELATIVE_READMISSION = 0.115


class _Ward:
    """The day loop's state. Plain Python: a hundred thousand stays a year need no more."""

    def __init__(
        self,
        block: Block,
        people: People,
        needs: Needs,
        illness: Illness,
        period: Period,
        seed: int,
    ) -> None:
        self.block, self.people, self.needs, self.illness = block, people, needs, illness
        self.period = period
        self.random = random.Random(seed)
        self.go_live = period.half_way
        self.inpatient: dict[int, Stay] = {}
        self.ready_on: dict[int, list[Stay]] = defaultdict(list)
        self.leave_on: dict[int, list[Stay]] = defaultdict(list)
        self.readmit_on: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
        self.queue: deque[Stay] = deque()
        self.for_community_bed: deque[Stay] = deque()
        self.community_beds = max(2, round(len(people) * COMMUNITY_BEDS_PER_PERSON))
        self.rate = self._expected_rate()
        self.credit = 0.0
        self.asked = 0
        self.beds = np.zeros(len(places.SITES))
        self.normal = np.ones(len(places.SITES))
        self.result = HospitalYears()
        self.near = places.site_of_lsoa(block, people.lsoa)
        self.age_birth = people.birth.tolist()
        self.frailty = needs.frailty.tolist()
        self.death = people.death_day.tolist()
        self.out = people.out_day.tolist()
        self.home = people.care_home.tolist()
        self.package = (
            (needs.frailty > 0.45)
            & (people.care_home < 0)
            & (np.random.default_rng(seed).random(len(people)) < 0.35)
        ).tolist()
        self.result.packages = [p for p, has in enumerate(self.package) if has]

    def _expected_rate(self) -> float:
        """Home support packages asked for a day, to size the brokers' team."""
        return len(self.people) * 0.014 / 365

    def run(self) -> HospitalYears:
        first = self.period.start - BURN_IN
        by_day = self._illness_by_day()
        for day in range(first, self.period.end + 1):
            self._leave(day)
            self._make_ready(day)
            self._broker(day)
            self._fill_community_beds(day)
            self._pressure(day, first)
            for row in by_day.get(day, ()):
                self._arrive(row, day)
            for person, cause, index in self.readmit_on.pop(day, []):
                self._readmit(person, cause, index, day)
            self._make_ready(day)
            self._leave(day)
        return self.result

    def _make_ready(self, day: int) -> None:
        for stay in self.ready_on.pop(day, []):
            if stay.discharge == NEVER and self.inpatient.get(stay.person) is stay:
                self._plan_discharge(stay, day)

    def _illness_by_day(self) -> dict[int, range]:
        """Rows of serious illness by day; rows are in order of day."""
        days, starts = np.unique(self.illness.day, return_index=True)
        ends = [*starts[1:].tolist(), len(self.illness)]
        pairs = zip(days.tolist(), starts.tolist(), ends, strict=True)
        return {day: range(a, b) for day, a, b in pairs}

    # arrivals

    def _arrive(self, row: int, day: int) -> None:
        person = int(self.illness.person[row])
        if person in self.inpatient or not self.illness.serious[row]:
            return
        cause = int(self.illness.cause[row])
        age = (day - self.age_birth[person]) / 365.25
        frailty = self.frailty[person]
        chance = emergencies.CAUSE_ADMITTED[cause] * (0.93 + 0.35 * frailty)
        is_last = bool(self.illness.last[row])
        if not is_last and self.random.random() > chance:
            return
        stay = self._admit(person, day, cause, row, age, frailty, is_last)
        self.result.attended[row] = stay.number

    def _admit(
        self,
        person: int,
        day: int,
        cause: int,
        row: int,
        age: float,
        frailty: float,
        is_last: bool = False,
    ) -> Stay:
        site = int(self.near[person])
        if self.random.random() > 0.85:
            site = self.random.choices(range(6), places.SITE_SHARES.tolist())[0]
        nights = NEVER if is_last else self._nights(cause, age, frailty, site, day)
        route = "21" if self.random.random() < 0.84 else "22"
        stay = Stay(
            person, site, day, row, cause, day + nights, route, self.result.pressure[site, day]
        )
        stay.is_last = is_last
        self._open(stay)
        return stay

    def _open(self, stay: Stay) -> None:
        stay.number = len(self.result.stays)
        self.result.stays.append(stay)
        self.inpatient[stay.person] = stay
        if stay.site < 100:
            self.beds[stay.site] += 1
        self.ready_on[stay.ready].append(stay)

    def _nights(self, cause: int, age: float, frailty: float, site: int, day: int) -> int:
        """Nights of treatment until the person no longer needs a hospital bed."""
        mean = emergencies.CAUSE_NIGHTS[cause]
        zero = 0.46 if mean < 4 else 0.2
        zero *= 1.1 if age < 65 else 0.72
        if site == INTERVENTION_SITE and day >= self.go_live and age >= 65:
            zero *= 1.6
        if self.random.random() < zero:
            return 0
        scale = mean * (0.86 + 0.6 * min(age, 90) / 90 + 0.25 * frailty)
        nights = self.random.lognormvariate(-0.92, 1.12) * scale
        if self.random.random() < (0.055 if age < 75 else 0.035):
            nights += self.random.expovariate(1 / 33.0)
        return max(1, min(150, round(nights)))

    def _readmit(self, person: int, cause: int, index: int, day: int) -> None:
        if person in self.inpatient or self.death[person] < day or self.out[person] <= day:
            return
        age = (day - self.age_birth[person]) / 365.25
        stay = self._admit(person, day, cause, -1, age, self.frailty[person])
        stay.readmission_of = index
        minute = int(
            emergencies.draw_minutes(
                np.array([self.frailty[person] > 0.35 and age >= 65]),
                np.random.default_rng(self.random.getrandbits(32)),
            )[0]
        )
        stay.minute = minute
        self.result.extra.append((person, day, minute, cause))

    # readiness and discharge

    def _plan_discharge(self, stay: Stay, day: int) -> None:
        age = (day - self.age_birth[stay.person]) / 365.25
        frailty = self.frailty[stay.person]
        if self._moves_on(stay, day, age):
            return
        stay.pathway = self._pathway(stay, age, frailty)
        if stay.pathway == "P0":
            self._discharge_p0(stay, day)
        elif stay.pathway == "P1":
            self._ask_home_support(stay, day)
        elif stay.pathway == "P2":
            self.for_community_bed.append(stay)
        else:
            self._set_discharge(stay, day + 2 + self._wait(11.0), "P3")
            self.result.new_homes.append((stay.person, stay.discharge))

    def _moves_on(self, stay: Stay, day: int, age: float) -> bool:
        """Some stays continue at another site of the other trust (stroke, heart, trauma)."""
        chance = 0.045 if stay.cause in (0, 3, 4) else 0.012
        if stay.transferred_from >= 0 or stay.site >= 100 or self.random.random() > chance:
            return False
        stay.transfer_to = 3 if stay.site < 3 else 0
        stay.pathway = "transfer"
        self._set_discharge(stay, day, "")
        return True

    def _pathway(self, stay: Stay, age: float, frailty: float) -> str:
        nights = stay.ready - stay.day
        if stay.site >= 100:
            return "P1" if self.random.random() < 0.55 else "P0"
        if self.home[stay.person] >= 0 or age < 55:
            return "P0"
        need = 0.05 + 0.55 * (age >= 65) * frailty + 0.1 * (age >= 75)
        need += (0.2 if stay.cause in (0, 4, 10) else 0.05) + 0.012 * min(nights, 20)
        need = min(0.8, need * (0.25 if nights == 0 else 1.0))
        draw = self.random.random()
        if draw > need:
            return "P0"
        return "P1" if draw < 0.84 * need else ("P2" if draw < 0.94 * need else "P3")

    def _wait(self, mean: float) -> int:
        return int(self.random.gammavariate(1.1, mean / 1.1))

    def _set_discharge(self, stay: Stay, day: int, cause: str) -> None:
        stay.discharge = day
        stay.delay_cause = cause if day > stay.ready else ""
        self.leave_on[day].append(stay)

    def _discharge_p0(self, stay: Stay, day: int) -> None:
        late = self.random.random() < (0.04 if stay.ready == stay.day else 0.22)
        self._set_discharge(stay, day + (1 + self._wait(0.9) if late else 0), "P0")

    def _ask_home_support(self, stay: Stay, day: int) -> None:
        site_has = stay.site == INTERVENTION_SITE and day >= self.go_live
        if self.package[stay.person]:
            stay.support_kind, stay.support_cause = "existing_package", "package"
            stay.support = day + (self._wait(1.0) if site_has else 1 + self._wait(2.0))
            self._set_discharge(stay, stay.support, "package")
        elif site_has:
            stay.support_kind, stay.support_cause = self._kind_of_support(), "D2A"
            stay.support = day + self.random.choices((0, 1, 2, 3, 5), (24, 44, 21, 8, 3))[0]
            self._set_discharge(stay, min(stay.support, day + (self.random.random() < 0.4)), "D2A")
        else:
            stay.support_kind = self._kind_of_support()
            self.queue.append(stay)
            self.asked += 1

    def _kind_of_support(self) -> str:
        return self.random.choices(("reablement", "home_care", "nursing"), (62, 23, 15))[0]

    def _broker(self, day: int) -> None:
        """Start packages for those who have waited longest, as far as today's staffing goes."""
        while self.queue and self.queue[0].person not in self.inpatient:
            self.queue.popleft()
        self.rate += 0.012 * (self.asked - self.rate)
        self.asked = 0
        backlog = len(self.queue) / self.rate
        effort = min(2.2, max(0.25, backlog / BROKER_BACKLOG_DAYS))
        holiday = bool(clock.is_bank_holiday(np.array([day]))[0])
        staffing = 0.25 if holiday else BROKER_WEEKDAY[(day + 3) % 7]
        self.credit = min(self.credit + self.rate * staffing * effort, self.rate * 3 + 1)
        kept: list[Stay] = []
        while self.queue and self.credit >= 1:
            stay = self.queue.popleft()
            if self.inpatient.get(stay.person) is not stay:
                continue
            if day - stay.ready < 1:
                kept.append(stay)
                continue
            self.credit -= 1
            stay.support = day + 1
            waited = stay.support - stay.ready
            leaves = stay.support - (self.random.random() < 0.35)
            cause = "capacity" if waited > 4 else ("broker" if waited > 2 else "assessment")
            stay.support_cause = cause
            self._set_discharge(stay, max(day, leaves), cause)
        self.queue.extendleft(reversed(kept))

    def _fill_community_beds(self, day: int) -> None:
        """Free community beds go to those who have waited longest, a day after they are asked."""
        taken = sum(stay.site >= 100 for stay in self.inpatient.values())
        taken += sum(stay.transfer_to == 100 for stays in self.leave_on.values() for stay in stays)
        while self.for_community_bed and taken < self.community_beds:
            stay = self.for_community_bed.popleft()
            if self.inpatient.get(stay.person) is stay:
                stay.transfer_to = 100
                self._set_discharge(stay, day + 1, "P2")
                taken += 1

    def _leave(self, day: int) -> None:
        """Deaths and discharges of the day."""
        for stay in [s for s in self.inpatient.values() if self.death[s.person] <= day]:
            stay.died, stay.discharge, stay.support = True, day, NEVER
            stay.transfer_to, stay.delay_cause = -1, ""
            self._close(stay)
        for stay in self.leave_on.pop(day, []):
            if self.inpatient.get(stay.person) is stay and stay.discharge == day:
                self._close(stay)
                self._after(stay, day)

    def _close(self, stay: Stay) -> None:
        del self.inpatient[stay.person]
        if stay.site < 100:
            self.beds[stay.site] -= 1

    def _after(self, stay: Stay, day: int) -> None:
        if stay.transfer_to >= 0:
            self._continue(stay, day)
            return
        person, frailty = stay.person, self.frailty[stay.person]
        age = (day - self.age_birth[person]) / 365.25
        if stay.pathway == "P3" and self.home[person] < 0:
            self.home[person] = self.block.first_home + person % self.block.n_home
        if stay.support_kind == "home_care":
            self.package[person] = True
        waited = max(0, min(stay.support, day + 30) - stay.ready) if stay.support < NEVER else 0
        chance = RELATIVE_READMISSION * (0.55 + 0.75 * frailty + 0.35 * (age >= 65))
        chance *= 0.55 if age < 18 else 1.0
        chance += 0.012 * min(waited, 10)
        if self.random.random() < chance:
            gap = 1 + int(self.random.expovariate(1 / 11.0))
            cause = (
                stay.cause
                if self.random.random() < 0.55
                else int(self.random.choice((1, 5, 6, 16, 0 if age > 65 else 8)))
            )
            self.readmit_on[day + gap].append((person, cause, stay.number))

    def _continue(self, stay: Stay, day: int) -> None:
        if stay.transfer_to == 100:
            nights = 5 + int(self.random.gammavariate(2.0, 9.0))
        else:
            nights = 2 + int(self.random.gammavariate(1.2, 7.0))
        onward = Stay(
            stay.person,
            stay.transfer_to,
            day,
            -1,
            stay.cause,
            day + nights,
            "2B" if stay.transfer_to < 100 else "81",
            stay.pressure,
        )
        onward.transferred_from = stay.number
        onward.minute = 1
        self._open(onward)

    def _pressure(self, day: int, first: int) -> None:
        """How full each site is against its own recent past, and how hard the season presses."""
        weight = 0.5 if day - first < 20 else 0.02
        self.normal += weight * (self.beds - self.normal)
        spread = np.sqrt(np.maximum(self.normal, 1.0))
        score = np.clip((self.beds - self.normal) / spread, -2, 2) * 0.35
        season = 0.35 * float(clock.winter(np.array([day]))[0])
        for site in range(len(places.SITES)):
            self.result.pressure[site, day] = float(score[site]) + season


def run_hospital(
    block: Block, people: People, needs: Needs, illness: Illness, period: Period, seed: int
) -> HospitalYears:
    return _Ward(block, people, needs, illness, period, seed).run()
