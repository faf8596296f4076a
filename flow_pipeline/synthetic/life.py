"""Everything that truly happens to the people of one block, as tables.

Times in these tables are local minutes or days as integers (see ``clock``); ``person`` is the row
in ``People``. Nothing here knows how senders record it.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from flow_pipeline.synthetic import (
    clock,
    community,
    costs,
    council,
    emergencies,
    hospital,
    mental_health,
    moves,
    needs,
    people,
    places,
    planned,
    practice,
    spells,
)
from flow_pipeline.synthetic.clock import MINUTES_PER_DAY, NEVER, Ints, Period
from flow_pipeline.synthetic.places import Block
from flow_pipeline.synthetic.spells import COMMUNITY_SITE, FOREVER


@dataclass
class Life:
    """The true events of a block."""

    block: Block
    people: people.People
    needs: needs.Needs
    spell: pl.DataFrame
    episode: pl.DataFrame
    ward_stay: pl.DataFrame
    attendance: pl.DataFrame
    outpatient: pl.DataFrame
    referral: pl.DataFrame
    contact: pl.DataFrame
    council: pl.DataFrame
    registration: pl.DataFrame
    appointment: pl.DataFrame
    mental_health: pl.DataFrame
    delay: pl.DataFrame


def live(block: Block, period: Period, seed: int, first_id: int) -> Life:
    """Simulates one block. Each part has its own random stream, so parts can be changed alone."""
    rngs = [np.random.default_rng([seed, block.number, part]) for part in range(16)]
    folk = people.make_people(block, period, rngs[0], first_id)
    moves.move(folk, block, period, rngs[0])
    need = needs.make_needs(folk, period, rngs[1])
    folk.death_day = needs.draw_deaths(folk, need, period, rngs[2])
    ill = emergencies.draw_illness(folk, need, period, period.start - hospital.BURN_IN, rngs[3])
    years = hospital.run_hospital(block, folk, need, ill, period, int(rngs[4].integers(2**62)))
    visits = spells.attendances(block, folk, need, ill, years, period, rngs[5])
    unplanned = spells.spells(folk, years, visits, rngs[6])
    ward_moves = spells.draw_moves(unplanned, need, rngs[7])
    episodes = spells.episodes(unplanned, ward_moves, rngs[7])
    wards = spells.ward_stays(unplanned, ward_moves, rngs[7])
    _move_into_homes(folk, block, years)
    appointments, operations = planned.outpatients(block, folk, need, period, rngs[8])
    stays = planned.stays(block, folk, need, operations, period, rngs[8])
    stays = _without_clashes(stays, unplanned)
    spell, episode, ward = _inpatient(
        unplanned, episodes, wards, ward_moves, stays, period, rngs[9]
    )
    referral = community.referrals(block, folk, need, unplanned, visits, period, rngs[10])
    contact, closed = community.contacts(referral, folk, unplanned, period, rngs[10])
    referral = referral.with_columns(pl.Series("closed", closed)).with_row_index("referral")
    referral = referral.filter((pl.col("closed") >= period.start) & (pl.col("first") >= 0))
    contact = contact.filter(pl.col("referral").is_in(referral["referral"].implode()))
    in_bed = community.in_bed(
        unplanned, appointments["person"].to_numpy(), appointments["day"].to_numpy()
    )
    attendance = _attendance(visits, spell, period, rngs[11])
    life = Life(
        block=block,
        people=folk,
        needs=need,
        spell=spell,
        episode=episode,
        ward_stay=ward,
        attendance=attendance,
        outpatient=appointments.filter(~in_bed),
        referral=referral,
        contact=contact.with_row_index("contact"),
        council=council.council_events(folk, need, unplanned, years.packages, period, rngs[12]),
        registration=practice.registrations(folk, period, rngs[13]),
        appointment=practice.appointments(folk, need, ill, visits, unplanned, period, rngs[14]),
        mental_health=mental_health.events(folk, need, period, rngs[15]),
        delay=_delays(unplanned, period),
    )
    costs.charge(life)
    return life


def _move_into_homes(folk: people.People, block: Block, years: hospital.HospitalYears) -> None:
    """People placed in a care home from hospital live there from that day."""
    for person, day in years.new_homes:
        if day >= NEVER or folk.care_home[person] >= 0 or folk.move_day[person] < NEVER:
            continue
        home = block.first_home + (0, *range(2, block.n_home))[person % (block.n_home - 1)]
        folk.care_home[person] = home
        folk.postcode[person] = people.home_postcode(block, np.array([home]))[0]
        folk.lsoa[person] = folk.postcode[person] // 50
        folk.move_day[person] = day


def _without_clashes(stays: pl.DataFrame, unplanned: spells.Spells) -> pl.DataFrame:
    """Planned stays that do not overlap an unplanned one or each other."""
    busy = pl.DataFrame(
        {"person": unplanned.person, "start": unplanned.start, "end": unplanned.end}
    )
    both = pl.concat(
        [
            busy.with_columns(pl.lit(-1).cast(pl.Int64).alias("row")),
            stays.select("person", "start", "end", pl.int_range(pl.len()).alias("row")),
        ]
    ).sort("person", "start", "row")
    person, start, end, row = (both[c].to_numpy() for c in both.columns)
    keep = np.zeros(stays.height, dtype=bool)
    free_from: dict[int, int] = {}
    next_busy = _next_unplanned(person, start, row)
    for k in range(len(person)):
        who = int(person[k])
        if row[k] < 0:
            free_from[who] = max(free_from.get(who, 0), int(end[k]))
        elif start[k] > free_from.get(who, 0) and end[k] < next_busy[k]:
            keep[row[k]] = True
            free_from[who] = int(end[k])
    return stays.filter(keep)


def _next_unplanned(person: Ints, start: Ints, row: Ints) -> Ints:
    """Start of the person's next unplanned stay after each row of a table in that order."""
    out = np.full(len(person), FOREVER)
    coming, who = FOREVER, -1
    for k in range(len(person) - 1, -1, -1):
        if person[k] != who:
            coming, who = FOREVER, person[k]
        out[k] = coming
        if row[k] < 0:
            coming = start[k]
    return out


