"""Planned hospital care: outpatient pathways, day cases, elective stays, regular treatment,
births."""

import numpy as np
import polars as pl

from flow_pipeline.synthetic import emergencies, queues
from flow_pipeline.synthetic.clock import MINUTES_PER_DAY, NEVER, Bools, Ints, Period
from flow_pipeline.synthetic.needs import Needs
from flow_pipeline.synthetic.people import People
from flow_pipeline.synthetic.places import Block

# treatment function: share of referrals, backlog in days, share leading to an operation,
# share of operations that are day cases, ICD-10, OPCS-4
SPECIALTIES: dict[str, tuple[float, int, float, float, str, str]] = {
    "110": (0.17, 96, 0.16, 0.55, "M179", "W401"),
    "130": (0.15, 82, 0.14, 0.97, "H251", "C712"),
    "100": (0.10, 68, 0.22, 0.75, "K409", "T202"),
    "320": (0.11, 70, 0.07, 0.70, "I259", "K631"),
    "301": (0.09, 63, 0.28, 0.97, "K219", "G451"),
    "101": (0.07, 74, 0.18, 0.75, "N40X", "M653"),
    "330": (0.09, 60, 0.08, 0.98, "L570", "S065"),
    "120": (0.08, 85, 0.10, 0.80, "J342", "E036"),
    "502": (0.08, 62, 0.13, 0.72, "N939", "Q181"),
    "340": (0.06, 66, 0.05, 0.80, "J449", "E492"),
}
TFC = np.array(list(SPECIALTIES))
REFERRALS_PER_YEAR = 0.34
STATUS = np.array(["5", "6", "3", "2", "4", "7"])
STATUS_SHARE = np.array([0.790, 0.035, 0.062, 0.060, 0.048, 0.005])
RENAL, CHEMO, INFUSION = "361", "370", "410"
# treatment function: days between visits, days a course lasts
COURSES = {RENAL: (2.33, 10**6), CHEMO: (16.0, 180), INFUSION: (35.0, 10**6)}


