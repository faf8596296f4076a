"""Council extracts: client level data, and the registrar's deaths."""

import numpy as np
import polars as pl

from flow_pipeline.synthetic import clock, costs, places
from flow_pipeline.synthetic.clock import NEVER, Period
from flow_pipeline.synthetic.extracts.columns import (
    date,
    each_quarter,
    event_key,
    number,
    text,
)
from flow_pipeline.synthetic.life import Life

SUPPORT_REASONS = (
    "Physical Support: Personal Care Support",
    "Physical Support: Access & mobility only",
    "Support with Memory & Cognition",
    "Mental Health Support",
    "Social Support: Support for Isolation/Other",
)


def cld_event(life_: Life, period: Period) -> pl.DataFrame:
    """Points in the quarter in which they end, services in every quarter in which they run."""
    folk = life_.people
    service = life_.council["kind"] == "Service"
    lasting = each_quarter(life_.council.filter(service), "start", "end", period)
    points = life_.council.filter(~service)
    ends = points["end"].to_numpy()
    points = points.with_columns(pl.Series("_file_day", np.maximum(ends, period.start)))
    rows = pl.concat([lasting, points.cast(lasting.schema)])
    person = rows["person"].to_numpy()
    day = rows["_file_day"].to_numpy()
    in_home = folk.care_home[person] >= 0
    kind, ended = pl.col("kind"), pl.col("end") <= pl.col("_file_day")
    reasons = dict(enumerate(SUPPORT_REASONS))
    rows = rows.with_columns(pl.Series("in_home", in_home))
    return rows.select(
        text(places.COUNCIL, "la_code"),
        *_reporting_period(rows, period),
        pl.Series(
            "gp_practice_code",
            places.practice_text(folk.practice_on(person, day), folk.registered[person]),
        ),
        text("Service User", "client_type"),
        pl.when(kind != "Request")
        .then((pl.col("person") % 5).replace_strict(reasons, return_dtype=pl.String))
        .alias("primary_support_reason"),
        pl.when("in_home")
        .then(pl.lit("Registered care home"))
        .otherwise(pl.lit("Owner occupier or shared ownership scheme"))
        .alias("accommodation_status"),
        kind.alias("event_type"),
        number(life_, "key", "L").alias("event_reference"),
        date("start", "event_start_date"),
        pl.when(ended).then(date("end", "e")).alias("event_end_date"),
        pl.when((kind != "Service") | ended)
        .then(pl.coalesce("outcome", pl.lit("Service ended as planned")))
        .otherwise(pl.lit("Provision of service"))
        .alias("event_outcome"),
        pl.col("route").alias("request_route_of_access"),
        pl.col("assessment").alias("assessment_type"),
        pl.col("service").alias("service_type"),
        pl.col("component").alias("service_component"),
        pl.col("team").alias("care_team"),
        *_price(),
        pl.when(kind == "Review").then(pl.lit("Planned")).alias("review_reason"),
        pl.Series("_person", person),
        pl.Series("_day", day),
        pl.col("_file_day"),
        event_key(life_, "council", "key"),
        text(places.COUNCIL, "_sender"),
    )


def _price() -> list[pl.Expr]:
    """What a service costs and how much of it is planned; nothing for other events."""
    is_service = pl.col("kind") == "Service"
    home = pl.col("component").str.contains("Residential|Nursing")
    per_week = pl.when(home).then(pl.lit("Per week")).otherwise(pl.lit("Hourly"))
    amount = pl.when(home).then(costs.CARE_HOME_WEEK).otherwise(costs.HOME_CARE_HOUR)
    units = pl.col("units").cast(pl.Int64).cast(pl.String)
    mechanism = pl.lit("CASSR Managed Personal Budget")
    return [
        pl.when(is_service).then(mechanism).alias("delivery_mechanism"),
        pl.when(is_service).then(amount).alias("unit_cost"),
        pl.when(is_service).then(per_week).alias("cost_frequency_unit_type"),
        pl.when(is_service).then(units).alias("planned_units_per_week"),
    ]


def _reporting_period(rows: pl.DataFrame, period: Period) -> list[pl.Series]:
    """The quarter of the file that each row goes into, as the council states it."""
    starts = np.array([clock.day_of(m) for m in period.months()[::3]] + [period.end + 1])
    which = np.searchsorted(starts, rows["_file_day"].to_numpy(), "right") - 1
    return [
        clock.as_date("reporting_period_start_date", starts[which]),
        clock.as_date("reporting_period_end_date", starts[which + 1] - 1),
    ]


def death(life_: Life, period: Period) -> pl.DataFrame:
    folk = life_.people
    who = np.flatnonzero((folk.death_day < NEVER) & (folk.death_day >= period.start))
    in_hospital = np.isin(who, life_.spell.filter("died")["person"].to_numpy())
    place = np.where(
        in_hospital,
        "hospital",
        np.where(folk.care_home[who] >= 0, "care_home", np.where(who % 9 == 0, "hospice", "home")),
    )
    cancer = life_.needs.condition("cancer")[who]
    heart = life_.needs.condition("coronary")[who]
    icd = np.select([cancer, heart], ["C349", "I259"], np.where(who % 3 == 0, "J189", "F03X"))
    return pl.DataFrame(
        {"who": who, "day": folk.death_day[who], "place": place, "icd": icd}
    ).select(
        date("day", "person_death_date"),
        pl.col("place").alias("death_place_type"),
        pl.col("icd").alias("underlying_cause_icd"),
        pl.col("who").alias("_person"),
        pl.col("day").alias("_day"),
        pl.col("day").alias("_file_day"),
        event_key(life_, "death", "who"),
        text(places.COUNCIL, "_sender"),
    )
