"""General practice: who is registered where and when, and appointments."""

import numpy as np
import polars as pl

from flow_pipeline.synthetic import clock
from flow_pipeline.synthetic.clock import MINUTES_PER_DAY, NEVER, Ints, Period, draw_days
from flow_pipeline.synthetic.community import in_bed
from flow_pipeline.synthetic.emergencies import Illness
from flow_pipeline.synthetic.needs import Needs
from flow_pipeline.synthetic.people import People
from flow_pipeline.synthetic.spells import Attendances, Spells

PER_YEAR = 5.75
# days from booking to appointment and their shares
LEAD = (0, 1, 3, 6, 10, 18, 32)
LEAD_SHARE = (0.43, 0.08, 0.10, 0.11, 0.12, 0.11, 0.05)


def registrations(people: People, period: Period, rng: np.random.Generator) -> pl.DataFrame:
    """One row per person, practice and start: person, practice, start, end, reason."""
    n = len(people)
    everybody = np.arange(n)
    begun = np.maximum(people.birth + 20, people.in_day + rng.integers(0, 30, n))
    long_ago = period.start - rng.integers(30, 9000, n)
    begun = np.where(people.in_day < 0, np.maximum(long_ago, people.birth + 20), begun)
    gone = np.minimum(people.death_day, people.out_day + 10)
    gone = np.where(gone >= NEVER, NEVER, gone)
    died = (people.death_day < NEVER) & (people.death_day <= people.out_day)
    moves = (
        (people.practice_day < NEVER) & (people.practice_day > begun) & (people.practice_day < gone)
    )
    first_end = np.where(moves, people.practice_day - 1, gone)
    first = pl.DataFrame(
        {
            "person": everybody,
            "practice": np.where(
                people.practice_day < NEVER, people.earlier_practice, people.practice
            ),
            "start": begun,
            "end": first_end,
            "reason": np.where(moves | ~died, "moved", "died"),
        }
    )
    late = (people.practice_day < NEVER) & (people.practice_day <= begun)
    first = first.with_columns(
        pl.Series("practice", np.where(late, people.practice, first["practice"].to_numpy()))
    )
    who = np.flatnonzero(moves)
    second = pl.DataFrame(
        {
            "person": who,
            "practice": people.practice[who],
            "start": people.practice_day[who],
            "end": gone[who],
            "reason": np.where(died[who], "died", "moved"),
        }
    )
    table = pl.concat([first, second]).filter(
        (pl.col("start") <= period.end)
        & (pl.col("end") >= pl.col("start"))
        & (pl.col("end") >= period.start)
    )
    return (
        table.with_columns(
            pl.when(pl.col("end") > period.end).then(NEVER).otherwise("end").alias("end")
        )
        .filter(pl.col("person").is_in(np.flatnonzero(people.registered).tolist()))
        .sort("person", "start")
    )


def appointments(
    people: People,
    needs: Needs,
    illness: Illness,
    visits: Attendances,
    spells: Spells,
    period: Period,
    rng: np.random.Generator,
) -> pl.DataFrame:
    """Routine appointments and those that lead to or follow from hospital care."""
    parts = [
        _routine(people, needs, period, rng),
        _before(illness, rng),
        _after(visits, spells, rng),
    ]
    person, day, chained = (np.concatenate(c) for c in zip(*parts, strict=True))
    keep = people.present(person, day) & (day >= period.start) & (day <= period.end)
    keep &= people.registered[person] & ~in_bed(spells, person, day) & clock.is_working_day(day)
    person, day, chained = person[keep], day[keep], chained[keep]
    order = np.lexsort((person, day))
    return _describe(people, needs, person[order], day[order], chained[order], rng)


