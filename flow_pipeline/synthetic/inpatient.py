"""All stays in one shape: unplanned and planned spells, their episodes and ward stays."""

import numpy as np
import polars as pl

from flow_pipeline.synthetic.clock import MINUTES_PER_DAY, NEVER, Ints, Period
from flow_pipeline.synthetic.spells import CAUSE_ICD, FOREVER, Spells


def without_clashes(stays: pl.DataFrame, unplanned: Spells) -> pl.DataFrame:
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


def inpatient(
    unplanned: Spells,
    episodes: pl.DataFrame,
    wards: pl.DataFrame,
    moves: Ints,
    stays: pl.DataFrame,
    period: Period,
    rng: np.random.Generator,
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Spells, episodes and ward stays, unplanned and planned in one shape.

    A planned stay has one episode and one ward.
    """
    first = _unplanned_table(unplanned, moves)
    numbers = np.arange(first.height, first.height + stays.height)
    second = _planned_table(stays, numbers).select(first.columns).cast(first.schema)
    over = (pl.col("end") >= period.start * MINUTES_PER_DAY) & (
        pl.col("start") < (period.end + 1) * MINUTES_PER_DAY
    )
    spell = pl.concat([first, second]).filter(over).with_columns(_open_at(period))
    n = stays.height
    once = pl.DataFrame(
        {
            "spell": numbers,
            "number": np.ones(n, dtype=np.int64),
            "start": stays["start"],
            "end": stays["end"],
            "tfc": stays["tfc"],
            "last": [True] * n,
            "ward": rng.integers(2, 7, n),
            "reason": np.full(n, 3),
        }
    )
    episode = pl.concat([episodes, once.select(episodes.columns).cast(episodes.schema)])
    ward = pl.concat([wards, once.select(wards.columns).cast(wards.schema)])
    return spell, _only(episode, spell, period), _only(ward, spell, period)


def _planned_table(stays: pl.DataFrame, numbers: Ints) -> pl.DataFrame:
    n = stays.height
    return stays.with_columns(
        pl.Series("spell", numbers),
        (pl.col("end") // MINUTES_PER_DAY).alias("ready"),
        pl.lit("19").alias("destination"),
        pl.lit(value=False).alias("died"),
        pl.Series("follows", np.full(n, -1)),
        pl.lit("P0").alias("pathway"),
        pl.Series("moves", np.zeros(n, dtype=np.int64)),
        pl.lit(0.0).alias("pressure"),
    )


def _unplanned_table(u: Spells, moves: Ints) -> pl.DataFrame:
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
            "icd": CAUSE_ICD[u.cause],
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
