"""Reablement after a stay in hospital, and where people were 84 days later.

Definition: ASCOF 2D (domain, "Delay measures", Reablement after discharge; DHSC's published code
names the specialties).
"""

from collections.abc import Mapping

import polars as pl

from flow_pipeline.journeys.council_chains import reablement_clusters
from flow_pipeline.journeys.council_population import council_records
from flow_pipeline.journeys.delay_ends import settled, started
from flow_pipeline.journeys.kept import kept
from flow_pipeline.journeys.nearest import latest_covering
from flow_pipeline.journeys.parameters import Parameters
from flow_pipeline.journeys.stays import Stays
from flow_pipeline.journeys.whole_stays import ended_alive, whole_stays
from flow_pipeline.tables.journeys import REABLEMENT_OUTCOME

FOLLOWED_DAYS = 84
YOUNGEST = 65
_EARLIEST, _LATEST = -3, 7  # days from discharge to the start of reablement
_REABLEMENT = "reablement"
_METHODS = ("31", "32", "82", "83")
_DESTINATIONS = ("49", "50", "51", "52", "79", "87", "88")
# Maternity, newborn, mental health and learning disability, therapies, diagnostics.
_SPECIALTIES = (
    *("199", "223", "290", "291", "331", "344", "345", "346", "424", "499", "501", "504"),
    *("560", "660", "661", "662", "840", "920"),
)
_SPECIALTY_GROUPS = ("65", "7")  # all that begin so
_CARE_HOMES = ("Long Term Support: Nursing Care", "Long Term Support: Residential Care")
_PRISON = "Long Term Support: Prison"


def reablement_after(
    event: pl.LazyFrame, core: Mapping[str, pl.LazyFrame], stays: Stays, home: pl.LazyFrame
) -> pl.LazyFrame:
    """Stays with the reablement that began 3 days before to 7 after the discharge: the latest
    discharge of each, the first reablement of each.

    In: ``home``, continuous spells that ended alive (``ended_alive``). Reablement that follows
    on within 7 days is one, and begins with the first of it. Out: ``home`` with service_id,
    service_organisation, began_at, began_at_utc and left_out.
    """
    first = reablement_clusters(event).select(pl.col("first_event_id").alias("event_id")).unique()
    starts = event.join(first, on="event_id", how="semi").select(
        "person_id",
        pl.col("event_id").alias("service_id"),
        pl.col("organisation_code").alias("service_organisation"),
        pl.col("event_subtype").alias("service_component"),
        pl.col("start_at").alias("began_at"),
        pl.col("start_at_utc").alias("began_at_utc"),
    )
    earliest = pl.duration(days=_EARLIEST)
    discharges = home.filter(pl.col("nights") >= 1).with_columns(
        pl.col("left_at").dt.date().alias("order")
    )
    latest = (
        starts.with_columns((pl.col("began_at").dt.date() - earliest).alias("order"))
        .sort("order", "service_id")
        .join_asof(
            discharges.sort("left_at", "event_id"),
            on="order",
            by="person_id",
            strategy="backward",
            tolerance=f"{_LATEST - _EARLIEST}d",
            check_sortedness=False,
        )
        .drop_nulls("event_id")
    )
    one = latest.sort("event_id", "began_at", "service_id").unique(
        "event_id", keep="first", maintain_order=True
    )
    return _with_left_out(one, event, core, stays)


def _with_left_out(
    linked: pl.LazyFrame, event: pl.LazyFrame, core: Mapping[str, pl.LazyFrame], stays: Stays
) -> pl.LazyFrame:
    """``linked`` with left_out: the first reason not to count a discharge, null where none.

    Age is that at the start of the last episode.
    """
    linked = kept(linked)
    last = event.join(linked, on="event_id", how="semi").select(
        "event_id", "age_at_event", "specialty_code"
    )
    final = stays.spell_draft.select(
        pl.col("spell_id").alias("last_spell_id"), "discharge_destination"
    )
    told = linked.join(last, on="event_id", how="left").join(final, on="last_spell_id", how="left")
    told = told.join(_in_care(linked, event, core), on="event_id", how="left")
    specialty = pl.col("specialty_code")
    elsewhere = specialty.is_in(_SPECIALTIES) | pl.any_horizontal(
        specialty.str.starts_with(group) for group in _SPECIALTY_GROUPS
    )
    reasons = {
        "admitted_after_start": pl.col("admitted_at").dt.date() > pl.col("began_at").dt.date(),
        "not_reablement": pl.col("service_component").str.to_lowercase() != _REABLEMENT,
        "age_unknown": pl.col("age_at_event").is_null(),
        f"under_{YOUNGEST}": pl.col("age_at_event") < YOUNGEST,
        "admission_method": pl.col("admission_method").is_in(_METHODS),
        "discharge_destination": pl.col("discharge_destination").is_in(_DESTINATIONS),
        "specialty": elsewhere,
        "long_term_care": pl.col("in_care"),
    }
    said = [pl.when(holds).then(pl.lit(name)) for name, holds in reasons.items()]
    return told.with_columns(pl.coalesce(said).alias("left_out"))


