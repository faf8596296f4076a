"""Finding what lies nearest in time, in steps that do not grow with how much a person has.

Pairs of everything that one person has would be too many where somebody, or a record that many
share, has very much of it.
"""

from collections.abc import Sequence

import polars as pl

from flow_pipeline.journeys.kept import kept
from flow_pipeline.journeys.runs import last_still_open, reached_before

_NEVER_ENDS = 2**31 - 1  # later than any day
_NO_OFFER = -(2**31)


def neighbours(
    left: pl.LazyFrame, at: str, right: pl.LazyFrame, near: str, by: Sequence[str], key: str
) -> pl.LazyFrame:
    """Each row of ``left`` with the rows of ``right`` that stand next to it in time: the latest
    with ``near`` at or before ``at``, and the earliest after it.

    ``by``: what must be equal, named alike in both. ``key``: of several rows of ``right`` at one
    moment, the one that has the lowest.
    """
    order = [*by, near]
    found = right.drop_nulls(order).sort(*order, key)
    found = found.unique(order, keep="first", maintain_order=True)
    found = found.with_columns(pl.col(near).alias("moment")).sort("moment")
    asked = left.drop_nulls([*by, at]).with_columns(pl.col(at).alias("moment")).sort("moment")
    after = asked.join_asof(
        found,
        on="moment",
        by=by,
        strategy="forward",
        check_sortedness=False,
        allow_exact_matches=False,
    )
    before = asked.join_asof(found, on="moment", by=by, strategy="backward", check_sortedness=False)
    return pl.concat([before, after]).drop_nulls(key).drop("moment")


def latest_covering(asked: pl.LazyFrame, offers: pl.LazyFrame, *, same_day: bool) -> pl.LazyFrame:
    """For each row of ``asked`` the person's latest offer that began before its day and lasts
    beyond it: event_id, offer_id; no row where there is none.

    In: ``asked`` has person_id, event_id, day; ``offers`` has person_id, offer_id, since, until
    (dates; an offer without ``until`` lasts for ever). ``same_day``: one that began on the day
    will do. Of several that began on one day, that with the lowest offer_id.
    """
    number = pl.Int64
    rows = pl.concat(
        [
            offers.select(
                "person_id",
                pl.col("since").to_physical().cast(number).alias("day"),
                pl.col("until").to_physical().cast(number).fill_null(_NEVER_ENDS).alias("until"),
                pl.lit(0 if same_day else 1).alias("place"),
                pl.lit(None, pl.String).alias("event_id"),
                "offer_id",
            ),
            asked.select(
                "person_id",
                pl.col("day").to_physical().cast(number),
                pl.lit(_NO_OFFER, number).alias("until"),
                pl.lit(1 if same_day else 0).alias("place"),
                "event_id",
                pl.lit(None, pl.String).alias("offer_id"),
            ),
        ]
    )
    ordered = rows.sort(
        "person_id", "day", "place", "offer_id", descending=[False, False, False, True]
    ).with_columns(pl.col("person_id").rle_id().alias("person"))
    reached = reached_before(pl.col("until"), pl.col("person"))
    wanted = pl.col("event_id").is_not_null() & (reached > pl.col("day")).fill_null(False)
    held = ordered.with_columns(wanted.alias("wanted"))
    offer = last_still_open(pl.col("day"), pl.col("until"), pl.col("wanted"))
    found = held.select("event_id", "wanted", pl.col("offer_id").gather(offer))
    # computed here: Polars 2.1 panics where a join follows on what is empty
    return kept(found.filter("wanted").drop("wanted"))
