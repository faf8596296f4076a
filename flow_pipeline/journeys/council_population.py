"""Whom the published method counts when councils' waits are told.

Definition: DHSC waiting-time method (domain, "Delay measures", Council): requests of service users
of 25 and over, from 1 April 2023 on, who were no client yet.
"""

import datetime as dt
from collections.abc import Mapping

import polars as pl

FIRST_DAY = dt.date(2023, 4, 1)
YOUNGEST = 25
_SERVICE_USER = "service user"
# How long before a request a service may have ended that still makes its person a client.
_CLIENT_FOR = {"long_term": "12mo", "st_max": "3mo", "short_term": "3mo"}
_COUNCIL = ["person_id", "organisation_code"]
_NOTHING = pl.Schema({"record_key": pl.String, "client_type": pl.String, "service_type": pl.String})


def council_records(core: Mapping[str, pl.LazyFrame]) -> pl.LazyFrame:
    """record_key, client_type and service_type of what councils sent, as release 1 calls them."""
    if "cld_event" not in core:
        return pl.LazyFrame(schema=_NOTHING)
    return core["cld_event"].select(_NOTHING.names())


def left_out_requests(
    requests: pl.LazyFrame, services: pl.LazyFrame, records: pl.LazyFrame
) -> pl.LazyFrame:
    """event_id and left_out of each request: the first reason not to count it, null where none.

    In: ``requests`` and ``services`` (events of councils), ``records`` (``council_records``). A
    service that ended before the data begins is not seen: its person counts as new.
    """
    asked = requests.join(records, on="record_key", how="left").with_columns(
        pl.col("start_at").dt.date().alias("asked_on")
    )
    clients = pl.concat(_clients(asked, services, kind) for kind in _CLIENT_FOR).unique()
    known = asked.join(clients.with_columns(is_client=True), on="event_id", how="left")
    kind = pl.col("client_type").str.to_lowercase()
    reason = (
        pl.when(kind.is_null())
        .then(pl.lit("client_type_unknown"))
        .when(kind != _SERVICE_USER)
        .then(pl.lit("not_service_user"))
        .when(pl.col("age_at_event").is_null())
        .then(pl.lit("age_unknown"))
        .when(pl.col("age_at_event") < YOUNGEST)
        .then(pl.lit(f"under_{YOUNGEST}"))
        .when(pl.col("asked_on") < FIRST_DAY)
        .then(pl.lit("before_april_2023"))
        .when("is_client")
        .then(pl.lit("existing_client"))
    )
    return known.select("event_id", reason.alias("left_out"))


def _clients(asked: pl.LazyFrame, services: pl.LazyFrame, kind: str) -> pl.LazyFrame:
    """event_id of requests before which a service of the kind began that had not ended long ago."""
    begun = services.filter(pl.col("event_type") == kind).select(
        *_COUNCIL,
        pl.col("start_at").dt.date().alias("day"),
        pl.col("counted_end_at").dt.date().alias("until"),
    )
    lasting = begun.sort(*_COUNCIL, "day").with_columns(
        pl.col("until").cum_max().over(_COUNCIL)  # of all that had begun by then
    )
    found = (
        asked.select("event_id", *_COUNCIL, pl.col("asked_on").alias("day"))
        .sort("day", "event_id")
        .join_asof(
            lasting.sort("day", "until"),
            on="day",
            by=_COUNCIL,
            strategy="backward",
            allow_exact_matches=False,
            check_sortedness=False,
        )
    )
    ended_after = pl.col("day").dt.offset_by(f"-{_CLIENT_FOR[kind]}")
    return found.filter(pl.col("until") >= ended_after).select("event_id")
