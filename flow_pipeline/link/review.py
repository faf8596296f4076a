"""Uncertain links: what would join or fall apart if the threshold were a band lower or higher, and
what was parted because together it was too many people for one."""

import polars as pl

from flow_pipeline.link.identities import Identities
from flow_pipeline.link.mentions import RECEIVED
from flow_pipeline.tables.link_quality import NEAR_THRESHOLD, TOO_MANY_PEOPLE, UNCERTAIN_PAIR

_MOST_PAIRS = 5_000
_NEARLY_ONE = 0.9999
_ENDS = ("unique_id", "unique_id_b", "score", "reason", "now", "now_b")
_SIDE = ("record_key", "organisation_code", "submission_id", "row_number")


def uncertain_pairs(
    found: Identities,
    *,
    lower: pl.DataFrame,
    now: pl.DataFrame,
    higher: pl.DataFrame,
    parted: pl.DataFrame,
) -> pl.DataFrame:
    """Table uncertain_pair: pairs of identities that the threshold decides about.

    In:  identities of all records, and persons.Grouped.identities at a threshold a band lower, at
         the one in use and at one a band higher. Groups that are one at the lower and several at
         the higher are uncertain: each is named against the largest of them by a record of either.
         ``parted``: persons.Grouped.parted at the threshold in use.
    Out: at most 5,000 pairs, those parted and then those nearest to even odds; weight in bits, of
    the closest link.
    """
    placed = (
        lower.select("unique_id", "score", "reason", "method", low="group")
        .join(now.select("unique_id", now="group"), on="unique_id")
        .join(higher.select("unique_id", high="group"), on="unique_id")
        .join(found.distinct.select("unique_id", "n_records"), on="unique_id")
    )
    parts = placed.group_by("low", "high").agg(
        pl.col("n_records").sum(),
        pl.col("unique_id").sort_by("n_records", "unique_id", descending=[True, False]).first(),
        pl.col("now").mode().sort().first(),
        _of_weakest("score"),
        _of_weakest("reason"),
    )
    several = parts.filter(pl.len().over("low") > 1).sort(
        ["low", "n_records", "unique_id"], descending=[False, True, False]
    )
    largest = several.unique("low", keep="first", maintain_order=True)
    others = several.join(largest, on="unique_id", how="anti")
    pairs = others.join(largest, on="low", suffix="_b").filter(pl.col("score").is_not_null())
    near = pairs.select(*_ENDS, reviewed_for=pl.lit(NEAR_THRESHOLD))
    asked = pl.concat([_ends(parted, now), near])
    return _named(found, asked.unique(_ENDS[:2], keep="first", maintain_order=True))


def _ends(parted: pl.DataFrame, now: pl.DataFrame) -> pl.DataFrame:
    """Links that were given up, as pairs are named here; those that reviewers rejoined too."""
    group = now.select("unique_id", now="group")
    return (
        parted.rename({"a": "unique_id", "b": "unique_id_b"})
        .join(group, on="unique_id")
        .join(group.rename({"unique_id": "unique_id_b", "now": "now_b"}), on="unique_id_b")
        .select(*_ENDS, reviewed_for=pl.lit(TOO_MANY_PEOPLE))
    )


def _of_weakest(name: str) -> pl.Expr:
    """Of the likely links of a part, the weakest: by it the part hangs on to the others."""
    likely = pl.col("method") == "probabilistic"
    return pl.col(name).filter(likely).sort_by(pl.col("score").filter(likely)).first()


def _named(found: Identities, pairs: pl.DataFrame) -> pl.DataFrame:
    first = found.records.sort(*RECEIVED, nulls_last=True).unique(
        "unique_id", keep="first", maintain_order=True
    )
    one = first.select("unique_id", *_SIDE)
    other = first.select(
        pl.col("unique_id").alias("unique_id_b"), *(pl.col(n).alias(f"other_{n}") for n in _SIDE)
    )
    score = pl.col("score").clip(1 - _NEARLY_ONE, _NEARLY_ONE)
    named = (
        pairs.join(one, on="unique_id")
        .join(other, on="unique_id_b")
        .with_columns(
            weight=(score / (1 - score)).log(2).round(1),
            agreement="reason",
            is_linked=pl.col("now") == pl.col("now_b"),
            reason="reviewed_for",
        )
        .sort(pl.col("reason") == NEAR_THRESHOLD, pl.col("weight").abs(), "record_key")
        .head(_MOST_PAIRS)
    )
    return UNCERTAIN_PAIR.conform(named.lazy()).collect()
