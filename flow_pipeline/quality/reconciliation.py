"""Reconciliation: a submission against the one before it, and against the one that it replaces."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from flow_pipeline.contracts import all_contracts
from flow_pipeline.tables.quality import RECONCILIATION

COMPARED = ("rows", "people", "cost", "bed_days")
LAGS = ("lag_median", "lag_p95")
_OWNER = ("source", "organisation_code")
_FILE = ("source", "digest", "received_at")
_LIKE_LENGTHS = (0.75, 4 / 3)
_CUT_SHORT = 1 / 3
_DEVIATIONS = 3
_FEWEST_IN_COMMON = 0.1
_YEAR = 366
_LAG_GROWN = 7  # days
_FEWEST_ROWS = 50  # of which a median lag says something


@dataclass(frozen=True)
class Limits:
    """Relative changes beyond which a submission warns and blocks, and deletions that warn.

    ``deviations``: as many standard deviations of chance a change must exceed to block. They are
    more than those that warn, for of hundreds of comparisons some exceed three by chance alone.
    """

    warn: float = 0.05
    block: float = 0.20
    deleted: float = 0.02
    deviations: float = 5

    @classmethod
    def told(cls, *, warn_percent: int, block_percent: int, block_deviations: int) -> "Limits":
        """As ``quality.changes`` of the configuration says."""
        return cls(warn_percent / 100, block_percent / 100, deviations=block_deviations)

    def blocks_beyond(self, by_chance: float) -> float:
        """The change beyond which a submission blocks, given what table reconciliation says that
        chance makes."""
        return max(self.block, by_chance * self.deviations / _DEVIATIONS)


LIMITS = Limits()


def reconciled(
    submission: pl.LazyFrame,
    contracts: Mapping[str, str],
    measures: pl.LazyFrame,
    record_token: pl.LazyFrame,
    limits: Limits = LIMITS,
    organisations: pl.LazyFrame | None = None,
) -> pl.LazyFrame:
    """Compare every submission with those before it.

    In:  tables submission and record_token, the contract of each source, measures.measured of
         every contract, and table organisation, whose mergers explain a jump of the successor.
    Out: table reconciliation.

    The one before is the submission of the same source and sender whose period ends last before
    its own does; without a period, the one received last before it. Changes are per day of the
    period, so that February is not a fall. A change is judged only between periods of about equal
    length (days since the one before ended, where periods overlap), and only where it is larger
    than chance makes when people, each with all their rows, come and go: three standard deviations
    of the two counts together. It blocks only where it is larger than ``limits.deviations`` of
    them. One that covers a shorter time, down to a third, and holds less warns, its change being of
    the whole: its end may have been lost.

    Only the newest submission of a source and sender blocks; what is wrong with an older one is
    past mending by a hold. Of a file of many senders one blocks only where the whole file has
    changed beyond the limit that warns: people who move with a practice that closes are no loss.
    Source of the definition: domain.md §5, R01, R05 and T03.
    """
    known = _with_mergers(_known(submission, contracts), organisations)
    compared = _compared(known, measures, limits)
    changed = _event_changes(known, record_token, limits)
    return RECONCILIATION.conform(pl.concat([compared, changed], how="diagonal"))


def _with_mergers(known: pl.LazyFrame, organisations: pl.LazyFrame | None) -> pl.LazyFrame:
    """Adds ``has_merged``: whether another organisation became part of the sender in a year."""
    if organisations is None:
        return known.with_columns(has_merged=pl.lit(False))
    mergers = organisations.select(
        organisation_code="successor_code", merged_on=pl.col("valid_to").cast(pl.Datetime("us"))
    ).drop_nulls()
    year = pl.duration(days=_YEAR)
    recent = pl.col("merged_on").is_between(pl.col("at") - year, pl.col("at"))
    merged = known.join(mergers, on="organisation_code").filter(recent)
    after = merged.select("submission_id", has_merged=pl.lit(True)).unique("submission_id")
    found = known.join(after, on="submission_id", how="left", maintain_order="left")
    return found.with_columns(pl.col("has_merged").fill_null(False))


def newest(submission: pl.LazyFrame, contracts: Mapping[str, str]) -> pl.LazyFrame:
    """The submission_id of the newest submission of each source and sender, as judged above."""
    return _known(submission, contracts).filter("is_newest").select("submission_id")


def _known(submission: pl.LazyFrame, contracts: Mapping[str, str]) -> pl.LazyFrame:
    """Submissions with contract, the moment that orders them, and days of their period."""
    bound = [c.name for c in all_contracts().values() if c.period_start is not None]
    has_period = pl.col("contract").is_in(bound) & pl.col("period_derived_start").is_not_null()
    start, end = pl.col("period_derived_start"), pl.col("period_derived_end")
    at = pl.when(has_period).then(end.cast(pl.Datetime("us"))).otherwise(pl.col("received_at"))
    order = ("at", "received_at", "submission_id")
    return (
        submission.with_columns(
            contract=pl.col("source").replace_strict(contracts, return_dtype=pl.String)
        )
        .with_columns(
            at=at,
            n_days=pl.when(has_period).then((end - start).dt.total_days() + 1),
        )
        .sort(order)
        .with_columns(
            is_newest=pl.col("submission_id") == pl.col("submission_id").last().over(_OWNER)
        )
    )


def _compared(known: pl.LazyFrame, measures: pl.LazyFrame, limits: Limits) -> pl.LazyFrame:
    before = known.select(*_OWNER, "at", previous_at="at")
    since = _before(known, before)
    # A file of discharges holds the starts of long stays too: what it adds is the time since the
    # one before it ended.
    added = pl.min_horizontal("n_days", (pl.col("at") - pl.col("previous_at")).dt.total_days())
    known = since.with_columns(n_days=pl.when(pl.col("n_days").is_not_null()).then(added))
    right = known.select(
        *_OWNER,
        "at",
        previous_submission_id="submission_id",
        previous_days="n_days",
        **{f"previous_{name}": name for name in _FILE[1:]},
    )
    paired = _before(known, right)
    old = measures.select(
        "measure",
        previous_submission_id="submission_id",
        previous_value="value",
        previous_spread="spread",
    )
    both = paired.join(measures, on="submission_id").join(
        old, on=("previous_submission_id", "measure"), how="left"
    )
    both = _with_totals(both, known, measures)
    lengths = pl.coalesce(pl.col("n_days") / pl.col("previous_days"), pl.lit(1.0))
    ratio = pl.when(pl.col("measure").is_in(LAGS)).then(pl.lit(1.0)).otherwise(lengths)
    expected = pl.col("previous_value") * pl.col("ratio")
    total = pl.col("total") / (pl.col("previous_total") * pl.col("ratio")) - 1
    deviation = (
        pl.col("spread") + pl.col("previous_spread") * pl.col("ratio") ** 2
    ).sqrt() * _DEVIATIONS
    judged = (
        both.with_columns(ratio=ratio)
        .with_columns(
            total_change=pl.when(pl.col("previous_total") != 0).then(total).fill_null(1.0),
            relative_change=pl.when(expected != 0).then((pl.col("value") / expected - 1).round(6)),
            by_chance=pl.when(expected != 0).then((deviation / expected).round(6)),
        )
        .with_columns(is_cut_short=_is_cut_short(limits))
        .with_columns(
            by_chance=pl.when(~pl.col("measure").is_in(LAGS)).then("by_chance"),
            relative_change=pl.when("is_cut_short")
            .then((pl.col("value") / pl.col("previous_value") - 1).round(6))
            .otherwise("relative_change"),
            verdict=_verdict(limits),
        )
    )
    return judged.select(c for c in RECONCILIATION.column_names)


def _before(known: pl.LazyFrame, right: pl.LazyFrame) -> pl.LazyFrame:
    """Each submission with what ``right`` says of the last one strictly before it."""
    return known.join_asof(
        right,
        on="at",
        by=_OWNER,
        strategy="backward",
        allow_exact_matches=False,
        check_sortedness=False,  # known is sorted as a whole
    )


def _with_totals(both: pl.LazyFrame, known: pl.LazyFrame, measures: pl.LazyFrame) -> pl.LazyFrame:
    """With what all senders together hold in the file, and held in the file before."""
    totals = (
        known.join(measures, on="submission_id")
        .group_by(*_FILE, "measure")
        .agg(total=pl.col("value").sum())
    )
    before = totals.rename(
        {"total": "previous_total"} | {name: f"previous_{name}" for name in _FILE[1:]}
    )
    own = both.join(totals, on=(*_FILE, "measure"), how="left")
    previous = ("source", *(f"previous_{name}" for name in _FILE[1:]), "measure")
    return own.join(before, on=previous, how="left")


def _is_cut_short(limits: Limits) -> pl.Expr:
    """Whether it covers a shorter time than the one before and holds less for that reason alone: a
    file whose end was lost on the way looks so. A month after a backlog of years does not count."""
    fallen = 1 - pl.col("value") / pl.col("previous_value")
    allowed = pl.max_horizontal(pl.lit(limits.block), "by_chance")
    is_shorter = pl.col("ratio").is_between(_CUT_SHORT, _LIKE_LENGTHS[0], closed="left")
    cut = is_shorter & (fallen > allowed) & pl.col("measure").is_in(COMPARED)
    return cut.fill_null(False)


def _verdict(limits: Limits) -> pl.Expr:
    change = pl.col("relative_change").abs()
    low, high = _LIKE_LENGTHS
    grown = (pl.col("value") - pl.col("previous_value")) > _LAG_GROWN
    many = pl.min_horizontal("spread", "previous_spread") >= _FEWEST_ROWS
    is_lag = pl.col("measure").is_in(LAGS)
    return (
        pl.when(pl.col("previous_value").is_null() | pl.col("previous_value").eq(0))
        .then(pl.lit("first"))
        .when(is_lag & (pl.col("measure") == LAGS[0]) & grown & many)
        .then(pl.lit("warn"))
        .when(is_lag)
        .then(pl.lit("alike"))
        .when(pl.col("is_cut_short"))
        .then(pl.lit("warn"))
        .when(~pl.col("ratio").is_between(low, high))
        .then(pl.lit("other_length"))
        .when(change <= limits.warn)
        .then(pl.lit("alike"))
        .when(change <= pl.col("by_chance"))
        .then(pl.lit("chance"))
        .when(
            (change > limits.block)
            & (change > pl.col("by_chance") * limits.deviations / _DEVIATIONS)
            & (pl.col("total_change").abs() > limits.warn)
            & pl.col("is_newest")
            & ~(pl.col("has_merged") & (pl.col("relative_change") > 0))
        )
        .then(pl.lit("block"))
        .otherwise(pl.lit("warn"))
    )


def _event_changes(known: pl.LazyFrame, record_token: pl.LazyFrame, limits: Limits) -> pl.LazyFrame:
    """Events that a submission adds to, changes in and leaves out of the one it replaces.

    It replaces the one that table submission says; else, of the same source, sender and derived
    period, the one received before, where it holds events of it: two halves of one month replace
    nothing.
    """
    sums = _event_counts(_same_period(known).collect().lazy(), record_token)
    smaller = pl.min_horizontal("n_new", "previous_value")
    is_again = (pl.col("n_common") > 0) & (pl.col("n_common") >= _FEWEST_IN_COMMON * smaller)
    measures = ["inserted_events", "updated_events", "deleted_events"]
    lineage = ["submission_id", "source", "contract", "organisation_code", "previous_submission_id"]
    counted = sums.filter(pl.col("supersedes").is_not_null() | is_again).unpivot(
        on=measures,
        index=[*lineage, "previous_value"],
        variable_name="measure",
        value_name="value",
    )
    share = pl.when(pl.col("previous_value") > 0).then(pl.col("value") / pl.col("previous_value"))
    is_much = (pl.col("measure") == "deleted_events") & (share > limits.deleted)
    return counted.select(
        *lineage,
        "measure",
        pl.col("value", "previous_value").cast(pl.Float64),
        relative_change=share,
        by_chance=pl.lit(None, pl.Float64),
        verdict=pl.when(is_much).then(pl.lit("warn")).otherwise(pl.lit("alike")),
    )


def _same_period(known: pl.LazyFrame) -> pl.LazyFrame:
    """Submissions with the one that they may replace."""
    same_period = (*_OWNER, "period_derived_start", "period_derived_end")
    before = pl.when(pl.col("n_days").is_not_null()).then(
        pl.col("submission_id").shift(1).over(same_period)
    )
    dated = known.sort("received_at", "submission_id")
    paired = dated.with_columns(previous_submission_id=pl.coalesce("supersedes", before))
    return paired.drop_nulls("previous_submission_id")


def _event_counts(pairs: pl.LazyFrame, record_token: pl.LazyFrame) -> pl.LazyFrame:
    """The pairs with their events counted: those of the newer, of the older, of both."""
    wanted = pl.concat(
        [pairs.select("submission_id"), pairs.select(submission_id="previous_submission_id")]
    )
    events = (
        record_token.join(wanted, on="submission_id", how="semi")
        .group_by("submission_id", "event_id")
        .agg(pl.col("row_hash").min())
    )
    pair = ("submission_id", "previous_submission_id")
    older = events.rename({"submission_id": "previous_submission_id", "row_hash": "old_hash"})
    both = (
        pairs.select(pair)
        .join(events, on="submission_id")
        .join(
            pairs.select(pair).join(older, on="previous_submission_id"),
            on=(*pair, "event_id"),
            how="full",
            coalesce=True,
        )
    )
    new, old = pl.col("row_hash").is_not_null(), pl.col("old_hash").is_not_null()
    sums = both.group_by(pair).agg(
        inserted_events=(new & ~old).sum(),
        updated_events=(new & old & (pl.col("row_hash") != pl.col("old_hash"))).sum(),
        deleted_events=(~new & old).sum(),
        n_common=(new & old).sum(),
        n_new=new.sum(),
        previous_value=old.sum(),
    )
    return pairs.join(sums, on=pair)
