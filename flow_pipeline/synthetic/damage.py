"""Errors in rows: duplicates, impossible dates, codes out of list, placeholders, lost values.

Everything here works on text columns in a sender's own date format, marks what it did, and never
touches a row twice in a way that would hide the first damage.
"""

from collections.abc import Callable

import numpy as np
import polars as pl

from flow_pipeline.synthetic.clock import Ints
from flow_pipeline.synthetic.profiles import Profile
from flow_pipeline.synthetic.recording import Delivery

# per contract: the mandatory date that gets spoilt, start and end, a coded field, a field that may
# be lost though mandatory, an optional field that gets a literal NULL, a clock time
SPOILT: dict[str, dict[str, str]] = {
    "apc_episode": {
        "start": "start_date_hospital_provider_spell",
        "end": "discharge_date_hospital_provider_spell",
        "bad_date": "start_date_consultant_episode",
        "code": "source_of_admission_code",
        "mandatory": "patient_classification_code",
        "null": "discharge_ready_date_hospital_provider_spell",
        "time": "start_time_hospital_provider_spell",
        "end_missing": "discharge_ready_date_hospital_provider_spell",
        "id": "cds_unique_identifier",
    },
    "apc_ward_stay": {
        "bad_date": "ward_stay_start_date_time",
        "code": "ward_type",
        "mandatory": "ward_code",
        "null": "reason_for_move",
        "end_missing": "ward_stay_end_date_time",
    },
    "ecds_attendance": {
        "bad_date": "arrival_date",
        "code": "emergency_care_attendance_category",
        "mandatory": "emergency_care_department_type",
        "null": "emergency_care_injury_date",
        "time": "emergency_care_initial_assessment_time",
        "end_missing": "emergency_care_clinically_ready_to_proceed_date_time",
        "id": "emergency_care_attendance_identifier",
    },
    "op_attendance": {
        "bad_date": "appointment_date",
        "code": "outcome_of_attendance_code",
        "mandatory": "attended_or_did_not_attend_code",
        "null": "consultation_mechanism_code",
        "time": "appointment_time",
        "id": "outpatient_attendance_identifier",
    },
    "csds_referral": {
        "start": "referral_request_received_date",
        "end": "service_discharge_date",
        "bad_date": "referral_request_received_date",
        "code": "source_of_referral_for_community",
        "null": "organisation_identifier_referring",
        "end_missing": "service_discharge_date",
    },
    "csds_care_contact": {
        "bad_date": "care_contact_date",
        "code": "attendance_status",
        "mandatory": "care_contact_date",
        "null": "clinical_contact_duration_of_care_contact",
        "time": "care_contact_time",
        "id": "care_contact_identifier",
    },
    "gp_appointment": {
        "bad_date": "appointment_start_date_time",
        "code": "appointment_mode",
        "mandatory": "appointment_status",
        "null": "booked_date_time",
        "id": "appointment_id",
    },
    "cld_event": {
        "start": "event_start_date",
        "end": "event_end_date",
        "bad_date": "event_start_date",
        "code": "event_outcome",
        "mandatory": "client_type",
        "null": "gp_practice_code",
        "id": "event_reference",
    },
    "ambulance_incident": {
        "bad_date": "call_connect_date_time",
        "code": "ambulance_response_category",
        "mandatory": "ambulance_incident_disposition",
        "end_missing": "handover_date_time",
        "id": "ambulance_incident_number",
    },
    "mh_referral": {
        "start": "referral_request_received_date",
        "end": "service_discharge_date",
        "code": "source_of_referral_for_mental_health",
        "end_missing": "service_discharge_date",
    },
    "mh_care_contact": {
        "bad_date": "care_contact_date",
        "code": "attended_or_did_not_attend_code",
        "time": "care_contact_time",
        "id": "care_contact_identifier",
    },
    "mh_hospital_spell": {
        "start": "start_date_hospital_provider_spell",
        "end": "discharge_date_hospital_provider_spell",
        "code": "source_of_admission_code",
    },
    "gp_registration": {"null": "registration_type"},
    "death": {"null": "underlying_cause_icd"},
}
OUT_OF_LIST = "XX"


def damage_rows(
    delivery: Delivery,
    contract: str,
    profile: Profile,
    formats: dict[str, str],
    rng: np.random.Generator,
) -> Delivery:
    """Applies the row errors of a profile to one contract's rows of one sender."""
    plan = SPOILT.get(contract, {})
    steps: list[tuple[float, str, str, Callable[[str], pl.Expr]]] = [
        (
            profile.end_missing,
            "end_missing",
            "end_missing",
            lambda c: pl.lit(None, dtype=pl.String),
        ),
        (profile.bad_date, "bad_date", "bad_date", _impossible_date),
        (profile.code_out_of_list, "code", "code_out_of_list", lambda c: pl.lit(OUT_OF_LIST)),
        (profile.literal_null, "null", "literal_null", lambda c: pl.lit("NULL")),
        (profile.midnight, "time", "midnight", lambda c: pl.lit("00:00")),
        (
            profile.mandatory_missing,
            "mandatory",
            "mandatory_missing",
            lambda c: pl.lit(None, dtype=pl.String),
        ),
    ]
    for rate, role, kind, value in steps:
        if role in plan and rate > 0:
            _replace(delivery, plan[role], kind, rate, value, rng)
    if "start" in plan and profile.end_before_start > 0:
        _end_before_start(
            delivery, plan["start"], plan["end"], profile.end_before_start, formats, rng
        )
    if contract == "csds_care_contact":
        _two_referrals(delivery, profile, rng)
    if contract == "csds_referral":
        _moved_referrals(delivery, profile, rng)
    return _duplicates(delivery, plan, profile, rng)