def _long_term_care(
    event: pl.LazyFrame, core: Mapping[str, pl.LazyFrame], *types: str
) -> pl.LazyFrame:
    """person_id, service_id, day and until of long-term support of these types."""
    records = council_records(core).filter(pl.col("service_type").is_in(types))
    services = event.filter(pl.col("event_family") == "asc_service")
    return services.join(records.select("record_key"), on="record_key", how="semi").select(
        "person_id",
        pl.col("event_id").alias("service_id"),
        pl.col("start_at").dt.date().alias("day"),
        pl.col("counted_end_at").dt.date().alias("until"),
    )


def _in_care(
    linked: pl.LazyFrame, event: pl.LazyFrame, core: Mapping[str, pl.LazyFrame]
) -> pl.LazyFrame:
    """event_id and in_care: stays of people who were in long-term nursing, residential or prison
    support on the day of admission."""
    care = _long_term_care(event, core, *_CARE_HOMES, _PRISON)
    offers = care.select(
        "person_id",
        pl.col("service_id").alias("offer_id"),
        pl.col("day").alias("since"),
        pl.col("until").dt.offset_by("1d"),  # its last day is a day of care
    )
    admitted = linked.select("event_id", "person_id", pl.col("admitted_at").dt.date().alias("day"))
    found = latest_covering(admitted, offers, same_day=True)
    return found.select("event_id", pl.lit(True).alias("in_care"))


def discharge_to_reablement(linked: pl.LazyFrame, parameters: Parameters) -> pl.LazyFrame:
    """From discharge to reablement (``reablement_after``).

    Only links that were made: whoever got no reablement is not known to have waited for it.
    Reablement that began before discharge waited 0 days.
    """
    waits = started(
        linked,
        "left",
        left_out=pl.col("left_out"),
        to_event_id=pl.col("service_id"),
        end_at=pl.max_horizontal("began_at", pl.col("left_at").dt.truncate("1d")),
        end_at_utc=pl.col("began_at_utc"),
        end_precision=pl.lit("date"),
    )
    return settled(waits, parameters, "discharge_to_reablement")


def reablement_outcome(
    event: pl.LazyFrame,
    core: Mapping[str, pl.LazyFrame],
    stays: Stays,
    deaths: pl.LazyFrame,
    parameters: Parameters,
) -> pl.LazyFrame:
    """The table reablement_outcome. ``deaths``: of ``LinkedRows``.

    What has not happened is false only where the 84 days are over by the end of the data.
    """
    whole = whole_stays(stays).join(deaths, on="person_id", how="left")
    linked = reablement_after(event, core, stays, ended_alive(whole))
    rows = linked.select(
        "event_id",
        "person_id",
        pl.col("service_id").alias("service_event_id"),
        pl.col("service_organisation").alias("organisation_code"),
        pl.col("left_at").dt.date().alias("discharged_on"),
        pl.max_horizontal("left_at", "began_at").dt.date().alias("after"),
        "left_out",
        "died_on",
    )
    rows = kept(rows)
    until = pl.col("discharged_on") + pl.duration(days=FOLLOWED_DAYS)
    again = _next(rows, "after", _emergency_stays(stays), same_day=False)
    moved = _next(rows, "discharged_on", _long_term_care(event, core, *_CARE_HOMES), same_day=True)
    told = rows.join(again.rename({"day": "again_on"}), on="event_id", how="left").join(
        moved.rename({"day": "moved_on"}), on="event_id", how="left"
    )
    over = until <= parameters.period_end
    happened = {
        "has_died": pl.col("died_on").is_between(pl.col("discharged_on"), until),
        "was_readmitted": pl.col("again_on") <= until,
        "has_entered_long_term_care": pl.col("moved_on") <= until,
    }
    flags = {name: within.fill_null(False) for name, within in happened.items()}
    none = ~pl.any_horizontal(*flags.values())
    return REABLEMENT_OUTCOME.conform(
        told.with_columns(
            *(pl.when(f | over).then(f).alias(name) for name, f in flags.items()),
            pl.when(~none | over).then(none).alias("has_stayed_in_community"),
        )
    )


def _emergency_stays(stays: Stays) -> pl.LazyFrame:
    """person_id and day of emergency admissions for a night or more."""
    day = pl.col("admitted_at").dt.date()
    lasted = pl.col("counted_end_at").dt.date() > day
    return stays.spell_draft.filter(pl.col("is_emergency") & lasted).select(
        "person_id", day.alias("day")
    )


def _next(rows: pl.LazyFrame, since: str, days: pl.LazyFrame, *, same_day: bool) -> pl.LazyFrame:
    """event_id and day: the person's first day after ``since``, or from it on."""
    asked = rows.select("event_id", "person_id", pl.col(since).alias("order")).sort("order")
    offered = days.select("person_id", "day", pl.col("day").alias("order")).sort("order")
    found = asked.join_asof(
        offered,
        on="order",
        by="person_id",
        strategy="forward",
        allow_exact_matches=same_day,
        check_sortedness=False,
    )
    return found.drop_nulls("day").select("event_id", "day")
