"""Requests to a council and what became of them, assessments and reablement, each clustered.

Definition: domain, "Council rules worth adopting": requests that follow on within 4 days are one,
reablement within 7 (ASCOF 2A and 2D from 2024-25 on; 1 under SALT 2A); the sequel of a request is
found among what began within 28 days, in a chain that breaks at a gap of more than 3 days.
"""

from collections.abc import Sequence

import polars as pl

from flow_pipeline.journeys.kept import kept
from flow_pipeline.journeys.parameters import Parameters
from flow_pipeline.tables.journeys import REQUEST_SEQUEL

REQUEST_DAYS = 4
ASSESSMENT_DAYS = REQUEST_DAYS  # ours: DHSC's blocks of assessments have no gap of their own
REABLEMENT_DAYS = 7
SEQUEL_DAYS = 28
CHAIN_DAYS = 3
HIERARCHY = ("st_max", "long_term", "short_term", "carer", "other")  # of services, the first wins
_COUNCIL = ["person_id", "organisation_code"]
_WITHOUT_SERVICE = {
    "nfa": "no_further_action",
    "nfa_declined": "declined",
    "ended": "no_further_action",
    "admitted": "admitted_to_hospital",
    "died": "died",
}
_UNKNOWN, _NOT_YET = "could_not_be_classified", "in_progress"


def request_clusters(event: pl.LazyFrame) -> pl.LazyFrame:
    """Requests (event_id) with their cluster: see ``_clustered``."""
    return _clustered(event.filter(pl.col("event_family") == "asc_request"), REQUEST_DAYS)


def reablement_clusters(event: pl.LazyFrame, within_days: int = REABLEMENT_DAYS) -> pl.LazyFrame:
    """Reablement services (event_id) with their cluster: see ``_clustered``."""
    reablement = (pl.col("event_family") == "asc_service") & (pl.col("event_type") == "st_max")
    return _clustered(event.filter(reablement), within_days)


def assessment_blocks(event: pl.LazyFrame) -> pl.LazyFrame:
    """Assessments (event_id) that answer the same request, or none, with their block: see
    ``_clustered``.

    In: events whose ``parent_event_id``, where it is a request, is the first of its cluster.
    """
    assessments = event.filter(pl.col("event_family") == "asc_assessment")
    return _clustered(assessments, ASSESSMENT_DAYS, [*_COUNCIL, "parent_event_id"])


def _clustered(
    events: pl.LazyFrame, within_days: int, by: Sequence[str] = _COUNCIL
) -> pl.LazyFrame:
    """event_id, first_event_id and last_event_id of its cluster, per person and council.

    ``by``: what events of one cluster have in common. An event belongs to the cluster that ended at
    most so many days before it began. The last is the one that ends last; of equals, the one that
    began last.
    """
    ordered = events.select(
        *by,
        "event_id",
        pl.col("start_at").dt.date().alias("from_date"),
        pl.col("counted_end_at").dt.date().alias("to_date"),
    ).sort(*by, "from_date", "to_date", "event_id")
    reached = pl.col("to_date").cum_max().shift(1).over(by)
    gap = (pl.col("from_date") - reached).dt.total_days()
    first = pl.when(gap.is_null() | (gap > within_days)).then("event_id").forward_fill()
    last = pl.col("event_id").sort_by("to_date", "from_date", "event_id").last()
    return (
        ordered.with_columns(first.alias("first_event_id"))
        .with_columns(last.over("first_event_id").alias("last_event_id"))
        .select("event_id", "first_event_id", "last_event_id")
    )


