"""Provider spells, continuous spells, bed days and readmissions the slow, obvious way: one person,
plain Python, loops.

Written from the definitions, not from the code it judges.
"""

import datetime as dt
from dataclasses import dataclass
from itertools import pairwise
from zoneinfo import ZoneInfo

REAL_DISCHARGES = set("1234567")
PERIOD_START, PERIOD_END = dt.date(2024, 4, 1), dt.date(2025, 3, 31)
EMERGENCIES = {"21", "22", "23", "24", "25", "28", "2A", "2B", "2D"}
MATERNITY = {"31", "32", "2C", "82", "83"}
LONDON = ZoneInfo("Europe/London")
CODES = {
    "nhsd": (2, {"49", "50", "51", "52", "53", "84"}, {"49", "50", "51", "52", "53", "87"}),
    "che": (3, {"51", "52", "53"}, {"51", "52", "53"}),
}


@dataclass(frozen=True)
class When:
    """A day, with or without a time."""

    date: dt.date
    time: dt.time | None = None

    @property
    def local(self) -> dt.datetime:
        """The wall clock, 00:00 where there is no time; an hour later where there was no such."""
        at = dt.datetime.combine(self.date, self.time or dt.time())
        there_and_back = at.replace(tzinfo=LONDON).astimezone(dt.UTC).astimezone(LONDON)
        missing = there_and_back.replace(tzinfo=None) != at
        return at + dt.timedelta(hours=1) if missing else at

    def utc(self, *, second: bool = False) -> dt.datetime:
        """Of an hour that comes twice, the first or the second."""
        return self.local.replace(tzinfo=LONDON, fold=int(second)).astimezone(dt.UTC)

    def known_last(self) -> tuple[dt.date, bool, dt.datetime]:
        return (self.local.date(), self.time is None, self.utc())


def is_before(end: When, start: When) -> bool:
    """Whether something ended before it started: by the minute where both have a time."""
    if end.time is None or start.time is None:
        return end.date < start.date
    return end.utc() < start.utc() and end.utc(second=True) < start.utc()


@dataclass(frozen=True)
class Episode:
    id: str
    org: str
    spell: str | None
    n: int | None
    admitted: When
    start: When
    end: When | None
    left: When | None
    how: str | None
    to: str | None
    method: str | None
    source: str | None
    classification: str | None


@dataclass(frozen=True)
class Spell:
    episodes: list[Episode]
    until: dt.datetime  # for counting

    @property
    def ids(self) -> list[str]:
        return sorted(e.id for e in self.episodes)

    @property
    def admitted(self) -> dt.datetime:
        return min(e.admitted.local for e in self.episodes)

    @property
    def left(self) -> list[dt.datetime]:
        return [e.left.local for e in self.episodes if e.left]

    @property
    def is_open(self) -> bool:
        last = self.episodes[-1]
        return not self.left and (last.end is None or last.how == "8")

    def at_discharge(self, name: str) -> str | None:
        known = [getattr(e, name) for e in self.episodes if e.left]
        return known[-1] if known else None


def _ended(episode: Episode) -> When | None:
    """The end; an end before the start is the start."""
    if episode.end is not None and is_before(episode.end, episode.start):
        return episode.start
    return episode.end


def _counted(episode: Episode, everything: list[Episode]) -> dt.datetime:
    """The end for counting: an open stay's is the next admission elsewhere, or the data's."""
    ended = _ended(episode)
    if ended is not None:
        return ended.local
    elsewhere = _next_elsewhere(episode, everything)
    last = min([PERIOD_END, *elsewhere])
    return dt.datetime.combine(max(last, episode.start.local.date()), dt.time())


def _next_elsewhere(episode: Episode, everything: list[Episode]) -> list[dt.date]:
    """When the person was next admitted to another provider than that of the episode."""
    ordered = sorted(everything, key=lambda e: (e.start.local, e.id))
    after = ordered[ordered.index(episode) + 1 :]
    return [e.start.local.date() for e in after if e.org != episode.org][:1]


def spells(everything: list[Episode]) -> list[Spell]:
    """All provider spells of a person."""
    made = []
    for org in {e.org for e in everything}:
        own = [e for e in everything if e.org == org]
        own.sort(key=lambda e: _order(e, everything))
        made += _of_provider(own, everything)
    return made


