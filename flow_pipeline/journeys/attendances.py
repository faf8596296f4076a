"""Which emergency attendance led to which stay (definition: carry ED → admission)."""

import polars as pl

from flow_pipeline.calendar import to_utc
from flow_pipeline.journeys.moments import days_between
from flow_pipeline.journeys.nearest import neighbours

_EARLIEST, _LATEST = -60, 24 * 60  # minutes of the departure, counted from the admission
_PARTS = ("at", "at_utc", "precision")
_TOLD = ("event_id", "spell_id", *(f"{n}_{p}" for n in ("left", "admitted") for p in _PARTS))


def admitting_attendances(event: pl.LazyFrame, spells: pl.LazyFrame) -> pl.LazyFrame:
    """event_id, spell_id: attendances that ended in admission, each with the nearest stay.

    The departure lies from one hour before to 24 hours after the admission at the same provider,
    in UTC, else within a day of it at the same site. One attendance to one spell; of one whose
    departure nobody recorded it is not known.
    """
    visits = event.filter(
        (pl.col("event_family") == "emergency")
        & (pl.col("destination_class") == "admitted")
        & (pl.col("end_status") == "recorded")
    ).select(
        "event_id",
        "person_id",
        "organisation_code",
        "site_code",
        *(pl.col(f"end_{part}").alias(f"left_{part}") for part in _PARTS),
    )
    stays = spells.select(
        "spell_id",
        "person_id",
        "organisation_code",
        "site_code",
        "admitted_at",
        to_utc(pl.col("admitted_at")).alias("admitted_at_utc"),
        "admitted_precision",
    )
    # what fits is nearer than what does not, among stays whose times are as precise
    pairs = pl.concat(
        neighbours(
            visits,
            "left_at_utc",
            stays.filter(pl.col("admitted_precision") == precision),
            "admitted_at_utc",
            by=["person_id", place],
            key="spell_id",
        ).select(*_TOLD, (pl.lit(tier)).alias("tier"))
        for tier, place in enumerate(("organisation_code", "site_code"), start=1)
        for precision in ("minute", "date")
    ).with_columns(
        _minutes().alias("minutes"),
        days_between(pl.col("admitted_at"), pl.col("left_at")).alias("days"),
    )
    order = ["tier", pl.col("minutes").abs(), "event_id", "spell_id"]
    fitting = pairs.filter(_fits()).sort(order)
    nearest = fitting.unique("event_id", keep="first", maintain_order=True)
    return nearest.unique("spell_id", keep="first", maintain_order=True).select(
        "event_id", "spell_id"
    )


def _exact() -> pl.Expr:
    return (pl.col("left_precision") == "minute") & (pl.col("admitted_precision") == "minute")


def _minutes() -> pl.Expr:
    """From admission to departure: in UTC, or by the wall clock where either is only a date."""
    utc = pl.col("left_at_utc") - pl.col("admitted_at_utc")
    local = pl.col("left_at") - pl.col("admitted_at")
    return pl.when(_exact()).then(utc).otherwise(local).dt.total_minutes()


def _fits() -> pl.Expr:
    """At the same provider (tier 1) by time, at the same site (tier 2) by day."""
    in_time = (
        pl.when(_exact())
        .then(pl.col("minutes").is_between(_EARLIEST, _LATEST))
        .otherwise(pl.col("days").is_between(0, 1))
    )
    return pl.when(pl.col("tier") == 1).then(in_time).otherwise(pl.col("days").abs() <= 1)
