"""The share of records that are linked, month by month: a fall says that a sender has changed, or
that its tokens no longer meet those of others."""

import polars as pl

from flow_pipeline.quality.results import Result, result

_UNLINKED = "local_only"
_MONTHS_BEFORE = 12
_FEWEST_PEOPLE = 20  # of a month that is judged
_STANDARD_ERRORS = 3  # beyond which a fall is not chance
_BLOCKS_ABOVE = 0.10
_SENDER = ("source", "organisation_code")


def match_rates(
    person_link: pl.LazyFrame, record_token: pl.LazyFrame, submission: pl.LazyFrame
) -> pl.LazyFrame:
    """How many records of each month are linked.

    In:  tables person_link, record_token and submission. Out: source, organisation_code, month
    (first day, of the row's own date, else of its receipt), n_records, n_linked (by number,
    pseudonym or likeness, or through somebody who is), n_people; by the first three.
    """
    said = record_token.select("record_key", "source", "seen_on")
    received = submission.select("submission_id", "received_at").unique("submission_id")
    day = pl.coalesce("seen_on", pl.col("received_at").dt.date())
    return (
        person_link.select(
            "record_key", "submission_id", "organisation_code", "person_id", "method"
        )
        .join(said, on="record_key")
        .join(received, on="submission_id", how="left")
        .group_by(*_SENDER, day.dt.truncate("1mo").alias("month"))
        .agg(
            n_records=pl.len().cast(pl.Int64),
            n_linked=(pl.col("method") != _UNLINKED).sum().cast(pl.Int64),
            n_people=pl.col("person_id").n_unique().cast(pl.Int64),
        )
        .drop_nulls("month")
        .sort(*_SENDER, "month")
    )


def match_rate_results(rates: pl.LazyFrame) -> list[Result]:
    """L01: by how much the match rate of each source and sender has fallen in its newest month.

    In: ``match_rates``. The newest month with records of at least 20 people is held against the
    twelve before it, taken together. A fall within three standard errors, people being the units,
    counts as none; a sender without an earlier month is not judged.
    """
    newest = pl.col("month").filter(pl.col("n_people") >= _FEWEST_PEOPLE).max().over(_SENDER)
    first = newest.dt.offset_by(f"-{_MONTHS_BEFORE}mo")
    placed = rates.with_columns(
        is_newest=pl.col("month") == newest,
        is_before=(pl.col("month") >= first) & (pl.col("month") < newest),
    )
    counts = ("n_records", "n_linked", "n_people")
    held = (
        placed.group_by(_SENDER)
        .agg(
            *(pl.col(n).filter("is_newest").sum() for n in counts),
            *(pl.col(n).filter("is_before").sum().alias(f"{n}_before") for n in counts),
        )
        .filter(pl.col("n_records") > 0, pl.col("n_records_before") > 0)
        .with_columns(fall=_fall())
        .sort(_SENDER)
        .collect()
    )
    return [
        result(
            "L01",
            "match_rate",
            row["source"],
            organisation_code=row["organisation_code"],
            n_rows=row["n_records"],
            n_failed=row["n_records"] - row["n_linked"],
            seen=row["fall"],
            blocks=row["fall"] > _BLOCKS_ABOVE,
        )
        for row in held.iter_rows(named=True)
    ]


def _fall() -> pl.Expr:
    """By how much the share linked is lower than before; 0 where chance makes as much."""
    now = pl.col("n_linked") / pl.col("n_records")
    before = pl.col("n_linked_before") / pl.col("n_records_before")
    whole = (pl.col("n_linked") + pl.col("n_linked_before")) / (
        pl.col("n_records") + pl.col("n_records_before")
    )
    spread = whole * (1 - whole) * (1 / pl.col("n_people") + 1 / pl.col("n_people_before"))
    fall = before - now
    return pl.when(fall > _STANDARD_ERRORS * spread.sqrt()).then(fall).otherwise(0.0)
