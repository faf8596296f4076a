"""Failure demand: events that a proxy marks, each with its source where one can be named."""

from collections.abc import Mapping

import polars as pl

from flow_pipeline.journeys.beside import with_looked_up
from flow_pipeline.journeys.flags import first_events, flagged
from flow_pipeline.journeys.listed_delays import listed_delays
from flow_pipeline.journeys.moments import minutes_between
from flow_pipeline.journeys.parameters import FlagParameters
from flow_pipeline.journeys.preventable import (
    attendances_for_ambulatory_care,
    preventable_admissions,
)
from flow_pipeline.journeys.reopened import reopened_referrals, requests_after_closure
from flow_pipeline.journeys.runs import latest_so_far
from flow_pipeline.journeys.stays import Stays
from flow_pipeline.journeys.unmet import repeat_assessments, unmet_needs
from flow_pipeline.tables.journeys import FAILURE_DEMAND

REATTEND_AFTER, REATTEND_UNTIL = 240, 10_080  # minutes
_PARTS = ("at", "at_utc", "precision")


DEFAULTS = FlagParameters()


def failure_demand(
    event: pl.LazyFrame,
    core: Mapping[str, pl.LazyFrame],
    stays: Stays,
    journey_member: pl.LazyFrame,
    delay: pl.LazyFrame,
    parameters: FlagParameters = DEFAULTS,
) -> pl.LazyFrame:
    """The table failure_demand (definition: failure-demand flags and their source).

    ``core`` (contract name → core table) is read for diagnoses, operations and acuity only. A
    source that cannot be named is null with a null basis, published as unknown.
    """
    found = pl.concat(
        [
            *_reattendances(event),
            _readmissions(stays),
            *_missed(event),
            _repeat_contacts(event, parameters.repeat_contact_days),
            _bed_moves(stays, parameters.most_ward_moves),
            _unplanned_then_delay(event, stays, delay),
            reopened_referrals(event),
            requests_after_closure(event),
            *unmet_needs(event, stays),
            repeat_assessments(event),
            preventable_admissions(event, core, stays),
            attendances_for_ambulatory_care(event, core, stays),
        ]
    )
    told = with_looked_up(
        event.select("event_id", pl.col("person_id").rle_id().alias("person")),
        "event_id",
        journey_member.select("event_id", "journey_id"),
    )
    placed = found.join(told, on="event_id", how="left")
    # the order of the table: events are in order of persons, and numbers are sorted sooner
    return FAILURE_DEMAND.shaped(placed.sort("person", "event_id", "measure"))


def _before(name: str) -> pl.Expr:
    return pl.col("before").struct.field(name)


def _reattendances(event: pl.LazyFrame) -> list[pl.LazyFrame]:
    """Unplanned attendances over 240 minutes and at most 7 days after the latest departure that
    was recorded: from any department, and from the same one.

    Planned attendances and those of unknown category count neither as one nor as the other. A
    department is a site of an organisation.
    """
    visits = event.filter(
        (pl.col("event_family") == "emergency")
        & (pl.col("planned") == "unplanned")
        & pl.col("event_subtype").ne_missing(pl.lit("X"))
    )
    department = ["person_id", "organisation_code", "site_code"]
    same = visits.filter(pl.col("organisation_code").is_not_null())
    return [
        _within_a_week(visits, ["person_id"], "fd_ed_reattend_7d"),
        _within_a_week(same, department, "fd_ed_reattend_7d_same_department"),
    ]


def _within_a_week(visits: pl.LazyFrame, unit: list[str], measure: str) -> pl.LazyFrame:
    """Those of the visits that follow on another of the unit."""
    ordered = visits.sort(*unit, "start_at_utc", "event_id")
    recorded = pl.col("end_status") == "recorded"
    visits = ordered.with_columns(
        pl.struct(unit).rle_id().alias("unit"),
        pl.when(recorded).then("counted_end_at_utc").alias("departed_at_utc"),
    )
    carried = ("event_id", "organisation_code", "sector", *(f"counted_end_{p}" for p in _PARTS))
    before = latest_so_far("departed_at_utc", "unit", carried).alias("before")
    visits = visits.with_columns(before).with_columns(
        _before(f"counted_end_{p}").alias(f"left_{p}") for p in _PARTS
    )
    minutes = minutes_between("left", "start")
    again = visits.filter((minutes > REATTEND_AFTER) & (minutes <= REATTEND_UNTIL))
    return flagged(
        again,
        measure,
        "prior_department",
        _before("event_id"),
        _before("organisation_code"),
        _before("sector"),
    )


def _readmissions(stays: Stays) -> pl.LazyFrame:
    """Emergency continuous spells 0 to 29 days after one that can be an index, cancer apart."""
    whole = stays.continuous_spell_draft
    index = whole.filter("is_index").select(
        pl.col("continuous_spell_id").alias("readmission_of"),
        pl.col("last_spell_id").alias("index_spell"),
    )
    again = whole.filter(pl.col("is_readmission_30d") & ~pl.col("has_cancer"))
    again = again.join(index, on="readmission_of")
    discharging = stays.spell_draft.select(
        pl.col("spell_id").alias("index_spell"),
        pl.col("last_event_id"),
        "organisation_code",
        "sector",
    )
    first = first_events(stays)
    return flagged(
        again.join(discharging, on="index_spell").join(first, on="first_spell_id"),
        "fd_readmit_30d",
        "discharging_unit",
        pl.col("last_event_id"),
        pl.col("organisation_code"),
        pl.col("sector"),
    )