def _order(e: Episode, everything: list[Episode]) -> tuple:
    goes_on, came = e.how in ("8", "9"), e.method in ("2B", "81")
    place = 0 if goes_on and not came else 1 if goes_on else 2
    return (e.start.known_last(), _counted(e, everything), e.n is None, e.n or 0, place, e.id)


def _of_provider(own: list[Episode], everything: list[Episode]) -> list[Spell]:
    label = {e.id: e.spell for e in own if e.spell and _consistent(e.spell, own, everything)}
    believed = dict(label)
    for e in own:
        alike = [o for o in own if o.id in label and _admitted_on(o) == _admitted_on(e)]
        same_day = {label[o.id] for o in alike}
        left = [o.left.local.date() for o in alike if o.left and _real(o)]
        begun = all(e.start.local.date() < max(left) for _ in left[:1])
        if e.spell is None and len(same_day) == 1 and begun:
            believed[e.id] = same_day.pop()
    groups = [[e for e in own if believed.get(e.id) == name] for name in set(believed.values())]
    groups += _follow_on([e for e in own if e.id not in believed])
    return [Spell(g, _until(g, everything)) for g in groups]


def _admitted_on(e: Episode) -> dt.date:
    return e.admitted.local.date()


def _until(group: list[Episode], everything: list[Episode]) -> dt.datetime:
    spell = Spell(group, dt.datetime.max)
    if spell.is_open:
        return (
            min(_counted(e, everything) for e in group if e.end is None)
            if any(e.end is None for e in group)
            else max(_counted(e, everything) for e in group)
        )
    ends = spell.left or [end.local for e in group if (end := _ended(e))]
    return max([*([max(ends)] if ends else []), spell.admitted])


def _consistent(name: str, own: list[Episode], everything: list[Episode]) -> bool:
    named = [e for e in own if e.spell == name]
    overlaps = any(
        later.start.local.date() < max(_known(e, everything) for e in named[: number + 1]).date()
        for number, later in enumerate(named[1:])
    )
    one_left = len({e.left for e in named if e.left}) <= 1
    return len({_admitted_on(e) for e in named}) == 1 and one_left and not overlaps


def _known(e: Episode, everything: list[Episode]) -> dt.datetime:
    """Until when an episode is known to have lasted: one without an end, of a stay that is over,
    no longer than to its start."""
    return e.start.local if e.end is None and e.left else _counted(e, everything)


def _real(e: Episode) -> bool:
    return e.how in REAL_DISCHARGES and e.left is not None


def _follow_on(loose: list[Episode]) -> list[list[Episode]]:
    groups: list[list[Episode]] = [[e] for e in loose[:1]]
    for before, after in pairwise(loose):
        if _joins(before, after):
            groups[-1].append(after)
        else:
            groups.append([after])
    return groups


def _joins(before: Episode, after: Episode) -> bool:
    ended, started = _ended(before), after.start.local.date()
    if before.how in ("8", "9") and ended and started == ended.local.date():
        return True
    if _real(before) and before.left is not None and _not_before(after.start, before.left):
        return False
    return _admitted_on(before) == _admitted_on(after) or before.start.local.date() == started


def _not_before(start: When, left: When) -> bool:
    """By the wall clock where both have a time, else by the day."""
    if start.time is None or left.time is None:
        return start.local.date() >= left.local.date()
    return start.local >= left.local


def continuous(made: list[Spell], variant: str, key) -> list[list[str]]:
    """Event ids of continuous spells."""
    chains = continuous_spells(made, variant, key)
    return sorted(sorted(i for s in chain for i in s.ids) for chain in chains)


def continuous_spells(made: list[Spell], variant: str, key) -> list[list[Spell]]:
    """Continuous spells as their spells, in order; ``key`` breaks ties between stays alike."""
    ordered = _in_order(made, key)
    chains: list[list[Spell]] = []
    of: dict[int, list[Spell]] = {}
    for number, spell in enumerate(ordered):
        before = _latest_discharged(ordered[:number])
        if before and _continues(before, spell, variant):
            chain = of[id(before)]
            chain.append(spell)
        else:
            chain = [spell]
            chains.append(chain)
        of[id(spell)] = chain
    return chains


def _latest_discharged(earlier: list) -> "Spell | Whole | None":
    """Of what came before in order, what ended last; nobody left what is still open."""
    latest = None
    for one in earlier:
        if not one.is_open and (latest is None or one.until >= latest.until):
            latest = one
    return latest


