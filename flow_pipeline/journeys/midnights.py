"""Senders whose midnights are no times (definition: time): too many of theirs are 00:00."""

from collections.abc import Mapping

import polars as pl

from flow_pipeline.contracts import all_contracts
from flow_pipeline.journeys.beside import with_looked_up
from flow_pipeline.journeys.event_rows import mapped
from flow_pipeline.journeys.moments import moment

WIDEST_SHARE = 0.2  # catalogue check V10
FEWEST_TIMES = 20  # below that a share says nothing
_BOUNDS = ("start", "end")


def unknown_midnights(core: Mapping[str, pl.LazyFrame]) -> pl.LazyFrame:
    """contract, sender, no_start_midnight, no_end_midnight: whose 00:00 means an unknown time.

    Judged over all rows of a sender, so it is not per person: where persons are taken in parts,
    make this of the whole first.
    """
    frames = [
        _times(contract.name, mapped(contract, mapping, core[contract.name]).select(*bounds))
        for contract in all_contracts().values()
        if contract.name in core
        for mapping in contract.events
        for bounds in [
            (
                pl.col("organisation_code").alias("sender"),
                *moment("start", mapping.start),
                *moment("end", mapping.end or mapping.start),
            )
        ]
    ]
    shares = (
        pl.concat(frames)
        .group_by("contract", "sender")
        .agg(
            *(pl.col(f"{n}_midnights").sum() for n in _BOUNDS),
            *(pl.col(f"{n}_times").sum() for n in _BOUNDS),
        )
    )
    return shares.select(
        "contract",
        "sender",
        *(
            (
                (pl.col(f"{n}_times") >= FEWEST_TIMES)
                & (pl.col(f"{n}_midnights") > WIDEST_SHARE * pl.col(f"{n}_times"))
            ).alias(f"no_{n}_midnight")
            for n in _BOUNDS
        ),
    )


def _times(contract: str, bounds: pl.LazyFrame) -> pl.LazyFrame:
    known = {n: pl.col(f"{n}_precision") == "minute" for n in _BOUNDS}
    midnight = {n: known[n] & is_midnight(n) for n in _BOUNDS}
    return bounds.group_by("sender").agg(
        pl.lit(contract).first().alias("contract"),
        *(midnight[n].sum().alias(f"{n}_midnights") for n in _BOUNDS),
        *(known[n].sum().alias(f"{n}_times") for n in _BOUNDS),
    )


def is_midnight(name: str) -> pl.Expr:
    """Whether a moment stands at 00:00."""
    at = pl.col(f"{name}_at")
    return at == at.dt.truncate("1d")


def without_unknown_midnights(rows: pl.LazyFrame, midnights: pl.LazyFrame) -> pl.LazyFrame:
    """``rows`` with precision ``date`` where the sender's 00:00 means an unknown time."""
    doubtful = midnights.filter(pl.col("no_start_midnight") | pl.col("no_end_midnight"))
    joined = with_looked_up(rows, ["contract", "sender"], doubtful)
    unknown = {n: pl.col(f"no_{n}_midnight").fill_null(False) & is_midnight(n) for n in _BOUNDS}
    return joined.with_columns(
        pl.when(unknown[n].fill_null(False) & pl.col(f"{n}_at").is_not_null())
        .then(pl.lit("date"))
        .otherwise(f"{n}_precision")
        .alias(f"{n}_precision")
        for n in _BOUNDS
    ).drop("no_start_midnight", "no_end_midnight")
