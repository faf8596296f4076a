"""Which emergency attendance led to which stay (definition: carry ED → admission)."""

import polars as pl

_EARLIEST, _LATEST = -60, 24 * 60  # minutes of the departure, counted from the admission


def admitting_attendances(event: pl.LazyFrame, spells: pl.LazyFrame) -> pl.LazyFrame:
    """event_id, spell_id: attendances that ended in admission, each with the nearest stay.

    The departure lies from one hour before to 24 hours after the admission at the same provider,
    else within a day of it at the same site. One attendance to one spell.
    """
    visits = event.filter(
        (pl.col("event_family") == "emergency") & (pl.col("destination_class") == "admitted")
    ).select(
        "event_id",
        "person_id",
        "organisation_code",
        "site_code",
        pl.col("counted_end_at").alias("left_at"),
        pl.col("counted_end_precision").alias("left_precision"),
    )
    stays = spells.select(
        "spell_id",
        "person_id",
        pl.col("organisation_code").alias("stay_organisation"),
        pl.col("site_code").alias("stay_site"),
        "admitted_at",
        "admitted_precision",
    )
    pairs = on_near_days(visits, "left_at", stays, "admitted_at").with_columns(
        (pl.col("left_at") - pl.col("admitted_at")).dt.total_minutes().alias("minutes"),
        (pl.col("left_at").dt.date() - pl.col("admitted_at").dt.date())
        .dt.total_days()
        .alias("days"),
    )
    pairs = pairs.with_columns(_nearness().alias("tier")).drop_nulls("tier")
    order = ["tier", pl.col("minutes").abs(), "event_id", "spell_id"]
    nearest = pairs.sort(order).unique("event_id", keep="first", maintain_order=True)
    return nearest.unique("spell_id", keep="first", maintain_order=True).select(
        "event_id", "spell_id"
    )


def on_near_days(left: pl.LazyFrame, at: str, right: pl.LazyFrame, near: str) -> pl.LazyFrame:
    """Pairs of rows of one person whose local dates are at most a day apart.

    By day, not by person alone: the pairs of somebody with very many rows would be too many.
    """
    day = pl.col(near).dt.date()
    around = [right.with_columns(day.dt.offset_by(f"{n}d").alias("day")) for n in (-1, 0, 1)]
    placed = left.with_columns(pl.col(at).dt.date().alias("day"))
    return placed.join(pl.concat(around), on=["person_id", "day"], how="inner").drop("day")


def _nearness() -> pl.Expr:
    """1 by provider and time, 2 by site and day, null where neither fits."""
    exact = (pl.col("left_precision") == "minute") & (pl.col("admitted_precision") == "minute")
    in_time = (
        pl.when(exact)
        .then(pl.col("minutes").is_between(_EARLIEST, _LATEST))
        .otherwise(pl.col("days").is_between(0, 1))
    )
    same_provider = pl.col("organisation_code") == pl.col("stay_organisation")
    same_site = pl.col("site_code") == pl.col("stay_site")
    return (
        pl.when(same_provider & in_time)
        .then(1)
        .when(same_site & pl.col("days").abs().le(1))
        .then(2)
    )
