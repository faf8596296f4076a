"""Waits to leave hospital, and after it."""

from collections.abc import Mapping

import polars as pl

from flow_pipeline.journeys.delay_ends import (
    LOOK_FORWARD_DAYS,
    ending,
    first_after,
    settled,
    sooner,
    started,
)
from flow_pipeline.journeys.kept import kept
from flow_pipeline.journeys.listed_delays import listed_delays
from flow_pipeline.journeys.parameters import Parameters
from flow_pipeline.journeys.reablement import discharge_to_reablement, reablement_after
from flow_pipeline.journeys.stays import Stays
from flow_pipeline.journeys.whole_stays import ended_alive, whole_stays

SUPPORT_DAYS = 84
_NEED_DAYS = 7
_FROM_HOSPITAL = "Discharge from hospital"


def hospital_delays(
    event: pl.LazyFrame,
    core: Mapping[str, pl.LazyFrame],
    stays: Stays,
    dead: pl.LazyFrame,
    parameters: Parameters,
) -> list[pl.LazyFrame]:
    """Measures that start in hospital, one row per continuous spell (definition: discharge
    delay, ready to home support)."""
    whole = kept(whole_stays(stays).join(dead, on="person_id", how="left"))
    home = ended_alive(whole)
    contacts = event.filter((pl.col("event_family") == "gp_appointment") & pl.col("is_bridging"))
    after = started(home, "left", rival=sooner("died_on", "readmitted_on"))
    to_practice = first_after(after, ending(contacts, "person_id"))
    return [
        _discharge_delay(whole, parameters),
        _listed_delay(event, stays, whole, dead, parameters),
        _home_support(event, home, parameters),
        settled(to_practice, parameters, "discharge_to_gp_contact", within=LOOK_FORWARD_DAYS),
        discharge_to_reablement(reablement_after(event, core, stays, home), parameters),
    ]


def _discharge_delay(whole: pl.LazyFrame, parameters: Parameters) -> pl.LazyFrame:
    """From the last ready date of the final spell to discharge; stays of a night and more."""
    ready = whole.filter(
        pl.col("ready_at").is_not_null() & (pl.col("left_at").is_null() | (pl.col("nights") >= 1))
    )
    day = pl.col("left_at").dt.date()
    dead = started(
        ready,
        "ready",
        rival=pl.when("died").then(day),
        match_quality=pl.when(day.is_null()).then(pl.lit("open_stay")).otherwise(pl.lit("inside")),
        to_event_id=pl.when(~pl.col("died")).then("event_id"),
        end_at=pl.when(~pl.col("died")).then("left_at"),
        end_at_utc=pl.when(~pl.col("died")).then("left_at_utc"),
        end_precision=pl.lit("date"),
    )
    return settled(dead, parameters, "discharge_delay")


def _listed_delay(
    event: pl.LazyFrame,
    stays: Stays,
    whole: pl.LazyFrame,
    dead: pl.LazyFrame,
    parameters: Parameters,
) -> pl.LazyFrame:
    """Discharge delays known from a list of delayed discharges alone, one row per wait listed.

    Where the stay has a ready date of its own that one is measured, so that nothing counts twice.
    A recorded end is the end, unless a death came no later; a wait without one ends with the
    stay. Of one that no stay is found for, only death is known.
    """
    own = whole.select(
        "continuous_spell_id",
        pl.col("ready_at").is_not_null().alias("has_own"),
        pl.col("event_id").alias("last_event_id"),
        "died",
    )
    listed = listed_delays(event, stays).join(own, on="continuous_spell_id", how="left")
    alone = listed.filter(~pl.col("has_own").fill_null(False)).join(
        dead, on="person_id", how="left"
    )
    alone = alone.with_columns(
        pl.col("ready_on").cast(pl.Datetime("us")).alias("ready_at"),
        pl.col("ready_on").cast(pl.Datetime("us")).alias("ready_at_utc"),
        pl.lit("date").alias("ready_precision"),
        *_listed_end(),
    )
    waits = started(
        alone,
        "ready",
        rival=pl.col("dead_on"),
        match_quality=pl.col("match_quality"),
        to_event_id=pl.col("last_event_id"),
        end_at=pl.col("over_at"),
        end_at_utc=pl.col("over_at"),
        end_precision=pl.lit("date"),
    )
    return settled(waits, parameters, "discharge_delay")


def _listed_end() -> tuple[pl.Expr, pl.Expr]:
    """over_at and dead_on: when a listed wait was over, and when a death would have ended it.

    Of an end and a death on one day, the death ended the wait, unless the person had left alive.
    A wait may be listed a day or more after either, and is over at once.
    """
    died, ready_on = pl.col("died").fill_null(False), pl.col("ready_on")
    left_on, died_on = (
        pl.when(pl.col(day) < ready_on).then(ready_on).otherwise(day)
        for day in ("left_on", "died_on")
    )
    dead_on = pl.when(died).then(left_on).otherwise(died_on)
    left_alive = ~died & left_on.is_not_null()
    in_time = (pl.col("ended_on") < dead_on).fill_null(True) | left_alive
    recorded = pl.when(in_time).then("ended_on")
    over = pl.coalesce(recorded, pl.when(left_alive).then(left_on))
    return over.cast(pl.Datetime("us")).alias("over_at"), dead_on.alias("dead_on")