def request_sequel(event: pl.LazyFrame, parameters: Parameters) -> pl.LazyFrame:
    """The table request_sequel: every clustered request and what became of it.

    Among assessments and services that began from the request on and at most 28 days after its
    end: the first, and each that begins at most 3 days after all before it. A service among them
    is the sequel, by hierarchy; else the outcome of the last of them, else that of the request.
    What was to go on and is not seen to have could not be classified; it is in progress while
    the 28 days reach beyond the data.
    """
    requests = kept(_requests(event))
    chain = kept(_chain(requests, event))
    services = (
        chain.filter(pl.col("event_family") == "asc_service")
        .with_columns(_place().alias("place"))
        .sort("event_id", "place", "began_on", "sequel_event_id")
        .unique("event_id", keep="first", maintain_order=True)
        .select("event_id", "sequel_event_id", _service().alias("service"))
    )
    last = chain.sort("event_id", "began_on", "sequel_event_id").unique(
        "event_id", keep="last", maintain_order=True
    )
    last = last.select("event_id", pl.col("outcome_class").alias("last_outcome"))
    told = requests.join(services, on="event_id", how="left").join(last, on="event_id", how="left")
    return REQUEST_SEQUEL.conform(told.with_columns(_sequel(parameters).alias("sequel")))


def _requests(event: pl.LazyFrame) -> pl.LazyFrame:
    """One row per cluster: its first request's event_id, its days and its last outcome."""
    rows = event.select(
        "event_id",
        *_COUNCIL,
        pl.col("start_at").dt.date().alias("asked_on"),
        pl.col("counted_end_at").dt.date().alias("ended_on"),
        "outcome_class",
    ).join(request_clusters(event), on="event_id")
    is_last = pl.col("event_id") == pl.col("last_event_id")
    return (
        rows.group_by("first_event_id", *_COUNCIL)
        .agg(
            pl.len().cast(pl.Int64).alias("n_requests"),
            pl.col("asked_on").min(),
            pl.col("ended_on").max(),
            pl.col("outcome_class").filter(is_last).first().alias("request_outcome"),
        )
        .rename({"first_event_id": "event_id"})
    )


def _chain(requests: pl.LazyFrame, event: pl.LazyFrame) -> pl.LazyFrame:
    """What followed each request without a break, in order."""
    activity = event.filter(pl.col("event_family").is_in(("asc_assessment", "asc_service"))).select(
        *_COUNCIL,
        pl.col("event_id").alias("sequel_event_id"),
        "event_family",
        "event_type",
        "outcome_class",
        pl.col("start_at").dt.date().alias("began_on"),
        pl.col("counted_end_at").dt.date().alias("until"),
    )
    within = pl.col("ended_on") + pl.duration(days=SEQUEL_DAYS)
    pairs = (
        requests.select("event_id", *_COUNCIL, "asked_on", "ended_on")
        .join(activity, on=_COUNCIL)
        .filter(pl.col("began_on").is_between(pl.col("asked_on"), within))
        .sort("event_id", "began_on", "sequel_event_id")
    )
    so_far = pl.max_horizontal("ended_on", pl.col("until").cum_max().shift(1).over("event_id"))
    first = pl.int_range(pl.len()).over("event_id") == 0
    broken = ~first & ((pl.col("began_on") - so_far).dt.total_days() > CHAIN_DAYS)
    return pairs.filter(~broken.cum_max().over("event_id"))


def _service() -> pl.Expr:
    """The class of a service; one that no list knows is ``other``."""
    kind = pl.col("event_type")
    return pl.when(kind.is_in(HIERARCHY)).then(kind).otherwise(pl.lit(HIERARCHY[-1]))


def _place() -> pl.Expr:
    ranks = {name: place for place, name in enumerate(HIERARCHY)}
    return _service().replace_strict(ranks, return_dtype=pl.Int64)


def _sequel(parameters: Parameters) -> pl.Expr:
    outcome = pl.coalesce("last_outcome", "request_outcome")
    closed = outcome.replace_strict(_WITHOUT_SERVICE, default=None, return_dtype=pl.String)
    over = pl.col("ended_on") + pl.duration(days=SEQUEL_DAYS) <= parameters.period_end
    unknown = pl.when(over).then(pl.lit(_UNKNOWN)).otherwise(pl.lit(_NOT_YET))
    return pl.coalesce("service", closed, unknown)