def _routine(
    people: People, needs: Needs, period: Period, rng: np.random.Generator
) -> tuple[Ints, Ints, np.ndarray]:
    age = np.clip((period.start - people.birth) / 365.25, 0, 105)
    rate = np.interp(age, [0, 4, 12, 25, 45, 65, 80, 95], [1.2, 0.8, 0.4, 0.7, 0.85, 1.2, 1.9, 2.2])
    rate = rate * np.where(people.female & (age > 15) & (age < 55), 1.35, 1.0)
    rate = rate * (0.75 + 0.28 * needs.has.sum(axis=1)) * rng.gamma(1.8, 1 / 1.8, len(people))
    rate = rate / rate.mean() * PER_YEAR * period.years
    days = np.arange(period.start, period.end + 1)
    weight = np.where(clock.is_working_day(days), 1.0, 0.0)
    weight *= np.array([1.12, 1.02, 1.0, 0.96, 0.92, 0, 0])[clock.weekday(days)]
    weight *= 1 + 0.06 * clock.winter(days)
    person = np.repeat(np.arange(len(people)), rng.poisson(rate))
    return (
        person,
        draw_days(rng, len(person), period.start, weight),
        np.zeros(len(person), dtype=bool),
    )


def _before(illness: Illness, rng: np.random.Generator) -> tuple[Ints, Ints, np.ndarray]:
    rows = np.flatnonzero(illness.serious & (rng.random(len(illness)) < 0.3))
    day = illness.day[rows] - np.minimum(rng.geometric(0.45, len(rows)) - 1, 9)
    return illness.person[rows], day, np.ones(len(rows), dtype=bool)


def _after(
    visits: Attendances, spells: Spells, rng: np.random.Generator
) -> tuple[Ints, Ints, np.ndarray]:
    """Visits to the practice in the weeks after discharge, and after an emergency visit."""
    home = np.flatnonzero(
        (spells.destination == "19")
        & ~spells.died
        & (spells.end < NEVER * MINUTES_PER_DAY)
        & (rng.random(len(spells.person)) < 0.55)
    )
    seen = np.flatnonzero((visits.stay < 0) & (rng.random(len(visits.person)) < 0.17))
    person = np.concatenate([spells.person[home], visits.person[seen]])
    left = np.concatenate([spells.end[home], visits.departure[seen]]) // MINUTES_PER_DAY
    day = left + 1 + rng.exponential(7, len(person)).astype(np.int64)
    return person, day, np.ones(len(person), dtype=bool)


def _describe(
    people: People,
    needs: Needs,
    person: Ints,
    day: Ints,
    chained: np.ndarray,
    rng: np.random.Generator,
) -> pl.DataFrame:
    n = len(person)
    age = people.age(person, day)
    lead = np.array(LEAD)[rng.choice(len(LEAD), n, p=LEAD_SHARE)]
    lead = np.where(lead > 2, lead + rng.integers(-1, 3, n), lead)
    lead = np.where(chained, np.minimum(lead, 1), lead)
    minute = 490 + 10 * rng.integers(0, 56, n)
    minute = np.where((minute > 760) & (minute < 830), minute + 80, minute)
    booked = np.where(
        lead == 0, rng.integers(480, np.maximum(minute, 481)), rng.integers(480, 1100, n)
    )
    frail = (needs.frailty[person] > 0.5) & (age > 70)
    draw = rng.random(n)
    home = frail & (draw < 0.22)
    mode = np.select(
        [home, draw < 0.25, draw < 0.255, draw < 0.32],
        ["home_visit", "telephone_audio", "video", "written_online"],
        "face_to_face_surgery",
    )
    dna = np.where(home, 0.004, np.where(lead > 5, 0.085, 0.028)) * np.where(age < 40, 1.3, 0.85)
    dna = np.where(
        mode == "written_online", 0.0, dna * np.exp(0.05 * (5.5 - people.decile[person]))
    )
    draw = rng.random(n)
    status = np.select(
        [draw < dna, draw < dna + 0.032, draw < dna + 0.042, draw < dna + 0.05],
        ["did_not_attend", "cancelled_by_patient", "cancelled_by_practice", "unknown"],
        "attended",
    )
    return pl.DataFrame(
        {
            "person": person,
            "day": day,
            "minute": minute,
            "booked": (day - lead) * MINUTES_PER_DAY + booked,
            "mode": mode,
            "status": status,
            "hcp": rng.choice(
                ["gp", "nurse", "other_direct_patient_care"], n, p=[0.46, 0.22, 0.32]
            ),
            "length": np.clip(rng.gamma(4, 3.2, n), 2, 60).astype(np.int64),
            "late": rng.gamma(1.2, 8, n).astype(np.int64),
        }
    )
