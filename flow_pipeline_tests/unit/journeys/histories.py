"""Histories drawn as tables: core rows of contracts, and events where stays do not matter."""

import datetime as dt
from dataclasses import dataclass

import polars as pl

from flow_pipeline.calendar import to_utc
from flow_pipeline.contracts import contract
from flow_pipeline.journeys import (
    Events,
    Journeys,
    Parameters,
    Stays,
    delay,
    failure_demand,
    linked_rows,
    make_events,
    make_journeys,
    make_stays,
)
from flow_pipeline.journeys.event_rows import NOT_RECEIVED
from flow_pipeline.tables.core import core_table
from flow_pipeline.tables.journeys import (
    BED_DAY,
    CONTINUOUS_SPELL_DRAFT,
    EVENT,
    EVENT_CLOCK,
    SPELL_DRAFT,
    SPELL_MEMBER,
)
from flow_pipeline.tables.publish import ORGANISATION
from flow_pipeline_tests.drawn import drawn

PARAMETERS = Parameters(period_start=dt.date(2024, 4, 1), period_end=dt.date(2025, 3, 31))
SHORT = {  # column names short enough to draw
    "spell": "hospital_provider_spell_identifier",
    "n": "episode_number",
    "admitted": "start_date_hospital_provider_spell",
    "start": "start_date_consultant_episode",
    "end": "end_date_consultant_episode",
    "left": "discharge_date_hospital_provider_spell",
    "how": "discharge_method_code_hospital_provider_spell",
    "to": "discharge_destination_code_hospital_provider_spell",
    "method": "admission_method_code_hospital_provider_spell",
    "from": "source_of_admission_code",
    "class": "patient_classification_code",
    "ready": "discharge_ready_date_hospital_provider_spell",
    "arrival": "arrival_date",
    "arrived": "arrival_time",
    "departure": "emergency_care_departure_date",
    "departed": "emergency_care_departure_time",
    "goes": "emergency_care_discharge_destination_snomed_ct",
    "category": "emergency_care_attendance_category",
    "ref": "service_request_identifier",
    "received": "referral_request_received_date",
    "closed": "service_discharge_date",
    "rejected": "referral_rejection_date",
    "source_code": "source_of_referral_for_community",
    "contact": "care_contact_date",
    "attended": "attendance_status",
    "team": "care_professional_team_local_identifier",
    "site": "organisation_site_identifier_of_treatment",
    "since": "ward_stay_start_date_time",
    "until": "ward_stay_end_date_time",
    "decided": "decision_to_admit_date",
    "decided_at": "decision_to_admit_time",
    "kind": "event_type",
    "began": "event_start_date",
    "ended": "event_end_date",
    "service": "service_type",
    "part": "service_component",
    "outcome": "event_outcome",
    "route": "request_route_of_access",
    "booked": "booked_date_time",
    "due": "appointment_start_date_time",
    "status": "appointment_status",
    "id": "event_id",
    "org": "organisation_code",
}
WARD, HOME = "306706006", "306689006"


def core(name: str, text: str) -> pl.LazyFrame:
    """Core rows of a contract from a drawn table with column ``person`` and short names."""
    table = core_table(contract(name))
    header, *rows = text.strip().splitlines()
    names = [SHORT.get(h.strip(), h.strip()) for h in header.split("|")]
    frame = drawn("\n".join(["|".join(names), *rows]), table).with_row_index("at")
    given = {
        "record_key": pl.format("{}-{}", pl.lit(name), "event_id"),
        "submission_id": pl.lit("s1"),
        "source": pl.lit(name),
        "row_number": pl.col("at").cast(pl.Int64),
    }
    return frame.with_columns(e.alias(n) for n, e in given.items() if n not in names)


def links(cores: dict[str, pl.LazyFrame]) -> pl.LazyFrame:
    """Every row linked to the person drawn beside it; a row without one was not accepted."""
    rows = pl.concat(
        frame.select(
            "record_key",
            "submission_id",
            pl.lit(name).alias("contract"),
            "organisation_code",
            "row_number",
            pl.col("person").alias("person_id"),
            pl.lit("nhs_number").alias("method"),
            pl.lit(0.9).alias("score"),
        )
        for name, frame in cores.items()
    )
    return rows.drop_nulls("person_id")