def _chosen(
    delivery: Delivery, rate: float, rng: np.random.Generator, where: pl.Expr | None = None
) -> Ints:
    """Positions of rows to damage."""
    chosen = rng.random(delivery.frame.height) < rate
    if where is not None:
        chosen &= delivery.frame.select(where.fill_null(value=False)).to_series().to_numpy()
    return np.flatnonzero(chosen)


def _impossible_date(column: str) -> pl.Expr:
    """A day that no month has, whatever the date format."""
    return (
        pl.col(column)
        .str.replace(r"^\d\d(/)", "31${1}")
        .str.replace(r"^(\d\d[/])\d\d", "${1}02")
        .str.replace(r"^(\d{4}-)\d\d-\d\d", "${1}02-31")
    )


def _replace(
    delivery: Delivery,
    column: str,
    kind: str,
    rate: float,
    value: Callable[[str], pl.Expr],
    rng: np.random.Generator,
) -> None:
    if column not in delivery.frame.columns:
        return
    filled = pl.col(column).is_not_null() if kind != "literal_null" else pl.col(column).is_null()
    rows = _chosen(delivery, rate, rng, filled)
    _set(delivery, rows, column, kind, value(column))


def _set(delivery: Delivery, rows: Ints, column: str, kind: str, value: pl.Expr) -> None:
    if not len(rows):
        return
    mask = np.zeros(delivery.frame.height, dtype=bool)
    mask[rows] = True
    hit = pl.Series("hit", mask)
    delivery.frame = delivery.frame.with_columns(
        pl.when(hit).then(value).otherwise(pl.col(column)).alias(column)
    )
    delivery.mark(delivery.frame["_row"].to_numpy()[rows], column, kind)


def _end_before_start(
    delivery: Delivery,
    start: str,
    end: str,
    rate: float,
    formats: dict[str, str],
    rng: np.random.Generator,
) -> None:
    """The end is written some days before the start."""
    rows = _chosen(delivery, rate, rng, pl.col(end).is_not_null() & pl.col(start).is_not_null())
    shape = formats["date"]
    earlier = pl.col(start).str.to_date(shape, strict=False) - pl.duration(
        days=3 + pl.int_range(pl.len()) % 20
    )
    _set(delivery, rows, end, "end_before_start", earlier.dt.strftime(shape))


def _two_referrals(delivery: Delivery, profile: Profile, rng: np.random.Generator) -> None:
    """A contact is delivered again under another referral of the same provider."""
    rows = _chosen(delivery, profile.contact_on_two_referrals, rng)
    if not len(rows):
        return
    other = delivery.frame["service_request_identifier"][
        rng.integers(0, delivery.frame.height, len(rows))
    ]
    copies = delivery.frame[rows].with_columns(other.alias("service_request_identifier"))
    _append(delivery, copies, "service_request_identifier", "contact_on_two_referrals")


def _moved_referrals(delivery: Delivery, profile: Profile, rng: np.random.Generator) -> None:
    """A referral number turns up on another person."""
    rows = _chosen(delivery, profile.referral_id_moved, rng)
    if not len(rows):
        return
    other = delivery.frame["service_request_identifier"][
        rng.integers(0, delivery.frame.height, len(rows))
    ]
    values = delivery.frame["service_request_identifier"].to_list()
    for row, value in zip(rows.tolist(), other.to_list(), strict=True):
        values[row] = value
    delivery.frame = delivery.frame.with_columns(pl.Series("service_request_identifier", values))
    delivery.mark(
        delivery.frame["_row"].to_numpy()[rows], "service_request_identifier", "referral_id_moved"
    )


def _duplicates(
    delivery: Delivery, plan: dict[str, str], profile: Profile, rng: np.random.Generator
) -> Delivery:
    rows = _chosen(delivery, profile.duplicate_row, rng)
    if len(rows):
        _append(delivery, delivery.frame[rows], "", "duplicate_row")
    rows = _chosen(delivery, profile.near_duplicate_row, rng)
    if len(rows) and "id" in plan:
        copies = delivery.frame[rows].with_columns((pl.col(plan["id"]) + "9").alias(plan["id"]))
        _append(delivery, copies, plan["id"], "near_duplicate_row")
    return delivery


def _append(delivery: Delivery, copies: pl.DataFrame, column: str, kind: str) -> None:
    """Adds rows with new ``_row`` numbers; damage of the originals is theirs too."""
    first = int(delivery.frame["_row"].max() or 0) + 1  # type: ignore[arg-type]
    old = copies["_row"]
    new = pl.Series("_row", np.arange(first, first + copies.height))
    inherited = delivery.all_marks().join(
        pl.DataFrame({"_row": old, "new": new}), on="_row", how="inner", maintain_order="left"
    )
    if inherited.height:
        delivery.marks.append(inherited.select(pl.col("new").alias("_row"), "column", "kind"))
    copies = copies.with_columns(new)
    delivery.frame = pl.concat([delivery.frame, copies])
    delivery.mark(new.to_numpy(), column, kind)
