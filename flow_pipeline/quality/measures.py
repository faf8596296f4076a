"""How much a submission holds: rows, people, cost, bed days, and how old it was on arrival."""

import polars as pl

from flow_pipeline.contracts.language import Contract, EventMap

MEASURES = pl.Schema(
    {
        "submission_id": pl.String,
        "measure": pl.String,
        "value": pl.Float64,
        "spread": pl.Float64,
    }
)
_IN_BED = ("'acute_bed'", "'community_bed'")
# Who a row is about, in the order in which a sender says it: any of them serves to see how rows
# cluster. A parent tells no person apart.
_PERSON_TOKENS = ("reference_token", "nhs_number_token", "identity_token")


def measured(
    contract: Contract,
    core: pl.LazyFrame,
    record_token: pl.LazyFrame,
    submission: pl.LazyFrame,
) -> pl.LazyFrame:
    """What each submission of a contract holds.

    In:  the contract's core rows, table record_token, and the rows of table submission that are of
         this contract.
    Out: a row for each submission and measure: ``rows`` delivered, ``people`` of accepted rows
         (told apart by local number, else NHS number, else identity; 0 where rows name nobody),
         ``cost`` in pounds and ``bed_days`` (only where the contract has them), ``lag_median`` and
         ``lag_p95`` in days from a row's last date to receipt. ``spread`` is the variance of
         ``value`` when people, each with all their rows, come and go by chance: the sum of squares
         by person; for lags the number of rows.
    """
    tokens = record_token.select(
        "record_key",
        _person=pl.coalesce(_PERSON_TOKENS),
        _parent=pl.col("child_of_token"),
    )
    own = submission.select("submission_id", "received_at", "n_rows")
    alone = (pl.col("record_key").hash() // 2).cast(pl.Int64)
    rows = core.join(tokens, on="record_key", how="left").join(own, on="submission_id")
    cost, days = _cost(contract), _bed_days(contract)
    per_person = (
        rows.select(
            "submission_id",
            "_person",
            cluster=pl.coalesce("_person", "_parent", alone),
            cost=pl.lit(0.0) if cost is None else cost,
            bed_days=pl.lit(0.0) if days is None else days,
        )
        .group_by("submission_id", "cluster")
        .agg(
            rows=pl.len().cast(pl.Float64),
            people=pl.col("_person").is_not_null().any().cast(pl.Float64),
            cost=pl.col("cost").sum(),
            bed_days=pl.col("bed_days").sum(),
        )
    )
    names = ["rows", "people", *(["cost"] if cost is not None else [])]
    names += ["bed_days"] if days is not None else []
    summed = per_person.group_by("submission_id").agg(
        *(pl.col(n).sum().alias(n) for n in names),
        *((pl.col(n) ** 2).sum().alias(f"{n} spread") for n in names),
    )
    held = (
        own.join(summed, on="submission_id", how="left")
        .fill_null(0)
        .with_columns(rows=pl.col("n_rows").cast(pl.Float64))
    )
    return pl.concat([*(_long(held, name) for name in names), *_lags(contract, rows)])


def _long(wide: pl.LazyFrame, name: str) -> pl.LazyFrame:
    return wide.select(
        "submission_id",
        measure=pl.lit(name),
        value=pl.col(name).round(2),  # sums of floats differ in their last bits
        spread=pl.max_horizontal(f"{name} spread", pl.col(name).abs()).round(2),
    )


def _lags(contract: Contract, rows: pl.LazyFrame) -> list[pl.LazyFrame]:
    date = contract.period_end or contract.period_start
    if date is None:
        return []
    lag = (pl.col("received_at").dt.date() - pl.col(date).cast(pl.Date)).dt.total_days()
    aged = rows.select("submission_id", lag=lag.cast(pl.Float64)).drop_nulls("lag")
    kinds = {"lag_median": pl.col("lag").median(), "lag_p95": pl.col("lag").quantile(0.95)}
    return [
        aged.group_by("submission_id")
        .agg(value=of_rows, n=pl.len())
        .select(
            "submission_id",
            measure=pl.lit(name),
            value=pl.col("value"),
            spread=pl.col("n").cast(pl.Float64),
        )
        for name, of_rows in kinds.items()
    ]


def _cost(contract: Contract) -> pl.Expr | None:
    """The cost that rows carry themselves."""
    costs = [m.cost for m in contract.events if isinstance(m.cost, str)]
    return pl.sql_expr(costs[0]).cast(pl.Float64).fill_null(0) if costs else None


def _bed_days(contract: Contract) -> pl.Expr | None:
    """Days between start and end of rows that are stays; an open one has none yet."""
    stays = [m for m in contract.events if m.setting in _IN_BED and m.end is not None]
    if not stays:
        return None
    days = (_day(stays[0], "end") - _day(stays[0], "start")).dt.total_days()
    return days.cast(pl.Float64).fill_null(0)


def _day(stay: EventMap, which: str) -> pl.Expr:
    at = stay.end if which == "end" and stay.end is not None else stay.start
    return pl.col(at.date or at.datetime or "").cast(pl.Date)
