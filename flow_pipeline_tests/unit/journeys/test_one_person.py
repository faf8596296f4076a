"""Very much of everything for one person, as of a number that many share: it takes no more than as
much for many persons, and nothing of it is lost."""

import datetime as dt
import time

import polars as pl

from flow_pipeline.contracts import contract
from flow_pipeline.journeys import (
    delay,
    failure_demand,
    linked_rows,
    make_events,
    make_journeys,
    make_stays,
    request_sequel,
)
from flow_pipeline.tables.core import core_table
from flow_pipeline.tables.publish import ORGANISATION
from flow_pipeline_tests.unit.journeys.histories import PARAMETERS, WARD

N_OF_EACH = 10_000
_NUMBER = pl.int_range(N_OF_EACH)
_DAY = pl.lit(dt.date(2024, 4, 2)) + pl.duration(days=_NUMBER % 350)
_NEXT_DAY = _DAY + pl.duration(days=1)
_KIND = pl.Series(["Request", "Assessment", "Service"])
_ROWS: dict[str, dict[str, pl.Expr]] = {
    "apc_episode": {
        "start_date_hospital_provider_spell": _DAY,
        "start_date_consultant_episode": _DAY,
        "end_date_consultant_episode": _NEXT_DAY,
        "discharge_date_hospital_provider_spell": _NEXT_DAY,
        "discharge_ready_date_hospital_provider_spell": _DAY,
        "discharge_method_code_hospital_provider_spell": pl.lit("1"),
        "admission_method_code_hospital_provider_spell": pl.lit("21"),
        "hospital_provider_spell_identifier": pl.format("S{}", _NUMBER),
    },
    "ecds_attendance": {
        "arrival_date": _DAY,
        "arrival_time": pl.lit("10:00:00"),
        "emergency_care_departure_date": _DAY,
        "emergency_care_departure_time": pl.lit("12:00:00"),
        "emergency_care_discharge_destination_snomed_ct": pl.lit(WARD),
    },
    "delayed_discharge": {"discharge_ready_date": _DAY, "delay_end_date": _NEXT_DAY},
    "csds_referral": {
        "service_request_identifier": pl.format("R{}", _NUMBER),
        "referral_request_received_date": _DAY,
        "care_professional_team_local_identifier": pl.lit("T"),
    },
    "gp_appointment": {
        "appointment_start_date_time": _DAY.cast(pl.Datetime("us")),
        "appointment_status": pl.lit("attended"),
    },
    "cld_event": {
        "event_type": pl.lit(_KIND).gather(_NUMBER % 3),
        "event_start_date": _DAY,
        "event_end_date": _NEXT_DAY,
        "client_type": pl.lit("Service User"),
        "service_type": pl.lit("Short Term Support: ST-Max"),
        "primary_support_reason": pl.lit("Social Support: Support to Carer"),
    },
}


def _core(name: str, persons: int) -> pl.LazyFrame:
    key = pl.format("{}-{}", pl.lit(name), _NUMBER)
    given = {
        "event_id": key,
        "record_key": key,
        "submission_id": pl.lit("s"),
        "source": pl.lit(name),
        "row_number": _NUMBER,
        "organisation_code": pl.format("R{}", _NUMBER % 3),
        **_ROWS[name],
    }
    columns = [
        given.get(column, pl.lit(None)).cast(dtype).alias(column)
        for column, dtype in core_table(contract(name)).schema().items()
    ]
    person = (_NUMBER % persons).cast(pl.String).alias("person")
    return pl.select(_NUMBER).select(*columns, person).lazy()


def _links(cores: dict[str, pl.LazyFrame]) -> pl.LazyFrame:
    return pl.concat(
        rows.select(
            "record_key",
            pl.lit(name).alias("contract"),
            pl.col("person").alias("person_id"),
            pl.lit(1.0).alias("score"),
        )
        for name, rows in cores.items()
    )


def _all_is_made(persons: int) -> tuple[float, int]:
    """Seconds that everything takes, and the events that are in a journey."""
    cores = {name: _core(name, persons) for name in _ROWS}
    began = time.perf_counter()
    linked = linked_rows(cores, _links(cores))
    event = make_events(linked, ORGANISATION.empty(), PARAMETERS)
    stays = make_stays(event.event, cores, PARAMETERS)
    journeys = make_journeys(event.event, event.event_clock, stays, linked.deaths, PARAMETERS)
    member = journeys.journey_member.collect()
    told = (event.event, event.event_clock, stays, member.lazy())
    waits = delay(*told, PARAMETERS, cores, linked.deaths).collect()
    flags = failure_demand(event.event, cores, stays, member.lazy(), waits.lazy()).collect()
    sequels = request_sequel(event.event, PARAMETERS).collect()
    assert min(waits.height, flags.height, sequels.height) > 0
    assert journeys.journey_step.collect().height > 0
    return time.perf_counter() - began, member["event_id"].n_unique()


def test_very_much_of_one_person_takes_no_more_than_of_many() -> None:
    many, n_many = _all_is_made(persons=1_000)
    one, n_one = _all_is_made(persons=1)
    assert n_one == n_many == len(_ROWS) * N_OF_EACH
    assert one < 4 * many + 2
