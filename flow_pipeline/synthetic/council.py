"""Adult social care: requests, assessments, services and reviews of one council."""

import numpy as np
import polars as pl

from flow_pipeline.synthetic import queues
from flow_pipeline.synthetic.clock import MINUTES_PER_DAY, NEVER, Bools, Ints, Period
from flow_pipeline.synthetic.names import Texts
from flow_pipeline.synthetic.needs import Needs
from flow_pipeline.synthetic.people import People
from flow_pipeline.synthetic.spells import Spells

ST_MAX = "Short Term Support: ST-Max"
COMMUNITY_SUPPORT = "Long Term Support: Community"
NURSING = "Long Term Support: Nursing Care"
RESIDENTIAL = "Long Term Support: Residential Care"
COMPONENTS = ("Reablement", "Long Term Nursing Care", "Long Term Residential Care", "Home Support")
FROM_HOSPITAL = "Discharge from hospital"
OTHER_ROUTE = "Community / other route"
TO_REABLEMENT = "Progress to Reablement/ST-Max"
TO_ASSESSMENT = "Progress to Assessment"
TO_SERVICES = "Progress to Support Planning / Services"
ADVICE = "NFA - Information & Advice / Signposting only"
NFA = (
    ADVICE,
    "NFA - Support declined",
    "NFA - Other",
    "NFA - Self-funded client (Inc. 12wk disregard)",
)
COLUMNS = {
    "person": pl.Int64,
    "kind": pl.String,
    "start": pl.Int64,
    "end": pl.Int64,
    "outcome": pl.String,
    "route": pl.String,
    "assessment": pl.String,
    "service": pl.String,
    "component": pl.String,
    "team": pl.String,
    "spell": pl.Int64,
    "parent": pl.Int64,
    "units": pl.Float64,
}
ASSESSMENT_BACKLOG = 26.0


def council_events(
    people: People,
    needs: Needs,
    spells: Spells,
    packages: list[int],
    period: Period,
    rng: np.random.Generator,
) -> pl.DataFrame:
    """All events in order of start; ``parent`` is the row of the event they follow from, or −1."""
    before = _long_standing(people, needs, np.array(packages, dtype=np.int64), period, rng)
    ward = _after_discharge(spells, rng, before.height)
    own = _own_requests(people, needs, period, rng, before.height + ward.height)
    table = pl.concat([before, ward, own])
    table = table.with_columns(pl.Series("key", np.arange(table.height)))
    reviews = _reviews(table, period, rng)
    reviews = reviews.with_columns(
        pl.Series("key", np.arange(table.height, table.height + reviews.height))
    )
    return _cut(pl.concat([table, reviews]), people, period)


def _events(person: Ints, kind: str, start: Ints, end: Ints, **texts: object) -> pl.DataFrame:
    n = len(person)
    columns: dict[str, pl.Series] = {}
    given = {"person": person, "kind": kind, "start": start, "end": end, "spell": -1, "parent": -1}
    given.update(texts)
    for name, dtype in COLUMNS.items():
        value = given.get(name)
        values = np.broadcast_to(np.asarray(value, dtype=object), (n,)).tolist()
        columns[name] = pl.Series(name, values, dtype=dtype, strict=False)
    return pl.DataFrame(columns)


def _where(mask: Bools, text: str) -> Texts:
    """The text where the mask holds, None elsewhere."""
    out = np.full(len(mask), None, dtype=object)
    out[mask] = text
    return out


def _long_standing(
    people: People, needs: Needs, packages: Ints, period: Period, rng: np.random.Generator
) -> pl.DataFrame:
    """Long-term support that began before the period."""
    disabled = np.flatnonzero(
        needs.condition("learning_disability")
        & (rng.random(len(people)) < 0.35)
        & (people.birth < period.start - 18 * 365)
    )
    homes = np.flatnonzero((people.care_home >= 0) & (rng.random(len(people)) < 0.55))
    home_care = np.union1d(packages, disabled)
    nursing = rng.random(len(homes)) < 0.45
    ago = rng.integers(60, 1500, len(home_care))
    ago_homes = rng.integers(60, 1300, len(homes))
    return pl.concat(
        [
            _events(
                home_care,
                "Service",
                period.start - ago,
                np.full(len(home_care), NEVER),
                service=COMMUNITY_SUPPORT,
                component="Home Support",
                team="LTS",
                units=np.round(rng.gamma(3.0, 4.0, len(home_care)) + 1),
            ),
            _events(
                homes,
                "Service",
                period.start - ago_homes,
                np.full(len(homes), NEVER),
                service=np.where(nursing, NURSING, RESIDENTIAL),
                component=np.where(nursing, "Long Term Nursing Care", "Long Term Residential Care"),
                team="LTS",
                units=1.0,
            ),
        ]
    )