def overlapping(made: list[Spell], variant: str, key) -> set[str]:
    """Stays that begin while another goes on without being one continuous spell with it."""
    ordered = _in_order(made, key)
    found = set()
    for number, spell in enumerate(ordered):
        earlier, came = ordered[:number], spell.admitted.date()
        before = _latest_discharged(earlier)
        inside = before is not None and came < before.until.date()
        alone = inside and not _continues(before, spell, variant)
        if alone or any(e.is_open and came < e.until.date() for e in earlier):
            found.add(key(spell))
    return found


def _in_order(made: list, key) -> list:
    """By admission. Of one moment: stays over on the day, as they ended; longer ones, the longest
    first; of both kinds, those still open last."""
    found = []
    for moment in sorted({s.admitted for s in made}):
        alike = sorted((s for s in made if s.admitted == moment), key=key)
        short = [s for s in alike if s.until.date() == moment.date()]
        long = [s for s in alike if s.until.date() != moment.date()]
        short.sort(key=lambda s: s.until)
        long.sort(key=lambda s: s.until, reverse=True)
        for kind in (short, long):
            found += sorted(kind, key=lambda s: s.is_open)
    return found


def _continues(before: Spell, after: Spell, variant: str) -> bool:
    widest, destinations, sources = CODES[variant]
    first, left_to = after.episodes[0], before.at_discharge("to")
    if {before.episodes[0].classification, first.classification} & {"3", "4"}:
        return False
    gap = (after.admitted.date() - before.until.date()).days
    if gap < 0 and after.until.date() <= before.until.date() and not after.is_open:
        return True
    codes = left_to in destinations or first.source in sources or first.method in ("2B", "81")
    home_first = left_to == "19" and first.source == "51" and first.method == "21"
    return codes and gap <= widest and not (variant == "nhsd" and home_first)


def bed_days(made: list[Spell], key) -> dict[dt.date, str]:
    """Each night of a person in a bed, and whose of the stays it is: the earlier's."""
    claimed: dict[dt.date, str] = {}
    for spell in _in_order(made, key):
        nights = (spell.until.date() - spell.admitted.date()).days
        for number in range(nights):
            claimed.setdefault(spell.admitted.date() + dt.timedelta(days=number), key(spell))
    return claimed


@dataclass(frozen=True)
class Whole:
    """A continuous spell."""

    spells: list[Spell]

    @property
    def admitted(self) -> dt.datetime:
        return self.spells[0].admitted

    @property
    def until(self) -> dt.datetime:
        return max(s.until for s in self.spells)

    @property
    def is_open(self) -> bool:
        return self.final.is_open

    @property
    def is_emergency(self) -> bool:
        return self.spells[0].episodes[0].method in EMERGENCIES

    @property
    def final(self) -> Spell:
        """The spell that ended last; of several, the one that came last."""
        return max(enumerate(self.spells), key=lambda s: (s[1].until, s[0]))[1]

    @property
    def is_index(self) -> bool:
        """Finished, alive, an ordinary admission, no maternity; nobody drawn here has cancer."""
        died = self.final.at_discharge("how") in ("4", "5")
        maternity = any(s.episodes[0].method in MATERNITY for s in self.spells)
        ordinary = self.spells[0].episodes[0].classification == "1"
        return ordinary and not (self.is_open or died or maternity)


def readmissions(chains: list[list[Spell]], key) -> dict[str, tuple[bool | None, bool | None]]:
    """is_readmission_30d and readmitted_30d of each continuous spell, by ``key``, which breaks
    ties."""
    wholes = _in_order([Whole(chain) for chain in chains], lambda w: key(w.spells[0]))
    again: dict[str, bool | None] = {}
    followed: set[str] = set()
    for number, whole in enumerate(wholes):
        name = key(whole.spells[0])
        is_again = False
        before = _latest_discharged(wholes[:number])
        if before:
            days = (whole.admitted.date() - before.until.date()).days
            is_again = whole.is_emergency and 0 <= days <= 29
            if is_again:
                followed.add(key(before.spells[0]))
        too_early = (whole.admitted.date() - PERIOD_START).days < 30
        again[name] = None if too_early and not is_again else is_again
    told = {}
    for whole in wholes:
        name = key(whole.spells[0])
        over = (PERIOD_END - whole.until.date()).days >= 29
        known = whole.is_index and over
        told[name] = (again[name], (name in followed) if known else None)
    return told