def _home_support(event: pl.LazyFrame, home: pl.LazyFrame, parameters: Parameters) -> pl.LazyFrame:
    """From ready to the first reablement, home care or community contact, where there was a need.

    Reablement or home care that already ran at discharge is no wait: its row has
    ``existing_package``, and neither minutes nor an end.
    """
    ready = home.filter(pl.col("ready_at").is_not_null())
    support = _support(event)
    ready, support = kept(ready), kept(support)
    needed = kept(ready.join(_needs(event, ready, support), on="event_id", how="semi"))
    existing = kept(_existing(support, needed))
    waiting = needed.join(existing, on="event_id", how="anti")
    starts = started(waiting, "ready", rival=sooner("died_on", "readmitted_on"))
    waits = first_after(starts, ending(support, "person_id"))
    packages = needed.join(existing, on="event_id", how="semi").select(
        pl.lit("ready_to_home_support").alias("measure"),
        "person_id",
        pl.col("event_id").alias("from_event_id"),
        pl.lit(None, pl.String).alias("to_event_id"),
        pl.col("ready_at").alias("start_at"),
        pl.lit(None, pl.Datetime("us")).alias("end_at"),
        pl.lit(None, pl.Int64).alias("minutes"),
        pl.lit(None, pl.String).alias("end_kind"),
        pl.lit("existing_package").alias("match_quality"),
        pl.lit(None, pl.String).alias("left_out"),
    )
    measured = settled(waits, parameters, "ready_to_home_support", within=SUPPORT_DAYS)
    return pl.concat([measured, packages])


def _support(event: pl.LazyFrame) -> pl.LazyFrame:
    service = pl.col("event_family") == "asc_service"
    at_home = (pl.col("event_type") == "st_max") | (pl.col("setting") == "home").fill_null(False)
    contact = pl.col("event_family") == "community_contact"
    return event.filter(((service & at_home) | contact) & pl.col("is_bridging"))


def _needs(event: pl.LazyFrame, ready: pl.LazyFrame, support: pl.LazyFrame) -> pl.LazyFrame:
    """Stays with a request or referral from the ward, or support, by a week after discharge."""
    asked = event.filter(
        ((pl.col("event_family") == "asc_request") & (pl.col("event_type") == _FROM_HOSPITAL))
        | (
            (pl.col("event_family") == "community_referral")
            & (pl.col("event_subtype") == "acute_ward")
        )
    ).select("person_id", pl.col("start_at").dt.date().alias("day"))
    given = support.select("person_id", pl.col("start_at").dt.date().alias("day"))
    spans = ready.select(
        "event_id",
        "person_id",
        pl.col("admitted_at").dt.date().alias("came"),
        pl.col("ready_at").dt.date().alias("ready"),
        (pl.col("left_at").dt.date() + pl.duration(days=_NEED_DAYS)).alias("until"),
    )
    signs = pl.concat([_first_from(spans, "came", asked), _first_from(spans, "ready", given)])
    return signs.filter(pl.col("day") <= pl.col("until")).select("event_id").unique()


def _first_from(spans: pl.LazyFrame, since: str, signs: pl.LazyFrame) -> pl.LazyFrame:
    """Each span with the person's first sign from the day on."""
    dated = signs.with_columns(pl.col("day").alias("order")).sort("order")
    asking = spans.with_columns(pl.col(since).alias("order")).sort("order")
    found = asking.join_asof(
        dated, on="order", by="person_id", strategy="forward", check_sortedness=False
    )
    return found.select("event_id", "until", "day")


def _existing(support: pl.LazyFrame, needed: pl.LazyFrame) -> pl.LazyFrame:
    """Stays at whose end reablement or home care ran that had begun before the ready date.

    A contact runs on no day but its own: a service alone is a package.
    """
    packages = support.filter(pl.col("event_family") == "asc_service").select(
        "person_id",
        pl.col("start_at").dt.date().alias("began"),
        pl.col("counted_end_at").dt.date().alias("until"),
    )
    lasting = packages.sort("person_id", "began").select(
        "person_id",
        pl.col("began").alias("order"),
        pl.col("until").cum_max().over("person_id").alias("until"),  # of all that began by then
    )
    stays = needed.select(
        "event_id",
        "person_id",
        pl.col("left_at").dt.date().alias("left_on"),
        (pl.col("ready_at").dt.date() - pl.duration(days=1)).alias("order"),
    )
    running = stays.sort("order").join_asof(
        lasting.sort("order", "until"),
        on="order",
        by="person_id",
        strategy="backward",
        check_sortedness=False,
    )
    return running.filter(pl.col("until") >= pl.col("left_on")).select("event_id").unique()