def _after_discharge(spells: Spells, rng: np.random.Generator, offset: int) -> pl.DataFrame:
    """Requests from wards, mostly with an assessment, and the support that follows."""
    rows, begun, placed = _supported(spells)
    n = len(rows)
    person, ready = spells.person[rows], spells.ready[rows]
    reable = spells.support_kind[rows] == "reablement"
    request = _events(
        person,
        "Request",
        ready,
        begun,
        route=FROM_HOSPITAL,
        team="HOSP",
        spell=rows,
        outcome=np.where(reable, TO_REABLEMENT, TO_SERVICES),
    )
    assessed = np.minimum(ready + rng.integers(0, 3, n), begun)
    with_one = np.flatnonzero(rng.random(n) < 0.75)
    assessment = _events(
        person[with_one],
        "Assessment",
        assessed[with_one],
        assessed[with_one],
        team="HOSP",
        assessment="Short term assessment",
        outcome=TO_SERVICES,
        spell=rows[with_one],
        parent=offset + with_one,
    )
    service, longer = _support(
        person, rows, begun, placed, reable, offset, offset + n + len(with_one), rng
    )
    return pl.concat([request, assessment, service, longer])


def _supported(spells: Spells) -> tuple[Ints, Ints, Bools]:
    """Spells that led to support by the council, the day it began, and whether in a care home."""
    home = np.isin(spells.support_kind, ["reablement", "home_care"])
    rows = np.flatnonzero((home | (spells.pathway == "P3")) & (spells.ready < NEVER) & ~spells.died)
    out = np.minimum(spells.end[rows] // MINUTES_PER_DAY, NEVER)
    placed = spells.pathway[rows] == "P3"
    begun = np.where(placed, out, spells.support[rows])
    keep = begun < NEVER
    return rows[keep], begun[keep], placed[keep]


def _support(
    person: Ints,
    rows: Ints,
    begun: Ints,
    placed: Bools,
    reable: Bools,
    requests_from: int,
    services_from: int,
    rng: np.random.Generator,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The first support after discharge, and what follows reablement for some."""
    n = len(rows)
    length = np.clip(rng.gamma(4.0, 7.5, n), 3, 42).astype(np.int64)
    ends = np.where(reable, begun + length, NEVER)
    choice = np.select([reable, placed & (rng.random(n) < 0.5), placed], np.array([0, 1, 2]), 3)
    service = _events(
        person,
        "Service",
        begun,
        ends,
        service=np.array([ST_MAX, NURSING, RESIDENTIAL, COMMUNITY_SUPPORT])[choice],
        component=np.array(COMPONENTS)[choice],
        spell=rows,
        team=np.where(reable, "REAB", "LTS"),
        parent=requests_from + np.arange(n),
        outcome=_where(reable, "Service ended as planned"),
        units=np.where(placed, 1.0, np.round(rng.gamma(3.0, 3.5, n) + 2)),
    )
    onward = np.flatnonzero(reable & (rng.random(n) < 0.3))
    longer = _events(
        person[onward],
        "Service",
        ends[onward] + rng.integers(0, 6, len(onward)),
        np.full(len(onward), NEVER),
        service=COMMUNITY_SUPPORT,
        component="Home Support",
        team="LTS",
        parent=services_from + onward,
        units=np.round(rng.gamma(3.0, 4.0, len(onward)) + 2),
    )
    return service, longer


def _own_requests(
    people: People, needs: Needs, period: Period, rng: np.random.Generator, offset: int
) -> pl.DataFrame:
    """Requests from home: most end in advice, some in assessment after a wait, fewer in support."""
    age = np.clip((period.start - people.birth) / 365.25, 0, 105)
    rate = (
        0.008 * (age >= 18) + 0.17 * (age >= 65) * needs.frailty + 0.012 * (age >= 75)
    ) * period.years
    person = np.repeat(np.arange(len(people)), rng.poisson(rate))
    n = len(person)
    start = queues.next_working_day(rng.integers(period.start, period.end + 1, n))
    end = start + rng.integers(0, 6, n)
    assess = rng.random(n) < 0.48
    outcome = np.where(
        assess, TO_ASSESSMENT, np.array(NFA)[rng.choice(4, n, p=[0.62, 0.12, 0.14, 0.12])]
    )
    request = _events(
        person, "Request", start, end, route=OTHER_ROUTE, outcome=outcome, team="FRONT"
    )
    rows = np.flatnonzero(assess)
    when = queues.serve(
        end[rows],
        np.zeros(len(rows), dtype=np.int64),
        np.array([ASSESSMENT_BACKLOG]),
        rng.random(len(rows)) < 0.12,
        period,
    )
    when = np.maximum(when + rng.integers(-4, 12, len(rows)), end[rows])
    served = rng.random(len(rows)) < 0.55
    assessment = _events(
        person[rows],
        "Assessment",
        when,
        when + rng.integers(0, 10, len(rows)),
        team="LOC",
        assessment="Long term assessment",
        outcome=np.where(served, TO_SERVICES, ADVICE),
        parent=offset + rows,
    )
    got = np.flatnonzero(served)
    short = rng.random(len(got)) < 0.25
    begun = when[got] + 2 + rng.gamma(1.6, 9, len(got)).astype(np.int64)
    length = rng.integers(14, 42, len(got))
    service = _events(
        person[rows[got]],
        "Service",
        begun,
        np.where(short, begun + length, NEVER),
        service=np.where(short, ST_MAX, COMMUNITY_SUPPORT),
        component=np.where(short, "Reablement", "Home Support"),
        team=np.where(short, "REAB", "LTS"),
        parent=offset + n + got,
        outcome=_where(short, "Service ended as planned"),
        units=np.round(rng.gamma(3.0, 4.0, len(got)) + 1),
    )
    return pl.concat([request, assessment, service])


def _reviews(table: pl.DataFrame, period: Period, rng: np.random.Generator) -> pl.DataFrame:
    """Long-term services are reviewed about once a year."""
    rows = table.filter((pl.col("kind") == "Service") & (pl.col("service") != ST_MAX))
    parts = []
    for year in range(1, period.years + 4):
        start = rows["start"].to_numpy() + 365 * year + rng.integers(-40, 90, rows.height)
        keep = (rng.random(rows.height) < 0.62) & (start >= period.start) & (start <= period.end)
        who = rows.filter(keep)
        parts.append(
            _events(
                who["person"].to_numpy(),
                "Review",
                start[keep],
                start[keep],
                team="LOC",
                outcome="No change in package",
                parent=who["key"].to_numpy(),
            )
        )
    return pl.concat(parts)


def _cut(table: pl.DataFrame, people: People, period: Period) -> pl.DataFrame:
    """Drop what begins after death, moving away or the period; end services at death."""
    person = table["person"].to_numpy()
    start, end = table["start"].to_numpy(), table["end"].to_numpy()
    last = np.minimum(people.death_day[person], people.out_day[person])
    died = (last <= end) & (people.death_day[person] <= last)
    end = np.minimum(end, last)
    keep = (start <= last) & (start <= period.end) & (end >= period.start)
    end = np.where(
        end > period.end, np.where(table["kind"].to_numpy() == "Service", NEVER, period.end), end
    )
    outcome = pl.Series("outcome", _where(died, "NFA - Deceased").tolist(), dtype=pl.String)
    return (
        table.with_columns(pl.Series("end", end), outcome.alias("died_outcome"))
        .with_columns(pl.coalesce("died_outcome", "outcome").alias("outcome"))
        .drop("died_outcome")
        .filter(keep)
        .sort("start", "person", "key")
    )