@dataclass(frozen=True)
class History:
    """Everything made of drawn core rows, collected."""

    events: Events
    stays: Stays
    journeys: Journeys
    delay: pl.DataFrame
    failure_demand: pl.DataFrame

    @property
    def event(self) -> pl.DataFrame:
        return self.events.event.collect()

    @property
    def spell(self) -> pl.DataFrame:
        return self.stays.spell_draft.collect()

    @property
    def continuous(self) -> pl.DataFrame:
        return self.stays.continuous_spell_draft.collect()

    @property
    def journey(self) -> pl.DataFrame:
        return self.journeys.journey_draft.collect()

    @property
    def step(self) -> pl.DataFrame:
        return self.journeys.journey_step.collect()

    def grouped(self, key: str) -> list[str]:
        """Event ids that stand together under ``key``, as sorted comma-separated texts."""
        frame = self.stays.spell_member if "spell" in key else self.journeys.journey_member
        ids = pl.col("event_id").sort().str.join(",")
        return sorted(frame.group_by(key).agg(ids).collect()["event_id"].to_list())


def history(
    parameters: Parameters = PARAMETERS,
    organisation: pl.LazyFrame | None = None,
    **tables: str,
) -> History:
    """What comes of drawn core tables, by contract name."""
    cores = {name: core(name, text) for name, text in tables.items()}
    organisation = ORGANISATION.empty() if organisation is None else organisation
    linked = linked_rows(cores, links(cores))
    made = make_events(linked, organisation, parameters)
    stays = make_stays(made.event, cores, parameters)
    journeys = make_journeys(made.event, made.event_clock, stays, linked.deaths, parameters)
    member = journeys.journey_member
    waits = delay(made.event, made.event_clock, stays, member, parameters, cores, linked.deaths)
    flags = failure_demand(made.event, cores, stays, member, waits)
    return History(made, stays, journeys, waits.collect(), flags.collect())


_ROLES = {"emergency": "interval", "ward_stay": "interval", "community_referral": "context"}
NO_STAYS = Stays(
    SPELL_DRAFT.empty(), SPELL_MEMBER.empty(), CONTINUOUS_SPELL_DRAFT.empty(), BED_DAY.empty()
)

NO_DEATHS = pl.LazyFrame(schema={"person_id": pl.String, "died_on": pl.Date})


def event_table(rows: list[dict[str, str | None]]) -> pl.LazyFrame:
    """Rows of the table event. A start or end with a time has precision minute, else date."""
    schema = dict(EVENT.schema())
    full = [{**dict.fromkeys(schema), **_event(row)} for row in rows]
    frame = pl.DataFrame(full, schema=schema, orient="row").lazy()
    utc = [to_utc(pl.col(f"{n}_at")).alias(f"{n}_at_utc") for n in ("start", "end", "counted_end")]
    return EVENT.conform(frame.with_columns(utc))


def _event(row: dict[str, str | None]) -> dict[str, object]:
    role = row.get("role") or _ROLES.get(str(row["event_family"]), "point")
    outcome = row.get("outcome_class") or "attended"
    received = outcome not in NOT_RECEIVED
    start = str(row["start"])
    end = row.get("end") or start
    values: dict[str, object] = {k: v for k, v in row.items() if k not in ("start", "end")}
    values |= {"role": role, "outcome_class": outcome, "is_open": False, "linkage_score": 1.0}
    values |= {"is_received": received, "is_bridging": received and role != "administrative"}
    values |= {"contract": "drawn", "source": "drawn", "end_status": "recorded"}
    values |= {"record_key": f"r-{row['event_id']}"}
    for name, text in {"start": start, "end": end, "counted_end": end}.items():
        values[f"{name}_at"] = dt.datetime.fromisoformat(text)
        values[f"{name}_precision"] = "minute" if len(text) > 10 else "date"
    return values


def drawn_events(text: str) -> pl.LazyFrame:
    """Events from a drawn table: id, person, family, org, sector, team, start, end, role, outcome.

    Columns not drawn: person p, organisation and sector as the family's, no team.
    """
    frame = drawn(text).collect()
    long = {
        "id": "event_id",
        "person": "person_id",
        "family": "event_family",
        "org": "organisation_code",
        "team": "team_code",
        "outcome": "outcome_class",
    }
    rows = [{long.get(k, k): v for k, v in row.items()} for row in frame.rows(named=True)]
    return event_table([{"person_id": "p", **row} for row in rows])


def journeys_of(event: pl.LazyFrame, parameters: Parameters = PARAMETERS) -> Journeys:
    """Journeys of events without any hospital stay."""
    return make_journeys(event, EVENT_CLOCK.empty(), NO_STAYS, NO_DEATHS, parameters)


def members(journeys: Journeys) -> list[str]:
    """Event ids of each journey, as sorted comma-separated texts."""
    ids = pl.col("event_id").sort().str.join(",")
    grouped = journeys.journey_member.group_by("journey_id").agg(ids)
    return sorted(grouped.collect()["event_id"].to_list())
