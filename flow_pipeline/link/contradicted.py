"""Links that an impossible history speaks against, asked of reviewers beside uncertain pairs."""

import polars as pl

from flow_pipeline.link.identities import identities
from flow_pipeline.tables.link_quality import LINK_REVIEW

_PAIR = ("record_key", "other_record_key")
_SIDE = ("record_key", "organisation_code", "submission_id", "row_number", "person_id", "score")
_UNANSWERED = ("refused_disputed", "unknown_record")  # outcomes that leave a pair open


def review(
    uncertain: pl.DataFrame,
    impossible: pl.DataFrame,
    records: pl.DataFrame,
    link: pl.DataFrame,
    decisions: pl.DataFrame,
) -> pl.DataFrame:
    """Table link_review: the pairs of identities about which nobody has decided yet.

    In:  tables uncertain_pair, impossible_history and link_decision. ``records`` and ``link``:
         tables record_told, in RECEIVED order, and person_link, of every record of the people
         that these name.
    Out: one row per pair, by keys. Of impossible histories only those of one person: linkage may
         have parted them since. An identity is named by its first record; a record that refers to
         one by local identifier stands for it, for of identities reviewers decide. Two records of
         one identity stand for themselves: no decision parts them, but their sender can mend them.
    """
    stands_for = _stands_for(records, link)
    answered = decisions.filter(~pl.col("outcome").is_in(_UNANSWERED))
    done = _named(answered, stands_for).select(_PAIR).unique()
    contradicted = _contradicted(_named(impossible, stands_for), link)
    near = _as_they_are(uncertain, link).select(contradicted.columns)
    asked = pl.concat([contradicted, near])
    keys = _named(asked, stands_for).select(low="record_key", high="other_record_key")
    open_ones = (
        pl.concat([asked, keys], how="horizontal")
        .unique(["low", "high"], keep="first", maintain_order=True)
        .join(done.rename(dict(zip(_PAIR, ("low", "high"), strict=True))), ["low", "high"], "anti")
    )
    return LINK_REVIEW.conform(open_ones.lazy()).collect()


def _as_they_are(uncertain: pl.DataFrame, link: pl.DataFrame) -> pl.DataFrame:
    """The pairs whose records are still there, and whether they are one person now."""
    person = link.select("record_key", "person_id")
    other = person.rename({"record_key": "other_record_key", "person_id": "other_person_id"})
    return (
        uncertain.join(person, on="record_key", maintain_order="left")
        .join(other, on="other_record_key", maintain_order="left")
        .with_columns(is_linked=pl.col("person_id") == pl.col("other_person_id"))
    )


def _stands_for(records: pl.DataFrame, link: pl.DataFrame) -> pl.DataFrame:
    """record_key and ``named``: the first record of the identity that it says or refers to."""
    own = identities(records).records.with_columns(
        named=pl.col("record_key").first().over("unique_id")
    )
    person = link.select("record_key", "person_id")
    referred_to = (
        own.drop_nulls("reference_token")
        .join(person, on="record_key")
        .sort(~pl.col("is_identity_record"), maintain_order=True)
        .unique(["reference_token", "person_id"], keep="first", maintain_order=True)
        .select("reference_token", "person_id", "named")
    )
    referring = (
        records.filter(~pl.col("has_own_identity"))
        .join(person, on="record_key")
        .join(referred_to, on=["reference_token", "person_id"])
    )
    return pl.concat([own.select("record_key", "named"), referring.select("record_key", "named")])


def _named(pairs: pl.DataFrame, stands_for: pl.DataFrame) -> pl.DataFrame:
    """The pairs by the records that stand for their identities, the smaller key first."""
    for key in _PAIR:
        one = stands_for.rename({"record_key": key, "named": f"{key}_named"})
        pairs = pairs.join(one, on=key, how="left", maintain_order="left")
    named = [pl.coalesce(f"{key}_named", key) for key in _PAIR]
    is_one = named[0] == named[1]
    low, high = (
        pl.when(is_one).then(side(_PAIR)).otherwise(side(named))
        for side in (pl.min_horizontal, pl.max_horizontal)
    )
    return pairs.with_columns(record_key=low, other_record_key=high)


def _contradicted(impossible: pl.DataFrame, link: pl.DataFrame) -> pl.DataFrame:
    """Rows of link_review, one per pair, every code in ``reason``; those of two people left out."""
    told = link.select(*_SIDE, rests_on="reason")
    other = told.rename({name: f"other_{name}" for name in told.columns})
    is_weaker = pl.col("other_score") < pl.col("score")
    pairs = (
        impossible.group_by(_PAIR)
        .agg(pl.col("reason_code").unique().sort().str.join(" ").alias("reason"))
        .join(told, on="record_key")
        .join(other, on="other_record_key")
        .filter(pl.col("person_id") == pl.col("other_person_id"))
        .with_columns(
            weight=pl.lit(None, pl.Float64),
            agreement=pl.when(is_weaker).then("other_rests_on").otherwise("rests_on"),
            is_linked=pl.lit(True),
        )
        .sort(_PAIR)
    )
    return pairs.select(LINK_REVIEW.column_names)
