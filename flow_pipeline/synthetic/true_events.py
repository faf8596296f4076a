"""Truth tables: everything that happened in one shape, and the journeys it makes."""

from dataclasses import dataclass, field
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


@dataclass(frozen=True)
class _Kind:
    """How rows of one table become events."""

    table: pl.DataFrame
    family: pl.Expr
    prefix: str
    key: str
    start: pl.Expr
    end: pl.Expr
    organisation: pl.Expr
    at_site: bool = False
    costed: bool = True
    happened: pl.Expr = field(default_factory=lambda: pl.lit(value=True))


def events(life_: Life) -> pl.DataFrame:
    """Everything that happened, one shape: what journeys are made of."""
    kinds = [*_stays_and_visits(life_), *_appointments(life_), *_council_and_others(life_)]
    parts = [_events_of(life_, kind) for kind in kinds]
    return pl.concat(parts).sort("person_id", "start_at", "event_key")


def _stays_and_visits(life_: Life) -> list[_Kind]:
    col, lit, visits = pl.col, pl.lit, life_.attendance
    trust, ambulance = life.trust_code(), lit(places.AMBULANCE)
    inpatient, emergency = lit("inpatient"), lit("emergency")
    arrival, left = col("arrival"), col("departure")
    cleared = arrival + col("handover")
    brought = visits.filter("ambulance")
    return [
        _Kind(life_.spell, inpatient, "spell", "spell", col("start"), col("end"), trust, True),
        _Kind(visits, emergency, "ed", "attendance", arrival, left, trust, True),
        _Kind(
            brought, lit("ambulance"), "ambulance", "attendance", col("called"), cleared,
            ambulance, costed=False,
        ),
    ]  # fmt: skip


def _appointments(life_: Life) -> list[_Kind]:
    """Booked things; only those that took place happened."""
    at_ = pl.col("day") * MINUTES_PER_DAY + pl.col("minute")
    status, none = pl.col("status"), pl.lit(None, dtype=pl.String)
    outpatient = life_.outpatient.with_row_index("op")
    practice = life_.appointment.with_row_index("gp")
    community = pl.lit(places.COMMUNITY)
    return [
        _Kind(
            outpatient, pl.lit("outpatient"), "op", "op", at_, at_, life.trust_code(), True,
            happened=status.is_in(["5", "6"]),
        ),
        _Kind(
            life_.contact, pl.lit("community_contact"), "contact", "contact", at_, at_, community,
            happened=status == "5",
        ),
        _Kind(
            practice, pl.lit("gp_appointment"), "gp", "gp", at_, at_, none,
            happened=status == "attended",
        ),
    ]  # fmt: skip


def _council_and_others(life_: Life) -> list[_Kind]:
    """Council events by the day, referrals, and mental health."""
    received = pl.col("day") * MINUTES_PER_DAY + pl.col("minute")
    kind = pl.format("asc_{}", pl.col("kind").str.to_lowercase())
    start, referral = pl.col("start") * MINUTES_PER_DAY, pl.lit("community_referral")
    mental = life_.mental_health.with_row_index("mh")
    refused = pl.col("rejected") <= clock.day_of(clock.LAST_DAY)
    trust, community = pl.lit(places.MENTAL_HEALTH), pl.lit(places.COMMUNITY)
    return [
        _Kind(
            life_.referral, referral, "referral", "referral", received, _minute_of_day("closed"),
            community, costed=False, happened=~refused,
        ),
        _Kind(
            life_.council, kind, "council", "key", start, _minute_of_day("end"),
            pl.lit(places.COUNCIL),
        ),
        _Kind(
            life_.mental_health_referral, pl.lit("mh_referral"), "mhreferral", "referral",
            pl.col("day") * MINUTES_PER_DAY, _minute_of_day("closed"), trust, costed=False,
        ),
        _Kind(mental, pl.col("family"), "mh", "mh", pl.col("start"), pl.col("end"), trust),
    ]  # fmt: skip


def _minute_of_day(column: str) -> pl.Expr:
    day = pl.col(column)
    return pl.when(day < NEVER).then(day * MINUTES_PER_DAY).otherwise(FOREVER)


def _events_of(life_: Life, kind: _Kind) -> pl.DataFrame:
    none = pl.lit(None, dtype=pl.String)
    prefix = pl.lit(f"{kind.prefix}-{life_.block.number}-")
    rows = kind.table.select(
        (prefix + pl.col(kind.key).cast(pl.String)).alias("event_key"),
        kind.family.alias("event_family"),
        ids(life_),
        kind.organisation.alias("organisation_code"),
        (life.site_code() if kind.at_site else none).alias("site_code"),
        kind.start.alias("start_minute"),
        kind.end.alias("end_minute"),
        kind.happened.alias("happened"),
        (pl.col("cost") if kind.costed else pl.lit(None, dtype=pl.Float64)).alias("cost"),
    )
    times = at("start_minute", "start_at"), at("end_minute", "end_at")
    first = ["event_key", "event_family", "person_id", "organisation_code", "site_code"]
    return rows.select(*first, *times, "happened", "cost")


LASTING = ("ambulance", "mh_spell", "inpatient", "emergency")
OF_A_MOMENT = (
    "mh_contact",
    "mh_referral",
    "outpatient",
    "community_contact",
    "community_referral",
    "gp_appointment",
    "asc_request",
    "asc_assessment",
    "asc_review",
    "asc_service",
)


def chains(event: pl.DataFrame, life_: Life, gap_days: int = 30) -> pl.DataFrame:
    """Events that hold journeys together, each with its ``journey_key`` and ``until``.

    Stays, attendances, incidents and reablement bridge over their whole length; everything else,
    referrals received and long-term services among it, by its start only. Missed and cancelled
    appointments and rejected referrals do not bridge. Open stays bridge to the end of the period.
    A new journey begins more than ``gap_days`` days after the end of everything before.
    """
    chosen = event.filter(
        pl.col("happened") & pl.col("event_family").is_in([*LASTING, *OF_A_MOMENT])
    )
    lasting = pl.col("event_family").is_in(LASTING) | _is_reablement(life_)
    last = datetime.combine(clock.LAST_DAY, datetime.min.time())
    end = pl.when(lasting).then(pl.col("end_at").fill_null(last)).otherwise("start_at")
    chain = chosen.with_columns(end.alias("until")).sort("person_id", "start_at", "event_key")
    so_far = pl.col("until").dt.date().cum_max().shift(1).over("person_id")
    gap = (pl.col("start_at").dt.date() - so_far).dt.total_days()
    number = (gap.is_null() | (gap > gap_days)).cum_sum().cast(pl.String)
    prefix = pl.lit(f"journey-{life_.block.number}-")
    return chain.with_columns((prefix + number).alias("journey_key"))


def journeys(chain: pl.DataFrame) -> pl.DataFrame:
    """One row per journey of ``chains``."""
    return chain.group_by("journey_key", maintain_order=True).agg(
        pl.col("person_id").first(),
        pl.col("start_at").min(),
        pl.col("until").max().alias("end_at"),
        pl.len().alias("n_bridging_events"),
        (pl.col("event_family") == "inpatient").any().alias("has_admission"),
    )


def _is_reablement(life_: Life) -> pl.Expr:
    prefix = pl.lit(f"council-{life_.block.number}-")
    st_max = life_.council.filter(pl.col("service") == council.ST_MAX)
    keys = st_max.select(prefix + pl.col("key").cast(pl.String)).to_series()
    return pl.col("event_key").is_in(keys.implode())
