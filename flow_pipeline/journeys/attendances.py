"""Which emergency attendance led to which stay (definition: carry ED → admission)."""

import polars as pl

from flow_pipeline.journeys.nearest import neighbours

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
        "organisation_code",
        "site_code",
        "admitted_at",
        "admitted_precision",
    )
    # what fits is nearer than what does not, among stays whose times are as precise
    pairs = pl.concat(
        neighbours(
            visits,
            "left_at",
            stays.filter(pl.col("admitted_precision") == precision),
            "admitted_at",
            by=["person_id", place],
            key="spell_id",
        ).select(*_TOLD, (pl.lit(tier)).alias("tier"))
        for tier, place in enumerate(("organisation_code", "site_code"), start=1)
        for precision in ("minute", "date")
    ).with_columns(
        (pl.col("left_at") - pl.col("admitted_at")).dt.total_minutes().alias("minutes"),
        (pl.col("left_at").dt.date() - pl.col("admitted_at").dt.date())
        .dt.total_days()
        .alias("days"),
    )
    order = ["tier", pl.col("minutes").abs(), "event_id", "spell_id"]
    fitting = pairs.filter(_fits()).sort(order)
    nearest = fitting.unique("event_id", keep="first", maintain_order=True)
    return nearest.unique("spell_id", keep="first", maintain_order=True).select(
        "event_id", "spell_id"
    )


_TOLD = ("event_id", "spell_id", "left_at", "left_precision", "admitted_at", "admitted_precision")


def _fits() -> pl.Expr:
    """At the same provider (tier 1) by time, at the same site (tier 2) by day."""
    exact = (pl.col("left_precision") == "minute") & (pl.col("admitted_precision") == "minute")
    in_time = (
        pl.when(exact)
        .then(pl.col("minutes").is_between(_EARLIEST, _LATEST))
        .otherwise(pl.col("days").is_between(0, 1))
    )
    return pl.when(pl.col("tier") == 1).then(in_time).otherwise(pl.col("days").abs() <= 1)
