"""The share of records that are linked, from month to month and from release to release: a fall
says that a sender has changed, or that its tokens no longer meet those of others."""

import polars as pl

from flow_pipeline.quality.results import Result, result

_MONTHS_BEFORE = 12
_FEWEST_PEOPLE = 20  # of a month that is judged
_STANDARD_ERRORS = 3  # beyond which a fall is not chance
_BLOCKS_ABOVE = 0.10
_SENDER = ("source", "organisation_code")


def match_rate_results(rates: pl.LazyFrame, released: pl.LazyFrame | None = None) -> list[Result]:
    """L01: by how much the match rate of each source and sender has fallen.

    In:  table match_rate, and that of the last release, None before the first. The newest month
         with records of at least 20 people is held against the twelve before it, taken together; a
         fall within three standard errors, people being the units, counts as none. The months that
         the last release has too are held against what it says of them. The wider fall is told.
    Out: one result per source and sender that has an earlier month, or has fallen since.
    """
    fallen = _by_month(rates).join(
        _since(rates, released), on=_SENDER, how="full", coalesce=True, nulls_equal=True
    )
    widest = fallen.with_columns(
        fall=pl.max_horizontal(pl.col("fall", "fall_since").fill_null(0.0)),
        n_records=pl.coalesce("n_records", "n_records_since"),
        n_linked=pl.coalesce("n_linked", "n_linked_since"),
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
        for row in widest.sort(_SENDER).collect().iter_rows(named=True)
    ]


def _by_month(rates: pl.LazyFrame) -> pl.LazyFrame:
    """Counts of the newest month of each sender with an earlier one, and its fall."""
    newest = pl.col("month").filter(pl.col("n_people") >= _FEWEST_PEOPLE).max().over(_SENDER)
    first = newest.dt.offset_by(f"-{_MONTHS_BEFORE}mo")
    placed = rates.with_columns(
        is_newest=pl.col("month") == newest,
        is_before=(pl.col("month") >= first) & (pl.col("month") < newest),
    )
    counts = ("n_records", "n_linked", "n_people")
    return (
        placed.group_by(_SENDER)
        .agg(
            *(pl.col(n).filter("is_newest").sum() for n in counts),
            *(pl.col(n).filter("is_before").sum().alias(f"{n}_before") for n in counts),
        )
        .filter(pl.col("n_records") > 0, pl.col("n_records_before") > 0)
        .with_columns(fall=_fall())
    )


def _since(rates: pl.LazyFrame, released: pl.LazyFrame | None) -> pl.LazyFrame:
    """Counts, and the fall, of senders of whom less is linked than in the last release; in the
    months that both have."""
    both = rates.join(
        rates.clear() if released is None else released,
        on=[*_SENDER, "month"],
        suffix="_released",
    )
    counts = ("n_records", "n_linked", "n_people")
    names = [f"{n}{part}" for part in ("", "_released") for n in counts]
    sums = both.group_by(_SENDER).agg(pl.col(names).sum())
    before = pl.col("n_linked_released") / pl.col("n_records_released")
    fallen = sums.with_columns(fall_since=before - pl.col("n_linked") / pl.col("n_records")).filter(
        pl.col("fall_since") > 0, pl.col("n_people_released") >= _FEWEST_PEOPLE
    )
    return fallen.select(
        *_SENDER, "fall_since", n_records_since="n_records", n_linked_since="n_linked"
    )


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
