"""Mental-health care: community contacts and stays. Modelled for cost and truth."""

import numpy as np
import polars as pl

from flow_pipeline.synthetic.clock import MINUTES_PER_DAY, Period
from flow_pipeline.synthetic.needs import Needs
from flow_pipeline.synthetic.people import People

CONTACT_COST, BED_DAY_COST = 275.0, 564.0


def events(people: People, needs: Needs, period: Period, rng: np.random.Generator) -> pl.DataFrame:
    """family (mh_contact, mh_spell), person, start, end in local minutes, cost."""
    ill = needs.condition("mental_illness")
    old_enough = (period.start - people.birth) > 14 * 365
    patient = ill & old_enough & (rng.random(len(people)) < 0.35)
    count = rng.poisson(
        np.where(patient, 6.0 * rng.gamma(1.0, 1.0, len(people)), 0.0) * period.years
    )
    person = np.repeat(np.arange(len(people)), count)
    day = rng.integers(period.start, period.end + 1, len(person))
    start = day * MINUTES_PER_DAY + 540 + 30 * rng.integers(0, 15, len(person))
    contact = pl.DataFrame(
        {
            "family": ["mh_contact"] * len(person),
            "person": person,
            "start": start,
            "end": start + 50,
            "cost": np.full(len(person), CONTACT_COST),
        }
    )
    stays = np.repeat(
        np.arange(len(people)), rng.poisson(np.where(patient, 0.085, 0.0) * period.years)
    )
    begun = rng.integers(period.start, period.end + 1, len(stays))
    nights = np.minimum(1 + rng.gamma(0.9, 42, len(stays)).astype(np.int64), period.end + 1 - begun)
    spell = pl.DataFrame(
        {
            "family": ["mh_spell"] * len(stays),
            "person": stays,
            "start": begun * MINUTES_PER_DAY + 840,
            "end": (begun + nights) * MINUTES_PER_DAY + 720,
            "cost": nights * BED_DAY_COST,
        }
    )
    table = pl.concat([contact, spell])
    days = table["start"].to_numpy() // MINUTES_PER_DAY
    last = table["end"].to_numpy() // MINUTES_PER_DAY
    who = table["person"].to_numpy()
    return table.filter(people.present(who, days) & (last < people.death_day[who])).sort(
        "start", "person"
    )