def outpatients(
    block: Block, people: People, needs: Needs, period: Period, rng: np.random.Generator
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Appointments, and the operations that pathways lead to."""
    early = 200
    rate = needs.planned * REFERRALS_PER_YEAR * (period.years + early / 365.25)
    person = np.repeat(np.arange(len(people)), rng.poisson(rate))
    n = len(person)
    received = rng.integers(period.start - early, period.end, n)
    received = queues.next_working_day(received)
    shares = np.array([s[0] for s in SPECIALTIES.values()])
    specialty = rng.choice(len(TFC), n, p=shares / shares.sum())
    site = emergencies.usual_site(block, people, person, rng)
    urgent = rng.random(n) < 0.12
    backlog = np.tile([float(s[1]) for s in SPECIALTIES.values()], 2)
    first = queues.serve(received, specialty + len(TFC) * (site >= 3), backlog, urgent, period)
    first = np.where(urgent, received + rng.integers(5, 15, n), first + rng.integers(-9, 10, n))
    first = queues.next_working_day(np.maximum(first, received + 1))
    frame = _appointments(person, received, specialty, site, urgent, first, rng)
    operations = _operations(person, specialty, site, first, received, rng)
    return _while_here(frame, people, period), operations


def _appointments(
    person: Ints,
    received: Ints,
    specialty: Ints,
    site: Ints,
    urgent: np.ndarray,
    first: Ints,
    rng: np.random.Generator,
) -> pl.DataFrame:
    """The first appointment, its replacements when missed or cancelled, and follow-ups."""
    count = 1 + rng.geometric(0.27, len(person)) - 1
    pathway = np.repeat(np.arange(len(person)), count)
    starts = np.cumsum(count) - count
    order = np.arange(len(pathway)) - np.repeat(starts, count)
    gaps = np.where(order == 0, 0, rng.gamma(2.0, 38, len(pathway)).astype(np.int64) + 5)
    total = np.cumsum(gaps)
    day = first[pathway] + total - total[starts[pathway]]
    status = STATUS[rng.choice(len(STATUS), len(pathway), p=STATUS_SHARE)]
    seen = np.isin(status, ["5", "6"])
    earlier: Ints = np.cumsum(seen) - seen
    seen_before: Ints = earlier - earlier[starts[pathway]]
    remote = rng.random(len(pathway)) < 0.18
    code = np.where(seen_before == 0, np.where(remote, "3", "1"), np.where(remote, "4", "2"))
    return pl.DataFrame(
        {
            "person": person[pathway],
            "pathway": pathway,
            "day": queues.next_working_day(day),
            "minute": 540 + 10 * rng.integers(0, 48, len(pathway)),
            "received": received[pathway],
            "specialty": specialty[pathway],
            "site": site[pathway],
            "urgent": urgent[pathway],
            "status": status,
            "first": code,
            "remote": remote,
            "final": order == count[pathway] - 1,
        }
    )


def _while_here(frame: pl.DataFrame, people: People, period: Period) -> pl.DataFrame:
    day = frame["day"].to_numpy()
    keep = (day >= period.start) & (day <= period.end)
    keep &= people.present(frame["person"].to_numpy(), day)
    return frame.filter(keep)


def _operations(
    person: Ints, specialty: Ints, site: Ints, first: Ints, received: Ints, rng: np.random.Generator
) -> pl.DataFrame:
    chance = np.array([s[2] for s in SPECIALTIES.values()])[specialty]
    rows = np.flatnonzero(rng.random(len(person)) < chance * 1.9)
    day_case = (
        rng.random(len(rows)) < np.array([s[3] for s in SPECIALTIES.values()])[specialty[rows]]
    )
    decided = first[rows] + rng.integers(0, 30, len(rows))
    day = queues.next_working_day(decided + rng.gamma(2.2, 35, len(rows)).astype(np.int64) + 3)
    nights = np.maximum(1, np.round(rng.lognormal(0.75, 0.95, len(rows))).astype(np.int64))
    return pl.DataFrame(
        {
            "person": person[rows],
            "site": site[rows],
            "day": day,
            "nights": np.where(day_case, 0, np.minimum(nights, 70)),
            "specialty": specialty[rows],
            "day_case": day_case,
            "decided": decided,
        }
    )


def stays(
    block: Block,
    people: People,
    needs: Needs,
    operations: pl.DataFrame,
    period: Period,
    rng: np.random.Generator,
) -> pl.DataFrame:
    """All planned and maternity stays as one table; times are local minutes."""
    parts = [
        _elective(operations, rng),
        _regular(block, people, needs.dialysis, RENAL, "N185", "X403", period, rng),
        _regular(block, people, needs.chemotherapy, CHEMO, "C509", "X721", period, rng),
        _regular(block, people, needs.infusions, INFUSION, "M069", "X921", period, rng),
        _maternity(block, people, rng),
    ]
    table = pl.concat([p for p in parts if p.height], how="vertical")
    day = table["start"].to_numpy() // MINUTES_PER_DAY
    out = table["end"].to_numpy() // MINUTES_PER_DAY
    person = table["person"].to_numpy()
    keep = people.present(person, day) & (people.death_day[person] > out) & (day <= period.end)
    return table.filter(keep & (out >= period.start))


def _elective(operations: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    n = operations.height
    day = operations["day"].to_numpy()
    nights = operations["nights"].to_numpy()
    start = day * MINUTES_PER_DAY + 435 + 15 * rng.integers(0, 20, n)
    same_day = start + rng.integers(150, 540, n)
    later = (day + nights) * MINUTES_PER_DAY + rng.integers(600, 1080, n)
    rows = list(SPECIALTIES.values())
    specialty = operations["specialty"].to_numpy()
    return _table(
        operations["person"].to_numpy(),
        operations["site"].to_numpy(),
        start,
        np.where(nights == 0, same_day, later),
        np.where(rng.random(n) < 0.7, "11", "12"),
        "19",
        TFC[specialty],
        np.array([r[4] for r in rows])[specialty],
        np.array([r[5] for r in rows])[specialty],
        np.where(operations["day_case"].to_numpy(), "2", "1"),
        operations["decided"].to_numpy(),
    )


def _regular(
    block: Block,
    people: People,
    who: Bools,
    tfc: str,
    icd: str,
    opcs: str,
    period: Period,
    rng: np.random.Generator,
) -> pl.DataFrame:
    """Dialysis three times a week and infusions every five weeks throughout; chemotherapy in
    courses of half a year."""
    every, lasts = COURSES[tfc]
    persons = np.flatnonzero(who)
    course = min(lasts, period.n_days)
    visits = int(course / every)
    person = np.repeat(persons, visits)
    begin = period.start + rng.integers(0, max(1, period.n_days - course + 1), len(persons))
    begin += rng.integers(0, 7, len(persons))
    step = np.tile(np.arange(visits), len(persons))
    day = np.repeat(begin, visits) + (step * every).astype(np.int64)
    if tfc != RENAL:
        day = queues.next_working_day(day)
    site = np.repeat(emergencies.usual_site(block, people, persons, rng), visits)
    start = day * MINUTES_PER_DAY + 450 + 30 * rng.integers(0, 12, len(day))
    kind = "3" if tfc == RENAL else "2"
    return _table(
        person,
        site,
        start,
        start + rng.integers(180, 300, len(day)),
        "13",
        "19",
        tfc,
        icd,
        opcs,
        kind,
        day - 14,
    )


def _maternity(block: Block, people: People, rng: np.random.Generator) -> pl.DataFrame:
    """Each birth at a hospital: the mother's stay and the baby's, ending together."""
    babies = np.flatnonzero((people.mother >= 0) & (people.in_day == people.birth))
    mothers = people.mother[babies]
    twin = np.append([False], (np.diff(mothers) == 0)) if len(babies) else np.zeros(0, dtype=bool)
    site = emergencies.usual_site(block, people, mothers, rng)
    born = people.birth[babies] * MINUTES_PER_DAY + rng.integers(0, 1440, len(babies))
    nights = np.minimum(rng.geometric(0.55, len(babies)), 9)
    end = (people.birth[babies] + nights) * MINUTES_PER_DAY + rng.integers(600, 1080, len(babies))
    labour = born - rng.integers(60, 1200, len(babies))
    section = rng.random(len(babies)) < 0.38
    for_mother = _table(
        mothers[~twin],
        site[~twin],
        labour[~twin],
        end[~twin],
        "31",
        "19",
        "501",
        "O800",
        np.where(section, "R172", "R249")[~twin],
        "1",
        np.full(int((~twin).sum()), NEVER),
    )
    for_baby = _table(
        babies, site, born, end, "82", "79", "424", "Z380", "", "1", np.full(len(babies), NEVER)
    )
    return pl.concat([for_mother, for_baby])


def _table(
    person: Ints,
    site: Ints,
    start: Ints,
    end: Ints,
    method: object,
    source: str,
    tfc: object,
    icd: object,
    opcs: object,
    kind: object,
    decided: Ints,
) -> pl.DataFrame:
    n = len(person)

    def texts(value: object) -> pl.Series:
        return pl.Series(
            np.broadcast_to(np.array(value, dtype=str), (n,)).tolist(), dtype=pl.String
        )

    return pl.DataFrame(
        {
            "person": person,
            "site": site,
            "start": start,
            "end": end,
            "method": texts(method),
            "source": texts(source),
            "tfc": texts(tfc),
            "icd": texts(icd),
            "opcs": texts(opcs),
            "kind": texts(kind),
            "decided": decided,
        }
    )
