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
    inpatient,
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
from flow_pipeline.synthetic.stays import DELAY_CAUSES, HospitalYears


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
    mental_health_referral: pl.DataFrame
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
    stays = inpatient.without_clashes(stays, unplanned)
    spell, episode, ward = inpatient.inpatient(
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
    mental = mental_health.without_clashes(
        mental_health.events(folk, need, period, rngs[15]), spell
    )
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
        mental_health=mental,
        mental_health_referral=mental_health.referrals(mental, period),
        delay=_delays(unplanned, period),
    )
    costs.charge(life)
    return life


def _move_into_homes(folk: people.People, block: Block, years: HospitalYears) -> None:
    """People placed in a care home from hospital live there from that day."""
    for person, day in years.new_homes:
        if day >= NEVER or folk.care_home[person] >= 0 or folk.move_day[person] < NEVER:
            continue
        home = block.first_home + (0, *range(2, block.n_home))[person % (block.n_home - 1)]
        folk.care_home[person] = home
        folk.postcode[person] = people.home_postcode(block, np.array([home]))[0]
        folk.lsoa[person] = folk.postcode[person] // 50
        folk.move_day[person] = day


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
    out = u.end // MINUTES_PER_DAY
    over = (u.end < FOREVER) & (out >= period.start) & (out <= period.end) & ~u.died
    over &= u.ready < NEVER
    late = np.flatnonzero(over & (u.ready < out))
    supported = np.flatnonzero(over & (u.support < NEVER) & (u.pathway == "P1"))
    begun = np.maximum(u.support, u.ready)
    return pl.concat(
        [
            _delay_table("discharge_delay", u, late, out, u.delay_cause),
            _delay_table("ready_to_home_support", u, supported, begun, u.support_cause),
        ]
    )


def _delay_table(
    measure: str, u: spells.Spells, rows: Ints, end: Ints, causes: np.ndarray
) -> pl.DataFrame:
    named = [DELAY_CAUSES.get(cause, DELAY_CAUSES["P0"]) for cause in causes[rows]]
    return pl.DataFrame(
        {
            "measure": pl.Series([measure] * len(rows), dtype=pl.String),
            "person": u.person[rows],
            "spell": rows,
            "start": u.ready[rows],
            "end": end[rows],
            "cause": pl.Series([cause for cause, _ in named], dtype=pl.String),
            "responsible": pl.Series([body for _, body in named], dtype=pl.String),
            "existing_package": u.support_kind[rows] == "existing_package",
        }
    )


def site_code() -> pl.Expr:
    """Code of the site column."""
    codes = {number: str(code) for number, code in enumerate(places.SITE_CODES)}
    codes[COMMUNITY_SITE] = places.COMMUNITY_BEDS
    return pl.col("site").replace_strict(codes, return_dtype=pl.String)


def trust_code() -> pl.Expr:
    codes = {number: str(code) for number, code in enumerate(places.SITE_TRUSTS)}
    codes[COMMUNITY_SITE] = places.COMMUNITY
    return pl.col("site").replace_strict(codes, return_dtype=pl.String)
