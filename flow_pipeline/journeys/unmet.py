"""Unplanned admissions that an unanswered referral or request came before, and assessments made
twice (definition: failure-demand flags; ours, no national definition)."""

import polars as pl

from flow_pipeline.journeys.flags import flagged, unplanned_admissions
from flow_pipeline.journeys.kept import kept
from flow_pipeline.journeys.nearest import latest_covering
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
    admissions = kept(admissions)
    found = {
        "fd_preceding_unmet_referral": _unmet_referrals(event, admissions),
        "fd_preceding_unmet_request": _unmet_requests(event, admissions),
    }
    source = [pl.col(name) for name in _SOURCE]
    return [flagged(f, measure, "receiving_service", *source) for measure, f in found.items()]


def _asked(events: pl.LazyFrame) -> pl.LazyFrame:
    return events.select(
        "person_id",
        pl.col("event_id").alias("source_id"),
        pl.col("organisation_code").alias("source_organisation"),
        pl.col("sector").alias("source_sector"),
        _DAY.alias("asked_on"),
    )


def _latest_unmet(admissions: pl.LazyFrame, asked: pl.LazyFrame, within_days: int) -> pl.LazyFrame:
    """Each admission with the latest of what was asked on an earlier day, at most so many days
    before, and was not answered by the day of admission (``answered_on``)."""
    asked = kept(asked)
    offers = asked.select(
        "person_id",
        pl.col("source_id").alias("offer_id"),
        pl.col("asked_on").alias("since"),
        pl.col("answered_on").alias("until"),
    )
    days = admissions.with_columns(pl.col("admitted_on").alias("day"))
    found = latest_covering(days, offers, same_day=False)
    pairs = found.join(asked, left_on="offer_id", right_on="source_id", how="inner").rename(
        {"offer_id": "source_id"}
    )
    pairs = pairs.join(admissions.select("event_id", "admitted_on"), on="event_id")
    since = (pl.col("admitted_on") - pl.col("asked_on")).dt.total_days()
    return pairs.filter(since <= within_days)


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
    asked = _asked(referrals).join(answered, on="source_id", how="left")
    return _latest_unmet(admissions, asked, REFERRAL_DAYS)


def _unmet_requests(event: pl.LazyFrame, admissions: pl.LazyFrame) -> pl.LazyFrame:
    """Council requests in the 28 days before that were not declined by the person, and since
    which the council began no service by the day of admission."""
    family = pl.col("event_family")
    declined = pl.col("outcome_class").eq_missing(pl.lit("nfa_declined"))
    requests = _asked(event.filter((family == "asc_request") & ~declined))
    begun = event.filter((family == "asc_service") & pl.col("is_bridging")).select(
        "person_id",
        pl.col("organisation_code").alias("source_organisation"),
        _DAY.alias("answered_on"),
        _DAY.alias("day"),
    )
    asked = (
        requests.with_columns(pl.col("asked_on").alias("day"))
        .sort("day")
        .join_asof(
            begun.sort("day"),
            on="day",
            by=["person_id", "source_organisation"],
            strategy="forward",
            check_sortedness=False,
        )
    )
    return _latest_unmet(admissions, asked.drop("day"), REQUEST_DAYS)


def repeat_assessments(event: pl.LazyFrame) -> pl.LazyFrame:
    """``fd_repeat_assessment``: an assessment at most 30 days after one by another organisation for
    the same reason; the source is the earlier assessor.

    Only councils give assessments a reason, so only theirs can be compared.
    """
    assessments = event.filter(
        (pl.col("event_family") == "asc_assessment") & pl.col("is_bridging")
    ).drop_nulls(["reason_code", "organisation_code"])
    assessments = _asked(assessments).join(
        assessments.select(pl.col("event_id").alias("source_id"), "reason_code"), on="source_id"
    )
    of_one_matter = ["person_id", "reason_code"]
    ordered = (
        kept(assessments)
        .sort(*of_one_matter, "asked_on", "source_id")
        .with_columns(
            pl.struct(of_one_matter).rle_id().alias("matter"),
            pl.struct(*of_one_matter, "source_organisation").rle_id().alias("assessor"),
        )
    )
    # the last assessment by somebody else stands right before those of this assessor
    row = pl.int_range(pl.len())
    begins = (pl.col("assessor") != pl.col("assessor").shift(1)).fill_null(True)
    last_other = pl.when(begins).then(row).forward_fill() - 1
    earlier = [
        pl.col(c).gather(pl.when(last_other >= 0).then(last_other)).alias(f"earlier_{c}")
        for c in ("matter", "asked_on", *_SOURCE)
    ]
    days = (pl.col("asked_on") - pl.col("earlier_asked_on")).dt.total_days()
    again = ordered.with_columns(earlier).filter(
        (pl.col("earlier_matter") == pl.col("matter")) & (days <= REPEATED_WITHIN_DAYS)
    )
    return flagged(
        again.rename({"source_id": "event_id"}),
        "fd_repeat_assessment",
        "earlier_assessor",
        *(pl.col(f"earlier_{name}") for name in _SOURCE),
    )