def _missed(event: pl.LazyFrame) -> list[pl.LazyFrame]:
    """Appointments not attended, and those the provider cancelled."""
    family, outcome = pl.col("event_family"), pl.col("outcome_class")
    booked = event.filter(
        family.is_in(("outpatient", "community_contact", "mh_contact", "gp_appointment"))
        & (pl.col("role") == "point")
    )
    cancelled = event.filter(
        family.is_in(("outpatient", "community_contact", "mh_contact"))
        & (pl.col("role") == "point")
    )
    booking = {"organisation": pl.col("organisation_code"), "sector": pl.col("sector")}
    return [
        flagged(booked.filter(outcome == "dna"), "fd_dna", "booking_service", **booking),
        flagged(
            cancelled.filter(outcome == "cancelled_by_provider"),
            "fd_provider_cancel",
            "booking_service",
            **booking,
        ),
    ]


def _repeat_contacts(event: pl.LazyFrame, within_days: int) -> pl.LazyFrame:
    """The second and later attended practice contact within so many days of the one before."""
    contacts = event.filter(
        (pl.col("event_family") == "gp_appointment") & pl.col("is_bridging")
    ).sort("person_id", "start_at_utc", "event_id")
    same_person = pl.col("person_id") == pl.col("person_id").shift(1)
    since = pl.col("start_at").dt.date() - pl.col("start_at").dt.date().shift(1)
    again = contacts.filter(same_person & (since.dt.total_days() <= within_days))
    found = flagged(again, "fd_gp_repeat_contact", None)
    return _by(found, within_days, DEFAULTS.repeat_contact_days, "days")


def _by(found: pl.LazyFrame, chosen: int, usual: int, unit: str) -> pl.LazyFrame:
    """``found`` under a definition_version that says what was chosen, where it is not the usual."""
    if chosen == usual:
        return found
    version = pl.format("{}; {} {}", "definition_version", pl.lit(chosen), pl.lit(unit))
    return found.with_columns(version.alias("definition_version"))


def _bed_moves(stays: Stays, most_moves: int) -> pl.LazyFrame:
    """Spells with more ward moves than that, on the first episode."""
    moved = stays.spell_draft.filter(pl.col("n_ward_moves") > most_moves).with_columns(
        pl.col("first_event_id").alias("event_id")
    )
    found = flagged(
        moved,
        "fd_bed_moves",
        "own_site",
        pl.col("event_id"),
        pl.col("organisation_code"),
        pl.col("sector"),
    )
    return _by(found, most_moves, DEFAULTS.most_ward_moves, "moves")


def _unplanned_then_delay(event: pl.LazyFrame, stays: Stays, delay: pl.LazyFrame) -> pl.LazyFrame:
    """Emergency continuous spells whose discharge was delayed by a day or more.

    The source is the body responsible for the delay, where a list of delayed discharges gives the
    reason: of several waits the last; the hospital itself is named, of others only the sector.
    """
    late = delay.filter(
        (pl.col("measure") == "discharge_delay")
        & (pl.col("end_kind") == "event")
        & (pl.col("minutes") >= 1440)
    ).select(pl.col("to_event_id").alias("last_event_id"))
    delayed = stays.spell_draft.join(late, on="last_event_id", how="semi").select(
        pl.col("spell_id").alias("last_spell_id")
    )
    whole = stays.continuous_spell_draft.filter("is_emergency")
    whole = whole.join(delayed, on="last_spell_id", how="semi")
    named = whole.join(first_events(stays), on="first_spell_id").join(
        _responsible(event, stays), on="continuous_spell_id", how="left"
    )
    known = pl.col("responsible_sector").is_not_null()
    late_stays = flagged(
        named,
        "fd_unplanned_then_delay",
        None,
        pl.when(known).then("wait_id"),
        pl.when(pl.col("responsible_sector") == "acute").then("organisation_code"),
        pl.col("responsible_sector"),
    )
    basis = pl.when(pl.col("source_sector").is_not_null()).then(pl.lit("delay_reason"))
    return late_stays.with_columns(basis.alias("source_basis"))


def _responsible(event: pl.LazyFrame, stays: Stays) -> pl.LazyFrame:
    """continuous_spell_id, wait_id, responsible_sector, organisation_code of the last wait."""
    listed = listed_delays(event, stays)
    last = (
        listed.drop_nulls("continuous_spell_id")
        .sort("continuous_spell_id", "ready_on", "event_id")
        .unique("continuous_spell_id", keep="last", maintain_order=True)
    )
    return last.select(
        "continuous_spell_id",
        pl.col("event_id").alias("wait_id"),
        "responsible_sector",
        "organisation_code",
    )