def _inpatient(
    unplanned: spells.Spells,
    episodes: pl.DataFrame,
    wards: pl.DataFrame,
    moves: Ints,
    stays: pl.DataFrame,
    period: Period,
    rng: np.random.Generator,
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Unplanned and planned stays in one shape; a planned stay has one episode and one ward."""
    first = _unplanned_table(unplanned, moves)
    offset = first.height
    n = stays.height
    second = (
        pl.DataFrame(
            {
                "spell": np.arange(offset, offset + n),
                "person": stays["person"],
                "site": stays["site"],
                "start": stays["start"],
                "end": stays["end"],
                "ready": stays["end"] // MINUTES_PER_DAY,
                "method": stays["method"],
                "source": stays["source"],
                "destination": ["19"] * n,
                "died": [False] * n,
                "kind": stays["kind"],
                "icd": stays["icd"],
                "opcs": stays["opcs"],
                "decided": stays["decided"],
                "follows": np.full(n, -1),
                "pathway": ["P0"] * n,
                "moves": np.zeros(n, dtype=np.int64),
                "pressure": np.zeros(n),
            }
        )
        .select(first.columns)
        .cast(first.schema)
    )
    spell = pl.concat([first, second])
    over = (pl.col("end") >= period.start * MINUTES_PER_DAY) & (
        pl.col("start") < (period.end + 1) * MINUTES_PER_DAY
    )
    spell = spell.filter(over).with_columns(_open_at(period))
    extra = (
        pl.DataFrame(
            {
                "spell": np.arange(offset, offset + n),
                "number": np.ones(n, dtype=np.int64),
                "start": stays["start"],
                "end": stays["end"],
                "tfc": stays["tfc"],
                "last": [True] * n,
            }
        )
        .select(episodes.columns)
        .cast(episodes.schema)
    )
    episode = _only(pl.concat([episodes, extra]), spell, period)
    planned_ward = (
        pl.DataFrame(
            {
                "spell": np.arange(offset, offset + n),
                "number": np.ones(n, dtype=np.int64),
                "start": stays["start"],
                "end": stays["end"],
                "ward": rng.integers(2, 7, n),
                "reason": np.full(n, 3),
            }
        )
        .select(wards.columns)
        .cast(wards.schema)
    )
    return spell, episode, _only(pl.concat([wards, planned_ward]), spell, period)


def _unplanned_table(u: spells.Spells, moves: Ints) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "spell": np.arange(len(u.person)),
            "person": u.person,
            "site": u.site,
            "start": u.start,
            "end": u.end,
            "ready": u.ready,
            "method": u.method.astype(str),
            "source": u.source.astype(str),
            "destination": u.destination.astype(str),
            "died": u.died,
            "kind": np.full(len(u.person), "1"),
            "icd": spells.CAUSE_ICD[u.cause],
            "opcs": np.full(len(u.person), ""),
            "decided": np.full(len(u.person), NEVER),
            "follows": u.follows,
            "pathway": u.pathway.astype(str),
            "moves": moves,
            "pressure": u.pressure,
        }
    )


def _open_at(period: Period) -> list[pl.Expr]:
    """What ends after the period is still open when it ends."""
    open_ = pl.col("end") >= (period.end + 1) * MINUTES_PER_DAY
    return [
        pl.when(open_).then(FOREVER).otherwise("end").alias("end"),
        pl.when(open_ & (pl.col("ready") > period.end))
        .then(NEVER)
        .otherwise("ready")
        .alias("ready"),
    ]


def _only(rows: pl.DataFrame, spell: pl.DataFrame, period: Period) -> pl.DataFrame:
    limit = (period.end + 1) * MINUTES_PER_DAY
    return (
        rows.join(spell.select("spell"), on="spell", how="semi")
        .filter(pl.col("start") < limit)
        .with_columns(pl.when(pl.col("end") >= limit).then(FOREVER).otherwise("end").alias("end"))
        .sort("spell", "number")
    )


def _attendance(
    v: spells.Attendances, spell: pl.DataFrame, period: Period, rng: np.random.Generator
) -> pl.DataFrame:
    """Attendances in local time, with the ambulance that brought the person."""
    n = len(v.person)
    frame = pl.DataFrame(
        {
            "person": v.person,
            "site": v.site,
            "department": v.department,
            "cause": v.cause,
            "arrival": clock.to_local(v.arrival),
            "assessed": clock.to_local(v.assessed),
            "seen": clock.to_local(v.seen),
            "ready": clock.to_local(v.ready),
            "decided": np.where(
                v.decided < FOREVER, clock.to_local(np.minimum(v.decided, FOREVER)), FOREVER
            ),
            "departure": clock.to_local(v.departure),
            "minutes": v.departure - v.arrival,
            "ambulance": v.by_ambulance,
            "stay": v.stay,
            "left": v.left,
            "frail": v.frail,
            "called": clock.to_local(v.arrival) - rng.integers(45, 200, n),
            "handover": np.minimum(rng.gamma(1.3, 22, n).astype(np.int64) + 4, 240),
        }
    )
    first, last = period.start * MINUTES_PER_DAY, (period.end + 1) * MINUTES_PER_DAY
    frame = frame.filter((pl.col("arrival") >= first) & (pl.col("departure") < last))
    return frame.sort("arrival", "person").with_row_index("attendance")


def _delays(u: spells.Spells, period: Period) -> pl.DataFrame:
    """Discharge delays and waits for home support, with what they were for."""
    over = (u.end < FOREVER) & (u.end // MINUTES_PER_DAY >= period.start) & ~u.died
    over &= (u.ready < NEVER) & (u.end // MINUTES_PER_DAY <= period.end)
    rows = np.flatnonzero(over & (u.ready < u.end // MINUTES_PER_DAY))
    cause = [
        hospital.DELAY_CAUSES.get(c or "P0", hospital.DELAY_CAUSES["P0"])
        for c in u.delay_cause[rows]
    ]
    discharge = pl.DataFrame(
        {
            "measure": ["discharge_delay"] * len(rows),
            "person": u.person[rows],
            "spell": rows,
            "start": u.ready[rows],
            "end": u.end[rows] // MINUTES_PER_DAY,
            "cause": [c[0] for c in cause],
            "responsible": [c[1] for c in cause],
            "existing_package": u.support_kind[rows] == "existing_package",
        }
    )
    rows = np.flatnonzero(over & (u.support < NEVER) & (u.pathway == "P1"))
    cause = [
        hospital.DELAY_CAUSES.get(c or "P0", hospital.DELAY_CAUSES["P0"])
        for c in u.delay_cause[rows]
    ]
    support = pl.DataFrame(
        {
            "measure": ["ready_to_home_support"] * len(rows),
            "person": u.person[rows],
            "spell": rows,
            "start": u.ready[rows],
            "end": np.maximum(u.support[rows], u.ready[rows]),
            "cause": [c[0] for c in cause],
            "responsible": [c[1] for c in cause],
            "existing_package": u.support_kind[rows] == "existing_package",
        }
    ).cast(discharge.schema)
    return pl.concat([discharge, support])


def site_code() -> pl.Expr:
    """Code of the site column."""
    codes = {number: str(code) for number, code in enumerate(places.SITE_CODES)}
    codes[COMMUNITY_SITE] = places.COMMUNITY_BEDS
    return pl.col("site").replace_strict(codes, return_dtype=pl.String)


def trust_code() -> pl.Expr:
    codes = {number: str(code) for number, code in enumerate(places.SITE_TRUSTS)}
    codes[COMMUNITY_SITE] = places.COMMUNITY
    return pl.col("site").replace_strict(codes, return_dtype=pl.String)
