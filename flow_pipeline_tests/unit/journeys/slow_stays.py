"""Provider spells and continuous spells the slow, obvious way: one person, plain Python, loops.

Written from the definitions, not from the code it judges. Episodes are in whole days.
"""

import datetime as dt
from dataclasses import dataclass
from itertools import pairwise

REAL_DISCHARGES = set("1234567")
PERIOD_END = dt.date(2025, 3, 31)
CODES = {
    "nhsd": (2, {"49", "50", "51", "52", "53", "84"}, {"49", "50", "51", "52", "53", "87"}),
    "che": (3, {"51", "52", "53"}, {"51", "52", "53"}),
}


@dataclass(frozen=True)
class Episode:
    id: str
    org: str
    spell: str | None
    n: int | None
    admitted: dt.date
    start: dt.date
    end: dt.date | None
    left: dt.date | None
    how: str | None
    to: str | None
    method: str | None
    source: str | None
    classification: str | None


@dataclass(frozen=True)
class Spell:
    episodes: list[Episode]
    until: dt.date  # for counting

    @property
    def ids(self) -> list[str]:
        return sorted(e.id for e in self.episodes)

    @property
    def admitted(self) -> dt.date:
        return min(e.admitted for e in self.episodes)

    @property
    def left(self) -> list[dt.date]:
        return [e.left for e in self.episodes if e.left]

    @property
    def is_open(self) -> bool:
        last = self.episodes[-1]
        return not self.left and (last.end is None or last.how == "8")

    def at_discharge(self, name: str) -> str | None:
        known = [getattr(e, name) for e in self.episodes if e.left]
        return known[-1] if known else None


def _counted(episode: Episode, everything: list[Episode]) -> dt.date:
    """The end for counting: an open stay's is the next admission elsewhere, or the data's."""
    if episode.end is not None:
        return max(episode.end, episode.start)
    elsewhere = _next_elsewhere(episode, everything)
    return min([PERIOD_END, *elsewhere])


def _next_elsewhere(episode: Episode, everything: list[Episode]) -> list[dt.date]:
    """When the person was next admitted to another provider than that of the episode."""
    ordered = sorted(everything, key=lambda e: (e.start, e.id))
    after = ordered[ordered.index(episode) + 1 :]
    return [e.start for e in after if e.org != episode.org][:1]


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
    return (e.start, _counted(e, everything), e.n is None, e.n or 0, place, e.id)


def _of_provider(own: list[Episode], everything: list[Episode]) -> list[Spell]:
    label = {e.id: e.spell for e in own if e.spell and _consistent(e.spell, own, everything)}
    believed = dict(label)
    for e in own:
        same_day = {label[o.id] for o in own if o.id in label and o.admitted == e.admitted}
        left = [o.left for o in own if o.id in label and o.admitted == e.admitted and _real(o)]
        if e.spell is None and len(same_day) == 1 and all(e.start < max(left) for _ in left[:1]):
            believed[e.id] = same_day.pop()
    groups = [[e for e in own if believed.get(e.id) == name] for name in set(believed.values())]
    groups += _follow_on([e for e in own if e.id not in believed])
    return [Spell(g, _until(g, everything)) for g in groups]


def _until(group: list[Episode], everything: list[Episode]) -> dt.date:
    spell = Spell(group, PERIOD_END)
    if spell.is_open:
        return (
            min(_counted(e, everything) for e in group if e.end is None)
            if any(e.end is None for e in group)
            else max(_counted(e, everything) for e in group)
        )
    ends = spell.left or [max(e.end, e.start) for e in group if e.end]
    return max([*([max(ends)] if ends else []), spell.admitted])


def _consistent(name: str, own: list[Episode], everything: list[Episode]) -> bool:
    named = [e for e in own if e.spell == name]
    overlaps = any(
        later.start < max(_counted(e, everything) for e in named[: number + 1])
        for number, later in enumerate(named[1:])
    )
    one_left = len({e.left for e in named if e.left}) <= 1
    return len({e.admitted for e in named}) == 1 and one_left and not overlaps


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
    ended = before.end and max(before.end, before.start)
    if before.how in ("8", "9") and after.start == ended:
        return True
    new_stay = _real(before) and before.left is not None and after.start >= before.left
    return not new_stay and (before.admitted == after.admitted or before.start == after.start)


def continuous(made: list[Spell], variant: str, key) -> list[list[str]]:
    """Event ids of continuous spells; ``key`` breaks ties between stays alike."""
    ordered = sorted(made, key=lambda s: (s.admitted, s.until, key(s)))
    chains: list[list[Spell]] = []
    of: dict[int, list[Spell]] = {}
    for number, spell in enumerate(ordered):
        earlier = ordered[:number]
        latest = max((e.until for e in earlier), default=None)
        before = [e for e in earlier if e.until == latest][-1:]
        if before and _continues(before[0], spell, variant):
            chain = of[id(before[0])]
            chain.append(spell)
        else:
            chain = [spell]
            chains.append(chain)
        of[id(spell)] = chain
    return sorted(sorted(i for s in chain for i in s.ids) for chain in chains)


def _continues(before: Spell, after: Spell, variant: str) -> bool:
    widest, destinations, sources = CODES[variant]
    first, left_to = after.episodes[0], before.at_discharge("to")
    if before.is_open or {before.episodes[0].classification, first.classification} & {"3", "4"}:
        return False
    gap = (after.admitted - before.until).days
    if gap < 0 and after.until <= before.until and not after.is_open:
        return True
    codes = left_to in destinations or first.source in sources or first.method in ("2B", "81")
    home_first = left_to == "19" and first.source == "51" and first.method == "21"
    return codes and gap <= widest and not (variant == "nhsd" and home_first)
