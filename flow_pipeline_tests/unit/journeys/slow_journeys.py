"""Journeys, steps, predecessors, waits and accounts of time the slow, obvious way: one person,
plain Python, loops.

Written from the definitions, not from the code it judges.
"""

import datetime as dt
from dataclasses import dataclass

_FAMILY_ORDER = {"emergency": 2, "inpatient": 3, "ward_stay": 4}
_LOCAL_MIDNIGHT = dt.time()


@dataclass(frozen=True)
class Moment:
    local: dt.datetime
    utc: dt.datetime
    precision: str

    @property
    def date(self) -> dt.date:
        return self.local.date()

    def unknown_last(self) -> tuple[dt.date, bool, dt.datetime]:
        known = self.precision == "minute"
        return (self.date, not known, self.utc if known else dt.datetime.min)

    def unknown_first(self) -> tuple[dt.date, bool, dt.datetime]:
        known = self.precision == "minute"
        return (self.date, known, self.utc if known else dt.datetime.min)

    def surely_before(self, other: "Moment") -> bool:
        if self.precision == other.precision == "minute":
            return self.utc < other.utc
        return self.date < other.date

    def minutes_to(self, other: "Moment") -> int:
        if self.precision == other.precision == "minute":
            return int((other.utc - self.utc).total_seconds() // 60)
        return (other.date - self.date).days * 1440


@dataclass(frozen=True)
class Piece:
    """An event, or a step made of several."""

    event_id: str
    family: str
    organisation: str | None
    sector: str | None
    team: str | None
    start: Moment
    end: Moment

    @property
    def unit(self) -> tuple[str, str | None, str | None]:
        return (self.family, self.organisation, self.team)


def moment(row: dict[str, object], name: str) -> Moment:
    return Moment(*(row[f"{name}_{part}"] for part in ("at", "at_utc", "precision")))  # type: ignore[arg-type]


def piece(row: dict[str, object]) -> Piece:
    start = moment(row, "start")
    end = moment(row, "counted_end") if row["role"] == "interval" else start
    names = ("event_id", "event_family", "organisation_code", "sector", "team_code")
    return Piece(*(row[n] for n in names), start, end)  # type: ignore[arg-type]


def journeys(rows: list[dict[str, object]], gap: int) -> list[list[dict[str, object]]]:
    """The rows of one person as journeys, each a list of its rows."""
    bridging = [r for r in rows if r["is_bridging"]]
    bridging.sort(
        key=lambda r: (
            moment(r, "start").unknown_last(),
            _FAMILY_ORDER.get(str(r["event_family"]), 9),
            r["event_id"],
        )
    )
    chains: list[list[dict[str, object]]] = []
    spans: list[tuple[dt.date, dt.date]] = []
    for row in bridging:
        begins, ends = piece(row).start.date, piece(row).end.date
        if chains and (begins - spans[-1][1]).days <= gap:
            chains[-1].append(row)
            spans[-1] = (spans[-1][0], max(spans[-1][1], ends))
        else:
            chains.append([row])
            spans.append((begins, ends))
    made = [list(chain) for chain in chains]
    for row in rows:
        if not row["is_bridging"]:
            _join(row, made, spans, gap)
    return made


def _join(
    row: dict[str, object],
    made: list[list[dict[str, object]]],
    spans: list[tuple[dt.date, dt.date]],
    gap: int,
) -> None:
    day = piece(row).start.date
    for number, (begins, ends) in enumerate(spans):
        if (
            begins <= day
            and (day - ends).days <= gap
            and all(later > day for later, _ in spans[number + 1 :])
        ):
            made[number].append(row)
            return
    for number, (begins, _) in enumerate(spans):
        if 0 <= (begins - day).days <= gap:
            made[number].append(row)
            return
    made.append([row])


def steps(rows: list[dict[str, object]]) -> list[Piece]:
    """The steps of one journey, in order."""
    return [step for step, _ in steps_and_events(rows)]


def steps_and_events(rows: list[dict[str, object]]) -> list[tuple[Piece, list[str]]]:
    """The steps of one journey, in order, each with the ids of its events in order."""
    pieces = sorted(
        (piece(r) for r in rows if r["is_bridging"]),
        key=lambda p: (p.start.unknown_last(), p.end.unknown_first(), p.event_id),
    )
    runs: list[list[Piece]] = []
    for one in pieces:
        same = bool(runs) and runs[-1][0].unit == one.unit
        if same and (one.start.date - max(p.end.date for p in runs[-1])).days <= 1:
            runs[-1].append(one)
        else:
            runs.append([one])
    merged = [
        (
            Piece(
                run[0].event_id,
                run[0].family,
                run[0].organisation,
                run[0].sector,
                run[0].team,
                run[0].start,
                max((p.end for p in run), key=Moment.unknown_first),
            ),
            [p.event_id for p in run],
        )
        for run in runs
    ]
    return sorted(
        merged, key=lambda s: (s[0].start.unknown_last(), s[0].end.unknown_first(), s[0].event_id)
    )


@dataclass(frozen=True)
class Walked:
    event_id: str
    before: str | None
    is_concurrent: bool
    wait_minutes: int | None
    handoff_type: str | None


def walk(ordered: list[Piece]) -> list[Walked]:
    """Each step with its predecessor."""
    walked = []
    for number, step in enumerate(ordered):
        earlier = ordered[:number]
        open_still = [p for p in earlier if step.start.surely_before(p.end)]
        before, wait = None, None
        if open_still:
            before, wait = open_still[-1], 0
        elif earlier:
            latest = max(p.end.unknown_first() for p in earlier)
            before = [p for p in earlier if p.end.unknown_first() == latest][-1]
            wait = before.end.minutes_to(step.start)
        kind = handoff(before, step) if before else None
        walked.append(
            Walked(step.event_id, before and before.event_id, bool(open_still), wait, kind)
        )
    return walked


def handoff(before: Piece, after: Piece) -> str | None:
    """The widest level that differs."""
    if before.organisation and before.organisation == after.organisation:
        if before.team == after.team:
            return None
        return "team" if before.team and after.team else "unknown"
    if before.sector and after.sector and before.sector != after.sector:
        return "sector"
    if not (before.sector and after.sector and before.organisation and after.organisation):
        return "unknown"
    return "organisation"


_PARENTS = {
    "community_referral": "referral",
    "asc_request": "request",
    "asc_assessment": "request",
}
Clocks = dict[tuple[str, str], Moment]  # by event and name


def clocked(
    step: Piece, events: list[str], everything: list[dict[str, object]], clocks: Clocks
) -> tuple[str, Moment] | None:
    """Since when a step was waited for, and on what clock: the parent's start, for the first child
    of the parent; else the referral received, unless it is a follow-up; else the booking."""
    rows = {str(r["event_id"]): r for r in everything}
    for name in events:
        parent = rows[name]["parent_event_id"]
        if parent is None or name != _first_child(str(parent), everything):
            continue
        if str(parent) in rows and rows[str(parent)]["event_family"] in _PARENTS:
            since = moment(rows[str(parent)], "start")
            if _not_later(since, step.start):
                return _PARENTS[str(rows[str(parent)]["event_family"])], since
        break  # one parent a step
    own = rows[step.event_id]
    for clock, basis in (("received", "referral"), ("booked", "booking")):
        known = clocks.get((step.event_id, clock))
        counts = clock != "received" or own["event_type"] != "follow_up"
        if known and counts and _not_later(known, step.start):
            return basis, known
    return None


def _first_child(parent: str, everything: list[dict[str, object]]) -> str:
    children = [r for r in everything if r["parent_event_id"] == parent and r["is_bridging"]]
    children.sort(key=lambda r: (moment(r, "start").unknown_last(), r["event_id"]))
    return str(children[0]["event_id"])


def _not_later(clock: Moment, start: Moment) -> bool:
    same_day_unknown = clock.date == start.date and start.precision == "date"
    return clock.local <= start.local or same_day_unknown


@dataclass(frozen=True)
class Account:
    """Where the time of a journey went, in days."""

    care: float
    wait: float
    longest: float
    rest: float


def account(
    rows: list[dict[str, object]], everything: list[dict[str, object]], clocks: Clocks
) -> Account:
    """Care is the union of the steps; a wait is what lies between all care before a step, or its
    clock if that began later, and the step; the rest is the rest."""
    told = steps_and_events(rows)
    members = [piece(r) for r in rows if r["is_bridging"]]
    alone = [] if members else [moment(r, "start") for r in rows]
    spans = [*((p.start, p.end) for p in members), *zip(alone, alone, strict=True)]
    spans += [(s.start, s.end) for s, _ in told]
    exact = all(m.precision == "minute" for span in spans for m in span)

    def at(m: Moment) -> dt.datetime:
        return m.utc if exact else m.local

    begins = at(min((s for s, _ in spans), key=Moment.unknown_last))
    ends = max(at(e) for _, e in spans)
    waits, covered = [], []
    for step, events in told:
        start = max(at(step.start), begins)
        clock = clocked(step, events, everything, clocks)
        if covered and clock:
            since = max(at(clock[1]), *(e for _, e in covered))
            waits.append(max(start - since, dt.timedelta(0)))
        covered.append((start, max(at(step.end), start)))
    care, reached = dt.timedelta(0), begins
    for start, end in sorted(covered):
        care += max(end - max(start, reached), dt.timedelta(0))
        reached = max(reached, end)
    wait = sum(waits, dt.timedelta(0))
    days = [d / dt.timedelta(days=1) for d in (care, wait, max(waits, default=dt.timedelta(0)))]
    return Account(*days, (ends - begins - care - wait) / dt.timedelta(days=1))
