"""Truth tables: everything that happened in one shape, and the journeys it makes."""

from datetime import datetime

import polars as pl

from flow_pipeline.synthetic import clock, council, life, places
from flow_pipeline.synthetic.clock import MINUTES_PER_DAY, NEVER
from flow_pipeline.synthetic.life import Life
from flow_pipeline.synthetic.spells import FOREVER


def ids(life_: Life, column: str = "person") -> pl.Expr:
    return (pl.col(column) + life_.people.first_id).cast(pl.String).str.zfill(8).alias("person_id")


def at(column: str, name: str) -> pl.Expr:
    known = pl.when(pl.col(column) < FOREVER).then(pl.col(column) * 60_000_000)
    return known.cast(pl.Datetime("us")).alias(name)


def events(life_: Life) -> pl.DataFrame:
    """Everything that happened, one shape: what journeys are made of."""
    site, trust = life.site_code(), life.trust_code()
    minutes = pl.col("day") * MINUTES_PER_DAY + pl.col("minute")
    day_start, none = pl.col("start") * MINUTES_PER_DAY, pl.lit(None, dtype=pl.String)
    parts = [
        _event(
            life_,
            life_.spell,
            "inpatient",
            "spell",
            "spell",
            pl.col("start"),
            pl.col("end"),
            trust,
            site,
            "cost",
        ),
        _event(
            life_,
            life_.attendance,
            "emergency",
            "ed",
            "attendance",
            pl.col("arrival"),
            pl.col("departure"),
            trust,
            site,
            "cost",
        ),
        _event(
            life_,
            life_.attendance.filter("ambulance"),
            "ambulance",
            "ambulance",
            "attendance",
            pl.col("called"),
            pl.col("arrival") + pl.col("handover"),
            pl.lit(places.AMBULANCE),
            none,
            None,
        ),
        _event(
            life_,
            life_.outpatient.with_row_index("op"),
            "outpatient",
            "op",
            "op",
            minutes,
            minutes,
            trust,
            site,
            "cost",
            pl.col("status").is_in(["5", "6"]),
        ),
        _event(
            life_,
            life_.contact,
            "community_contact",
            "contact",
            "contact",
            minutes,
            minutes,
            pl.lit(places.COMMUNITY),
            none,
            "cost",
            pl.col("status") == "5",
        ),
        _event(
            life_,
            life_.referral,
            "community_referral",
            "referral",
            "referral",
            minutes,
            pl.when(pl.col("closed") < NEVER)
            .then(pl.col("closed") * MINUTES_PER_DAY)
            .otherwise(FOREVER),
            pl.lit(places.COMMUNITY),
            none,
            None,
        ),
        _event(
            life_,
            life_.appointment.with_row_index("gp"),
            "gp_appointment",
            "gp",
            "gp",
            minutes,
            minutes,
            none,
            none,
            "cost",
            pl.col("status") == "attended",
        ),
        _event(
            life_,
            life_.council,
            pl.format("asc_{}", pl.col("kind").str.to_lowercase()),
            "council",
            "key",
            day_start,
            pl.when(pl.col("end") < NEVER).then(pl.col("end") * MINUTES_PER_DAY).otherwise(FOREVER),
            pl.lit(places.COUNCIL),
            none,
            None,
        ),
        _event(
            life_,
            life_.mental_health.with_row_index("mh"),
            pl.col("family"),
            "mh",
            "mh",
            pl.col("start"),
            pl.col("end"),
            pl.lit(places.MENTAL_HEALTH),
            none,
            "cost",
        ),
    ]
    return pl.concat(parts).sort("person_id", "start_at", "event_key")


def _event(
    life_: Life,
    table: pl.DataFrame,
    family: str | pl.Expr,
    prefix: str,
    key: str,
    start: pl.Expr,
    end: pl.Expr,
    organisation: pl.Expr,
    site: pl.Expr,
    cost: str | None,
    happened: pl.Expr | None = None,
) -> pl.DataFrame:
    return table.select(
        (pl.lit(f"{prefix}-{life_.block.number}-") + pl.col(key).cast(pl.String)).alias(
            "event_key"
        ),
        (pl.lit(family) if isinstance(family, str) else family).alias("event_family"),
        ids(life_),
        organisation.alias("organisation_code"),
        site.alias("site_code"),
        start.alias("start_minute"),
        end.alias("end_minute"),
        (pl.lit(value=True) if happened is None else happened).alias("happened"),
        (pl.lit(None, dtype=pl.Float64) if cost is None else pl.col(cost)).alias("cost"),
    ).select(
        "event_key",
        "event_family",
        "person_id",
        "organisation_code",
        "site_code",
        at("start_minute", "start_at"),
        at("end_minute", "end_at"),
        "happened",
        "cost",
    )


BRIDGING = (
    "inpatient",
    "emergency",
    "outpatient",
    "community_contact",
    "gp_appointment",
    "asc_request",
    "asc_assessment",
    "asc_review",
)


def journeys(event: pl.DataFrame, life_: Life, gap_days: int = 30) -> pl.DataFrame:
    """Chains of a person's delivered events with no gap of more than ``gap_days`` days.

    Reablement bridges over its whole length, long-term services by their start only; missed and
    cancelled appointments and referrals do not bridge. Open stays bridge to the end of the period.
    """
    key = (pl.lit(f"council-{life_.block.number}-") + pl.col("key").cast(pl.String)).alias("key")
    st_max = life_.council.filter(pl.col("service") == council.ST_MAX).select(key).to_series()
    reablement = pl.col("event_key").is_in(st_max.implode())
    service = pl.col("event_family") == "asc_service"
    chosen = event.filter(
        pl.col("happened") & (pl.col("event_family").is_in(list(BRIDGING)) | service)
    )
    last = datetime.combine(clock.LAST_DAY, datetime.min.time())
    end = (
        pl.when(service & ~reablement).then("start_at").otherwise(pl.col("end_at").fill_null(last))
    )
    chain = chosen.with_columns(end.alias("until")).sort("person_id", "start_at", "event_key")
    so_far = pl.col("until").dt.date().cum_max().shift(1).over("person_id")
    gap = (pl.col("start_at").dt.date() - so_far).dt.total_days()
    chain = chain.with_columns((gap.is_null() | (gap > gap_days)).cum_sum().alias("number"))
    return (
        chain.group_by("number", maintain_order=True)
        .agg(
            pl.col("person_id").first(),
            pl.col("start_at").min(),
            pl.col("until").max().alias("end_at"),
            pl.len().alias("n_bridging_events"),
            (pl.col("event_family") == "inpatient").any().alias("has_admission"),
        )
        .with_columns(
            (pl.lit(f"journey-{life_.block.number}-") + pl.col("number").cast(pl.String)).alias(
                "journey_key"
            )
        )
        .drop("number")
    )
