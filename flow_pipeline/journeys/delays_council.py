"""Waits for adult social care."""

from collections.abc import Mapping

import polars as pl

from flow_pipeline.journeys.council_chains import (
    assessment_blocks,
    reablement_clusters,
    request_clusters,
)
from flow_pipeline.journeys.council_population import council_records, left_out_requests
from flow_pipeline.journeys.delay_ends import (
    LOOK_FORWARD_DAYS,
    PARTS,
    ending,
    first_after,
    first_of,
    is_forward,
    settled,
    started,
)
from flow_pipeline.journeys.kept import kept
from flow_pipeline.journeys.parameters import Parameters

_FAMILIES = ("asc_request", "asc_assessment", "asc_service")
_ANSWERED_OTHERWISE = ("nfa", "nfa_declined", "admitted", "died", "ended")


def council_delays(
    event: pl.LazyFrame,
    clock: pl.LazyFrame,
    core: Mapping[str, pl.LazyFrame],
    dead: pl.LazyFrame,
    parameters: Parameters,
) -> list[pl.LazyFrame]:
    """Request to assessment and service, assessment's end to service, reablement's end to
    long-term service.

    Requests that follow on within 4 days are one, which begins with the first and whose outcome is
    that of the last; those that end in no further action or admission to hospital are left out.
    An assessment is what was waited for whatever it came to; for a service only those wait that
    were not answered with no further action or admission. Assessments of one request that follow
    on within 4 days are one, which ends with the last and whose outcome is that of the last.
    Reablement within 7 days is one as well. A death is a competing end. ``left_out`` says whom the
    published method does not count (``council_population``).
    """
    family = pl.col("event_family")
    council = event.filter(family.is_in(_FAMILIES))
    alive = council.join(dead, on="person_id", how="left")
    clusters = kept(request_clusters(council))
    alive = _with_first_requests(alive, clusters)
    every, assessments, services = (alive.filter(family == name) for name in _FAMILIES)
    blocks = kept(assessment_blocks(assessments))
    reasons = kept(left_out_requests(every, services, council_records(core)))
    requests = every.join(
        _unanswered(clusters, every), left_on="event_id", right_on="first_event_id", how="semi"
    ).join(reasons, on="event_id", how="left")
    concluded = _with_left_out(assessments, reasons).join(_concluded(clock), on="event_id")
    concluded = concluded.join(
        _unanswered(blocks, assessments), left_on="event_id", right_on="last_event_id", how="semi"
    )
    rival, left_out = pl.col("died_on"), pl.col("left_out")
    asked = started(requests, rival=rival, left_out=left_out)
    assessed = started(concluded, "clock", rival=rival, left_out=left_out)
    return [
        _to_assessment(asked, assessments, parameters),
        _to_service(asked, assessments, services, parameters),
        _after_assessment(assessed, _of_blocks(services, blocks), parameters),
        _to_long_term(council, services, parameters),
    ]


def _unanswered(clusters: pl.LazyFrame, events: pl.LazyFrame) -> pl.LazyFrame:
    """The ``clusters`` of ``events`` whose last was not answered with no further action or
    admission."""
    answered = events.filter(pl.col("outcome_class").is_in(_ANSWERED_OTHERWISE))
    last = answered.select(pl.col("event_id").alias("last_event_id"))
    return clusters.join(last, on="last_event_id", how="anti")


def _with_left_out(assessments: pl.LazyFrame, left_out: pl.LazyFrame) -> pl.LazyFrame:
    """An assessment counts where the request it answers does."""
    of_parent = left_out.rename({"event_id": "parent_event_id"}).with_columns(is_known=True)
    joined = assessments.join(of_parent, on="parent_event_id", how="left")
    return joined.with_columns(
        pl.when(pl.col("is_known")).then("left_out").otherwise(pl.lit("no_request"))
    )


def _with_first_requests(event: pl.LazyFrame, clusters: pl.LazyFrame) -> pl.LazyFrame:
    """``event`` whose parents that are requests are the first request of their cluster."""
    firsts = clusters.select(pl.col("event_id").alias("parent_event_id"), "first_event_id")
    return event.join(firsts, on="parent_event_id", how="left").with_columns(
        pl.coalesce("first_event_id", "parent_event_id").alias("parent_event_id")
    )


def _of_blocks(services: pl.LazyFrame, blocks: pl.LazyFrame) -> pl.LazyFrame:
    """Services that follow from an assessment, their parent being the last of its block."""
    lasts = blocks.select(pl.col("event_id").alias("parent_event_id"), "last_event_id")
    return services.join(lasts, on="parent_event_id").with_columns(
        pl.col("last_event_id").alias("parent_event_id")
    )


def _concluded(clock: pl.LazyFrame) -> pl.LazyFrame:
    return clock.filter(pl.col("clock") == "concluded").select(
        "event_id", *(pl.col(p).alias(f"clock_{p}") for p in PARTS)
    )


def _children(events: pl.LazyFrame) -> pl.LazyFrame:
    ends = ending(events, pl.col("parent_event_id").alias("from_event_id"))
    return ends.drop_nulls("from_event_id")


def _to_assessment(
    starts: pl.LazyFrame, assessments: pl.LazyFrame, parameters: Parameters
) -> pl.LazyFrame:
    first = first_of(_children(assessments), "from_event_id")
    waits = starts.join(first, on="from_event_id", how="left")
    return settled(waits, parameters, "request_to_assessment")


def _after_assessment(
    starts: pl.LazyFrame, services: pl.LazyFrame, parameters: Parameters
) -> pl.LazyFrame:
    """From the end of an assessment to the first service that follows from it.

    One that began while the assessment went on was not waited for: it counts 0, at the end of the
    assessment (domain, "Journey": a negative wait is 0). Left out, its person would wait for ever.
    """
    first = first_of(_children(services), "from_event_id")
    waits = starts.join(first, on="from_event_id", how="left")
    begun = pl.when(~is_forward())
    ends = [begun.then(f"start_{p}").otherwise(f"end_{p}").alias(f"end_{p}") for p in PARTS]
    return settled(waits.with_columns(ends), parameters, "assessment_to_service")


def _to_service(
    starts: pl.LazyFrame,
    assessments: pl.LazyFrame,
    services: pl.LazyFrame,
    parameters: Parameters,
) -> pl.LazyFrame:
    """The first service that follows from the request, or from an assessment of it."""
    direct = _children(services)
    assessed = assessments.select(
        pl.col("event_id").alias("from_event_id"), pl.col("parent_event_id").alias("request")
    ).drop_nulls("request")
    through = direct.join(assessed, on="from_event_id").with_columns(
        pl.col("request").alias("from_event_id")
    )
    ends = pl.concat([direct, through.drop("request")])
    waits = starts.join(first_of(ends, "from_event_id"), on="from_event_id", how="left")
    return settled(waits, parameters, "request_to_service")


def _to_long_term(
    council: pl.LazyFrame, services: pl.LazyFrame, parameters: Parameters
) -> pl.LazyFrame:
    """From the recorded end of a cluster of reablement to the first long-term service within 90
    days."""
    last = reablement_clusters(council).select(pl.col("last_event_id").alias("event_id")).unique()
    ended = services.filter(pl.col("end_status") == "recorded").join(
        last, on="event_id", how="semi"
    )
    lasting = services.filter(pl.col("event_type") == "long_term")
    starts = started(ended, "end", rival=pl.col("died_on"))
    waits = first_after(starts, ending(lasting, "person_id"))
    return settled(waits, parameters, "reablement_to_long_term_service", within=LOOK_FORWARD_DAYS)
