"""Unplanned admissions that an unanswered referral or request came before, and assessments made
twice (definition: failure-demand flags; ours, no national definition)."""

import polars as pl

from flow_pipeline.journeys.flags import flagged, unplanned_admissions
from flow_pipeline.journeys.stays import Stays

REFERRAL_DAYS = 90
REQUEST_DAYS = 28
REPEATED_WITHIN_DAYS = 30
_TO_BE_ANSWERED = ("progressed", "continued", "attended")
_DAY = pl.col("start_at").dt.date()
_SOURCE = ("source_id", "source_organisation", "source_sector")


def unmet_needs(event: pl.LazyFrame, stays: Stays) -> list[pl.LazyFrame]:
    """``fd_preceding_unmet_referral`` and ``fd_preceding_unmet_request``, on the first episode of
    an emergency continuous spell; the source is the receiving service of the latest of them."""
    admissions = unplanned_admissions(event, stays).select("person_id", "event_id", "admitted_on")
    return [
        _flagged(_unmet_referrals(event, admissions), "fd_preceding_unmet_referral"),
        _flagged(_unmet_requests(event, admissions), "fd_preceding_unmet_request"),
    ]


def _flagged(unmet: pl.LazyFrame, measure: str) -> pl.LazyFrame:
    latest = unmet.sort("event_id", "asked_on", "source_id").unique(
        "event_id", keep="last", maintain_order=True
    )
    return flagged(latest, measure, "receiving_service", *(pl.col(name) for name in _SOURCE))


def _asked(events: pl.LazyFrame) -> pl.LazyFrame:
    return events.select(
        "person_id",
        pl.col("event_id").alias("source_id"),
        pl.col("organisation_code").alias("source_organisation"),
        pl.col("sector").alias("source_sector"),
        _DAY.alias("asked_on"),
    )


def _before_admission(
    admissions: pl.LazyFrame, asked: pl.LazyFrame, within_days: int
) -> pl.LazyFrame:
    """Pairs of an admission and what was asked on an earlier day, at most so many days before."""
    days = (pl.col("admitted_on") - pl.col("asked_on")).dt.total_days()
    return admissions.join(asked, on="person_id").filter(days.is_between(1, within_days))


def _unmet_referrals(event: pl.LazyFrame, admissions: pl.LazyFrame) -> pl.LazyFrame:
    """Community referrals, and council requests that were to go on, in the 90 days before.

    Unmet: rejected, or nothing of it took place by the day of admission: no attended contact of
    the referral, no assessment or service that follows from the request.
    """
    family = pl.col("event_family")
    to_go_on = pl.col("outcome_class").is_in(_TO_BE_ANSWERED).fill_null(False)
    referrals = event.filter(
        (family == "community_referral") | ((family == "asc_request") & to_go_on)
    )
    answers = event.filter(
        pl.col("is_bridging")
        & family.is_in(("community_contact", "asc_assessment", "asc_service"))
        & pl.col("parent_event_id").is_not_null()
    )
    answered = answers.group_by(pl.col("parent_event_id").alias("source_id")).agg(
        _DAY.min().alias("answered_on")
    )
    pairs = _before_admission(admissions, _asked(referrals), REFERRAL_DAYS)
    late = pl.col("answered_on").is_null() | (pl.col("answered_on") > pl.col("admitted_on"))
    return pairs.join(answered, on="source_id", how="left").filter(late)


def _unmet_requests(event: pl.LazyFrame, admissions: pl.LazyFrame) -> pl.LazyFrame:
    """Council requests in the 28 days before that were not declined by the person, and since
    which the council began no service by the day of admission."""
    family = pl.col("event_family")
    declined = pl.col("outcome_class").eq_missing(pl.lit("nfa_declined"))
    requests = _asked(event.filter((family == "asc_request") & ~declined))
    pairs = _before_admission(admissions, requests, REQUEST_DAYS)
    begun = event.filter((family == "asc_service") & pl.col("is_bridging")).select(
        "person_id",
        pl.col("organisation_code").alias("source_organisation"),
        _DAY.alias("begun_on"),
    )
    served = (
        pairs.join(begun, on=["person_id", "source_organisation"])
        .filter(pl.col("begun_on").is_between("asked_on", "admitted_on"))
        .select("event_id", "source_id")
    )
    return pairs.join(served, on=["event_id", "source_id"], how="anti")


def repeat_assessments(event: pl.LazyFrame) -> pl.LazyFrame:
    """``fd_repeat_assessment``: an assessment at most 30 days after one by another organisation for
    the same reason; the source is the earlier assessor.

    Only councils give assessments a reason, so only theirs can be compared.
    """
    assessments = event.filter(
        (pl.col("event_family") == "asc_assessment") & pl.col("is_bridging")
    ).drop_nulls(["reason_code", "organisation_code"])
    earlier = _asked(assessments).join(
        assessments.select(pl.col("event_id").alias("source_id"), "reason_code"), on="source_id"
    )
    later = assessments.select(
        "person_id", "event_id", "organisation_code", "reason_code", _DAY.alias("assessed_on")
    )
    days = (pl.col("assessed_on") - pl.col("asked_on")).dt.total_days()
    after = (days > 0) | ((days == 0) & (pl.col("source_id") < pl.col("event_id")))
    pairs = later.join(earlier, on=["person_id", "reason_code"]).filter(
        (pl.col("organisation_code") != pl.col("source_organisation"))
        & (days <= REPEATED_WITHIN_DAYS)
        & after
    )
    latest = pairs.sort("event_id", "asked_on", "source_id").unique(
        "event_id", keep="last", maintain_order=True
    )
    return flagged(
        latest, "fd_repeat_assessment", "earlier_assessor", *(pl.col(name) for name in _SOURCE)
    )
