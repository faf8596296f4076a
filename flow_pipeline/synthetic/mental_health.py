"""Mental-health care: referrals, community contacts and stays."""

import numpy as np
import polars as pl

from flow_pipeline.synthetic.clock import MINUTES_PER_DAY, NEVER, Period
from flow_pipeline.synthetic.needs import Needs
from flow_pipeline.synthetic.people import People

CONTACT_COST, BED_DAY_COST = 275.0, 564.0
DAYS_TO_CLOSE = 30  # from the last care of a person to the end of the referral


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


def without_clashes(events: pl.DataFrame, spell: pl.DataFrame) -> pl.DataFrame:
    """``events`` without stays during which, or within three days of which, the person was in
    another hospital, and without contacts and stays inside a stay kept."""
    days = 3 * MINUTES_PER_DAY
    stays = events.with_row_index("row").filter(pl.col("family") == "mh_spell")
    other = spell.select("person", pl.col("start").alias("from"), pl.col("end").alias("until"))
    clashing = stays.join(other, on="person").filter(
        (pl.col("start") <= pl.col("until") + days) & (pl.col("end") >= pl.col("from") - days)
    )
    kept = stays.join(clashing.select("row").unique(), on="row", how="anti").sort("person", "start")
    free_from = pl.col("end").cum_max().shift(1).over("person")
    kept = kept.filter(free_from.is_null() | (pl.col("start") > free_from + days))
    contacts = events.with_row_index("row").filter(pl.col("family") == "mh_contact")
    inside = contacts.join(
        kept.select("person", pl.col("start").alias("from"), pl.col("end").alias("until")),
        on="person",
    ).filter(pl.col("start").is_between("from", "until"))
    outside = contacts.join(inside.select("row").unique(), on="row", how="anti")
    return pl.concat([outside, kept]).sort("start", "person", "row").drop("row")


def referrals(events: pl.DataFrame, period: Period) -> pl.DataFrame:
    """referral, person, day and closed (NEVER while open): one per person with any care."""
    last = (pl.col("end").max() // MINUTES_PER_DAY + DAYS_TO_CLOSE).alias("last")
    people = events.group_by("person").agg((pl.col("start").min() // MINUTES_PER_DAY), last)
    waited = pl.col("person") % 42
    return (
        people.sort("person")
        .with_columns(
            (pl.col("start") - waited).clip(lower_bound=period.start).alias("day"),
            pl.when(pl.col("last") <= period.end).then("last").otherwise(NEVER).alias("closed"),
        )
        .select("person", "day", "closed")
        .with_row_index("referral")
    )
